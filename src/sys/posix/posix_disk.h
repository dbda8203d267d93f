// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <memory>
#include <string>

#include "sys/disk.h"

namespace cairn::sys {

class Syscalls;

/// What does the work of a disk's queues. The results are the same.
enum class DiskBackend : std::uint8_t {
  Auto,     ///< io_uring where the kernel allows it, otherwise threads
  Uring,    ///< io_uring, or Unsupported
  Threads,  ///< blocking calls in a few threads per queue
};

/// The folder `root`, which must exist, as a disk. Symbolic links below it are not followed.
Result<std::unique_ptr<Disk>> make_posix_disk(const std::string& root,
                                              DiskBackend backend = DiskBackend::Auto);

/// The same on system calls that a test lets fail. `syscalls` must outlive the disk and its files.
Result<std::unique_ptr<Disk>> make_posix_disk(const std::string& root, DiskBackend backend,
                                              Syscalls& syscalls);

}  // namespace cairn::sys
