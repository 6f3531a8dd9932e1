"""nngcat and nanocat on one side of nanomq nngproxy, mosquitto's clients and paho on the other.

Usage: sp_test.py PATH_OF_NANOMQ [unittest options]
Any process may stand still for seconds: what can be missed is said again, every question is answered, and who sends stays
until the message has arrived (nngcat leaves 200 ms after a send, whether that is out or not). nngcat ends when a WebSocket takes
two seconds to begin, unless it dials with --async; and with --interval, where it receives, too, when nobody takes its message
for so long.
"""
import contextlib
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import unittest

from paho_peer import Peer
from programs import DEADLINE, OWN_ADDRESS, Broker, Lines, free_port, wait_until
from sp_peers import Answerer, answer_to

PROGRAM = sys.argv.pop(1)
TRANSPORTS = ("tcp", "ipc", "ws")
MANUAL = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..", "docs", "manual", "sp.md")
STAY = ("-i", "3600")  # say it once, and stay
broker = None
directory = None


def setUpModule():
    global broker, directory
    broker = Broker(PROGRAM)
    directory = tempfile.mkdtemp(prefix="nanomq_sp")


def tearDownModule():
    shutil.rmtree(directory, ignore_errors=True)
    if broker.stop() != 0:
        raise AssertionError(f"the broker failed: {broker.output.lines}")


class Proxy(Lines):
    """nanomq nngproxy, which listens; reports are lines of counters."""

    def __init__(self, protocol, *arguments, url="tcp://127.0.0.1:0", mqtt=None):
        environment = {**os.environ, "XDG_CONFIG_HOME": directory}
        listen = ("-l", url) if url else ()
        super().__init__(PROGRAM, "nngproxy", protocol, "--mqtt_url", f"mqtt-tcp://{mqtt or f'127.0.0.1:{broker.port}'}", "-v",
                         *listen, *arguments, env=environment)
        self.url = url and self.wait_for(lambda lines: [line[13:] for line in lines if line.startswith("Listening at ")], "URL")[0]

    def ready(self, subscribed):
        """It is connected, and has subscribed."""
        text = "Subscribed" if subscribed else "Connected"
        self.wait_for(lambda lines: any(line.startswith(text) for line in lines), text)
        return self

    def has_peers(self, count=1):
        def last(lines):
            peers = [line for line in lines if line.startswith("SP peers: ")]
            return peers and peers[-1] == f"SP peers: {count}"
        self.wait_for(last, f"{count} peers")
        return self

    def report(self):
        before = len(self.reports())
        self.process.send_signal(signal.SIGUSR1)
        self.wait_for(lambda _: len(self.reports()) > before, "report")
        return {name: int(value) for name, value in re.findall(r"(\w+)=(\d+)", self.reports()[-1])}

    def reports(self):
        return [line for line in self.lines if line.startswith("nngproxy ")]

    def counts(self, **wanted):
        """Waits until the counters are so."""
        wait_until(lambda: {name: value for name, value in self.report().items() if name in wanted} == wanted, str(wanted))

    def counts_at_least(self, **wanted):
        wait_until(lambda: all(value >= wanted.get(name, 0) for name, value in self.report().items()), str(wanted))

    def stop(self):
        self.process.terminate()
        return self.exit_code()


def quoted(lines):
    """What nngcat and nanocat have received."""
    return [line[1:-1] for line in lines if line.startswith('"')]


class Sp(unittest.TestCase):
    maxDiff = None

    def setUp(self):
        self.number = 0

    def own(self, made):
        self.addCleanup(made.close)
        return made

    def proxy(self, *arguments, **options):
        return self.own(Proxy(*arguments, **options))

    def subscriber(self, topic):
        made = self.own(Peer(broker.port)).open()
        made.subscribe(topic, 1)
        return made

    def url(self, transport):
        self.number += 1
        return {"tcp": "tcp://127.0.0.1:0", "ws": "ws://127.0.0.1:0/sp",
                "ipc": f"ipc://{directory}/{self.id().rsplit('.', 1)[1]}{self.number}"}[transport]

    def cat(self, program, protocol, url, *arguments):
        """nngcat or nanocat, which dials; nanocat knows no versions."""
        nano = program == "nanocat"
        # nngcat wants no format where nothing can come.
        form = () if protocol in ("push0", "pub0") else ("--quoted",)
        protocol = protocol.rstrip("01") if nano else protocol
        dial = ["--connect"] if nano else ["--async", "--dial"] if url.startswith("ws") else ["--dial"]
        return self.own(Lines("stdbuf", "-oL", program, "--" + protocol, *dial, url, *form, *arguments))

    def received(self, cat, count):
        cat.wait_for(lambda lines: len(lines) >= count and len(quoted(lines)) >= count, f"{count} messages")
        return quoted(cat.lines)

    def publish(self, topic, text, *arguments):
        subprocess.run(["mosquitto_pub", "-p", str(broker.port), "-t", topic, "-m", text, *arguments], check=True, timeout=DEADLINE)

    # Every protocol, in both directions, over every transport.

    def test_sp_to_mqtt(self):
        for transport in TRANSPORTS:
            for protocol, peer in (("pull0", "push0"), ("sub0", "pub0"), ("pair0", "pair0"), ("pair1", "pair1"), ("bus0", "bus0")):
                for program in ("nngcat", "nanocat"):
                    if (protocol, program) == ("pair1", "nanocat"):
                        continue
                    with self.subTest(transport=transport, protocol=protocol, program=program):
                        topic = f"in/{transport}/{protocol}/{program}"
                        mqtt = self.subscriber(topic)
                        proxy = Proxy(protocol, "-t", topic, "-q", "1", url=self.url(transport))
                        # pub and bus keep nothing for who comes late: it is said again.
                        cat = self.cat(program, peer, proxy.url, "--data", "hello", "-i", "1")
                        self.assertEqual(mqtt.payloads(1)[0], "hello")
                        for one in (cat, proxy, mqtt):
                            one.close()

    def test_mqtt_to_sp(self):
        for transport in TRANSPORTS:
            for protocol, peer in (("push0", "pull0"), ("pub0", "sub0"), ("pair0", "pair0"), ("pair1", "pair1"), ("bus0", "bus0")):
                for program in ("nngcat", "nanocat"):
                    if (protocol, program) == ("pair1", "nanocat"):
                        continue
                    with self.subTest(transport=transport, protocol=protocol, program=program):
                        topic = f"out/{transport}/{protocol}/{program}"
                        proxy = Proxy(protocol, "-t", topic, "-q", "1", url=self.url(transport)).ready(True)
                        cat = self.cat(program, peer, proxy.url, *(("--subscribe", "") if peer == "sub0" and program == "nngcat" else ()))
                        proxy.has_peers()
                        sent = []

                        def arrives(topic=topic, cat=cat, sent=sent):
                            sent.append(f"{len(sent):05}")
                            self.publish(topic, sent[-1], "-q", "1")
                            return len(quoted(cat.lines)) > 1
                        # Again, because nanomsg gives a connection up that takes a second to begin.
                        wait_until(arrives, "two messages")
                        got = self.received(cat, 2)
                        self.assertEqual(got, sorted(set(got)))
                        self.assertLessEqual(set(got), set(sent))
                        for one in (cat, proxy):
                            one.close()

    # Questions.

    def test_sp_asks_and_mqtt_answers(self):
        for transport in TRANSPORTS:
            for protocol, peer in (("rep0", "req0"), ("respondent0", "surveyor0")):
                for program in ("nngcat", "nanocat"):
                    with self.subTest(transport=transport, protocol=protocol, program=program):
                        topic = f"ask/{transport}/{protocol}/{program}"
                        mqtt = self.own(Answerer(broker.port, topic, "noon"))
                        proxy = Proxy(protocol, "-t", topic, url=self.url(transport)).ready(False)
                        # nanocat asks a survey before anybody is there; nngcat may stop for good if the next one is sent at
                        # the moment in which the one before it is over, after a second.
                        again = ("-i", "2", "-d", "1") if peer == "surveyor0" else ()
                        cat = self.cat(program, peer, proxy.url, "--data", "time?", *again)
                        self.assertEqual(mqtt.payloads(1)[0], "time?")
                        if peer == "surveyor0" and program == "nanocat":
                            proxy.counts_at_least(answered=1)  # nanocat does not wait so long
                        else:
                            self.assertEqual(self.received(cat, 1)[0], "noon")
                        for one in (cat, proxy, mqtt):
                            one.close()

    def test_mqtt_asks_and_sp_answers(self):
        for transport in TRANSPORTS:
            for protocol, peer in (("req0", "rep0"), ("surveyor0", "respondent0")):
                for program in ("nngcat", "nanocat"):
                    with self.subTest(transport=transport, protocol=protocol, program=program):
                        topic = f"question/{transport}/{protocol}/{program}"
                        proxy = Proxy(protocol, "-t", topic, "--timeout", str(DEADLINE), url=self.url(transport)).ready(True)
                        cat = self.cat(program, peer, proxy.url, "--data", "noon")
                        proxy.has_peers()

                        def is_answered(topic=topic):
                            asker = subprocess.run(["mosquitto_rr", "-V", "5", "-p", str(broker.port), "-t", topic, "-m", "time?",
                                                    "-e", topic + "/answer", "-W", "10"], capture_output=True, timeout=DEADLINE)
                            self.assertIn(asker.stdout, (b"noon\n", b""))
                            return asker.stdout != b""
                        wait_until(is_answered, "an answer")
                        self.assertEqual(set(self.received(cat, 1)), {"time?"})
                        for one in (cat, proxy):
                            one.close()

    def test_many_questions_at_once_each_get_their_own_answer(self):
        mqtt = self.subscriber("many")
        proxy = self.proxy("rep0", "-t", "many", "--timeout", str(DEADLINE)).ready(False)
        cats = [self.cat("nngcat", "req0", proxy.url, "--data", f"q{number}") for number in range(12)]
        requests = mqtt.received(len(cats))
        self.assertEqual(proxy.report()["under_way"], len(cats))
        for request in reversed(requests):
            answer_to(mqtt, request, "re " + request.payload.decode())
        for number, cat in enumerate(cats):
            self.assertEqual(self.received(cat, 1), [f"re q{number}"])
        proxy.counts(answered=len(cats), unanswered=0, under_way=0)

    def test_a_shell_answers(self):
        for protocol, peer in (("rep0", "req0"), ("respondent0", "surveyor0")):
            with self.subTest(protocol=protocol):
                topic = "shell/" + protocol
                # As in the manual, for one question. Its session begins before it, so that it misses none.
                subscribe = f"{PROGRAM} sub -p {broker.port} -V 5 -t {topic} -q 1 -c -x 3600 -i shell-{protocol}"
                subprocess.run([*subscribe.split(), "-E"], check=True, timeout=DEADLINE)
                self.own(Lines("sh", "-c", f"""
                    {subscribe} -F '%R %D %p' -C 1 -W {DEADLINE} | while read -r topic number question; do
                      {PROGRAM} pub -p {broker.port} -V 5 -t "$topic" -m "you asked $question" -D publish correlation-data "$number"
                    done"""))
                proxy = self.proxy(protocol, "-t", topic, "-q", "1", "--timeout", str(DEADLINE)).ready(False)
                cat = self.cat("nngcat", peer, proxy.url, "--data", "time?")
                if peer == "surveyor0":
                    proxy.counts(answered=1)  # a surveyor waits for a second only
                else:
                    self.assertEqual(self.received(cat, 1), ["you asked time?"])

    def test_a_question_without_an_answer_is_counted_and_forgotten(self):
        proxy = self.proxy("rep0", "-t", "nobody", "--timeout", "1").ready(False)
        self.cat("nngcat", "req0", proxy.url, "--data", "hello?")
        proxy.counts(unanswered=1, under_way=0)
        other = self.proxy("req0", "-t", "deaf", "--timeout", "1").ready(True)
        self.publish("deaf", "hello?", "-q", "1")
        other.counts(from_mqtt=1, to_sp=0, unanswered=1, under_way=0)

    # Topics.

    def test_topics_survive_in_the_frame(self):
        out = self.proxy("push0", "--frame", "topic", "--delimiter", "\\x01", "-t", "frame/#", "--mqtt-prefix", "frame/").ready(True)
        self.proxy("pull0", "--frame", "topic", "--delimiter", "\\x01", "-t", "copy/#", "--mqtt-prefix", "copy/", "-d", out.url, url=None).ready(False)
        mqtt = self.subscriber("copy/#")
        out.has_peers()
        self.publish("frame/a/b", "x/y:z")
        message = mqtt.received(1)[0]
        self.assertEqual((message.topic, message.payload), ("copy/a/b", b"x/y:z"))

    def test_a_sub_takes_the_prefixes_of_its_topics(self):
        mqtt = self.subscriber("plant/#")
        proxy = self.proxy("sub0", "--frame", "topic", "-t", "plant/1", "-t", "plant/2/t").ready(False)
        cat = self.cat("nngcat", "pub0", proxy.url, "--data", "plant/2/t/21.5", "-i", "1")
        message = mqtt.received(1)[0]
        self.assertEqual((message.topic, message.payload), ("plant/2/t", b"21.5"))
        cat.close()
        self.cat("nngcat", "pub0", proxy.url, "--data", "other/x", "-i", "1")
        self.cat("nngcat", "pub0", proxy.url, "--data", "plant/1/last", "-i", "1")
        wait_until(lambda: mqtt.messages[-1].topic == "plant/1", "another topic")
        self.assertEqual(proxy.report()["no_delimiter"], 0)

    def test_a_template_makes_the_topic(self):
        mqtt = self.subscriber("site/+/in")
        proxy = self.proxy("pull0", "--frame", "topic", "--delimiter", ":", "-t", "#", "--to", "site/{2}/in").ready(False)
        self.cat("nngcat", "push0", proxy.url, "--data", "x/berlin/y:v", *STAY)
        message = mqtt.received(1)[0]
        self.assertEqual((message.topic, message.payload), ("site/berlin/in", b"v"))

    # The table of the manual: what comes from SP, and what becomes of it.
    FROM_SP = ((("-t", "BASE/all"), "21.5", "BASE/all", "21.5"),
               (("-t", "BASE/unused", "--to", "BASE/to"), "21.5", "BASE/to", "21.5"),
               (("-t", "BASE/plant", "-t", "BASE/plant/1", "--frame", "topic"), "BASE/plant/1/21.5", "BASE/plant/1", "21.5"),
               (("-t", "BASE/#", "--frame", "topic", "--delimiter", ":"), "BASE/plant/1:21:5", "BASE/plant/1", "21:5"),
               (("-t", "#", "--frame", "topic", "--delimiter", ":", "--to", "BASE/{1}/in"), "berlin/x:1", "BASE/berlin/in", "1"),
               (("-t", "#", "--frame", "topic", "--delimiter", ":", "--to", "BASE/{2-}"), "a/b/c:1", "BASE/b/c", "1"),
               (("-t", "#", "--frame", "topic", "--delimiter", ":", "--to", "BASE/{topic}/x"), "a/b:1", "BASE/a/b/x", "1"),
               (("-t", "#", "--frame", "topic", "--delimiter", ":", "--mqtt-prefix", "BASE/", "--mqtt-suffix", "/m", "--sp-prefix", "s-",
                 "--sp-suffix", "-p"), "s-t-p:1", "BASE/t/m", "1"))
    TO_SP = ((("-t", "BASE/all"), "BASE/all", "21.5", "21.5"),
             (("-t", "BASE/#", "--frame", "topic"), "BASE/plant/1", "21.5", "BASE/plant/1/21.5"),
             (("-t", "BASE/#", "--frame", "topic", "--delimiter", ":"), "BASE/plant/1", "21:5", "BASE/plant/1:21:5"),
             (("-t", "BASE/#", "--frame", "topic", "--delimiter", "\\x7c"), "BASE/plant/1", "21.5", "BASE/plant/1|21.5"),
             (("-t", "BASE/#", "--frame", "topic", "--delimiter", " ", "--sp-topic", "now/{4}"), "BASE/berlin/x", "1", "now/x 1"),
             (("-t", "BASE/#", "--frame", "topic", "--delimiter", " ", "--sp-topic", "{3-}"), "BASE/berlin/x", "1", "berlin/x 1"),
             (("-t", "BASE/#", "--frame", "topic", "--delimiter", " ", "--sp-topic", "<{topic}>"), "BASE/x", "1", "<BASE/x> 1"),
             (("-t", "BASE/#", "--frame", "topic", "--delimiter", ":", "--mqtt-prefix", "BASE/", "--mqtt-suffix", "/m", "--sp-prefix", "s-",
               "--sp-suffix", "-p"), "BASE/t/m", "1", "s-t-p:1"))

    def test_topics_from_sp_are_as_the_manual_says(self):
        for number, (options, sent, topic, payload) in enumerate(self.FROM_SP):
            base = f"from/{number}"
            with self.subTest(options=options):
                mqtt = self.subscriber(base + "/#")
                proxy = self.proxy("pull0", *(word.replace("BASE", base) for word in options), "-q", "1").ready(False)
                cat = self.cat("nngcat", "push0", proxy.url, "--data", sent.replace("BASE", base), *STAY)
                message = mqtt.received(1)[0]
                self.assertEqual((message.topic, message.payload.decode()), (topic.replace("BASE", base), payload))
                for one in (cat, proxy, mqtt):
                    one.close()

    def test_topics_to_sp_are_as_the_manual_says(self):
        for number, (options, topic, payload, expected) in enumerate(self.TO_SP):
            base = f"to/{number}"
            with self.subTest(options=options):
                proxy = self.proxy("push0", *(word.replace("BASE", base) for word in options), "-q", "1").ready(True)
                self.publish(topic.replace("BASE", base), payload, "-q", "1")
                cat = self.cat("nngcat", "pull0", proxy.url)
                self.assertEqual(self.received(cat, 1), [expected.replace("BASE", base)])
                for one in (cat, proxy):
                    one.close()

    def test_what_is_subscribed_to_may_be_said(self):
        mqtt = self.subscriber("chosen")
        proxy = self.proxy("sub0", "-t", "chosen", "--subscribe", "a", "--subscribe", "bc").ready(False)
        for text in ("other", "a1", "b2", "bc3"):
            self.cat("nngcat", "pub0", proxy.url, "--data", text, "-i", "1")
        wait_until(lambda: {message.payload for message in mqtt.messages} >= {b"a1", b"bc3"}, "both")
        self.assertEqual({message.payload for message in mqtt.messages}, {b"a1", b"bc3"})

    def test_what_cannot_be_passed_on_is_counted(self):
        proxy = self.proxy("pull0", "--frame", "topic", "--delimiter", ":", "-t", "ok/#", "--max-size", "1000").ready(False)
        for text in ("ok/+:x", "nothing", "other:x", "ok/1:" + "x" * 2000, "ok/1:fine"):
            self.cat("nngcat", "push0", proxy.url, "--data", text, *STAY)
        proxy.counts(from_sp=5, no_topic=1, no_delimiter=1, not_permitted=1, too_large=1, to_mqtt=1, mqtt_failed=0)
        out = self.proxy("pub0", "-t", "large", "--max-size", "10").ready(True)
        self.publish("large", "x" * 11, "-q", "1")
        self.publish("large", "x" * 10, "-q", "1")
        out.counts(from_mqtt=2, too_large=1, to_sp=1, unheard=1)

    def test_what_the_broker_closes_the_connection_on_is_given_up_and_named(self):
        small = Broker(PROGRAM, "mqtt.max_packet_size=1KB")
        self.addCleanup(small.stop)
        for qos, version in (("1", "4"), ("0", "4"), ("1", "5"), ("0", "5")):
            with self.subTest(qos=qos, version=version):
                topic = f"limit/{qos}/{version}"
                mqtt = self.own(Peer(small.port)).open()
                mqtt.subscribe(topic, 1)
                proxy = self.proxy("pull0", "-t", topic, "-q", qos, "-V", version, mqtt=f"127.0.0.1:{small.port}").ready(False)
                self.cat("nngcat", "push0", proxy.url, "--data", "x" * 2000, *STAY)
                if version == "5":
                    proxy.counts(from_sp=1, too_large=1, mqtt_failed=0, under_way=0)
                elif qos == "1":
                    line = (f"Given up: a message of 2000 bytes to {topic}. The broker closes the connection whenever it comes; "
                            "--max-size keeps what is too large from it.")
                    proxy.wait_for(lambda lines, line=line: line in lines, line)
                    proxy.counts(from_sp=1, mqtt_failed=1, under_way=0)
                else:
                    line = "The connection took 1 message with QoS 0 with it, the largest of 2000 bytes."
                    proxy.wait_for(lambda lines, line=line: line in lines, line)
                    proxy.counts(from_sp=1, mqtt_lost=1, under_way=0)
                self.cat("nngcat", "push0", proxy.url, "--data", "small", "-i", "1")
                self.assertEqual(mqtt.payloads(1)[0], "small")

    def test_large_messages_pass_over_every_transport(self):
        text = "x" * 900_000
        path = os.path.join(directory, "large")
        with open(path, "w", encoding="ascii") as file:
            file.write(text)
        for transport in TRANSPORTS:
            with self.subTest(transport=transport):
                mqtt = self.subscriber("huge/" + transport)
                proxy = self.proxy("pull0", "-t", "huge/" + transport, url=self.url(transport)).ready(False)
                self.cat("nngcat", "push0", proxy.url, "--file", path, "-i", "1")
                self.assertEqual(len(mqtt.received(1)[0].payload), len(text))

    def test_retained_messages_go_out_unless_somebody_minds(self):
        self.publish("kept", "before", "-q", "1", "-r")
        for version, options, expected in (("5", [], ["before", "now"]), ("5", ["-R"], ["now"]), ("4", [], ["before", "now"]),
                                           ("4", ["--no-retained"], ["now"])):
            with self.subTest(version=version, options=options):
                proxy = self.proxy("push0", "-t", "kept", "-q", "1", "-V", version, *options).ready(True)
                self.publish("kept", "now", "-q", "1")
                self.assertEqual(self.received(self.cat("nngcat", "pull0", proxy.url), len(expected)), expected)
                proxy.counts(retained=int(version == "4" and bool(options)), to_sp=len(expected))
        asking = self.proxy("req0", "-t", "kept", "-V", "5", "-R", "--timeout", "1").ready(True)
        self.publish("kept", "asked", "-q", "1")
        asking.counts(from_mqtt=1, unanswered=1)

    # Echoes.

    def test_nothing_comes_back(self):
        for version in ("5", "4"):
            with self.subTest(version=version):
                topic = "echo/" + version
                mqtt = self.subscriber(topic)
                proxy = self.proxy("pair0", "-t", topic, "-V", version, "-q", "1").ready(True)
                cat = self.cat("nngcat", "pair0", proxy.url, "--data", "mine")
                self.assertEqual(mqtt.payloads(1), ["mine"])
                self.publish(topic, "theirs", "-q", "1")
                self.assertEqual(self.received(cat, 1), ["theirs"])
                self.assertEqual(mqtt.payloads(2), ["mine", "theirs"])
                proxy.counts(from_sp=1, to_mqtt=1, to_sp=1, echoes=int(version == "4"))

    # Whoever goes is waited for.

    def test_begins_before_the_broker_and_outlives_it(self):
        port = free_port()
        address = f"{OWN_ADDRESS}:{port}"
        proxy = self.proxy("push0", "-t", "again", "-q", "1", mqtt=address)
        proxy.wait_for(lambda lines: f"mqtt://{address}: Error: Connection refused. Trying again." in lines, "complaint")
        cat = self.cat("nngcat", "pull0", proxy.url)
        for round_number in range(2):
            second = Lines(PROGRAM, "broker", "start", "--url", f"mqtt-tcp://{address}", "--shards", "1")
            try:
                proxy.wait_for(lambda lines: sum(line.startswith("Connected") for line in lines) > round_number, "connection")

                def arrives(text=str(round_number)):
                    subprocess.run(["mosquitto_pub", "-h", OWN_ADDRESS, "-p", str(port), "-t", "again", "-q", "1", "-m", text], check=True, timeout=DEADLINE)
                    return text in quoted(cat.lines)
                wait_until(arrives, "a message through the new broker")
                second.process.kill()
                second.exit_code()
            finally:
                second.close()
        self.assertEqual(proxy.stop(), 0)

    def test_a_refused_subscription_is_named(self):
        rules = os.path.join(directory, "rules")
        with open(rules, "w", encoding="ascii") as file:
            file.write("topic readwrite yes/#\n")
        strict = Broker(PROGRAM, f"auth.acl_file={rules}", "auth.no_match=deny")
        self.addCleanup(strict.stop)
        for topics in (("no/1",), ("yes/1", "no/1")):
            words = [word for topic in topics for word in ("-t", topic)]
            proxy = self.proxy("push0", *words, "-q", "1", mqtt=f"127.0.0.1:{strict.port}")
            line = "The broker refused the subscription to no/1: Not authorized. Trying again at the next connection."
            proxy.wait_for(lambda lines: line in lines, line)

    def test_a_peer_that_comes_back_goes_on(self):
        proxy = self.proxy("push0", "-t", "peer", "-q", "1").ready(True)
        for number in range(3):
            self.publish("peer", str(number), "-q", "1")
            cat = self.cat("nngcat", "pull0", proxy.url)
            self.assertEqual(self.received(cat, 1), [str(number)])
            # What is taken for a peer that is about to go is gone with it; and nng hands it a message before it says that
            # it is there. By the counters: one that comes and goes within a moment has no line.
            proxy.counts(sp_taken=number + 1, peers=1)
            cat.close()
            proxy.counts(sp_taken=number + 1, peers=0)

    def test_dials_a_peer_that_comes_later_and_again(self):
        path = f"ipc://{directory}/later"
        proxy = self.proxy("pull0", "-t", "later", "-d", path, url=None).ready(False)
        mqtt = self.subscriber("later")
        for number in range(2):
            cat = self.own(Lines("nngcat", "--push0", "--listen", path, "--data", str(number), "-i", "1"))
            wait_until(lambda: mqtt.messages and mqtt.messages[-1].payload == str(number).encode(), "the peer's message")
            cat.close()
        self.assertEqual(proxy.stop(), 0)

    def test_a_peer_that_is_not_reached_is_told_of_and_counted(self):
        path = f"ipc://{directory}/absent"
        proxy = self.proxy("pull0", "-t", "absent", "-d", path, "--redial", "1", url=None).ready(False)
        line = f"Cannot reach {path}: connection refused: nobody listens there. Trying again."
        proxy.wait_for(lambda lines: line in lines, line)
        proxy.counts_at_least(failed_dials=3)
        self.own(Lines("nngcat", "--push0", "--listen", path, "--data", "x", *STAY))
        proxy.wait_for(lambda lines: any(one.startswith(f"Reached {path}, after ") for one in lines), "the connection")
        self.assertEqual(proxy.stop(), 0)

    def test_an_end_tells_what_was_not_delivered(self):
        proxy = self.proxy("push0", "-t", "left", "-q", "1").ready(True)
        for number in range(3):
            self.publish("left", str(number), "-q", "1")
        proxy.counts(from_mqtt=3, sp_taken=0)
        self.assertEqual(proxy.stop(), 0)
        self.assertIn("Not delivered at the end: 3 messages from MQTT.", proxy.lines)
        away = self.proxy("pull0", "-t", "left", "-q", "1", mqtt="127.0.0.1:1")
        self.cat("nngcat", "push0", away.url, "--data", "x", *STAY)
        away.counts_at_least(from_sp=1)
        self.assertEqual(away.stop(), 0)
        self.assertIn("Not delivered at the end: 1 message from SP.", away.lines)

    def test_a_slow_puller_loses_nothing(self):
        count = 3_000
        path = os.path.join(directory, "lines")
        with open(path, "w", encoding="ascii") as file:
            for number in range(count):
                file.write(f"{number} " + "x" * 2_000 + "\n")
        proxy = self.proxy("push0", "-t", "slow", "-q", "1").ready(True)
        cat = self.cat("nngcat", "pull0", proxy.url)
        proxy.has_peers()
        cat.process.send_signal(signal.SIGSTOP)
        publisher = self.own(Lines("sh", "-c", f"{PROGRAM} pub -p {broker.port} -t slow -q 1 -l < {path}"))
        wait_until(lambda: proxy.report()["from_mqtt"] > 64, "messages that wait")
        cat.process.send_signal(signal.SIGCONT)
        self.assertEqual(publisher.exit_code(), 0)
        got = self.received(cat, count)
        self.assertEqual([int(line.split(" ", 1)[0]) for line in got], list(range(count)))

    # Recipes of the manual, with a stand-in for each.

    def test_neuron_over_ipc_and_ekuiper_over_tcp(self):
        path = f"ipc://{directory}/neuron"
        ekuiper_side = self.proxy("pair0", "-t", "neuron/out", "--to", "neuron/in", "-q", "1").ready(True)
        ekuiper = self.cat("nanocat", "pair", ekuiper_side.url, "--data", '{"tag2": 2}', "-i", "1")
        ekuiper_side.has_peers()
        neuron = self.own(Lines("stdbuf", "-oL", "nngcat", "--pair0", "--listen", path, "--data", '{"tag1": 1}', "--quoted"))
        self.proxy("pair0", "-d", path, "-t", "neuron/in", "--to", "neuron/out", "-q", "1", url=None)
        self.assertEqual(self.received(ekuiper, 1)[0], '{\\"tag1\\": 1}')
        self.assertEqual(self.received(neuron, 1)[0], '{\\"tag2\\": 2}')

    # Command lines.

    def test_nanomqs_command_lines(self):
        port = str(broker.port)
        url = "mqtt-tcp://127.0.0.1:" + port
        for words in (["sub0", "--mqtt_url", url, "--listen", "tcp://127.0.0.1:0", "-t", "nng-mqtt", "--qos", "1"],
                      ["pub0", "--mqtt_url", url, "--dial", "tcp://127.0.0.1:1", "-t", "a", "-t", "b", "-q", "2", "-n", "1"],
                      ["pair0", "--mqtt_url", url, "-l", "tcp://127.0.0.1:0", "-t", "a", "-u", "me", "-p", "secret", "-I", "id-7",
                       "-k", "60", "-c", "true", "--will-topic", "w", "--will-msg", "gone", "--will-qos", "1", "--will-retain", "-v"],
                      ["pair1", "--mqtt_url", url, "-l", "tcp://127.0.0.1:0", "-t", "a", "-r", "-c", "false", "-I", "id-8", "-C", "1"],
                      # What only NanoMQ's parser takes, and what is without an effect there.
                      ["pub0", "-V", "--mqtt_url=" + url, "--list:tcp://127.0.0.1:0", "-ta", "-q1", "-C", "-n1"],
                      ["sub0", "--mqtt_url", url, "-l", "tcp://127.0.0.1:0", "--ret", "--topic=a", "-L", "5", "-m", "x", "-f", "/nowhere",
                       "--interval", "10", "--limit=3", "--id", "id-9", "-V"],
                      ["sub0", "--mqtt_url", url, "-l", "tcp://127.0.0.1:0", "-t", "a", "-V", "4", "-i", "10"]):
            with self.subTest(words=words):
                made = self.own(Lines(PROGRAM, "nngproxy", *words, "-v"))
                made.wait_for(lambda lines: any(line.startswith("Connected") for line in lines), "connection")
                made.process.terminate()
                self.assertEqual(made.exit_code(), 0)
        for words in (["pub0", "-h"], ["pair1", "-t", "x", "--help"]):
            shown = subprocess.run([PROGRAM, "nngproxy", *words], capture_output=True, text=True, timeout=DEADLINE)
            self.assertEqual((shown.returncode, shown.stderr), (0, ""), words)
            self.assertIn("Usage: nanomq nngproxy PROTOCOL", shown.stdout)

    def test_wrong_command_lines_end_with_one_line_and_status_1(self):
        taken = self.proxy("pull0", "-t", "x")
        for words, text in ((["pub9", "-t", "x", "-l", "tcp://127.0.0.1:0"], "Unknown SP protocol"),
                            ([], "SP protocol is missing"),
                            (["pull0", "-t", "x"], "Nowhere to listen"),
                            (["pull0", "-l", "tcp://127.0.0.1:0"], "topic to publish to is missing"),
                            (["push0", "-l", "tcp://127.0.0.1:0"], "topic to subscribe to is missing"),
                            (["pull0", "-t", "a/+", "-l", "tcp://127.0.0.1:0"], "no topic to publish to"),
                            (["rep0", "-t", "x", "-V", "4", "-l", "tcp://127.0.0.1:0"], "needs MQTT 5"),
                            (["pull0", "-t", "x", "-l", "xyz://a"], "xyz:// is no transport of SP (tcp, ipc, ws, tls+tcp, wss, inproc): xyz://a."),
                            (["pull0", "-t", "x", "-l", "127.0.0.1:7001"], "tcp:// is missing: 127.0.0.1:7001."),
                            (["pull0", "-t", "x", "-d", "/run/x"], "ipc:// is missing: /run/x."),
                            (["pull0", "-t", "x", "-l", ""], "a URL is empty."),
                            (["pull0", "-t", "x", "--to", "", "-l", "tcp://127.0.0.1:0"], "--to takes a topic, or a template of one."),
                            (["pull0", "-t", "x", "-l", "tls+tcp://127.0.0.1:0"],
                             "tls+tcp://127.0.0.1:0 needs a certificate and its key: --sp-certkey FILE."),
                            (["pull0", "-t", "x", "-l", "wss://127.0.0.1:0/x", "--sp-certkey", "/no/such/file"],
                             "cannot read /no/such/file: No such file or directory."),
                            (["pull0", "-t", "x", "-d", "tls+tcp://127.0.0.1:1", "--sp-cafile", "/no/such/file"],
                             "cannot read /no/such/file: No such file or directory."),
                            (["pull0", "-t", "x", "-d", "xyz://a"], "xyz:// is no transport of SP"),
                            (["pull0", "-t", "x", "-d", "tcp://127.0.0.1:99999"], "cannot dial tcp://127.0.0.1:99999: address invalid"),
                            (["pull0", "-t", "x", "-l", f"ipc://{directory}/no/such/folder"], f"cannot listen at ipc://{directory}/no/such/folder"),
                            (["pub0", "-t", "x", "-l", "tcp://127.0.0.1:0", "-V", "6"], "Invalid protocol version"),
                            (["pub0", "-t", "x", "-l", "tcp://127.0.0.1:0", "--wi", "6"], "Option --wi is ambiguous (specify in full)."),
                            (["pull0", "-t", "x", "-l", taken.url], "address in use")):
            with self.subTest(words=words):
                ended = subprocess.run([PROGRAM, "nngproxy", *words], capture_output=True, text=True, timeout=DEADLINE)
                self.assertEqual((ended.returncode, ended.stdout), (1, ""))
                self.assertIn(text, ended.stderr)
                self.assertEqual(sum(line.startswith("Error") for line in ended.stderr.split("\n")), 1, ended.stderr)

    def test_a_listener_that_a_peer_has_stopped_is_made_anew(self):
        path = f"{directory}/touched"
        mqtt = self.subscriber("touched")
        proxy = self.proxy("pull0", "-t", "touched", url="ipc://" + path).ready(False)
        line = "A listener had stopped, and was made anew: its peers come again."

        def is_said():
            with socket.socket(socket.AF_UNIX) as early:
                early.setblocking(False)
                with contextlib.suppress(OSError):  # there may be nobody for a moment
                    early.connect(path)
            return line in proxy.lines
        wait_until(is_said, line)
        proxy.counts_at_least(renewed_listeners=1)
        self.cat("nngcat", "push0", "ipc://" + path, "--async", "--data", "here", "-i", "1")
        self.assertEqual(mqtt.payloads(1)[0], "here")

    def test_what_cannot_do_any_good_is_warned_of(self):
        alone = self.proxy("pull0", "-t", "x", url="inproc://nobody")
        line = "Warning: inproc:// is for sockets of one process, and nngproxy has no other one: nobody is met there."
        alone.wait_for(lambda lines: line in lines, line)
        echoing = self.proxy("pair0", "-t", "$share/g/both/#", "--to", "both/x")
        line = ("Warning: what is published comes back through $share/g/both/#: MQTT keeps nobody's own messages from shared "
                "subscriptions.")
        echoing.wait_for(lambda lines: line in lines, line)

    def test_an_answer_that_cannot_be_published_is_not_counted_as_one(self):
        proxy = self.proxy("req0", "-t", "odd").ready(True)
        self.cat("nngcat", "rep0", proxy.url, "--data", "answer")
        proxy.has_peers()
        self.publish("odd", "x", "-V", "5", "-q", "1", "-D", "publish", "response-topic", "$SYS/answers")
        proxy.counts(no_topic=1, answered=0)

    def test_counters_have_the_names_of_the_manual(self):
        with open(MANUAL, encoding="utf-8") as file:
            table = file.read().split("| counter | messages |")[1].split("\n\n")[0]
        names = [name for row in table.split("\n") for name in re.findall(r"`(\w+)`", row.split("|")[1] if "|" in row else "")]
        proxy = self.proxy("pull0", "-t", "x", "--stats", "1").ready(False)
        proxy.wait_for(lambda _: len(proxy.reports()) >= 2, "two reports")
        self.assertEqual(sorted(proxy.report()), sorted(names))

    def test_statistics_are_printed_at_the_end(self):
        proxy = self.proxy("pull0", "-t", "x", "--stats", "3600").ready(False)
        self.assertEqual(proxy.stop(), 0)
        self.assertEqual(len(proxy.reports()), 1)


if __name__ == "__main__":
    unittest.main()
