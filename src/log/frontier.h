// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>

#include "cairn/error.h"
#include "log/folder.h"
#include "log/format.h"
#include "log/memory.h"
#include "sys/disk.h"

namespace cairn::log {

/// The file that says what is durable. The writer writes its two slots in turn, each time a batch
/// has become durable and never before, without waiting for the disk: whatever is found in it is
/// true, after a power loss too, though perhaps old. Readers in other processes read it; recovery
/// holds the segments against it. One thread.
class FrontierFile final {
 public:
  /// Makes a new one that says nothing is durable, and makes its name durable.
  static Result<FrontierFile> create(const Folder& folder);
  static Result<FrontierFile> open(const Folder& folder, sys::OpenMode mode);

  /// The newer of the slots that are whole. Corrupt when none is.
  Result<FrontierSlot> read();
  /// Puts the slot where the older one lies. Its generation must be one more than the newer one's;
  /// or it is the newer one, which is put where it is.
  Result<> write(FrontierSlot slot);
  Result<> sync();
  /// Puts the same into both slots, durably, so that losing one of them is nothing: when a log is
  /// opened and when it is closed. Leaves the generation of the newer one in `slot`.
  Result<> write_both(FrontierSlot& slot);

 private:
  FrontierFile(std::string label, std::unique_ptr<sys::File> file);

  std::string label_;
  std::unique_ptr<sys::File> file_;
  AlignedBytes bytes_;
};

}  // namespace cairn::log
