// SPDX-License-Identifier: Apache-2.0
// The event store as a program opens it, by paths.
#include <filesystem>
#include <string>
#include <string_view>

#include <cairn/store.h>
#include <gtest/gtest.h>

#include "tests/support/temp_folder.h"

namespace cairn::engine {

namespace paths {
// NOLINTNEXTLINE(google-build-using-namespace): how every domain starts.
using namespace cairn::dsl;

struct Named {
  Secret<Str<32>> name = {};
  using schema = Event<1>;
};

struct Paths : Domain<"paths", 1, Events<Named>> {};
}  // namespace paths

namespace {

using paths::Named;
using paths::Paths;

TEST(OpenStore, SecretsOpenWithTheKeyringBesideTheStoreOnly) {
  const test::TempFolder temp;
  const std::string folder = temp.path() + "/shop";
  EventId id;
  {
    auto shop = Store<Paths>::open(folder, {.keyring = temp.path() + "/keys"}).value();
    const auto name = shop.seal<&Named::name>({"customer/1"}, "Ada");
    ASSERT_TRUE(name) << name.error().to_string();
    id = shop.append({"customer/1"}, Named{.name = *name}).value().event();
    ASSERT_TRUE(shop.close());
  }
  for (const auto* const keyring : {"/keys", "/other"}) {
    auto shop = Store<Paths>::open(folder, {.keyring = temp.path() + keyring}).value();
    const auto name = shop.reveal<&Named::name>(shop.get(id).value());
    if (keyring == std::string_view("/keys")) {
      ASSERT_TRUE(name) << name.error().to_string();
      EXPECT_EQ(*name, Str<32>("Ada"));
    } else {
      ASSERT_FALSE(name);
      EXPECT_EQ(name.error().code(), Errc::NotFound);
    }
  }
}

TEST(OpenStore, AKeyringInsideTheStoreIsRefusedHoweverItIsWritten) {
  // Before the store is there, and behind a link to it.
  const test::TempFolder temp;
  const std::string folder = temp.path() + "/shop";
  const auto refused = [&](const std::string& keyring) {
    const auto opened = Store<Paths>::open(folder, {.keyring = keyring});
    return !opened && opened.error().code() == Errc::InvalidArgument;
  };
  EXPECT_TRUE(refused(folder));
  EXPECT_TRUE(refused(folder + "/keys"));
  EXPECT_TRUE(refused(temp.path() + "/other/../shop/keys"));
  EXPECT_TRUE(refused(std::filesystem::relative(folder + "/keys").string()));
  ASSERT_TRUE(Store<Paths>::open(folder));
  std::filesystem::create_directory_symlink(folder, temp.path() + "/link");
  EXPECT_TRUE(refused(temp.path() + "/link/keys"));
  EXPECT_FALSE(refused(temp.path() + "/shop.keys"));
}

}  // namespace
}  // namespace cairn::engine
