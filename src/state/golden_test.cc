// SPDX-License-Identifier: Apache-2.0
// The bytes of deltas and of a checkpoint, pinned in tests/golden/state.txt.
// CAIRN_UPDATE_GOLDEN=1 writes the file anew.
#include "tests/support/golden.h"

#include <string>
#include <string_view>

#include <fmt/core.h>
#include <gtest/gtest.h>

#include "base/check.h"
#include "base/text.h"
#include "cairn/bytes.h"
#include "schema/schema.h"
#include "state/checkpoint.h"
#include "state/delta.h"
#include "state/random_state.h"
#include "state/sample_state.h"

namespace cairn::state {
namespace {

/// A short history of the sample domain with every operation of a delta.
class History final {
 public:
  std::string run() {
    create_all();
    change_all();
    link_again();
    erase_all();
    text_ += fmt::format("checkpoint {}\n", to_hex(checkpoint_of(state_)));
    text_ += fmt::format("digest {}\n", digest_of(state_).to_string());
    return text_;
  }

 private:
  template <typename R>
  Row create(std::uint16_t record, const R& value) {
    Row row = nullptr;
    done(writer_.create(record, reinterpret_cast<const std::byte*>(&value), row));
    return row;
  }

  static void done(std::int32_t status) { CAIRN_CHECK(status == CAIRN_OK); }

  void begin() { writer_.begin({}); }

  void commit(std::string_view what) {
    CAIRN_CHECK(!writer_.settle().has_value());
    GrowingByteWriter out;
    CAIRN_CHECK(encoder_.encode(writer_, out).has_value());
    writer_.commit(state_.position().next(), ++time_);
    writer_.finish();
    text_ += fmt::format("{} {}\n", what, to_hex(out.written()));
  }

  void create_all() {
    begin();
    one_ = create(depot::account, depot::Account{.id = Id<depot::Account>{1}, .email = "a"});
    two_ = create(depot::account, depot::Account{.id = Id<depot::Account>{2},
                                                 .email = "b",
                                                 .balance = -5,
                                                 .name = "B",
                                                 .friend_of = Id<depot::Account>{1}});
    item_ = create(depot::item, depot::Item{.sku = "lamp", .shelf = 7});
    part_ = create(depot::part, depot::Part{.key = depot::PartKey{.number = 3, .side = -1},
                                            .of = Id<depot::Node>{4}});
    create(depot::node, depot::Node{.id = Id<depot::Node>{4}});
    done(writer_.link(depot::parts, part_, one_));
    done(writer_.link(depot::liking, one_, item_));
    done(writer_.link(depot::owning, item_, two_));
    commit("created, linked");
  }

  void change_all() {
    begin();
    const std::int64_t balance = 300;
    const auto& fields = state_.plan().record(depot::account).fields();
    const auto position = [&](std::string_view name) {
      std::uint16_t i = 0;
      while (fields[i].info->name != name) {
        ++i;
      }
      return i;
    };
    done(writer_.edit(depot::account, two_));
    reinterpret_cast<depot::Account*>(two_)->edits = 258;
    done(writer_.set(depot::account, two_, position("balance"),
                     reinterpret_cast<const std::byte*>(&balance)));
    done(writer_.become(depot::account, two_, position("status"), depot::Account::Frozen));
    const Str<24> name = "Bea";
    done(writer_.set(depot::account, two_, position("name"),
                     reinterpret_cast<const std::byte*>(&name)));
    std::uint64_t id = 0;
    done(writer_.new_id(depot::node, id));
    done(writer_.schedule({.at = -1, .kind = 1, .command = {std::byte{9}}}));
    done(writer_.schedule({.at = 1'000'000, .kind = 1, .command = {}}));
    commit("changed, numbered, scheduled");
  }

  void link_again() {
    begin();
    writer_.fire(1);
    done(writer_.unlink(depot::owning, item_, two_));
    done(writer_.link(depot::owning, item_, one_));
    commit("fired, unlinked, linked");
  }

  void erase_all() {
    begin();
    done(writer_.unlink(depot::liking, one_, item_));
    done(writer_.edit(depot::account, two_));
    reinterpret_cast<depot::Account*>(two_)->friend_of = {};
    done(writer_.erase(depot::account, one_));
    create(depot::item, depot::Item{.sku = "lamp", .shelf = 8});
    commit("erased with what goes with it, created again");
  }

  Result<schema::Schema> schema_ = schema::Schema::from_domain(depot::info);
  Plan plan_{*schema_};
  State state_{plan_};
  Writer writer_{state_};
  DeltaEncoder encoder_;
  Row one_ = nullptr;
  Row two_ = nullptr;
  Row item_ = nullptr;
  Row part_ = nullptr;
  std::int64_t time_ = 1'000;
  std::string text_;
};

TEST(Golden, DeltasAndCheckpointsAreWrittenAsTheyAlwaysWere) {
  test::expect_golden("state.txt", History().run());
}

}  // namespace
}  // namespace cairn::state
