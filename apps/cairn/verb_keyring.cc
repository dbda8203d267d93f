// SPDX-License-Identifier: Apache-2.0
#include "apps/cairn/verb_keyring.h"

#include <algorithm>
#include <cstdint>
#include <cstdio>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <fmt/core.h>
#include <fmt/ranges.h>
#include <unistd.h>

#include "apps/cairn/arguments.h"
#include "apps/cairn/journal_folder.h"
#include "cairn/utf8.h"
#include "journal/secret_keyring.h"
#include "journal/secret_list.h"
#include "schema/json_tree.h"
#include "sys/posix/posix_random.h"

namespace cairn::cli {

namespace {

using journal::ListedKey;
using journal::SecretKeyring;
using schema::JsonTree;

constexpr auto list_help =
    "Lists the entities that have a key in a keyring, and the keys that were shredded. Shows no "
    "key, takes no\n"
    "lock, and may run beside the store.\n\n"
    "exit status: 0 done; 1 there is no keyring, or it cannot be read; 2 wrong usage\n\n"
    "example: cairn keys list keys/customers";

constexpr auto shred_help =
    "Destroys the keys of entities: all that was sealed about them is erased, in every copy of the "
    "journal,\n"
    "for ever. Asks first, or wants --yes where nobody can be asked. No store may have the keyring "
    "open; it\n"
    "has Store::shred.\n\n"
    "exit status: 0 done; 1 the keyring cannot be read or written, or the answer was not yes; 2 "
    "wrong usage;\n"
    "3 an entity has no key, and those of the others are shredded\n\n"
    "example: cairn keys shred keys/customers customer/7 --yes";

constexpr auto compact_help =
    "Writes a keyring anew without the keys that were shredded: their entities are named nowhere "
    "any more. No\n"
    "store may have the keyring open.\n\n"
    "exit status: 0 done; 1 the keyring cannot be read or written; 2 wrong usage\n\n"
    "example: cairn keys compact keys/customers";

constexpr Exit no_key = static_cast<Exit>(3);

Exit report(std::string_view verb, const Error& error) {
  fmt::print(stderr, "cairn {}: {}\n", verb, error.to_string());
  return Exit::Failed;
}

/// A keyring on the disk of the folder that it lies in.
struct KeyringFolder {
  std::string path;
  std::string name;
  std::unique_ptr<sys::Disk> disk;
  sys::PosixRandom random = {};
};

Result<KeyringFolder> open_keyring_folder(std::string path) {
  while (path.size() > 1 && path.ends_with('/')) {
    path.pop_back();
  }
  const std::size_t slash = path.rfind('/');
  const bool has_parent = slash != std::string::npos;
  KeyringFolder folder = {
      .path = path, .name = has_parent ? path.substr(slash + 1) : path, .disk = nullptr};
  CAIRN_TRY(folder.disk,
            open_folder(has_parent ? path.substr(0, std::max<std::size_t>(slash, 1)) : "."));
  return folder;
}

Result<std::vector<ListedKey>> list(KeyringFolder& folder) {
  auto keys = journal::list_keyring(*folder.disk, folder.name);
  return keys ? std::move(keys) : fail(std::move(keys).error().at(folder.path));
}

/// One that is there; opening alone would make it.
Result<std::unique_ptr<SecretKeyring>> open_keyring(KeyringFolder& folder) {
  CAIRN_TRY(list(folder));
  return SecretKeyring::open(*folder.disk, folder.name, folder.random);
}

std::string_view state_of(const ListedKey& key) noexcept {
  return key.is_shredded ? "shredded" : "live";
}

Exit run_list(const std::string& path, bool json) {
  auto folder = open_keyring_folder(path);
  const auto keys = folder ? list(*folder) : fail(folder.error());
  if (!keys) {
    return report("keys list", keys.error());
  }
  JsonTree rows = JsonTree::array();
  std::string table = fmt::format("{:>10}  {:<8}  {}\n", "id", "state", "entity");
  for (const ListedKey& key : *keys) {
    rows.push(JsonTree::object({{"entity", key.entity},
                                {"id", JsonTree::number(key.id)},
                                {"state", std::string(state_of(key))}}));
    table += fmt::format("{:>10}  {:<8}  {}\n", key.id, state_of(key), key.entity);
  }
  fmt::print("{}", json ? rows.canonical() + "\n" : table);
  return Exit::Ok;
}

struct ShredRequest {
  std::string path;
  std::vector<std::string> entities;
  bool is_sure = false;
  bool json = false;
};

/// Of whoever sits in front of it.
bool confirm(const ShredRequest& request) {
  fmt::print(stderr,
             "This erases for ever, in every copy of the journal, all that was sealed about\n  {}\n"
             "Write yes to go on: ",
             fmt::join(request.entities, "\n  "));
  std::string answer;
  for (int c = std::getchar(); c != EOF && c != '\n'; c = std::getchar()) {
    answer.push_back(static_cast<char>(c));
  }
  return answer == "yes";
}

struct Shredded {
  std::vector<std::string> done;
  std::vector<std::string> unknown;
};

void print(const Shredded& shredded, bool json) {
  if (json) {
    JsonTree done = JsonTree::array();
    for (const std::string& entity : shredded.done) {
      done.push(JsonTree(entity));
    }
    JsonTree unknown = JsonTree::array();
    for (const std::string& entity : shredded.unknown) {
      unknown.push(JsonTree(entity));
    }
    JsonTree tree = JsonTree::object();
    tree.set("shredded", std::move(done));
    tree.set("unknown", std::move(unknown));
    fmt::print("{}\n", tree.canonical());
    return;
  }
  for (const std::string& entity : shredded.done) {
    fmt::print("shredded  {}\n", entity);
  }
  for (const std::string& entity : shredded.unknown) {
    fmt::print("no key    {}\n", entity);
  }
}

/// What was done before something failed is said too: nobody can take it back.
Result<> shred(const ShredRequest& request, Shredded& shredded) {
  CAIRN_TRY(KeyringFolder folder, open_keyring_folder(request.path));
  CAIRN_TRY(const auto keyring, open_keyring(folder));
  for (const std::string& entity : request.entities) {
    CAIRN_TRY(const bool had_key, keyring->shred(entity));
    (had_key ? shredded.done : shredded.unknown).push_back(entity);
  }
  return {};
}

Exit run_shred(const ShredRequest& request) {
  if (!request.is_sure && ::isatty(STDIN_FILENO) == 0) {
    fmt::print(stderr,
               "cairn keys shred: say --yes: what is shredded never comes back (`cairn keys shred "
               "--help` explains the arguments)\n");
    return Exit::Usage;
  }
  if (!request.is_sure && !confirm(request)) {
    fmt::print(stderr, "cairn keys shred: nothing was shredded\n");
    return Exit::Failed;
  }
  Shredded shredded;
  const Result<> done = shred(request, shredded);
  if (done || !shredded.done.empty()) {
    print(shredded, request.json);
  }
  if (!done) {
    return report("keys shred", done.error());
  }
  return shredded.unknown.empty() ? Exit::Ok : no_key;
}

Result<std::size_t> compact(const std::string& path) {
  CAIRN_TRY(KeyringFolder folder, open_keyring_folder(path));
  CAIRN_TRY(const auto keyring, open_keyring(folder));
  const std::size_t count = keyring->shredded_count();
  CAIRN_TRY(keyring->compact());
  return count;
}

}  // namespace

Exit run_list_keyring(Arguments arguments) {
  CLI::App app(list_help);
  std::string path;
  bool json = false;
  app.add_option("KEYRING", path, "the folder of the keyring")->required();
  app.add_flag("--json", json, "one JSON array");
  if (const auto ended = parse(app, "keys list", arguments)) {
    return *ended;
  }
  return run_list(path, json);
}

Exit run_shred_keys(Arguments arguments) {
  CLI::App app(shred_help);
  ShredRequest request;
  app.add_option("KEYRING", request.path, "the folder of the keyring")->required();
  app.add_option("ENTITY", request.entities, "whose keys")
      ->required()
      ->check([](const std::string& text) { return is_utf8(text) ? "" : "this is not UTF-8"; });
  app.add_flag("--yes", request.is_sure, "do not ask");
  app.add_flag("--json", request.json, "one JSON object");
  if (const auto ended = parse(app, "keys shred", arguments)) {
    return *ended;
  }
  return run_shred(request);
}

Exit run_compact_keyring(Arguments arguments) {
  CLI::App app(compact_help);
  std::string path;
  bool json = false;
  app.add_option("KEYRING", path, "the folder of the keyring")->required();
  app.add_flag("--json", json, "one JSON object");
  if (const auto ended = parse(app, "keys compact", arguments)) {
    return *ended;
  }
  const auto dropped = compact(path);
  if (!dropped) {
    return report("keys compact", dropped.error());
  }
  fmt::print("{}\n", json ? JsonTree::object({{"dropped", JsonTree::number(*dropped)}}).canonical()
                          : fmt::format("{} shredded keys dropped", *dropped));
  return Exit::Ok;
}

}  // namespace cairn::cli
