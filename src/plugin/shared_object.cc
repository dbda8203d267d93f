// SPDX-License-Identifier: Apache-2.0
#include "plugin/shared_object.h"

#include <algorithm>
#include <cerrno>
#include <string>
#include <system_error>
#include <utility>

#include <dlfcn.h>
#include <fcntl.h>
#include <fmt/core.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

namespace cairn::plugin {

namespace {

/// An open file, closed at the end of its scope.
class OpenFile final {
 public:
  explicit OpenFile(int number) noexcept : number_(number) {}

  OpenFile(const OpenFile&) = delete;
  OpenFile& operator=(const OpenFile&) = delete;

  ~OpenFile() {
    if (number_ >= 0) {
      ::close(number_);
    }
  }

  [[nodiscard]] int number() const noexcept { return number_; }

  [[nodiscard]] int release() noexcept { return std::exchange(number_, -1); }

 private:
  int number_;
};

Error system_failure(std::string_view what) {
  const int number = errno;
  const Errc code = number == ENOENT                      ? Errc::NotFound
                    : number == EACCES || number == EPERM ? Errc::PermissionDenied
                                                          : Errc::IoFailed;
  return {code, fmt::format("{}: {}", what, std::generic_category().message(number))};
}

/// Calls `transfer(done)` until `size` bytes are done or it says 0; how many that were.
template <typename Transfer>
Result<std::size_t> transfer_all(std::size_t size, std::string_view what, Transfer transfer) {
  std::size_t done = 0;
  while (done < size) {
    const ssize_t moved = transfer(done);
    if (moved < 0 && errno != EINTR) {
      return fail(system_failure(what));
    }
    if (moved == 0) {
      break;
    }
    done += static_cast<std::size_t>(std::max<ssize_t>(moved, 0));
  }
  return done;
}

std::string path_of(int file) {
  return fmt::format("/proc/self/fd/{}", file);
}

/// The loader knows objects by their path, and would hand out one that was never unloaded in place
/// of a new one with its number.
bool is_taken(int file) {
  void* const known = ::dlopen(path_of(file).c_str(), RTLD_LAZY | RTLD_NOLOAD);
  if (known != nullptr) {
    ::dlclose(known);
  }
  return known != nullptr;
}

Result<int> copy_to_memory(std::span<const std::byte> bytes, std::string_view name) {
  OpenFile file(
      ::memfd_create(std::string(name.substr(0, 200)).c_str(), MFD_CLOEXEC | MFD_ALLOW_SEALING));
  if (file.number() < 0) {
    return fail(system_failure("no memory can be had as a file")
                    .advise("allow memfd_create and executable memory files on this machine"));
  }
  CAIRN_TRY(const std::size_t written,
            transfer_all(bytes.size(), "copying it to memory failed", [&](std::size_t done) {
              return ::write(file.number(), bytes.data() + done, bytes.size() - done);
            }));
  constexpr int seals = F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_WRITE | F_SEAL_SEAL;
  if (written != bytes.size() || ::fcntl(file.number(), F_ADD_SEALS, seals) != 0) {
    return fail(system_failure("copying it to memory failed"));
  }
  return file.release();
}

}  // namespace

Result<std::vector<std::byte>> read_object_file(const std::string& path) {
  // Without O_NONBLOCK, opening a pipe would wait for its writer.
  const OpenFile file(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK));
  struct stat status = {};
  if (file.number() < 0 || ::fstat(file.number(), &status) != 0) {
    return fail(system_failure("it cannot be read").advise("give the path of a domain's .so"));
  }
  if (!S_ISREG(status.st_mode)) {
    return fail(Error(Errc::InvalidArgument, "it is no regular file")
                    .advise("give the path of a domain's .so"));
  }
  const auto size = static_cast<std::size_t>(status.st_size);
  if (size > object_bytes_max) {
    return fail(Errc::TooLarge,
                fmt::format("it has {} bytes; at most {} are read", size, object_bytes_max));
  }
  std::vector<std::byte> bytes(size);
  CAIRN_TRY(const std::size_t got, transfer_all(size, "reading it failed", [&](std::size_t done) {
              return ::read(file.number(), bytes.data() + done, size - done);
            }));
  bytes.resize(got);
  return bytes;
}

Result<SharedObject> SharedObject::load(std::span<const std::byte> bytes, std::string_view name) {
  CAIRN_TRY(int number, copy_to_memory(bytes, name));
  while (is_taken(number)) {
    // Not closed, or the next object would get the same number again.
    number = ::fcntl(number, F_DUPFD_CLOEXEC, number + 1);
    if (number < 0) {
      return fail(system_failure("there are no more file numbers"));
    }
  }
  OpenFile file(number);
  void* const handle = ::dlopen(path_of(number).c_str(), RTLD_NOW | RTLD_LOCAL);
  if (handle == nullptr) {
    const char* const text = ::dlerror();
    return fail(Error(Errc::InvalidArgument,
                      fmt::format("the loader refuses it: {}", text == nullptr ? "" : text))
                    .advise("link everything the domain needs into it; it finds nothing in the "
                            "program that loads it"));
  }
  return SharedObject(handle, file.release());
}

SharedObject::SharedObject(SharedObject&& other) noexcept
    : handle_(std::exchange(other.handle_, nullptr)), file_(std::exchange(other.file_, -1)) {}

SharedObject& SharedObject::operator=(SharedObject&& other) noexcept {
  std::swap(handle_, other.handle_);
  std::swap(file_, other.file_);
  return *this;
}

SharedObject::~SharedObject() {
  if (handle_ == nullptr) {
    return;
  }
  ::dlclose(handle_);
  if (!is_taken(file_)) {
    ::close(file_);
  }
}

void* SharedObject::find(const char* symbol) const {
  return ::dlsym(handle_, symbol);
}

}  // namespace cairn::plugin
