// SPDX-License-Identifier: Apache-2.0
// Secrets sealed, moved about, opened and erased, on the real disk. Power losses are in
// sim/workload/keyring_crash_test.cc.
#include "journal/secrets.h"

#include <algorithm>
#include <array>
#include <cstring>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include <fmt/core.h>
#include <gtest/gtest.h>

#include "base/checksum.h"
#include "base/hash.h"
#include "base/text.h"
#include "cairn/codec.h"
#include "cairn/key.h"
#include "cairn/values.h"
#include "journal/secret_list.h"
#include "schema/json.h"
#include "tests/dsl/shop.h"
#include "tests/log/rig.h"
#include "tests/support/bytes.h"
#include "tests/support/golden.h"

namespace cairn::journal {
namespace {

using Bytes = test::Bytes;
using Name = Str<64>;

/// What a journal would hold: the secret between fields that are none.
struct Person {
  std::uint64_t id = 0;
  Secret<Name> name = {};
  Str<16> city = {};
};

constexpr std::string_view plain_name = "Ada Lovelace of Ockham Park";

bool holds(std::span<const std::byte> bytes, std::span<const std::byte> part) {
  return !std::ranges::search(bytes, part).empty();
}

Bytes bytes_of(const Person& person) {
  GrowingByteWriter writer;
  encode(writer, person);
  return test::exact_copy(writer.written());
}

class SecretsTest : public ::testing::Test {
 protected:
  SecretsTest() { reopen(); }

  void reopen() {
    secrets_.reset();
    keyring_.reset();
    keyring_ = SecretKeyring::open(rig_.disk(), "keyring", rig_.random()).value();
    secrets_ = std::make_unique<Secrets>(*keyring_, rig_.random());
  }

  Result<Person> person(std::string_view entity) {
    CAIRN_TRY(const Name name, Name::from(plain_name));
    CAIRN_TRY(const Secret<Name> sealed, seal(*secrets_, {.entity = entity}, name));
    return Person{.id = 7, .name = sealed, .city = Str<16>("London")};
  }

  std::string opened(std::string_view entity, const Secret<Name>& secret) {
    const auto name = open(*secrets_, {.entity = entity}, secret);
    if (!name) {
      return std::string(to_string(name.error().code()));
    }
    const std::optional<Name>& value = *name;
    return value ? std::string(value->view()) : "erased";
  }

  std::unique_ptr<sys::File> file(std::string_view name, sys::OpenMode mode) {
    return rig_.disk().open(fmt::format("keyring/{}", name), {.mode = mode}).value();
  }

  Bytes file_bytes(std::string_view name) {
    const auto in = file(name, sys::OpenMode::ReadOnly);
    Bytes bytes(in->size().value());
    EXPECT_TRUE(in->read(0, sys::MutableBuffer(bytes)));
    return bytes;
  }

  Bytes all_files() {
    Bytes all;
    const std::vector<sys::Entry> entries = rig_.disk().list("keyring").value();
    for (const sys::Entry& entry : entries) {
      const Bytes bytes = file_bytes(entry.name);
      all.insert(all.end(), bytes.begin(), bytes.end());
    }
    return all;
  }

  Bytes key_of(std::string_view entity) {
    return test::exact_copy(keyring_->key_for(entity).value().key->reveal());
  }

  log::Rig rig_;
  std::unique_ptr<SecretKeyring> keyring_;
  std::unique_ptr<Secrets> secrets_;
};

TEST_F(SecretsTest, AreReadUntilTheKeyIsShreddedAndTheHashOfTheRecordStays) {
  // The record is never touched: its hash is the same when nobody can read the name any more.
  const Person ada = person("person 7").value();
  const Bytes record = bytes_of(ada);
  const Digest hash = blake3(record);
  EXPECT_EQ(opened("person 7", ada.name), plain_name);
  reopen();
  EXPECT_EQ(opened("person 7", ada.name), plain_name);
  EXPECT_TRUE(secrets_->shred("person 7").value());
  EXPECT_FALSE(secrets_->shred("person 7").value());
  EXPECT_EQ(opened("person 7", ada.name), "erased");
  reopen();
  EXPECT_EQ(opened("person 7", ada.name), "erased");
  Person again;
  Scratch scratch;
  ASSERT_TRUE(decode(record, scratch, again));
  EXPECT_EQ(again.name, ada.name);
  EXPECT_EQ(blake3(bytes_of(again)), hash);
}

TEST_F(SecretsTest, ANewKeyOfAnEntityOpensNothingThatWasErased) {
  // A new id, other bytes; the old value stays erased, after compaction too.
  const Person before = person("p").value();
  const std::uint64_t old_id = keyring_->key_for("p").value().id;
  const Bytes old_key = key_of("p");
  ASSERT_TRUE(keyring_->shred("p").value());
  const Person after = person("p").value();
  EXPECT_GT(keyring_->key_for("p").value().id, old_id);
  EXPECT_NE(key_of("p"), old_key);
  for (int round = 0; round < 2; ++round) {
    EXPECT_EQ(opened("p", before.name), "erased");
    EXPECT_EQ(opened("p", after.name), plain_name);
    ASSERT_TRUE(keyring_->compact());
    reopen();
  }
}

TEST_F(SecretsTest, NeitherTheValueNorItsKeyIsInTheRecord) {
  // Canonical bytes and memory; two seals of one value have nothing in common but their length.
  const Person ada = person("p").value();
  const Bytes key = key_of("p");
  const Bytes plain = test::bytes_of_text(plain_name);
  const Bytes canonical = bytes_of(ada);
  const auto memory = std::as_bytes(std::span(&ada, 1));
  for (const std::span<const std::byte> bytes : {std::span<const std::byte>(canonical), memory}) {
    EXPECT_FALSE(holds(bytes, plain));
    EXPECT_FALSE(holds(bytes, std::span(plain).first(8)));
    EXPECT_FALSE(holds(bytes, key));
  }
  const Person same = person("p").value();
  EXPECT_FALSE(same.name == ada.name);
  EXPECT_EQ(same.name.view().size(), ada.name.view().size());
}

TEST_F(SecretsTest, JsonAndTextShowASecretAsSealed) {
  // A row of the test domain: the name is there as its sealed bytes only, and read back the same;
  // its value in the clear is refused. Its one key that is not a number, the email, has no secret.
  const StructInfo& customer = *domain_info<shop::Shop>().records[0];
  shop::Customer row{.email = "ada@example.org", .name = person("p").value().name};
  const auto* const memory = reinterpret_cast<const std::byte*>(&row);
  std::string json;
  schema::print_json(customer, memory, json);
  std::string text;
  schema::print_text(customer, memory, text);
  EXPECT_NE(json.find("\"name\":{\"sealed\":\"01"), std::string::npos) << json;
  for (const std::string& printed : {json, text}) {
    EXPECT_EQ(printed.find("Lovelace"), std::string::npos);
    EXPECT_EQ(printed.find(to_hex(test::bytes_of_text("Lovelace"))), std::string::npos);
    EXPECT_EQ(printed.find(to_hex(key_of("p"))), std::string::npos);
    EXPECT_NE(printed.find(to_hex(row.name.view())), std::string::npos);
  }
  schema::JsonParser parser;
  Scratch scratch;
  alignas(shop::Customer) std::array<std::byte, sizeof(shop::Customer)> read = {};
  ASSERT_TRUE(parser.parse(customer, json, read.data(), scratch));
  std::string again;
  schema::print_json(customer, read.data(), again);
  EXPECT_EQ(again, json);
  const std::size_t value = json.find("{\"sealed\"");
  json.replace(value, json.find('}', value) + 1 - value, "\"Ada\"");
  EXPECT_FALSE(parser.parse(customer, json, read.data(), scratch));
}

TEST_F(SecretsTest, ADifferentEntityPlaceOrByteIsRefused) {
  // And what is refused leaves no plain bytes behind.
  const Person ada = person("a").value();
  ASSERT_TRUE(person("b"));
  EXPECT_EQ(opened("b", ada.name), "corrupt");
  EXPECT_EQ(opened("nobody", ada.name), "corrupt");
  const Bytes field = test::bytes_of_text("Person.name");
  EXPECT_EQ(open(*secrets_, {.entity = "a", .associated = field}, ada.name).error().code(),
            Errc::Corrupt);
  const auto sealed = ada.name.view();
  for (std::size_t i = 0; i < sealed.size(); ++i) {
    Bytes changed = test::exact_copy(sealed);
    changed[i] ^= std::byte{0x40};
    Bytes plain(sealed.size() - limits::secret_overhead_bytes, std::byte{1});
    const auto result = secrets_->open({.entity = "a"}, changed, plain);
    EXPECT_FALSE(result.has_value()) << i;
    EXPECT_EQ(plain, Bytes(plain.size())) << i;
  }
  for (std::size_t size = 0; size < sealed.size(); ++size) {
    const auto cut = Secret<Name>::from_sealed(sealed.first(size)).value();
    EXPECT_EQ(opened("a", cut), size == 0 ? "not_found" : "corrupt") << size;
  }
}

TEST_F(SecretsTest, ANewerFormAndAnUnknownKeyAreToldByTheirNumbers) {
  // Version 2, and an id that this keyring never gave.
  const Person ada = person("a").value();
  Bytes newer = test::exact_copy(ada.name.view());
  newer[0] = std::byte{2};
  const auto version = open(*secrets_, {.entity = "a"}, Secret<Name>::from_sealed(newer).value());
  EXPECT_EQ(version.error().code(), Errc::Unsupported);
  EXPECT_NE(version.error().message().find("version 2"), std::string::npos);
  Bytes unknown = test::exact_copy(ada.name.view());
  unknown[1] = std::byte{99};
  const auto id = open(*secrets_, {.entity = "a"}, Secret<Name>::from_sealed(unknown).value());
  EXPECT_EQ(id.error().code(), Errc::NotFound);
  EXPECT_NE(id.error().message().find("99"), std::string::npos);
}

TEST_F(SecretsTest, AShreddedKeyIsInNoFile) {
  // Of many: the rest stays; before and after compaction, which also forgets the name.
  std::map<std::string, Bytes> keys;
  for (int i = 0; i < 150; ++i) {
    const std::string entity = fmt::format("entity {}", i);
    keys.emplace(entity, key_of(entity));
  }
  int shredded = 0;
  std::string last;
  for (auto& [entity, key] : keys) {
    if (++shredded % 3 == 0) {
      ASSERT_TRUE(keyring_->shred(entity).value());
      last = entity;
    }
  }
  for (const bool is_compacted : {false, true}) {
    const Bytes files = all_files();
    int count = 0;
    for (auto& [entity, key] : keys) {
      const bool is_shredded = ++count % 3 == 0;
      EXPECT_EQ(holds(files, key), !is_shredded) << entity;
      EXPECT_EQ(holds(files, std::span(key).first(8)), !is_shredded) << entity;
    }
    EXPECT_EQ(keyring_->shredded_count(), is_compacted ? 0U : 50U);
    ASSERT_TRUE(keyring_->compact());
    reopen();
    EXPECT_EQ(keyring_->live_count(), 100U);
  }
  EXPECT_FALSE(holds(all_files(), test::bytes_of_text(last)));
}

TEST_F(SecretsTest, EntitiesAreTextOfABoundedSize) {
  // Refused before anything is written.
  const std::size_t size = file_bytes("keys-000000000001").size();
  const auto code = [&](std::string_view entity) {
    const auto held = keyring_->key_for(entity);
    return held ? Errc::Closed : held.error().code();
  };
  EXPECT_EQ(code(""), Errc::InvalidArgument);
  EXPECT_EQ(code("\xff"), Errc::InvalidArgument);
  EXPECT_EQ(code(std::string(201, 'x')), Errc::InvalidArgument);
  EXPECT_EQ(file_bytes("keys-000000000001").size(), size);
  EXPECT_TRUE(keyring_->key_for(std::string(200, 'x')));
}

TEST_F(SecretsTest, OneKeyringOfAFolderAtATime) {
  // The second is told to wait.
  const auto second = SecretKeyring::open(rig_.disk(), "keyring", rig_.random());
  EXPECT_EQ(second.error().code(), Errc::Busy);
}

TEST_F(SecretsTest, DamageOfTheFileIsNamedOrWithoutEffect) {
  // No flipped bit opens as another keyring: refused, or the same keys as before. Nothing that is
  // said shows a key. One byte in five, each in the first or second entry too.
  const Bytes key = key_of("a");
  ASSERT_TRUE(keyring_->key_for("b"));
  ASSERT_TRUE(keyring_->shred("b").value());
  keyring_.reset();
  const std::string name = "keys-000000000001";
  const Bytes whole = file_bytes(name);
  ASSERT_EQ(whole.size(), 3 * secret_file::block_bytes);
  int refused = 0;
  for (std::size_t i = 0; i < whole.size(); i += 5) {
    Bytes damaged = whole;
    damaged[i] ^= std::byte{0x20};
    ASSERT_TRUE(file(name, sys::OpenMode::ReadWrite)->write(0, sys::ConstBuffer(damaged)));
    const auto opened = SecretKeyring::open(rig_.disk(), "keyring", rig_.random());
    if (opened) {
      EXPECT_EQ((*opened)->live_count(), 1U) << i;
      EXPECT_EQ(test::exact_copy((*opened)->key_for("a").value().key->reveal()), key) << i;
      continue;
    }
    ++refused;
    EXPECT_EQ(opened.error().code(), Errc::Corrupt) << i << opened.error().to_string();
    EXPECT_FALSE(holds(test::bytes_of_text(opened.error().to_string()),
                       test::bytes_of_text(to_hex(key).substr(0, 8))));
  }
  EXPECT_GT(refused, 260);
}

TEST_F(SecretsTest, AListHasEveryEntityAndTakesNoLock) {
  // While the keyring is open, and while it is not; behind an entry that is being written.
  using Keys = std::vector<ListedKey>;
  EXPECT_EQ(list_keyring(rig_.disk(), "nowhere").error().code(), Errc::NotFound);
  EXPECT_EQ(list_keyring(rig_.disk(), "keyring").value(), Keys());
  ASSERT_TRUE(keyring_->key_for("a"));
  ASSERT_TRUE(keyring_->key_for("b"));
  ASSERT_TRUE(keyring_->shred("a").value());
  ASSERT_TRUE(keyring_->key_for("a"));
  const Keys keys = {{.id = 1, .entity = "a", .is_shredded = true},
                     {.id = 2, .entity = "b"},
                     {.id = 3, .entity = "a"}};
  EXPECT_EQ(list_keyring(rig_.disk(), "keyring").value(), keys);
  ASSERT_TRUE(keyring_->compact());
  EXPECT_EQ(list_keyring(rig_.disk(), "keyring").value(), Keys(keys.begin() + 1, keys.end()));
  keyring_.reset();
  const auto whole = file("keys-000000000002", sys::OpenMode::ReadWrite);
  for (const std::uint64_t more : {100U, 512U}) {
    ASSERT_TRUE(whole->resize(3 * secret_file::block_bytes + more));
    EXPECT_EQ(list_keyring(rig_.disk(), "keyring").value().size(), 2U);
  }
  ASSERT_TRUE(whole->resize(3 * secret_file::block_bytes));
  ASSERT_TRUE(whole->write(secret_file::block_bytes, Bytes(512)));
  EXPECT_EQ(list_keyring(rig_.disk(), "keyring").error().code(), Errc::Corrupt);
}

TEST_F(SecretsTest, ANewerKeyringIsRefusedByItsNumber) {
  // A whole header of version 2: not damage.
  keyring_.reset();
  const std::string name = "keys-000000000001";
  Bytes bytes = file_bytes(name);
  bytes[8] = std::byte{2};
  const Checksum128 checksum = checksum128(std::span(bytes).first(24), 0);
  std::memcpy(bytes.data() + 24, &checksum.low, 8);
  std::memcpy(bytes.data() + 32, &checksum.high, 8);
  ASSERT_TRUE(file(name, sys::OpenMode::ReadWrite)->write(0, sys::ConstBuffer(bytes)));
  const auto opened = SecretKeyring::open(rig_.disk(), "keyring", rig_.random());
  EXPECT_EQ(opened.error().code(), Errc::Unsupported);
  EXPECT_NE(opened.error().message().find("version 2"), std::string::npos);
}

TEST_F(SecretsTest, FilesAndSealedValuesHaveTheirPinnedBytes) {
  // tests/golden/keyring.txt; CAIRN_UPDATE_GOLDEN=1 writes it anew.
  const Person ada = person("person 1").value();
  ASSERT_TRUE(keyring_->key_for("person 2"));
  ASSERT_TRUE(keyring_->shred("person 2").value());
  const std::string text = fmt::format("sealed {}\nfile {}\n", to_hex(ada.name.view()),
                                       to_hex(file_bytes("keys-000000000001")));
  test::expect_golden("keyring.txt", text);
}

}  // namespace
}  // namespace cairn::journal
