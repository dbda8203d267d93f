// SPDX-License-Identifier: Apache-2.0
#include "tests/execution/shop_script.h"

#include <array>
#include <stdexcept>
#include <string>
#include <string_view>

namespace shop {

namespace {

/// Numbers that are the same everywhere.
class Dice final {
 public:
  explicit Dice(u64 seed) : state_(seed) {}

  u64 below(u64 bound) {
    u64 value = state_ += 0x9e3779b97f4a7c15U;
    value = (value ^ (value >> 30U)) * 0xbf58476d1ce4e5b9U;
    value = (value ^ (value >> 27U)) * 0x94d049bb133111ebU;
    return (value ^ (value >> 31U)) % bound;
  }

  bool one_in(u64 bound) { return below(bound) == 0; }

 private:
  u64 state_;
};

/// What was seen, as one number.
class Seen final {
 public:
  void add(u64 value) {
    value_ = (value_ ^ value) * 0xff51afd7ed558ccdU;
    value_ ^= value_ >> 32U;
  }

  void add(std::string_view text) {
    for (const char letter : text) {
      add(static_cast<u64>(static_cast<unsigned char>(letter)));
    }
    add(text.size());
  }

  template <typename Row>
    requires std::is_same_v<typename Row::record, Order>
  void add(const Row& row) {
    add(row->id.get().value);
    add(static_cast<u64>(row->price.get()));
    add(row->region.get().view());
    add(u64{row->edits});
    add(row->replaces ? (*row->replaces).value : 0);
    add(static_cast<u64>(row->status.get()) * 2 + static_cast<u64>(row->payment.get()));
  }

  template <typename Row>
    requires std::is_same_v<typename Row::record, Line>
  void add(const Row& row) {
    add(row->key.get().order * 100 + row->key.get().number);
    add(row->sku.get().view());
    add(u64{row->shelf.get()});
    add(u64{row->quantity});
  }

  template <typename Row>
    requires std::is_same_v<typename Row::record, Customer>
  void add(const Row& row) {
    add(row->id.get().value);
    add(row->email.get().view());
    add(static_cast<u64>(row->since.get().nanoseconds));
  }

  template <typename Row>
    requires std::is_same_v<typename Row::record, Tag>
  void add(const Row& row) {
    add(row->name.get().view());
  }

  template <typename Range>
    requires requires(const Range& range) {
      range.begin();
      range.size();
    }
  void add_all(const Range& range) {
    add(range.size());
    for (const auto row : range) {
      add(row);
    }
  }

  template <typename Scan>
  void add_scan(const Scan& scan) {
    u64 rows = 0;
    for (const auto row : scan) {
      add(row);
      ++rows;
    }
    add(rows);
    add(scan.count());
  }

  [[nodiscard]] u64 value() const { return value_; }

 private:
  u64 value_ = 0;
};

constexpr u64 orders = 12;
constexpr u64 customers = 5;
constexpr u64 names = 6;
constexpr std::array<std::string_view, names> regions = {"", "n", "north", "north-west", "o", "s"};

Str<64> email(u64 number) {
  return *Str<64>::from("c" + std::to_string(number));
}

Str<16> short_name(u64 number) {
  return *Str<16>::from("n" + std::to_string(number));
}

/// Everything that reads, on a Tx or a View.
template <typename Reader>
void read_all(const Reader& view, Seen& seen) {
  for (u64 id = 0; id <= orders; ++id) {
    const auto order = view.find(Id<Order>{id});
    seen.add(order ? u64{1} : u64{0});
    if (!order) {
      continue;
    }
    seen.add(order);
    seen.add_all(view.template in<part_of>(order));
    seen.add_all(view.template out<tagged>(order));
    if (const auto customer = view.template out<placed_by>(order)) {
      seen.add(customer);
    }
  }
  for (u64 id = 0; id <= customers; ++id) {
    if (const auto customer = view.find(Id<Customer>{id})) {
      seen.add_all(view.template in<placed_by>(customer));
    }
    const auto by_email = view.template find_by<&Customer::email>(email(id));
    seen.add(by_email ? by_email->id.get().value : 99);
  }
  for (u64 i = 0; i < names; ++i) {
    if (const auto tag = view.template find<Tag>(short_name(i))) {
      seen.add_all(view.template in<tagged>(tag));
    }
    const auto line = view.template find_by<&Line::sku, &Line::shelf>(short_name(i), u32{1});
    seen.add(line ? u64{line->quantity} : 77);
  }
  for (const auto status : {Order::Draft, Order::Open, Order::Shipped, Order::Canceled}) {
    const auto scan = view.template prefix<&Order::status, &Order::price>(status);
    seen.add_scan(scan);
    seen.add_scan(scan.backward());
    seen.add_scan(scan.from(i64{2}).before(i64{9}));
    seen.add_scan(scan.after(i64{2}).through(i64{9}).backward().limit(2));
  }
  seen.add_scan(view.template prefix<&Order::region>().starting_with("north"));
  seen.add_scan(view.template range<&Order::id>(Id<Order>{3}, Id<Order>{8}).backward());
  seen.add_scan(view.template prefix<&Line::sku, &Line::shelf>());
  seen.add(view.position().value());
  seen.add(static_cast<u64>(view.now().nanoseconds));
}

class Script final {
 public:
  Script(Tx& tx, u64 seed) : tx_(tx), dice_(seed) {}

  Outcome run() {
    thin_out();
    const u64 steps = 1 + dice_.below(12);
    for (u64 i = 0; i < steps; ++i) {
      step();
    }
    if (dice_.one_in(4)) {
      read_all(tx_, seen_);
    }
    switch (dice_.below(16)) {
      case 0:
        return NoSuchOrder;
      case 1:
        return tx_.reject<TooDear>({.missing = static_cast<i64>(seen_.value())});
      default:
        tx_.emit(Placed{.order = Id<Order>{1}, .lines = seen_.value()});
        return ok;
    }
  }

 private:
  /// Keeps the shop small, for the model's sake: the newest orders go, with what refers to them.
  void thin_out() {
    while (tx_.count<&Order::id>() > 10) {
      const auto last = tx_.last<&Order::id>();
      forget(last->id);
      if (const auto to = tx_.out<placed_by>(last)) {
        tx_.unlink<placed_by>(last, to);
      }
      tx_.erase(last);
    }
  }

  /// No order says any more that it replaces this one.
  void forget(Id<Order> order) {
    for (const auto other : tx_.prefix<&Order::id>()) {
      if (other->replaces == Option<Id<Order>>(order)) {
        other.edit().replaces = Option<Id<Order>>();
      }
    }
  }

  Tx::Row<Order> order() { return tx_.find(Id<Order>{1 + dice_.below(orders)}); }

  Tx::Row<Customer> customer() { return tx_.find(Id<Customer>{1 + dice_.below(customers)}); }

  Tx::Row<Tag> tag() { return tx_.find<Tag>(short_name(dice_.below(names))); }

  Tx::Row<Line> line() {
    return tx_.find<Line>(LineKey{.order = 1 + dice_.below(4), .number = dice_.below(4)});
  }

  void step() {
    switch (dice_.below(20)) {
      case 0:
        return create_customer();
      case 1:
      case 2:
        return create_order();
      case 3:
      case 4:
        return create_line();
      case 5:
        return seen_.add(tx_.create(Tag{.name = short_name(dice_.below(names))}) ? u64{1} : u64{0});
      case 6:
        return set_something();
      case 7:
      case 8:
        return edit_something();
      case 9:
      case 10:
        return become_something();
      case 11:
        return erase_something();
      case 12:
      case 13:
        return link_something();
      case 14:
        return unlink_something();
      case 15:
        return walk_and_change();
      case 16:
        return scan_and_change();
      case 17:
        return go_back();
      case 18:
        return say_something();
      default:
        return misbehave();
    }
  }

  void create_customer() {
    const auto made = tx_.create(Customer{.id = Id<Customer>{1 + dice_.below(customers)},
                                          .email = email(dice_.below(customers + 1)),
                                          .since = tx_.now()});
    seen_.add(made ? u64{1} : u64{0});
  }

  void create_order() {
    if (made_order_ && !dice_.one_in(8)) {
      return;
    }
    made_order_ = true;
    const Id<Order> id = dice_.one_in(2) ? tx_.new_id<Order>() : Id<Order>{1 + dice_.below(orders)};
    const auto made = tx_.create(Order{.id = id, .price = static_cast<i64>(dice_.below(20))});
    seen_.add(made ? id.value : 0);
  }

  void create_line() {
    const auto parent = order();
    if (!parent) {
      return;
    }
    const auto made =
        tx_.create(Line{.key = LineKey{.order = 1 + dice_.below(4), .number = dice_.below(4)},
                        .sku = short_name(dice_.below(3)),
                        .shelf = static_cast<u32>(dice_.below(5)),
                        .quantity = static_cast<u32>(dice_.below(dice_.one_in(20) ? 2000 : 900))},
                   linked<part_of>(parent));
    seen_.add(made ? u64{1} : u64{0});
  }

  void set_something() {
    if (const auto row = customer(); row && dice_.one_in(3)) {
      seen_.add(tx_.set<&Customer::email>(row, email(dice_.below(customers + 1))) ? u64{1}
                                                                                  : u64{0});
    }
    if (const auto row = line(); row && dice_.one_in(3)) {
      seen_.add(tx_.set<&Line::shelf>(row, static_cast<u32>(dice_.below(5))) ? u64{1} : u64{0});
    }
    if (const auto row = order()) {
      tx_.set<&Order::price>(row, static_cast<i64>(dice_.below(20)) - (dice_.one_in(30) ? 15 : 0));
      tx_.set<&Order::region>(row, *Str<16>::from(regions.at(dice_.below(names))));
    }
  }

  void edit_something() {
    if (const auto row = order()) {
      row.edit().edits += 1;
      if (dice_.one_in(4)) {
        row.edit().replaces = Option<Id<Order>>();
      } else if (const auto other = order(); other || dice_.one_in(20)) {
        row.edit().replaces = other ? other->id.get() : Id<Order>{orders + 5};
      }
      seen_.add(row);
    }
    if (const auto row = line()) {
      row.edit().quantity = static_cast<u32>(dice_.below(900));
      seen_.add(row);
    }
  }

  void become_something() {
    const auto row = order();
    if (!row) {
      return;
    }
    if (dice_.one_in(3)) {
      if (const auto due = row.in<Order::Payment::Due>()) {
        due.become<Order::Payment::Paid>();
      }
    }
    if (const auto draft = row.in<Order::Draft>()) {
      draft.become<Order::Open>();
    } else if (const auto open = row.in<Order::Open>()) {
      if (dice_.one_in(3)) {
        open.become<Order::Canceled>();
      } else {
        seen_.add(open.become<Order::Shipped>() ? u64{1} : u64{0});
      }
    }
    seen_.add(row);
  }

  void erase_something() {
    switch (dice_.below(4)) {
      case 0:
        return note_erased(customer());
      case 1:
        return note_erased(order());
      case 2:
        return note_erased(line());
      default:
        return note_erased(tag());
    }
  }

  template <typename Row>
  void note_erased(const Row& row) {
    if (row) {
      seen_.add(tx_.try_erase(row) ? u64{1} : u64{0});
      seen_.add(row);  // what it last held
    }
  }

  void link_something() {
    const auto from = order();
    if (!from) {
      return;
    }
    if (const auto to = customer(); to && dice_.one_in(2)) {
      seen_.add(tx_.try_link<placed_by>(from, to) ? u64{1} : u64{0});
    }
    if (const auto to = tag()) {
      seen_.add(tx_.try_link<tagged>(from, to) ? u64{1} : u64{0});
    }
  }

  void unlink_something() {
    const auto from = order();
    if (from && dice_.one_in(2)) {
      if (const auto to = tx_.out<placed_by>(from)) {
        seen_.add(tx_.unlink<placed_by>(from, to) ? u64{1} : u64{0});
      }
      if (const auto to = tag()) {
        seen_.add(tx_.unlink<tagged>(from, to) ? u64{1} : u64{0});
      }
    }
    move_line();
  }

  /// To another order.
  void move_line() {
    if (const auto part = line()) {
      const auto old = tx_.out<part_of>(part);
      const auto next = order();
      if (next || dice_.one_in(20)) {
        seen_.add(tx_.unlink<part_of>(part, old) ? u64{1} : u64{0});
      }
      if (next) {
        tx_.link<part_of>(part, next);
      }
    }
  }

  void walk_and_change() {
    const auto parent = order();
    if (!parent) {
      return;
    }
    for (const auto part : tx_.in<part_of>(parent)) {
      seen_.add(part);
      if (dice_.one_in(3)) {
        seen_.add(tx_.try_erase(part) ? u64{1} : u64{0});
      } else if (const auto other = line(); other && dice_.one_in(3)) {
        seen_.add(tx_.try_erase(other) ? u64{1} : u64{0});
      } else if (dice_.one_in(3)) {
        create_line();
      }
    }
    walk_over_tags(parent);
  }

  void walk_over_tags(const Tx::Row<Order>& parent) {
    for (const auto label : tx_.out<tagged>(parent)) {
      seen_.add(label);
      tx_.unlink<tagged>(parent, label);
      if (dice_.one_in(2)) {
        seen_.add(tx_.try_link<tagged>(parent, label) ? u64{1} : u64{0});
      } else if (const auto other = tag()) {
        seen_.add(tx_.unlink<tagged>(parent, other) ? u64{1} : u64{0});
      }
    }
  }

  void scan_and_change() {
    const auto scan =
        tx_.prefix<&Order::status, &Order::price>(dice_.one_in(2) ? Order::Draft : Order::Open);
    const u64 limit = 1 + dice_.below(6);
    const auto change = [&](const auto& row) {
      seen_.add(row);
      if (dice_.one_in(2)) {
        tx_.set<&Order::price>(row, static_cast<i64>(dice_.below(20)));
      } else if (const auto other = order(); other && dice_.one_in(4)) {
        seen_.add(tx_.try_erase(other) ? u64{1} : u64{0});
      } else {
        become_something();
      }
    };
    if (dice_.one_in(2)) {
      for (const auto row : scan.from(static_cast<i64>(dice_.below(9))).limit(limit)) {
        change(row);
      }
    } else {
      for (const auto row : scan.backward().limit(limit)) {
        change(row);
      }
    }
    seen_.add(scan.count());
  }

  void go_back() {
    const auto kept = order();
    Order* const held = kept ? &kept.edit() : nullptr;  // may be written to until the end
    const auto point = tx_.savepoint();
    if (held != nullptr) {
      held->edits += 1;
    }
    const bool made_order = made_order_;
    const u64 steps = dice_.below(5);
    ++depth_;
    for (u64 i = 0; i < steps && depth_ < 4; ++i) {
      step();
    }
    --depth_;
    if (!dice_.one_in(3)) {
      point.roll_back();
      made_order_ = made_order;
      if (held != nullptr && dice_.one_in(2)) {
        held->edits += 100;
      }
    }
    if (dice_.one_in(3)) {
      read_all(tx_, seen_);
    }
  }

  void say_something() {
    seen_.add(tx_.random());
    const auto first = tx_.emit(Placed{.order = Id<Order>{2}, .lines = seen_.value()});
    const std::string note = "seen " + std::to_string(seen_.value());
    tx_.emit(Noted{.note = *Text<100'000>::from(note)}, first);
    if (dice_.one_in(2)) {
      tx_.schedule(Timestamp{tx_.now().nanoseconds + static_cast<i64>(dice_.below(50))},
                   Do{.what = static_cast<u32>(dice_.below(1'000'000))});
    }
    if (dice_.one_in(2)) {
      seen_.add(tx_.new_id<Customer>().value);
    }
  }

  /// Rarely.
  void misbehave() {
    switch (dice_.below(40)) {
      case 0:
        throw std::runtime_error("a bug");
      case 1:
        throw 7;  // NOLINT(hicpp-exception-baseclass): a domain may throw anything
      case 2:
        tx_.find(Id<Order>{99}).edit().edits = 1;
        return;
      case 3:
        if (const auto row = line()) {
          tx_.erase(row);
          row.edit().quantity = 1;
        }
        return;
      case 4:
        if (const auto row = line()) {
          tx_.link<part_of>(row, tx_.out<part_of>(row));
        }
        return;
      default:
        return;
    }
  }

  Tx& tx_;
  Dice dice_;
  Seen seen_;
  bool made_order_ = false;
  int depth_ = 0;
};

u64& looked() {
  static u64 seen = 0;
  return seen;
}

}  // namespace

Outcome run_script(Tx& tx, const Do& cmd) {
  return Script(tx, cmd.what).run();
}

void look_at_both(const View& before, const View& after) {
  Seen seen;
  seen.add(looked());
  read_all(before, seen);
  read_all(after, seen);
  looked() = seen.value();
}

std::uint64_t take_looked() {
  return std::exchange(looked(), 0);
}

}  // namespace shop
