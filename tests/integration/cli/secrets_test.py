"""Nothing that a broker shows, writes down or says contains a secret: neither one of its configuration nor one of a client.

Usage: secrets_test.py PATH_OF_NANOMQ [unittest options]
"""
import glob
import os
import re
import shutil
import socket
import struct
import subprocess
import sys
import tempfile
import time
import unittest

PROGRAM = os.path.abspath(sys.argv.pop(1))
DEADLINE = 100  # seconds until a condition has failed
OK, FAILURE, USAGE = range(3)
# Each where a broker takes a secret.
USERS, GIVEN, WEBHOOK, WEBHOOK_KEY, ASKED, PARAMETER, TOKENS, AFTERWARDS = (
    f"hush-{name}-91c5" for name in ("users", "given", "webhook", "key", "header", "param", "tokens", "later"))
SECRETS = (USERS, GIVEN, WEBHOOK, WEBHOOK_KEY, ASKED, PARAMETER, TOKENS, AFTERWARDS)


def field(data):
    data = data.encode() if isinstance(data, str) else data
    return struct.pack("!H", len(data)) + data


class Secrets(unittest.TestCase):
    def setUp(self):
        self.directory = tempfile.mkdtemp(prefix="nanomq_secrets")
        self.addCleanup(shutil.rmtree, self.directory, ignore_errors=True)
        self.env = {key: value for key, value in os.environ.items() if not key.startswith("NANOMQ_")}
        self.seen = {}

    def path(self, name):
        return os.path.join(self.directory, name)

    def contents(self, name):
        with open(self.path(name), encoding="utf-8") as file:
            return file.read()

    def run_program(self, *arguments, **variables):
        done = subprocess.run([PROGRAM, "broker", *arguments], stdin=subprocess.DEVNULL, capture_output=True, text=True,
                              timeout=DEADLINE, env={**self.env, **variables}, cwd=self.directory, check=False)
        self.seen[" ".join(arguments)] = done.stdout + done.stderr
        return done

    def ask(self, *arguments):
        done = self.run_program(*arguments, "--pid-file", self.path("pid"))
        self.assertEqual(done.returncode, OK, done.stderr)

    def configure(self, webhook=WEBHOOK, more=""):
        """Servers that are asked and told are at a port where nobody is."""
        with open(self.path("conf"), "w", encoding="utf-8", opener=lambda path, flags: os.open(path, flags, 0o600)) as file:
            file.write(f"""
listeners.tcp.bind = "127.0.0.1:0"
store.dir = "{self.path('store')}"
auth.password {{ ann = "{USERS}" }}
auth.jwt {{ algorithms = [HS256], secret_file = "{self.path('token')}" }}
auth.http_auth.auth_req {{
  url = "http://127.0.0.1:9/auth", method = post
  headers.authorization = "Bearer {ASKED}"
  params {{ clientid = "%c", username = "%u", password = "%P", fixed = "{PARAMETER}" }}
}}
auth.http_auth.timeout = 1s
webhook {{
  url = "http://127.0.0.1:9/events"
  headers.authorization = "Bearer {webhook}"
  ssl.key_password = "{WEBHOOK_KEY}"
  retry {{ backoff = 1ms, attempts = 2 }}
  flush_timeout = 0s
  events = [ {{ event = "on_client_connack" }} ]
}}
{more}
""")
        with open(self.path("token"), "w", encoding="utf-8", opener=lambda path, flags: os.open(path, flags, 0o600)) as file:
            file.write(TOKENS + "-" * 32)

    def connect(self, user, password):
        with socket.create_connection(("127.0.0.1", self.port), DEADLINE) as peer:
            body = (field("MQTT") + b"\x05\xc2\x00\x3c\x00" + field("client of " + user) + field(user) + field(password))
            peer.sendall(b"\x10" + bytes([len(body)]) + body)
            return peer.recv(4)[3]

    # THREATS 82: secrets in what monitoring shows.
    def test_stay_where_they_are(self):
        self.configure()
        started = self.run_program("start", "-d", "--conf", self.path("conf"), "--pid-file", self.path("pid"), "--set",
                                   "log.level=trace", "--log-file", self.path("log"))
        self.assertEqual(started.returncode, OK, started.stderr)
        self.addCleanup(self.run_program, "stop", "--pid-file", self.path("pid"))
        self.port = int(re.search(r"mqtt-tcp://127\.0\.0\.1:(\d+)", started.stdout).group(1))
        self.ask("trace", "start", "--address", "127.0.0.0/8", "--payload", "4096", "--file", self.path("trace"))
        self.assertEqual(self.connect("ann", USERS), 0)
        self.assertNotEqual(self.connect("ann", GIVEN), 0)
        self.assertNotEqual(self.connect("bob", GIVEN), 0)
        for verb in (("status",), ("clients", "--all"), ("ban", "list"), ("log",), ("trace", "list")):
            self.ask(*verb)
            self.ask(*verb, "--json")
        self.configure(AFTERWARDS)
        self.ask("reload")
        self.configure(AFTERWARDS, f'webhook.headers.host = "{WEBHOOK}"')
        for verb in ("reload", "status", "check"):
            more = ("--conf", self.path("conf")) if verb == "check" else ("--pid-file", self.path("pid"))
            self.run_program(verb, *more)
        self.configure()
        for verb in (("check",), ("check", "--json"), ("start", "--print-config")):
            self.assertEqual(self.run_program(*verb, "--conf", self.path("conf")).returncode, OK)
        self.run_program("start", "--print-config", NANOMQ_WEBHOOK__SSL__KEY_PASSWORD=WEBHOOK_KEY)
        until = time.monotonic() + DEADLINE
        while "webhook_failing" not in self.contents("log") and time.monotonic() < until:
            time.sleep(0.01)
        for name in ("log", "trace", "pid"):
            self.seen[name] = self.contents(name)
        with open(f"/proc/{self.seen['pid'].split()[0]}/cmdline", encoding="utf-8") as file:
            self.seen["its arguments"] = file.read()
        self.ask("stop")
        for name in glob.glob(self.path("store") + "/*"):
            with open(name, encoding="latin-1") as file:
                self.seen[name] = file.read()
        # What is looked at is what it is thought to be.
        self.assertIn("client_refused", self.seen["log"])
        self.assertIn("webhook_failing", self.seen["log"])
        self.assertIn("password=true", self.seen["trace"])
        self.assertIn("****", self.seen["start --print-config --conf " + self.path("conf")])
        for where, text in self.seen.items():
            for secret in SECRETS:
                self.assertNotIn(secret, text, f"{secret} is in {where}")


if __name__ == "__main__":
    unittest.main()
