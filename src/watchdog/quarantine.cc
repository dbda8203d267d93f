// SPDX-License-Identifier: Apache-2.0
#include "watchdog/quarantine.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <optional>
#include <system_error>
#include <utility>

#include <fmt/core.h>

#include "base/checksum.h"
#include "base/hash.h"
#include "base/limits.h"
#include "cairn/byte_writer.h"

namespace cairn::watchdog {

namespace {

constexpr std::string_view head_word = "cairn quarantine ";
constexpr int version = 1;

std::span<const std::byte> bytes_of(std::string_view text) {
  return std::as_bytes(std::span(text));
}

std::string checksum_of(std::string_view text) {
  return fmt::format("{:016x}", checksum64(bytes_of(text)));
}

/// Takes the text up to the next space, or all of it.
std::string_view take_word(std::string_view& text) {
  const std::size_t end = std::min(text.find(' '), text.size());
  const std::string_view word = text.substr(0, end);
  text.remove_prefix(std::min(end + 1, text.size()));
  return word;
}

template <typename T>
std::optional<T> number_in(std::string_view word) {
  const std::string text(word);
  const char* const end = text.data() + text.size();
  T value = 0;
  const auto [stopped, error] = std::from_chars(text.data(), end, value);
  return error == std::errc() && stopped == end ? std::optional(value) : std::nullopt;
}

/// How long the first line is, with its line feed where it has one.
std::size_t line_size(std::string_view text) {
  return std::min(text.find('\n'), text.size() - 1) + 1;
}

/// The command of a line; none when the line is not what `to_line` writes.
std::optional<Quarantined> command_of(std::string_view line) {
  std::string_view rest = line;
  const Result<Digest> digest = Digest::parse(take_word(rest));
  const std::string_view domain = take_word(rest);
  const std::string_view name = take_word(rest);
  const auto position = number_in<std::uint64_t>(take_word(rest));
  const auto time = number_in<std::int64_t>(take_word(rest));
  if (!digest || !position || !time) {
    return std::nullopt;
  }
  Quarantined command = {.command = *digest,
                         .domain = std::string(domain),
                         .name = std::string(name),
                         .position = Seq(*position),
                         .time = {*time}};
  // There is one way to write a command, so what is written otherwise is damaged.
  const bool is_right = to_line(command) == line;
  return is_right ? std::optional(std::move(command)) : std::nullopt;
}

std::unexpected<Error> corrupt(std::size_t line) {
  return fail(Error(Errc::Corrupt, fmt::format("line {} is damaged", line))
                  .advise("take the line out if its command may run again, and move the file away "
                          "if all may"));
}

Result<> check_head(std::string_view head) {
  if (head == quarantine_head()) {
    return {};
  }
  if (head.starts_with(head_word)) {
    return fail(Errc::Unsupported,
                fmt::format("this build reads version {} of a quarantine file", version));
  }
  return fail(Errc::Corrupt, "this is no quarantine file");
}

/// What is left where the file was being made when the power went.
bool is_torn_head(std::string_view text) {
  const bool has_begun = text != quarantine_head() && quarantine_head().starts_with(text);
  return has_begun || text.find_first_not_of('\0') == std::string_view::npos;
}

}  // namespace

Digest identity_of(const Digest& fingerprint, std::uint16_t kind,
                   std::span<const std::byte> bytes) noexcept {
  Blake3Hasher hasher;
  hasher.update(bytes_of("cairn command\n"));
  hasher.update(fingerprint.bytes);
  const std::array<std::byte, 2> number = {static_cast<std::byte>(kind & 0xffU),
                                           static_cast<std::byte>(kind >> 8U)};
  hasher.update(number);
  hasher.update(bytes);
  return hasher.finish();
}

std::string quarantine_head() {
  return fmt::format("{}{}\n", head_word, version);
}

std::string to_line(const Quarantined& command) {
  std::string line = fmt::format("{} {} {} {} {}", command.command.to_string(), command.domain,
                                 command.name, command.position.value(), command.time.nanoseconds);
  const std::string checksum = checksum_of(line);
  return fmt::format("{} {}\n", line, checksum);
}

Result<QuarantineText> parse_quarantine(std::string_view text) {
  QuarantineText read;
  if (is_torn_head(text)) {
    read.left_out = text.empty() ? "" : "line 1 is cut short";
    return read;
  }
  read.whole_bytes = line_size(text);
  CAIRN_TRY(check_head(text.substr(0, read.whole_bytes)));
  for (std::size_t line = 2; read.whole_bytes < text.size(); ++line) {
    const std::string_view rest = text.substr(read.whole_bytes);
    const std::size_t size = line_size(rest);
    auto command = command_of(rest.substr(0, size));
    if (!command && size < rest.size()) {
      return corrupt(line);
    }
    if (!command) {
      read.left_out = fmt::format("line {} is cut short or damaged", line);
      break;
    }
    read.commands.push_back(std::move(*command));
    read.whole_bytes += size;
  }
  return read;
}

Result<Quarantine> Quarantine::open(sys::Disk& disk, const std::string& name) {
  CAIRN_TRY(std::unique_ptr<sys::File> file,
            disk.open(name, {.mode = sys::OpenMode::CreateOrOpen}));
  CAIRN_TRY(const std::uint64_t size, file->size());
  if (size > quarantine_bytes_max) {
    return fail(Error(Errc::TooLarge, fmt::format("the quarantine has {} bytes; the limit is {}",
                                                  size, quarantine_bytes_max))
                    .at(name));
  }
  std::string text(size, '\0');
  CAIRN_TRY(const std::size_t count, file->read(0, std::as_writable_bytes(std::span(text))));
  text.resize(count);
  auto read = parse_quarantine(text);
  if (!read) {
    return fail(std::move(read).error().at(name));
  }
  Quarantine quarantine(std::move(file));
  quarantine.commands_ = std::move(read->commands);
  quarantine.left_out_ = std::move(read->left_out);
  quarantine.end_ = read->whole_bytes;
  if (quarantine.end_ < text.size()) {
    CAIRN_TRY(quarantine.file_->resize(quarantine.end_));
  }
  if (quarantine.end_ == 0) {
    CAIRN_TRY(quarantine.append(quarantine_head()));
    CAIRN_TRY(disk.sync_folder(""));
  }
  return quarantine;
}

bool Quarantine::holds(const Digest& command) const noexcept {
  return std::ranges::find(commands_, command, &Quarantined::command) != commands_.end();
}

Result<> Quarantine::append(std::string_view text) {
  if (end_ + text.size() > quarantine_bytes_max) {
    return fail(Error(Errc::TooLarge,
                      fmt::format("the quarantine would pass {} bytes", quarantine_bytes_max))
                    .advise("see why so many commands do not end"));
  }
  CAIRN_TRY(file_->write(end_, bytes_of(text)));
  CAIRN_TRY(file_->sync_data());
  end_ += text.size();
  return {};
}

Result<> Quarantine::add(Quarantined command) {
  if (holds(command.command)) {
    return {};
  }
  const std::string line = to_line(command);
  commands_.push_back(std::move(command));
  return append(line);
}

}  // namespace cairn::watchdog
