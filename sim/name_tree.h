// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "sim/file_image.h"
#include "sys/disk.h"

namespace cairn::sim {

struct Node;

/// Shared, because a file lives on while it is open, named in memory, or named on the media.
using NodePointer = std::shared_ptr<Node>;
using Names = std::map<std::string, NodePointer, std::less<>>;

/// A file or a folder, apart from its name.
struct Node {
  std::uint64_t id = 0;  ///< in order of creation; what the trace shows instead of an address
  sys::EntryKind kind = sys::EntryKind::File;
  FileImage image;                ///< of a file
  Names names;                    ///< of a folder: what processes see
  Names durable_names;            ///< of a folder: what the media holds
  std::uint64_t lock_holder = 0;  ///< of a folder: 0, or the number of the lock that holds it
};

/// The names of one disk, in memory and on the media. A change to names is seen at once and becomes
/// durable when a folder it touches is synced, or by luck in a power loss. Paths are valid by
/// `sys::check_path`. Owned by the SimDisk.
class NameTree final {
 public:
  NameTree();
  ~NameTree();
  NameTree(const NameTree&) = delete;
  NameTree& operator=(const NameTree&) = delete;

  [[nodiscard]] const NodePointer& root() const noexcept { return root_; }

  /// Null when there is no such file or folder.
  [[nodiscard]] NodePointer find(std::string_view path) const;
  /// The folder that holds the path's last name, or null; and that name.
  [[nodiscard]] NodePointer find_parent(std::string_view path) const;
  [[nodiscard]] static std::string_view last_name(std::string_view path) noexcept;

  /// Requires: the parent is there, the name is not.
  NodePointer add(ChangeNumber change, std::string_view path, sys::EntryKind kind);
  /// Requires: the path is there.
  void remove(ChangeNumber change, std::string_view path);
  /// Moves a name, in one step inside a folder. A file that moves between two folders is two
  /// changes for a power loss, numbered `change` and `change + 1`: its old name may outlive the
  /// move, or both may be gone.
  void rename(ChangeNumber change, std::string_view from, std::string_view to);

  /// Makes every change to names in the folder durable.
  void sync(const NodePointer& folder);

  /// The changes a power loss may keep or lose, in order.
  [[nodiscard]] std::vector<ChangeNumber> unsynced() const;
  void keep(ChangeNumber change);
  /// Makes what processes see equal to what the media holds.
  void forget_unsynced();

  /// Every file and folder that is named in memory or on the media, in order of creation.
  [[nodiscard]] std::vector<NodePointer> nodes() const;

 private:
  struct Edit {
    NodePointer folder;
    std::string name;
    NodePointer target;  ///< null: the name goes
  };

  struct Change {
    ChangeNumber number = 0;
    std::vector<Edit> edits;
  };

  void apply(ChangeNumber number, std::vector<Edit> edits);
  static void make_durable(const Change& change);

  NodePointer root_;
  std::uint64_t last_id_ = 0;
  std::vector<Change> changes_;
};

}  // namespace cairn::sim
