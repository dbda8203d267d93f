# SPDX-License-Identifier: Apache-2.0
"""verify_receipt.py on the golden receipts, whole and spoilt: what holds, and which link is said to be broken."""

import functools
import json
import subprocess
import sys
import unittest
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
GOLDEN = ROOT / "tests" / "golden" / "receipt"
PROGRAM = ROOT / "tools" / "verify_receipt.py"
sys.path.insert(0, str(ROOT / "tools"))

import receipt_parts  # noqa: E402
import verify_receipt  # noqa: E402

KEY = (GOLDEN / "key.pub").read_text(encoding="utf-8").strip()
SUCCESSOR = (GOLDEN / "successor.pub").read_text(encoding="utf-8").strip()
# Most of what is spoilt below leaves key, text and signature as they are; asked once is enough.
verify_receipt.verify_ed25519 = functools.cache(receipt_parts.verify_ed25519)
REFUSALS = (ArithmeticError, AttributeError, IndexError, RecursionError, TypeError, ValueError)


def receipt(name: str) -> bytes:
    return (GOLDEN / f"{name}.json").read_bytes()


def canonical(value: dict) -> bytes:
    return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode() + b"\n"


class Parts(unittest.TestCase):
    def test_blake3_matches_the_published_vectors(self) -> None:
        # Of inputs that count to 250 again and again: none, below and above a block, a chunk, and many chunks.
        vectors = {0: "af1349b9f5f9a1a6", 1: "2d3adedff11b61f1", 63: "e9bc37a594daad83", 64: "4eed7141ea4a5cd4",
                   65: "de1e5fa0be70df6d", 1023: "10108970eeda3eb9", 1024: "42214739f095a406", 1025: "d00278ae47eb27b3",
                   2048: "e776b6028c7cd22a", 2049: "5f4d72f40d7a5f82", 31744: "62b6960e1a44bcc1"}
        for size, start in vectors.items():
            data = bytes(i % 251 for i in range(size))
            self.assertEqual(receipt_parts.blake3(data).hex()[:16], start, size)

    def test_ed25519_matches_the_vectors_of_rfc_8032(self) -> None:
        key = bytes.fromhex("3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c")
        signature = bytes.fromhex("92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da"
                                  "085ac1e43e15996e458f3613d0f11d8c387b2eaeb4302aeeb00d291612bb0c00")
        self.assertTrue(receipt_parts.verify_ed25519(key, b"\x72", signature))
        self.assertFalse(receipt_parts.verify_ed25519(key, b"\x73", signature))
        order = receipt_parts.GROUP_ORDER
        second = signature[:32] + (int.from_bytes(signature[32:], "little") + order).to_bytes(32, "little")
        self.assertFalse(receipt_parts.verify_ed25519(key, b"\x72", second))


class Verify(unittest.TestCase):
    def broken(self, data: bytes, *keys: str) -> str:
        """The broken link; nothing when the receipt holds."""
        try:
            verify_receipt.verify(data, keys or (KEY,))
        except REFUSALS as error:
            return str(error) or type(error).__name__
        return ""

    def test_golden_receipts_hold(self) -> None:
        for name in ("plain", "anchored", "first"):
            self.assertEqual(self.broken(receipt(name)), "", name)
        self.assertEqual(self.broken(receipt("rotated"), SUCCESSOR), "")
        self.assertEqual(self.broken(receipt("plain"), SUCCESSOR, KEY), "")

    def test_each_lie_is_named(self) -> None:
        good = json.loads(receipt("anchored"))
        zero = "00" * 32
        lies = {
            "transaction_hash": {"transaction": "AAAA"},
            "position": {"sequence": 8},
            "size": {"size": 14},
            "known_key": {"head": good["head"].replace("H2af", "H2ae")},
            "signature": {"head": good["head"].replace("\n13\n", "\n12\n"), "size": 12},
            "inclusion": {"inclusion": [zero, *good["inclusion"][1:]]},
            "consistency": {"anchor": good["anchor"] | {"root": zero}},
            "format": {"format": "other"},
            "format: version": {"version": 2},
            "format: unknown": {"more": 0},
        }
        for link, lie in lies.items():
            self.assertTrue(self.broken(canonical(good | lie)).startswith(link), (link, self.broken(canonical(good | lie))))

    def test_values_of_another_type_are_refused(self) -> None:
        good = json.loads(receipt("first"))
        for name in good:
            for other in (None, True, 1.0, -1, 2**53, "", [], {}, [0], ["x"], {"x": 0}):
                if type(other) is type(good[name]) and other == good[name]:
                    continue
                self.assertNotEqual(self.broken(canonical(good | {name: other})), "", (name, other))

    def test_every_changed_byte_is_refused(self) -> None:
        # Each byte of the receipt with an anchor changed in two ways; and the file cut at every length.
        good = receipt("anchored")
        for i, byte in enumerate(good):
            for mask in (1, 0x20):
                changed = good[:i] + bytes([byte ^ mask]) + good[i + 1:]
                self.assertNotEqual(self.broken(changed), "", (i, changed))
            self.assertNotEqual(self.broken(good[:i]), "", i)

    def test_the_program_says_what_it_found(self) -> None:
        def run(*arguments: str) -> subprocess.CompletedProcess[str]:
            return subprocess.run([sys.executable, str(PROGRAM), *arguments], capture_output=True, text=True, check=False)

        held = run(str(GOLDEN / "plain.json"), KEY)
        self.assertEqual((held.returncode, held.stdout),
                         (0, "holds: transaction 7 of example.org/bank, in the tree of size 13\n"))
        for arguments, said in (((str(GOLDEN / "plain.json"), SUCCESSOR), "known_key"), ((str(GOLDEN / "key.pub"), KEY), "Expecting"),
                                ((str(GOLDEN / "none.json"), KEY), "No such file"), ((str(GOLDEN / "plain.json"), "key"), "")):
            failed = run(*arguments)
            self.assertEqual(failed.returncode, 1)
            self.assertIn(f"does not hold: {said}" if said == "known_key" else said, failed.stderr)

    def test_it_has_sixty_lines_at_most(self) -> None:
        self.assertLessEqual(len(PROGRAM.read_text(encoding="utf-8").splitlines()), 60)


if __name__ == "__main__":
    unittest.main()
