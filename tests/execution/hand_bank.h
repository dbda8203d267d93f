// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <bit>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <span>
#include <vector>

/// The transfers of examples/bank as somebody writes them who needs nothing else: rows in an array,
/// an index kept by hand, and by hand, too, what takes a transfer back, its delta and its event.
/// The rival of the benchmark: what the engine costs is what lies between the two.
namespace cairn::execution {

class HandBank final {
 public:
  explicit HandBank(std::uint32_t accounts) {
    std::uint32_t places = 16;
    while (places < accounts + accounts / 2) {
      places *= 2;
    }
    index_.resize(places);
    mask_ = places - 1;
    rows_.reserve(accounts);
    delta_.resize(256);
    event_.resize(256);
    undo_.reserve(16);
  }

  void open(std::uint64_t id, std::int64_t balance) {
    rows_.push_back({.id = id, .balance = balance});
    std::uint32_t at = place_of(id);
    while (index_[at].row != 0) {
      at = (at + 1) & mask_;
    }
    index_[at] = {.tag = tag(id), .row = static_cast<std::uint32_t>(rows_.size())};
  }

  /// Executes the canonical bytes of a transfer; whether it was accepted.
  bool transfer(std::span<const std::byte> command, std::uint64_t position) {
    undo_.clear();
    delta_size_ = 0;
    event_size_ = 0;
    if (command.size() != 24) {
      return false;
    }
    std::uint64_t from_id = 0;
    std::uint64_t to_id = 0;
    std::int64_t amount = 0;
    std::memcpy(&from_id, command.data(), 8);
    std::memcpy(&to_id, command.data() + 8, 8);
    std::memcpy(&amount, command.data() + 16, 8);
    Account* const from = find(from_id);
    Account* const to = find(to_id);
    if (amount <= 0 || from == nullptr || to == nullptr || from == to || from->status != 0 ||
        to->status != 0 || from->balance < amount) {
      return false;
    }
    std::int64_t received = 0;
    if (__builtin_add_overflow(to->balance, amount, &received)) {
      return false;
    }
    change(*from, from->balance - amount);
    change(*to, received);
    put(event_, event_size_, from_id);
    put(event_, event_size_, to_id);
    put(event_, event_size_, amount);
    put(event_, event_size_, from->balance);
    put(event_, event_size_, to->balance);
    for (const Undo& undo : undo_) {
      put_delta(*undo.row);
      undo.row->last_transaction = position;
      ++undo.row->revision;
    }
    return true;
  }

  void prefetch_place(std::span<const std::byte> command) const {
    for_each_id(command, [&](std::uint64_t id) { __builtin_prefetch(&index_[place_of(id)]); });
  }

  void prefetch_row(std::span<const std::byte> command) const {
    for_each_id(command, [&](std::uint64_t id) {
      const Place& place = index_[place_of(id)];
      if (place.row != 0) {
        __builtin_prefetch(&rows_[place.row - 1], 1);
        __builtin_prefetch(&rows_[place.row - 1].status, 1);
      }
    });
  }

  [[nodiscard]] std::size_t delta_size() const { return delta_size_; }

  [[nodiscard]] std::int64_t balance(std::uint64_t id) { return find(id)->balance; }

 private:
  struct Account {
    std::uint64_t last_transaction = 0;
    std::uint32_t revision = 0;
    std::uint64_t id = 0;
    char owner[34] = {};
    std::int64_t balance = 0;
    std::uint8_t status = 0;
  };

  struct Place {
    std::uint32_t tag = 0;
    std::uint32_t row = 0;  ///< plus one
  };

  struct Undo {
    Account* row = nullptr;
    std::int64_t balance = 0;
  };

  static std::uint64_t hash(std::uint64_t id) {
    id = (id ^ (id >> 30U)) * 0xbf58476d1ce4e5b9U;
    id = (id ^ (id >> 27U)) * 0x94d049bb133111ebU;
    return id ^ (id >> 31U);
  }

  static std::uint32_t tag(std::uint64_t id) { return static_cast<std::uint32_t>(hash(id) >> 32U); }

  [[nodiscard]] std::uint32_t place_of(std::uint64_t id) const {
    return static_cast<std::uint32_t>(hash(id)) & mask_;
  }

  template <typename Visit>
  static void for_each_id(std::span<const std::byte> command, const Visit& visit) {
    std::uint64_t id = 0;
    std::memcpy(&id, command.data(), 8);
    visit(id);
    std::memcpy(&id, command.data() + 8, 8);
    visit(id);
  }

  Account* find(std::uint64_t id) {
    for (std::uint32_t at = place_of(id); index_[at].row != 0; at = (at + 1) & mask_) {
      Account& row = rows_[index_[at].row - 1];
      if (index_[at].tag == tag(id) && row.id == id) {
        return &row;
      }
    }
    return nullptr;
  }

  void change(Account& row, std::int64_t balance) {
    undo_.push_back({.row = &row, .balance = row.balance});
    row.balance = balance;
  }

  template <typename T>
  static void put(std::vector<std::byte>& out, std::size_t& size, const T& value) {
    std::memcpy(out.data() + size, &value, sizeof(value));
    size += sizeof(value);
  }

  void put_varint(std::uint64_t value) {
    for (; value >= 0x80; value >>= 7U) {
      put(delta_, delta_size_, static_cast<std::uint8_t>(value | 0x80U));
    }
    put(delta_, delta_size_, static_cast<std::uint8_t>(value));
  }

  void put_delta(const Account& row) {
    put(delta_, delta_size_, std::uint8_t{2});
    put_varint(0);
    put(delta_, delta_size_, std::byteswap(row.id));
    put_varint(row.last_transaction);
    put_varint(4);
    put(delta_, delta_size_, row.balance);
  }

  std::vector<Place> index_;
  std::uint32_t mask_ = 0;
  std::vector<Account> rows_;
  std::vector<Undo> undo_;
  std::vector<std::byte> delta_;
  std::vector<std::byte> event_;
  std::size_t delta_size_ = 0;
  std::size_t event_size_ = 0;
};

}  // namespace cairn::execution
