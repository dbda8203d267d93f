// SPDX-License-Identifier: Apache-2.0
#include "sim/links.h"

#include <algorithm>

#include "base/check.h"

namespace cairn::sim {

namespace {

constexpr Duration own_latency = microseconds(10);
constexpr std::size_t hosts_max = 65'000;

Duration draw_up_to(Rng& rng, Duration max) {
  return {static_cast<std::int64_t>(
      rng.between(0, static_cast<std::uint64_t>(std::max<std::int64_t>(max.nanoseconds, 0))))};
}

}  // namespace

HostIndex Links::attach(std::string name, PacketReceiver& receiver) {
  CAIRN_CHECK(hosts_.size() < hosts_max);
  hosts_.push_back({.name = std::move(name), .receiver = &receiver});
  return static_cast<HostIndex>(hosts_.size() - 1);
}

std::string Links::address_of(HostIndex host) {
  const HostIndex number = host + 1;
  return "10.0." + std::to_string(number / 256) + "." + std::to_string(number % 256);
}

std::optional<HostIndex> Links::find_address(std::string_view address) const {
  for (HostIndex host = 0; host < hosts_.size(); ++host) {
    if (address_of(host) == address) {
      return host;
    }
  }
  return std::nullopt;
}

Links::Link& Links::link(HostIndex from, HostIndex to) {
  const std::pair key(from, to);
  auto found = links_.find(key);
  if (found == links_.end()) {
    const std::string name = hosts_[from].name + ">" + hosts_[to].name;
    Link fresh{.name = name, .rng = world_.stream("net.link " + name), .last_arrival = {}};
    found = links_.emplace(key, std::move(fresh)).first;
  }
  return found->second;
}

void Links::set_faults(HostIndex from, HostIndex to, const NetFaults& faults) {
  link(from, to).faults = faults;
}

const NetFaults& Links::faults(HostIndex from, HostIndex to) {
  const Link& chosen = link(from, to);
  return chosen.faults ? *chosen.faults : faults_;
}

void Links::set_cut(HostIndex from, HostIndex to, bool cut) {
  CAIRN_CHECK(from != to);
  Link& chosen = link(from, to);
  chosen.cut = cut;
  world_.trace(cut ? "net.cut" : "net.heal", chosen.name);
}

void Links::heal() {
  for (auto& [key, link] : links_) {
    link.cut = false;
  }
  world_.trace("net.heal", "all");
}

void Links::trace(std::string_view what, const Link& link, const Packet& packet) {
  world_.trace(what, link.name,
               {static_cast<std::uint64_t>(packet.kind), packet.from_socket, packet.to_socket,
                packet.sequence, packet.bytes.size(), packet.end ? 1U : 0U, packet.acknowledged,
                packet.window});
}

Duration Links::draw_travel(Link& link, const NetFaults& faults) {
  const Duration spread = faults.latency_max - faults.latency_min;
  Duration travel = faults.latency_min + draw_up_to(link.rng, spread);
  if (link.rng.one_in(faults.delay_one_in)) {
    world_.mark("net.delay");
    travel = travel + draw_up_to(link.rng, faults.delay_max);
  }
  return travel;
}

void Links::send(Packet packet) {
  Link& chosen = link(packet.from, packet.to);
  trace("net.send", chosen, packet);
  if (packet.from == packet.to) {
    chosen.last_arrival = std::max(world_.now() + own_latency, chosen.last_arrival + Duration{1});
    deliver_at(chosen.last_arrival, std::move(packet));
    return;
  }
  if (chosen.cut) {
    world_.mark("net.cut_off");
    return;
  }
  const NetFaults& faults = chosen.faults ? *chosen.faults : faults_;
  if (chosen.rng.one_in(faults.drop_one_in)) {
    world_.mark("net.drop");
    return;
  }
  if (packet.kind == PacketKind::Data && chosen.rng.one_in(faults.reset_one_in)) {
    world_.mark("net.reset");
    send_resets(packet);
    return;
  }
  Instant arrival = world_.now() + draw_travel(chosen, faults);
  if (chosen.rng.one_in(faults.reorder_one_in)) {
    world_.mark("net.reorder");
    arrival = arrival + draw_up_to(chosen.rng, {8 * faults.latency_max.nanoseconds});
  } else {
    // One nanosecond apart, because the World shuffles what falls on one instant.
    arrival = std::max(arrival, chosen.last_arrival + Duration{1});
    chosen.last_arrival = arrival;
  }
  if (chosen.rng.one_in(faults.duplicate_one_in)) {
    world_.mark("net.duplicate");
    deliver_at(arrival + draw_up_to(chosen.rng, {8 * faults.latency_max.nanoseconds}), packet);
  }
  deliver_at(arrival, std::move(packet));
}

// The two ends learn of it at different times, and either may miss it: its reset is a packet, too.
void Links::send_resets(const Packet& packet) {
  send({.kind = PacketKind::Reset,
        .from = packet.from,
        .to = packet.to,
        .from_socket = packet.from_socket,
        .to_socket = packet.to_socket});
  send({.kind = PacketKind::Reset,
        .from = packet.to,
        .to = packet.from,
        .from_socket = packet.to_socket,
        .to_socket = packet.from_socket});
}

void Links::deliver_at(Instant arrival, Packet packet) {
  world_.schedule(arrival - world_.now(),
                  [this, life = std::weak_ptr(life_), packet = std::move(packet)]() mutable {
                    if (!life.expired()) {
                      deliver(std::move(packet));
                    }
                  });
}

void Links::deliver(Packet packet) {
  const Link& chosen = link(packet.from, packet.to);
  if (chosen.cut) {
    world_.mark("net.cut_off");
    return;
  }
  trace("net.deliver", chosen, packet);
  hosts_[packet.to].receiver->receive(std::move(packet));
}

}  // namespace cairn::sim
