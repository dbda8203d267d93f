// SPDX-License-Identifier: Apache-2.0
// The event store as a program opens it, by paths.
#include <filesystem>
#include <string>

#include <cairn/store.h>
#include <gtest/gtest.h>

#include "tests/support/temp_folder.h"

namespace cairn::engine {

namespace paths {
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
    EXPECT_EQ(name.has_value(), keyring == std::string("/keys"));
    EXPECT_EQ(name ? (*name)->view() : to_string(name.error().code()),
              name ? std::string_view("Ada") : "not_found");
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
