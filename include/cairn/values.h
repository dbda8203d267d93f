// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "cairn/bytes_value.h"
#include "cairn/checked.h"
#include "cairn/decimal.h"
#include "cairn/digest.h"
#include "cairn/id.h"
#include "cairn/integers.h"
#include "cairn/option.h"
#include "cairn/str.h"
#include "cairn/time.h"
#include "cairn/uuid.h"
#include "cairn/views.h"

/// All value types, under the names that a domain uses them by.
namespace cairn::dsl {

using cairn::Blob;
using cairn::Bytes;
using cairn::Decimal;
using cairn::Digest;
using cairn::Duration;
using cairn::Id;
using cairn::List;
using cairn::Option;
using cairn::Rounding;
using cairn::Str;
using cairn::Text;
using cairn::Timestamp;
using cairn::Uuid;

using cairn::checked_add;
using cairn::checked_divide;
using cairn::checked_divide_to;
using cairn::checked_multiply;
using cairn::checked_multiply_to;
using cairn::checked_rescale;
using cairn::checked_subtract;

}  // namespace cairn::dsl
