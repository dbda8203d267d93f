# SPDX-License-Identifier: Apache-2.0
"""For tests that start a compiler themselves."""

import os
import shutil
import sys

SKIPPED = 77


def require(program: str) -> None:
    """Ends the test when the compiler is missing: skipped, or failed under CAIRN_REQUIRE_ALL=1."""
    if shutil.which(program) is None:
        required = os.environ.get("CAIRN_REQUIRE_ALL") == "1"
        print(f"{'failed' if required else 'skipped'}: {program} is not installed")
        sys.exit(1 if required else SKIPPED)
