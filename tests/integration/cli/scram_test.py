"""SCRAM-SHA-256 from the outside: a peer made of Python's own hashes, and the tools, against the broker.

Usage: scram_test.py PATH_OF_NANOMQ [unittest options]
"""
import base64
import hashlib
import hmac
import os
import socket
import struct
import subprocess
import sys
import tempfile
import unittest

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..", "interop"))
from programs import DEADLINE, Broker  # noqa: E402

PROGRAM = os.path.abspath(sys.argv.pop(1))
METHOD = b"SCRAM-SHA-256"
CONNECT, CONNACK, PUBLISH, DISCONNECT, AUTH = 0x10, 0x20, 0x30, 0xE0, 0xF0


def text(value):
    return struct.pack("!H", len(value)) + value


def properties(data=None):
    block = b"\x15" + text(METHOD) + (b"" if data is None else b"\x16" + text(data))
    return bytes([len(block) & 0x7F | 0x80, len(block) >> 7]) + block if len(block) > 127 else bytes([len(block)]) + block


def digest(key, data):
    return hmac.new(key, data, hashlib.sha256).digest()


class Scram:
    """The client's side, by RFC 5802."""

    def __init__(self, user, password):
        self.password = password
        self.bare = b"n=" + user + b",r=" + base64.b64encode(os.urandom(12))

    def first(self):
        return b"n,," + self.bare

    def answer(self, challenge):
        said = dict(part.split(b"=", 1) for part in challenge.split(b","))
        salted = hashlib.pbkdf2_hmac("sha256", self.password, base64.b64decode(said[b"s"]), int(said[b"i"]))
        key = digest(salted, b"Client Key")
        last = b"c=biws,r=" + said[b"r"]
        spoken = self.bare + b"," + challenge + b"," + last
        signature = digest(hashlib.sha256(key).digest(), spoken)
        self.expected = b"v=" + base64.b64encode(digest(digest(salted, b"Server Key"), spoken))
        return last + b",p=" + base64.b64encode(bytes(a ^ b for a, b in zip(key, signature)))


class Peer:
    """A connection that speaks MQTT 5."""

    def __init__(self, port):
        self.socket = socket.create_connection(("127.0.0.1", port), DEADLINE)

    def send(self, kind, body):
        size, length = len(body), b""
        while True:
            length += bytes([size & 0x7F | (0x80 if size > 0x7F else 0)])
            size >>= 7
            if not size:
                break
        self.socket.sendall(bytes([kind]) + length + body)

    def connect(self, data, client_id=b"peer"):
        self.send(CONNECT, text(b"MQTT") + b"\x05\x02\x00\x3c" + properties(data) + text(client_id))

    def take(self, size):
        data = b""
        while len(data) < size:
            more = self.socket.recv(size - len(data))
            if not more:
                raise EOFError
            data += more
        return data

    def receive(self):
        """Kind, reason, Authentication Data."""
        kind, size, shift = self.take(1)[0], 0, 0
        while True:
            byte = self.take(1)[0]
            size |= (byte & 0x7F) << shift
            shift += 7
            if not byte & 0x80:
                break
        body = self.take(size)
        if kind == CONNACK:
            body = body[1:]
        at = body.find(b"\x15" + text(METHOD))
        data = None
        if at >= 0:
            rest = body[at + 3 + len(METHOD):]
            if rest[:1] == b"\x16":
                data = rest[3:3 + struct.unpack("!H", rest[1:3])[0]]
        return kind, body[0] if body else 0, data


class ScramTest(unittest.TestCase):
    def setUp(self):
        self.directory = tempfile.TemporaryDirectory(ignore_cleanup_errors=True)
        self.users = os.path.join(self.directory.name, "users")
        self.passwd("--create", "--scram", "ann", password="pencil")
        self.passwd("--scram", "--iterations", "4096", "b,=b", password="two words")
        self.passwd("old", password="pencil")
        self.broker = Broker(PROGRAM, "auth.password_file=" + self.users)

    def tearDown(self):
        self.assertEqual(self.broker.stop(), 0)
        self.directory.cleanup()

    def passwd(self, *words, password, expect=0):
        done = subprocess.run([PROGRAM, "passwd", self.users, *words], input=password + "\n", text=True, timeout=DEADLINE,
                              capture_output=True)
        self.assertEqual(done.returncode, expect, done.stderr)
        return done

    def tool(self, *words):
        return subprocess.run([PROGRAM, "pub", "-p", str(self.broker.port), "-t", "t", "-m", "x", "-q", "1", *words],
                              text=True, timeout=DEADLINE, capture_output=True)

    def talk(self, user, password, client_id=b"peer"):
        """The last packet of a login."""
        peer, scram = Peer(self.broker.port), Scram(user, password)
        peer.connect(scram.first(), client_id)
        kind, code, challenge = peer.receive()
        self.assertEqual((kind, code), (AUTH, 0x18))
        peer.send(AUTH, b"\x18" + properties(scram.answer(challenge)))
        return peer, scram, challenge, peer.receive()

    def test_both_sides_show_that_they_know_the_password(self):
        for user, password in ((b"ann", b"pencil"), (b"b=2C=3Db", b"two words")):
            peer, scram, _, (kind, code, data) = self.talk(user, password)
            self.assertEqual((kind, code, data), (CONNACK, 0, scram.expected))
            peer.send(DISCONNECT, b"")

    def test_whoever_is_not_there_is_told_what_a_wrong_password_is(self):
        salts = {}
        for user, password in ((b"ann", b"Pencil"), (b"old", b"pencil"), (b"nobody", b"pencil")):
            for _ in range(2):
                _, _, challenge, (kind, code, data) = self.talk(user, password)
                self.assertEqual((kind, code, data), (CONNACK, 0x87, None))
                said = dict(part.split(b"=", 1) for part in challenge.split(b","))
                self.assertEqual(said[b"i"], b"15000")
                self.assertEqual(len(base64.b64decode(said[b"s"])), 16)
                self.assertEqual(salts.setdefault(user, said[b"s"]), said[b"s"])
        self.assertEqual(len(set(salts.values())), 3)

    def test_a_login_can_be_repeated_while_the_client_is_there(self):
        peer, _, _, last = self.talk(b"ann", b"pencil")
        self.assertEqual(last[:2], (CONNACK, 0))
        for password, end in ((b"pencil", (AUTH, 0)), (b"Pencil", (DISCONNECT, 0x87))):
            scram = Scram(b"ann", password)
            peer.send(AUTH, b"\x19" + properties(scram.first()))
            kind, code, challenge = peer.receive()
            self.assertEqual((kind, code), (AUTH, 0x18))
            peer.send(AUTH, b"\x18" + properties(scram.answer(challenge)))
            kind, code, data = peer.receive()
            self.assertEqual((kind, code), end)
            self.assertEqual(data, scram.expected if code == 0 else None)

    def test_the_tools_speak_it(self):
        scram = ("-V", "5", "--auth-method", "SCRAM-SHA-256")
        self.assertEqual(self.tool(*scram, "-u", "ann", "-P", "pencil").stderr, "")
        self.assertEqual(self.tool(*scram, "-u", "b,=b", "-P", "two words").stderr, "")
        self.assertIn("Not authorized", self.tool(*scram, "-u", "ann", "-P", "Pencil").stderr)
        self.assertIn("MQTT 5 only", self.tool("--auth-method", "SCRAM-SHA-256", "-u", "ann", "-P", "pencil").stderr)
        self.assertIn("is not SCRAM-SHA-256", self.tool("-V", "5", "--auth-method", "PLAIN", "-u", "a", "-P", "b").stderr)
        self.assertIn("needs a user name", self.tool(*scram, "-u", "ann").stderr)

    def test_the_keys_are_good_for_plain_passwords_too(self):
        self.assertEqual(self.tool("-u", "ann", "-P", "pencil").stderr, "")
        self.assertNotEqual(self.tool("-u", "ann", "-P", "Pencil").returncode, 0)

    def test_passwd_says_what_it_cannot_do(self):
        self.assertIn("printable ASCII", self.passwd("--scram", "eve", password="p\u00e4ss", expect=1).stderr)
        self.assertIn("had keys for SCRAM", self.passwd("ann", password="pencil").stderr)
        self.passwd("--iterations", "5000", "ann", password="x", expect=2)
        self.passwd("--scram", "--iterations", "4095", "ann", password="x", expect=2)
        self.passwd("--batch", "--scram", password="carl:three\ndora:four")
        with open(self.users, encoding="utf-8") as file:
            self.assertEqual(sum("$scram-sha-256$i=15000$" in line for line in file), 2)


if __name__ == "__main__":
    unittest.main()
