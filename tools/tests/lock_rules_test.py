# SPDX-License-Identifier: Apache-2.0
"""The lock rules of src/base/mutex.h are broken, and clang must say so."""

import subprocess
import unittest

from planted import TOOLS, PlantedTree, needs

CLASS = """
#include "base/mutex.h"
struct Counter {
  cairn::Mutex mutex;
  cairn::Condition changed;
  int value CAIRN_GUARDED_BY(mutex) = 0;
  void add_one() CAIRN_REQUIRES(mutex) { ++value; }
};
"""
KEPT = """
void add(Counter& c) {
  cairn::MutexLock lock(c.mutex);
  c.add_one();
  c.value += 1;
  lock.unlock();
}
void wait(Counter& c) {
  cairn::MutexLock lock(c.mutex);
  while (c.value == 0) c.changed.wait(c.mutex);
}
"""
BROKEN = {
    "reading variable 'value' requires holding mutex": "int read(Counter& c) { return c.value; }",
    "calling function 'add_one' requires holding mutex": "void add(Counter& c) { c.add_one(); }",
    "calling function 'wait' requires holding mutex":
        "void wait(Counter& c) { c.changed.wait(c.mutex); }",
    "writing variable 'value' requires holding mutex":
        "void late(Counter& c) { cairn::MutexLock l(c.mutex); l.unlock(); c.value = 1; }",
}


@needs("clang++-19")
class LockRules(PlantedTree):
    def compile(self, text: str) -> subprocess.CompletedProcess[str]:
        self.plant("x.cc", CLASS + text)
        source = TOOLS.parent
        return subprocess.run(
            ["clang++-19", "-std=c++23", "-fsyntax-only", "-Werror", "-Wthread-safety",
             f"-I{source}/src", f"-I{source}/include", str(self.root / "x.cc")],
            capture_output=True, text=True, check=False)

    def test_code_that_keeps_them_compiles(self) -> None:
        done = self.compile(KEPT)
        self.assertEqual(done.returncode, 0, done.stderr)

    def test_code_that_breaks_one_does_not(self) -> None:
        for message, text in BROKEN.items():
            with self.subTest(message):
                done = self.compile(text)
                self.assertNotEqual(done.returncode, 0)
                self.assertIn(message, done.stderr)


if __name__ == "__main__":
    unittest.main()
