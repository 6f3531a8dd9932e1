#!/usr/bin/env python3
"""Compiles the samples in C of the manual, each block between ```c and ```, and those of the man pages.

    check_samples.py ROOT C_COMPILER

A block that begins with an include or a static function stands alone. Any other is the inside of a function, with the variables
that samples use: a client, a message, and so on. Nothing is linked or run; the examples are there for that.
"""
import re
import subprocess
import sys
from pathlib import Path

ALONE = re.compile(r"^(#include|static |typedef |struct )")
PRELUDE = """
#include <nanonng/mqtt_client.h>
#include <nng/protocol/pubsub0/sub.h>
#include <stdio.h>
#include <string.h>
"""
# Of the file, so that a sample may have variables of its own by the same names.
VARIABLES = """
extern nmqtt_client c;
extern nmqtt_topic topic;
extern nmqtt_outcome said;
extern nng_msg *m, *request, *response;
extern nng_aio* aio;
extern nng_socket sock;
extern int rv;
extern void on_message(nmqtt_client, nng_msg*, void*), on_event(nmqtt_client, const nmqtt_event*, void*);
int sample(void);
int sample(void) {
%s
  return 0;
}
"""
OPTIONS = ["-std=c99", "-pedantic", "-Wall", "-Wextra", "-Werror", "-Wno-unused-function", "-fsyntax-only", "-x", "c", "-"]


def samples(root):
    """(where, text)"""
    for file in sorted((root / "docs" / "manual").glob("*.md")):
        text = file.read_text(encoding="utf-8")
        for found in re.finditer(r"^```c\n(.*?)^```$", text, re.M | re.S):
            yield f"{file.name}:{text[:found.start()].count(chr(10)) + 1}", found.group(1)
    for file in sorted((root / "docs" / "man").glob("*.3")):
        text = file.read_text(encoding="utf-8")
        examples = text[text.index(".Sh EXAMPLES"):text.index(".Sh ERRORS")]
        for found in re.finditer(r"^\.Bd -literal\n(.*?)^\.Ed$", examples, re.M | re.S):
            yield file.name, found.group(1).replace("\\e", "\\")


def main(arguments):
    if len(arguments) != 3:
        print(__doc__, file=sys.stderr)
        return 2
    root = Path(arguments[1])
    failed = count = 0
    for where, text in samples(root):
        count += 1
        source = PRELUDE + (text if ALONE.match(text) else VARIABLES % text)
        done = subprocess.run([arguments[2], f"-I{root / 'nanonng' / 'include'}", *OPTIONS], input=source, text=True,
                              stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
        if done.returncode != 0:
            failed += 1
            print(f"{where}:\n{done.stdout}\n{source}")
    print(f"{count} samples, {failed} of them wrong")
    return 1 if failed or count == 0 else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv))
