// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <memory>
#include <span>

#include "sim/device.h"
#include "sys/io_queue.h"

namespace cairn::sim {

/// A queue of a SimDisk. Requests finish after a drawn latency each, so in an order of the seed's
/// choice, and `wait` moves virtual time to the next of them. Must not outlive its disk. After a
/// power loss every request under way completes with an error, so that a loop which waits for them
/// ends. Since only one thread exists, a `wait` for nothing but `wake` runs into its timeout.
class SimQueue final : public sys::IoQueue {
 public:
  SimQueue(Device& device, sys::IoQueueOptions options);
  ~SimQueue() override;
  SimQueue(const SimQueue&) = delete;
  SimQueue& operator=(const SimQueue&) = delete;

  Result<> submit(const sys::IoRequest& request) override;
  std::size_t wait(std::span<sys::IoCompletion> out, Duration timeout) override;

  void wake() noexcept override { is_woken_ = true; }

  [[nodiscard]] std::size_t in_flight() const noexcept override { return in_flight_; }

 private:
  [[nodiscard]] Result<Operation> checked(const sys::IoRequest& request) const;
  std::size_t take(std::span<sys::IoCompletion> out);

  Device& device_;
  const std::size_t depth_;
  const std::uint64_t incarnation_;
  std::shared_ptr<FinishedList> finished_ = std::make_shared<FinishedList>();
  std::size_t in_flight_ = 0;
  bool is_woken_ = false;
};

}  // namespace cairn::sim
