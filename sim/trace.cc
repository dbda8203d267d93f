// SPDX-License-Identifier: Apache-2.0
#include "sim/trace.h"

#include <blake3.h>
#include <fmt/format.h>

namespace cairn::sim {

namespace {

void append_number(std::string& out, std::uint64_t value) {
  for (unsigned shift = 0; shift < 64; shift += 8) {
    out.push_back(static_cast<char>((value >> shift) & 0xFFU));
  }
}

void append_text(std::string& out, std::string_view text) {
  append_number(out, text.size());
  out.append(text);
}

}  // namespace

struct Trace::Hasher {
  blake3_hasher state;
};

Trace::Trace() : hasher_(std::make_unique<Hasher>()) {
  blake3_hasher_init(&hasher_->state);
}

Trace::~Trace() = default;

void Trace::add(const TraceRecord& record) {
  // Every part is preceded by its length or count, so no two traces share their bytes.
  scratch_.clear();
  append_number(scratch_, static_cast<std::uint64_t>(record.at.nanoseconds));
  append_text(scratch_, record.what);
  append_text(scratch_, record.subject);
  append_number(scratch_, record.numbers.size());
  for (const std::uint64_t number : record.numbers) {
    append_number(scratch_, number);
  }
  blake3_hasher_update(&hasher_->state, scratch_.data(), scratch_.size());
  ++records_;
  if (out_ != nullptr) {
    const std::string line =
        fmt::format("{:>15} {} {} {}\n", record.at.nanoseconds, record.what, record.subject,
                    fmt::join(record.numbers.begin(), record.numbers.end(), " "));
    static_cast<void>(std::fwrite(line.data(), 1, line.size(), out_));
  }
}

Trace::Digest Trace::digest() const {
  std::array<std::uint8_t, 32> bytes{};
  blake3_hasher_finalize(&hasher_->state, bytes.data(), bytes.size());
  Digest digest{};
  for (std::size_t i = 0; i < digest.size(); ++i) {
    digest[i] = std::byte{bytes[i]};
  }
  return digest;
}

std::string to_hex(const Trace::Digest& digest) {
  std::string text;
  for (const std::byte byte : digest) {
    text += fmt::format("{:02x}", std::to_integer<unsigned>(byte));
  }
  return text;
}

}  // namespace cairn::sim
