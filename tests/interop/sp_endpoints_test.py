"""SP endpoints of the broker with nngcat and nanocat at the other end and MQTT clients around, over tcp, ipc and ws.

Usage: sp_endpoints_test.py PATH_OF_NANOMQ [unittest options]
One broker has every endpoint. Any process may stand still for seconds: what may be missed is sent until it has been
received, and every question is answered.
"""
import os
import re
import shutil
import socket
import subprocess
import sys
import tempfile
import unittest

from programs import DEADLINE, OWN_ADDRESS, SHARDS, Lines, free_port, listening_port, wait_until
from sp_peers import Answerer

PROGRAM = sys.argv.pop(1)
MANUAL = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..", "docs", "manual", "sp.md")
ENVIRONMENT = {key: value for key, value in os.environ.items() if not key.startswith("NANOMQ_")}


def command(program, protocol, url, *more):
    """nngcat or nanocat, dialling."""
    if program == "nanocat":
        return ["stdbuf", "-oL", "nanocat", "--" + protocol.replace("pair0", "pair"), "--connect", url, *more]
    # Otherwise it ends when a WebSocket takes two seconds to begin.
    later = ["--async"] if url.startswith("ws") else []
    return ["stdbuf", "-oL", "nngcat", "--" + protocol, *later, "--dial", url, *more]


class Endpoints(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.directory = tempfile.mkdtemp(prefix="nanomq_sp")
        cls.addClassCleanup(shutil.rmtree, cls.directory, ignore_errors=True)
        transports = {"tcp": lambda: f"tcp://{OWN_ADDRESS}:{free_port()}", "ws": lambda: f"ws://{OWN_ADDRESS}:{free_port()}",
                      "ipc": lambda: f"ipc://{tempfile.mkdtemp(dir=cls.directory)}/s"}
        out = '[{local_topic = "NAME/out/#", qos = 1}]'
        into = '[{local_topic = "NAME/in", qos = 1}]'
        rules = {"push": f"forwards = {out}", "pull": f"subscription = {into}",
                 "pub": 'forwards = [{local_topic = "NAME/out/#", qos = 1}]',
                 "sub": 'subscription = [{remote_topic = "NAME/in", qos = 1}]',
                 "req": 'forwards = [{local_topic = "NAME/ask", qos = 1}]',
                 "surveyor": 'forwards = [{local_topic = "NAME/ask", qos = 1}]',
                 "rep": 'subscription = [{local_topic = "NAME/asked", qos = 1}]',
                 "respondent": 'subscription = [{local_topic = "NAME/asked", qos = 1}]'}
        for both in ("pair0", "pair1", "bus"):
            rules[both] = f"forwards = {out}, subscription = {into}"
        cls.urls = {}
        path = os.path.join(cls.directory, "nanomq.conf")
        with open(path, "w", encoding="utf-8") as file:
            file.write('listeners.tcp.bind = "127.0.0.1:0"\nsys.interval = 1s\n')
            for transport, make in transports.items():
                for protocol, rule in rules.items():
                    name = f"{transport}-{protocol}"
                    cls.urls[transport, protocol] = make()
                    file.write(f'bridges.nng.{protocol}.{transport} {{ listen = ["{cls.urls[transport, protocol]}"], '
                               f'{rule.replace("NAME", name)} }}\n')
        cls.broker = Lines(PROGRAM, "broker", "start", "--conf", path, "--shards", SHARDS,
                           "--pid-file", os.path.join(cls.directory, "pid"), env=ENVIRONMENT)
        cls.addClassCleanup(cls.broker.close)
        cls.port = str(listening_port(cls.broker))

    @classmethod
    def tearDownClass(cls):
        cls.broker.process.terminate()
        code = cls.broker.exit_code()
        if code != 0:
            raise AssertionError(f"the broker ended with {code}: {cls.broker.lines}")

    def start(self, *words):
        made = Lines(*words)
        self.addCleanup(made.close)
        return made

    def subscriber(self, topic, *more):
        made = self.start(PROGRAM, "sub", "-p", self.port, "-t", topic, "-q", "1", "-d", *more)
        made.wait_for(lambda lines: any("SUBACK" in line for line in lines), "SUBACK")
        return made

    def publish(self, topic, text, *more):
        subprocess.run([PROGRAM, "pub", "-p", self.port, "-t", topic, "-m", text, "-q", "1", *more], check=True, timeout=DEADLINE)

    def publish_until(self, arrived, *words):
        def done():
            self.publish(*words)
            return arrived()
        wait_until(done, f"arrival of {words}")

    def to_sp(self, program, transport, endpoint, far, expected="hello"):
        receiver = self.start(*command(program, far, self.urls[transport, endpoint], "-Q"))
        self.publish_until(lambda: f'"{expected}"' in receiver.lines, f"{transport}-{endpoint}/out/x", "hello")
        receiver.close()

    def to_mqtt(self, program, transport, endpoint, far, data="hello"):
        subscriber = self.subscriber(f"{transport}-{endpoint}/in")
        sender = self.start(*command(program, far, self.urls[transport, endpoint], "-D", data, "-i", "1"))
        subscriber.wait_for(lambda lines: "hello" in lines, "message")
        sender.close()
        subscriber.close()

    def asked_by_mqtt(self, program, transport, endpoint, far):
        answerer = self.start(*command(program, far, self.urls[transport, endpoint], "-D", "the answer", "-Q"))
        answers = self.subscriber(f"answers/{endpoint}/{transport}/{program}", "-V", "5")
        self.publish_until(lambda: "the answer" in answers.lines, f"{transport}-{endpoint}/ask", "the question", "-V", "5",
                           "-D", "publish", "response-topic", f"answers/{endpoint}/{transport}/{program}")
        answerer.wait_for(lambda lines: '"the question"' in lines, "question")
        answerer.close()
        answers.close()

    def asked_by_sp(self, program, transport, endpoint, far):
        responder = Answerer(int(self.port), f"{transport}-{endpoint}/asked", "the answer")
        self.addCleanup(responder.close)
        # A survey is over after a second, and nngcat may stop for good if the next one is sent at that moment.
        again = ("-i", "2") if far == "surveyor" else ()
        asker = self.start(*command(program, far, self.urls[transport, endpoint], "-D", "the question", "-Q", *again))
        asker.wait_for(lambda lines: '"the answer"' in lines, "answer")
        self.assertEqual(set(responder.payloads(1)), {"the question"})
        asker.close()
        responder.close()

    def everything(self, program, transport):
        for endpoint, far, form in (("push", "pull", "hello"), ("pub", "sub", f"{transport}-pub/out/x/hello"),
                                    ("pair0", "pair0", "hello"), ("bus", "bus", "hello")):
            with self.subTest("to SP", endpoint=endpoint):
                self.to_sp(program, transport, endpoint, far, form)
        for endpoint, far, data in (("pull", "push", "hello"), ("sub", "pub", f"{transport}-sub/in/hello"),
                                    ("pair0", "pair0", "hello"), ("bus", "bus", "hello")):
            with self.subTest("to MQTT", endpoint=endpoint):
                self.to_mqtt(program, transport, endpoint, far, data)
        for endpoint, far in (("req", "rep"), ("surveyor", "respondent")):
            with self.subTest("asked by MQTT", endpoint=endpoint):
                self.asked_by_mqtt(program, transport, endpoint, far)
        for endpoint, far in (("rep", "req"), ("respondent", "surveyor")):
            with self.subTest("asked by SP", endpoint=endpoint):
                self.asked_by_sp(program, transport, endpoint, far)

    def test_nngcat_over_tcp(self):
        self.everything("nngcat", "tcp")
        self.to_sp("nngcat", "tcp", "pair1", "pair1")
        self.to_mqtt("nngcat", "tcp", "pair1", "pair1")

    def test_nngcat_over_ipc(self):
        self.everything("nngcat", "ipc")

    def test_nngcat_over_ws(self):
        self.everything("nngcat", "ws")

    def test_nanocat_over_tcp(self):
        self.everything("nanocat", "tcp")

    def test_nanocat_over_ipc(self):
        self.everything("nanocat", "ipc")

    def test_nanocat_over_ws(self):
        self.everything("nanocat", "ws")

    def test_the_figures_are_in_sys(self):
        figure = self.subscriber("$SYS/broker/bridges/nng/pull/tcp/peers")
        figure.wait_for(lambda lines: any(re.fullmatch(r"\d+", line) for line in lines), "figure")


class Start(unittest.TestCase):
    """How the program takes a configuration with endpoints."""

    def setUp(self):
        self.directory = tempfile.mkdtemp(prefix="nanomq_sp")
        self.addCleanup(shutil.rmtree, self.directory, ignore_errors=True)

    def start(self, endpoints):
        path = os.path.join(self.directory, "nanomq.conf")
        with open(path, "w", encoding="utf-8") as file:
            file.write('listeners.tcp.bind = "127.0.0.1:0"\n' + endpoints)
        made = Lines(PROGRAM, "broker", "start", "--conf", path, "--pid-file", os.path.join(self.directory, "pid"), env=ENVIRONMENT)
        self.addCleanup(made.close)
        return made

    def refused(self, endpoints, code, text):
        made = self.start(endpoints)
        self.assertEqual(made.exit_code(), code, made.lines)
        self.assertEqual(len(made.lines), 1, made.lines)
        self.assertIn(text, made.lines[0])

    def test_what_is_wrong_is_one_line_and_an_exit_status(self):
        forwards = 'forwards = [{local_topic = "a"}]'
        self.refused("bridges.nng.dealer.x {}", 2, "nanomq.conf:2:1: 'bridges.nng.dealer': there is no such protocol of SP")
        self.refused("bridges.nng.pub.x { listen = ['ipc:///x'] }".replace("'", '"'), 2,
                     "bridges/nng/pub/x: forwards is missing: nothing says what is to be passed on")
        self.refused(f'bridges.nng.pub.x {{ listen = ["ipc:///x"], forwards = [{{local_topic = "a/#/b"}}] }}', 2,
                     "Invalid topic 'a/#/b'.")
        for scheme, places in (("gopher", "listen"), ("zt", "dial")):  # also where other machines could come
            self.refused(f'bridges.nng.pub.x {{ {places} = ["{scheme}://0.0.0.0:7"], {forwards} }}', 2,
                         f"bridges/nng/pub/x: {scheme}:// is no transport of SP (tcp, ipc, ws, tls+tcp, wss, inproc): "
                         f"{scheme}://0.0.0.0:7")
        self.refused(f'bridges.nng.pub.x {{ listen = ["tcp://0.0.0.0:0"], {forwards} }}', 5,
                     "tcp://0.0.0.0:0 can be reached from other machines")
        self.refused(f'bridges.nng.pub.x {{ listen = ["0.0.0.0:7000"], {forwards} }}', 2,
                     "bridges/nng/pub/x: tcp:// is missing: 0.0.0.0:7000")
        self.refused(f'bridges.nng.pub.x {{ listen = ["wss://127.0.0.1:0/x"], {forwards} }}', 2,
                     "bridges/nng/pub/x: wss://127.0.0.1:0/x needs a certificate and its key: certfile")
        self.refused(f'bridges.nng.pub.x {{ listen = ["wss://127.0.0.1:0/x"], {forwards}, certfile = "no/such" }}', 2,
                     f"bridges/nng/pub/x: cannot read {os.getcwd()}/no/such: No such file or directory")
        with socket.socket() as taken:
            taken.bind(("127.0.0.1", 0))
            taken.listen()
            url = f"tcp://127.0.0.1:{taken.getsockname()[1]}"
            self.refused(f'bridges.nng.pub.x {{ listen = ["{url}"], {forwards} }}', 4,
                         f"bridges/nng/pub/x: cannot listen on {url}: address in use")

    def test_neuron_and_ekuiper_of_the_manual(self):
        with open(MANUAL, encoding="utf-8") as file:
            recipe = re.search(r"\n(    bridges\.nng\.pair0 \{\n      neuron .*?\n    \}\n)", file.read(), re.DOTALL).group(1)
        port = free_port()
        recipe = recipe.replace("/tmp/neuron-ekuiper.ipc", self.directory + "/neuron").replace("127.0.0.1:7082", f"{OWN_ADDRESS}:{port}")
        listening_port(self.start(recipe))

        def stand_in(*words):
            made = Lines("stdbuf", "-oL", *words)
            self.addCleanup(made.close)
            return made
        ekuiper = stand_in("nanocat", "--pair", "--connect", f"tcp://{OWN_ADDRESS}:{port}", "-D", '{"tag2": 2}', "-i", "1", "-Q")
        neuron = stand_in("nngcat", "--pair0", "--listen", f"ipc://{self.directory}/neuron", "-D", '{"tag1": 1}', "-Q")
        ekuiper.wait_for(lambda lines: '"{\\"tag1\\": 1}"' in lines, "Neuron's message")
        neuron.wait_for(lambda lines: '"{\\"tag2\\": 2}"' in lines, "eKuiper's message")

    def test_rights_are_those_of_its_client_and_user(self):
        rules = os.path.join(self.directory, "rules")
        with open(rules, "w", encoding="utf-8") as file:
            file.write("topic read $SYS/#\ntopic readwrite public/#\nuser nngproxy_bridge\ntopic write line/+\nuser other\ntopic read orders/#\n")
        users = os.path.join(self.directory, "users")
        subprocess.run([PROGRAM, "passwd", users, "--create", "somebody"], input=b"secret\n", check=True, timeout=DEADLINE)
        access = (f'auth.acl_file = "{rules}"\nauth.password_file = "{users}"\nauth.allow_anonymous = true\nauth.no_match = deny\n'
                  'sys.interval = 1s\n')
        into = '[{local_topic = "line/1", qos = 1}, {local_topic = "secret", qos = 1}]'
        endpoint = f'bridges.nng.pull.x {{ listen = ["ipc://{self.directory}/s"], subscription = {into} }}\n'
        forwards = 'forwards = [{local_topic = "orders/1"}]'
        self.refused(access + f'bridges.nng.push.x {{ listen = ["ipc://{self.directory}/o"], {forwards} }}', 2,
                     "bridges/nng/push/x: subscription orders/1: the access rules do not allow it to nng-push-x")
        made = self.start(access + endpoint +
                          f'bridges.nng.push.x {{ listen = ["ipc://{self.directory}/o"], {forwards}, username = "other", clientid = "mine" }}')
        port = str(listening_port(made))
        sender = Lines("nngcat", "--push", "--dial", f"ipc://{self.directory}/s", "-D", "x", "-i", "1")
        self.addCleanup(sender.close)
        figures = Lines(PROGRAM, "sub", "-p", port, "-t", "$SYS/broker/bridges/nng/pull/x/+", "-v")
        self.addCleanup(figures.close)
        # One of the two that each message becomes.
        figures.wait_for(lambda lines: any(re.search(r"/refused [1-9]", line) for line in lines), "refusals")
        figures.wait_for(lambda lines: any(re.search(r"/received [2-9]", line) for line in lines), "messages")
        taken = subprocess.run(["mosquitto_pub", "-p", port, "-i", "mine", "-t", "public/x", "-m", "x"], capture_output=True,
                               timeout=DEADLINE, check=False)
        self.assertNotEqual(taken.returncode, 0)
        made.process.terminate()
        self.assertEqual(made.exit_code(), 0)

    def test_status_names_the_endpoints(self):
        made = self.start(f'bridges.nng.pub.x {{ listen = ["ipc://{self.directory}/s"], forwards = [{{local_topic = "a"}}] }}')
        listening_port(made)
        pid_file = os.path.join(self.directory, "pid")
        status = subprocess.run([PROGRAM, "broker", "status", "--pid-file", pid_file], capture_output=True, text=True,
                                timeout=DEADLINE, check=True)
        self.assertIn(f"bridge      nng pub/x, listens on ipc://{self.directory}/s\n", status.stdout)
        made.process.terminate()
        self.assertEqual(made.exit_code(), 0)

    def test_a_reload_opens_what_has_changed_anew_and_refuses_what_is_wrong(self):
        rule = 'forwards = [{local_topic = "TOPIC"}]'
        endpoint = f'bridges.nng.pub.x {{ listen = ["ipc://{self.directory}/s"], {rule} }}'
        made = self.start(endpoint.replace("TOPIC", "a"))
        listening_port(made)
        path = os.path.join(self.directory, "nanomq.conf")

        def reload(topic):
            with open(path, "w", encoding="utf-8") as file:
                file.write('# one line more\nlisteners.tcp.bind = "127.0.0.1:0"\n' + endpoint.replace("TOPIC", topic))
            result = subprocess.run([PROGRAM, "broker", "reload", "--pid-file", os.path.join(self.directory, "pid")],
                                    capture_output=True, text=True, timeout=DEADLINE, check=False)
            return result.stdout + result.stderr

        self.assertNotIn("bridges", reload("a"))
        self.assertIn("changed: bridges.nng.pub.x", reload("b"))
        self.assertIn("Invalid topic 'a/#/b'.", reload("a/#/b"))
        made.process.terminate()
        self.assertEqual(made.exit_code(), 0)


if __name__ == "__main__":
    unittest.main()
