#!/usr/bin/env python3
"""Checks the floors of the house: who may include whom, and what a floor must not do.

    check_layers.py ROOT

Prints one line per finding, `file:line: rule: what is wrong`, and exits with 1 when there is any. The rules are the
tables below; ARCHITECTURE.md says why they are there. Comments and, for everything but includes, string literals are
not looked at. It reads text, it does not compile: macros and `using` can hide things from it.
"""
import re
import sys
from pathlib import Path

SUFFIXES = {".cpp", ".hpp", ".h", ".c"}
LIBRARIES = ("nanolib", "nanonng", "nanomq")
PRODUCT = LIBRARIES + ("apps",)
EVERYTHING = PRODUCT + ("tests", "fuzz", "bench", "examples")

# Floor: what it must not include. A floor is a path's beginning; every floor that matches applies.
SOCKETS = r"sys/(socket|epoll|un|select)\.h|poll\.h|netdb\.h|netinet/|arpa/|net/if"
TLS = r"mbedtls/|psa/|openssl/"
COMMAND_LINE = r"CLI/|CLI11|spdlog/|fmt/"
INCLUDES = [
    ("nanolib", "floor", rf"nanonng/|nanomq/|nng/|{TLS}|{COMMAND_LINE}"),
    ("nanolib", "socket", SOCKETS),
    ("nanolib", "thread", r"thread$|stop_token$|future$|pthread\.h"),
    ("nanonng", "floor", rf"nanomq/|{COMMAND_LINE}"),
    ("nanonng/include/nanonng/mqtt", "floor", rf"nng/|nanonng/(?!mqtt/)|{TLS}"),
    ("nanonng/src/mqtt", "floor", rf"nng/|nanonng/(?!mqtt/)|{TLS}"),
    ("nanonng/include/nanonng/mqtt/", "io", rf"{SOCKETS}|unistd\.h|fcntl\.h|sys/"),
    ("nanonng/src/mqtt/", "io", rf"{SOCKETS}|unistd\.h|fcntl\.h|sys/"),
    ("nanomq", "floor", COMMAND_LINE),
]
LOCKS = r"(thread|mutex|shared_mutex|condition_variable|semaphore|future|latch|barrier|stop_token)$|(pthread|time)\.h|ctime$"
INCLUDES += [(where, "lock", LOCKS) for where in ("nanonng/include/nanonng/mqtt/", "nanonng/src/mqtt/")]
STREAMS = r"(iostream|ostream|istream|iomanip|fstream|sstream|syncstream|strstream|streambuf|locale|clocale|codecvt|regex)$|locale\.h"
INCLUDES += [(library, "iostream", STREAMS) for library in LIBRARIES]
# g++ 12 has neither.
INCLUDES += [(folder, "format", r"(format|print)$") for folder in EVERYTHING]

# SQLite is for the one file that implements the durable store.
SQLITE = re.compile(r"sqlite3")

# Hash functions for passwords: one file for each library that has them, and no TLS in the product.
DIGESTS = {"nanomq/src/access/digest_mbedtls.cpp": r"mbedtls/(md|pkcs5)\.h$",
           "nanomq/src/access/signature_mbedtls.cpp": r"mbedtls/(ecp|md|pk|sha256)\.h$",
           "nanomq/src/access/digest_argon2.cpp": r"argon2\.h$"}

# Floor: what its code must not say.
CLOCKS = r"\b(steady_clock|system_clock|high_resolution_clock)\s*::\s*now\b|\bclock_gettime\b|\bgettimeofday\b|\bsystem_clock\s*\(\)"
CODE = [
    ("nanolib", "floor", r"\bnamespace\s+(nanonng|nanomq)\b|\b(nanonng|nanomq)\s*::"),
    ("nanonng", "floor", r"\bnamespace\s+nanomq\b|\bnanomq\s*::"),
    ("nanolib", "thread", r"\bstd::j?thread\b|\bstd::async\b|\bpthread_create\b"),
    ("nanonng/include/nanonng/mqtt/", "lock", rf"\bstd::(\w*mutex|lock_guard|scoped_lock|unique_lock|j?thread)\b|{CLOCKS}"),
    ("nanonng/src/mqtt/", "lock", rf"\bstd::(\w*mutex|lock_guard|scoped_lock|unique_lock|j?thread)\b|{CLOCKS}"),
]
LOUD = r"(?<![\w.>:])(?:std::)?(?:v?f?printf|puts|fputs|putchar|perror|abort|exit|_exit|quick_exit|terminate|assert)\s*\("
CODE += [(library, "loud", LOUD) for library in LIBRARIES]

# Conditions may ask about the compiler and the system, never about a feature of ours: that is a file or a CMake target.
MACROS = re.compile(
    r"__\w+"  # reserved: the compiler's and the C library's
    r"|defined|_WIN32|_POSIX_\w+|true|false"
    r"|NANONNG_[A-Z_]+_H|NMQTT_DECL"  # what a header in C guards itself and marks its functions with
    r"|(?:CLOCK|EPOLL|MSG|SO|TCP|SOCK|IP|IPV6|O|F|SYS)_?[A-Z0-9_]+"  # what a system header may lack
)
CONDITION = re.compile(r"^\s*#\s*(?:if|ifdef|ifndef|elif|elifdef|elifndef)\b(.*)")
INCLUDE = re.compile(r'^\s*#\s*include\s*[<"]([^>"]+)[>"]')
TOKEN = re.compile(
    r"""//[^\n]*|/\*.*?\*/|(?P<raw>R"(?P<mark>[^()\s\\]*)\(.*?\)(?P=mark)")"""
    r"""|(?P<text>"(?:[^"\\\n]|\\.)*"|(?<!\w)(?:u8|u|U|L)?'(?:[^'\\\n]|\\.)+')""",
    re.DOTALL,
)


def blank(match, keep_text):
    """What stands for a comment or a literal: nothing but its line ends, so that numbers of lines stay right."""
    whole = match.group(0)
    if keep_text and (match.group("raw") or match.group("text")):
        return whole
    return " " + "\n" * whole.count("\n")


def applies(floor, path):
    return path.startswith(floor if floor.endswith("/") else floor + "/")


def check_includes(path, number, line):
    included = INCLUDE.match(line)
    if not included:
        return
    name = included.group(1)
    if "../" in name:
        yield number, "path", f"includes {name} by a relative path"
    for floor, rule, pattern in INCLUDES:
        if applies(floor, path) and re.match(pattern, name):
            yield number, rule, f"{floor.rstrip('/')} must not include {name}"
    if path.startswith("nanomq/") and re.match(rf"{TLS}|argon2", name) and not re.match(DIGESTS.get(path, "$^"), name):
        yield number, "floor", f"nanomq must not include {name}"
    if path.startswith(PRODUCT) and SQLITE.match(name) and not re.match(r"nanolib/src/cache/\w+\.cpp$", path):
        yield number, "sqlite", f"{name} belongs to the one file that implements the durable store"


def check_condition(path, number, line):
    condition = CONDITION.match(line)
    if not condition or not path.startswith(PRODUCT):
        return
    asked = re.sub(r"__has_\w+\s*\([^)]*\)", "", condition.group(1))
    for name in re.findall(r"\b[A-Za-z_]\w*", asked):
        if not MACROS.fullmatch(name):
            yield number, "switch", f"a condition on {name}: a feature is a file or a target"


def check_file(path, text):
    """Yields (line, rule, message) for one file; `path` is relative to the root."""
    with_text = TOKEN.sub(lambda match: blank(match, True), text).split("\n")
    for number, line in enumerate(with_text, 1):
        yield from check_includes(path, number, line)
        yield from check_condition(path, number, line)
    code = TOKEN.sub(lambda match: blank(match, False), text).split("\n")
    for number, line in enumerate(code, 1):
        if line.lstrip().startswith("#"):
            continue
        for floor, rule, pattern in CODE:
            found = re.search(pattern, line) if applies(floor, path) else None
            if found:
                yield number, rule, f"{floor.rstrip('/')} must not say {found.group(0).strip()}"


def check_tree(root):
    """Yields (path, line, rule, message) for every source file under the folders of the house."""
    sqlite_users = []
    for folder in EVERYTHING:
        for file in sorted((root / folder).rglob("*")):
            path = file.relative_to(root).as_posix()
            if file.suffix not in SUFFIXES or path.startswith("tests/layers/samples/"):
                continue
            text = file.read_text(encoding="utf-8")
            for finding in check_file(path, text):
                yield (path, *finding)
            if folder == "nanolib" and re.search(r'^\s*#\s*include\s*[<"]sqlite3', text, re.MULTILINE):
                sqlite_users.append(path)
    for path in sqlite_users[1:]:
        yield path, 1, "sqlite", f"{sqlite_users[0]} uses SQLite already; one file does"


def main(arguments):
    if len(arguments) != 2:
        print(__doc__, file=sys.stderr)
        return 2
    findings = list(check_tree(Path(arguments[1])))
    for path, number, rule, message in findings:
        print(f"{path}:{number}: {rule}: {message}")
    return 1 if findings else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv))
