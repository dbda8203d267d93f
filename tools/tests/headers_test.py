# SPDX-License-Identifier: Apache-2.0
"""A header that does not compile alone, or that nothing compiles, is planted, and must be named."""

import shutil
import subprocess
import unittest

from planted import SPDX, TOOLS, PlantedTree

PROJECT = f"""{SPDX.replace("//", "#")}cmake_minimum_required(VERSION 3.25)
project(planted LANGUAGES CXX)
set(CAIRN_TESTS OFF)
set(CMAKE_VERIFY_INTERFACE_HEADER_SETS ON)
add_library(cairn_flags INTERFACE)
include(CairnTargets.cmake)
cairn_module(NAME base SOURCES src/base/text.cc HEADERS src/base/text.h)
cairn_require_every_source_listed()
"""
NEEDS_STRING = "#pragma once\ninline std::string text() { return {}; }\n"
SOURCE = '#include <string>\n#include "base/text.h"\n'


class Headers(PlantedTree):
    def setUp(self) -> None:
        super().setUp()
        shutil.copy(TOOLS.parent / "cmake" / "CairnTargets.cmake", self.root)
        self.plant("CMakeLists.txt", PROJECT)
        self.plant("include/cairn/all.h", "#pragma once\n")
        self.plant("src/base/text.cc", SOURCE)
        self.plant("src/base/text.h", "#pragma once\n#include <string>\n")

    def run_cmake(self, *arguments: str) -> tuple[int, str]:
        done = subprocess.run(["cmake", *arguments], cwd=self.root, capture_output=True, text=True,
                              check=False)
        return done.returncode, done.stdout + done.stderr

    def verify(self) -> tuple[int, str]:
        status, said = self.run_cmake("-S", ".", "-B", "build", "-G", "Ninja")
        if status != 0:
            return status, said
        return self.run_cmake("--build", "build", "--target", "all_verify_interface_header_sets")

    def test_headers_that_stand_alone_pass(self) -> None:
        status, said = self.verify()
        self.assertEqual(status, 0, said)

    def test_a_header_that_does_not_stand_alone_is_named(self) -> None:
        """Its source includes what it lacks first, so only compiling it alone shows the lack."""
        self.plant("src/base/text.h", NEEDS_STRING)
        status, said = self.verify()
        self.assertNotEqual(status, 0)
        self.assertIn("base/text.h:2", said)

    def test_a_header_that_no_target_compiles_alone_stops_the_configuration(self) -> None:
        self.plant("src/base/lost.h", "#pragma once\n")
        status, said = self.verify()
        self.assertNotEqual(status, 0)
        self.assertIn("belong to no target", said)
        self.assertIn("src/base/lost.h", said)

    def test_a_header_that_is_only_listed_stops_the_configuration(self) -> None:
        self.plant("src/base/lost.h", "#pragma once\n")
        self.plant("CMakeLists.txt", PROJECT.replace("cairn_require", "cairn_list_sources(src/base/lost.h)\ncairn_require"))
        status, said = self.verify()
        self.assertNotEqual(status, 0)
        self.assertIn("Nothing compiles these headers alone", said)


if __name__ == "__main__":
    unittest.main()
