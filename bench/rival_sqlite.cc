// SPDX-License-Identifier: Apache-2.0
#include <filesystem>

#include <sqlite3.h>

#include "base/check.h"
#include "bench/rival_store.h"

namespace cairn::bench {

namespace {

class SqliteStore final : public RivalStore {
 public:
  explicit SqliteStore(const std::string& folder) {
    std::filesystem::create_directories(folder);
    CAIRN_CHECK(sqlite3_open((folder + "/events.db").c_str(), &database_) == SQLITE_OK);
    run("PRAGMA journal_mode=WAL");
    run("PRAGMA synchronous=FULL");
    run("CREATE TABLE events (sequence INTEGER PRIMARY KEY, stream TEXT NOT NULL, version INTEGER "
        "NOT NULL, payload BLOB NOT NULL, UNIQUE (stream, version))");
    begin_ = prepare("BEGIN IMMEDIATE");
    insert_ = prepare("INSERT INTO events (stream, version, payload) VALUES (?, ?, ?)");
    commit_ = prepare("COMMIT");
  }

  ~SqliteStore() override {
    for (sqlite3_stmt* const statement : {begin_, insert_, commit_}) {
      sqlite3_finalize(statement);
    }
    sqlite3_close(database_);
  }

  SqliteStore(const SqliteStore&) = delete;
  SqliteStore& operator=(const SqliteStore&) = delete;

  void append(std::span<const RivalEvent> events) override {
    step(begin_);
    for (const RivalEvent& event : events) {
      sqlite3_bind_text(insert_, 1, event.stream.data(), static_cast<int>(event.stream.size()),
                        SQLITE_STATIC);
      sqlite3_bind_int64(insert_, 2, static_cast<sqlite3_int64>(event.version));
      sqlite3_bind_blob(insert_, 3, event.payload.data(), static_cast<int>(event.payload.size()),
                        SQLITE_STATIC);
      step(insert_);
    }
    step(commit_);
  }

 private:
  void run(const char* sql) {
    CAIRN_CHECK(sqlite3_exec(database_, sql, nullptr, nullptr, nullptr) == SQLITE_OK);
  }

  sqlite3_stmt* prepare(const char* sql) {
    sqlite3_stmt* statement = nullptr;
    CAIRN_CHECK(sqlite3_prepare_v2(database_, sql, -1, &statement, nullptr) == SQLITE_OK);
    return statement;
  }

  static void step(sqlite3_stmt* statement) {
    CAIRN_CHECK(sqlite3_step(statement) == SQLITE_DONE);
    sqlite3_reset(statement);
  }

  sqlite3* database_ = nullptr;
  sqlite3_stmt* begin_ = nullptr;
  sqlite3_stmt* insert_ = nullptr;
  sqlite3_stmt* commit_ = nullptr;
};

}  // namespace

std::unique_ptr<RivalStore> make_sqlite_store(const std::string& folder) {
  return std::make_unique<SqliteStore>(folder);
}

}  // namespace cairn::bench
