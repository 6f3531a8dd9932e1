#!/usr/bin/env python3
"""The layer check against a small house of its own: it must find every line marked `refused: <rule>`, and no other."""
import re
import subprocess
import sys
import unittest
from pathlib import Path

HERE = Path(__file__).resolve().parent
SAMPLES = HERE / "samples"
sys.path.insert(0, str(HERE))
sys.dont_write_bytecode = True

import check_layers  # noqa: E402


def marked():
    for file in sorted(SAMPLES.rglob("*")):
        if file.suffix not in check_layers.SUFFIXES:
            continue
        for number, line in enumerate(file.read_text(encoding="utf-8").split("\n"), 1):
            for rule in re.findall(r"refused: (\w+)", line):
                yield file.relative_to(SAMPLES).as_posix(), number, rule


class layer_check(unittest.TestCase):
    def test_finds_what_is_marked_and_nothing_else(self):
        found = {finding[:3] for finding in check_layers.check_tree(SAMPLES)}
        self.assertEqual(found, set(marked()))

    def test_every_rule_has_a_sample(self):
        rules = {rule for _, rule, _ in check_layers.INCLUDES + check_layers.CODE} | {"path", "switch", "sqlite"}
        self.assertEqual({rule for _, _, rule in marked()}, rules)

    def test_says_file_and_line_and_fails(self):
        run = subprocess.run(
            [sys.executable, "-B", HERE / "check_layers.py", SAMPLES], capture_output=True, text=True, check=False
        )
        self.assertEqual(run.returncode, 1)
        self.assertRegex(run.stdout, r"(?m)^nanolib/src/base/looks_up\.cpp:\d+: floor: ")


if __name__ == "__main__":
    unittest.main()
