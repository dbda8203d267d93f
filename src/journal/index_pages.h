// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <span>
#include <string>
#include <vector>

#include "cairn/error.h"
#include "journal/index_format.h"

namespace cairn::journal {

/// Called between the pieces of what takes long, on the thread that does it. It may take its time;
/// an error, which is not Corrupt, ends what was begun with it.
using IndexPause = std::function<Result<>()>;

/// The pause may be absent.
[[nodiscard]] inline Result<> take(const IndexPause& pause) {
  return pause ? pause() : Result<>();
}

/// What was found wrong while something was read; the first of it. Of one query. Reads that meet
/// something wrong give zeros, and whoever asked for them looks here before it believes the whole.
class IndexFlaw final {
 public:
  [[nodiscard]] bool is_found() const noexcept { return is_found_; }

  /// `what` is a literal.
  void note(const std::string& name, const char* what, std::uint64_t place);
  /// Corrupt, by name and place. Requires: is_found.
  [[nodiscard]] Error error() const;

 private:
  bool is_found_ = false;
  std::string name_;
  const char* what_ = "";
  std::uint64_t place_ = 0;
};

/// The pages of an index file, each checked when it is first touched. Any thread.
class IndexPages final {
 public:
  IndexPages(std::span<const std::byte> file, const IndexLayout& layout, std::string name);

  /// Whether the bytes are as they were written; else that is noted. Requires: they lie inside the
  /// checked pages.
  bool check(std::uint64_t offset, std::uint64_t bytes, IndexFlaw& flaw) {
    if (bytes == 0) {
      return true;
    }
    const std::uint64_t last = (offset + bytes - 1) / index_page_bytes;
    for (std::uint64_t page = offset / index_page_bytes; page <= last; ++page) {
      if (states_[page].load(std::memory_order_relaxed) != State::Good && !look(page, flaw)) {
        return false;
      }
    }
    return true;
  }

  /// All of them, or those before the pause that ended it.
  [[nodiscard]] Result<> check_all(const IndexPause& pause);

  /// Something in the file was found wrong: a page, or what a good page says.
  void note_damage() noexcept { is_damaged_.store(true, std::memory_order_relaxed); }

  [[nodiscard]] bool is_damaged() const noexcept {
    return is_damaged_.load(std::memory_order_relaxed);
  }

  [[nodiscard]] const std::string& name() const noexcept { return name_; }

 private:
  enum class State : std::uint8_t { Unknown, Good, Bad };

  bool look(std::uint64_t page, IndexFlaw& flaw);

  const std::span<const std::byte> file_;
  const std::uint64_t checksums_at_;
  const std::string name_;
  std::vector<std::atomic<State>> states_;  ///< by page; the header's, and none after the checked
  std::atomic<bool> is_damaged_ = false;
};

}  // namespace cairn::journal
