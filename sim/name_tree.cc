// SPDX-License-Identifier: Apache-2.0
#include "sim/name_tree.h"

#include <algorithm>
#include <utility>

#include "base/check.h"

namespace cairn::sim {

namespace {

std::string_view parent_path(std::string_view path) noexcept {
  const std::size_t slash = path.rfind('/');
  return slash == std::string_view::npos ? std::string_view() : path.substr(0, slash);
}

void edit(Names& names, const std::string& name, const NodePointer& target) {
  if (target) {
    names.insert_or_assign(name, target);
  } else {
    names.erase(name);
  }
}

using Found = std::map<std::uint64_t, NodePointer>;

void collect(const NodePointer& node, Found& found) {
  if (!node || !found.emplace(node->id, node).second) {
    return;
  }
  for (const Names* names : {&node->names, &node->durable_names}) {
    for (const auto& [name, child] : *names) {
      collect(child, found);
    }
  }
}

}  // namespace

NameTree::NameTree() : root_(std::make_shared<Node>()) {
  root_->kind = sys::EntryKind::Folder;
}

NameTree::~NameTree() {
  // A folder that moved may be above another in memory and below it on the media: a ring of owners.
  for (const NodePointer& node : nodes()) {
    node->names.clear();
    node->durable_names.clear();
  }
}

NodePointer NameTree::find(std::string_view path) const {
  NodePointer node = root_;
  while (node && !path.empty()) {
    const std::size_t slash = path.find('/');
    const auto found = node->names.find(path.substr(0, slash));
    node = found == node->names.end() ? nullptr : found->second;
    path = slash == std::string_view::npos ? std::string_view() : path.substr(slash + 1);
  }
  return node;
}

NodePointer NameTree::find_parent(std::string_view path) const {
  NodePointer parent = find(parent_path(path));
  return parent && parent->kind == sys::EntryKind::Folder ? parent : nullptr;
}

std::string_view NameTree::last_name(std::string_view path) noexcept {
  const std::size_t slash = path.rfind('/');
  return slash == std::string_view::npos ? path : path.substr(slash + 1);
}

NodePointer NameTree::add(ChangeNumber change, std::string_view path, sys::EntryKind kind) {
  NodePointer parent = find_parent(path);
  CAIRN_CHECK(parent != nullptr);
  auto node = std::make_shared<Node>();
  node->id = ++last_id_;
  node->kind = kind;
  apply(change,
        {{.folder = std::move(parent), .name = std::string(last_name(path)), .target = node}});
  return node;
}

void NameTree::remove(ChangeNumber change, std::string_view path) {
  apply(change,
        {{.folder = find_parent(path), .name = std::string(last_name(path)), .target = nullptr}});
}

void NameTree::rename(ChangeNumber change, std::string_view from, std::string_view to) {
  const NodePointer moved = find(from);
  CAIRN_CHECK(moved != nullptr);
  Edit leave{.folder = find_parent(from), .name = std::string(last_name(from)), .target = nullptr};
  Edit arrive{.folder = find_parent(to), .name = std::string(last_name(to)), .target = moved};
  if (leave.folder == arrive.folder || moved->kind == sys::EntryKind::Folder) {
    apply(change, {std::move(leave), std::move(arrive)});
  } else {
    apply(change, {std::move(arrive)});
    apply(change + 1, {std::move(leave)});
  }
}

void NameTree::apply(ChangeNumber number, std::vector<Edit> edits) {
  for (const Edit& item : edits) {
    CAIRN_CHECK(item.folder != nullptr);
    edit(item.folder->names, item.name, item.target);
  }
  changes_.push_back({.number = number, .edits = std::move(edits)});
}

void NameTree::make_durable(const Change& change) {
  for (const Edit& item : change.edits) {
    edit(item.folder->durable_names, item.name, item.target);
  }
}

void NameTree::sync(const NodePointer& folder) {
  // A folder that moved between two others ties those two together: they go as one.
  std::map<std::uint64_t, NodePointer> folders{{folder->id, folder}};
  const auto touches = [&](const Change& change) {
    return std::ranges::any_of(change.edits,
                               [&](const Edit& item) { return folders.contains(item.folder->id); });
  };
  for (const Change& change : changes_) {
    const bool ties = change.edits.size() > 1 && touches(change);
    for (std::size_t i = 0; ties && i < change.edits.size(); ++i) {
      folders.emplace(change.edits[i].folder->id, change.edits[i].folder);
    }
  }
  for (const Change& change : changes_) {
    if (touches(change)) {
      make_durable(change);
    }
  }
  std::erase_if(changes_, touches);
}

std::vector<ChangeNumber> NameTree::unsynced() const {
  std::vector<ChangeNumber> numbers;
  numbers.reserve(changes_.size());
  for (const Change& change : changes_) {
    numbers.push_back(change.number);
  }
  return numbers;
}

void NameTree::keep(ChangeNumber change) {
  const auto found = std::ranges::find(changes_, change, &Change::number);
  CAIRN_CHECK(found != changes_.end());
  make_durable(*found);
}

void NameTree::forget_unsynced() {
  changes_.clear();
  for (const NodePointer& node : nodes()) {
    node->names = node->durable_names;
  }
}

std::vector<NodePointer> NameTree::nodes() const {
  Found found;
  collect(root_, found);
  for (const Change& change : changes_) {
    for (const Edit& item : change.edits) {
      collect(item.folder, found);
      collect(item.target, found);
    }
  }
  std::vector<NodePointer> nodes;
  for (const auto& [id, node] : found) {
    nodes.push_back(node);
  }
  return nodes;
}

}  // namespace cairn::sim
