// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>
#include <string>

#include "sys/disk.h"
#include "sys/posix/owned_fd.h"

namespace cairn::sys {

/// Locks the folder by a file `folder_lock_name` in it, which holds the number of the process that
/// has it. The kernel lets go when the process ends, however it ends; the file may stay and means
/// nothing then. `path` is for messages.
Result<std::unique_ptr<FolderLock>> lock_posix_folder(OwnedFd folder, const std::string& path);

/// Takes away the file that a killed holder has left in the folder, if there is one. A lock that is
/// held stays.
void remove_abandoned_lock(int folder) noexcept;

}  // namespace cairn::sys
