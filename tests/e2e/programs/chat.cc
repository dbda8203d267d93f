// SPDX-License-Identifier: Apache-2.0
// What people say, and who follows it under a name, in an event store: see README.md.
#include <cstdio>
#include <string>
#include <vector>

#include <cairn/store.h>
#include <cairn/store_consumer.h>

namespace chat {
using namespace cairn::dsl;

struct Said {
  Str<16> word = {};
  using schema = Event<1>;
};

struct Echoed {
  Str<16> word = {};
  using schema = Event<2>;
};

struct Chat : Domain<"chat", 1, Events<Said, Echoed>> {};
}  // namespace chat

namespace {

using cairn::Result;
using cairn::store::StoredEvent;
using chat::Echoed;
using chat::Said;
using Store = cairn::Store<chat::Chat>;
using Words = std::vector<std::string>;

Result<> say(Store& store, const Words& words) {
  for (const std::string& word : words) {
    CAIRN_TRY(const auto text, cairn::Str<16>::from(word));
    CAIRN_TRY(store.append({.entity = "room"}, Said{.word = text}));
  }
  return {};
}

/// Prints what a consumer hears next, and moves it on.
Result<> hear(Store& store, const std::string& name, std::size_t count) {
  CAIRN_TRY(auto consumer, cairn::store::Consumer::open(store.core(), name, {.kinds = {1}}));
  CAIRN_TRY(const auto events, consumer.next(count, cairn::milliseconds(0)));
  for (const StoredEvent& event : events) {
    std::printf("%s\n", std::string((*Store::as<Said>(event))->word.view()).c_str());
  }
  return consumer.commit();
}

/// Repeats what was said, each once; prints how many that were.
Result<> echo(Store& store, const std::string& name) {
  const auto repeat = [](const StoredEvent& event, cairn::store::Reactor::Out& out) -> Result<> {
    cairn::store::Batch<chat::Chat> batch;
    batch.add({.entity = "echo"}, Echoed{.word = (*Store::as<Said>(event))->word});
    out.add(batch.view({}).events[0]);
    return {};
  };
  CAIRN_TRY(auto reactor, cairn::store::Reactor::open(store.core(), name, {.kinds = {1}}, repeat));
  CAIRN_TRY(const std::size_t count, reactor.step(100, cairn::milliseconds(0)));
  std::printf("%zu\n", count);
  return {};
}

Result<> run(const Words& arguments) {
  CAIRN_TRY(auto store, Store::open(arguments[0]));
  const std::string& verb = arguments[1];
  if (verb == "say") {
    CAIRN_TRY(say(store, Words(arguments.begin() + 2, arguments.end())));
  } else if (verb == "hear") {
    CAIRN_TRY(hear(store, arguments[2], std::stoul(arguments[3])));
  } else {
    CAIRN_TRY(echo(store, arguments[2]));
  }
  return store.close();
}

}  // namespace

int main(int count, char** values) {
  const Words arguments(values + 1, values + count);
  if (arguments.size() < 3) {
    std::fputs("usage: chat FOLDER say WORD... | hear NAME COUNT | echo NAME\n", stderr);
    return 2;
  }
  if (const Result<> done = run(arguments); !done) {
    std::fprintf(stderr, "%s\n", done.error().to_string().c_str());
    return 1;
  }
  return 0;
}
