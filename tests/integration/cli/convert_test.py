"""`nanomq convert`: a mosquitto.conf as people have it, with its files, becomes one that a broker would start with.

Usage: convert_test.py PATH_OF_NANOMQ [unittest options]
"""
import os
import shutil
import stat
import subprocess
import sys
import tempfile
import unittest

PROGRAM = os.path.abspath(sys.argv.pop(1))
DEADLINE = 100
OK, FAILURE, USAGE = 0, 1, 2


class Convert(unittest.TestCase):
    def setUp(self):
        self.directory = tempfile.mkdtemp(prefix="nanomq_convert")
        self.addCleanup(shutil.rmtree, self.directory, ignore_errors=True)
        self.env = {key: value for key, value in os.environ.items() if not key.startswith("NANOMQ_")}

    def path(self, name):
        return os.path.join(self.directory, name)

    def write(self, name, text):
        os.makedirs(os.path.dirname(self.path(name)), exist_ok=True)
        with open(self.path(name), "w", encoding="utf-8") as file:
            file.write(text)
        os.chmod(self.path(name), 0o600)
        return self.path(name)

    def run_program(self, *arguments, text=None):
        return subprocess.run([PROGRAM, *arguments], env=self.env, cwd=self.directory, input=text,
                              stdin=subprocess.DEVNULL if text is None else None,
                              capture_output=True, text=True, timeout=DEADLINE, check=False)

    def test_a_realistic_file_makes_a_configuration_that_a_broker_would_start_with(self):
        made = self.run_program("passwd", "users", "--create", "ann", text="a long password\n")
        self.assertEqual(made.returncode, OK, made.stderr)
        self.write("rules", "# what everybody reads\ntopic read news/#\n\nuser ann\ntopic readwrite plant/#\n"
                            "pattern write clients/%c/state\n")
        self.write("conf.d/10-web.conf", "listener 0 web.sock\nprotocol websockets\n")
        self.write("conf.d/README", "no configuration\n")
        conf = self.write("mosquitto.conf", f"""# Place your local configuration in conf.d
pid_file /run/mosquitto/mosquitto.pid

persistence true
persistence_location {self.directory}/
autosave_interval 300

log_dest file {self.path("mosquitto.log")}
log_type all

allow_anonymous false
password_file {self.path("users")}
acl_file {self.path("rules")}
max_inflight_messages 100
max_queued_messages 2000

listener 0 {self.path("plain.sock")}
max_connections 200

connection cloud
address cloud.example.org:8883
remote_username plant
remote_password never shown
topic plant/# out 1

include_dir conf.d
""")
        converted = self.run_program("convert", conf, "-o", "nanomq.conf")
        self.assertEqual(converted.returncode, OK, converted.stderr)
        self.assertEqual(converted.stdout, "")
        self.assertIn(f"{conf}:2: warning: 'pid_file' has no meaning here", converted.stderr)
        self.assertIn(f"{conf}:20: warning: there are no bridges", converted.stderr)
        self.assertEqual(stat.S_IMODE(os.stat(self.path("nanomq.conf")).st_mode), 0o600)
        with open(self.path("nanomq.conf"), encoding="utf-8") as file:
            text = file.read()
        self.assertNotIn("never shown", text)
        self.assertIn(f"# {conf}:14: max_inflight_messages 100\nmqtt.max_inflight = 100\n", text)

        checked = self.run_program("broker", "check", "--conf", "nanomq.conf")
        self.assertEqual(checked.returncode, OK, checked.stdout + checked.stderr)
        self.assertIn("plain.sock", checked.stdout)
        self.assertIn("web.sock", checked.stdout)
        self.assertIn(self.path("users"), checked.stdout)

    def test_an_error_names_its_line_and_nothing_is_written(self):
        conf = self.write("m.conf", "port 1884\nlistner 1885\n")
        converted = self.run_program("convert", conf, "-o", "out.conf")
        self.assertEqual(converted.returncode, USAGE)
        self.assertIn(f"{conf}:2: error: 'listner' is no option", converted.stderr)
        self.assertFalse(os.path.exists(self.path("out.conf")))
        self.assertEqual(self.run_program("convert", conf).stdout, "")

    def test_no_file_is_replaced(self):
        conf = self.write("m.conf", "port 1884\n")
        there = self.write("there.conf", "mine\n")
        self.assertEqual(self.run_program("convert", conf, "-o", there).returncode, FAILURE)
        with open(there, encoding="utf-8") as file:
            self.assertEqual(file.read(), "mine\n")

    def test_exit_statuses_of_wrong_command_lines_and_files(self):
        self.assertEqual(self.run_program("convert").returncode, USAGE)
        self.assertEqual(self.run_program("convert", "nowhere.conf").returncode, FAILURE)
        self.assertEqual(self.run_program("convert", self.directory).returncode, FAILURE)
        table = self.run_program("convert", "--table")
        self.assertEqual(table.returncode, OK)
        self.assertIn("| `persistence` |", table.stdout)


if __name__ == "__main__":
    unittest.main()
