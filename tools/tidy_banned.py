# SPDX-License-Identifier: Apache-2.0
"""House rules about names that some folders may not use, each with what to use instead.

Three zones have rules: the deterministic core with the domains in examples, the rest of src
except src/sys/posix and the loader of shared objects, and the simulator. Tests beside the code are free.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache, partial

from sources import Finding, Repo, SourceFile
from tidy_rule import Rule, register

RULES: list[Rule] = []

CORE_FOLDERS = ("src/schema", "src/petri", "src/state", "src/execution", "src/log", "src/journal",
                "src/commit", "src/replay", "examples")
REAL_WORLD = "src/sys/posix"
# The one file elsewhere that calls the system: it reads shared objects and hands them to the loader.
LOADER = "src/plugin/shared_object.cc"


def _under(path: str, folder: str) -> bool:
    return path.startswith(f"{folder}/")


def zone_of(file: SourceFile) -> str | None:
    """Returns core, src or sim; nothing for files that no ban concerns."""
    if not file.is_cxx or file.is_test or file.is_data or _under(file.path, REAL_WORLD):
        return None
    if file.path == LOADER:
        return None
    if any(_under(file.path, folder) for folder in CORE_FOLDERS):
        return "core"
    return next((zone for zone in ("src", "sim") if _under(file.path, zone)), None)


@dataclass(frozen=True)
class Ban:
    """Names under one ban. `instead` says, for each zone that the ban holds in, what to use.

    `calls` are function names, `words` is a pattern of types and other names, `headers` are
    standard headers that have no other purpose.
    """

    rule: str
    doc: str
    instead: dict[str, str]
    calls: str = ""
    words: str = ""
    headers: str = ""


_POSIX_ONLY = "Only src/sys/posix talks to the system: use "
BANS = [
    Ban("clock", "no clock but the one handed in",
        {"core": "Use the time that the context carries", "src": "Use Clock of src/sys",
         "sim": "Use the simulated Clock"},
        calls="time clock gettimeofday clock_gettime clock_getres timespec_get localtime "
              "localtime_r gmtime gmtime_r mktime strftime __rdtsc _rdtsc __builtin_ia32_rdtsc",
        words=r"\b(?:system|steady|high_resolution|utc|tai|gps|file)_clock\b"),
    Ban("randomness", "no randomness but the one handed in",
        {"core": "Use the randomness that the context carries", "src": "Use Random of src/sys",
         "sim": "Use the simulated Random, which the seed decides"},
        calls="rand srand rand_r random srandom drand48 lrand48 mrand48 getrandom getentropy "
              "arc4random",
        words=r"\b(?:random_device|default_random_engine|mt19937(?:_64)?|minstd_rand0?"
              r"|\w+_distribution)\b|\bstd::(?:ranges::)?(?:shuffle|sample)\b"),
    Ban("std-hash", "no std::hash where bytes are decided: its values differ between libraries",
        {"core": "Use base/hash.h", "sim": "Use base/hash.h"},
        words=r"\b(?:std|boost)::hash\b"),
    Ban("floating-point", "no floating point in the core and in domains",
        {"core": "Use integers or Decimal"},
        words=r"\b(?:float|double|_Float\d+)\b"
              r"|(?<![\w.'])(?:\d[\d']*\.\d*|\.\d+|\d[\d']*(?=[eE][+-]?\d))",
        headers="cmath math.h cfloat float.h cfenv fenv.h complex complex.h"),
    Ban("locale", "nothing that reads the locale",
        {"core": "Compare bytes, and write text with fmt, which ignores the locale"},
        calls="setlocale localeconv strcoll strxfrm toupper tolower isalpha isalnum isspace "
              "isprint ispunct isupper islower strtod strtof stod stof atof",
        words=r"\bstd::locale\b|\bstd::(?:toupper|tolower|isalpha|isalnum|isspace)\b",
        headers="locale clocale locale.h iostream sstream iomanip"),
    Ban("thread-identity", "nothing that depends on which thread or process runs",
        {"core": "Hand in what the code needs as data", "sim": "Use the simulated node's id"},
        calls="pthread_self gettid getpid getppid sched_getcpu",
        words=r"\bthis_thread::(?:get_id|yield)\b|\bthread::(?:id|hardware_concurrency)\b"),
    Ban("pointer-order", "no container ordered by addresses",
        {"core": "Order by a key or by an index", "sim": "Order by a key or by an index"},
        words=r"\bstd::(?:multi)?(?:map|set)\s*<\s*(?:const\s+)?[\w:]+\s*(?:const\s*)?\*"
              r"|\bstd::(?:less|greater)\s*<\s*(?:const\s+)?[\w:]+\s*(?:const\s*)?\*"),
    Ban("environment", "nothing that reads the environment",
        {"core": "Hand it in as data", "src": "Hand it in with the options of the caller",
         "sim": "Hand it in with the options of the caller"},
        calls="getenv secure_getenv setenv putenv unsetenv gethostname uname sysconf",
        words=r"\benviron\b"),
    Ban("thread", "threads are started in src/sys/posix only",
        dict.fromkeys(("core", "src", "sim"), _POSIX_ONLY + "an interface of src/sys"),
        calls="pthread_create fork vfork clone",
        words=r"\bstd::(?:thread|jthread|async)\b(?!::)"),
    Ban("sleep", "nothing in the product sleeps on its own",
        dict.fromkeys(("core", "src", "sim"), "Wait with a timer of Clock or Net of src/sys"),
        calls="sleep usleep nanosleep clock_nanosleep sleep_for sleep_until",
        words=r"\bthis_thread::sleep_(?:for|until)\b"),
    Ban("file-access", "files are reached through Disk only",
        dict.fromkeys(("core", "src", "sim"), _POSIX_ONLY + "Disk of src/sys"),
        calls="open openat creat close read write pread pwrite readv writev preadv pwritev preadv2 "
              "pwritev2 fsync fdatasync sync_file_range syncfs ftruncate truncate fallocate "
              "posix_fallocate lseek stat fstat lstat statx statvfs rename renameat unlink "
              "unlinkat rmdir mkdir mkdirat link symlink readlink opendir readdir flock lockf "
              "fcntl fopen fdopen freopen tmpfile mkstemp mkdtemp mmap munmap msync dup dup2 "
              "io_uring_queue_init io_uring_submit io_uring_get_sqe",
        words=r"\bstd::(?:basic_)?[io]?fstream\b|\bstd::filesystem\b(?!::path\b)"),
    Ban("network", "the network is reached through Net only",
        dict.fromkeys(("core", "src", "sim"), _POSIX_ONLY + "Net of src/sys"),
        calls="socket socketpair bind listen accept accept4 connect send sendto sendmsg recv "
              "recvfrom recvmsg setsockopt getsockopt getaddrinfo poll ppoll select "
              "epoll_create1 epoll_ctl epoll_wait eventfd pipe pipe2"),
    Ban("process", "processes, signals and devices belong to src/sys/posix",
        dict.fromkeys(("core", "src", "sim"), _POSIX_ONLY + "an interface of src/sys"),
        calls="system popen execl execlp execv execve execvp posix_spawn waitpid kill raise "
              "signal sigaction sigprocmask ioctl isatty dlopen dlsym syscall prctl "
              "sched_setaffinity setrlimit getrlimit"),
]

_CALL = re.compile(r"\b([A-Za-z_]\w*)\s*\(")
_QUALIFIER = re.compile(r"([\w>]*)\s*::\s*$")
_WORD_BEFORE = re.compile(r"(\w+)\s+$")
# Words that may stand before a call; any other word before a name makes it a declaration.
_STATEMENT_WORDS = frozenset(
    "return else do throw case co_return co_await co_yield and or not new delete in".split())

@cache
def _uses(code: str) -> tuple[tuple[int, str, bool], ...]:
    """Returns (position, name, is a declaration) for each plain or std:: call or declaration.

    Calls of members, and of names in namespaces other than std, are somebody else's function.
    """
    return tuple(_find_uses(code))


def _find_uses(code: str) -> Iterator[tuple[int, str, bool]]:
    for match in _CALL.finditer(code):
        before = code[max(0, match.start() - 80) : match.start()]
        tail = before.rstrip()
        if tail.endswith((".", "->")):
            continue
        qualifier = _QUALIFIER.search(before)
        if qualifier:
            if qualifier[1] in ("", "std", "return"):
                yield match.start(1), match[1], False
            continue
        word = _WORD_BEFORE.search(before)
        declared = tail.endswith((">", "&", "*")) and not tail.endswith("&&")
        yield (match.start(1), match[1],
               declared or bool(word and word[1] not in _STATEMENT_WORDS))


def _own_names(repo: Repo, file: SourceFile, names: set[str]) -> set[str]:
    """Returns those of the names that the file, or a project header it includes, declares itself:
    as a function, or as a variable that can be called."""
    codes = [repo.files[path].code for path in repo.reach(file.path)]
    functions = {name for code in codes for _, name, declared in _uses(code) if declared}
    variable = re.compile(rf"(\w+\b|[>&*])\s*\b({'|'.join(sorted(names))})\s*[=,;){{]")
    variables = {match[2] for code in codes for match in variable.finditer(code)
                 if match[1] not in _STATEMENT_WORDS}
    return functions | variables


def _banned_calls(repo: Repo, file: SourceFile, ban: Ban) -> Iterator[tuple[int, str]]:
    names = set(ban.calls.split())
    found = [(at, name) for at, name, declared in _uses(file.code)
             if name in names and not declared]
    own = _own_names(repo, file, {name for _, name in found}) if found else set()
    for at, name in found:
        qualified = file.code[:at].rstrip().endswith("::")
        if qualified or name not in own:
            yield at, f"{name}()"


def _banned_words(file: SourceFile, ban: Ban) -> Iterator[tuple[int, str]]:
    if ban.words:
        for match in re.finditer(ban.words, file.code):
            yield match.start(), " ".join(match.group().split())


def _banned_headers(file: SourceFile, ban: Ban) -> Iterator[Finding]:
    names = ban.headers.split()
    for include in file.includes:
        if include.angle and include.name in names:
            yield _finding(file, include.line, f"<{include.name}>", ban)


def _finding(file: SourceFile, line: int, name: str, ban: Ban) -> Finding:
    zone = zone_of(file) or ""
    return Finding(file.path, line, f"{name} is banned here: {ban.doc}", ban.instead[zone])


def _check_ban(ban: Ban, repo: Repo) -> Iterator[Finding]:
    for file in repo.cxx:
        if zone_of(file) not in ban.instead:
            continue
        for at, name in (*_banned_calls(repo, file, ban), *_banned_words(file, ban)):
            yield _finding(file, file.line_at(at), name, ban)
        yield from _banned_headers(file, ban)


for _ban in BANS:
    RULES.append(Rule(_ban.rule, _ban.doc, partial(_check_ban, _ban)))

_UNORDERED = re.compile(r"\bunordered_(?:flat_|node_)?(?:multi)?(?:map|set)\s*<")
_ALIAS_BEFORE = re.compile(r"\busing\s+(\w+)\s*=\s*(?:\w+\s*::\s*)*$")
_VARIABLE = r"\s*(?:const\b)?[\s&*]*\b(\w+)\s*(?=[;={(,)\[])"
_VARIABLE_AFTER = re.compile(_VARIABLE)
_FOR = re.compile(r"\bfor\s*\(")
_RANGE = re.compile(r"(?<!:):(?!:)([^;]*)\Z", re.DOTALL)


def _matching(code: str, start: int, pair: str) -> int:
    """Returns the position after the bracket that closes the one at `start`."""
    depth = 0
    for at in range(start, len(code)):
        depth += (code[at] == pair[0]) - (code[at] == pair[1])
        if depth == 0:
            return at + 1
    return len(code)


def _unordered_names(code: str) -> set[str]:
    """Returns the variables, members and functions whose type is an unordered container."""
    names: set[str] = set()
    for match in _UNORDERED.finditer(code):
        alias = _ALIAS_BEFORE.search(code[max(0, match.start() - 120) : match.start()])
        if alias:
            names.update(re.findall(rf"\b{alias[1]}\b{_VARIABLE}", code))
        else:
            variable = _VARIABLE_AFTER.match(code, _matching(code, match.end() - 1, "<>"))
            names.update({variable[1]} if variable else ())
    return names


def _iterated(code: str, names: set[str]) -> Iterator[tuple[int, str]]:
    """Yields (position, name) where one of the names is iterated."""
    one_of = "|".join(sorted(names))
    whole = re.compile(rf"\b({one_of})\b\s*(?:\(\s*\)\s*)?(?:\Z|[)|,])")
    for match in _FOR.finditer(code):
        inner = code[match.end() : _matching(code, match.end() - 1, "()") - 1]
        over = _RANGE.search(inner)
        hit = whole.search(over[1].rstrip()) if over else None
        if hit:
            yield match.start(), hit[1]
    begins = rf"\b({one_of})\s*(?:\.|->)\s*c?r?begin\s*\(|\bc?r?begin\s*\(\s*({one_of})\s*\)"
    for match in re.finditer(begins, code):
        yield match.start(), match[1] or match[2]


@register(RULES, "unordered-iteration", "no iteration over unordered containers in the core")
def unordered_iteration(repo: Repo) -> Iterator[Finding]:
    for file in repo.cxx:
        if zone_of(file) not in ("core", "sim"):
            continue
        own_header = repo.files.get(f"{file.path.rpartition('.')[0]}.h")
        names = _unordered_names(file.code + (own_header.code if own_header else ""))
        for at, name in _iterated(file.code, names) if names else ():
            yield file.finding(at, f"{name} is an unordered container and is iterated here",
                               "Keep an ordered container, or an ordered index beside it")


_MISSING = frozenset("format print generator flat_map flat_set mdspan stacktrace".split())


@register(RULES, "missing-std", "only standard headers that GCC 12.2 has")
def missing_std(repo: Repo) -> Iterator[Finding]:
    for file in repo.cxx:
        for include in file.includes:
            if include.angle and include.name in _MISSING:
                fix = ("Use <fmt/format.h>" if include.name in ("format", "print")
                       else "Use what the standard library of GCC 12.2 offers")
                yield Finding(file.path, include.line, f"GCC 12.2 has no <{include.name}>", fix)


@register(RULES, "build-time", "nothing that differs with the moment of the build")
def build_time(repo: Repo) -> Iterator[Finding]:
    for file in repo.cxx:
        for match in re.finditer(r"\b__(?:DATE|TIME|TIMESTAMP)__\b", file.code):
            yield file.finding(match.start(), f"{match.group()} makes every build differ",
                               "Name the version instead")
