// SPDX-License-Identifier: Apache-2.0
#include "tests/log/rig.h"

#include "base/check.h"
#include "sys/posix/posix_disk.h"

namespace cairn::log {

std::uint64_t CountedRandom::next() noexcept {
  // SplitMix64.
  state_ += 0x9e3779b97f4a7c15U;
  std::uint64_t z = state_;
  z = (z ^ (z >> 30U)) * 0xbf58476d1ce4e5b9U;
  z = (z ^ (z >> 27U)) * 0x94d049bb133111ebU;
  return z ^ (z >> 31U);
}

void CountedRandom::fill(std::span<std::byte> out) noexcept {
  for (std::byte& byte : out) {
    byte = static_cast<std::byte>(next());
  }
}

Options small_options() {
  return {.segment_bytes = 65'536,
          .batch_bytes_max = 16'384,
          .batch_count_max = 64,
          .depth = 3,
          .keeps_reserve = false};
}

test::Bytes record_of(std::uint64_t sequence, std::size_t size) {
  CountedRandom random(sequence);
  test::Bytes bytes(size);
  random.fill(bytes);
  return bytes;
}

Rig::Rig(const Options& options, std::uint64_t seed)
    : options_(options),
      random_(seed),
      disk_(sys::make_posix_disk(temp_.path(), sys::DiskBackend::Auto).value()) {}

Result<> Rig::open() {
  writer_.reset();
  CAIRN_TRY(writer_, Writer::open(*disk_, "log", options_, random_));
  return {};
}

void Rig::append(std::size_t count, std::size_t size) {
  for (std::size_t i = 0; i < count; ++i) {
    const test::Bytes record = record_of(writer_->next(), size);
    const auto sequence = writer_->stage(record);
    CAIRN_CHECK(sequence.has_value());
    expected_[*sequence] = record;
  }
  const auto flushed = writer_->flush({.nanoseconds = static_cast<std::int64_t>(count)});
  CAIRN_CHECK(flushed.has_value());
}

namespace {

void note(const BatchView& batch, std::uint64_t from, Records& found) {
  for (std::size_t i = 0; i < batch.count(); ++i) {
    if (batch.first() + i >= from) {
      found[batch.first() + i] = test::exact_copy(batch.record(i));
    }
  }
}

}  // namespace

Result<Records> Rig::read_all(std::uint64_t from) {
  CAIRN_TRY(const auto reader, Reader::open(*disk_, "log"));
  CAIRN_TRY(reader->seek(from));
  Records found;
  while (true) {
    CAIRN_TRY(const BatchView* const batch, reader->next());
    if (batch == nullptr) {
      return found;
    }
    note(*batch, from, found);
  }
}

test::Bytes Rig::file(std::string_view name) {
  const auto opened = folder().open(name, {}).value();
  test::Bytes bytes(opened->size().value());
  CAIRN_CHECK(opened->read(0, sys::MutableBuffer(bytes)).value() == bytes.size());
  return bytes;
}

void Rig::set_file(std::string_view name, std::span<const std::byte> bytes) {
  const auto opened = folder().open(name, {.mode = sys::OpenMode::CreateOrOpen}).value();
  CAIRN_CHECK(opened->resize(bytes.size()).has_value());
  CAIRN_CHECK(opened->write(0, sys::ConstBuffer(bytes)).has_value());
}

std::map<std::string, test::Bytes> Rig::files() {
  std::map<std::string, test::Bytes> files;
  const std::vector<sys::Entry> entries = disk_->list("log").value();
  for (const sys::Entry& entry : entries) {
    files[entry.name] = file(entry.name);
  }
  return files;
}

void Rig::set_files(const std::map<std::string, test::Bytes>& files) {
  const std::vector<sys::Entry> entries = disk_->list("log").value();
  for (const sys::Entry& entry : entries) {
    if (!files.contains(entry.name)) {
      CAIRN_CHECK(folder().remove(entry.name).has_value());
    }
  }
  for (const auto& [name, bytes] : files) {
    set_file(name, bytes);
  }
}

}  // namespace cairn::log
