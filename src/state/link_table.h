// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <vector>

#include "cairn/descriptor.h"
#include "state/chunked.h"
#include "state/row.h"

namespace cairn::state {

/// Which way a link is walked: from its source, or from its target.
enum class Way : std::uint8_t { Out, In };

[[nodiscard]] constexpr Way reverse(Way way) noexcept {
  return way == Way::Out ? Way::In : Way::Out;
}

/// The links of one edge, each in two lists, that of its source and that of its target, oldest
/// first. Links are told apart by numbers that grow; only their order means something. Rows are
/// named by slots. Whether two rows are linked is read off the list of the one that has few links;
/// links between two that have many are in an index besides. Owned by the State; one thread.
class LinkTable final {
 public:
  /// Names a link; given out again after `release`.
  using Node = std::uint32_t;
  static constexpr Node none = 0xffff'ffff;

  struct Link {
    std::array<std::uint32_t, 2> end = {};  ///< slots of source and target
    std::array<Node, 2> next = {none, none};
    std::array<Node, 2> previous = {none, none};
    std::uint64_t number = 0;  ///< 0 for one that is released
    bool is_cut = false;
    bool is_new = false;     ///< made by the running command
    bool is_paired = false;  ///< in the index over pairs
  };

  LinkTable(const EdgeInfo& edge, std::uint64_t seed);

  [[nodiscard]] const EdgeInfo& edge() const noexcept { return *edge_; }

  [[nodiscard]] std::size_t size() const noexcept { return alive_; }

  /// The last number given out.
  [[nodiscard]] std::uint64_t last_number() const noexcept { return last_number_; }

  /// Counts links made, cut, mended: whoever remembers a place knows whether it still stands.
  [[nodiscard]] std::uint64_t changes() const noexcept { return changes_; }

  /// All nodes ever given out are below this.
  [[nodiscard]] Node nodes() const noexcept { return links_.size(); }

  [[nodiscard]] const Link& link(Node node) const noexcept { return links_[node]; }

  /// The oldest and the newest link of a row; `none` when it has none.
  [[nodiscard]] Node first(Way way, std::uint32_t slot) const noexcept {
    const Chunked<Ends>& all = ends_[static_cast<std::size_t>(way)];
    return slot < all.size() ? all[slot].first : none;
  }

  [[nodiscard]] Node last(Way way, std::uint32_t slot) const noexcept;

  [[nodiscard]] Node next(Way way, Node node) const noexcept {
    return links_[node].next[static_cast<std::size_t>(way)];
  }

  [[nodiscard]] bool has_links(Way way, std::uint32_t slot) const noexcept {
    return first(way, slot) != none;
  }

  /// The link between two rows; `none` when they are not linked.
  [[nodiscard]] Node find(std::uint32_t source, std::uint32_t target) const noexcept;

  /// Appends a link. Requires: the two are not linked, and there is room.
  Node make(std::uint32_t source, std::uint32_t target);
  [[nodiscard]] bool is_full() const noexcept;

  /// Takes the link out of both lists; it remembers its neighbours.
  void cut(Node node) noexcept;
  /// Puts it back. Requires: what happened to the table since the cut has been taken back.
  void mend(Node node) noexcept;
  /// Takes back `make`. Requires: as `mend`.
  void unmake(Node node) noexcept;

  /// The command that made the link is committed.
  void accept(Node node) noexcept { links_[node].is_new = false; }

  /// Gives a cut link's place back.
  void release(Node node) noexcept;

  [[nodiscard]] std::size_t memory_bytes() const noexcept;

 private:
  struct Ends {
    Node first = none;
    Node last = none;
    std::uint32_t count = 0;
  };

  struct Pair {
    std::uint32_t tag = 0;
    Node node = none;
  };

  [[nodiscard]] std::uint64_t hash(std::uint32_t source, std::uint32_t target) const noexcept;

  [[nodiscard]] Ends& ends(Way way, std::uint32_t slot) {
    Chunked<Ends>& all = ends_[static_cast<std::size_t>(way)];
    if (slot >= all.size()) {
      all.extend(slot + 1);
    }
    return all[slot];
  }

  void attach(Ends& list, Way way, Node node) noexcept;
  void detach(Way way, Node node) noexcept;

  [[nodiscard]] std::uint32_t count(Way way, std::uint32_t slot) const noexcept {
    const Chunked<Ends>& all = ends_[static_cast<std::size_t>(way)];
    return slot < all.size() ? all[slot].count : 0;
  }

  [[nodiscard]] Node walk(Way way, Node node, std::uint32_t far) const noexcept;
  [[nodiscard]] Node find_pair(std::uint32_t source, std::uint32_t target) const noexcept;
  void count_link(Node node, Ends& out, Ends& in);
  void pair_link(Node node, const Ends& out, const Ends& in);
  void add_pairs_of(Way way, std::uint32_t slot);
  void add_pair(Node node);
  void drop_pair(Node node) noexcept;
  void place_pair(Pair pair) noexcept;
  void grow_pairs();

  const EdgeInfo* edge_;
  std::uint64_t seed_;
  Chunked<Link> links_;
  std::array<Chunked<Ends>, 2> ends_;  ///< by slot
  std::vector<Node> free_;
  /// Links whose ends both have more links than are quickly walked; open addressing.
  std::unique_ptr<Pair[]> pairs_;
  std::uint32_t pair_mask_ = 0;
  std::uint32_t pair_count_ = 0;
  std::size_t alive_ = 0;
  std::uint64_t last_number_ = 0;
  std::uint64_t changes_ = 0;
};

}  // namespace cairn::state
