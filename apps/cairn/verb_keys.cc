// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <array>
#include <cstdint>
#include <cstdio>
#include <limits>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <fmt/core.h>
#include <fmt/ranges.h>

#include "apps/cairn/arguments.h"
#include "apps/cairn/journal_files.h"
#include "apps/cairn/verb.h"
#include "apps/cairn/verb_key_history.h"
#include "apps/cairn/verb_keyring.h"
#include "base/sign.h"
#include "schema/json_tree.h"
#include "sys/posix/posix_random.h"

namespace cairn::cli {

namespace {

using journal::SignerKey;
using journal::VerifierKey;
using schema::JsonTree;

constexpr auto help =
    "Keys that sign heads of a journal (docs/formats/receipt.md), and keys under which its secrets "
    "are sealed\n(docs/formats/keyring.md).\n\n"
    "`cairn keys generate NAME FILE`      makes a key pair\n"
    "`cairn keys show KEY...`             prints public keys\n"
    "`cairn keys rotate OLD NEW`          makes the statement that a new key follows an old one\n"
    "`cairn keys history DIR`             lists the keys that have signed the heads of a journal\n"
    "`cairn keys list KEYRING`            lists the entities whose secrets can be opened\n"
    "`cairn keys shred KEYRING ENTITY...` erases for ever what is sealed about entities\n"
    "`cairn keys compact KEYRING`         forgets the entities whose keys were shredded\n\n"
    "exit status: 0 done; 1 a file cannot be read or written, or is no key; 2 wrong usage\n\n"
    "example: cairn keys generate example.org/bank bank.key";

constexpr unsigned private_mode = 0600;
constexpr unsigned public_mode = 0644;

Exit report(std::string_view verb, const Error& error) {
  fmt::print(stderr, "cairn {}: {}\n", verb, error.to_string());
  return Exit::Failed;
}

/// The public file first: if it is in the way, no private key is left behind.
Result<> write_pair(const SignerKey& key, const std::string& path) {
  const std::string public_path = path + ".pub";
  CAIRN_TRY(write_new_file(public_path, key.verifier().to_string() + '\n', public_mode));
  const SecretText text = key.to_text();
  std::string file;
  file.reserve(text.reveal().size() + 1);
  file.append(text.reveal()).append(1, '\n');
  Result<> written = write_new_file(path, file, private_mode);
  wipe_bytes(std::as_writable_bytes(std::span(file)));
  if (!written) {
    std::remove(public_path.c_str());
  }
  return written;
}

JsonTree as_json(const VerifierKey& key) {
  return JsonTree::object(
      {{"id", fmt::format("{:08x}", key.id())}, {"key", key.to_string()}, {"name", key.name()}});
}

Exit run_generate(Arguments arguments) {
  CLI::App app(
      "Makes a key pair: the private key in FILE, which only you can read, the public one in "
      "FILE.pub and on\nstandard output. Neither file may be there already.\n\n"
      "example: cairn keys generate example.org/bank bank.key");
  std::string name;
  std::string path;
  bool json = false;
  app.add_option("NAME", name, "of the journal, like example.org/bank; without '+' and spaces")
      ->required()
      ->check([](const std::string& text) {
        return journal::is_key_name(text) ? "" : "this cannot be the name of a key";
      });
  app.add_option("FILE", path, "of the private key")->required();
  app.add_flag("--json", json, "one JSON object");
  if (const auto ended = parse(app, "keys generate", arguments)) {
    return *ended;
  }
  sys::PosixRandom random;
  const SignerKey key = SignerKey::generate(name, random);
  if (const Result<> written = write_pair(key, path); !written) {
    return report("keys generate", written.error());
  }
  fmt::print("{}\n", json ? as_json(key.verifier()).canonical() : key.verifier().to_string());
  return Exit::Ok;
}

Exit run_show(Arguments arguments) {
  CLI::App app(
      "Prints public keys with their names and ids. KEY is the text of one, or a file with one on "
      "each line.\n\nexample: cairn keys show bank.key.pub");
  std::vector<std::string> given;
  bool json = false;
  app.add_option("KEY", given, "a public key or a file of them")->required();
  app.add_flag("--json", json, "one JSON array");
  if (const auto ended = parse(app, "keys show", arguments)) {
    return *ended;
  }
  const auto keys = load_keys(given);
  if (!keys) {
    return report("keys show", keys.error());
  }
  JsonTree list = JsonTree::array();
  std::string table = fmt::format("{:<8}  {:<32}  {}\n", "id", "name", "key");
  for (const VerifierKey& key : *keys) {
    list.push(as_json(key));
    table += fmt::format("{:08x}  {:<32}  {}\n", key.id(), key.name(), key.to_string());
  }
  fmt::print("{}", json ? list.canonical() + "\n" : table);
  return Exit::Ok;
}

Result<std::string> make_rotation(const std::string& older, const std::string& newer,
                                  std::uint64_t size) {
  CAIRN_TRY(const SignerKey retiring, load_signer(older));
  CAIRN_TRY(const SignerKey successor, load_signer(newer));
  if (retiring.verifier().name() != successor.verifier().name()) {
    return fail(Errc::InvalidArgument,
                fmt::format("the keys have different names, {} and {}", retiring.verifier().name(),
                            successor.verifier().name()));
  }
  if (retiring.verifier() == successor.verifier()) {
    return fail(Errc::InvalidArgument, "both files hold the same key");
  }
  return print_note(sign_rotation(size, retiring, successor));
}

Exit run_rotate(Arguments arguments) {
  CLI::App app(
      "Prints the statement that from a size of the journal's tree on, NEW signs its heads instead "
      "of OLD; both sign it.\n\n"
      "example: cairn keys rotate bank.key bank-2.key --from 100000 > bank.rotation");
  std::string older;
  std::string newer;
  std::uint64_t size = 0;
  app.add_option("OLD", older, "the file of the private key that retires")->required();
  app.add_option("NEW", newer, "the file of the private key that follows")->required();
  add_number(app, "--from", size, {.min = 1, .max = std::numeric_limits<std::int64_t>::max()},
             "the first size whose head NEW signs")
      ->required();
  if (const auto ended = parse(app, "keys rotate", arguments)) {
    return *ended;
  }
  const auto note = make_rotation(older, newer, size);
  if (!note) {
    return report("keys rotate", note.error());
  }
  fmt::print("{}", *note);
  return Exit::Ok;
}

}  // namespace

Exit run_keys(Arguments arguments) {
  struct Word {
    std::string_view name;
    Exit (*run)(Arguments arguments);
  };

  constexpr std::array words = {Word{.name = "generate", .run = run_generate},
                                Word{.name = "show", .run = run_show},
                                Word{.name = "rotate", .run = run_rotate},
                                Word{.name = "history", .run = run_key_history},
                                Word{.name = "list", .run = run_list_keyring},
                                Word{.name = "shred", .run = run_shred_keys},
                                Word{.name = "compact", .run = run_compact_keyring}};
  const std::string_view word = arguments.empty() ? "" : arguments.front();
  const auto* const found = std::ranges::find(words, word, &Word::name);
  if (found != words.end()) {
    return found->run(arguments.subspan(1));
  }
  CLI::App app(help);
  std::string unknown;
  std::vector<std::string> names;
  names.reserve(words.size());
  for (const Word& each : words) {
    names.emplace_back(each.name);
  }
  app.add_option("WHAT", unknown, fmt::format("{}", fmt::join(names, ", ")))
      ->required()
      ->check(CLI::IsMember(names));
  const auto ended = parse(app, "keys", arguments);
  return ended.value_or(Exit::Usage);
}

}  // namespace cairn::cli
