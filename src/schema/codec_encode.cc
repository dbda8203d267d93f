// SPDX-License-Identifier: Apache-2.0
#include <optional>

#include "base/check.h"
#include "cairn/bytes.h"
#include "cairn/decimal.h"
#include "schema/codec.h"
#include "schema/codec_run.h"
#include "schema/layout.h"

namespace cairn::schema {

std::string_view check_copied(const Op& op, const std::byte* value) noexcept {
  if (op.code == Op::Code::CheckBool) {
    return std::to_integer<unsigned>(*value) > 1 ? no_bool : std::string_view();
  }
  if (op.code == Op::Code::CheckEnum) {
    return is_declared(*op.enumeration, load_integer(value, op.width, op.enumeration->is_signed))
               ? std::string_view()
               : no_enum_value;
  }
  Int128 mantissa = 0;
  std::memcpy(&mantissa, value, sizeof(mantissa));
  return detail::is_mantissa(mantissa) ? std::string_view() : no_decimal;
}

namespace {

/// Counts what would be written.
class Measure final {
 public:
  bool put(const std::byte*, std::size_t size) noexcept {
    size_ += size;
    return true;
  }

  bool put_varint(std::uint64_t value) noexcept {
    size_ += varint_size(value);
    return true;
  }

  [[nodiscard]] std::size_t size() const noexcept { return size_; }

 private:
  std::size_t size_ = 0;
};

class Fill final {
 public:
  explicit Fill(std::span<std::byte> out) noexcept
      : begin_(out.data()), cursor_(out.data()), end_(out.data() + out.size()) {}

  bool put(const std::byte* bytes, std::size_t size) noexcept {
    if (static_cast<std::size_t>(end_ - cursor_) < size) [[unlikely]] {
      return false;
    }
    copy_bytes(cursor_, bytes, size);
    cursor_ += size;
    return true;
  }

  bool put_varint(std::uint64_t value) noexcept {
    if (static_cast<std::size_t>(end_ - cursor_) < varint_size(value)) [[unlikely]] {
      return false;
    }
    for (; value >= 0x80; value >>= 7U) {
      *cursor_++ = static_cast<std::byte>(value | 0x80U);
    }
    *cursor_++ = static_cast<std::byte>(value);
    return true;
  }

  [[nodiscard]] std::size_t size() const noexcept {
    return static_cast<std::size_t>(cursor_ - begin_);
  }

 private:
  std::byte* begin_;
  std::byte* cursor_;
  std::byte* end_;
};

template <typename Sink>
class Encoder final {
 public:
  Encoder(const Program& program, Sink sink) noexcept : program_(program), sink_(sink) {}

  [[nodiscard]] const CodecFailure& failure() const noexcept {
    CAIRN_CHECK(failure_.has_value());
    return *failure_;
  }

  [[nodiscard]] std::size_t size() const noexcept { return sink_.size(); }

  bool run(const std::byte* memory) {
    return run(program_.ops.data(), program_.ops.data() + program_.ops.size(), memory);
  }

 private:
  bool run(const Op* op, const Op* end, const std::byte* base) {
    for (; op != end; op += 1 + op->body) {
      if (!step(*op, base)) [[unlikely]] {
        return false;
      }
    }
    return true;
  }

  [[gnu::always_inline]] bool step(const Op& op, const std::byte* base) {
    const std::byte* const value = base + op.offset;
    switch (op.code) {
      case Op::Code::Copy:
        return sink_.put(value, op.size) || refuse(op, Errc::TooLarge, no_space);
      case Op::Code::CheckBool:
      case Op::Code::CheckEnum:
      case Op::Code::CheckDecimal: {
        const std::string_view why = check_copied(op, value);
        return why.empty() || refuse(op, Errc::Corrupt, why);
      }
      case Op::Code::Str:
      case Op::Code::Bytes: {
        InPlaceSize size = 0;
        std::memcpy(&size, value, sizeof(size));
        return put_sized(op, value + sizeof(size), size);
      }
      case Op::Code::Text:
      case Op::Code::Blob: {
        View view;
        std::memcpy(&view, value, sizeof(view));
        return put_sized(op, view.data, view.size);
      }
      case Op::Code::Option:
        return put_option(op, base);
      case Op::Code::Array:
        return put_items(op, value, op.size);
      case Op::Code::List:
        return put_list(op, value);
    }
    return false;
  }

  bool put_sized(const Op& op, const std::byte* bytes, std::size_t size) {
    if (size > op.size) [[unlikely]] {
      return refuse(op, Errc::TooLarge, over_capacity);
    }
    const bool holds_text = op.code == Op::Code::Str || op.code == Op::Code::Text;
    if (holds_text && !is_text(bytes, size)) [[unlikely]] {
      return refuse(op, Errc::Corrupt, no_utf8);
    }
    const bool fits = sink_.put_varint(size) && (size == 0 || sink_.put(bytes, size));
    return fits || refuse(op, Errc::TooLarge, no_space);
  }

  [[gnu::noinline]] bool put_option(const Op& op, const std::byte* base) {
    const std::byte* const flag = base + op.offset + op.stride;
    if (std::to_integer<unsigned>(*flag) > 1) [[unlikely]] {
      return refuse(op, Errc::Corrupt, no_bool);
    }
    if (!sink_.put(flag, 1)) [[unlikely]] {
      return refuse(op, Errc::TooLarge, no_space);
    }
    return *flag == std::byte{0} || run(&op + 1, &op + 1 + op.body, base);
  }

  [[gnu::noinline]] bool put_list(const Op& op, const std::byte* value) {
    View view;
    std::memcpy(&view, value, sizeof(view));
    if (view.size > op.size) [[unlikely]] {
      return refuse(op, Errc::TooLarge, over_capacity);
    }
    if (!sink_.put_varint(view.size)) [[unlikely]] {
      return refuse(op, Errc::TooLarge, no_space);
    }
    return put_items(op, view.data, view.size);
  }

  [[gnu::noinline]] bool put_items(const Op& op, const std::byte* items, std::uint32_t count) {
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
    failure_ = CodecFailure{.code = code,
                            .why = why,
                            .offset = sink_.size() - op.back,
                            .path = program_.places[op.place]};
    return false;
  }

  const Program& program_;
  Sink sink_;
  std::optional<CodecFailure> failure_;  // costs nothing until it is needed
};

template <typename Sink>
Result<std::size_t> encode_into(const StructInfo& structure, const Program& program,
                                const std::byte* memory, Sink sink) {
  Encoder<Sink> encoder(program, sink);
  if (!encoder.run(memory)) [[unlikely]] {
    return fail(encoder.failure().to_error(structure.name));
  }
  return encoder.size();
}

}  // namespace

Result<std::size_t> Codec::encode(const std::byte* memory, std::span<std::byte> out) const {
  return encode_into(*structure_, program_, memory, Fill(out));
}

Result<std::size_t> Codec::encoded_size(const std::byte* memory) const {
  return encode_into(*structure_, program_, memory, Measure());
}

}  // namespace cairn::schema
