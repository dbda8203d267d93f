// SPDX-License-Identifier: Apache-2.0
#include "cairn/error.h"

#include <utility>

namespace cairn {

struct Error::Detail {
  Errc code;
  std::string message;
  std::string where;
  std::string hint;
};

void Error::DetailDeleter::operator()(Detail* detail) const noexcept {
  delete detail;
}

std::string_view to_string(Errc code) noexcept {
  switch (code) {
    case Errc::InvalidArgument:
      return "invalid_argument";
    case Errc::NotFound:
      return "not_found";
    case Errc::AlreadyExists:
      return "already_exists";
    case Errc::Truncated:
      return "truncated";
    case Errc::Corrupt:
      return "corrupt";
    case Errc::Unsupported:
      return "unsupported";
    case Errc::TooLarge:
      return "too_large";
    case Errc::Busy:
      return "busy";
    case Errc::NoSpace:
      return "no_space";
    case Errc::ReadOnly:
      return "read_only";
    case Errc::PermissionDenied:
      return "permission_denied";
    case Errc::IoFailed:
      return "io_failed";
    case Errc::Conflict:
      return "conflict";
    case Errc::TimedOut:
      return "timed_out";
    case Errc::Closed:
      return "closed";
    case Errc::Cancelled:
      return "cancelled";
    case Errc::Unavailable:
      return "unavailable";
  }
  std::unreachable();
}

Error::Error(Errc code, std::string message)
    : detail_(new Detail{.code = code, .message = std::move(message), .where = {}, .hint = {}}) {}

Error::Error(const Error& other) : detail_(new Detail(*other.detail_)) {}

Error& Error::operator=(const Error& other) {
  if (this != &other) {
    detail_.reset(new Detail(*other.detail_));
  }
  return *this;
}

Errc Error::code() const noexcept {
  return detail_->code;
}

const std::string& Error::message() const noexcept {
  return detail_->message;
}

const std::string& Error::where() const noexcept {
  return detail_->where;
}

const std::string& Error::hint() const noexcept {
  return detail_->hint;
}

Error Error::at(std::string_view place) && {
  std::string& where = detail_->where;
  where = where.empty() ? std::string(place) : std::string(place) + ": " + where;
  return std::move(*this);
}

Error Error::advise(std::string_view hint) && {
  if (detail_->hint.empty()) {
    detail_->hint = hint;
  }
  return std::move(*this);
}

std::string Error::to_string() const {
  std::string text(cairn::to_string(code()));
  if (!where().empty()) {
    text += ": " + where();
  }
  text += ": " + message();
  if (!hint().empty()) {
    text += " (" + hint() + ")";
  }
  return text;
}

}  // namespace cairn
