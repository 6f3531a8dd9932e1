"""Rates and bans from the outside: nanomq broker ban, the configuration, reloads and restarts.

Usage: limits_test.py PATH_OF_NANOMQ [unittest options]
"""
import json
import os
import re
import shutil
import socket
import stat
import struct
import subprocess
import sys
import tempfile
import unittest

PROGRAM = os.path.abspath(sys.argv.pop(1))
DEADLINE = 100  # seconds until a condition has failed
OK, FAILURE, USAGE, NOT_RUNNING, ALREADY_RUNNING = range(5)
ACCEPTED, BANNED = 0x00, 0x8A


def field(text):
    return struct.pack("!H", len(text.encode())) + text.encode()


def exactly(connection, size):
    data = b""
    while len(data) < size:
        piece = connection.recv(size - len(data))
        if not piece:
            return None
        data += piece
    return data


def packet(connection):
    """Type and body of a short packet, or nothing at the end."""
    try:
        head = exactly(connection, 2)
        return (head[0], exactly(connection, head[1])) if head else None
    except ConnectionResetError:
        return None


def without_start(bans):
    return [{key: value for key, value in ban.items() if key != "since" or ban["source"] != "configuration"} for ban in bans]


class Limits(unittest.TestCase):
    def setUp(self):
        self.directory = tempfile.mkdtemp(prefix="nanomq_limits")
        self.addCleanup(shutil.rmtree, self.directory, ignore_errors=True)
        self.env = {key: value for key, value in os.environ.items() if not key.startswith("NANOMQ_")}
        self.pid_file = self.path("n.pid")
        self.conf = self.path("n.conf")

    def path(self, name):
        return os.path.join(self.directory, name)

    def ask(self, *arguments):
        return subprocess.run([PROGRAM, "broker", *arguments, "--pid-file", self.pid_file], stdin=subprocess.DEVNULL,
                              capture_output=True, text=True, timeout=DEADLINE, env=self.env, check=False)

    def good(self, *arguments):
        result = self.ask(*arguments)
        self.assertEqual((result.returncode, result.stderr), (OK, ""))
        return result.stdout

    def refused(self, code, text, *arguments):
        result = self.ask(*arguments)
        self.assertEqual((result.returncode, result.stdout), (code, ""), result.stderr)
        self.assertIn(text, result.stderr)

    def bans(self):
        return json.loads(self.good("ban", "list", "--json"))["bans"]

    def configure(self, text):
        with open(self.conf, "w", encoding="utf-8") as file:
            file.write('listeners.tcp.bind = "127.0.0.1:0"\n' + text)

    def start(self, text="", complaint="", descriptors=None):
        self.configure(text)
        command = [PROGRAM, "broker", "start", "-d", "--conf", self.conf, "--log-file", self.path("log"), "--pid-file", self.pid_file]
        if descriptors:
            command = ["sh", "-c", f'ulimit -n {descriptors} && exec "$@"', "sh", *command]
        result = subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=DEADLINE, env=self.env,
                                check=False)
        self.assertEqual(result.returncode, OK, result.stderr)
        self.assertIn(complaint, result.stderr)
        self.addCleanup(self.ask, "stop")
        self.port = int(re.search(r"mqtt-tcp://127\.0\.0\.1:(\d+)", result.stdout).group(1))

    def connect(self, client_id, user=""):
        """A connection, and the reason code of its CONNACK; no code when it was closed."""
        made = socket.create_connection(("127.0.0.1", self.port), DEADLINE)
        self.addCleanup(made.close)
        body = (field("MQTT") + b"\x05" + bytes([2 | (0x80 if user else 0)]) + b"\x00\x1e\x00" + field(client_id) +
                (field(user) if user else b""))
        try:
            made.sendall(b"\x10" + bytes([len(body)]) + body)
        except ConnectionError:
            return made, None  # closed before
        answer = packet(made)
        return made, None if answer is None else answer[1][1]

    def enters(self, client_id, user=""):
        made, code = self.connect(client_id, user)
        made.close()
        return code

    def test_a_ban_keeps_out_ends_connections_and_can_be_lifted(self):
        self.start()
        self.assertEqual(self.good("ban", "list"), "nobody is banned\n")
        there, code = self.connect("x", "eve")
        self.assertEqual(code, ACCEPTED)
        told = self.good("ban", "add", "--user", "eve", "--for", "1h", "--reason", "a test")
        self.assertRegex(told, r"\Abanned: user eve: until \d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ \(operator, a test\)\n"
                               r"It ends with the broker: there is no store that could keep it \(store.dir\)\.\n\Z")
        kind, body = packet(there)
        self.assertEqual((kind, body[0]), (0xE0, 0x98))
        self.assertEqual(self.enters("x", "eve"), BANNED)
        self.assertEqual(self.enters("x", "ann"), ACCEPTED)
        self.assertEqual([(one["user"], one["source"], one["reason"]) for one in self.bans()],
                         [("eve", "operator", "a test")])
        self.good("ban", "remove", "--user", "eve")
        self.assertEqual(self.enters("x", "eve"), ACCEPTED)

    def test_an_address_that_is_banned_is_not_listened_to(self):
        self.start()
        self.good("ban", "add", "--address", "127.0.0.0/8")
        self.assertIsNone(self.enters("x"))
        self.good("ban", "remove", "--address", "127.0.0.0/8")
        self.assertEqual(self.enters("x"), ACCEPTED)

    def test_what_is_wrong_is_said(self):
        self.start("bans = [{user = eve}]")
        self.refused(USAGE, "whom?", "ban", "add")
        self.refused(USAGE, "address: not an address", "ban", "add", "--address", "example.org")
        self.refused(USAGE, "for: ", "ban", "add", "--user", "x", "--for", "soon")
        self.refused(USAGE, "until: not a time", "ban", "add", "--user", "x", "--until", "tomorrow")
        self.refused(USAGE, "until: that time has passed", "ban", "add", "--user", "x", "--until", "2020-01-01")
        self.refused(USAGE, "reason: longer than 256 bytes", "ban", "add", "--user", "x", "--reason", "r" * 257)
        self.good("ban", "add", "--user", "x", "--address", "192.0.2.7")
        self.refused(FAILURE, "there is no ban of exactly user x; ban list shows what there is", "ban", "remove", "--user", "x")
        self.refused(FAILURE, "the ban of user eve is in the configuration", "ban", "remove", "--user", "eve")
        self.ask("stop")
        self.refused(NOT_RUNNING, "not running", "ban", "list")

    def test_bans_outlive_the_broker_with_a_store(self):
        store = self.path("store")
        text = f'store.dir = "{store}"\nlimits.user.messages_rate = 100/s\nbans = [{{client_id = "configured"}}]'
        self.start(text)
        self.assertEqual(self.good("ban", "add", "--client-id", "bad \"one\"", "--until", "2099-01-01"),
                         'banned: client id bad "one": until 2099-01-01T00:00:00Z (operator)\n')
        self.good("ban", "add", "--address", "2001:db8::/32")
        kept = os.path.join(store, "bans.jsonl")
        self.assertEqual(stat.S_IMODE(os.stat(kept).st_mode), 0o600)
        before = self.bans()
        self.ask("stop")
        self.start(text)
        # What the configuration bans is banned anew by every start.
        self.assertEqual(without_start(self.bans()), without_start(before))
        self.assertEqual([self.enters(name) for name in ("bad \"one\"", "configured", "other")],
                         [BANNED, BANNED, ACCEPTED])
        self.good("ban", "remove", "--address", "2001:db8::/32")
        self.ask("stop")
        self.start(text)
        self.assertEqual([one.get("address", "") for one in self.bans()], ["", ""])

    # THREATS 76: a damaged file of bans lets nobody in.
    def test_a_damaged_file_of_bans_keeps_the_broker_from_starting(self):
        store = self.path("store")
        text = f'store.dir = "{store}"\n'
        self.start(text)
        self.good("ban", "add", "--user", "eve")
        self.ask("stop")
        kept = os.path.join(store, "bans.jsonl")
        with open(kept, "a", encoding="utf-8") as file:
            file.write("{\n")
        why = f"{kept}:2: this line is no ban."
        self.refused(USAGE, why, "start", "--conf", self.conf)
        checked = subprocess.run([PROGRAM, "broker", "check", "--conf", self.conf], capture_output=True, text=True,
                                 timeout=DEADLINE, env=self.env, check=False)
        self.assertEqual(checked.returncode, USAGE)
        self.assertIn(why, checked.stdout)
        with open(kept, "w", encoding="utf-8") as file:
            file.write('{"user":"eve"}\n')
        self.start(text)
        self.assertEqual(self.enters("x", "eve"), BANNED)

    # THREATS 67
    def test_reasons_and_names_stay_on_their_lines(self):
        self.start()
        told = self.good("ban", "add", "--user", "a\nb", "--reason", "because\nbanned: user forged\x1b[2J")
        self.assertIn("banned: user a\\nb: for good (operator, because\\nbanned: user forged\\x1b[2J)\n", told)
        self.assertEqual(self.good("ban", "list").count("\n"), 1)
        self.assertEqual(self.bans()[0]["reason"], "because\nbanned: user forged\x1b[2J")
        self.assertEqual(self.good("ban", "remove", "--user", "a\nb"), "no longer banned: user a\\nb\n")

    def test_a_long_list_comes_in_parts(self):
        self.start("bans = [" + ", ".join(f"{{user = u{number:03}}}" for number in range(250)) + "]")
        first = self.good("ban", "list")
        self.assertEqual(first.count("\n"), 101)
        self.assertTrue(first.endswith("\n1 to 100 of 250; --limit and --offset show others\n"), first[-200:])
        last = json.loads(self.good("ban", "list", "--json", "--offset", "200", "--limit", "100"))
        self.assertEqual(last["total"], 250)
        self.assertEqual([one["user"] for one in last["bans"]], [f"u{number}" for number in range(200, 250)])
        self.assertEqual(self.good("ban", "list", "--offset", "250"), "none of 250; --limit and --offset show others\n")
        self.assertEqual(self.good("ban", "list", "--limit", "250").count("\n"), 250)
        self.refused(USAGE, "limit", "ban", "list", "--limit", "0")

    # THREATS 66: who takes all that there is keeps neither clients nor the operator out.
    def test_descriptors_are_kept_back_for_the_operator(self):
        self.start(descriptors=200)
        for number in range(250):
            half = socket.create_connection(("127.0.0.1", self.port), DEADLINE)
            self.addCleanup(half.close)
            half.sendall(b"\x10")
        self.assertEqual(self.connect("good")[1], ACCEPTED)
        status = json.loads(self.good("status", "--json"))
        self.assertEqual(status["listeners"][0]["max_connections"], 150)
        self.assertIn("nothing has changed", self.good("reload"))
        self.good("ban", "add", "--address", "192.0.2.1")

    def test_a_reload_exchanges_rates_and_bans(self):
        self.start("bans = [{client_id = a, for = 1h}, {client_id = b}]")
        first = self.bans()
        there, code = self.connect("c")
        self.assertEqual(code, ACCEPTED)
        self.configure("bans = [{client_id = a, for = 1h}, {client_id = c}]\n"
                       "limits.client.messages_rate = 10/s\nlimits.users.ann.bytes_rate = 1KB/s")
        told = self.good("reload")
        for line in ("changed: limits.client.messages_rate = 10/s\n", "changed: limits.users\n", "changed: bans, 2 of them\n"):
            self.assertIn(line, told)
        self.assertEqual(packet(there)[1][0], 0x98)
        self.assertEqual([self.enters(name) for name in "abc"], [BANNED, ACCEPTED, BANNED])
        self.assertEqual(self.bans()[0], first[0])
        self.assertEqual(self.good("reload").splitlines()[-1], "nothing has changed")
        self.configure("bans = [{}]")
        self.refused(USAGE, "one needs a client_id", "reload")

    def test_the_configuration_is_shown_as_it_can_be_read_again(self):
        self.configure('limits.users."a.b".messages_rate = 6000/m\nlisteners.tcp.max_conn_rate = 100/s\n'
                       'bans = [{user = eve, until = "2099-01-01"}]\n')
        shown = subprocess.run([PROGRAM, "broker", "start", "--conf", self.conf, "--print-config"],
                               capture_output=True, text=True, timeout=DEADLINE, env=self.env, check=True).stdout
        self.assertIn('limits.users."a.b".messages_rate = 6000/m\n', shown)
        self.assertIn("listeners.tcp.max_conn_rate = 100/s", shown)
        self.assertIn('"until":"2099-01-01T00:00:00Z"', shown)


if __name__ == "__main__":
    unittest.main()
