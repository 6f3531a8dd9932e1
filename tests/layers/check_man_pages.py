#!/usr/bin/env python3
"""Checks the man pages of the C client against its headers, and that mandoc finds nothing to say about them.

    check_man_pages.py ROOT

Every function that a header declares has to be in the page of that header: among its names, with the same parameters in its
synopsis, and described.
"""
import re
import shutil
import subprocess
import sys
from pathlib import Path

PAGES = {"mqtt_client.h": "nanonng_mqtt_client.3", "mqtt_msg.h": "nanonng_mqtt_msg.3", "mqtt_options.h": "nanonng_mqtt_options.3",
         "mqtt_tls.h": "nanonng_mqtt_tls.3"}


def normal(text):
    return re.sub(r"\s*(\*+)\s*", r" \1", re.sub(r"\s+", " ", text)).strip()


def declared(header):
    """{name: (what it returns, [parameters])}"""
    found = re.findall(r"^NMQTT_DECL ([^;(]*?)\b(nmqtt_\w+)\(([^;]*)\);", header, re.M)
    return {name: (normal(returned), [normal(each) for each in parameters.split(",")]) for returned, name, parameters in found}


def synopsis(page):
    """The same of a page."""
    found = re.findall(r"^\.Ft (.*)\n\.Fo (nmqtt_\w+)\n((?:\.Fa .*\n)*)\.Fc$", page, re.M)
    return {name: (normal(returned), [normal(each) for each in re.findall(r'^\.Fa "?(.*?)"?$', parameters, re.M)])
            for returned, name, parameters in found}


def differences(name, header, page):
    wanted, there = declared(header), synopsis(page)
    assert len(wanted) > 5, name
    names = set(re.findall(r"^\.Nm (nmqtt_\w+)", page, re.M))
    described = set(re.findall(r"nmqtt_\w+", " ".join(re.findall(r"^\.It (Fn .*)$", page, re.M))))
    for function, prototype in wanted.items():
        if function not in names:
            yield f"{name}: {function} is not among the names"
        if there.get(function) != prototype:
            yield f"{name}: {function} is {prototype} in the header and {there.get(function)} in the synopsis"
        if function not in described:
            yield f"{name}: {function} is not described"
    for function in set(there) - set(wanted):
        yield f"{name}: there is no {function}"


def complaints(folder, names):
    if shutil.which("mandoc") is None:
        yield "mandoc is not installed"
        return
    done = subprocess.run(["mandoc", "-Tlint", *names], cwd=folder, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    yield from done.stdout.splitlines()


def main(arguments):
    if len(arguments) != 2:
        print(__doc__, file=sys.stderr)
        return 2
    root = Path(arguments[1])
    folder = root / "docs" / "man"
    found = []
    for header, page in PAGES.items():
        text = (root / "nanonng" / "include" / "nanonng" / header).read_text(encoding="utf-8")
        found += differences(page, text, (folder / page).read_text(encoding="utf-8"))
    found += complaints(folder, PAGES.values())
    print("\n".join(found), end="\n" if found else "")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv))
