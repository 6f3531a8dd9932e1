#!/usr/bin/env python3
"""Checks that every relative link in the repository's Markdown points at something that is there.

    check_links.py ROOT
"""
import re
import sys
from pathlib import Path

SKIPPED = {"build", "node_modules", ".git"}
LINK = re.compile(r"\[[^\]]*\]\(([^)\s#]+)(?:#[^)]*)?\)")


def broken_links(root):
    for file in sorted(root.rglob("*.md")):
        if SKIPPED & set(file.relative_to(root).parts):
            continue
        for number, line in enumerate(file.read_text(encoding="utf-8").split("\n"), 1):
            for target in LINK.findall(line):
                if not re.match(r"[a-z]+:", target) and not (file.parent / target).exists():
                    yield f"{file.relative_to(root)}:{number}: {target} is not there"


def main(arguments):
    if len(arguments) != 2:
        print(__doc__, file=sys.stderr)
        return 2
    broken = list(broken_links(Path(arguments[1])))
    print("\n".join(broken), end="\n" if broken else "")
    return 1 if broken else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv))
