// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <array>
#include <random>

#include "tests/contract/disk_contract.h"

namespace cairn::test {

using sys::Allocation;
using sys::ConstBuffer;
using sys::direct_alignment;
using sys::MutableBuffer;
using sys::OpenMode;

namespace {

std::string read_all(sys::File& file) {
  std::string contents(file.size().value_or(0) + 7, '?');
  const auto count = file.read(0, std::as_writable_bytes(std::span(contents)));
  contents.resize(count.value_or(0));
  return contents;
}

std::string zeros(std::size_t count) {
  return std::string(count, '\0');
}

void preallocate_at_random(sys::File& file, std::string& model, std::size_t size,
                           std::mt19937_64& random) {
  const Allocation how = random() % 4 == 0 ? Allocation::WriteZeros : Allocation::Reserve;
  ASSERT_EQ(outcome(file.preallocate(size, how)), "ok");
  model.resize(std::max(model.size(), size));
}

void read_and_compare(sys::File& file, const std::string& model, std::size_t offset,
                      std::size_t length) {
  std::string back(length, '?');
  const auto count = file.read(offset, std::as_writable_bytes(std::span(back)));
  back.resize(count.value());
  ASSERT_EQ(back, offset < model.size() ? model.substr(offset, length) : "");
}

void write_both(sys::File& file, std::string& model, std::size_t offset, const std::string& text) {
  ASSERT_EQ(outcome(file.write(offset, bytes_of(text))), "ok");
  if (!text.empty()) {
    model.resize(std::max(model.size(), offset + text.size()));
    model.replace(offset, text.size(), text);
  }
}

/// Does one thing to a file and to the model of it.
void call_at_random(sys::File& file, std::string& model, std::mt19937_64& random) {
  constexpr std::size_t size_max = 40'000;
  const std::size_t offset = random() % size_max;
  const std::size_t length = random() % 5000;
  switch (random() % 6) {
    case 0:
      ASSERT_EQ(outcome(file.resize(offset)), "ok");
      model.resize(offset);
      return;
    case 1:
      return preallocate_at_random(file, model, offset, random);
    case 2:
      return read_and_compare(file, model, offset, length);
    default:
      return write_both(file, model, offset,
                        std::string(length, static_cast<char>('a' + random() % 26)));
  }
}

}  // namespace

TEST_P(FileContract, BuffersAreWrittenAndReadInOrder) {
  // Three buffers, one empty, go out as one run of bytes and come back into other pieces.
  const auto file = open("a", {.mode = OpenMode::CreateNew});
  const std::array<ConstBuffer, 3> out = {bytes_of("one,"), bytes_of(""), bytes_of("two")};
  EXPECT_EQ(outcome(file->write(0, out)), "ok");
  std::string head(2, '?');
  std::string tail(5, '?');
  const std::array<MutableBuffer, 2> in = {std::as_writable_bytes(std::span(head)),
                                           std::as_writable_bytes(std::span(tail))};
  EXPECT_EQ(file->read(0, in).value(), 7U);
  EXPECT_EQ(head + tail, "one,two");
}

TEST_P(FileContract, ThousandsOfBuffersInOneCallWork) {
  // More pieces than an operating system takes at once, out and in.
  constexpr std::size_t count = 3000;
  const auto file = open("a", {.mode = OpenMode::CreateNew});
  std::string text;
  for (std::size_t i = 0; i < count * 3; ++i) {
    text.push_back(static_cast<char>('a' + i % 23));
  }
  std::vector<ConstBuffer> out;
  std::string back(text.size(), '?');
  std::vector<MutableBuffer> in;
  for (std::size_t i = 0; i < count; ++i) {
    out.push_back(bytes_of(text).subspan(i * 3, 3));
    in.push_back(std::as_writable_bytes(std::span(back)).subspan(i * 3, 3));
  }
  EXPECT_EQ(outcome(file->write(5, out)), "ok");
  EXPECT_EQ(file->read(5, in).value(), text.size());
  EXPECT_EQ(back, text);
}

TEST_P(FileContract, ReadStopsAtTheEnd) {
  // Across the end it is short, at the end and behind it nothing comes, and the rest of the buffer
  // stays.
  const auto file = open("a", {.mode = OpenMode::CreateNew});
  EXPECT_EQ(outcome(file->write(0, bytes_of("12345"))), "ok");
  std::string buffer(4, '?');
  EXPECT_EQ(file->read(3, std::as_writable_bytes(std::span(buffer))).value(), 2U);
  EXPECT_EQ(buffer, "45??");
  EXPECT_EQ(file->read(5, std::as_writable_bytes(std::span(buffer))).value(), 0U);
  EXPECT_EQ(file->read(5000, std::as_writable_bytes(std::span(buffer))).value(), 0U);
}

TEST_P(FileContract, NothingWrittenChangesNothing) {
  // Calls without bytes succeed, even far behind the end, and do not grow the file.
  const auto file = open("a", {.mode = OpenMode::CreateNew});
  EXPECT_EQ(outcome(file->write(100, bytes_of(""))), "ok");
  EXPECT_EQ(outcome(file->write(100, std::span<const ConstBuffer>())), "ok");
  EXPECT_EQ(file->read(0, MutableBuffer()).value(), 0U);
  EXPECT_EQ(file->size().value(), 0U);
}

TEST_P(FileContract, AGapReadsAsZeros) {
  // A write behind the end grows the file over the gap; a write inside does not grow it.
  const auto file = open("a", {.mode = OpenMode::CreateNew});
  EXPECT_EQ(outcome(file->write(0, bytes_of("ab"))), "ok");
  EXPECT_EQ(outcome(file->write(10'000, bytes_of("z"))), "ok");
  EXPECT_EQ(read_all(*file), "ab" + zeros(9998) + "z");
  EXPECT_EQ(outcome(file->write(1, bytes_of("c"))), "ok");
  EXPECT_EQ(file->size().value(), 10'001U);
}

TEST_P(FileContract, ResizeCutsAndExtendsWithZeros) {
  // What was cut off does not come back.
  const auto file = open("a", {.mode = OpenMode::CreateNew});
  EXPECT_EQ(outcome(file->write(0, bytes_of("abcdef"))), "ok");
  EXPECT_EQ(outcome(file->resize(2)), "ok");
  EXPECT_EQ(file->size().value(), 2U);
  EXPECT_EQ(outcome(file->resize(5000)), "ok");
  EXPECT_EQ(read_all(*file), "ab" + zeros(4998));
}

TEST_P(FileContract, PreallocateKeepsContentsAndGrowsWithZeros) {
  // Both ways, buffered and direct: old bytes stay, holes and new space read as zeros, and a
  // smaller size changes nothing.
  for (const Allocation how : {Allocation::Reserve, Allocation::WriteZeros}) {
    for (const bool direct : {false, true}) {
      const std::string name =
          (direct ? "direct" : "buffered") + std::to_string(static_cast<int>(how));
      put(name, "abc");
      open(name, {.mode = OpenMode::ReadWrite})->write(50'000, bytes_of("xyz")).value();
      const std::string before = "abc" + zeros(49'997) + "xyz";
      const auto file = open(name, {.mode = OpenMode::ReadWrite, .direct = direct});
      constexpr std::size_t size = 4 * direct_alignment * 25;
      EXPECT_EQ(outcome(file->preallocate(direct_alignment, how)), "ok");
      EXPECT_EQ(get(name), before);
      EXPECT_EQ(outcome(file->preallocate(size, how)), "ok");
      EXPECT_EQ(get(name), before + zeros(size - before.size()));
      EXPECT_EQ(outcome(file->preallocate(size, how)), "ok");
      EXPECT_EQ(file->size().value(), size);
    }
  }
}

TEST_P(FileContract, PreallocateOfManyMegabytesReadsAsZeros) {
  // Larger than any one internal write, to a size that is no multiple of anything.
  constexpr std::size_t size = (std::size_t{5} << 20U) + 12'345;
  const auto file = open("a", {.mode = OpenMode::CreateNew});
  EXPECT_EQ(outcome(file->preallocate(size, Allocation::WriteZeros)), "ok");
  EXPECT_EQ(file->size().value(), size);
  const std::string contents = read_all(*file);
  EXPECT_TRUE(std::ranges::all_of(contents, [](char c) { return c == '\0'; }));
}

TEST_P(FileContract, ADurableWriteIsReadBackAndGrowsTheFile) {
  const auto file = open("a", {.mode = OpenMode::CreateOrOpen});
  ASSERT_NE(file, nullptr);
  const std::array buffers = {bytes_of("one "), bytes_of("two")};
  EXPECT_EQ(outcome(file->write_durably(3, buffers)), "ok");
  EXPECT_EQ(get("a"), std::string(3, '\0') + "one two");
}

TEST_P(FileContract, AReadOnlyFileRefusesEveryChange) {
  // Write, resize and both pre-allocations; the contents stay and reading goes on.
  put("a", "kept");
  const auto file = open("a", {.mode = OpenMode::ReadOnly});
  EXPECT_EQ(outcome(file->write(0, bytes_of("no"))), "read_only");
  EXPECT_EQ(outcome(file->resize(0)), "read_only");
  EXPECT_EQ(outcome(file->preallocate(4096, Allocation::Reserve)), "read_only");
  EXPECT_EQ(outcome(file->preallocate(4096, Allocation::WriteZeros)), "read_only");
  EXPECT_EQ(read_all(*file), "kept");
}

TEST_P(FileContract, RangesPastTheGreatestSizeAreRefused) {
  // Offsets at, over and far over the limit, where sums could overflow; then the file still works.
  const auto file = open("a", {.mode = OpenMode::CreateNew});
  std::string byte(1, 'x');
  for (const std::uint64_t offset :
       {sys::file_size_max, sys::file_size_max + 1, ~std::uint64_t{0}}) {
    EXPECT_EQ(outcome(file->write(offset, bytes_of(byte))), "invalid_argument");
    EXPECT_EQ(outcome(file->read(offset, std::as_writable_bytes(std::span(byte)))),
              "invalid_argument");
  }
  EXPECT_EQ(outcome(file->resize(sys::file_size_max + 1)), "invalid_argument");
  EXPECT_EQ(outcome(file->preallocate(~std::uint64_t{0}, Allocation::Reserve)), "invalid_argument");
  EXPECT_EQ(outcome(file->write(0, bytes_of(byte))), "ok");
  EXPECT_EQ(outcome(file->sync_data()), "ok");
}

TEST_P(FileContract, ADirectFileWantsMultiples) {
  // Offset, length, address and pre-allocation size off by a little are refused, whether or not the
  // disk can do direct I/O; the file is none the worse for it.
  const auto file = open("a", {.mode = OpenMode::CreateNew, .direct = true});
  const AlignedBytes memory(3 * direct_alignment);
  const auto good = memory.part(0, direct_alignment);
  const auto bad_address = memory.part(512, direct_alignment);
  const auto bad_length = memory.part(0, direct_alignment + 512);
  EXPECT_EQ(outcome(file->write(512, good)), "invalid_argument");
  EXPECT_EQ(outcome(file->write(0, bad_address)), "invalid_argument");
  EXPECT_EQ(outcome(file->write(0, bad_length)), "invalid_argument");
  EXPECT_EQ(outcome(file->read(512, good)), "invalid_argument");
  EXPECT_EQ(outcome(file->read(0, bad_address)), "invalid_argument");
  EXPECT_EQ(outcome(file->read(0, bad_length)), "invalid_argument");
  EXPECT_EQ(outcome(file->preallocate(100, Allocation::Reserve)), "invalid_argument");
  EXPECT_EQ(file->size().value(), 0U);
  EXPECT_EQ(outcome(file->write(direct_alignment, good)), "ok");
  EXPECT_EQ(outcome(file->sync_data()), "ok");
  EXPECT_EQ(file->size().value(), 2 * direct_alignment);
}

TEST_P(FileContract, ADirectFileReadsBackAndMeetsAnOddEnd) {
  // Blocks written direct are seen buffered; after a cut to an odd size the direct read is short.
  const auto direct = open("a", {.mode = OpenMode::CreateNew, .direct = true});
  const AlignedBytes memory(4 * direct_alignment);
  memory.part(0, direct_alignment)[5] = std::byte{'x'};
  memory.part(direct_alignment, direct_alignment)[7] = std::byte{'y'};
  const std::array<ConstBuffer, 2> out = {memory.part(0, direct_alignment),
                                          memory.part(direct_alignment, direct_alignment)};
  EXPECT_EQ(outcome(direct->write(0, out)), "ok");
  EXPECT_EQ(get("a"), memory.text().substr(0, 2 * direct_alignment));
  constexpr std::size_t odd = direct_alignment + 100;
  EXPECT_EQ(outcome(direct->resize(odd)), "ok");
  const AlignedBytes back(4 * direct_alignment);
  EXPECT_EQ(direct->read(0, back.span()).value(), odd);
  EXPECT_EQ(back.text().substr(0, odd), memory.text().substr(0, odd));
  EXPECT_EQ(direct->read(4 * direct_alignment, back.span()).value(), 0U);
}

TEST_P(FileContract, AMappingHasTheBytesOfTheFile) {
  // What was written before, to the last byte and no further, synced or not; of an empty file none.
  const std::string text(3 * direct_alignment + 17, 'm');
  put("a", text);
  const auto file = open("a", {.mode = OpenMode::ReadOnly});
  const auto mapping = file->map();
  ASSERT_TRUE(mapping) << mapping.error().to_string();
  EXPECT_TRUE(std::ranges::equal((*mapping)->bytes(), bytes_of(text)));
  EXPECT_TRUE(open("b", {.mode = OpenMode::CreateNew})->map().value()->bytes().empty());
}

TEST_P(FileContract, AMappingOutlivesTheFileAndItsName) {
  // Closed, renamed and removed: the bytes stay.
  put("a", "mapped bytes");
  auto file = open("a", {.mode = OpenMode::ReadOnly});
  const auto mapping = file->map().value();
  file.reset();
  EXPECT_EQ(outcome(disk().rename("a", "b")), "ok");
  EXPECT_EQ(outcome(disk().remove("b")), "ok");
  EXPECT_TRUE(std::ranges::equal(mapping->bytes(), bytes_of("mapped bytes")));
}

TEST_P(FileContract, ADirectFileIsNotMapped) {
  // Refused by name, whether or not the disk can do direct I/O, and harmless.
  const auto file = open("a", {.mode = OpenMode::CreateNew, .direct = true});
  EXPECT_EQ(outcome(file->map()), "invalid_argument");
  EXPECT_EQ(outcome(file->resize(direct_alignment)), "ok");
  EXPECT_EQ(outcome(file->map()), "invalid_argument");
}

TEST_P(FileContract, ABufferedFileIsNotDirect) {
  // Only a file that was asked to be direct may say that it is.
  EXPECT_FALSE(open("a", {.mode = OpenMode::CreateNew})->is_direct());
}

TEST_P(FileContract, RandomCallsMatchAModelInMemory) {
  // Writes, reads, resizes, pre-allocations and syncs at random, against a string.
  const auto seed = std::random_device{}();
  SCOPED_TRACE("seed " + std::to_string(seed));
  std::mt19937_64 random(seed);
  const auto file = open("a", {.mode = OpenMode::CreateNew});
  std::string model;
  for (int step = 0; step < 300; ++step) {
    call_at_random(*file, model, random);
    ASSERT_FALSE(HasFatalFailure());
    ASSERT_EQ(file->size().value(), model.size());
  }
  ASSERT_EQ(outcome(file->sync_data()), "ok");
  EXPECT_EQ(get("a"), model);
}

}  // namespace cairn::test
