"""The unit for systemd, as systemd-analyze understands it: is it right, how much is taken away, and nothing that the broker needs."""

import os
import re
import shutil
import subprocess
import sys
import tempfile
import unittest

PROGRAM, UNIT = sys.argv.pop(1), sys.argv.pop(1)
DEADLINE = 100


def analyze(*arguments):
    return subprocess.run(["systemd-analyze", *arguments], stdin=subprocess.DEVNULL, capture_output=True, text=True,
                          env={**os.environ, "SYSTEMD_COLORS": "0", "SYSTEMD_PAGER": ""}, timeout=DEADLINE)


def call_sets():
    """What the names with an @ in SystemCallFilter stand for."""
    sets, current = {}, None
    for line in analyze("syscall-filter").stdout.splitlines():
        if line.startswith("@"):
            current = sets.setdefault(line.strip(), [])
        elif current is not None and line.startswith(" ") and not line.strip().startswith("#"):
            current.append(line.strip())

    def members(name):
        if not name.startswith("@"):
            return {name}
        return set().union(*(members(one) for one in sets[name]))
    return members


class Unit(unittest.TestCase):
    def setUp(self):
        directory = tempfile.mkdtemp(prefix="nanomq_unit")
        self.addCleanup(shutil.rmtree, directory, ignore_errors=True)
        with open(UNIT, encoding="utf-8") as file:
            self.text = file.read()
        self.unit = os.path.join(directory, "nanomq.service")
        with open(self.unit, "w", encoding="utf-8") as file:
            file.write(self.text.replace("/usr/bin/nanomq", os.path.abspath(PROGRAM)))

    def test_is_one_that_systemd_understands(self):
        said = analyze("--man=no", "verify", self.unit)
        self.assertEqual((said.returncode, said.stderr), (0, ""))

    # docs/manual/service.md names the figure.
    def test_leaves_little_that_a_broker_could_do_to_the_machine(self):
        said = analyze("security", "--offline=true", "--threshold=12", self.unit)
        self.assertEqual(said.returncode, 0, said.stdout[-200:] + said.stderr)

    def test_permits_the_system_calls_that_the_broker_makes_and_not_those_of_an_administrator(self):
        members = call_sets()
        allowed = None
        for line in re.findall(r"^SystemCallFilter=(.*)$", self.text, re.MULTILINE):
            names = set().union(*(members(one) for one in line.lstrip("~").split()))
            if allowed is None:
                self.assertFalse(line.startswith("~"), "the first line says what is permitted")
                allowed = names | members("@default")
            else:
                allowed = allowed - names if line.startswith("~") else allowed | names
        for wanted in ("epoll_wait", "accept4", "writev", "fdatasync", "clone3", "prlimit64", "setpriority", "sched_setscheduler"):
            self.assertIn(wanted, allowed)
        for unwanted in ("chown", "mount", "ptrace", "setuid", "reboot", "bpf", "nice", "sched_setaffinity"):
            self.assertNotIn(unwanted, allowed)


if __name__ == "__main__":
    if shutil.which("systemd-analyze") is None:
        sys.exit(77)
    unittest.main()
