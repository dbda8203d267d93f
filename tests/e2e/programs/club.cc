// SPDX-License-Identifier: Apache-2.0
// Members in an event store, their names sealed: see README.md.
#include <cstdio>
#include <fstream>
#include <string>
#include <utility>
#include <vector>

#include <cairn/store.h>

namespace club {
using namespace cairn::dsl;

struct Joined {
  Secret<Str<64>> name = {};
  Str<16> city = {};
  using schema = Event<1>;
};

struct Club : Domain<"club", 1, Events<Joined>> {};
}  // namespace club

namespace {

using cairn::Result;
using cairn::Store;
using cairn::store::Cursor;
using cairn::store::StoredEvent;
using club::Joined;

/// The first line of a file; nothing for "-".
cairn::SecretText key_in(const std::string& path) {
  std::string line;
  if (path != "-") {
    std::getline(std::ifstream(path), line);
  }
  return cairn::SecretText(std::move(line));
}

Result<> join(Store<club::Club>& store, const std::string& name) {
  CAIRN_TRY(const auto text, cairn::Str<64>::from(name));
  CAIRN_TRY(const auto members, store.version({.entity = "count"}));
  const std::string entity = "member/" + std::to_string(members + 1);
  CAIRN_TRY(const auto sealed, store.seal<&Joined::name>({.entity = entity}, text));
  cairn::store::Batch<club::Club> batch;
  batch.add({.entity = entity}, Joined{.name = sealed, .city = "London"});
  batch.add({.entity = "count"}, Joined{});
  CAIRN_TRY(store.append(batch));
  return {};
}

Result<> print_names(Store<club::Club>& store) {
  Cursor cursor;
  const cairn::Region members = {.entity_prefix = "member/"};
  CAIRN_TRY(const auto events, store.page(members, cursor, 1000));
  for (const StoredEvent& event : events) {
    CAIRN_TRY(const auto name, store.reveal<&Joined::name>(event));
    std::printf("%s %s\n", event.entity.c_str(),
                name ? std::string(name->view()).c_str() : "erased");
  }
  return {};
}

Result<> run(const std::vector<std::string>& arguments) {
  cairn::store::StoreOptions options;
  options.segment_bytes = 1U << 17U;
  options.batch_bytes_max = 1U << 14U;
  options.keyring = arguments[1];
  options.signing_key = key_in(arguments[2]);
  options.retiring_key = key_in(arguments[3]);
  CAIRN_TRY(auto store, Store<club::Club>::open(arguments[0], options));
  for (std::size_t i = 4; i < arguments.size(); ++i) {
    CAIRN_TRY(join(store, arguments[i]));
  }
  CAIRN_TRY(print_names(store));
  return store.close();
}

}  // namespace

int main(int count, char** values) {
  const std::vector<std::string> arguments(values + 1, values + count);
  if (arguments.size() < 4) {
    std::fputs("usage: club FOLDER KEYRING KEY RETIRING NAME...\n", stderr);
    return 2;
  }
  if (const Result<> done = run(arguments); !done) {
    std::fprintf(stderr, "%s\n", done.error().to_string().c_str());
    return 1;
  }
  return 0;
}
