// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "cairn/descriptor.h"
#include "cairn/error.h"
#include "schema/store.h"

namespace cairn::schema {

/// Copies a compiled domain's description into `store`, so that it outlives the plugin it came
/// from, and computes the memory layout anew: a difference from what the compiler laid out is an
/// error. `check_domain` is still to follow.
Result<Description> copy_domain(const DomainInfo& domain, Store& store);

}  // namespace cairn::schema
