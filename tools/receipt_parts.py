# SPDX-License-Identifier: Apache-2.0
"""What verify_receipt.py stands on: strict reading, Ed25519 (RFC 8032, verification) and BLAKE3.

Slow, and for public data only: nothing here takes the same time for every input.
"""

import re
from base64 import b64decode, b64encode
from hashlib import sha256, sha512
from struct import pack, unpack


def check(good: object, link: str) -> None:
    """Ends the verification unless `good`; the error says which link is broken."""
    if not good:
        raise ValueError(link)


def read_base64(text: str) -> bytes:
    data = b64decode(text, validate=True)
    check(b64encode(data).decode() == text, "format: base64 in another form")
    return data


def read_number(value: object) -> int:
    check(type(value) is int and 0 <= value < 2**53, "format: not a whole number below 2^53")
    return value


def read_hash(value: object) -> bytes:
    check(isinstance(value, str) and re.fullmatch("[0-9a-f]{64}", value), "format: not a hash")
    return bytes.fromhex(value)


def read_proof(values: object) -> list[bytes]:
    check(isinstance(values, list) and len(values) <= 65, "format: not a proof")
    return [read_hash(value) for value in values]


def read_key(text: str) -> tuple[tuple[str, str], bytes]:
    """A public key, name+id+base64: its name and id, and its 32 bytes."""
    name, mark, key = text.split("+", 2)
    data = read_base64(key)
    check(len(data) == 33 and data[0] == 1, "key: not Ed25519")
    check(sha256(name.encode() + b"\n" + data).hexdigest()[:8] == mark, "key: its id is another")
    return (name, mark), data[1:]


Point = tuple[int, int]
P = 2**255 - 19
GROUP_ORDER = 2**252 + 27742317777372353535851937790883648493
D = -121665 * pow(121666, -1, P) % P
ROOT_OF_MINUS_ONE = pow(2, (P - 1) // 4, P)


def decode(code: bytes) -> Point | None:
    """The point, or nothing when the bytes are none."""
    y, sign = int.from_bytes(code, "little") % 2**255, code[31] >> 7
    square = (y * y - 1) * pow(D * y * y + 1, -1, P) % P
    x = pow(square, (P + 3) // 8, P)
    if x * x % P != square:
        x = x * ROOT_OF_MINUS_ONE % P
    if x * x % P != square or y >= P:
        return None
    return (x if x % 2 == sign else P - x, y)


def add(a: Point, b: Point) -> Point:
    k = D * a[0] * b[0] * a[1] * b[1] % P
    inverse = pow(1 - k * k, -1, P)  # of (1 + k)(1 - k): one division serves both
    x = (a[0] * b[1] + a[1] * b[0]) * (1 - k) * inverse
    y = (a[1] * b[1] + a[0] * b[0]) * (1 + k) * inverse
    return (x % P, y % P)


def times(n: int, point: Point) -> Point:
    result = (0, 1)
    while n:
        if n % 2:
            result = add(result, point)
        point = add(point, point)
        n //= 2
    return result


def verify_ed25519(key: bytes, message: bytes, signature: bytes) -> bool:
    start, s = signature[:32], int.from_bytes(signature[32:], "little")
    public = decode(key)
    base = decode((4 * pow(5, -1, P) % P).to_bytes(32, "little"))
    if len(signature) != 64 or s >= GROUP_ORDER or public is None or base is None:
        return False
    h = int.from_bytes(sha512(start + key + message).digest(), "little") % GROUP_ORDER
    x, y = add(times(s, base), times(h, (P - public[0], public[1])))
    return (y + (x % 2 << 255)).to_bytes(32, "little") == start


IV = (0x6A09E667, 0xBB67AE85, 0x3C6EF372, 0xA54FF53A, 0x510E527F, 0x9B05688C, 0x1F83D9AB, 0x5BE0CD19)
ORDER = (2, 6, 3, 10, 7, 0, 4, 13, 1, 11, 12, 5, 9, 14, 15, 8)
COLUMNS_AND_DIAGONALS = ((0, 4, 8, 12), (1, 5, 9, 13), (2, 6, 10, 14), (3, 7, 11, 15),
                         (0, 5, 10, 15), (1, 6, 11, 12), (2, 7, 8, 13), (3, 4, 9, 14))
CHUNK_START, CHUNK_END, PARENT, ROOT = 1, 2, 4, 8
MASK = 0xFFFFFFFF


def turn(word: int, count: int) -> int:
    return (word >> count | word << (32 - count)) & MASK


def compress(chain: tuple[int, ...], block: bytes, counter: int, flags: int) -> tuple[int, ...]:
    words = unpack("<16I", block.ljust(64, b"\0"))
    state = [*chain, *IV[:4], counter & MASK, counter >> 32, len(block), flags]
    for _ in range(7):
        for i, (a, b, c, d) in enumerate(COLUMNS_AND_DIAGONALS):
            for word, first, second in ((words[2 * i], 16, 12), (words[2 * i + 1], 8, 7)):
                state[a] = (state[a] + state[b] + word) & MASK
                state[d] = turn(state[d] ^ state[a], first)
                state[c] = (state[c] + state[d]) & MASK
                state[b] = turn(state[b] ^ state[c], second)
        words = tuple(words[i] for i in ORDER)
    return tuple(state[i] ^ state[i + 8] for i in range(8))


def subtree(data: bytes, chunk: int, flags: int) -> tuple[int, ...]:
    """The chaining value of `data`, which starts with chunk number `chunk`; flags are ROOT for all of the input."""
    if len(data) > 1024:
        left = 1024 << (((len(data) - 1) // 1024).bit_length() - 1)
        pair = subtree(data[:left], chunk, 0) + subtree(data[left:], chunk + left // 1024, 0)
        return compress(IV, pack("<16I", *pair), 0, PARENT | flags)
    chain, last = IV, max(len(data) - 1, 0) // 64
    for i in range(last + 1):
        here = (CHUNK_START if i == 0 else 0) | (CHUNK_END | flags if i == last else 0)
        chain = compress(chain, data[64 * i:64 * i + 64], chunk, here)
    return chain


def blake3(data: bytes) -> bytes:
    return pack("<8I", *subtree(data, 0, ROOT))
