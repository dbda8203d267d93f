// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>
#include <optional>
#include <string>

#include "cairn/digest.h"
#include "cairn/error.h"
#include "cairn/plugin.h"
#include "schema/schema.h"

namespace cairn::plugin {

/// What a caller wants the plugin to be, beyond a plugin that works.
struct LoadOptions {
  std::optional<Digest> fingerprint = std::nullopt;  ///< of its schema
  std::string name = {};                             ///< of its domain; empty: any
};

/// A domain from a shared object (docs/plugins.md), loaded and checked. Each load is a domain of
/// its own: several versions, and several copies of one, live side by side. It unloads the object
/// when it goes; nothing may then hold its table, its functions or a reference to its schema. Made
/// and destroyed on any thread; the domain's functions run on the thread of whoever calls them.
class Plugin final {
 public:
  /// Refuses what is not a shared object of a domain for this machine and this version of the ABI,
  /// before it runs anything of it where that can be told. The error names the path and what to do.
  /// Loading runs the object's initialisers: load only what you would run.
  static Result<Plugin> load(const std::string& path, const LoadOptions& options = {});

  /// For a host: the functions are guarded, so that an exception or an answer that is none becomes
  /// a fault, and `descriptor` and `idl` are those of `schema()`. Stays where it is when the Plugin
  /// moves.
  [[nodiscard]] const cairn_domain& domain() const noexcept;

  [[nodiscard]] const schema::Schema& schema() const noexcept;

  [[nodiscard]] const std::string& path() const noexcept;

  Plugin(Plugin&& other) noexcept;
  Plugin& operator=(Plugin&& other) noexcept;
  Plugin(const Plugin&) = delete;
  Plugin& operator=(const Plugin&) = delete;
  ~Plugin();

 private:
  struct Loaded;

  explicit Plugin(std::unique_ptr<Loaded> loaded) noexcept;

  std::unique_ptr<Loaded> loaded_;
};

}  // namespace cairn::plugin
