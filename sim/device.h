// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <compare>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <map>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "cairn/error.h"
#include "sim/disk_faults.h"
#include "sim/name_tree.h"
#include "sim/rng.h"
#include "sim/world.h"
#include "sys/disk.h"
#include "sys/io_queue.h"

namespace cairn::sim {

/// How every call fails while the power is off, and every object of a dead incarnation after.
[[nodiscard]] Error power_lost();

/// One opening of a file. Shared by the File and by the requests under way on it.
struct Handle {
  NodePointer node;
  std::string label;  ///< what the trace calls it
  bool is_writable = false;
  bool is_direct = false;
  std::uint64_t incarnation = 0;
  std::optional<Error> poison;

  /// The error of the sync or durable write that failed, if one did.
  [[nodiscard]] Result<> check_poison() const {
    if (poison) {
      return fail(*poison);
    }
    return {};
  }
};

/// A finished request that waits to be taken.
struct Finished {
  sys::IoCompletion completion;
  std::shared_ptr<Handle> handle;
  ChangeNumber change = 0;  ///< of a write
};

/// The finished requests of one queue. Shared by the queue and its requests under way, because a
/// power loss may find either gone.
using FinishedList = std::deque<Finished>;

/// One read, write or sync, whether it blocks or is queued. The buffers are the caller's.
struct Operation {
  sys::IoKind kind = sys::IoKind::Write;
  bool is_durable = false;
  std::shared_ptr<Handle> handle = nullptr;
  std::uint64_t offset = 0;
  std::vector<sys::MutableBuffer> read_into = {};
  std::vector<sys::ConstBuffer> write_from = {};
  ChangeNumber change = 0;   ///< of a write
  std::uint64_t number = 0;  ///< among the operations that change the disk; 0 for a read
  SyncScope scope = {};      ///< of a sync

  [[nodiscard]] std::size_t length() const noexcept;
};

/// A failure that comes at a place of the test's choice instead of by a rate.
struct PlacedFailure {
  std::uint64_t operation = 0;  ///< the number of the first operation that fails; 0: none does
  Errc code = Errc::IoFailed;   ///< IoFailed or NoSpace
  bool is_lasting = false;      ///< all operations after it fail as well
};

/// A sector, a size or a name that a power loss may keep or lose.
struct Unsynced {
  ChangeNumber change = 0;
  NodePointer file;  ///< null for a change to names
  FileImage::Unsynced item;
};

/// The drive and the page cache of one simulated machine: where faults are drawn, time passes and
/// power fails. SimDisk, its files and its queues are faces of it; the SimDisk owns it. Invariants:
/// every request under way finishes exactly once; nothing of a dead incarnation reaches the media.
class Device final {
 public:
  Device(World& world, std::string name, const DiskFaults& faults);

  World& world;  ///< outlives the device
  const std::string name;
  DiskFaults faults;
  PlacedFailure placed;
  NameTree tree;

  [[nodiscard]] std::uint64_t incarnation() const noexcept { return incarnation_; }

  [[nodiscard]] bool is_off() const noexcept { return is_off_; }

  /// Closed when the power is off or the caller belongs to a dead incarnation.
  [[nodiscard]] Result<> check_power(std::uint64_t incarnation) const;
  /// Lets a blocking call take its time.
  void pass_time(sys::IoKind kind);
  [[nodiscard]] bool fires(std::uint64_t one_in, std::string_view mark);
  /// The same for an error of the numbered operation, which a placed failure brings about too.
  [[nodiscard]] bool breaks(std::uint64_t one_in, std::string_view mark, std::uint64_t operation);

  [[nodiscard]] ChangeNumber next_change() noexcept { return ++last_change_; }

  [[nodiscard]] ChangeNumber last_change() const noexcept { return last_change_; }

  /// Counts an operation that changes the disk, and numbers it from 1.
  std::uint64_t count_operation() noexcept;

  [[nodiscard]] std::uint64_t operations() const noexcept { return operations_; }

  void power_off_at(std::uint64_t operation) noexcept { power_off_at_ = operation; }

  /// What a call that may have counted an operation returns: if that was the one at which the power
  /// fails, it has done its part in memory, and now the lights go out.
  template <typename T>
  [[nodiscard]] Result<T> end_operation(Result<T> done) {
    lose_due_power();
    if (is_off_) {
      return fail(power_lost());
    }
    return done;
  }

  /// The operation counted last is the one at which the power fails.
  [[nodiscard]] bool is_power_failing() const noexcept { return power_fails_; }

  /// Cuts the power if the operation counted last is the one at which it fails.
  void lose_due_power() {
    if (power_fails_) {
      power_off();
    }
  }

  /// NoSpace when the disk cannot hold `growth` more bytes, or says so.
  [[nodiscard]] Result<> check_space(std::uint64_t growth, std::string_view subject,
                                     std::uint64_t operation);
  [[nodiscard]] std::uint64_t used_bytes() const;

  /// Reads, writes or syncs now, with every fault drawn. Returns the bytes moved.
  Result<std::size_t> perform(const Operation& operation);

  void submit(Operation operation, std::uint64_t token, std::shared_ptr<FinishedList> sink);
  /// Finishes every request that is due.
  void settle();
  /// When the next request of this queue finishes, if one is under way.
  [[nodiscard]] std::optional<Instant> next_finish(const FinishedList* sink) const;

  /// The power is gone: what was under way may or may not reach the media, every call fails.
  void power_off();
  [[nodiscard]] std::vector<Unsynced> unsynced() const;
  /// Decides by the fault rates what of it a power loss keeps.
  [[nodiscard]] std::vector<bool> draw_kept(const std::vector<Unsynced>& items);
  /// Puts the kept items on the media, forgets the others and starts the next incarnation.
  void power_on(const std::vector<Unsynced>& items, const std::vector<bool>& kept);
  /// The process dies, the page cache lives: what was under way may get done.
  void kill();

 private:
  struct FlightKey {
    Instant finish;
    std::uint64_t number = 0;

    friend auto operator<=>(const FlightKey&, const FlightKey&) = default;
  };

  struct Flight {
    Operation operation;
    std::uint64_t token = 0;
    std::shared_ptr<FinishedList> sink;
  };

  Result<std::size_t> perform_read(const Operation& operation);
  Result<std::size_t> perform_write(const Operation& operation);
  Result<std::size_t> perform_sync(const Operation& operation);
  void read_bytes(const Operation& operation, std::span<std::byte> bytes);
  /// Returns where they were put, which a misdirected write decides by itself.
  std::uint64_t place_bytes(const Operation& operation, std::span<const std::byte> bytes);
  [[nodiscard]] std::uint64_t other_place(std::uint64_t offset, std::uint64_t length,
                                          std::uint64_t end);
  /// How a write ends that has failed, whatever the reason: a durable one poisons.
  static Result<std::size_t> fail_write(const Operation& operation, Error error);
  /// The broken promise of a sync or a durable write.
  static Result<std::size_t> poison(const Operation& operation, Error error);
  [[nodiscard]] bool is_placed(std::uint64_t operation, Errc code);
  [[nodiscard]] Duration draw_latency(sys::IoKind kind);
  void draw_fates(const std::vector<Unsynced>& items, std::vector<bool>& kept);
  void finish_dead(Flight& flight);
  void next_incarnation();

  Rng latency_;
  Rng fault_;
  Rng loss_;
  std::map<FlightKey, Flight> flights_;
  std::uint64_t last_flight_ = 0;
  ChangeNumber last_change_ = 0;
  std::uint64_t operations_ = 0;
  std::uint64_t power_off_at_ = 0;
  std::uint64_t incarnation_ = 1;
  bool power_fails_ = false;
  bool is_off_ = false;
};

}  // namespace cairn::sim
