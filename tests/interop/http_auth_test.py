"""Logins and rights that a real HTTP endpoint decides: the manual's example, refusals, slowness, outages, floods.

Usage: http_auth_test.py PATH_OF_NANOMQ [unittest options]
"""
import json
import os
import re
import shutil
import socket
import subprocess
import sys
import tempfile
import threading
import unittest
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, urlsplit

from paho_peer import V5, V311, Peer
from programs import DEADLINE, SHARDS, Lines, listening_port, loopback_port, wait_until

PROGRAM = os.path.abspath(sys.argv.pop(1))
MANUAL = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..", "docs", "manual", "http_auth.md")
ENTERS, BAD_LOGIN, UNAVAILABLE = 0, 0x86, 0x88


class Endpoint:
    """A server whose answers a test decides: answer(path, fields) is a status, (status, JSON), or an event to wait for."""

    def __init__(self, answer):
        self.answer, self.seen, self.lock = answer, [], threading.Lock()
        self.running, self.most, self.connections = 0, 0, []
        endpoint = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def setup(self):
                super().setup()
                with endpoint.lock:
                    endpoint.connections.append(self.connection)

            def respond(self):
                size = int(self.headers.get("Content-Length", 0))
                url = urlsplit(self.path)
                text = (self.rfile.read(size) if size else url.query.encode()).decode()
                is_json = self.headers.get("Content-Type", "").startswith("application/json")
                fields = json.loads(text) if is_json else {k: v[0] for k, v in parse_qs(text, True).items()}
                with endpoint.lock:
                    endpoint.seen.append((url.path, fields, dict(self.headers)))
                    endpoint.running += 1
                    endpoint.most = max(endpoint.most, endpoint.running)
                said = endpoint.answer(url.path, fields)
                if isinstance(said, threading.Event):
                    said.wait(DEADLINE)
                    said = 200
                with endpoint.lock:
                    endpoint.running -= 1
                status, body = said if isinstance(said, tuple) else (said, None)
                data = b"" if body is None else json.dumps(body).encode()
                self.send_response(status)
                if body is not None:
                    self.send_header("Content-Type", "application/json")
                self.send_header("Content-Length", str(len(data)))
                self.end_headers()
                self.wfile.write(data)

            do_GET = do_POST = respond

            def log_message(self, *_):
                pass

        class Server(ThreadingHTTPServer):
            daemon_threads = True
            request_queue_size = 128

            def handle_error(self, *_):
                pass

        self.server = Server(("127.0.0.1", 0), Handler)
        self.port = self.server.server_address[1]
        threading.Thread(target=self.server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True).start()

    def url(self, path):
        return f"http://127.0.0.1:{self.port}{path}"

    def asked(self, path):
        with self.lock:
            return [fields for asked, fields, _ in self.seen if asked == path]

    def close(self):
        """Also the connections that are kept."""
        self.server.shutdown()
        self.server.server_close()
        with self.lock:
            for one in self.connections:
                try:
                    one.shutdown(socket.SHUT_RDWR)
                except OSError:
                    pass  # closed already


class HttpAuth(unittest.TestCase):
    def setUp(self):
        self.folder = tempfile.mkdtemp(prefix="nanomq_http_auth")
        self.addCleanup(shutil.rmtree, self.folder, ignore_errors=True)

    def endpoint(self, answer):
        made = Endpoint(answer)
        self.addCleanup(made.close)
        return made

    def broker(self, text, *arguments):
        conf = os.path.join(self.folder, "nanomq.conf")
        with open(conf, "w", encoding="utf-8") as file:
            file.write(text)
        environment = {key: value for key, value in os.environ.items() if not key.startswith("NANOMQ_")}
        output = Lines(PROGRAM, "broker", "start", "--url", "mqtt-tcp://127.0.0.1:0", "--shards", SHARDS, "--conf", conf,
                       *arguments, env=environment, cwd=self.folder)

        def stop():
            output.process.terminate()
            self.assertEqual(output.exit_code(), 0)
            output.close()

        self.addCleanup(stop)
        return listening_port(output)

    def conf(self, endpoint, auth=True, acl=False, extra=""):
        made = "mqtt.connect_timeout = 5m\nauth.allow_anonymous = false\nauth.http_auth {\ntimeout = 5m\n"
        if auth:
            params = '{ c = "%c", u = "%u", p = "%P" }'
            made += f'auth_req {{ url = "{endpoint.url("/auth")}", method = post, params = {params} }}\n'
        if acl:
            made += f'acl_req {{ url = "{endpoint.url("/acl")}", method = get, params = {{ u = "%u", a = "%A", t = "%t" }} }}\n'
        return made + extra + "}\n"

    def peer(self, port, user=None, password="secret", version=V5, client_id=""):
        def prepare(client):
            if user is not None:
                client.username_pw_set(user, password)

        made = Peer(port, client_id=client_id, version=version, prepare=prepare)
        self.addCleanup(made.close)
        return made

    def code(self, port, user, password="secret", version=V5):
        """What the CONNACK says."""
        peer = self.peer(port, user, password, version)
        peer.client.connect("127.0.0.1", port, 60)
        peer.client.loop_start()
        peer.wait(lambda: peer.connacks, "CONNACK")
        reason = peer.connacks[0][1]
        return getattr(reason, "value", reason)

    def test_the_example_of_the_manual_works_as_it_is_written(self):
        with open(MANUAL, encoding="utf-8") as file:
            manual = file.read()
        free = str(loopback_port())
        server = re.search(r"```python\n(.*?)```", manual, re.S).group(1).replace("8991", free)
        conf = re.search(r"```hocon\n(.*?)```", manual, re.S).group(1).replace("8991", free)
        path = os.path.join(self.folder, "auth.py")
        with open(path, "w", encoding="utf-8") as file:
            file.write(server)
        with subprocess.Popen([sys.executable, path], stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
                              stderr=subprocess.DEVNULL) as running:
            self.addCleanup(running.wait)
            self.addCleanup(running.kill)

            def answers():
                with socket.socket() as one:
                    return one.connect_ex(("127.0.0.1", int(free))) == 0

            wait_until(answers, "the example listens")
            port = self.broker(conf, "--set", "auth.http_auth.timeout=5m")
            self.assertEqual(self.code(port, "ann", "wrong"), BAD_LOGIN)
            ann = self.peer(port, "ann").open()
            self.assertEqual(ann.subscribe("ann/#", 1), [1])
            self.assertEqual(ann.subscribe("bob/#", 1), [0x87])
            self.assertEqual(
                subprocess.run([PROGRAM, "pub", "--url", f"mqtt-tcp://127.0.0.1:{port}", "-u", "ann", "-P", "secret", "-t",
                                "ann/x", "-m", "hello", "-q", "1"], check=False, timeout=DEADLINE).returncode, 0)
            self.assertEqual(ann.received(1)[0].payload, b"hello")
            running.kill()

    def test_statuses_decide_and_values_arrive_as_they_were(self):
        statuses = {"yes": 200, "empty": 204, "no": 403, "moved": 302, "broken": 500,
                    "json": (200, {"result": "deny"}), "other": (200, {"result": "ignore"})}
        endpoint = self.endpoint(lambda path, fields: statuses.get(fields["u"], 200))
        port = self.broker(self.conf(endpoint))
        for user, code in {"yes": ENTERS, "empty": ENTERS, "no": BAD_LOGIN, "moved": BAD_LOGIN, "json": BAD_LOGIN,
                           "other": BAD_LOGIN, "broken": UNAVAILABLE}.items():
            self.assertEqual(self.code(port, user), code, user)
        self.assertEqual(self.code(port, "no", version=V311), 4)
        self.assertEqual(self.code(port, "broken", version=V311), 3)
        odd = "ä&p=x%20+\"\n=/"
        self.assertEqual(self.code(port, odd, "p&u=admin"), ENTERS)
        self.assertEqual([(one["u"], one["p"]) for one in endpoint.asked("/auth")][-1], (odd, "p&u=admin"))

    def test_a_client_without_a_name_is_asked_about_too(self):
        endpoint = self.endpoint(lambda path, fields: 200 if fields["c"] == "known" else 403)
        port = self.broker(self.conf(endpoint))
        self.peer(port, client_id="known").open()
        self.assertEqual(self.code(port, None), BAD_LOGIN)
        self.assertEqual([one["u"] for one in endpoint.asked("/auth")], ["", ""])

    def test_superusers_are_not_asked_about_topics(self):
        endpoint = self.endpoint(lambda path, fields: {
            "/auth": (200, {"result": "allow", "is_superuser": fields.get("u") == "root"}),
            "/super": 200 if fields.get("u") == "chief" else 403,
            "/acl": 403}[path])
        extra = f'super_req {{ url = "{endpoint.url("/super")}", params = {{ u = "%u" }} }}\n'
        port = self.broker(self.conf(endpoint, acl=True, extra=extra))
        for user, code in (("root", 1), ("chief", 1), ("ann", 0x87)):
            peer = self.peer(port, user).open()
            self.assertEqual(peer.subscribe("a/b", 1), [code], user)
        self.assertEqual([one["u"] for one in endpoint.asked("/acl")], ["ann"])

    def test_topics_are_asked_about_with_filter_and_access(self):
        endpoint = self.endpoint(lambda path, fields: 403 if fields.get("t", "").startswith("no/") else 200)
        port = self.broker(self.conf(endpoint, acl=True))
        ann = self.peer(port, "ann").open()
        self.assertEqual(ann.subscribe("$share/g/a/+", 1), [1])
        self.assertEqual(ann.subscribe("no/#", 1), [0x87])
        for topic in ("no/x", "a/1", "a/2"):
            ann.publish(topic, topic, 1).wait_for_publish(DEADLINE)
        self.assertEqual([one.topic for one in ann.received(2)], ["a/1", "a/2"])
        self.assertEqual([(one["a"], one["t"]) for one in endpoint.asked("/acl")],
                         [("1", "a/+"), ("1", "no/#"), ("2", "no/x"), ("2", "a/1"), ("2", "a/2")])

    def test_a_slow_endpoint_makes_nobody_else_slow(self):
        gate = threading.Event()
        self.addCleanup(gate.set)
        endpoint = self.endpoint(lambda path, fields: gate if "slow" in (fields.get("u"), fields.get("t")) else 200)
        port = self.broker(self.conf(endpoint, acl=True, extra="cache_ttl = 1h\n"))
        ann = self.peer(port, "ann").open()
        ann.subscribe("#", 1)
        bob = self.peer(port, "bob").open()
        bob.publish("slow", "1", 1)
        bob.publish("quick", "2", 1)
        slow = self.peer(port, "slow")
        slow.client.connect("127.0.0.1", port, 60)
        slow.client.loop_start()
        wait_until(lambda: endpoint.running >= 2, "both are being asked about")
        for number in range(20):
            ann.publish("quick", str(number), 1).wait_for_publish(DEADLINE)
        self.assertEqual([one.payload for one in ann.received(20)], [str(number).encode() for number in range(20)])
        self.assertFalse(slow.connacks)
        gate.set()
        slow.wait(lambda: slow.connacks, "CONNACK")
        self.assertEqual([(one.topic, one.payload) for one in ann.received(22)][-2:], [("slow", b"1"), ("quick", b"2")])

    def test_without_the_endpoint_nobody_enters_and_who_is_in_keeps_what_is_remembered(self):
        endpoint = Endpoint(lambda path, fields: 200)
        port = self.broker(self.conf(endpoint, acl=True, extra="cache_ttl = 1h\n"))
        ann = self.peer(port, "ann").open()
        ann.subscribe("known", 1)
        ann.publish("known", "1", 1).wait_for_publish(DEADLINE)
        endpoint.close()
        self.assertEqual(self.code(port, "bob"), UNAVAILABLE)
        ann.publish("known", "2", 1).wait_for_publish(DEADLINE)
        ann.publish("unknown", "3", 1).wait_for_publish(DEADLINE)
        ann.publish("known", "4", 1).wait_for_publish(DEADLINE)
        self.assertEqual([one.payload for one in ann.received(3)], [b"1", b"2", b"4"])
        self.assertFalse(ann.ends)

    def test_a_flood_of_logins_is_bounded(self):
        gate = threading.Event()
        self.addCleanup(gate.set)
        endpoint = self.endpoint(lambda path, fields: gate if fields["u"].startswith("flood") else 200)
        port = self.broker(self.conf(endpoint, extra="pool_size = 3, max_waiting = 4\n"))
        flood = []
        for number in range(20):
            peer = self.peer(port, f"flood{number}")
            peer.client.connect("127.0.0.1", port, 60)
            peer.client.loop_start()
            flood.append(peer)

        def answered():
            return [one for one in flood if one.connacks]

        wait_until(lambda: len(answered()) == 13, "all but seven are refused")
        self.assertEqual({one.connacks[0][1].value for one in answered()}, {UNAVAILABLE})
        gate.set()
        wait_until(lambda: len(answered()) == 20, "the others enter")
        self.assertEqual(len([one for one in flood if one.connacks[0][1].value == ENTERS]), 7)
        self.assertLessEqual(endpoint.most, 3)


if __name__ == "__main__":
    unittest.main()
