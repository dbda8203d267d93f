// SPDX-License-Identifier: Apache-2.0
#include <optional>

#include "base/check.h"
#include "cairn/bytes.h"
#include "cairn/limits.h"
#include "schema/codec.h"
#include "schema/codec_run.h"
#include "schema/layout.h"

namespace cairn::schema {

namespace {

class Decoder final {
 public:
  Decoder(const Program& program, std::span<const std::byte> bytes, Scratch& scratch) noexcept
      : program_(program),
        begin_(bytes.data()),
        cursor_(bytes.data()),
        end_(bytes.data() + bytes.size()),
        scratch_(scratch) {}

  [[nodiscard]] const CodecFailure& failure() const noexcept {
    CAIRN_CHECK(failure_.has_value());
    return *failure_;
  }

  [[nodiscard]] std::size_t left() const noexcept {
    return static_cast<std::size_t>(end_ - cursor_);
  }

  [[nodiscard]] std::size_t offset() const noexcept {
    return static_cast<std::size_t>(cursor_ - begin_);
  }

  bool run(std::byte* memory) {
    return run(program_.ops.data(), program_.ops.data() + program_.ops.size(), memory);
  }

 private:
  bool run(const Op* op, const Op* end, std::byte* base) {
    for (; op != end; op += 1 + op->body) {
      if (!step(*op, base)) [[unlikely]] {
        return false;
      }
    }
    return true;
  }

  [[gnu::always_inline]] bool step(const Op& op, std::byte* base) {
    std::byte* const value = base + op.offset;
    switch (op.code) {
      case Op::Code::Copy:
        if (left() < op.size) [[unlikely]] {
          return refuse(op, Errc::Truncated, cut_short);
        }
        copy_bytes(value, cursor_, op.size);
        cursor_ += op.size;
        return true;
      case Op::Code::CheckBool:
        return is_bool(value) || refuse(op, Errc::Corrupt, no_bool);
      case Op::Code::CheckCount:
        return is_below_count(op, value) || refuse(op, Errc::Corrupt, no_enum_value);
      case Op::Code::CheckEnum:
      case Op::Code::CheckDecimal: {
        const std::string_view why = check_copied(op, value);
        return why.empty() || refuse(op, Errc::Corrupt, why);
      }
      case Op::Code::Str:
      case Op::Code::Bytes:
        return take_in_place(op, value);
      case Op::Code::Text:
      case Op::Code::Blob:
        return take_elsewhere(op, value);
      case Op::Code::Option:
        return take_option(op, base);
      case Op::Code::Array:
        return take_items(op, value, op.size);
      case Op::Code::List:
        return take_list(op, value);
    }
    return false;
  }

  /// A length or count, in as few bytes as it needs. False after a refusal.
  bool take_varint(const Op& op, std::uint32_t& value) {
    const std::byte* const start = cursor_;
    std::uint64_t bits = 0;
    for (unsigned shift = 0; shift < 35; shift += 7) {
      if (cursor_ == end_) [[unlikely]] {
        return refuse_at(op, start, Errc::Truncated, cut_short);
      }
      const auto byte = std::to_integer<std::uint64_t>(*cursor_++);
      bits |= (byte & 0x7fU) << shift;
      if (byte >= 0x80) {
        continue;
      }
      if (byte == 0 && shift != 0) [[unlikely]] {
        return refuse_at(op, start, Errc::Corrupt, "the length takes more bytes than it needs");
      }
      if (bits > op.size) [[unlikely]] {
        return refuse_at(op, start, Errc::TooLarge, over_capacity);
      }
      value = static_cast<std::uint32_t>(bits);
      return true;
    }
    return refuse_at(op, start, Errc::TooLarge, over_capacity);
  }

  /// The length and, still unread, the bytes. False after a refusal.
  bool take_size(const Op& op, std::uint32_t& size) {
    if (!take_varint(op, size)) [[unlikely]] {
      return false;
    }
    if (left() < size) [[unlikely]] {
      return refuse(op, Errc::Truncated, cut_short);
    }
    const bool holds_text = op.code == Op::Code::Str || op.code == Op::Code::Text;
    if (holds_text && !is_text(cursor_, size)) [[unlikely]] {
      return refuse(op, Errc::Corrupt, no_utf8);
    }
    return true;
  }

  bool take_in_place(const Op& op, std::byte* value) {
    std::uint32_t size = 0;
    if (!take_size(op, size)) [[unlikely]] {
      return false;
    }
    const auto stored = static_cast<InPlaceSize>(size);
    std::memcpy(value, &stored, sizeof(stored));
    if (size != 0) {
      copy_bytes(value + sizeof(stored), cursor_, size);
      cursor_ += size;
    }
    return true;
  }

  [[gnu::noinline]] bool take_elsewhere(const Op& op, std::byte* value) {
    std::uint32_t size = 0;
    if (!take_size(op, size)) [[unlikely]] {
      return false;
    }
    std::byte* const space = size == 0 ? nullptr : scratch_.take(size, 1);
    if (size != 0) {
      if (space == nullptr) [[unlikely]] {
        return refuse(op, Errc::TooLarge, no_space);
      }
      std::memcpy(space, cursor_, size);
      cursor_ += size;
    }
    set_view(value, space, size);
    return true;
  }

  static void set_view(std::byte* value, const std::byte* data, std::uint32_t size) noexcept {
    const View view = {.data = data, .size = size, .zero = 0};
    std::memcpy(value, &view, sizeof(view));
  }

  [[gnu::noinline]] bool take_option(const Op& op, std::byte* base) {
    if (cursor_ == end_) [[unlikely]] {
      return refuse(op, Errc::Truncated, cut_short);
    }
    const std::byte flag = *cursor_++;
    if (!is_bool(&flag)) [[unlikely]] {
      return refuse_at(op, cursor_ - 1, Errc::Corrupt, no_bool);
    }
    base[op.offset + op.stride] = flag;
    return flag == std::byte{0} || run(&op + 1, &op + 1 + op.body, base);
  }

  [[gnu::noinline]] bool take_list(const Op& op, std::byte* value) {
    const std::byte* const start = cursor_;
    std::uint32_t count = 0;
    if (!take_varint(op, count)) [[unlikely]] {
      return false;
    }
    if (std::uint64_t{count} * op.least > left()) [[unlikely]] {
      return refuse_at(op, start, Errc::Truncated, cut_short);
    }
    if (count == 0) {
      set_view(value, nullptr, 0);
      return true;
    }
    const std::size_t size = std::size_t{count} * op.stride;
    std::byte* const space = scratch_.take(size, op.align);
    if (space == nullptr) [[unlikely]] {
      return refuse_at(op, start, Errc::TooLarge, no_space);
    }
    std::memset(space, 0, size);
    set_view(value, space, count);
    return take_items(op, space, count);
  }

  [[gnu::noinline]] bool take_items(const Op& op, std::byte* items, std::uint32_t count) {
    for (std::uint32_t i = 0; i < count; ++i) {
      if (!run(&op + 1, &op + 1 + op.body, items + std::size_t{i} * op.stride)) [[unlikely]] {
        CAIRN_CHECK(failure_.has_value());
        failure_->inside(program_.places[op.place], i);
        return false;
      }
    }
    return true;
  }

  [[gnu::cold]] bool refuse(const Op& op, Errc code, std::string_view why) {
    return refuse_at(op, cursor_ - op.back, code, why);
  }

  [[gnu::cold]] bool refuse_at(const Op& op, const std::byte* place, Errc code,
                               std::string_view why) {
    failure_ = CodecFailure{.code = code,
                            .why = why,
                            .offset = static_cast<std::size_t>(place - begin_),
                            .path = program_.places[op.place]};
    return false;
  }

  const Program& program_;
  const std::byte* begin_;
  const std::byte* cursor_;
  const std::byte* end_;
  Scratch& scratch_;
  std::optional<CodecFailure> failure_;  // costs nothing until it is needed
};

}  // namespace

Result<> Codec::decode(std::span<const std::byte> bytes, std::byte* memory,
                       Scratch& scratch) const {
  // Read beside the caller's memory, so that a failure leaves no trace there.
  alignas(std::max_align_t) std::byte image[limits::struct_bytes_max];
  std::memset(image, 0, structure_->memory_size);
  std::byte* const mark = scratch.mark();
  Decoder decoder(program_, bytes, scratch);
  if (!decoder.run(image)) [[unlikely]] {
    scratch.rewind(mark);
    return fail(decoder.failure().to_error(structure_->name));
  }
  if (decoder.left() != 0) [[unlikely]] {
    scratch.rewind(mark);
    return fail(Errc::Corrupt, fmt::format("{} ends at offset {}, and {} bytes follow",
                                           structure_->name, decoder.offset(), decoder.left()));
  }
  std::memcpy(memory, image, structure_->memory_size);
  return {};
}

}  // namespace cairn::schema
