// SPDX-License-Identifier: Apache-2.0
#include "apps/cairn/journal_files.h"

#include <algorithm>
#include <cerrno>
#include <fstream>
#include <ios>
#include <iterator>
#include <span>
#include <system_error>
#include <utility>

#include <fcntl.h>
#include <unistd.h>

#include "base/limits.h"
#include "base/log.h"
#include "base/sign.h"

namespace cairn::cli {

namespace {

/// At most one byte more than the limit, which the reader of the format then refuses. What fits
/// into one piece is nowhere in memory but in what is returned.
Result<std::string> read_file(const std::string& path, std::size_t bytes_max) {
  std::ifstream file;
  file.rdbuf()->pubsetbuf(nullptr, 0);
  file.open(path, std::ios::binary);
  if (!file) {
    return fail(Error(Errc::NotFound, "cannot be read").at(path));
  }
  std::string text;
  constexpr std::size_t piece_bytes = key_file_bytes_max + 1;
  while (file && text.size() <= bytes_max) {
    const std::size_t size = text.size();
    text.resize(size + piece_bytes);
    file.read(text.data() + size, static_cast<std::streamsize>(piece_bytes));
    text.resize(size + static_cast<std::size_t>(file.gcount()));
  }
  if (file.bad()) {
    return fail(Error(Errc::IoFailed, "reading failed").at(path));
  }
  return text;
}

template <typename Parsed>
Result<Parsed> named(Result<Parsed> parsed, const std::string& path) {
  return parsed ? std::move(parsed) : fail(std::move(parsed).error().at(path));
}

Error failed(const std::string& path) {
  const int number = errno;
  const Errc code = number == EEXIST ? Errc::AlreadyExists : Errc::IoFailed;
  return Error(code, "cannot be written: " + std::generic_category().message(number)).at(path);
}

Result<> write_all(int file, std::string_view text, const std::string& path) {
  while (!text.empty()) {
    const ssize_t written = ::write(file, text.data(), text.size());
    if (written < 0 && errno != EINTR) {
      return fail(failed(path));
    }
    text.remove_prefix(static_cast<std::size_t>(std::max<ssize_t>(written, 0)));
  }
  return ::fsync(file) == 0 ? Result<>() : fail(failed(path));
}

/// Of one argument. What looks like a key is not quoted as a path: it may be a private one.
Result<std::vector<journal::VerifierKey>> load_some_keys(const std::string& argument) {
  auto key = journal::VerifierKey::parse(argument);
  if (key) {
    return std::vector{*std::move(key)};
  }
  if (std::ranges::count(argument, '+') > 1) {
    return fail(std::move(key).error().at("--key"));
  }
  CAIRN_TRY(const std::string text, read_file(argument, key_file_bytes_max));
  return named(journal::parse_key_file(text), argument);
}

}  // namespace

Result<journal::Receipt> load_receipt(const std::string& path) {
  CAIRN_TRY(const std::string text, read_file(path, receipt_bytes_max));
  return named(journal::parse_receipt(text), path);
}

Result<journal::Anchors> load_anchors(const std::string& path) {
  CAIRN_TRY(const std::string text, read_file(path, anchor_file_bytes_max));
  return named(journal::parse_anchors(text), path);
}

Result<journal::Note> load_note(const std::string& path) {
  CAIRN_TRY(const std::string text, read_file(path, note_bytes_max));
  return named(journal::parse_note(text), path);
}

Result<journal::SignerKey> load_signer(const std::string& path) {
  CAIRN_TRY(std::string text, read_file(path, key_file_bytes_max));
  auto key = named(journal::parse_signer_file(text), path);
  wipe_bytes(std::as_writable_bytes(std::span(text)));
  return key;
}

Result<std::vector<journal::VerifierKey>> load_keys(const std::vector<std::string>& arguments) {
  std::vector<journal::VerifierKey> keys;
  for (const std::string& argument : arguments) {
    CAIRN_TRY(const auto more, load_some_keys(argument));
    std::ranges::copy_if(more, std::back_inserter(keys), [&](const journal::VerifierKey& key) {
      return std::ranges::find(keys, key) == keys.end();
    });
  }
  return keys;
}

Result<> write_new_file(const std::string& path, std::string_view text, unsigned mode) {
  const int file = ::open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, mode);
  if (file < 0) {
    return fail(failed(path));
  }
  Result<> written = write_all(file, text, path);
  if (::close(file) != 0 && written) {
    written = fail(failed(path));
  }
  if (!written) {
    ::unlink(path.c_str());
  }
  return written;
}

}  // namespace cairn::cli
