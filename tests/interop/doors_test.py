"""Every kind of listener, tried with clients that nobody here wrote: mosquitto, openssl, curl and paho.

Usage: doors_test.py PATH_OF_NANOMQ [unittest options]
"""
import os
import socket
import ssl
import stat
import struct
import sys
import unittest

from doors import DEADLINE, Doors, Folder, Lines, dial, read_until_closed, text_of
from paho_peer import Peer

PROGRAM = sys.argv.pop(1)
CONF = """
listeners.tcp.bind = "127.0.0.1:0"
listeners.tcp.local { bind = "unix://mqtt.sock", unix_mode = 0660 }
listeners.tcp.proxied { bind = "127.0.0.1:0", proxy_protocol = true, proxy_trusted = ["127.0.0.0/8"], allow_anonymous = true }
listeners.tcp.distrusting { bind = "127.0.0.1:0", proxy_protocol = true, proxy_trusted = ["10.0.0.0/8"], allow_anonymous = true }
listeners.tcp.few { bind = "127.0.0.1:0", max_connections = 2 }
listeners.tcp.hasty { bind = "127.0.0.1:0", handshake_timeout = 100ms, connect_timeout = 200ms }
listeners.ssl {
  bind = "127.0.0.1:0", certfile = server.crt, keyfile = locked.key, key_password = open-sesame
  more_certificates = ["other.crt:other.key"]
}
listeners.ssl.mutual {
  bind = "127.0.0.1:0", certfile = server.crt, keyfile = server.key, cacertfile = ca.crt, crlfile = ca.crl
  verify_peer = true, fail_if_no_peer_cert = true
}
listeners.ssl.keys { bind = "127.0.0.1:0", psk_file = keys.psk }
listeners.ssl.hasty { bind = "127.0.0.1:0", certfile = server.crt, keyfile = server.key, handshake_timeout = 100ms }
listeners.ws { bind = "127.0.0.1:0/mqtt", origins = ["https://app.example.org"] }
listeners.ws.open { bind = "127.0.0.1:0", any_path = true }
listeners.ws.hasty { bind = "127.0.0.1:0", handshake_timeout = 100ms }
listeners.wss.bind = "127.0.0.1:0/mqtt"
"""
CONNECT = bytes([0x10, 15, 0, 4]) + b"MQTT" + bytes([4, 2, 0, 60, 0, 3]) + b"%b"
CONNACK = bytes([0x20, 2, 0, 0])
folder = doors = None


def setUpModule():
    global folder, doors
    folder = Folder()
    doors = Doors(PROGRAM, folder, CONF)


def tearDownModule():
    code = doors.stop()
    folder.close()
    if code != 0:
        raise AssertionError(f"the broker ended with {code}: {doors.output.lines[-20:]}")


def connect_packet(name):
    return CONNECT.replace(b"%b", name)


def mosquitto(program, *arguments):
    """What mosquitto_pub or mosquitto_sub printed, and its exit code."""
    return text_of(program, *arguments)


class Door(unittest.TestCase):
    def client(self, listener, **options):
        made = Peer(doors.port(listener), **options)
        self.addCleanup(made.close)
        return made.open()

    def publishes(self, listener, *arguments):
        """A message through a listener reaches a client of the plain one."""
        subscriber = self.client("tcp:default")
        topic = self.id()
        subscriber.subscribe(topic, 1)
        said = mosquitto("mosquitto_pub", "-p", str(doors.port(listener)), "-t", topic, "-q", "1", "-m", "through",
                         *arguments)
        self.assertEqual(said, ("", 0))
        self.assertEqual([m.payload for m in subscriber.received(1)], [b"through"])

    def refused(self, listener, *arguments):
        output, code = mosquitto("mosquitto_pub", "-h", "localhost", "-p", str(doors.port(listener)), "-t", "t", "-m",
                                 "m", *arguments)
        self.assertNotEqual(code, 0, output)


class Tls(Door):
    CA = ("-h", "localhost", "--cafile")

    def test_messages_pass_in_both_directions(self):
        self.publishes("ssl:default", *self.CA, folder("ca.crt"))
        subscriber = Lines("stdbuf", "-oL", "mosquitto_sub", "-p", str(doors.port("ssl:default")), *self.CA, folder("ca.crt"), "-t",
                           "both", "-C", "2", "-d")
        self.addCleanup(subscriber.close)
        subscriber.wait_for(lambda lines: any(line.startswith("Subscribed") for line in lines), "SUBACK")
        peer = self.client("tcp:default")
        large = "x" * 100_000
        peer.publish("both", large, 1).wait_for_publish(DEADLINE)
        peer.publish("both", "last", 1).wait_for_publish(DEADLINE)
        self.assertEqual(subscriber.exit_code(), 0)
        self.assertIn(large, subscriber.lines)
        self.assertIn("last", subscriber.lines)

    def test_a_client_that_trusts_somebody_else_leaves(self):
        before = len(doors.log("handshake_failed listener=ssl:default"))
        self.refused("ssl:default", "--cafile", folder("stranger.crt"))
        doors.wait_for_log("handshake_failed listener=ssl:default .*why=", before + 1)

    def test_only_clients_with_a_certificate_that_holds_enter_where_one_is_required(self):
        certificate = [*self.CA, folder("ca.crt"), "--cert"]
        self.publishes("ssl:mutual", *certificate, folder("device.crt"), "--key", folder("device.key"))
        self.publishes("ssl:mutual", *certificate, folder("chained.crt"), "--key", folder("chained.key"))
        self.refused("ssl:mutual", "--cafile", folder("ca.crt"))
        for name in ("foreign", "revoked", "expired"):
            with self.subTest(name):
                self.refused("ssl:mutual", *certificate, folder(name + ".crt"), "--key", folder(name + ".key"))
        self.assertEqual(doors.log("client_connected .*listener=ssl:mutual")[2:], [])

    def test_a_pre_shared_key_opens(self):
        key = "00112233445566778899aabbccddeeff"
        self.publishes("ssl:keys", "--psk", key, "--psk-identity", "sensor")
        self.refused("ssl:keys", "--psk", key[:-1] + "0", "--psk-identity", "sensor")
        self.refused("ssl:keys", "--psk", key, "--psk-identity", "somebody")

    def s_client(self, listener, *arguments):
        output, _ = text_of("openssl", "s_client", "-connect", f"127.0.0.1:{doors.port(listener)}", "-CAfile",
                            folder("ca.crt"), *arguments)
        return output

    def test_the_certificate_is_chosen_by_name(self):
        self.assertIn("subject=CN = other", self.s_client("ssl:default", "-servername", "a.example.org"))
        self.assertIn("subject=CN = localhost", self.s_client("ssl:default", "-servername", "localhost"))
        self.assertIn("subject=CN = localhost", self.s_client("ssl:default", "-servername", "unknown.example.com"))

    def test_protocols_are_agreed_on(self):
        self.assertIn("ALPN protocol: mqtt", self.s_client("ssl:default", "-alpn", "x,mqtt"))
        self.assertIn("No ALPN negotiated", self.s_client("ssl:default"))
        self.assertIn("no application protocol", self.s_client("ssl:default", "-alpn", "h2"))
        self.assertIn("ALPN protocol: http/1.1", self.s_client("wss:default", "-alpn", "h2,http/1.1"))

    def test_a_session_is_taken_up_again(self):
        kept = folder("session")
        self.assertIn("New, TLSv1.2", self.s_client("ssl:default", "-sess_out", kept))
        self.assertIn("Reused, TLSv1.2", self.s_client("ssl:default", "-sess_in", kept))

    def test_old_versions_and_weak_ciphers_are_refused(self):
        self.assertIn("Cipher is (NONE)", self.s_client("ssl:default", "-tls1_1", "-cipher", "ALL:@SECLEVEL=0"))
        self.assertIn("Cipher is (NONE)", self.s_client("ssl:default", "-tls1_2", "-cipher", "AES128-SHA"))

    # THREATS 67b
    def test_half_a_hello_is_not_waited_for(self):
        with dial(doors.port("ssl:hasty")) as connection:
            connection.sendall(bytes([0x16, 3, 1, 2, 0, 1, 0, 1]))
            self.assertEqual(read_until_closed(connection), b"")


class Web(Door):
    def status(self, listener, path, *arguments, scheme="http"):
        output, _ = text_of("curl", "-s", "-o", "/dev/null", "-w", "%{http_code}", "--max-time", str(DEADLINE),
                            "--cacert", folder("ca.crt"), *arguments,
                            f"{scheme}://localhost:{doors.port(listener)}{path}")
        return output

    UPGRADE = ("-H", "Connection: Upgrade", "-H", "Upgrade: websocket", "-H", "Sec-WebSocket-Version: 13", "-H",
               "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==", "-H", "Sec-WebSocket-Protocol: mqtt", "--http1.1")

    def test_what_is_no_upgrade_gets_the_right_status(self):
        self.assertEqual(self.status("ws:default", "/"), "404")
        self.assertEqual(self.status("ws:default", "/mqtt"), "426")
        self.assertEqual(self.status("wss:default", "/mqtt", scheme="https"), "426")
        self.assertEqual(self.status("ws:default", "/mqtt", "-X", "POST", "-d", "x"), "405")
        self.assertEqual(self.status("ws:default", "/mqtt", *self.UPGRADE, "-H", "Origin: https://evil.example"), "403")
        self.assertEqual(self.status("ws:default", "/mqtt", "-H", "X: " + "y" * 10_000), "431")

    def test_an_upgrade_is_accepted(self):
        for listener, path, origin in (("ws:default", "/mqtt", "https://app.example.org"), ("ws:open", "/any", "http://x")):
            curl = Lines("curl", "-s", "-i", "-N", *self.UPGRADE, "-H", "Origin: " + origin,
                         f"http://localhost:{doors.port(listener)}{path}")
            self.addCleanup(curl.close)
            curl.wait_for(lambda lines: "\r" in lines, "end of the headers")
            output = "\n".join(curl.lines)
            self.assertIn("101 Switching Protocols", output)
            self.assertIn("s3pPLMBiTxaQ9kYGzzhZRbK+xOo=", output)
            self.assertRegex(output, r"(?i)sec-websocket-protocol: mqtt\r")

    def exchange(self, peer):
        subscriber = self.client("tcp:default")
        topic = self.id()
        subscriber.subscribe(topic, 1)
        peer.subscribe(topic, 1)
        for payload in (b"", b"x", b"y" * 70_000):
            peer.publish(topic, payload, 1).wait_for_publish(DEADLINE)
        self.assertEqual([len(m.payload) for m in subscriber.received(3)], [0, 1, 70_000])
        self.assertEqual([len(m.payload) for m in peer.received(3)], [0, 1, 70_000])

    def test_messages_pass_over_websockets(self):
        self.exchange(self.client("ws:default", transport="websockets",
                                  prepare=lambda client: client.ws_set_options(headers=lambda h: {
                                      **h, "Origin": "https://app.example.org"})))

    def test_messages_pass_over_websockets_in_tls(self):
        def prepare(client):
            client.tls_set(folder("ca.crt"), cert_reqs=ssl.CERT_REQUIRED)
            client.tls_insecure_set(True)  # the certificate is checked, its name is not: it dials a number

        self.exchange(self.client("wss:default", transport="websockets", prepare=prepare))

    # THREATS 67b
    def test_half_a_request_is_not_waited_for(self):
        with dial(doors.port("ws:hasty")) as connection:
            connection.sendall(b"GET /mqtt HTTP/1.1\r\nHost: x\r\n")
            self.assertEqual(read_until_closed(connection), b"")


class Proxied(Door):
    def entered(self, header, listener="tcp:proxied"):
        """The address that the broker knows a client by whose connection begins with this header."""
        name = f"{len(doors.log('client_connected')):03}".encode()
        with dial(doors.port(listener)) as connection:
            connection.sendall(header + connect_packet(name))
            try:
                answer = connection.recv(4)
            except ConnectionResetError:
                answer = b""
        if answer != CONNACK:
            return None
        line = doors.wait_for_log(f"client_connected client={name.decode()} .*listener={listener}")[-1]
        return line.split("address=")[1].split(" ")[0]

    def test_the_client_is_known_by_its_own_address(self):
        self.assertEqual(self.entered(b"PROXY TCP4 192.0.2.7 192.0.2.1 4711 1883\r\n"), "192.0.2.7")
        self.assertEqual(self.entered(b"PROXY TCP6 2001:db8::7 2001:db8::1 4711 1883\r\n"), "[2001:db8::7]")
        signature = b"\r\n\r\n\0\r\nQUIT\n"
        addresses = socket.inet_aton("192.0.2.8") + socket.inet_aton("192.0.2.1") + struct.pack(">HH", 4711, 1883)
        self.assertEqual(self.entered(signature + b"\x21\x11" + struct.pack(">H", 12) + addresses), "192.0.2.8")
        self.assertEqual(self.entered(signature + b"\x20\x00\x00\x00"), "127.0.0.1", "LOCAL: the proxy itself")

    def test_a_connection_without_a_header_is_closed(self):
        self.assertIsNone(self.entered(b""))
        doors.wait_for_log("handshake_failed listener=tcp:proxied .*PROXY header")

    # THREATS 92
    def test_whoever_is_not_trusted_is_turned_away(self):
        with dial(doors.port("tcp:distrusting")) as connection:
            self.assertEqual(read_until_closed(connection), b"")


class Limits(Door):
    def test_a_listener_takes_as_many_as_it_may(self):
        first, second = (dial(doors.port("tcp:few")) for _ in range(2))
        with first, second:
            for one, name in ((first, b"few"), (second, b"fex")):
                one.sendall(connect_packet(name))
                self.assertEqual(one.recv(4), CONNACK)
            with dial(doors.port("tcp:few")) as third:
                self.assertEqual(read_until_closed(third), b"")
            self.client("tcp:default")

    # THREATS 49: half a CONNECT, and none at all.
    def test_a_connection_that_says_nothing_is_not_waited_for(self):
        for start in (b"", connect_packet(b"slo")[:9]):
            with dial(doors.port("tcp:hasty")) as connection:
                connection.sendall(start)
                self.assertEqual(read_until_closed(connection), b"")

    def test_a_unix_socket_has_its_mode_and_lets_clients_in(self):
        path = folder("mqtt.sock")
        self.assertEqual(stat.S_IMODE(os.stat(path).st_mode), 0o660)
        self.assertEqual(mosquitto("mosquitto_pub", "--unix", path, "-t", "t", "-m", "m"), ("", 0))
        doors.wait_for_log("client_connected .*address=unix listener=tcp:local")


if __name__ == "__main__":
    unittest.main()
