"""nanomq store from the outside: what it prints and what it answers.

Usage: store_test.py PATH_OF_NANOMQ [unittest options]
"""
import json
import os
import shutil
import subprocess
import sys
import tempfile
import unittest

PROGRAM = os.path.abspath(sys.argv.pop(1))
SAMPLE = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..", "unit", "nanolib", "cache", "samples",
                      "format-1.db")
OK, FAILURE, USAGE, NOT_RUNNING, ALREADY_RUNNING = range(5)


class Store(unittest.TestCase):
    def setUp(self):
        self.parent = tempfile.mkdtemp(prefix="nanomq-store-")
        self.addCleanup(shutil.rmtree, self.parent, ignore_errors=True)
        self.directory = os.path.join(self.parent, "store")
        self.file = os.path.join(self.directory, "nanomq.db")
        os.mkdir(self.directory, 0o700)
        shutil.copy(SAMPLE, self.file)

    def run_store(self, *arguments, expect=OK):
        done = subprocess.run([PROGRAM, "store", *arguments], capture_output=True, text=True, timeout=100)
        self.assertEqual(done.returncode, expect, done.stderr)
        return done

    def test_info_tells_what_is_in_it(self):
        told = json.loads(self.run_store("info", self.directory).stdout)
        self.assertEqual(told["format"], 1)
        self.assertEqual((told["sessions"], told["subscriptions"], told["unreleased"], told["wills"]), (2, 1, 1, 1))
        self.assertEqual((told["queue_rows"], told["messages"], told["retained"]), (3, 2, 1))
        self.assertEqual(told["file_bytes"], os.path.getsize(SAMPLE))
        self.assertIsNone(told["damage"])

    def test_dump_writes_an_object_a_line(self):
        lines = [json.loads(line) for line in self.run_store("dump", self.directory).stdout.splitlines()]
        types = [line["type"] for line in lines]
        self.assertEqual(sorted(set(types)), ["queued", "retained", "session", "subscription", "unreleased", "will"])
        self.assertEqual(types.count("queued"), 3)
        self.assertIn({"type": "retained", "topic": "r", "qos": 1, "retain": True, "payload": "kept"}, lines)
        hidden = self.run_store("dump", "--no-payloads", self.directory).stdout
        self.assertNotIn("kept", hidden)
        self.assertIn('"payload_bytes":4', hidden)

    def test_dump_ends_when_its_reader_does(self):
        read, write = os.pipe()
        os.close(read)
        done = subprocess.run([PROGRAM, "store", "dump", self.directory], stdout=write, stderr=subprocess.PIPE,
                              timeout=100)
        os.close(write)
        self.assertEqual(done.returncode, FAILURE)

    def test_check_finds_nothing_wrong_with_a_sound_one(self):
        told = json.loads(self.run_store("check", self.directory).stdout)
        self.assertEqual(told, {"sound": True, "damage": None, "findings": []})

    def test_check_tells_what_is_wrong_and_changes_nothing(self):
        with open(self.file, "r+b") as file:
            whole = bytearray(file.read())
            at = whole.index(b"second")
            whole[at:at + 6] = b"Second"
            file.seek(0)
            file.write(whole)
        told = json.loads(self.run_store("check", self.directory, expect=FAILURE).stdout)
        self.assertEqual(told["findings"], ["message 2: wrong checksum"])
        self.run_store("dump", self.directory, expect=FAILURE)
        with open(self.file, "rb") as file:
            self.assertEqual(file.read(), bytes(whole))
        self.assertFalse([name for name in os.listdir(self.directory) if "corrupt" in name])

    def test_check_reads_what_no_broker_could_use(self):
        with open(self.file, "r+b") as file:
            file.seek(4096)
            file.write(b"\x77" * 20000)
        told = json.loads(self.run_store("check", self.directory, expect=FAILURE).stdout)
        self.assertFalse(told["sound"])
        self.assertTrue(told["damage"])

    def test_compact_keeps_everything(self):
        before = self.run_store("dump", self.directory).stdout
        told = json.loads(self.run_store("compact", self.directory).stdout)
        self.assertLessEqual(told["file_bytes"], told["file_bytes_before"])
        # Deadlines are shown relative to now; everything else is the same.
        strip = [line for line in before.splitlines() if "20" not in line]
        after = self.run_store("dump", self.directory).stdout.splitlines()
        self.assertEqual(strip, [line for line in after if "20" not in line])

    def test_there_has_to_be_a_store(self):
        empty = os.path.join(self.parent, "empty")
        os.mkdir(empty, 0o700)
        for verb in ("info", "dump", "check", "compact"):
            done = self.run_store(verb, empty, expect=FAILURE)
            self.assertIn("no store", done.stderr)
            self.assertEqual(os.listdir(empty), [])
            self.run_store(verb, os.path.join(self.parent, "nowhere"), expect=FAILURE)

    def test_the_command_line_has_to_be_right(self):
        self.run_store(expect=USAGE)
        self.run_store("info", expect=USAGE)
        self.run_store("explode", self.directory, expect=USAGE)
        self.assertIn("dump", self.run_store("--help").stdout)


if __name__ == "__main__":
    unittest.main()
