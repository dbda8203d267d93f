// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include <cairn/store.h>

#include "store/event_store.h"
#include "sys/posix/posix_disk.h"
#include "sys/posix/posix_random.h"
#include "tests/support/temp_folder.h"

namespace sample_shop {
// NOLINTNEXTLINE(google-build-using-namespace): how every domain starts.
using namespace cairn::dsl;

struct Ordered {
  u32 pieces = 0;
  Str<16> article = {};
  using schema = Event<1>;
};

struct Shipped {
  u32 pieces = 0;
  using schema = Event<2>;
};

struct Noted {
  Text<200> text = {};
  using schema = Event<3>;
};

struct Named {
  Secret<Str<32>> customer = {};
  using schema = Event<5>;
};

// NOLINTBEGIN(readability-identifier-naming): rules are lower case.
struct in_stock : Gate<> {};

struct open_for_business : Gate<> {};

// NOLINTEND(readability-identifier-naming)

struct Shop : Domain<"shop", 1, Events<Ordered, Shipped, Noted, Named>,
                     Gates<in_stock, open_for_business>> {};

/// The same, and it has a new kind of event.
struct Returned {
  u32 pieces = 0;
  using schema = Event<4>;
};

struct LargerShop : Domain<"shop", 2, Events<Ordered, Shipped, Noted, Named, Returned>,
                           Gates<in_stock, open_for_business>> {};

}  // namespace sample_shop

namespace cairn::store {

/// A clock that stands until it is set.
class SetClock final : public sys::Clock {
 public:
  [[nodiscard]] Timestamp wall_now() noexcept override { return now; }

  [[nodiscard]] Instant monotonic_now() noexcept override { return {now.nanoseconds}; }

  Timestamp now = {1'000'000};
};

/// A shop in a folder of its own, without threads, for one test.
class ShopRig final {
 public:
  using Shop = sample_shop::Shop;

  ShopRig() : disk_(sys::make_posix_disk(temp_.path()).value()) {
    options_.segment_bytes = std::uint64_t{1} << 17U;
    options_.batch_bytes_max = std::size_t{1} << 15U;
    options_.remembered_max = 8;
    options_.indexed_in_memory_max = 20;
  }

  /// Opens it, closing the one before. Its error, if there is one.
  template <typename D = Shop>
  Result<> open() {
    close();
    CAIRN_TRY(auto opened, EventStore::open({.disk = *disk_, .clock = clock_, .random = random_},
                                            "shop", domain_info<D>(), options_));
    core_ = opened.get();
    store_ = std::make_unique<Store<Shop>>(std::move(opened));
    return {};
  }

  void close() { store_.reset(); }

  Store<Shop>& operator*() { return *store_; }

  Store<Shop>* operator->() { return store_.get(); }

  [[nodiscard]] EventStore& core() { return *core_; }

  [[nodiscard]] SetClock& clock() { return clock_; }

  [[nodiscard]] sys::Disk& disk() { return *disk_; }

  StoreOptions& options() { return options_; }

  [[nodiscard]] const std::string& path() const { return temp_.path(); }

  /// Makes one bit of a file another.
  static void spoil(sys::Disk& disk, const std::string& path, std::uint64_t at) {
    const auto file = disk.open(path, {.mode = sys::OpenMode::ReadWrite}).value();
    std::array<std::byte, 1> byte = {};
    file->read(at, sys::MutableBuffer(byte)).value();
    byte[0] ^= std::byte{4};
    file->write(at, sys::ConstBuffer(byte)).value();
  }

  /// Every event there is.
  std::vector<StoredEvent> all(const Region& region = {}) {
    Cursor cursor;
    return store_->page(region, cursor, 1'000'000).value();
  }

 private:
  test::TempFolder temp_;
  std::unique_ptr<sys::Disk> disk_;
  SetClock clock_;
  sys::PosixRandom random_;
  StoreOptions options_;
  std::unique_ptr<Store<Shop>> store_;
  EventStore* core_ = nullptr;
};

}  // namespace cairn::store
