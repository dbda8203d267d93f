// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "cairn/byte_reader.h"
#include "cairn/byte_writer.h"
