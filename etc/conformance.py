#!/usr/bin/env python3
"""Makes docs/conformance.md from the identifiers that stand in the sources and the tests.

conformance.py          writes the document
conformance.py --check  compares it with the one that is there; exit code 1 if they differ

An identifier counts as enforced where a source of the libraries names it and as tested where a test file names it,
so a statement that nobody thought of shows as a blank.
"""
import pathlib
import re
import sys

ROOT = pathlib.Path(__file__).resolve().parent.parent
DOCUMENT = ROOT / "docs" / "conformance.md"
STATEMENTS = ROOT / "etc" / "mqtt5_statements.txt"
IDENTIFIER = re.compile(r"\[MQTT-(\d+\.\d+\.\d+-\d+)\]")
SOURCES = ("nanolib", "nanonng", "nanomq")
# What the client's half consists of: the codec and the client machine, and their tests.
CLIENT = re.compile(r"(nanonng|tests/unit/nanonng)/(?!.*server_machine)")
WHO = {"both": "", "server": "server", "client": "client only"}


def statements():
    """Yields (section, None, None) for a heading and (id, who, text) for a statement."""
    for line in STATEMENTS.read_text(encoding="utf-8").splitlines():
        if line.startswith("== "):
            yield line[3:], None, None
        elif line and not line.startswith("#"):
            yield tuple(line.split(" ", 2))


def places(folders):
    """Identifier -> the files that name it, sorted."""
    found = {}
    for folder in folders:
        for path in sorted((ROOT / folder).rglob("*")):
            if path.suffix not in (".hpp", ".cpp", ".h"):
                continue
            for identifier in set(IDENTIFIER.findall(path.read_text(encoding="utf-8"))):
                found.setdefault(identifier, []).append(path.relative_to(ROOT).as_posix())
    return found


def links(files):
    return ", ".join(f"[{pathlib.PurePosixPath(name).name}](../{name})" for name in files) or "**–**"


def document():
    enforced = places(SOURCES)
    tested = places(("tests",))
    table = []
    concerned = enforced_count = tested_count = 0
    client_concerned = client_enforced = client_tested = 0
    for first, who, text in statements():
        if who is None:
            table += ["", f"## {first}", "", "| Statement | About | Whose | Enforced in | Tested in |", "|---|---|---|---|---|"]
            continue
        if who != "client":
            concerned += 1
            enforced_count += first in enforced
            tested_count += first in tested
        if who != "server":
            client_concerned += 1
            client_enforced += any(CLIENT.match(name) for name in enforced.get(first, []))
            client_tested += any(CLIENT.match(name) for name in tested.get(first, []))
        table.append(f"| MQTT-{first} | {text} | {WHO[who]} | {links(enforced.get(first, []))} | {links(tested.get(first, []))} |")
    head = [
        "# Conformance to MQTT 5.0",
        "",
        "Made by `etc/conformance.py` from the identifiers in the sources and the tests; don't edit it by hand.",
        "The short descriptions are not the standard's words: [MQTT 5.0](https://docs.oasis-open.org/mqtt/mqtt/v5.0/mqtt-v5.0.html) decides.",
        "A dash is a blank: no file names the statement. \"client only\" marks what a server cannot violate; where such a row has",
        "a file, our client keeps it, or the server checks it or is tested with a client that breaks it.",
        "",
        f"Statements that concern a server: {concerned}. Named in the sources: {enforced_count}. Named in the tests: {tested_count}.",
        "",
        f"Statements that concern a client: {client_concerned}. Named in the codec or the client machine: {client_enforced}. Named in their tests: {client_tested}.",
    ]
    return "\n".join(head + table) + "\n"


def main():
    text = document()
    if "--check" not in sys.argv[1:]:
        DOCUMENT.write_text(text, encoding="utf-8")
        return 0
    if DOCUMENT.exists() and DOCUMENT.read_text(encoding="utf-8") == text:
        return 0
    print("docs/conformance.md is out of date: run etc/conformance.py", file=sys.stderr)
    return 1


if __name__ == "__main__":
    sys.exit(main())
