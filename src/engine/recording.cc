// SPDX-License-Identifier: Apache-2.0
#include <optional>
#include <span>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#include <fmt/core.h>

#include "base/limits.h"
#include "cairn/testing_core.h"
#include "engine/path_file.h"
#include "engine/run_log.h"
#include "petri/findings.h"
#include "petri/report.h"
#include "petri/runs_file.h"
#include "sys/whole_file.h"

namespace cairn::testing {

namespace {

schema::Schema schema_of(const DomainInfo& domain) {
  Result<schema::Schema> schema = schema::Schema::from_domain(domain);
  if (!schema) {
    throw std::logic_error(schema.error().to_string());  // the compiler lets no such domain pass
  }
  return std::move(*schema);
}

}  // namespace

Recording::Recording(const DomainInfo& domain)
    : log_(std::make_unique<engine::RunLog>(schema_of(domain))) {}

Recording::~Recording() = default;

std::string Recording::missing() const {
  std::string lines;
  if (const std::optional<Error>& failure = log_->failure(); failure) {
    lines = fmt::format("not recorded: {}\n", failure->to_string());
  }
  std::vector<petri::Finding> findings;
  static_cast<void>(petri::check_runs(log_->schema(), log_->runs(), findings));
  for (const petri::Finding& finding : findings) {
    lines += fmt::format("{}: {}\n", to_string(finding.kind), finding.place);
  }
  return lines;
}

Result<std::string> Recording::to_json() const {
  if (const std::optional<Error>& failure = log_->failure(); failure) {
    return fail(*failure);
  }
  std::string json = petri::runs_to_json(log_->schema(), log_->runs());
  if (json.size() > petri_runs_bytes_max) {
    return fail(Errc::TooLarge, fmt::format("the recorded runs have {} bytes; the limit is {}",
                                            json.size(), petri_runs_bytes_max));
  }
  return json;
}

Result<> Recording::add(std::string_view json) {
  return petri::add_runs(log_->schema(), json, log_->runs());
}

Result<> Recording::write(const std::string& path) const {
  CAIRN_TRY(std::string json, to_json());
  json += '\n';
  CAIRN_TRY(const engine::PathFile file, engine::open_path(path));
  Result<> written = sys::replace_file(*file.disk, file.name, std::as_bytes(std::span(json)));
  return written ? Result<>() : fail(std::move(written).error().at(path));
}

Result<> Recording::read(const std::string& path) {
  CAIRN_TRY(const engine::PathFile file, engine::open_path(path));
  auto bytes = sys::read_file(*file.disk, file.name, petri_runs_bytes_max);
  if (!bytes) {
    return fail(std::move(bytes).error().at(path));
  }
  Result<> added = add({reinterpret_cast<const char*>(bytes->data()), bytes->size()});
  return added ? Result<>() : fail(std::move(added).error().at(path));
}

}  // namespace cairn::testing
