// SPDX-License-Identifier: Apache-2.0
#include <optional>
#include <utility>

#include "base/check.h"
#include "cairn/bytes.h"
#include "cairn/decimal.h"
#include "cairn/limits.h"
#include "schema/codec.h"
#include "schema/codec_run.h"
#include "schema/layout.h"

namespace cairn::schema {

std::string_view check_copied(const Op& op, const std::byte* value) noexcept {
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

// Where the bytes go. A sink is passed by value, so that a run keeps it in registers; it says no
// when there is no space left.

/// Counts what would be written.
class Measure final {
 public:
  bool put(const std::byte* /*bytes*/, std::size_t size) noexcept {
    size_ += size;
    return true;
  }

  bool put_size(std::size_t value) noexcept {
    size_ += varint_size(value);
    return true;
  }

  /// Whether the bytes were seen to be ASCII while they were put.
  bool put_text(const std::byte* /*bytes*/, std::size_t size, bool& is_ascii) noexcept {
    is_ascii = false;
    size_ += size;
    return true;
  }

  [[nodiscard]] std::size_t size_since(Measure start) const noexcept { return size_ - start.size_; }

 private:
  std::size_t size_ = 0;
};

/// Writes where there is space for the largest value: nothing is left to check.
class Pour final {
 public:
  explicit Pour(std::byte* out) noexcept : cursor_(out) {}

  [[gnu::always_inline]] bool put(const std::byte* bytes, std::size_t size) noexcept {
    copy_bytes(cursor_, bytes, size);
    cursor_ += size;
    return true;
  }

  [[gnu::always_inline]] bool put_size(std::size_t value) noexcept {
    for (; value >= 0x80; value >>= 7U) {
      *cursor_++ = static_cast<std::byte>(value | 0x80U);
    }
    *cursor_++ = static_cast<std::byte>(value);
    return true;
  }

  [[gnu::always_inline]] bool put_text(const std::byte* bytes, std::size_t size,
                                       bool& is_ascii) noexcept {
    const std::uint64_t seen = detail::copy_text<limits::text_bytes_max>(cursor_, bytes, size);
    is_ascii = (seen & detail::not_ascii) == 0;
    cursor_ += size;
    return true;
  }

  [[nodiscard]] std::size_t size_since(Pour start) const noexcept {
    return static_cast<std::size_t>(cursor_ - start.cursor_);
  }

 private:
  std::byte* cursor_;
};

/// Writes and looks before each step whether it fits.
class Fill final {
 public:
  explicit Fill(std::span<std::byte> out) noexcept : pour_(out.data()), left_(out.size()) {}

  [[gnu::always_inline]] bool put(const std::byte* bytes, std::size_t size) noexcept {
    return take(size) && pour_.put(bytes, size);
  }

  [[gnu::always_inline]] bool put_size(std::size_t value) noexcept {
    return take(varint_size(value)) && pour_.put_size(value);
  }

  [[gnu::always_inline]] bool put_text(const std::byte* bytes, std::size_t size,
                                       bool& is_ascii) noexcept {
    return take(size) && pour_.put_text(bytes, size, is_ascii);
  }

  [[nodiscard]] std::size_t size_since(Fill start) const noexcept {
    return pour_.size_since(start.pour_);
  }

 private:
  bool take(std::size_t size) noexcept {
    if (left_ < size) [[unlikely]] {
      return false;
    }
    left_ -= size;
    return true;
  }

  Pour pour_;
  std::size_t left_;
};

template <typename Sink>
class Encoder final {
 public:
  Encoder(const Program& program, Sink sink) noexcept
      : program_(program), start_(sink), sink_(sink) {}

  [[nodiscard]] const CodecFailure& failure() const noexcept {
    CAIRN_CHECK(failure_.has_value());
    return *failure_;
  }

  [[nodiscard]] std::size_t size() const noexcept { return sink_.size_since(start_); }

  [[gnu::always_inline]] bool run(const std::byte* memory) {
    const Op* const first = program_.ops.data();
    return steps(first, first + program_.ops.size(), memory, sink_);
  }

 private:
  [[gnu::always_inline]] bool steps(const Op* op, const Op* end, const std::byte* base, Sink& out) {
    Sink sink = out;  // no pointer to this one leaves the loop: it stays in registers
    for (; op != end; ++op) {
      if (!step(op, base, sink)) [[unlikely]] {
        return false;
      }
    }
    out = sink;
    return true;
  }

  /// The body of a step.
  [[gnu::noinline]] bool run_body(const Op& op, const std::byte* base, Sink& sink) {
    return steps(&op + 1, &op + 1 + op.body, base, sink);
  }

  /// Moves `at` over the step's body, if it has one.
  [[gnu::always_inline]] bool step(const Op*& at, const std::byte* base, Sink& sink) {
    const Op& op = *at;
    const std::byte* const value = base + op.offset;
    // The three most frequent ones apart: a jump that is foreseen costs less than one by a table.
    if (op.code == Op::Code::Copy) {
      return put_copy(op, value, sink);
    }
    if (op.code == Op::Code::CheckCount) {
      return is_below_count(op, value) || refuse(op, sink, Errc::Corrupt, no_enum_value);
    }
    if (op.code == Op::Code::Str) {
      return put_in_place(op, value, sink);
    }
    switch (op.code) {
      case Op::Code::Copy:
      case Op::Code::CheckCount:
      case Op::Code::Str:
        break;
      case Op::Code::CheckBool:
        return is_bool(value) || refuse(op, sink, Errc::Corrupt, no_bool);
      case Op::Code::CheckEnum:
      case Op::Code::CheckDecimal: {
        const std::string_view why = check_copied(op, value);
        return why.empty() || refuse(op, sink, Errc::Corrupt, why);
      }
      case Op::Code::Bytes:
        return put_in_place(op, value, sink);
      case Op::Code::Text:
      case Op::Code::Blob: {
        View view;
        std::memcpy(&view, value, sizeof(view));
        return put_sized(op, view.data, view.size, sink);
      }
      case Op::Code::Option:
      case Op::Code::Array:
      case Op::Code::List: {
        Sink inner = sink;
        const bool done = put_with_body(op, base, inner);
        sink = inner;
        at += op.body;
        return done;
      }
    }
    std::unreachable();
  }

  [[gnu::always_inline]] bool put_copy(const Op& op, const std::byte* value, Sink& sink) {
    if (!sink.put(value, op.size)) [[unlikely]] {
      return refuse(op, sink, Errc::TooLarge, no_space);
    }
    return true;
  }

  [[gnu::always_inline]] bool put_in_place(const Op& op, const std::byte* value, Sink& sink) {
    InPlaceSize size = 0;
    std::memcpy(&size, value, sizeof(size));
    return put_sized(op, value + sizeof(size), size, sink);
  }

  [[gnu::always_inline]] bool put_sized(const Op& op, const std::byte* bytes, std::size_t size,
                                        Sink& sink) {
    const Sink before = sink;
    if (size > op.size) [[unlikely]] {
      return refuse(op, before, Errc::TooLarge, over_capacity);
    }
    const bool holds_text = op.code == Op::Code::Str || op.code == Op::Code::Text;
    bool is_ascii = true;
    const bool fits = sink.put_size(size) &&
                      (holds_text ? sink.put_text(bytes, size, is_ascii) : sink.put(bytes, size));
    if (!fits) [[unlikely]] {
      return refuse(op, before, Errc::TooLarge, no_space);
    }
    if (!is_ascii && !is_utf8({reinterpret_cast<const char*>(bytes), size})) [[unlikely]] {
      return refuse(op, before, Errc::Corrupt, no_utf8);
    }
    return true;
  }

  [[gnu::noinline]] bool put_with_body(const Op& op, const std::byte* base, Sink& sink) {
    const std::byte* const value = base + op.offset;
    if (op.code == Op::Code::Option) {
      return put_option(op, base, sink);
    }
    return op.code == Op::Code::Array ? put_items(op, value, op.size, sink)
                                      : put_list(op, value, sink);
  }

  bool put_option(const Op& op, const std::byte* base, Sink& sink) {
    const std::byte* const flag = base + op.offset + op.stride;
    if (!is_bool(flag)) [[unlikely]] {
      return refuse(op, sink, Errc::Corrupt, no_bool);
    }
    if (!sink.put(flag, 1)) [[unlikely]] {
      return refuse(op, sink, Errc::TooLarge, no_space);
    }
    return *flag == std::byte{0} || run_body(op, base, sink);
  }

  bool put_list(const Op& op, const std::byte* value, Sink& sink) {
    View view;
    std::memcpy(&view, value, sizeof(view));
    if (view.size > op.size) [[unlikely]] {
      return refuse(op, sink, Errc::TooLarge, over_capacity);
    }
    if (!sink.put_size(view.size)) [[unlikely]] {
      return refuse(op, sink, Errc::TooLarge, no_space);
    }
    return put_items(op, view.data, view.size, sink);
  }

  bool put_items(const Op& op, const std::byte* items, std::uint32_t count, Sink& sink) {
    for (std::uint32_t i = 0; i < count; ++i) {
      if (!run_body(op, items + std::size_t{i} * op.stride, sink)) [[unlikely]] {
        CAIRN_CHECK(failure_.has_value());
        failure_->inside(program_.places[op.place], i);
        return false;
      }
    }
    return true;
  }

  [[gnu::cold]] bool refuse(const Op& op, Sink sink, Errc code, std::string_view why) {
    failure_ = CodecFailure{.code = code,
                            .why = why,
                            .offset = sink.size_since(start_) - op.back,
                            .path = program_.places[op.place]};
    return false;
  }

  const Program& program_;
  Sink start_;
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
  if (out.size() >= structure_->encoded_size_max) {
    return encode_into(*structure_, program_, memory, Pour(out.data()));
  }
  return encode_into(*structure_, program_, memory, Fill(out));
}

Result<std::size_t> Codec::encoded_size(const std::byte* memory) const {
  return encode_into(*structure_, program_, memory, Measure());
}

}  // namespace cairn::schema
