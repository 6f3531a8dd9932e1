"""The webhook against a real HTTP endpoint, in Python's own server.

Usage: webhook_test.py PATH_OF_NANOMQ [unittest options]
"""
import base64
import http.server
import json
import random
import re
import ssl
import subprocess
import sys
import threading
import time
import unittest

from doors import DEADLINE, Doors, Folder, text_of, wait_until
from paho_peer import V31, V311, V5, Peer
from programs import loopback_port

PROGRAM = sys.argv.pop(1)
LISTENER = 'listeners.tcp.bind = "127.0.0.1:0"\n'
ANYBODY = "auth.allow_anonymous = true\n"
WHO = ["action", "clientid", "username"]
MESSAGE = ["ts", "topic", "retain", "qos", "payload"]


class Endpoint:
    """An HTTP server that keeps the bodies it was sent. `answer` makes the status of each POST from its number."""

    def __init__(self, answer=lambda number: 200, certificate=None, port=0):
        self.answer = answer
        self.bodies, self.headers, self.posts, self.connections = [], [], 0, 0
        self.under_way, self.most_under_way, self.targets = 0, 0, set()
        self.gate = threading.Event()
        self.gate.set()
        self.changed = threading.Condition()
        endpoint = self

        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def setup(self):
                super().setup()
                with endpoint.changed:
                    endpoint.connections += 1

            def do_POST(self):
                body = self.rfile.read(int(self.headers["Content-Length"]))
                with endpoint.changed:
                    endpoint.targets.add((self.headers["Host"], self.path))
                    endpoint.under_way += 1
                    endpoint.most_under_way = max(endpoint.most_under_way, endpoint.under_way)
                    endpoint.changed.notify_all()
                endpoint.gate.wait(DEADLINE)
                status = endpoint._take(self.headers, body)
                self.send_response(status)
                if status in (301, 302, 307, 308):
                    self.send_header("Location", endpoint.moved_to)
                self.send_header("Content-Length", "0")
                self.end_headers()

            def log_message(self, *_):
                pass

        class Server(http.server.ThreadingHTTPServer):
            daemon_threads = True
            block_on_close = False

            def handle_error(self, *_):
                pass  # of a connection that was cut

        self.server = Server(("127.0.0.1", port), Handler)
        scheme = "http"
        if certificate is not None:
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            context.load_cert_chain(certificate[0], certificate[1])
            if len(certificate) > 2:
                context.verify_mode = ssl.CERT_REQUIRED
                context.load_verify_locations(certificate[2])
            self.server.socket = context.wrap_socket(self.server.socket, server_side=True)
            scheme = "https"
        self.port = self.server.server_port
        self.url = f"{scheme}://localhost:{self.port}/events"
        self.thread = threading.Thread(target=self.server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
        self.thread.start()

    def _take(self, headers, body):
        with self.changed:
            status = self.answer(self.posts)
            self.posts += 1
            self.under_way -= 1
            if status < 300:
                self.bodies.append(body)
                self.headers.append(dict(headers))
            self.changed.notify_all()
        return status

    def events(self, count, action=None):
        """The first `count` events (of one kind), once they are there, each checked to be JSON."""
        def found():
            all_of_them = []
            for body in self.bodies:
                one = json.loads(body)
                all_of_them += one if isinstance(one, list) else [one]
            return [one for one in all_of_them if action is None or one["action"] == action]
        with self.changed:
            if not self.changed.wait_for(lambda: len(found()) >= count, DEADLINE):
                raise AssertionError(f"{count} events {action} did not come: {str(found())[:2000]}")
            return found()

    def wait_until(self, condition, what):
        with self.changed:
            if not self.changed.wait_for(condition, DEADLINE):
                raise AssertionError(what + " did not come")

    def wait_for_posts(self, count):
        with self.changed:
            if not self.changed.wait_for(lambda: self.posts >= count, DEADLINE):
                raise AssertionError(f"{count} POSTs did not come: {self.posts}")

    def close(self):
        self.gate.set()
        self.server.shutdown()
        self.server.server_close()
        self.thread.join()


def section(url, events, *more):
    names = ", ".join(f'{{event = "{one}"}}' if isinstance(one, str) else f'{{event = "{one[0]}", topic = "{one[1]}"}}'
                      for one in events)
    return "webhook {\n  url = \"" + url + "\"\n  events = [" + names + "]\n  " + "\n  ".join(more) + "\n}\n"


class Webhook(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.folder = Folder()

    @classmethod
    def tearDownClass(cls):
        cls.folder.close()

    def endpoint(self, **options):
        made = Endpoint(**options)
        self.addCleanup(made.close)
        return made

    def doors(self, text, *arguments):
        made = Doors(PROGRAM, self.folder, LISTENER + text, *arguments)
        self.addCleanup(lambda: self.assertEqual(made.stop(), 0))
        return made

    def peer(self, doors, client_id, **options):
        made = Peer(doors.port("tcp:default"), client_id, **options)
        self.addCleanup(made.close)
        return made.open()

    def figure(self, doors, name):
        """A figure of the webhook's own, from $SYS."""
        peer = self.peer(doors, f"watcher-{random.random()}")
        peer.subscribe(f"$SYS/broker/webhook/{name}")
        value = int(peer.received(1)[0].payload)
        peer.leave()
        return value

    def wait_for_figure(self, doors, name, holds):
        wait_until(lambda: holds(self.figure(doors, name)), f"webhook/{name}")

    # ------------------------------------------------------------------------------------------- events

    def test_nanomqs_own_section_works_with_nanomqs_fields(self):
        endpoint = self.endpoint()
        doors = self.doors("""
webhook {
  # Where events go
  url = "%s"
  headers.content-type = "application/json"
  body.encoding = plain
  pool_size = 32
  events = [
    { event = "on_client_connack" }
    { event = "on_client_disconnected" }
    { event = "on_message_publish", topic = "a/b/c" }
  ]
}
""" % endpoint.url)
        ann = self.peer(doors, "ann", prepare=lambda client: client.username_pw_set("Ann"))
        ann.publish("other", "no").wait_for_publish(DEADLINE)
        ann.publish("a/b/c", "hello", 1).wait_for_publish(DEADLINE)
        ann.leave()
        connack, publish, gone = endpoint.events(3)
        self.assertEqual(connack, {"action": "client_connack", "clientid": "ann", "username": "Ann", "keepalive": 60,
                                   "proto_ver": 5, "conn_ack": "success"})
        self.assertLess(abs(publish.pop("ts") / 1000 - time.time()), 3600)
        self.assertEqual(publish, {"action": "message_publish", "topic": "a/b/c", "qos": 1, "retain": False,
                                   "payload": "hello", "from_client_id": "ann", "from_username": "Ann"})
        self.assertEqual(gone, {"action": "client_disconnected", "clientid": "ann", "username": "Ann",
                                "reason": "normal"})
        self.assertEqual({one["content-type"] for one in endpoint.headers}, {"application/json"})

    def test_each_event_has_its_fields(self):
        endpoint = self.endpoint()
        names = ["connect", "connack", "connected", "disconnected", "subscribe", "unsubscribe"]
        doors = self.doors(section(endpoint.url, ["on_client_" + one for one in names]
                                   + ["on_session_" + one for one in
                                      ("created", "subscribed", "unsubscribed", "terminated")]
                                   + ["on_message_" + one for one in ("publish", "delivered", "acked", "dropped")]))
        peer = self.peer(doors, "c", version=V311)
        peer.subscribe("t", 1)
        peer.publish("t", "x", 1).wait_for_publish(DEADLINE)
        peer.received(1)
        peer.publish("nobody", "y", 0, True).wait_for_publish(DEADLINE)
        peer.client.unsubscribe("t")
        peer.wait(lambda: peer.unsubacks, "UNSUBACK")
        peer.cut()
        found = endpoint.events(15)
        for one in found:
            one.pop("ts", None), one.pop("connected_at", None)
        anonymous = {"clientid": "c", "username": "undefined"}
        client = {**anonymous, "ipaddress": "127.0.0.1", "keepalive": 60, "proto_ver": 4, "clean_start": True}
        message = {"topic": "t", "qos": 1, "retain": False, "payload": "x"}
        nobody = {"topic": "nobody", "qos": 0, "retain": True, "payload": "y"}
        publisher = {"from_client_id": "c", "from_username": "undefined"}
        wanted = [
            {"action": "client_connect", **client},
            {"action": "session_created", **anonymous},
            {"action": "client_connack", **anonymous, "keepalive": 60, "proto_ver": 4, "conn_ack": "success"},
            {"action": "client_connected", **client},
            {"action": "client_subscribe", **anonymous, "topic": "t", "opts": {"qos": 1}},
            {"action": "session_subscribed", **anonymous, "topic": "t", "opts": {"qos": 1}},
            {"action": "message_publish", **publisher, **message},
            {"action": "message_delivered", **anonymous, **message},
            {"action": "message_acked", **anonymous, **message},
            {"action": "message_publish", **publisher, **nobody},
            {"action": "message_dropped", **anonymous, **nobody, "reason": "no_subscriber"},
            {"action": "client_unsubscribe", **anonymous, "topic": "t"},
            {"action": "session_unsubscribed", **anonymous, "topic": "t"},
            {"action": "client_disconnected", **anonymous, "reason": "abnormal"},
            {"action": "session_terminated", **anonymous, "reason": "normal"},
        ]
        order = [one["action"] for one in found]
        acked = order.index("message_acked")  # the client acknowledges when it likes
        found.insert(8, found.pop(acked))
        self.assertEqual(found, wanted)

    def test_a_refused_client_is_a_connack_that_failed(self):
        endpoint = self.endpoint()
        self.folder.write("users", "ann:secret\n")
        doors = self.doors('auth.password { ann = secret }\n' + section(
            endpoint.url, ["on_client_connack"], "body.missing_username = none"))
        for name in (None, "ann"):
            peer = Peer(doors.port("tcp:default"), "c", version=V31)
            self.addCleanup(peer.close)
            if name is not None:
                peer.client.username_pw_set(name, "wrong")
            with self.assertRaises(AssertionError):
                peer.open()
        self.assertEqual([(one["username"], one["conn_ack"], one["proto_ver"]) for one in endpoint.events(2)],
                         [(None, "fail", 3), ("ann", "fail", 3)])

    # THREATS 18: the longest names there are; 83: what could end a string.
    def told_with(self, encoding, payload):
        """What bodies say of strange names, and of this payload."""
        strange = 'q"uote\\ \t\u00e4\u20ac\U0001f600 \u007f'
        long_id, topic = "i" * 65_535, "t/" + "x" * 65_533
        endpoint = self.endpoint()
        doors = self.doors(section(endpoint.url, ["on_client_connack", "on_message_publish"],
                                   f"body.encoding = {encoding}", "pool_size = 1"))
        first = self.peer(doors, strange, prepare=lambda client: client.username_pw_set("new\nline\" \u00fc"))
        first.publish('strange/"\\/\u00e4', payload, 1).wait_for_publish(DEADLINE)
        second = self.peer(doors, long_id)
        second.publish(topic, b"", 1).wait_for_publish(DEADLINE)
        # Each client's events are in order; those of two clients come as they come.
        found = endpoint.events(4)
        connack, long_connack = sorted((one for one in found if "topic" not in one), key=lambda one: len(one["clientid"]))
        publish, long_publish = sorted((one for one in found if "topic" in one), key=lambda one: len(one["topic"]))
        self.assertEqual((connack["clientid"], connack["username"]), (strange, "new\nline\" \u00fc"))
        self.assertEqual(publish["topic"], 'strange/"\\/\u00e4')
        self.assertEqual(long_connack["clientid"], long_id)
        self.assertEqual((long_publish["topic"], long_publish["from_client_id"]), (topic, long_id))
        return publish["payload"], long_publish["payload"]

    BYTES = bytes(range(256)) + b'"\r\n\\'

    def test_plain_bodies_are_json_whatever_names_and_payloads_contain(self):
        payload, empty = self.told_with("plain", self.BYTES)
        self.assertEqual((payload[:128], payload[-4:]), (self.BYTES[:128].decode(), '"\r\n\\'))
        self.assertEqual(set(payload[128:-4]), {"\ufffd"})
        self.assertEqual(empty, "")

    def test_bodies_in_base64_hold_every_byte(self):
        payload, empty = self.told_with("base64", self.BYTES)
        self.assertEqual(base64.b64decode(payload, validate=True), self.BYTES)
        self.assertIsNone(empty)

    def test_bodies_in_base62_are_those_of_nanomq(self):
        payload, empty = self.told_with("base62", self.BYTES)
        letters = base64.b64encode(self.BYTES).decode().rstrip("=").replace("+", "A").replace("/", "B")
        self.assertEqual(payload, letters)
        self.assertIsNone(empty)

    # ------------------------------------------------------------------------------------------- when it goes wrong

    def test_what_failed_is_sent_again_and_a_clients_events_stay_in_order(self):
        rng = random.Random(5)
        endpoint = self.endpoint(answer=lambda number: rng.choice((200, 500, 503, 429)))
        doors = self.doors(section(endpoint.url, ["on_message_publish"], "retry { backoff = 1ms, max_backoff = 4ms, "
                                   "attempts = 100 }"))
        peers = [self.peer(doors, f"c{number}") for number in range(4)]
        for number in range(40):
            for peer in peers:
                peer.publish("t", str(number), 1)
        events = endpoint.events(160)
        for peer in range(4):
            self.assertEqual([one["payload"] for one in events if one["from_client_id"] == f"c{peer}"],
                             [str(number) for number in range(40)])
        self.assertGreater(endpoint.posts, 160)

    def test_a_clients_events_stay_in_order_when_the_number_of_posts_at_a_time_changes(self):
        endpoint = self.endpoint()
        text = lambda size: section(endpoint.url, ["on_message_publish"], f"pool_size = {size}")
        doors = self.doors(text(2))
        peers = [self.peer(doors, f"c{number}") for number in range(4)]
        for number in range(40):
            for peer in peers:
                peer.publish("t", str(number), 1)
            if number % 10 == 5:
                self.assertEqual(doors.reload(LISTENER + text(number)), (0, [f"changed: webhook.pool_size = {number}"]))
        events = endpoint.events(160)
        for peer in range(4):
            found = [one["payload"] for one in events if one["from_client_id"] == f"c{peer}"]
            # A POST whose answer was lost with its connection is repeated.
            once = [one for at, one in enumerate(found) if one not in found[:at]]
            self.assertEqual(once, sorted(once, key=int))

    def test_an_endpoint_that_comes_later_gets_what_waited(self):
        port = loopback_port()
        url = f"http://localhost:{port}/events"
        doors = self.doors(section(url, ["on_message_publish"], "retry { backoff = 10ms, max_backoff = 50ms, "
                                   "attempts = 1000 }"))
        peer = self.peer(doors, "c")
        for number in range(20):
            peer.publish("t", str(number), 1).wait_for_publish(DEADLINE)
        line = doors.wait_for_log(" webhook_failing ")[0]
        self.assertIn("refused", line)
        back = self.endpoint(port=port)
        self.assertEqual([one["payload"] for one in back.events(20)], [str(number) for number in range(20)])
        doors.wait_for_log(" webhook_recovered ")
        peer.publish("t", "x", 1).wait_for_publish(DEADLINE)
        self.assertLess(len(doors.log(" webhook_failing ")), 5, "one line for many failures")

    def test_a_recovery_says_how_many_events_were_lost(self):
        port = loopback_port()
        doors = self.doors(section(f"http://localhost:{port}/events", ["on_message_publish"], "queue.max_messages = 8",
                                   "retry { backoff = 10ms, max_backoff = 1s, attempts = 1000 }"))
        peer = self.peer(doors, "c")
        for number in range(20):
            peer.publish("t", str(number), 1).wait_for_publish(DEADLINE)
        doors.wait_for_log(" webhook_failing ")
        back = self.endpoint(port=port)
        self.assertEqual(len(back.events(8)), 8)
        self.assertRegex(doors.wait_for_log(" webhook_recovered ")[0], r" queued=7 failed=0 dropped=12$")

    def later_endpoint(self, *more):
        """A broker whose endpoint is not there, and repeats too late for any test; and the endpoint once it is."""
        port = loopback_port()
        doors = Doors(PROGRAM, self.folder, LISTENER + section(
            f"http://localhost:{port}/events", ["on_message_publish"], "retry { backoff = 1h, max_backoff = 1h }", *more))
        self.addCleanup(doors.output.close)
        for number in range(8):
            self.peer(doors, f"early{number}").publish("t", str(number), 1).wait_for_publish(DEADLINE)
        wait_until(lambda: json.loads(doors.run("status", "--json").stdout)["hooks"]["webhook_posts"] > 0, "a POST")
        doors.wait_for_log(" webhook_failing .*refused")
        return doors, self.endpoint(port=port)

    def test_what_waits_to_be_repeated_goes_as_soon_as_the_endpoint_takes_something(self):
        doors, back = self.later_endpoint()
        for number in range(64):  # one of them has a way of its own
            self.peer(doors, f"late{number}").publish("t", str(number), 1).wait_for_publish(DEADLINE)
        self.assertEqual(len(back.events(72)), 72)
        self.assertEqual(doors.stop(), 0)

    def test_what_waits_to_be_repeated_goes_at_once_when_the_broker_stops(self):
        doors, back = self.later_endpoint("flush_timeout = 60s")
        self.assertEqual(doors.stop(), 0)
        self.assertEqual(len(back.events(8)), 8)

    def test_what_the_endpoint_refuses_is_not_sent_again(self):
        endpoint = self.endpoint(answer=lambda number: 403 if number == 0 else 204)
        doors = self.doors("sys.interval = 100ms\n" + section(endpoint.url, ["on_message_publish"]))
        peer = self.peer(doors, "c")
        for payload in ("refused", "taken"):
            peer.publish("t", payload, 1).wait_for_publish(DEADLINE)
        self.assertEqual([one["payload"] for one in endpoint.events(1)], ["taken"])
        self.wait_for_figure(doors, "failed", lambda value: value == 1)
        self.assertEqual(endpoint.posts, 2)

    def test_what_fails_too_often_is_given_up_and_what_comes_behind_it_is_sent(self):
        endpoint = self.endpoint(answer=lambda number: 503 if number < 3 else 200)
        doors = self.doors("sys.interval = 100ms\n" + section(
            endpoint.url, ["on_message_publish"], "retry { backoff = 1ms, attempts = 3 }"))
        peer = self.peer(doors, "c")
        for payload in ("lost", "sent"):
            peer.publish("t", payload, 1).wait_for_publish(DEADLINE)
        self.assertEqual([one["payload"] for one in endpoint.events(1)], ["sent"])
        self.wait_for_figure(doors, "sent", lambda value: value == 1)
        figures = json.loads(doors.run("status", "--json").stdout)["hooks"]
        self.assertEqual({name: figures[name] for name in ("webhook_sent", "webhook_failed", "webhook_dropped", "webhook_queued",
                                                           "webhook_posts", "webhook_posts_repeated")},
                         {"webhook_sent": 1, "webhook_failed": 1, "webhook_dropped": 0, "webhook_queued": 0,
                          "webhook_posts": 4, "webhook_posts_repeated": 2})

    def test_as_many_posts_are_under_way_as_the_pool_is_large(self):
        endpoint = self.endpoint()
        endpoint.gate.clear()
        doors = self.doors(section(endpoint.url, ["on_message_publish"], "pool_size = 3", "cancel_timeout = 5m"))
        peers = [self.peer(doors, f"c{number}") for number in range(24)]
        for peer in peers:
            for number in range(2):
                peer.publish("t", str(number), 1).wait_for_publish(DEADLINE)
        endpoint.wait_until(lambda: endpoint.under_way == 3, "three POSTs at a time")
        wait_until(lambda: json.loads(doors.run("status", "--json").stdout)["hooks"]["webhook_queued"] == 48, "all that wait")
        endpoint.gate.set()
        self.assertEqual(len(endpoint.events(48)), 48)
        self.assertEqual((endpoint.most_under_way, endpoint.connections), (3, 3), "connections are used again")

    # THREATS 91: where a request goes is said by configuration alone. 83: nor do line ends make another request.
    def test_nothing_that_a_client_or_the_endpoint_says_chooses_where_a_request_goes(self):
        other = self.endpoint()
        endpoint = self.endpoint(answer=lambda number: (307, 302, 308, 301)[number] if number < 4 else 200)
        endpoint.moved_to = other.url
        doors = self.doors(section(endpoint.url, ["on_message_publish", "on_client_connected"]))
        smuggled = f"\r\n\r\nPOST {other.url} HTTP/1.1\r\nHost: localhost:{other.port}\r\nContent-Length: 2\r\n\r\n{{}}"
        for number, name in enumerate((other.url, "../../admin", smuggled, "a${url}")):
            peer = self.peer(doors, f"{name} {number}", prepare=lambda client: client.username_pw_set(name))
            peer.publish(name.replace("#", ""), name, 1).wait_for_publish(DEADLINE)
        self.assertEqual(len(endpoint.events(4)), 4)
        endpoint.wait_for_posts(8)
        self.assertEqual(endpoint.targets, {(f"localhost:{endpoint.port}", "/events")})
        self.assertEqual((other.posts, other.connections), (0, 0))

    def test_a_slow_endpoint_slows_nobody_and_costs_a_bounded_queue(self):
        endpoint = self.endpoint()
        endpoint.gate.clear()
        doors = self.doors("sys.interval = 100ms\n" + section(
            endpoint.url, ["on_message_publish"], "queue.max_messages = 100", "pool_size = 2", "cancel_timeout = 5m",
            "flush_timeout = 0s"))
        reader, writer = self.peer(doors, "reader"), self.peer(doors, "writer")
        reader.subscribe("t", 1)
        for number in range(2_000):
            writer.publish("t", str(number), 1)
        self.assertEqual(reader.payloads(2_000), [str(number) for number in range(2_000)])
        self.wait_for_figure(doors, "dropped", lambda value: value == 1_900)
        self.assertEqual(self.figure(doors, "queued"), 100)
        self.assertIn("webhook     0 events sent, 100 waiting (", doors.run("status").stdout)
        doors.wait_for_log(" webhook_failing .*dropped=")
        endpoint.gate.set()
        self.assertEqual([one["payload"] for one in endpoint.events(100)], [str(number) for number in range(100)])

    def test_batches_are_arrays(self):
        endpoint = self.endpoint()
        doors = self.doors(section(endpoint.url, ["on_message_publish"], "batch { size = 10, time = 1m }",
                                   "pool_size = 1"))
        peer = self.peer(doors, "c")
        for number in range(25):
            peer.publish("t", str(number), 1).wait_for_publish(DEADLINE)
        self.assertEqual([one["payload"] for one in endpoint.events(20)], [str(number) for number in range(20)])
        self.assertEqual([len(json.loads(body)) for body in endpoint.bodies], [10, 10])

    def test_a_stop_sends_what_is_queued(self):
        endpoint = self.endpoint()
        doors = Doors(PROGRAM, self.folder, LISTENER + section(
            endpoint.url, ["on_client_disconnected"], "batch { size = 100, time = 60s }", "flush_timeout = 60s"))
        peers = [Peer(doors.port("tcp:default"), f"c{number}").open() for number in range(5)]
        self.assertEqual(doors.stop(), 0)
        self.assertEqual(sorted(one["clientid"] for one in endpoint.events(5)), [f"c{number}" for number in range(5)])
        for peer in peers:
            peer.close()

    # ------------------------------------------------------------------------------------------- TLS

    def test_an_endpoint_is_believed_only_with_its_certificate(self):
        good = (self.folder("server.crt"), self.folder("server.key"))
        endpoint = self.endpoint(certificate=good)
        ca = f'ssl.cacertfile = "{self.folder("ca.crt")}"'
        doors = self.doors(section(endpoint.url, ["on_client_connected"], ca))
        self.peer(doors, "seen")
        self.assertEqual(endpoint.events(1)[0]["clientid"], "seen")

    def test_a_wrong_certificate_gets_nothing(self):
        other = Folder()
        self.addCleanup(other.close)
        endpoint = self.endpoint(certificate=(other("server.crt"), other("server.key")))
        ca = f'ssl.cacertfile = "{self.folder("ca.crt")}"'
        doors = self.doors("sys.interval = 100ms\n" + section(
            endpoint.url, ["on_client_connected"], ca, "retry { backoff = 1ms, attempts = 3 }"))
        self.peer(doors, "unseen")
        self.assertIn("certificate", doors.wait_for_log(" webhook_failing ")[0])
        self.wait_for_figure(doors, "failed", lambda value: value >= 1)
        self.assertEqual(endpoint.bodies, [])
        code, _ = doors.reload(LISTENER + section(endpoint.url, ["on_client_connected"], "ssl.verify_peer = false"))
        self.assertEqual(code, 0)
        self.peer(doors, "now")
        wait_until(lambda: "now" in [one["clientid"] for one in endpoint.events(1)], "a POST without a check")

    def test_the_endpoint_may_ask_for_a_certificate(self):
        endpoint = self.endpoint(certificate=(self.folder("server.crt"), self.folder("server.key"),
                                              self.folder("ca.crt")))
        doors = self.doors(section(
            endpoint.url, ["on_client_connected"], f'ssl.cacertfile = "{self.folder("ca.crt")}"',
            f'ssl.certfile = "{self.folder("device.crt")}"', f'ssl.keyfile = "{self.folder("device.key")}"'))
        self.peer(doors, "seen")
        self.assertEqual(endpoint.events(1)[0]["clientid"], "seen")

    # ------------------------------------------------------------------------------------------- configuration

    def test_a_reload_begins_changes_and_ends_it(self):
        first, second = self.endpoint(), self.endpoint()
        doors = self.doors("")
        stays = self.peer(doors, "stays")
        code, lines = doors.reload(LISTENER + section(first.url, ["on_message_publish"]))
        self.assertEqual(code, 0, lines)
        stays.publish("t", "1", 1).wait_for_publish(DEADLINE)
        first.events(1)
        code, lines = doors.reload(LISTENER + section(
            second.url, [("on_message_publish", "wanted")], 'headers { authorization = "Bearer hidden" }'))
        self.assertEqual(code, 0, lines)
        self.assertNotIn("hidden", " ".join(lines))
        self.assertTrue(any("authorization: ****" in line for line in lines), lines)
        for topic in ("t", "wanted"):
            stays.publish(topic, "2", 1).wait_for_publish(DEADLINE)
        self.assertEqual([one["topic"] for one in second.events(1)], ["wanted"])
        self.assertEqual(second.headers[0]["authorization"], "Bearer hidden")
        for wrong in (section("ftp://x/", ["on_message_publish"]), section(second.url, ["on_message"]),
                      section(second.url, [("on_client_connect", "t")]),
                      section(second.url, ["on_message_publish"], 'headers { host = x }')):
            code, lines = doors.reload(LISTENER + wrong)
            self.assertEqual(code, 2, lines)
        code, lines = doors.reload(LISTENER)
        self.assertEqual(code, 0, lines)
        stays.publish("wanted", "3", 1).wait_for_publish(DEADLINE)
        self.assertEqual((len(first.bodies), len(second.bodies)), (1, 1))
        self.assertEqual(len(stays.ends), 0)

    def test_the_environment_and_the_command_line_can_say_all_of_it(self):
        endpoint = self.endpoint()
        doors = self.doors("", "--set", "webhook.url=" + endpoint.url, "--set",
                           "webhook.events=on_client_connected,on_message_publish a/#", "--set",
                           "webhook.headers=x-one: 1")
        peer = self.peer(doors, "c")
        peer.publish("b", "1", 1).wait_for_publish(DEADLINE)
        peer.publish("a/b", "2", 1).wait_for_publish(DEADLINE)
        self.assertEqual([one["action"] for one in endpoint.events(2)], ["client_connected", "message_publish"])
        self.assertEqual(endpoint.headers[0]["x-one"], "1")
        shown = subprocess.run([PROGRAM, "broker", "start", "--print-config"], capture_output=True, text=True,
                               timeout=DEADLINE, check=True,
                               env={"NANOMQ_WEBHOOK__EVENTS": '["on_message_acked t"]',
                                    "NANOMQ_WEBHOOK__HEADERS": '["authorization: Bearer hidden"]'}).stdout
        self.assertRegex(shown, r'webhook.events = \["on_message_acked t"\]')
        self.assertNotIn("hidden", shown)

    def test_a_faulty_section_keeps_the_broker_from_starting(self):
        for text, what in ((section("http://h/", ["on_message_publisch"]), "is no event"),
                           (section("http://h/", [("on_message_publish", "a/#/b")]), "is no topic filter"),
                           (section("h/", ["on_message_publish"]), "webhook.url"),
                           ("webhook.events = [{name = x}]", "event and topic"),
                           (section("https://h/", ["on_message_publish"], 'ssl.cacertfile = "/nowhere"'), "/nowhere")):
            conf = self.folder.write("wrong.conf", text)
            said, code = text_of(PROGRAM, "broker", "start", "--conf", conf)
            self.assertEqual(code, 2, said)
            self.assertIn(what, said)
            self.assertTrue(re.match(r"nanomq: ", said), said)


if __name__ == "__main__":
    unittest.main()
