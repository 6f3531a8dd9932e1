#!/usr/bin/env python3
"""Compiles the samples in C++ of the manual, each block between ```cpp and ```.

    check_cpp_samples.py ROOT CXX_COMPILER

A block that begins with an include is a file, and any other the inside of a function that has a client `c` of the SDK. All of them are one
translation unit, each in a namespace of its own, so that headers are read once. Nothing is linked or run; the examples are there
for that.
"""
import re
import subprocess
import sys
from pathlib import Path

PRELUDE = """
#include <chrono>
#include <cstdio>
#include <optional>
#include <string>
#include <nanonng/sdk/client.hpp>
#include <nanonng/sdk/coroutine.hpp>
#include <nanonng/sdk/server_layers.hpp>
"""
FUNCTION = """namespace mqtt = nanonng::sdk;
using namespace std::chrono_literals;
%s sample(mqtt::client& c);
%s sample([[maybe_unused]] mqtt::client& c) {
#line %d "%s"
%s%s}
"""
OPTIONS = ["-std=c++23", "-Wall", "-Wextra", "-Wpedantic", "-Werror", "-Wno-unused-variable", "-Wno-unused-but-set-variable",
           "-fsyntax-only", "-x", "c++", "-"]


def samples(root):
    """(file, line, text)"""
    for file in sorted((root / "docs" / "manual").glob("*.md")):
        text = file.read_text(encoding="utf-8")
        for found in re.finditer(r"^```cpp\n(.*?)^```$", text, re.M | re.S):
            yield file.relative_to(root), text[:found.start()].count("\n") + 2, found.group(1)


def wrapped(file, line, text):
    """The includes of a sample, and the rest of it as declarations."""
    if not text.startswith("#include"):
        kind, end = ("mqtt::operation<void>", "co_return;\n") if "co_await" in text else ("void", "")
        return [], FUNCTION % (kind, kind, line, file, text, end)
    lines = text.split("\n")
    includes = [each for each in lines if each.startswith("#include")]
    # Empty lines in their place keep the numbers right. Only the one main() may end without a return.
    body = "\n".join("" if each.startswith("#include") else each for each in lines).replace("int main()", "void main_()")
    return includes, f'#line {line} "{file}"\n{body}'


def main(arguments):
    if len(arguments) != 3:
        print(__doc__, file=sys.stderr)
        return 2
    root = Path(arguments[1])
    head, bodies = [PRELUDE], []
    for number, sample in enumerate(samples(root)):
        includes, body = wrapped(*sample)
        head += includes
        bodies.append(f"namespace sample_{number} {{\n{body}\n}}\n")
    folders = [f"-I{root / library / 'include'}" for library in ("nanomq", "nanonng", "nanolib")]
    done = subprocess.run([arguments[2], *folders, *OPTIONS], input="\n".join(head + bodies), text=True)
    print(f"{len(bodies)} samples")
    return 1 if done.returncode != 0 or not bodies else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv))
