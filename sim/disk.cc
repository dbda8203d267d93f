// SPDX-License-Identifier: Apache-2.0
#include "sim/disk.h"

#include <utility>

#include "base/check.h"
#include "sim/file.h"
#include "sim/queue.h"

namespace cairn::sim {

namespace {

class SimFolderLock final : public sys::FolderLock {
 public:
  SimFolderLock(NodePointer folder, std::uint64_t number)
      : folder_(std::move(folder)), number_(number) {
    folder_->lock_holder = number_;
  }

  ~SimFolderLock() override {
    // A lock of a dead incarnation must not end the hold of a live one.
    if (folder_->lock_holder == number_) {
      folder_->lock_holder = 0;
    }
  }

  SimFolderLock(const SimFolderLock&) = delete;
  SimFolderLock& operator=(const SimFolderLock&) = delete;

 private:
  NodePointer folder_;
  std::uint64_t number_;
};

std::unexpected<Error> fail_at(Errc code, std::string_view path, std::string_view what) {
  return fail(code, "\"" + std::string(path) + "\" " + std::string(what));
}

sys::Entry entry_of(std::string_view name, const Node& node) {
  return {.name = std::string(name), .kind = node.kind, .size = node.image.size()};
}

bool is_below(std::string_view path, std::string_view folder) {
  return path.size() > folder.size() && path.starts_with(folder) && path[folder.size()] == '/';
}

}  // namespace

SimDisk::SimDisk(World& world, std::string name, const DiskFaults& faults)
    : device_(world, std::move(name), faults) {}

SimDisk::~SimDisk() = default;

Result<> SimDisk::begin(std::string_view path) {
  CAIRN_TRY(sys::check_path(path));
  CAIRN_TRY(device_.check_power(device_.incarnation()));
  device_.pass_time(sys::IoKind::Read);
  return {};
}

Result<NodePointer> SimDisk::find(std::string_view path) const {
  CAIRN_TRY(check_parent(path));
  NodePointer node = device_.tree.find(path);
  if (!node) {
    return fail_at(Errc::NotFound, path, "does not exist");
  }
  return node;
}

Result<NodePointer> SimDisk::find_folder(std::string_view path) const {
  CAIRN_TRY(NodePointer node, find(path));
  if (node->kind != sys::EntryKind::Folder) {
    return fail_at(Errc::InvalidArgument, path, "is not a folder");
  }
  return node;
}

Result<> SimDisk::check_parent(std::string_view path) const {
  for (std::size_t slash = path.find('/'); slash != std::string_view::npos;
       slash = path.find('/', slash + 1)) {
    const NodePointer node = device_.tree.find(path.substr(0, slash));
    if (!node) {
      return fail_at(Errc::NotFound, path.substr(0, slash), "does not exist");
    }
    if (node->kind != sys::EntryKind::Folder) {
      return fail_at(Errc::InvalidArgument, path.substr(0, slash), "is not a folder");
    }
  }
  return {};
}

Result<std::unique_ptr<sys::File>> SimDisk::open(std::string_view path, sys::OpenOptions options) {
  CAIRN_TRY(begin(path));
  if (device_.fires(device_.faults.open_error_one_in, "disk.open_error")) {
    return fail_at(Errc::IoFailed, path, "cannot be opened: simulated disk.open_error");
  }
  CAIRN_TRY(NodePointer node, device_.end_operation(find_or_create(path, options.mode)));
  if (node->kind != sys::EntryKind::File) {
    return fail_at(Errc::InvalidArgument, path, "is a folder");
  }
  device_.world.trace("disk.open", path, {node->id, static_cast<std::uint64_t>(options.mode)});
  auto handle = std::make_shared<Handle>();
  handle->node = std::move(node);
  handle->label = device_.name + ":" + std::string(path);
  handle->is_writable = options.mode != sys::OpenMode::ReadOnly;
  handle->is_direct = options.direct;
  handle->incarnation = device_.incarnation();
  return std::make_unique<SimFile>(device_, std::move(handle));
}

Result<NodePointer> SimDisk::find_or_create(std::string_view path, sys::OpenMode mode) {
  const bool creates = mode == sys::OpenMode::CreateNew || mode == sys::OpenMode::CreateOrOpen;
  auto found = find(path);
  if (found && mode == sys::OpenMode::CreateNew) {
    return fail_at(path.empty() ? Errc::InvalidArgument : Errc::AlreadyExists, path,
                   "exists already");
  }
  if (found || !creates || found.error().code() != Errc::NotFound) {
    return found;
  }
  CAIRN_TRY(check_parent(path));
  const std::uint64_t number = device_.count_operation();
  CAIRN_TRY(device_.check_space(0, path, number));
  CAIRN_TRY(check_names(path, number));
  const ChangeNumber change = device_.next_change();
  device_.world.trace("disk.create", path, {change});
  return device_.tree.add(change, path, sys::EntryKind::File);
}

Result<> SimDisk::check_names(std::string_view path, std::uint64_t operation) {
  if (device_.breaks(device_.faults.name_error_one_in, "disk.name_error", operation)) {
    return fail_at(Errc::IoFailed, path, "cannot be changed: simulated disk.name_error");
  }
  return {};
}

Result<> SimDisk::create_folder(std::string_view path) {
  CAIRN_TRY(begin(path));
  for (std::size_t slash = path.find('/'); slash != std::string_view::npos;
       slash = path.find('/', slash + 1)) {
    CAIRN_TRY(device_.end_operation(create_missing(path.substr(0, slash))));
  }
  return device_.end_operation(create_missing(path));
}

Result<> SimDisk::create_missing(std::string_view path) {
  if (const NodePointer node = device_.tree.find(path)) {
    if (node->kind != sys::EntryKind::Folder) {
      return fail_at(Errc::InvalidArgument, path, "is a file");
    }
    return {};
  }
  const std::uint64_t number = device_.count_operation();
  CAIRN_TRY(device_.check_space(0, path, number));
  CAIRN_TRY(check_names(path, number));
  const ChangeNumber change = device_.next_change();
  device_.world.trace("disk.create_folder", path, {change});
  device_.tree.add(change, path, sys::EntryKind::Folder);
  return {};
}

Result<std::vector<sys::Entry>> SimDisk::list(std::string_view folder) {
  CAIRN_TRY(begin(folder));
  CAIRN_TRY(const NodePointer node, find_folder(folder));
  std::vector<sys::Entry> entries;
  for (const auto& [name, child] : node->names) {
    if (name != sys::folder_lock_name) {
      entries.push_back(entry_of(name, *child));
    }
  }
  device_.world.trace("disk.list", folder, {entries.size()});
  return entries;
}

Result<sys::Entry> SimDisk::stat(std::string_view path) {
  CAIRN_TRY(begin(path));
  CAIRN_TRY(const NodePointer node, find(path));
  return entry_of(NameTree::last_name(path), *node);
}

Result<> SimDisk::check_rename(std::string_view from, std::string_view to) const {
  if (from.empty() || to.empty()) {
    return fail(Errc::InvalidArgument, "the root cannot be renamed or replaced");
  }
  CAIRN_TRY(const NodePointer moved, find(from));
  if (is_below(to, from)) {
    return fail_at(Errc::InvalidArgument, from, "cannot move into itself");
  }
  CAIRN_TRY(check_parent(to));
  const NodePointer replaced = device_.tree.find(to);
  if (!replaced) {
    return {};
  }
  if (moved->kind != replaced->kind) {
    return fail_at(Errc::InvalidArgument, to, "is of another kind than what would replace it");
  }
  if (replaced->kind == sys::EntryKind::Folder && !replaced->names.empty()) {
    return fail_at(Errc::InvalidArgument, to, "is a folder that holds something");
  }
  return {};
}

Result<> SimDisk::rename(std::string_view from, std::string_view to) {
  CAIRN_TRY(sys::check_path(to));
  CAIRN_TRY(begin(from));
  CAIRN_TRY(check_rename(from, to));
  if (from == to) {
    return {};
  }
  return device_.end_operation(move(from, to));
}

Result<> SimDisk::move(std::string_view from, std::string_view to) {
  CAIRN_TRY(check_names(from, device_.count_operation()));
  const ChangeNumber change = device_.next_change();
  static_cast<void>(device_.next_change());  // A move between two folders takes two numbers.
  device_.world.trace("disk.rename", from, {change});
  device_.world.trace("disk.rename_to", to, {change});
  device_.tree.rename(change, from, to);
  return {};
}

Result<> SimDisk::remove(std::string_view path) {
  CAIRN_TRY(begin(path));
  if (path.empty()) {
    return fail(Errc::InvalidArgument, "the root cannot be removed");
  }
  CAIRN_TRY(const NodePointer node, find(path));
  if (!node->names.empty() || node->lock_holder != 0) {
    return fail_at(Errc::InvalidArgument, path, "is a folder that holds something or is locked");
  }
  return device_.end_operation(forget_name(path));
}

Result<> SimDisk::forget_name(std::string_view path) {
  CAIRN_TRY(check_names(path, device_.count_operation()));
  const ChangeNumber change = device_.next_change();
  device_.world.trace("disk.remove", path, {change});
  device_.tree.remove(change, path);
  return {};
}

Result<> SimDisk::sync_folder(std::string_view folder) {
  CAIRN_TRY(begin(folder));
  CAIRN_TRY(const NodePointer node, find_folder(folder));
  device_.pass_time(sys::IoKind::SyncData);
  const std::uint64_t number = device_.count_operation();
  // Nothing is synced if the power fails here: what is kept is then the power loss's choice.
  CAIRN_TRY(device_.end_operation(Result<>{}));
  device_.world.trace("disk.sync_folder", folder, {node->id});
  const bool fails =
      device_.breaks(device_.faults.sync_error_one_in, "disk.sync_folder_error", number);
  // A sync that fails may or may not have happened.
  if (!fails || device_.fires(2, "disk.sync_folder_done_and_failed")) {
    device_.tree.sync(node);
  }
  if (fails) {
    return fail_at(Errc::IoFailed, folder, "could not be synced: simulated disk.sync_folder_error");
  }
  return {};
}

Result<std::unique_ptr<sys::FolderLock>> SimDisk::lock_folder(std::string_view folder) {
  CAIRN_TRY(begin(folder));
  CAIRN_TRY(const NodePointer node, find_folder(folder));
  if (node->lock_holder != 0) {
    return fail(Error(Errc::Busy, "\"" + std::string(folder) + "\" is locked by holder " +
                                      std::to_string(node->lock_holder) + " of " + device_.name)
                    .advise("stop the other process first"));
  }
  return std::make_unique<SimFolderLock>(node, ++last_lock_);
}

Result<sys::Space> SimDisk::free_space() {
  CAIRN_TRY(begin(""));
  const std::uint64_t total = device_.faults.capacity_bytes;
  const std::uint64_t used = device_.used_bytes();
  return sys::Space{.free_bytes = total > used ? total - used : 0, .total_bytes = total};
}

Result<std::unique_ptr<sys::IoQueue>> SimDisk::make_queue(sys::IoQueueOptions options) {
  CAIRN_TRY(device_.check_power(device_.incarnation()));
  if (options.depth < 1 || options.depth > sys::io_depth_max) {
    return fail(Errc::InvalidArgument, "a queue's depth is 1 to 256");
  }
  return std::make_unique<SimQueue>(device_, options);
}

void SimDisk::crash() {
  device_.power_off();
  const std::vector<Unsynced> items = device_.unsynced();
  device_.power_on(items, device_.draw_kept(items));
}

void SimDisk::flip_bit(std::string_view path, std::uint64_t bit) {
  const NodePointer node = device_.tree.find(path);
  CAIRN_CHECK(node != nullptr);
  device_.world.trace("disk.flip_bit", path, {bit});
  node->image.flip_bit(bit);
}

}  // namespace cairn::sim
