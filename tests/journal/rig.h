// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include <cairn/domain.h>

#include "cairn/digest.h"
#include "journal/transaction.h"
#include "journal/verify.h"
#include "sys/disk.h"
#include "tests/support/bytes.h"

namespace cairn::journal {

namespace sample {
// NOLINTNEXTLINE(google-build-using-namespace): how every domain starts.
using namespace cairn::dsl;

struct Placed {
  Str<32> what = {};
  u32 pieces = 0;
  using schema = Event<1>;
};

struct Noted {
  Text<200> note = {};
  using schema = Event<2>;
};

// NOLINTNEXTLINE(readability-identifier-naming): rules are lower case.
struct small_orders : Gate<> {};

struct Shop : Domain<"shop", 1, Events<Placed, Noted>, Gates<small_orders>> {};
}  // namespace sample

/// The files of a folder, by path below it.
using Files = std::map<std::string, test::Bytes>;

/// All that lies in a folder of a disk; "" for all of the disk.
[[nodiscard]] Files read_files(sys::Disk& disk, const std::string& folder);
/// Makes these files, and only these, be in the folder.
void write_files(const Files& files, sys::Disk& disk, const std::string& folder);

/// Files as a disk that nobody can change: whoever tries is told ReadOnly. Refers to them.
[[nodiscard]] std::unique_ptr<sys::Disk> make_frozen_disk(const Files& files);

/// A journal with a few hundred events of a shop, several segments, an index and a tree, made
/// through the event store; a rotation of keys is its last transaction but some. Made once.
struct SampleJournal {
  Files files;
  std::vector<test::Bytes> records;  ///< of the transactions, in order
  std::vector<Digest> hashes;
  JournalVerdict verdict;  ///< what verifying it says
};

[[nodiscard]] const SampleJournal& sample_journal();

/// The files of a journal whose log has these records, so many to a batch, with the schemas of the
/// sample. Every batch is validly chained: nothing but what the records say can be wrong with it.
[[nodiscard]] Files forge(const std::vector<test::Bytes>& records, std::size_t batch_count);

/// The bytes of a record that was read from `bytes` and then changed.
[[nodiscard]] test::Bytes changed(const test::Bytes& bytes,
                                  const std::function<void(TransactionRecord&)>& change);
/// The same for one of its events.
[[nodiscard]] test::Bytes changed_event(const test::Bytes& bytes, std::size_t event,
                                        const std::function<void(EventRecord&)>& change);

}  // namespace cairn::journal
