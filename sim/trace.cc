// SPDX-License-Identifier: Apache-2.0
#include "sim/trace.h"

#include <span>

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
  hasher_.update(std::as_bytes(std::span(scratch_)));
  ++records_;
  if (out_ != nullptr) {
    const std::string line =
        fmt::format("{:>15} {} {} {}\n", record.at.nanoseconds, record.what, record.subject,
                    fmt::join(record.numbers.begin(), record.numbers.end(), " "));
    static_cast<void>(std::fwrite(line.data(), 1, line.size(), out_));
  }
}

}  // namespace cairn::sim
