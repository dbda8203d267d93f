// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <concepts>
#include <cstddef>
#include <functional>
#include <memory>
#include <string>
#include <type_traits>
#include <utility>
#include <variant>
#include <vector>

#include "cairn/error.h"
#include "cairn/time.h"

namespace cairn::store {

template <typename T>
class Outcome;

/// Not done, and worth another try after a while.
struct Retry {
  Error reason;
  Duration after = {};
};

/// Given up on request.
struct Cancelled {
  std::string reason;

  friend bool operator==(const Cancelled&, const Cancelled&) = default;
};

/// Not decided yet. `poll` asks again: what it gives may be pending too.
template <typename T>
struct Unsettled {
  std::function<Outcome<T>()> poll;
};

/// What came of a step of a pipeline: a value, a failure, a try worth repeating, something that is
/// not decided yet, a cancellation, or all of that for many at once. A plain value.
///
/// `then` goes on with the value, `map` with a plain function of it; whatever is no value passes
/// through untouched, and a batch goes on with each of its own. These hold, for all m, f, g, v:
///   Outcome(v).then(f)         is f(v)
///   m.then(Outcome<T>::ok)     is m
///   m.then(f).then(g)          is m.then([](v) { return f(v).then(g); })
///   m.map(f)                   is m.then([](v) { return Outcome(f(v)); })
template <typename T>
class [[nodiscard]] Outcome final {
 public:
  using value_type = T;
  using Batch = std::vector<Outcome>;

  static Outcome ok(T value) { return Outcome(State(std::in_place_index<0>, std::move(value))); }

  static Outcome error(Error error) {
    return Outcome(State(std::in_place_index<1>, std::move(error)));
  }

  static Outcome retry(Error reason, Duration after) {
    return Outcome(
        State(std::in_place_index<2>, Retry{.reason = std::move(reason), .after = after}));
  }

  static Outcome pending(std::function<Outcome()> poll) {
    return Outcome(State(std::in_place_index<3>, Unsettled<T>{std::move(poll)}));
  }

  static Outcome cancelled(std::string reason) {
    return Outcome(State(std::in_place_index<4>, Cancelled{std::move(reason)}));
  }

  static Outcome batch(Batch outcomes) {
    return Outcome(State(std::in_place_index<5>, std::move(outcomes)));
  }

  /// A Result as an outcome: what is busy, or came too late, is worth another try.
  static Outcome from(Result<T> result, Duration retry_after = milliseconds(10)) {
    if (result) {
      return ok(*std::move(result));
    }
    switch (result.error().code()) {
      case Errc::Busy:
      case Errc::TimedOut:
      case Errc::Unavailable:
        return retry(std::move(result).error(), retry_after);
      case Errc::Cancelled:
        return cancelled(result.error().message());
      default:
        return error(std::move(result).error());
    }
  }

  [[nodiscard]] bool is_ok() const noexcept { return state_.index() == 0; }

  [[nodiscard]] bool is_error() const noexcept { return state_.index() == 1; }

  [[nodiscard]] bool is_retry() const noexcept { return state_.index() == 2; }

  [[nodiscard]] bool is_pending() const noexcept { return state_.index() == 3; }

  [[nodiscard]] bool is_cancelled() const noexcept { return state_.index() == 4; }

  [[nodiscard]] bool is_batch() const noexcept { return state_.index() == 5; }

  // Null when it is something else.
  [[nodiscard]] const T* value() const noexcept { return std::get_if<0>(&state_); }

  [[nodiscard]] const Error* failure() const noexcept { return std::get_if<1>(&state_); }

  [[nodiscard]] const Retry* again() const noexcept { return std::get_if<2>(&state_); }

  [[nodiscard]] const Cancelled* cancellation() const noexcept { return std::get_if<4>(&state_); }

  [[nodiscard]] const Batch* outcomes() const noexcept { return std::get_if<5>(&state_); }

  /// Asks what became of it, if it is pending; else itself.
  Outcome poll() const { return is_pending() ? std::get<3>(state_).poll() : *this; }

  /// Goes on with the value: `next` makes the next outcome of it.
  template <std::invocable<const T&> F>
  auto then(F next) const -> std::invoke_result_t<F&, const T&> {
    using Next = std::invoke_result_t<F&, const T&>;
    switch (state_.index()) {
      case 0:
        return next(std::get<0>(state_));
      case 3:
        return Next::pending(
            [poll = std::get<3>(state_).poll, next]() mutable { return poll().then(next); });
      case 5:
        return each<Next>([&](const Outcome& outcome) { return outcome.then(next); });
      default:
        return pass_on<Next>();
    }
  }

  /// Goes on with a plain function of the value.
  template <std::invocable<const T&> F>
  auto map(F change) const -> Outcome<std::invoke_result_t<F&, const T&>> {
    using U = std::invoke_result_t<F&, const T&>;
    return then([change](const T& value) mutable { return Outcome<U>::ok(change(value)); });
  }

  /// Makes something else of a failure; all that is none passes through.
  template <std::invocable<const Error&> F>
  Outcome or_else(F recover) const {
    switch (state_.index()) {
      case 1:
        return recover(std::get<1>(state_));
      case 3:
        return pending([poll = std::get<3>(state_).poll, recover]() mutable {
          return poll().or_else(recover);
        });
      case 5:
        return each<Outcome>([&](const Outcome& outcome) { return outcome.or_else(recover); });
      default:
        return *this;
    }
  }

  /// One outcome with all the values, in order: a value once all are; before that the first failure
  /// there is, else the first cancellation, the longest retry, or pending.
  Outcome<std::vector<T>> join() const { return Joiner().join(*this); }

 private:
  template <typename>
  friend class Outcome;

  using State = std::variant<T, Error, Retry, Unsettled<T>, Cancelled, Batch>;

  explicit Outcome(State state) : state_(std::move(state)) {}

  template <typename Next, typename F>
  Next each(F change) const {
    typename Next::Batch changed;
    changed.reserve(std::get<5>(state_).size());
    for (const Outcome& outcome : std::get<5>(state_)) {
      changed.push_back(change(outcome));
    }
    return Next::batch(std::move(changed));
  }

  /// What has no value is the same for any type of it.
  template <typename Next>
  Next pass_on() const {
    if (is_error()) {
      return Next::error(std::get<1>(state_));
    }
    if (is_retry()) {
      return Next::retry(std::get<2>(state_).reason, std::get<2>(state_).after);
    }
    return Next::cancelled(std::get<4>(state_).reason);
  }

  /// Walks batches in batches, and notes what stands in the way of all values.
  class Joiner final {
   public:
    Outcome<std::vector<T>> join(const Outcome& all) {
      take(all);
      using Joined = Outcome<std::vector<T>>;
      if (error_ != nullptr) {
        return Joined::error(*error_);
      }
      if (cancelled_ != nullptr) {
        return Joined::cancelled(cancelled_->reason);
      }
      if (retry_ != nullptr) {
        return Joined::retry(retry_->reason, retry_->after);
      }
      if (is_pending_) {
        return Joined::pending([all] { return all.poll_all().join(); });
      }
      return Joined::ok(std::move(values_));
    }

   private:
    void take(const Outcome& outcome) {
      switch (outcome.state_.index()) {
        case 0:
          values_.push_back(std::get<0>(outcome.state_));
          return;
        case 1:
          error_ = error_ == nullptr ? &std::get<1>(outcome.state_) : error_;
          return;
        case 2:
          take(std::get<2>(outcome.state_));
          return;
        case 3:
          is_pending_ = true;
          return;
        case 4:
          cancelled_ = cancelled_ == nullptr ? &std::get<4>(outcome.state_) : cancelled_;
          return;
        default:
          for (const Outcome& each : std::get<5>(outcome.state_)) {
            take(each);
          }
      }
    }

    void take(const Retry& retry) {
      retry_ = retry_ == nullptr || retry_->after < retry.after ? &retry : retry_;
    }

    std::vector<T> values_;
    const Error* error_ = nullptr;
    const Cancelled* cancelled_ = nullptr;
    const Retry* retry_ = nullptr;
    bool is_pending_ = false;
  };

  /// Everything pending in it asked again.
  Outcome poll_all() const {
    return is_batch() ? each<Outcome>([](const Outcome& each) { return each.poll_all(); }) : poll();
  }

  State state_;
};

}  // namespace cairn::store
