#!/usr/bin/env python3
"""Checks that systemd has nothing to say about the unit, with the program of this build in the place of the installed one.

    check_unit.py SYSTEMD_ANALYZE UNIT PROGRAM
"""
import os
import subprocess
import sys
import tempfile


def main(analyze, unit, program):
    with open(unit, encoding="utf-8") as file:
        text = file.read()
    if "/usr/bin/nanomq " not in text:
        sys.exit(f"{unit} does not start /usr/bin/nanomq")
    with tempfile.TemporaryDirectory() as directory:
        path = os.path.join(directory, os.path.basename(unit))
        with open(path, "w", encoding="utf-8") as file:
            file.write(text.replace("/usr/bin/nanomq ", program + " "))
        # Unknown keys are warnings to it, with exit status 0. The man page is found where it is installed.
        said = subprocess.run([analyze, "verify", "--man=no", path], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                              stderr=subprocess.STDOUT, text=True, check=False)
    ours = [line for line in said.stdout.splitlines() if path in line or "nanomq" in line]
    print("\n".join(ours))
    return 1 if said.returncode != 0 or ours else 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
