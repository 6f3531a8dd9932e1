"""The client tools over TLS and WebSockets, against mosquitto and against the broker.

Usage: secure_clients_test.py PATH_OF_NANOMQ [unittest options]
The certificates are made by nanomq cert; both brokers show the same ones.
"""
import json
import os
import re
import shutil
import socket
import ssl
import subprocess
import sys
import tempfile
import threading
import unittest

from programs import DEADLINE, Lines, loopback_port

PROGRAM = os.path.abspath(sys.argv.pop(1))
MOSQUITTO = shutil.which("mosquitto", path=os.environ.get("PATH", "") + ":/usr/sbin:/usr/local/sbin")
DOORS = ("tcp", "tls", "mutual", "psk", "ws", "wss")
KEY = "0123456789abcdef"
ENVIRONMENT = {key: value for key, value in os.environ.items() if not key.startswith("NANOMQ_")}
directory = None
brokers = []


def run(*arguments):
    """(exit code, stdout, stderr)"""
    done = subprocess.run([PROGRAM, *arguments], stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=DEADLINE,
                          env=ENVIRONMENT)
    return done.returncode, done.stdout, done.stderr


def path(name):
    return os.path.join(directory, name)


def make(*arguments):
    code, _, errors = run("cert", *arguments, "--dir", directory)
    if code != 0:
        raise AssertionError(errors)


def free_ports():
    return {door: loopback_port() for door in DOORS}


class Doors:
    """A broker with a listener of each kind on ports of its own; `write` makes its configuration of these."""

    def __init__(self, name, command, write, ready):
        self.name = name
        for _ in range(5):  # somebody else may take one of the ports
            self.port = free_ports()
            file = path(name + ".conf")
            with open(file, "w", encoding="utf-8") as out:
                out.write(write(self.port))
            self.output = Lines(*command, file, env=ENVIRONMENT)
            try:
                self.output.wait_for(lambda lines: any(ready in line for line in lines), "broker")
                return
            except AssertionError as failure:
                last = failure
                self.output.close()
        raise last

    def stop(self):
        self.output.process.terminate()
        self.output.exit_code()
        self.output.close()


def of_mosquitto(port):
    own = f"certfile {path('server.pem')}\nkeyfile {path('server.key')}\n"
    authority = f"cafile {path('ca.pem')}\n"
    return ("user root\nallow_anonymous true\nset_tcp_nodelay true\n"
            f"listener {port['tcp']} 127.0.0.1\n"
            f"listener {port['tls']} 127.0.0.1\n{own}"
            f"listener {port['mutual']} 127.0.0.1\n{own}{authority}require_certificate true\n"
            f"listener {port['psk']} 127.0.0.1\npsk_hint hint\npsk_file {path('keys')}\n"
            f"listener {port['ws']} 127.0.0.1\nprotocol websockets\n"
            f"listener {port['wss']} 127.0.0.1\nprotocol websockets\n{own}")


def of_ours(port):
    own = f'certfile = "{path("server.pem")}", keyfile = "{path("server.key")}"'
    return (f'listeners.tcp.bind = "127.0.0.1:{port["tcp"]}"\n'
            f'listeners.ssl {{ bind = "127.0.0.1:{port["tls"]}", {own}\n'
            f'mutual {{ bind = "127.0.0.1:{port["mutual"]}", {own}, cacertfile = "{path("ca.pem")}", verify_peer = true, '
            'fail_if_no_peer_cert = true }\n'
            f'psk {{ bind = "127.0.0.1:{port["psk"]}", psk_file = "{path("keys")}" }} }}\n'
            f'listeners.ws.bind = "127.0.0.1:{port["ws"]}"\n'
            f'listeners.wss {{ bind = "127.0.0.1:{port["wss"]}", {own} }}\n')


def setUpModule():
    global directory
    directory = tempfile.mkdtemp(prefix="nanomq-secure-")
    unittest.addModuleCleanup(shutil.rmtree, directory, ignore_errors=True)
    ENVIRONMENT["XDG_CONFIG_HOME"] = directory
    make("ca")
    make("server", "--name", "localhost", "--address", "127.0.0.1")
    make("client", "--name", "sensor-1")
    make("ca", "--name", "A stranger", "--file", "stranger")
    with open(path("keys"), "w", encoding="ascii") as file:
        file.write(f"sensor:{KEY}\n")
    ours = [PROGRAM, "start", "--shards", "1", "--pid-file", path("pid"), "--conf"]
    for name, command, write, ready in (("mosquitto", ["stdbuf", "-oL", MOSQUITTO, "-c"], of_mosquitto, " running"),
                                        ("ours", ours, of_ours, "try ")):
        brokers.append(Doors(name, command, write, ready))
        unittest.addModuleCleanup(brokers[-1].stop)


def ways(broker):
    """Every way in, as options."""
    trust = ["--cafile", path("ca.pem")]
    port = {door: str(number) for door, number in broker.port.items()}
    return {
        "tls": ["-h", "localhost", "-p", port["tls"], *trust],
        "tls, by address": ["-h", "127.0.0.1", "-p", port["tls"], "--cacert", path("ca.pem")],
        "tls, by url": ["-L", f"ssl://localhost:{port['tls']}", "--capath", path("trusted")],
        "tls, unchecked": ["-L", f"mqtts://127.0.0.1:{port['tls']}", "--insecure"],
        "tls, another name": ["-h", "127.0.0.1", "-p", port["tls"], *trust, "--tls-server-name", "localhost"],
        "tls, ciphers": ["-h", "localhost", "-p", port["tls"], *trust, "--ciphers", "ECDHE-ECDSA-AES256-GCM-SHA384"],
        "mutual": ["-h", "localhost", "-p", port["mutual"], *trust, "--cert", path("sensor-1.pem"), "--key", path("sensor-1.key")],
        "psk": ["-h", "localhost", "-p", port["psk"], "--psk", KEY, "--psk-identity", "sensor"],
        "ws": ["-h", "localhost", "-p", port["ws"], "--ws"],
        "ws, by url": ["-L", f"ws://localhost:{port['ws']}/mqtt"],
        "ws, with headers": ["-h", "localhost", "-p", port["ws"], "--ws", "--ws-path", "/mqtt?a=b", "--ws-header", "X-Test: 1",
                             "--ws-origin", "https://app.example.org"],
        "wss": ["-h", "localhost", "-p", port["wss"], "--ws", *trust],
        "wss, by url": ["-L", f"wss://localhost:{port['wss']}/mqtt", *trust],
    }


def all_ways(of_load=False):
    """(broker, name, options); of a load the plain ones: its -L is another."""
    return [(broker, name, options) for broker in brokers for name, options in ways(broker).items() if not of_load or "," not in name]


class Ways(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        os.mkdir(path("trusted"))
        shutil.copy(path("ca.pem"), path("trusted"))

    def test_pub_and_sub_reach_the_broker(self):
        for number, (broker, name, options) in enumerate(all_ways()):
            qos, version = (("0", "31"), ("1", "311"), ("2", "5"))[number % 3]
            with self.subTest(broker=broker.name, way=name, version=version):
                topic = f"ways/{name}/{qos}"
                subscriber = Lines(PROGRAM, "sub", *options, "-V", version, "-q", qos, "-t", topic, "-C", "2", "-W", str(DEADLINE), "-d",
                                   env=ENVIRONMENT)
                self.addCleanup(subscriber.close)
                subscriber.wait_for(lambda lines: any("SUBACK" in line for line in lines), "SUBACK")
                self.assertEqual(run("pub", *options, "-V", version, "-q", qos, "-t", topic, "-m", "one"), (0, "", ""))
                self.assertEqual(run("pub", "-p", str(broker.port["tcp"]), "-q", qos, "-t", topic, "-m", "x" * 100_000), (0, "", ""))
                self.assertEqual(subscriber.exit_code(), 0)
                shown = [line for line in subscriber.lines if line in ("one", "x" * 100_000)]
                self.assertEqual(shown, ["one", "x" * 100_000])

    def test_bench_accounts_for_every_message(self):
        for broker, name, options in all_ways(of_load=True):
            with self.subTest(broker=broker.name, way=name):
                code, out, errors = run("bench", "roundtrip", *options, "-c", "2", "-L", "200", "-q", "1", "-F", "16", "--size", "3000",
                                        "--json")
                self.assertEqual(code, 0, errors)
                found = json.loads(out.splitlines()[-1])
                self.assertEqual((found["clean"], found["received"]["total"]), (True, 200))

    def test_conn_holds_connections(self):
        for broker, name, options in all_ways(of_load=True):
            with self.subTest(broker=broker.name, way=name):
                code, out, errors = run("conn", *options, "-C", "5", "--interval", "0", "--duration", "0.1", "--json")
                self.assertEqual(code, 0, errors)
                self.assertEqual(json.loads(out.splitlines()[-1])["connections"]["opened"], 5)


class Refusals(unittest.TestCase):
    def refused(self, broker, door, *options, host="localhost"):
        code, _, errors = run("pub", "-h", host, "-p", str(broker.port[door]), "-t", "t", "-m", "x", "-q", "1", *options)
        self.assertNotEqual(code, 0)
        return errors

    def test_are_told_in_words(self):
        trust = ["--cafile", path("ca.pem")]
        for broker in brokers:
            with self.subTest(broker=broker.name):
                self.assertIn("no certificate authority that is trusted here", self.refused(broker, "tls", "--cafile", path("stranger.pem")))
                self.assertIn("no certificate authority that is trusted here", self.refused(broker, "tls", "--secure"))
                self.assertIn("for another name", self.refused(broker, "tls", *trust, "--tls-server-name", "elsewhere"))
                self.assertIn("for another name", self.refused(broker, "tls", *trust, host="127.0.0.1", *["--tls-server-name", "::1"]))
                self.assertIn("it asked for a certificate", self.refused(broker, "mutual", *trust))
                self.assertIn("bad_record_mac", self.refused(broker, "psk", "--psk", KEY[::-1], "--psk-identity", "sensor"))
                self.assertRegex(self.refused(broker, "psk", "--psk", KEY, "--psk-identity", "nobody"), "alert")
                self.assertIn("TLS handshake", self.refused(broker, "tcp", *trust))
                self.assertIn("WebSocket", self.refused(broker, "tcp", "--ws"))
                self.assertIn("TLS handshake", self.refused(broker, "ws", "--ws", *trust))
        self.assertIn("(HTTP 404)", self.refused(brokers[1], "ws", "--ws", "--ws-path", "/elsewhere"))

    def test_of_the_command_line_name_the_file_or_the_option(self):
        for options, why in ((["--cafile", path("none.pem")], "none.pem"), (["--cafile", path("keys")], "keys"),
                             (["--cafile", path("ca.pem"), "--cert", path("sensor-1.pem"), "--key", path("ca.key")], "key"),
                             (["--cafile", path("ca.pem"), "--cert", path("sensor-1.pem")], "Both certfile and keyfile"),
                             (["--psk", "xyz", "--psk-identity", "s"], "hexadecimal"), (["--psk", KEY], "--psk-identity required"),
                             (["--secure", "--tls-version", "tlsv1.3"], "TLS 1.3 is not there"),
                             (["--secure", "--ciphers", "NONE"], "NONE"), (["--ws", "--ws-path", "x"], "begins with a slash"),
                             (["--ws", "--ws-header", "x"], "WebSocket")):
            for verb in ("pub", "bench roundtrip", "conn", "doctor"):
                more = ["-t", "t", "-m", "x"] if verb == "pub" else []
                code, _, errors = run(*verb.split(), "-h", "localhost", "-p", "1", *options, *more)
                self.assertEqual(code, 1, errors)
                self.assertIn(why, errors)


class Doctor(unittest.TestCase):
    def examine(self, broker, door, *options, scheme="mqtts"):
        _, out, errors = run("doctor", f"{scheme}://localhost:{broker.port[door]}", "--json", "--timeout", "60", *options)
        report = json.loads(out)
        self.assertEqual(errors, "")
        return report, {entry["name"]: entry for entry in report["findings"] if entry["group"] == "TLS"}

    def test_shows_protocol_cipher_and_chain(self):
        for broker, door, scheme in ((brokers[0], "tls", "mqtts"), (brokers[1], "wss", "wss")):
            report, tls = self.examine(broker, door, "--cafile", path("ca.pem"), scheme=scheme)
            self.assertTrue(report["connected"])
            self.assertRegex(report["url"], rf"^{scheme}://localhost:\d+")
            self.assertRegex(tls["handshake"]["value"], r"^TLSv1\.2, TLS-ECDHE-ECDSA-")
            self.assertEqual(tls["certificate"]["state"], "yes")
            self.assertRegex(tls["certificate"]["value"], r"^CN=localhost, EC 256 bits, until \d{4}-\d\d-\d\d, 8\d\d days left$")
            self.assertEqual(tls["its names"]["value"], "localhost, 127.0.0.1")
            self.assertIn("CN=NanoMQ CA", tls["signed by"]["value"])

    def test_shows_what_is_wrong_with_a_certificate(self):
        report, tls = self.examine(brokers[0], "tls", "--cafile", path("stranger.pem"))
        self.assertFalse(report["connected"])
        self.assertEqual(tls["certificate"]["state"], "no")
        self.assertIn("no certificate authority", tls["certificate"]["remark"])
        _, tls = self.examine(brokers[0], "tls", "--cafile", path("ca.pem"), "--tls-server-name", "elsewhere")
        self.assertIn("another name", tls["certificate"]["remark"])
        _, tls = self.examine(brokers[0], "tls", "--insecure")
        self.assertEqual(tls["certificate"]["state"], "unknown")


class Resumption(unittest.TestCase):
    def test_a_client_that_connects_again_takes_up_its_session(self):
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.maximum_version = ssl.TLSVersion.TLSv1_2
        context.load_cert_chain(path("server.pem"), path("server.key"))
        reused = []
        listener = socket.create_server(("127.0.0.1", 0))
        self.addCleanup(listener.close)

        def serve():
            for _ in range(3):
                plain, _ = listener.accept()
                with context.wrap_socket(plain, server_side=True) as peer:
                    reused.append(peer.session_reused)
                    peer.recv(4096)
                    peer.sendall(b"\x20\x02\x00\x00")  # CONNACK of 3.1.1
                    if len(reused) < 3:
                        continue
                    peer.recv(4096)

        server = threading.Thread(target=serve, daemon=True)
        server.start()
        client = Lines(PROGRAM, "sub", "-h", "localhost", "-p", str(listener.getsockname()[1]), "--cafile", path("ca.pem"), "-t", "t",
                       env=ENVIRONMENT)
        self.addCleanup(client.close)
        server.join(DEADLINE)
        self.assertEqual(reused, [False, True, True], client.lines)


if __name__ == "__main__":
    unittest.main()
