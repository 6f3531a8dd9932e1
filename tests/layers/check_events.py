#!/usr/bin/env python3
"""Checks that docs/manual/logging.md names every event that is logged, and no other, each with its component.

    check_events.py ROOT

Events are what the sources pass to log::event(); a name chosen by `?:` counts as both.
"""
import re
import sys
from pathlib import Path

# Made by the log itself: component "the event's" for the second.
OWN = {"log_lines_dropped": {"program"}, "suppressed": {"any"}}
CALL = re.compile(r"(?:\.|->)event\(\s*([^;{]*?\"[a-z0-9_]+\"[^;{]*?)(?:\{|\);)", re.S)
ROW = re.compile(r"^\| `([a-z0-9_]+)` \| ([a-z, ]+) \| ", re.M)


def logged(root):
    found = {name: set(components) for name, components in OWN.items()}
    for floor in ("nanolib/src", "nanonng/src", "nanomq/src", "apps/nanomq"):
        for path in sorted((root / floor).rglob("*.cpp")):
            for call in CALL.findall(path.read_text()):
                components = set(re.findall(r"log_component::(\w+)", call)) or {"broker"}
                for name in re.findall(r"\"([a-z0-9_]+)\"", call):
                    found.setdefault(name, set()).update(components)
    return found


def main(root):
    in_sources = logged(root)
    manual = root / "docs/manual/logging.md"
    in_manual = {name: set(components.split(", ")) for name, components in ROW.findall(manual.read_text())}
    faults = [f"no row for `{name}` ({', '.join(sorted(in_sources[name]))})" for name in in_sources.keys() - in_manual.keys()]
    faults += [f"`{name}` is logged nowhere" for name in in_manual.keys() - in_sources.keys()]
    faults += [f"`{name}` is from {', '.join(sorted(in_sources[name]))}" for name in in_sources.keys() & in_manual.keys()
               if in_sources[name] != in_manual[name]]
    for fault in sorted(faults):
        print(f"{manual.relative_to(root)}: {fault}")
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1])))
