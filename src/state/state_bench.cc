// SPDX-License-Identifier: Apache-2.0
// Rows, indexes and links beside what somebody would write by hand for the same with the same
// libraries, and how much memory each kind of row takes.
#include <array>
#include <cstdint>
#include <cstring>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include <absl/container/btree_set.h>
#include <boost/unordered/unordered_flat_map.hpp>

#include "base/check.h"
#include "bench/harness.h"
#include "cairn/bytes.h"
#include "schema/schema.h"
#include "state/checkpoint.h"
#include "state/delta.h"
#include "state/sample_state.h"
#include "state/writer.h"

namespace {

using cairn::Id;
using cairn::Seq;
using cairn::Str;
using cairn::bench::keep;
using cairn::bench::nanoseconds_per_call;
using cairn::state::ConstRow;
using cairn::state::OrderedIndex;
using cairn::state::Plan;
using cairn::state::Row;
using cairn::state::State;
using cairn::state::Writer;

constexpr std::uint16_t price_field = 1;
constexpr std::uint16_t name_field = 1;

/// Numbers from 1 to `count` in an order that no cache foresees.
class Shuffled final {
 public:
  explicit Shuffled(std::uint64_t count) : count_(count) {}

  std::uint64_t next() {
    state_ += 0x9e3779b97f4a7c15U;
    std::uint64_t z = state_;
    z = (z ^ (z >> 30U)) * 0xbf58476d1ce4e5b9U;
    z = (z ^ (z >> 27U)) * 0x94d049bb133111ebU;
    return 1 + (z ^ (z >> 31U)) % count_;
  }

 private:
  std::uint64_t count_;
  std::uint64_t state_ = 1;
};

template <typename T>
const std::byte* bytes_of(const T& value) {
  return reinterpret_cast<const std::byte*>(&value);
}

std::string name_of(std::uint64_t number) {
  std::string digits = std::to_string(number);
  return "customer-" + std::string(8 - digits.size(), '0') + digits;
}

/// All rows of the four records, and links.
struct Subject {
  explicit Subject(std::uint64_t rows)
      : schema(cairn::schema::Schema::from_domain(vault::info)),
        plan(*schema),
        state(plan),
        writer(state),
        count(rows) {
    for (std::uint64_t i = 1; i <= count; ++i) {
      writer.begin({});
      make(i);
      commit();
    }
    Shuffled order(count);
    for (std::uint64_t i = 1; i <= count; ++i) {
      writer.begin({});
      CAIRN_CHECK(writer.link(vault::holds, sorted(i), numbered(order.next())) == CAIRN_OK);
      static_cast<void>(writer.link(vault::knowing, numbered(i), numbered(order.next())));
      commit();
    }
  }

  void make(std::uint64_t i) {
    Row row = nullptr;
    const auto number = static_cast<std::int64_t>(i * 7919 % count);
    const vault::Numbered first = {.id = Id<vault::Numbered>{i}};
    const vault::Named second = {.name = *Str<22>::from(name_of(i))};
    const vault::Sorted third = {.id = Id<vault::Sorted>{i}, .price = number};
    const vault::Listed fourth = {.id = Id<vault::Listed>{i}, .name = *Str<22>::from(name_of(i))};
    CAIRN_CHECK(writer.create(vault::numbered, bytes_of(first), row) == CAIRN_OK);
    CAIRN_CHECK(writer.create(vault::named, bytes_of(second), row) == CAIRN_OK);
    CAIRN_CHECK(writer.create(vault::sorted, bytes_of(third), row) == CAIRN_OK);
    CAIRN_CHECK(writer.create(vault::listed, bytes_of(fourth), row) == CAIRN_OK);
  }

  void commit() {
    CAIRN_CHECK(!writer.settle().has_value());
    writer.commit(state.position().next(), 0);
    writer.finish();
  }

  Row numbered(std::uint64_t id) { return state.find_number(vault::numbered, id); }

  Row sorted(std::uint64_t id) { return state.find_number(vault::sorted, id); }

  Row listed(std::uint64_t id) { return state.find_number(vault::listed, id); }

  cairn::Result<cairn::schema::Schema> schema;
  Plan plan;
  State state;
  Writer writer;
  std::uint64_t count;
};

/// The same by hand: rows in a vector of chunks, indexes and lists kept by whoever writes.
struct Hand {
  struct Numbered {
    std::uint64_t id = 0;
    std::int64_t balance = 0;
    std::array<std::uint64_t, 6> rest = {};
    std::vector<std::uint64_t> held = {};
  };

  struct Sorted {
    std::uint64_t id = 0;
    std::int64_t price = 0;
    std::uint64_t holder = 0;
    std::array<std::uint64_t, 6> rest = {};
  };

  using Name = std::array<char, 24>;

  static Name name(std::uint64_t number) {
    Name name = {};
    const std::string text = name_of(number);
    std::memcpy(name.data(), text.data(), text.size());
    return name;
  }

  explicit Hand(std::uint64_t count) {
    numbered.reserve(count);
    sorted.reserve(count);
    for (std::uint64_t i = 1; i <= count; ++i) {
      numbered.push_back(std::make_unique<Numbered>(Numbered{.id = i}));
      numbered_by_id.emplace(i, numbered.back().get());
      const auto price = static_cast<std::int64_t>(i * 7919 % count);
      sorted.push_back(std::make_unique<Sorted>(Sorted{.id = i, .price = price}));
      by_price.emplace(price, i);
      names.push_back(name(i));
      by_name.emplace(names.back(), i);
    }
  }

  std::vector<std::unique_ptr<Numbered>> numbered;
  std::vector<std::unique_ptr<Sorted>> sorted;
  std::vector<Name> names;
  boost::unordered_flat_map<std::uint64_t, Numbered*> numbered_by_id;
  absl::btree_set<std::pair<std::int64_t, std::uint64_t>> by_price;
  absl::btree_set<std::pair<Name, std::uint64_t>> by_name;
};

class Bench final {
 public:
  explicit Bench(const cairn::bench::Options& options)
      : options_(options),
        report_("src/state", options),
        count_(options.smoke ? 2'000 : 1'000'000),
        subject_(count_),
        hand_(count_),
        order_(count_) {}

  int run() {
    finds();
    changes();
    indexes();
    scans();
    links();
    deltas();
    memory();
    return report_.finish();
  }

 private:
  void against(std::string name, std::string rival, const std::function<void()>& call,
               const std::function<void()>& other) {
    const auto figure = [this](const std::function<void()>& what) {
      return [this, what] { return nanoseconds_per_call(options_, what); };
    };
    const auto pair = measure_against(options_, figure(call), figure(other));
    report_.add({.name = std::move(name),
                 .unit = "ns",
                 .better = cairn::bench::Better::Lower,
                 .value = pair.value,
                 .rival = std::move(rival),
                 .rival_value = pair.rival});
  }

  void alone(std::string name, const std::function<void()>& call) {
    report_.add({.name = std::move(name),
                 .unit = "ns",
                 .better = cairn::bench::Better::Lower,
                 .value = measure(options_, [&] { return nanoseconds_per_call(options_, call); })});
  }

  void finds() {
    against(
        "find by number", "boost::unordered_flat_map",
        [this] { keep(subject_.numbered(order_.next())); },
        [this] { keep(hand_.numbered_by_id.find(order_.next())->second->id); });
    boost::unordered_flat_map<std::string, std::uint64_t> by_text;
    std::vector<std::string> texts;
    std::vector<std::string> keys;
    for (std::uint64_t i = 1; i <= count_; ++i) {
      texts.push_back(name_of(i));
      keys.push_back(texts.back() + std::string(2, '\0'));
      by_text.emplace(texts.back(), i);
    }
    const auto& rows = subject_.state.rows(vault::named);
    against(
        "find by text", "boost::unordered_flat_map of std::string",
        [&] { keep(rows.keys.find(std::as_bytes(std::span(keys[order_.next() - 1])))); },
        [&] { keep(by_text.find(texts[order_.next() - 1])->second); });
  }

  void changes() {
    std::uint64_t next = count_;
    std::uint64_t last = count_;
    std::vector<std::unique_ptr<Hand::Numbered>> rows;
    boost::unordered_flat_map<std::uint64_t, Hand::Numbered*> by_id;
    against(
        "command: create one row", "map and vector by hand",
        [&] {
          Row row = nullptr;
          const vault::Numbered value = {.id = Id<vault::Numbered>{++next}};
          subject_.writer.begin({});
          CAIRN_CHECK(subject_.writer.create(vault::numbered, bytes_of(value), row) == CAIRN_OK);
          subject_.commit();
        },
        [&] {
          rows.push_back(std::make_unique<Hand::Numbered>(Hand::Numbered{.id = ++last}));
          by_id.emplace(last, rows.back().get());
        });
    std::vector<std::pair<Hand::Numbered*, Hand::Numbered>> undo;
    const auto change = [&](std::uint64_t id) {
      Hand::Numbered* const row = hand_.numbered_by_id.find(id)->second;
      undo.emplace_back(row, *row);
      ++row->balance;
    };
    against(
        "command: find and edit two rows", "the same by hand, with an undo copy",
        [&] {
          subject_.writer.begin({});
          for (int i = 0; i < 2; ++i) {
            const Row row = subject_.numbered(order_.next());
            CAIRN_CHECK(subject_.writer.edit(vault::numbered, row) == CAIRN_OK);
            ++reinterpret_cast<vault::Numbered*>(row)->balance;
          }
          subject_.commit();
        },
        [&] {
          change(order_.next());
          change(order_.next());
          undo.clear();
        });
  }

  void indexes() {
    against(
        "command: set an indexed number", "absl::btree_set of pairs",
        [this] {
          const Row row = subject_.sorted(order_.next());
          const auto price = static_cast<std::int64_t>(order_.next());
          subject_.writer.begin({});
          CAIRN_CHECK(subject_.writer.set(vault::sorted, row, price_field, bytes_of(price)) ==
                      CAIRN_OK);
          subject_.commit();
        },
        [this] {
          Hand::Sorted& row = *hand_.sorted[order_.next() - 1];
          hand_.by_price.erase({row.price, row.id});
          row.price = static_cast<std::int64_t>(order_.next());
          hand_.by_price.emplace(row.price, row.id);
        });
    std::vector<Str<22>> texts;
    for (std::uint64_t i = 1; i <= count_; ++i) {
      texts.push_back(*Str<22>::from(name_of(i)));
    }
    against(
        "command: set an indexed text", "absl::btree_set of pairs",
        [&] {
          const Row row = subject_.listed(order_.next());
          subject_.writer.begin({});
          CAIRN_CHECK(subject_.writer.set(vault::listed, row, name_field,
                                          bytes_of(texts[order_.next() - 1])) == CAIRN_OK);
          subject_.commit();
        },
        [&] {
          const std::uint64_t id = order_.next();
          hand_.by_name.erase({hand_.names[id - 1], id});
          hand_.names[id - 1] = Hand::name(order_.next());
          hand_.by_name.emplace(hand_.names[id - 1], id);
        });
  }

  void scans() {
    const OrderedIndex& index = *subject_.state.rows(vault::sorted).indexes.front();
    constexpr int steps = 100;
    auto step = hand_.by_price.begin();
    const std::function<void()> by_hand = [&] {
      step = hand_.by_price.lower_bound({static_cast<std::int64_t>(order_.next()), 0});
      for (int i = 0; i < steps && step != hand_.by_price.end(); ++i, ++step) {
        keep(hand_.sorted[step->second - 1]->id);
      }
    };
    const auto from = [&] {
      const std::uint64_t key = std::byteswap(order_.next() ^ (std::uint64_t{1} << 63U));
      std::array<std::byte, 8> bytes = {};
      std::memcpy(bytes.data(), &key, sizeof(key));
      return bytes;
    };
    against(
        "scan: 100 rows from a key, by place", "absl::btree_set",
        [&] {
          const auto key = from();
          OrderedIndex::Place place;
          ConstRow row = index.next({.bytes = key}, place);
          for (int i = 0; i < steps && row != nullptr; ++i) {
            keep(*row);
            row = index.next(place);
          }
        },
        by_hand);
    against(
        "scan: 100 rows from a key, by next(row)", "absl::btree_set",
        [&] {
          const auto key = from();
          ConstRow row = index.next({.bytes = key});
          for (int i = 0; i < steps && row != nullptr; ++i) {
            keep(*row);
            row = index.next(row);
          }
        },
        by_hand);
  }

  void links() {
    against(
        "command: move a link", "vectors by hand",
        [this] {
          const std::uint64_t id = order_.next();
          const Row source = subject_.sorted(id);
          const auto& links = subject_.state.links(vault::holds);
          const auto node = links.first(cairn::state::Way::Out, cairn::state::slot_of(source));
          const Row target =
              subject_.state.rows(vault::numbered).table.row(links.link(node).end[1]);
          subject_.writer.begin({});
          CAIRN_CHECK(subject_.writer.unlink(vault::holds, source, target) == CAIRN_OK);
          CAIRN_CHECK(subject_.writer.link(vault::holds, source,
                                           subject_.numbered(order_.next())) == CAIRN_OK);
          subject_.commit();
        },
        [this] {
          Hand::Sorted& row = *hand_.sorted[order_.next() - 1];
          if (row.holder != 0) {
            std::erase(hand_.numbered_by_id.find(row.holder)->second->held, row.id);
          }
          row.holder = order_.next();
          hand_.numbered_by_id.find(row.holder)->second->held.push_back(row.id);
        });
    against(
        "follow: the sources of a row", "vectors by hand",
        [this] {
          const Row target = subject_.numbered(order_.next());
          const auto& links = subject_.state.links(vault::holds);
          const auto& table = subject_.state.rows(vault::sorted).table;
          using cairn::state::Way;
          for (auto node = links.first(Way::In, cairn::state::slot_of(target));
               node != cairn::state::LinkTable::none; node = links.next(Way::In, node)) {
            keep(*table.row(links.link(node).end[0]));
          }
        },
        [this] {
          for (const std::uint64_t id : hand_.numbered_by_id.find(order_.next())->second->held) {
            keep(hand_.sorted[id - 1]->id);
          }
        });
  }

  void deltas() {
    cairn::state::DeltaEncoder encoder;
    cairn::GrowingByteWriter out;
    alone("command: find and edit two rows, encode the delta", [&] {
      subject_.writer.begin({});
      for (int i = 0; i < 2; ++i) {
        const Row row = subject_.numbered(order_.next());
        CAIRN_CHECK(subject_.writer.edit(vault::numbered, row) == CAIRN_OK);
        ++reinterpret_cast<vault::Numbered*>(row)->balance;
      }
      CAIRN_CHECK(!subject_.writer.settle().has_value());
      out.clear();
      CAIRN_CHECK(encoder.encode(subject_.writer, out).has_value());
      subject_.writer.commit(subject_.state.position().next(), 0);
      subject_.writer.finish();
    });
    alone("apply a delta of two changed rows, made by hand", [&] {
      out.clear();
      for (int i = 0; i < 2; ++i) {
        const std::uint64_t id = 1 + (order_.next() - 1) / 2 * 2 + static_cast<unsigned>(i);
        const Row row = subject_.numbered(id > count_ ? 1 : id);
        out.u8(2);
        out.varint(vault::numbered);
        const std::uint64_t key =
            std::byteswap(reinterpret_cast<vault::Numbered*>(row)->id.get().value);
        out.bytes(std::as_bytes(std::span(&key, 1)));
        out.varint(cairn::state::header_of(row).last_transaction);
        out.varint(2);
        out.i64(reinterpret_cast<vault::Numbered*>(row)->balance + 1);
      }
      const auto applied =
          apply_delta(subject_.writer, out.written(), subject_.state.position().next(), 0);
      subject_.writer.finish();
      keep(applied.has_value());
    });
    report_.add({.name = "checkpoint: all rows and links, written and hashed",
                 .unit = "ms",
                 .better = cairn::bench::Better::Lower,
                 .value = measure(options_, [&] {
                   return nanoseconds_per_call(options_, [&] { keep(digest_of(subject_.state)); }) /
                          1e6;
                 })});
  }

  void memory() {
    for (const auto& use : subject_.state.memory_use()) {
      if (use.content_bytes == 0) {
        continue;
      }
      const double ratio = static_cast<double>(use.table_bytes + use.index_bytes) /
                           static_cast<double>(use.content_bytes);
      report_.add({.name = "memory of " + std::string(use.name) + " over its content",
                   .unit = "x",
                   .better = cairn::bench::Better::Lower,
                   .value = {.min = ratio, .median = ratio, .max = ratio}});
    }
  }

  cairn::bench::Options options_;
  cairn::bench::Report report_;
  std::uint64_t count_;
  Subject subject_;
  Hand hand_;
  Shuffled order_;
};

}  // namespace

int main(int argc, char** argv) {
  const auto options = cairn::bench::parse_options(argc, argv, "rows, indexes, links, deltas");
  return Bench(options).run();
}
