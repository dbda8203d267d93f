// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "cairn/digest.h"
#include "cairn/error.h"
#include "cairn/ids.h"
#include "cairn/time.h"
#include "sys/disk.h"

namespace cairn::watchdog {

/// What names a command wherever it comes: a digest over its domain, kind and canonical bytes.
[[nodiscard]] Digest identity_of(const Digest& fingerprint, std::uint16_t kind,
                                 std::span<const std::byte> bytes) noexcept;

/// A command that is not to be run. Beyond the digest all is for people.
struct Quarantined {
  Digest command;
  std::string domain;
  std::string name;  ///< of the command's kind
  Seq position;      ///< where it was to stand
  Timestamp time;    ///< of the wall, when it was given up

  friend bool operator==(const Quarantined&, const Quarantined&) = default;
};

/// What a quarantine file says (docs/execution.md). One line is one command, with a checksum of its
/// own, so that a line can be taken out by hand.
struct QuarantineText {
  std::vector<Quarantined> commands;
  std::size_t whole_bytes = 0;  ///< up to the end of the last line that is right
  std::string left_out;         ///< why the last line counts for nothing; empty when it is right
};

[[nodiscard]] std::string quarantine_head();
[[nodiscard]] std::string to_line(const Quarantined& command);

/// Reads a text that may be hostile. Only the last line may be wrong: whatever ended the process
/// may have cut it short, and its command is run once more. Corrupt, with the line, for any other.
Result<QuarantineText> parse_quarantine(std::string_view text);

/// The commands that a process refuses to run, and the file that tells the next one. One thread at
/// a time; `add` may be called by another than the rest while the owner waits.
class Quarantine final {
 public:
  /// Reads the file, or makes an empty one. The disk must outlive it.
  static Result<Quarantine> open(sys::Disk& disk, const std::string& name);

  [[nodiscard]] bool is_empty() const noexcept { return commands_.empty(); }

  [[nodiscard]] bool holds(const Digest& command) const noexcept;

  /// Says which line of the file counts for nothing, and why; empty when all do.
  [[nodiscard]] const std::string& left_out() const noexcept { return left_out_; }

  /// From here on the command is refused. On failure it is so in this process only: the file may
  /// not hold it. Once it returns success, it does, whatever happens to the machine.
  Result<> add(Quarantined command);

 private:
  explicit Quarantine(std::unique_ptr<sys::File> file) : file_(std::move(file)) {}

  Result<> append(std::string_view text);

  std::unique_ptr<sys::File> file_;
  std::uint64_t end_ = 0;
  std::vector<Quarantined> commands_;
  std::string left_out_;
};

}  // namespace cairn::watchdog
