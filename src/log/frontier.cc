// SPDX-License-Identifier: Apache-2.0
#include "log/frontier.h"

#include <utility>

namespace cairn::log {

namespace {

constexpr std::size_t slots = 2;
constexpr std::size_t file_bytes = slots * block_bytes;

}  // namespace

FrontierFile::FrontierFile(std::string label, std::unique_ptr<sys::File> file)
    : label_(std::move(label)), file_(std::move(file)), bytes_(file_bytes) {}

Result<FrontierFile> FrontierFile::create(const Folder& folder) {
  CAIRN_TRY(FrontierFile made, open(folder, sys::OpenMode::CreateOrOpen));
  CAIRN_TRY(made.file_->preallocate(file_bytes, sys::Allocation::WriteZeros));
  CAIRN_TRY(made.write({.generation = 1}));
  CAIRN_TRY(made.sync());
  CAIRN_TRY(folder.sync());
  return made;
}

Result<FrontierFile> FrontierFile::open(const Folder& folder, sys::OpenMode mode) {
  CAIRN_TRY(auto file, folder.open(frontier_name, {.mode = mode}));
  return FrontierFile(folder.path_of(frontier_name), std::move(file));
}

Result<FrontierSlot> FrontierFile::read() {
  CAIRN_TRY(const std::size_t size, file_->read(0, sys::MutableBuffer(bytes_.span())));
  FrontierSlot newest;
  Flaw worst = Flaw::Damaged;
  for (std::size_t i = 0; i < slots && (i + 1) * block_bytes <= size; ++i) {
    const Bytes bytes = bytes_.span().subspan(i * block_bytes, block_bytes);
    const Flaw flaw = judge<FrontierSlot>(bytes, i);
    const auto slot = load<FrontierSlot>(bytes);
    worst = flaw == Flaw::Newer ? flaw : worst;
    if (flaw == Flaw::Nothing && is_zero(slot.reserved) && slot.generation > newest.generation) {
      newest = slot;
    }
  }
  if (worst == Flaw::Newer || newest.generation == 0) {
    return fail(flaw_error(worst, bytes_.span(), label_).advise("restore the file from a backup"));
  }
  return newest;
}

Result<> FrontierFile::write(FrontierSlot slot) {
  const std::uint64_t place = slot.generation % slots;
  const std::span<std::byte> out = bytes_.span().subspan(place * block_bytes, sizeof(slot));
  store(slot, place, out);
  return file_->write(place * block_bytes, sys::ConstBuffer(out));
}

Result<> FrontierFile::write_both(FrontierSlot& slot) {
  for (std::size_t i = 0; i < slots; ++i) {
    slot.generation += 1;
    CAIRN_TRY(write(slot));
    // One is whole at any time.
    CAIRN_TRY(sync());
  }
  return {};
}

Result<> FrontierFile::sync() {
  return file_->sync_data();
}

}  // namespace cairn::log
