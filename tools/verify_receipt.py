#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Verifies a receipt (docs/formats/receipt.md) with Python's standard library alone.
usage: verify_receipt.py RECEIPT KEY...    Each KEY is the text of a public key that is trusted."""
import json, re, sys
from hashlib import sha256
from receipt_parts import blake3, check, read_base64, read_hash, read_key, read_number, read_proof, verify_ed25519

MEMBERS = {"format", "head", "inclusion", "index", "sequence", "size", "transaction", "transaction_hash", "version"}
def node(left, right): return sha256(b"\1" + left + right).digest()
def climb(place, last, start, proof, link):  # RFC 9162, 2.1.3.2 and 2.1.4.2: the roots of the earlier and later tree
    old = new = start
    for other in proof:
        check(last != 0, link)
        if place % 2 or place == last:
            old, new = node(other, old), node(other, new)
            while place % 2 == 0 and place: place, last = place // 2, last // 2
        else: new = node(new, other)
        place, last = place // 2, last // 2
    check(last == 0, link)
    return old, new
def is_consistent(m, old, n, new, proof):
    if m == n or m == 0: return not proof and old == (new if m == n else sha256().digest())
    path, place, last = ([old] if m & (m - 1) == 0 else []) + proof, m - 1, n - 1
    while place % 2: place, last = place // 2, last // 2
    return proof and climb(place, last, path[0], path[1:], "consistency") == (old, new)
def verify(data, keys):  # raises ValueError, which names the broken link
    r = json.loads(data.decode())
    check(isinstance(r, dict) and r.get("format") == "cairn receipt", "format: no receipt")
    check(read_number(r.get("version")) == 1, f"format: version {r.get('version')}; this program reads 1")
    check(set(r) - {"anchor"} == MEMBERS, "format: unknown or missing members")
    canonical = json.dumps(r, sort_keys=True, separators=(",", ":"), ensure_ascii=False) + "\n"
    check(canonical.encode() == data, "format: not the canonical form")
    text, _, lines = r["head"].rpartition("\n\n")
    check(not re.search("[\0-\x09\x0b-\x1f]", r["head"]) and all(text.split("\n")), "format: head")
    check(re.fullmatch("(\u2014 [^\\s+]+ [A-Za-z0-9+/=]{8,}\n)+", lines), "format: signatures")
    origin, tree_size, root = text.split("\n")[:3]
    root, sequence, index, size = read_base64(root), *(read_number(r[name]) for name in ("sequence", "index", "size"))
    check(blake3(read_base64(r["transaction"])) == read_hash(r["transaction_hash"]), "transaction_hash")
    check(index == sequence - 1 and index < size, "position")
    check(str(size) == tree_size, "size")
    known = dict(map(read_key, keys))
    signed = [(line.split()[1], read_base64(line.split()[2])) for line in lines.splitlines()]
    ours = [(name, s[4:]) + (known[name, s[:4].hex()],) for name, s in signed if (name, s[:4].hex()) in known]
    check(ours, "known_key")
    check(all(verify_ed25519(key, (text + "\n").encode(), s) for _, s, key in ours), "signature")
    check(any(name == origin for name, _, _ in ours), "origin")
    leaf = sha256(b"\0" + read_hash(r["transaction_hash"])).digest()
    check(climb(index, size - 1, leaf, read_proof(r["inclusion"]), "inclusion")[1] == root, "inclusion")
    if "anchor" in r:
        check(isinstance(r["anchor"], dict) and set(r["anchor"]) == {"proof", "root", "size"}, "format: anchor")
        other = read_number(r["anchor"]["size"]), read_hash(r["anchor"]["root"])
        earlier, later = sorted([other, (size, root)], key=lambda head: head[0])
        check(is_consistent(*earlier, *later, read_proof(r["anchor"]["proof"])), "consistency")
    return f"transaction {sequence} of {origin}, in the tree of size {size}"
if __name__ == "__main__":
    try: print("holds:", verify(open(sys.argv[1], "rb").read(), sys.argv[2:]))
    except (ArithmeticError, AttributeError, IndexError, OSError, RecursionError, TypeError, ValueError) as error:
        sys.exit(f"does not hold: {error}")
