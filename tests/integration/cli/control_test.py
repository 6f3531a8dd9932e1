"""The verbs that ask a running broker: status, clients, disconnect and reload, and the socket that they ask on.

Usage: control_test.py PATH_OF_NANOMQ [unittest options]
"""
import json
import os
import re
import shutil
import signal
import socket
import stat
import struct
import subprocess
import sys
import tempfile
import time
import unittest

PROGRAM = os.path.abspath(sys.argv.pop(1))
DEADLINE = 100  # seconds until a condition has failed
OK, FAILURE, USAGE, NOT_RUNNING, ALREADY_RUNNING = range(5)


def wait_until(condition, what):
    until = time.monotonic() + DEADLINE
    while not condition():
        if time.monotonic() > until:
            raise AssertionError("not in time: " + what)
        time.sleep(0.01)


def field(text):
    return struct.pack("!H", len(text.encode())) + text.encode()


class Client:
    """Connects as MQTT 5.0, and has been answered."""

    def __init__(self, port, client_id, user="", expiry_s=0):
        self.socket = socket.create_connection(("127.0.0.1", port), DEADLINE)
        properties = b"\x11" + struct.pack("!I", expiry_s)
        body = (field("MQTT") + b"\x05" + bytes([2 | (0x80 if user else 0)]) + struct.pack("!H", 30) +
                bytes([len(properties)]) + properties + field(client_id) + (field(user) if user else b""))
        self.socket.sendall(b"\x10" + bytes([len(body)]) + body)
        assert self.packet()[0] == 0x20

    def packet(self):
        """Type and body of a short packet; the end of the stream is an empty one."""
        head = self.exactly(2)
        return (head[0], self.exactly(head[1])) if head else (None, b"")

    def exactly(self, size):
        data = b""
        while len(data) < size:
            piece = self.socket.recv(size - len(data))
            if not piece:
                return b""
            data += piece
        return data

    def close(self):
        self.socket.close()


class Control(unittest.TestCase):
    def setUp(self):
        self.directory = tempfile.mkdtemp(prefix="nanomq_control")
        self.addCleanup(shutil.rmtree, self.directory, ignore_errors=True)
        self.env = {key: value for key, value in os.environ.items() if not key.startswith("NANOMQ_")}
        self.pid_file = self.path("n.pid")
        self.conf = self.path("n.conf")

    def path(self, name):
        return os.path.join(self.directory, name)

    def run_program(self, *arguments):
        return subprocess.run([PROGRAM, "broker", *arguments], stdin=subprocess.DEVNULL, capture_output=True, text=True,
                              timeout=DEADLINE, env=self.env, check=False)

    def ask(self, *arguments):
        return self.run_program(*arguments, "--pid-file", self.pid_file)

    def object(self, *arguments):
        result = self.ask(*arguments, "--json")
        self.assertEqual((result.returncode, result.stderr), (OK, ""))
        self.assertEqual(result.stdout.count("\n"), 1)
        return json.loads(result.stdout)

    def start(self, text="", *arguments, complaint=None):
        self.configure(text)
        result = self.ask("start", "-d", "--conf", self.conf, "--log-file", self.path("log"), *arguments)
        self.assertEqual(result.returncode, OK, result.stderr)
        if complaint is None:
            self.assertEqual(result.stderr, "")
        else:
            self.assertIn(complaint, result.stderr)
        self.addCleanup(self.ask, "stop")
        self.port = int(re.search(r"mqtt-tcp://127\.0\.0\.1:(\d+)", result.stdout).group(1))

    def configure(self, text):
        with open(self.conf, "w", encoding="utf-8") as file:
            file.write('listeners.tcp.bind = "127.0.0.1:0"\n' + text)

    def client(self, *arguments, **options):
        made = Client(self.port, *arguments, **options)
        self.addCleanup(made.close)
        return made

    def refused(self, result, code, text):
        self.assertEqual((result.returncode, result.stdout), (code, ""), result.stderr)
        self.assertIn(text, result.stderr)
        self.assertEqual(result.stderr.count("\n"), 1, result.stderr)

    def test_status_says_who_is_there_and_what_happens(self):
        self.start("listeners.tcp.max_connections = 10\n")
        self.client("one")
        self.client("two", expiry_s=60)
        seen = self.object("status")
        self.assertTrue(seen["ok"])
        self.assertEqual(seen["clients"]["connected"], 2)
        self.assertEqual(seen["clients"]["sessions"], 2)
        self.assertEqual(seen["counters"]["clients"]["admitted"], 2)
        self.assertEqual(seen["traffic"]["connections"], 2)
        self.assertEqual([(one["id"], one["connections"], one["max_connections"], one["tls"]) for one in seen["listeners"]],
                         [("tcp:default", 2, 10, False)])
        self.assertEqual(sum(one["connections"] for one in seen["shards"]), 2)
        self.assertGreater(seen["memory"]["resident_bytes"], 1_000_000)
        self.assertIsNone(seen["store"])
        text = self.ask("status").stdout
        self.assertIn(f"listens on  mqtt-tcp://127.0.0.1:{self.port}  2 connections of 10\n", text)
        self.assertIn("clients     2 connected", text)

    def test_status_says_what_the_pid_file_says_without_a_socket(self):
        self.start('control.socket = ""\n')
        self.assertFalse(os.path.exists(self.path("n.sock")))
        text = self.ask("status").stdout
        self.assertIn(f"listens on  mqtt-tcp://127.0.0.1:{self.port}\n", text)
        seen = self.object("status")
        self.assertEqual([one["url"] for one in seen["listeners"]], [f"mqtt-tcp://127.0.0.1:{self.port}"])
        self.refused(self.ask("clients"), FAILURE, "has no control socket")

    def test_reload_reports_over_the_socket_and_by_signal_without(self):
        for settings in ("", 'control.socket = ""\n'):
            with self.subTest(settings):
                self.start(settings)
                self.configure(settings + "log.level = info\n")
                done = self.ask("reload")
                self.assertEqual((done.returncode, done.stderr), (OK, ""))
                self.assertIn("changed: log.level = info\n", done.stdout)
                self.configure(settings + "log.levle = info\n")
                self.refused(self.ask("reload"), USAGE, "not reloaded: ")
                self.configure(settings + "mqtt.max_inflight = 7\n")
                self.assertIn("needs a restart: mqtt.max_inflight = 7\n", self.ask("reload").stdout)
                self.ask("stop")

    def test_reload_answers_in_json_and_at_a_named_socket(self):
        for settings in ("", 'control.socket = ""\n'):
            with self.subTest(settings):
                self.start(settings)
                self.configure(settings + "log.level = info\n")
                seen = self.object("reload")
                self.assertTrue(seen["ok"])
                self.assertIn("changed: log.level = info", seen["lines"])
                self.configure(settings + "log.levle = info\n")
                done = self.ask("reload", "--json")
                self.assertEqual((done.returncode, done.stderr), (USAGE, ""))
                seen = json.loads(done.stdout)
                self.assertEqual((seen["ok"], seen["exit_status"]), (False, USAGE))
                self.assertIn("not reloaded: ", seen["error"])
                self.assertIn("did you mean log.level?", seen["error"])
                if not settings:
                    self.configure("")
                    at = self.run_program("reload", "--control", self.path("n.sock"))
                    self.assertIn("changed: log.level = ", at.stdout)
                self.ask("stop")
        self.refused(self.run_program("reload", "--control", self.path("n.sock")), NOT_RUNNING, "not running (nobody answers on ")

    def test_status_tells_of_the_last_reload(self):
        self.start()
        self.assertIsNone(self.object("status")["reload"])
        self.configure("nonsense = 1\n")
        self.ask("reload")
        seen = self.object("status")["reload"]
        self.assertTrue(seen["refused"])
        self.assertIn("unknown setting", seen["why"])
        self.assertIn("REFUSED", self.ask("status").stdout)
        self.configure("")
        self.ask("reload")
        self.assertFalse(self.object("status")["reload"]["refused"])

    def test_clients_are_listed_with_what_is_known_of_them(self):
        self.start()
        self.client("b", user="joe", expiry_s=60)
        self.client("a\u00e9")
        seen = self.object("clients")
        self.assertEqual((seen["total"], seen["complete"]), (2, True))
        self.assertEqual([one["client_id"] for one in seen["clients"]], ["a\u00e9", "b"])
        second = seen["clients"][1]
        self.assertEqual({key: second[key] for key in ("user", "address", "listener", "protocol", "keep_alive_s")},
                         {"user": "joe", "address": "127.0.0.1", "listener": "tcp:default", "protocol": "5.0", "keep_alive_s": 30})
        self.assertRegex(self.ask("clients").stdout, r"CLIENT +USER .*\na\u00e9 .*\nb +joe +127\.0\.0\.1 +tcp:default +5\.0 ")
        limited = self.object("clients", "--limit", "1")
        self.assertEqual((limited["total"], len(limited["clients"])), (2, 1))
        self.assertEqual([one["client_id"] for one in self.object("clients", "b")["clients"]], ["b"])
        self.refused(self.ask("clients", "nobody"), FAILURE, "there is no client nobody")
        asked = self.ask("clients", "nobody", "--json")
        self.assertEqual((asked.returncode, json.loads(asked.stdout)["ok"]), (FAILURE, False))
        self.assertEqual(self.ask("clients", "--limit", "0").returncode, USAGE)

    def test_a_disconnected_client_is_told_why_and_its_session_waits(self):
        self.start()
        away = self.client("away", expiry_s=60)
        done = self.ask("disconnect", "away")
        self.assertEqual((done.returncode, done.stdout), (OK, "disconnected: away\n"))
        kind, body = away.packet()
        self.assertEqual((kind, body[0]), (0xE0, 0x98))
        self.assertEqual(away.packet(), (None, b""))
        self.assertEqual(self.object("clients")["total"], 0)
        rows = self.object("clients", "--all")["clients"]
        self.assertEqual([(one["client_id"], one["connected"]) for one in rows], [("away", False)])
        self.assertLessEqual(rows[0]["ends_in_s"], 60)
        self.refused(self.ask("disconnect", "away"), FAILURE, "away is not connected")
        self.refused(self.ask("disconnect", "nobody"), FAILURE, "there is no client nobody")
        self.assertEqual(self.object("status")["counters"]["clients"]["dismissed"], 1)

    def test_the_socket_is_the_users_own_and_where_it_was_asked_for(self):
        where = self.path("mine.sock")
        self.start(f'control.socket = "{where}"\n')
        self.assertEqual(stat.S_IMODE(os.stat(where).st_mode), 0o600)
        self.assertTrue(json.loads(self.run_program("status", "--json", "--control", where).stdout)["ok"])
        self.ask("stop")
        self.assertFalse(os.path.exists(where))
        self.refused(self.run_program("status", "--control", where), NOT_RUNNING, "not running")

    def test_a_broker_that_was_killed_leaves_no_obstacle(self):
        self.start()
        pid = self.object("status")["pid"]
        os.kill(pid, signal.SIGKILL)
        wait_until(lambda: self.ask("status").returncode == NOT_RUNNING, "the end of the broker")
        self.assertTrue(os.path.exists(self.path("n.sock")))
        self.start()
        self.assertTrue(self.object("status")["ok"])

    def test_a_socket_that_was_asked_for_and_cannot_be_had_ends_the_start(self):
        self.configure(f'control.socket = "{self.path("plain")}"\n')
        with open(self.path("plain"), "w", encoding="utf-8"):
            pass
        done = self.ask("start", "--conf", self.conf)
        self.assertEqual(done.returncode, ALREADY_RUNNING)
        self.assertIn("control.socket: " + self.path("plain"), done.stderr)
        self.assertTrue(os.path.exists(self.path("plain")))

    def test_one_beside_the_pid_file_that_cannot_be_had_is_only_missed(self):
        with open(self.path("n.sock"), "w", encoding="utf-8"):
            pass
        self.start(complaint=f"warning: no control socket {self.path('n.sock')} (something is there already)")
        text = self.ask("status").stdout
        self.assertIn(f"listens on  mqtt-tcp://127.0.0.1:{self.port}\n", text)
        self.assertIn("ATTENTION   no control socket", text)
        self.assertIn("no control socket", self.object("status")["attention"])
        with open(self.path("log"), encoding="utf-8") as log:
            self.assertIn("no_control_socket", log.read())

    # THREATS 67: names that bring a line or a command of the terminal along.
    def test_names_of_clients_stay_on_their_lines(self):
        self.start()
        strange = "a\nb\x1b[2J\u009b"
        self.client(strange, user="u\tv")
        shown = self.ask("clients").stdout
        self.assertEqual(shown.count("\n"), 2, shown)
        self.assertIn("a\\nb\\x1b[2J\\x9b  u\\tv", shown)
        self.assertEqual(self.object("clients")["clients"][0]["client_id"], strange)
        self.assertNotRegex(self.ask("clients", "--json").stdout, "[\x00-\x09\x0b-\x1f\x7f-\x9f]")
        self.assertEqual(self.ask("disconnect", strange).stdout, "disconnected: a\\nb\\x1b[2J\\x9b\n")

    def test_what_answers_and_is_no_broker_is_not_believed(self):
        with socket.socket(socket.AF_UNIX) as server:
            server.bind(self.path("fake.sock"))
            server.listen()
            asked = subprocess.Popen([PROGRAM, "broker", "status", "--control", self.path("fake.sock")],
                                     stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=self.env)
            connection, _ = server.accept()
            with connection:
                connection.recv(1000)
                connection.sendall(b"HTTP/1.1 200 OK\n")
            output, complaint = asked.communicate(timeout=DEADLINE)
            self.assertEqual((asked.returncode, output), (FAILURE, ""))
            self.assertIn("what answers there is no nanomq", complaint)

    def test_requests_of_scripts_are_answered_with_the_words_that_there_are(self):
        self.start()
        with socket.socket(socket.AF_UNIX) as asking:
            asking.settimeout(DEADLINE)
            asking.connect(self.path("n.sock"))
            lines = asking.makefile("rw", encoding="utf-8", newline="\n")

            def ask(line):
                lines.write(line + "\n")
                lines.flush()
                return json.loads(lines.readline())

            commands = ask('{"command":"commands"}')["commands"]
            names = [one["command"] for one in commands]
            self.assertLessEqual({"status", "clients", "disconnect", "reload"}, set(names))
            # THREATS 87, 88: nothing here writes a configuration, names a URL, or brings code with it.
            for word in ("config", "plugin", "module", "load", "exec", "url", "password", "script"):
                for one in commands:
                    self.assertFalse([name for name in [one["command"], *one.get("parameters", [])]
                                      if word in str(name).split() and name != "reload"], one)
            for wrong, why in (('{"command":"clients","limit":0}', "limit is between"),
                               ('{"command":"clients","limt":1}', "clients has no parameter limt"),
                               ('{"command":"disconnect"}', "which client?"), ("status", "a request is one JSON object")):
                answer = ask(wrong)
                self.assertEqual((answer["ok"], answer["exit_status"]), (False, USAGE))
                self.assertIn(why, answer["error"])
            self.assertTrue(ask('{"command":"status"}')["ok"])


if __name__ == "__main__":
    unittest.main()
