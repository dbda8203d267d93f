# SPDX-License-Identifier: Apache-2.0
"""Splits source text into code and comments, keeping every line where it is.

The scanners are regular expressions, not parsers: they know comments, string and character
literals, raw strings and digit separators, which is what the checks need to avoid false alarms.
"""

import re

_CXX = re.compile(
    r"""
      (?P<comment> //(?:\\\n|[^\n])* | /\*.*?(?:\*/|\Z) )
    | (?P<string> (?<!\w)(?:u8|[uUL])?R"(?P<tag>[^()\\\s"]{0,16})\(.*?\)(?P=tag)"
                | "(?:\\.|[^"\\\n])*"
                | (?P<char>'(?:\\.|[^'\\\n])+') )
    | (?P<number> (?<!\w)\d(?:'?[\w.])* )
    """,
    re.VERBOSE | re.DOTALL,
)
_SCRIPT = re.compile(  # JavaScript, TypeScript, CSS: no raw strings, but template literals
    r"""
      (?P<comment> //[^\n]* | /\*.*?(?:\*/|\Z) )
    | (?P<string> "(?:\\.|[^"\\\n])*" | '(?:\\.|[^'\\\n])*' | `(?:\\.|[^`\\])*` )
    """,
    re.VERBOSE | re.DOTALL,
)
_PYTHON = re.compile(
    r'''
      (?P<string> """.*?""" | \'\'\'.*?\'\'\' | "(?:\\.|[^"\\\n])*" | '(?:\\.|[^'\\\n])*' )
    | (?P<comment> \#[^\n]* )
    ''',
    re.VERBOSE | re.DOTALL,
)
_HASH = re.compile(  # shell, CMake, YAML, TOML: '#' starts a comment only at the start of a word
    r"""
      (?P<string> "(?:\\.|[^"\\])*" | '[^'\n]*' )
    | (?P<comment> (?<![^\s;()])\#[^\n]* )
    """,
    re.VERBOSE | re.DOTALL,
)
_SCANNERS = {
    "cxx": _CXX,
    "script": _SCRIPT,
    "python": _PYTHON,
    "shell": _HASH,
    "cmake": _HASH,
    "yaml": _HASH,
    "toml": _HASH,
}
_NOT_NEWLINE = re.compile(r"[^\n]")


def blank(text: str) -> str:
    """Returns `text` with every character but newlines replaced by a space."""
    return _NOT_NEWLINE.sub(" ", text)


def split(text: str, kind: str) -> tuple[str, str]:
    """Returns (code, comments): both have the same length and lines as `text`.

    In the code, comments are blank and literals keep only their first and last character.
    Kinds without a scanner are all code.
    """
    scanner = _SCANNERS.get(kind)
    if scanner is None:
        return text, blank(text)
    code: list[str] = []
    comments: list[str] = []
    end = 0
    for match in scanner.finditer(text):
        between = text[end : match.start()]
        token = match.group()
        code += (between, _as_code(match.lastgroup, token))
        comments += (blank(between), token if match["comment"] is not None else blank(token))
        end = match.end()
    code.append(text[end:])
    comments.append(blank(text[end:]))
    return "".join(code), "".join(comments)


def _as_code(group: str | None, token: str) -> str:
    if group == "number":
        return token
    if group == "comment":
        return blank(token)
    return token[0] + blank(token[1:-1]) + token[-1]
