// SPDX-License-Identifier: Apache-2.0
#include "watchdog/quarantine.h"

#include <algorithm>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "sys/disk.h"

namespace cairn::watchdog {
namespace {

using testing::HasSubstr;
using testing::IsEmpty;

Quarantined command(unsigned char number) {
  Quarantined made = {.command = {},
                      .domain = "bank",
                      .name = "Transfer",
                      .position = Seq(number),
                      .time = {1'800'000'000'000'000'000}};
  made.command.bytes.fill(std::byte{number});
  return made;
}

std::string text_of(const std::vector<Quarantined>& commands) {
  std::string text = quarantine_head();
  for (const Quarantined& each : commands) {
    text += to_line(each);
  }
  return text;
}

/// What a test looks at and lets fail: one file, and what was promised of it.
struct Notes {
  std::string bytes;
  std::string calls;
  bool fails_write = false;
  bool fails_sync = false;
};

Result<> answer(bool fails) {
  return fails ? fail(Errc::IoFailed, "the test says so") : Result<>();
}

class OneFile final : public sys::File {
 public:
  explicit OneFile(Notes& notes) : notes_(notes) {}

  Result<std::size_t> read(std::uint64_t offset,
                           std::span<const sys::MutableBuffer> buffers) override {
    const std::string piece = notes_.bytes.substr(offset, buffers.front().size());
    std::ranges::copy(std::as_bytes(std::span(piece)), buffers.front().begin());
    return piece.size();
  }

  Result<> write(std::uint64_t offset, std::span<const sys::ConstBuffer> buffers) override {
    notes_.calls += "write ";
    const sys::ConstBuffer bytes = buffers.front();
    notes_.bytes.resize(std::max<std::size_t>(notes_.bytes.size(), offset + bytes.size()));
    std::ranges::copy(bytes, std::as_writable_bytes(std::span(notes_.bytes)).begin() +
                                 static_cast<std::ptrdiff_t>(offset));
    return answer(notes_.fails_write);
  }

  Result<> sync_data() override {
    notes_.calls += "sync ";
    return answer(notes_.fails_sync);
  }

  [[nodiscard]] Result<std::uint64_t> size() const override { return notes_.bytes.size(); }

  Result<> resize(std::uint64_t size) override {
    notes_.bytes.resize(size);
    return {};
  }

  Result<> preallocate(std::uint64_t /*size*/, sys::Allocation /*how*/) override {
    return fail(Errc::Unsupported, "nobody needs it");
  }

  [[nodiscard]] bool is_direct() const noexcept override { return false; }

 private:
  Notes& notes_;
};

/// A disk that holds one file, and can do what a quarantine needs.
class OneFileDisk final : public sys::Disk {
 public:
  explicit OneFileDisk(Notes& notes) : notes_(notes) {}

  Result<std::unique_ptr<sys::File>> open(std::string_view path,
                                          sys::OpenOptions options) override {
    EXPECT_EQ(path, "q");
    EXPECT_EQ(options.mode, sys::OpenMode::CreateOrOpen);
    return std::make_unique<OneFile>(notes_);
  }

  Result<> sync_folder(std::string_view folder) override {
    EXPECT_EQ(folder, "");
    notes_.calls += "folder ";
    return {};
  }

  Result<> create_folder(std::string_view /*path*/) override { return unneeded(); }

  Result<std::vector<sys::Entry>> list(std::string_view /*folder*/) override { return unneeded(); }

  Result<sys::Entry> stat(std::string_view /*path*/) override { return unneeded(); }

  Result<> rename(std::string_view /*from*/, std::string_view /*to*/) override {
    return unneeded();
  }

  Result<> remove(std::string_view /*path*/) override { return unneeded(); }

  Result<std::unique_ptr<sys::FolderLock>> lock_folder(std::string_view /*folder*/) override {
    return unneeded();
  }

  Result<sys::Space> free_space() override { return unneeded(); }

  Result<std::unique_ptr<sys::IoQueue>> make_queue(sys::IoQueueOptions /*options*/) override {
    return unneeded();
  }

  [[nodiscard]] std::string_view backend() const noexcept override { return "one file"; }

 private:
  static std::unexpected<Error> unneeded() { return fail(Errc::Unsupported, "nobody needs it"); }

  Notes& notes_;
};

struct QuarantineFile : testing::Test {
  [[nodiscard]] Result<Quarantine> open() { return Quarantine::open(disk, "q"); }

  [[nodiscard]] const std::string& read() const { return notes.bytes; }

  void write(const std::string& text) { notes.bytes = text; }

  Notes notes;
  OneFileDisk disk = OneFileDisk(notes);
};

TEST_F(QuarantineFile, HoldsWhatAnEarlierProcessPutThere) {
  // Three openings: an empty one, one that finds one command, one that finds two.
  const Quarantined one = command(1);
  const Quarantined two = command(2);
  {
    Quarantine first = open().value();
    EXPECT_TRUE(first.is_empty());
    ASSERT_TRUE(first.add(one));
    ASSERT_TRUE(first.add(one));
    EXPECT_TRUE(first.holds(one.command));
  }
  {
    Quarantine second = open().value();
    EXPECT_TRUE(second.holds(one.command));
    EXPECT_FALSE(second.holds(two.command));
    ASSERT_TRUE(second.add(two));
  }
  const Quarantine third = open().value();
  EXPECT_TRUE(third.holds(one.command));
  EXPECT_TRUE(third.holds(two.command));
  EXPECT_EQ(read(), text_of({one, two}));
}

TEST_F(QuarantineFile, IsOnTheDiskBeforeAddReturns) {
  // The file's name is made durable with the file; after that each line is written, then synced.
  Quarantine quarantine = open().value();
  EXPECT_EQ(notes.calls, "write sync folder ");
  notes.calls.clear();
  ASSERT_TRUE(quarantine.add(command(1)));
  EXPECT_EQ(notes.calls, "write sync ");
}

TEST_F(QuarantineFile, ThatCannotBeWrittenStillHoldsInThisProcess) {
  // The write fails, then the promise.
  for (const bool sync : {false, true}) {
    Quarantine quarantine = open().value();
    (sync ? notes.fails_sync : notes.fails_write) = true;
    const auto added = quarantine.add(command(1));
    ASSERT_FALSE(added);
    EXPECT_EQ(added.error().code(), Errc::IoFailed);
    EXPECT_TRUE(quarantine.holds(command(1).command));
    notes.fails_sync = notes.fails_write = false;
    write("");
  }
}

TEST_F(QuarantineFile, CutShortAnywhereLosesTheLastLineOnlyAndSaysSo) {
  // Every length that a torn write can leave; what is written next comes where the whole lines end.
  const std::string whole = text_of({command(1), command(2)});
  const std::size_t first = text_of({command(1)}).size();
  for (std::size_t size = 0; size < whole.size(); ++size) {
    write(whole.substr(0, size));
    auto opened = open();
    ASSERT_TRUE(opened) << size << ": " << opened.error().to_string();
    EXPECT_EQ(opened->holds(command(1).command), size >= first) << size;
    EXPECT_FALSE(opened->holds(command(2).command)) << size;
    const bool is_whole = size == first || size == quarantine_head().size();
    EXPECT_EQ(opened->left_out().empty(), is_whole || size == 0) << size << opened->left_out();
    ASSERT_TRUE(opened->add(command(3)));
    EXPECT_EQ(read(), size >= first ? text_of({command(1), command(3)}) : text_of({command(3)}));
  }
}

TEST_F(QuarantineFile, DamagedAnywhereIsRefusedByTheLineOrLosesTheEndAndSaysSo) {
  // Each bit of each byte: no command comes out that was not put in, and none is lost in silence.
  const std::string whole = text_of({command(1), command(2)});
  const std::size_t last_line = text_of({command(1)}).size();
  for (std::size_t bit = 0; bit < whole.size() * 8; ++bit) {
    std::string damaged = whole;
    damaged[bit / 8] = static_cast<char>(damaged[bit / 8] ^ (1 << bit % 8));
    const auto read = parse_quarantine(damaged);
    // Without its line feed a line is one with the last.
    const bool is_in_last = bit / 8 + 1 >= last_line;
    if (!read) {
      EXPECT_TRUE(!is_in_last || damaged[bit / 8] == '\n') << bit;
      EXPECT_FALSE(read.error().to_string().empty());
    } else {
      EXPECT_TRUE(is_in_last) << bit;
      EXPECT_FALSE(read->left_out.empty()) << bit;
      EXPECT_LE(read->commands.size(), 1U);
      EXPECT_TRUE(read->commands.empty() || read->commands.front() == command(1));
    }
  }
}

TEST_F(QuarantineFile, ThatIsSomethingElseIsRefusedByNameAndLeftAlone) {
  // Another file, a newer version, one that is too large, a damaged line before a good one.
  const std::string damaged = quarantine_head() + "nonsense\n" + to_line(command(1));

  struct Wrong {
    std::string text;
    Errc code;
    const char* said;
  };

  const std::string large((1U << 20U) + 1, 'x');
  const std::vector<Wrong> wrong = {
      {.text = "a letter to a friend\n", .code = Errc::Corrupt, .said = "no quarantine file"},
      {.text = "cairn quarantine 2\n", .code = Errc::Unsupported, .said = "version 1"},
      {.text = large, .code = Errc::TooLarge, .said = "the limit is"},
      {.text = damaged, .code = Errc::Corrupt, .said = "line 2"}};
  for (const auto& each : wrong) {
    write(each.text);
    const auto opened = open();
    ASSERT_FALSE(opened);
    EXPECT_EQ(opened.error().code(), each.code);
    EXPECT_THAT(opened.error().to_string(), HasSubstr("q: "));
    EXPECT_THAT(opened.error().to_string(), HasSubstr(each.said));
    EXPECT_EQ(read(), each.text);
  }
}

TEST_F(QuarantineFile, ALineThatIsTakenOutByHandIsGone) {
  // Its neighbours stay: no line hangs on another.
  write(text_of({command(1), command(3)}));
  const Quarantine quarantine = open().value();
  EXPECT_TRUE(quarantine.holds(command(1).command));
  EXPECT_FALSE(quarantine.holds(command(2).command));
  EXPECT_TRUE(quarantine.holds(command(3).command));
  EXPECT_THAT(quarantine.left_out(), IsEmpty());
}

TEST(CommandIdentity, IsOfDomainKindAndBytes) {
  // A change of any makes another, and a piece of one does not become a piece of the next.
  const std::vector<std::byte> bytes = {std::byte{1}, std::byte{2}};
  const Digest domain = {};
  Digest other_domain = {};
  other_domain.bytes[31] = std::byte{1};
  const Digest identity = identity_of(domain, 4, bytes);
  EXPECT_EQ(identity_of(domain, 4, bytes), identity);
  EXPECT_NE(identity_of(other_domain, 4, bytes), identity);
  EXPECT_NE(identity_of(domain, 5, bytes), identity);
  EXPECT_NE(identity_of(domain, 4, std::span(bytes).first(1)), identity);
  EXPECT_NE(identity_of(domain, 0x0104, std::span(bytes).subspan(1)), identity);
}

}  // namespace
}  // namespace cairn::watchdog
