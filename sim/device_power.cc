// SPDX-License-Identifier: Apache-2.0
// The half of Device that is about dying: what a power loss or a killed process leaves behind.
#include <algorithm>
#include <tuple>
#include <utility>

#include "base/check.h"
#include "sim/device.h"

namespace cairn::sim {

namespace {

std::size_t end_of_change(const std::vector<Unsynced>& items, std::size_t begin) {
  std::size_t end = begin;
  while (end < items.size() && items[end].change == items[begin].change) {
    ++end;
  }
  return end;
}

std::vector<std::byte> bytes_of(const Operation& operation) {
  std::vector<std::byte> bytes;
  for (const sys::ConstBuffer buffer : operation.write_from) {
    bytes.insert(bytes.end(), buffer.begin(), buffer.end());
  }
  return bytes;
}

void write_part(const Operation& operation, std::size_t length) {
  const std::vector<std::byte> bytes = bytes_of(operation);
  if (length > 0 && !operation.handle->poison) {
    operation.handle->node->image.write(operation.change, operation.offset,
                                        std::span(bytes).first(length));
  }
}

}  // namespace

void Device::finish_dead(Flight& flight) {
  flight.sink->push_back({.completion = {.token = flight.token, .result = fail(power_lost())},
                          .handle = flight.operation.handle,
                          .change = flight.operation.change});
}

void Device::power_off() {
  if (is_off_) {
    return;
  }
  settle();
  world.mark("disk.power_off");
  is_off_ = true;
  power_fails_ = false;
  // What was under way goes to the unsynced changes, because a power loss treats both alike, and
  // now, because the buffers may be gone before the power is back.
  for (auto& [key, flight] : flights_) {
    if (flight.operation.kind == sys::IoKind::Write) {
      write_part(flight.operation, flight.operation.length());
    }
    finish_dead(flight);
  }
  flights_.clear();
}

std::vector<Unsynced> Device::unsynced() const {
  std::vector<Unsynced> items;
  for (const ChangeNumber change : tree.unsynced()) {
    items.push_back({.change = change, .file = nullptr, .item = {}});
  }
  for (const NodePointer& node : tree.nodes()) {
    for (const FileImage::Unsynced& item : node->image.unsynced()) {
      items.push_back({.change = item.change, .file = node, .item = item});
    }
  }
  // A total order, so that no two libraries sort it differently.
  std::ranges::sort(items, {}, [](const Unsynced& one) {
    return std::tuple(one.change, one.file ? one.file->id : 0, one.item.is_size, one.item.sector);
  });
  return items;
}

std::vector<bool> Device::draw_kept(const std::vector<Unsynced>& items) {
  std::vector<bool> kept(items.size(), true);
  draw_fates(items, kept);
  bool lost_before = false;
  bool is_out_of_order = false;
  for (std::size_t begin = 0; begin < items.size(); begin = end_of_change(items, begin)) {
    const auto first = kept.begin() + static_cast<std::ptrdiff_t>(begin);
    const auto last = kept.begin() + static_cast<std::ptrdiff_t>(end_of_change(items, begin));
    const auto count = std::count(first, last, true);
    is_out_of_order |= lost_before && count > 0;
    lost_before |= count < last - first;
    if (count == 0) {
      world.mark(items[begin].file ? "disk.lost_unsynced" : "disk.lost_name");
    } else if (count < last - first) {
      world.mark("disk.torn_write");
    }
  }
  if (is_out_of_order) {
    world.mark("disk.reordered");
  }
  return kept;
}

void Device::draw_fates(const std::vector<Unsynced>& items, std::vector<bool>& kept) {
  const bool any_order = loss_.one_in(faults.reorder_one_in);
  bool power_is_gone = false;
  for (std::size_t begin = 0; begin < items.size(); begin = end_of_change(items, begin)) {
    const std::size_t end = end_of_change(items, begin);
    // Drawn also where it changes nothing, so that one change does not shift the fate of the next.
    const bool is_lost = loss_.one_in(faults.lose_one_in);
    const bool is_torn = loss_.one_in(faults.tear_one_in);
    for (std::size_t i = begin; i < end; ++i) {
      const bool coin = loss_.chance(1, 2);
      kept[i] = !power_is_gone && !(is_torn ? coin : is_lost);
    }
    power_is_gone |= !any_order && (is_lost || is_torn);
  }
}

void Device::power_on(const std::vector<Unsynced>& items, const std::vector<bool>& kept) {
  CAIRN_CHECK(is_off_);
  CAIRN_CHECK(items.size() == kept.size());
  std::uint64_t count = 0;
  for (std::size_t i = 0; i < items.size(); ++i) {
    if (!kept[i]) {
      continue;
    }
    ++count;
    if (items[i].file) {
      items[i].file->image.keep(items[i].item);
    } else {
      tree.keep(items[i].change);
    }
  }
  for (const NodePointer& node : tree.nodes()) {
    node->image.forget_unsynced();
  }
  tree.forget_unsynced();
  world.mark("disk.power_on");
  world.trace("disk.kept", name, {count, items.size()});
  is_off_ = false;
  next_incarnation();
}

void Device::kill() {
  CAIRN_CHECK(!is_off_);
  settle();
  world.mark("disk.kill");
  for (auto& [key, flight] : flights_) {
    if (flight.operation.kind == sys::IoKind::Write) {
      write_part(flight.operation, loss_.below(flight.operation.length() + 1));
    }
    finish_dead(flight);
  }
  flights_.clear();
  next_incarnation();
}

void Device::next_incarnation() {
  ++incarnation_;
  power_off_at_ = 0;
  for (const NodePointer& node : tree.nodes()) {
    node->lock_holder = 0;
    node->image.take_all();
  }
  world.trace("disk.incarnation", name, {incarnation_});
}

}  // namespace cairn::sim
