"""mosquitto_pub and mosquitto_sub against the broker.

Usage: mosquitto_test.py PATH_OF_NANOMQ [unittest options]
A subscriber is ready once it has printed its SUBACK; every other wait is for a condition, with a deadline.
"""
import collections
import os
import sys
import tempfile
import unittest

from programs import DEADLINE, Broker, Lines, wait_until

PROGRAM = sys.argv.pop(1)
VERSIONS = ("mqttv31", "mqttv311", "mqttv5")
TIMED_OUT = 27  # mosquitto_sub(1): -W has run out
broker = None


def setUpModule():
    global broker
    broker = Broker(PROGRAM, "sys.interval=1s")


def tearDownModule():
    code = broker.stop()
    if code != 0:
        raise AssertionError(f"the broker ended with {code}: {broker.output.lines}")


class Subscriber(Lines):
    """mosquitto_sub -d; what it receives is printed after a bar."""

    def __init__(self, *arguments, form="%t %q %r %p"):
        super().__init__("stdbuf", "-oL", "mosquitto_sub", "-h", "127.0.0.1", "-p", str(broker.port), "-d",
                         "-F", "|" + form, *arguments)

    def ready(self):
        self.wait_for(lambda lines: any(line.startswith("Subscribed") for line in lines), "SUBACK")
        return self

    def received(self):
        return [line[1:] for line in self.lines if line.startswith("|")]

    def messages(self, count):
        self.wait_for(lambda _: len(self.received()) >= count, f"{count} messages")
        return self.received()


class Mosquitto(unittest.TestCase):
    def subscriber(self, *arguments, **options):
        made = Subscriber(*arguments, **options)
        self.addCleanup(made.close)
        return made.ready()

    def run_client(self, program, *arguments):
        made = Lines(program, "-h", "127.0.0.1", "-p", str(broker.port), *arguments)
        self.addCleanup(made.close)
        return made.exit_code(), made.lines

    def publish(self, *arguments):
        self.assertEqual(self.run_client("mosquitto_pub", *arguments), (0, []))

    def fetch(self, *arguments):
        """mosquitto_sub without -d until it ends: exit code and what it printed."""
        return self.run_client("mosquitto_sub", *arguments)

    def retained_topics(self, topic):
        """Topics of the retained messages that match: all that comes before a message sent afterwards."""
        mark = self.id().rsplit(".", 1)[1] + "/mark"
        subscriber = self.subscriber("-t", topic, "-t", mark, "-q", "1", form="%t")
        self.publish("-t", mark, "-m", "end", "-q", "1")
        subscriber.wait_for(lambda lines: "|" + mark in lines, "mark")
        return [line for line in subscriber.received() if line != mark]

    def test_every_version_and_qos_in_both_directions(self):
        for version in VERSIONS:
            for sub_qos in "012":
                topic = f"qos/{version}/{sub_qos}"
                subscriber = self.subscriber("-V", version, "-t", topic, "-q", sub_qos, form="%q %p")
                for pub_qos in "012":
                    self.publish("-V", version, "-t", topic, "-q", pub_qos, "-m", "sent at " + pub_qos)
                # Each publisher is a connection of its own: no order between them.
                expected = sorted(f"{min(sub_qos, each)} sent at {each}" for each in "012")
                with self.subTest(version=version, qos=sub_qos):
                    self.assertEqual(sorted(subscriber.messages(3)), expected)

    def test_versions_understand_each_other(self):
        subscribers = {version: self.subscriber("-V", version, "-t", "between/#", "-q", "2", form="%p")
                       for version in VERSIONS}
        for version in VERSIONS:
            self.publish("-V", version, "-t", "between/" + version, "-q", "2", "-m", "from " + version)
        for version, subscriber in subscribers.items():
            with self.subTest(version=version):
                self.assertEqual(sorted(subscriber.messages(3)), sorted("from " + each for each in VERSIONS))

    def test_lines_of_one_publisher_keep_their_order(self):
        with tempfile.NamedTemporaryFile("w") as text:
            text.writelines(f"line {n}\n" for n in range(1000))
            text.flush()
            for qos in "012":
                subscriber = self.subscriber("-t", "order/" + qos, "-q", qos, form="%p")
                with open(text.name, "rb") as source:
                    publisher = Lines("sh", "-c", f"exec mosquitto_pub -p {broker.port} -t order/{qos} -q {qos} -l <{source.name}")
                self.addCleanup(publisher.close)
                self.assertEqual(publisher.exit_code(), 0)
                with self.subTest(qos=qos):
                    self.assertEqual(subscriber.messages(1000), [f"line {n}" for n in range(1000)])

    def test_a_retained_message_is_set_replayed_replaced_and_deleted(self):
        for version in VERSIONS:
            topic = "retained/" + version
            with self.subTest(version=version):
                self.publish("-V", version, "-t", topic, "-r", "-q", "1", "-m", "first")
                self.publish("-V", version, "-t", topic, "-r", "-q", "1", "-m", "second")
                replayed = self.fetch("-V", version, "-t", topic, "-q", "1", "-C", "1", "-F", "%q %r %p", "-W", str(DEADLINE))
                self.assertEqual(replayed, (0, ["1 1 second"]))
                live = self.subscriber("-V", version, "-t", topic, form="%r %p")
                self.publish("-V", version, "-t", topic, "-r", "-m", "third")
                self.assertEqual(live.messages(2), ["1 second", "0 third"])
                self.publish("-V", version, "-t", topic, "-r", "-q", "1", "-n")
                self.assertEqual(self.retained_topics(topic), [])

    def test_retained_only_leaves_when_the_retained_messages_are_over(self):
        for n in range(3):
            self.publish("-t", f"only/{n}", "-r", "-q", "1", "-m", "kept")
        subscriber = self.subscriber("-t", "only/#", "-q", "1", "--retained-only", form="%t")
        subscriber.messages(3)
        self.publish("-t", "only/live", "-q", "1", "-m", "live")  # a message without the flag ends it
        self.assertEqual(subscriber.exit_code(), 0)
        self.assertEqual(sorted(subscriber.received()), ["only/0", "only/1", "only/2"])

    def test_remove_retained_clears_what_matches(self):
        for n in range(3):
            self.publish("-t", f"remove/{n}", "-r", "-q", "1", "-m", "kept")
        self.subscriber("-t", "remove/#", "--remove-retained", form="%p").wait_for(
            lambda lines: lines.count("|") == 3, "empty messages that remove them")
        self.assertEqual(self.retained_topics("remove/#"), [])

    def test_a_will_is_sent_for_a_killed_client_and_not_for_one_that_leaves(self):
        for version in VERSIONS:
            topic = "will/" + version
            watcher = self.subscriber("-t", topic, "-q", "2", form="%q %p")
            will = ("--will-topic", topic, "--will-qos", "2", "--will-payload")
            self.assertEqual(self.fetch("-V", version, "-t", "x", *will, "polite", "-E"), (0, []))
            killed = self.subscriber("-V", version, "-t", "x", *will, "killed", "--will-retain")
            killed.process.kill()
            with self.subTest(version=version):
                self.assertEqual(watcher.messages(1), ["2 killed"])
                self.assertEqual(self.retained_topics(topic), [topic])

    def test_messages_wait_for_a_persistent_session(self):
        for version in VERSIONS:
            keep = ("-V", version, "-c", "-i", "sleeper " + version, "-t", "offline/" + version, "-q", "2")
            self.assertEqual(self.fetch(*keep, "-E"), (0, []))
            for n in range(20):
                self.publish("-t", "offline/" + version, "-q", str(1 + n % 2), "-m", str(n))
            with self.subTest(version=version):
                code, lines = self.fetch(*keep, "-C", "20", "-F", "%q %p", "-W", str(DEADLINE))
                self.assertEqual(code, 0)
                # QoS 2 messages are printed at their PUBREL, so behind the others.
                self.assertEqual(sorted(lines, key=lambda line: line[0]), [f"{q} {n}" for q in (1, 2) for n in range(q - 1, 20, 2)])

    def test_a_shared_subscription_divides_messages_among_its_members(self):
        members = [self.subscriber("-t", "$share/g/shared/t", "-q", "1", form="%p") for _ in range(3)]
        everything = self.subscriber("-t", "shared/t", "-q", "1", form="%p")
        for n in range(60):
            self.publish("-t", "shared/t", "-q", "1", "-m", str(n))
        everything.messages(60)
        wait_until(lambda: sum(len(each.received()) for each in members) >= 60, "60 messages")
        shares = [each.received() for each in members]
        counted = collections.Counter(payload for share in shares for payload in share)
        self.assertEqual(counted, {str(n): 1 for n in range(60)})
        self.assertTrue(all(shares), shares)

    def test_large_payloads_pass_whole(self):
        for size in (100 * 1024, 2 * 1024 * 1024 - 64):
            with tempfile.NamedTemporaryFile() as payload:
                content = "".join(f"{n:015d}." for n in range(size // 16 + 1))[:size]
                payload.write(content.encode())
                payload.flush()
                for version in VERSIONS:
                    for qos in "012":
                        topic = f"large/{size}/{version}/{qos}"  # of its own: a message before may still be on its way
                        subscriber = self.subscriber("-V", version, "-t", topic, "-q", qos, form="%p")
                        self.publish("-V", version, "-t", topic, "-q", qos, "-f", payload.name)
                        with self.subTest(size=size, version=version, qos=qos):
                            got = subscriber.messages(1)
                            self.assertEqual([len(each) for each in got], [size])
                            self.assertTrue(got == [content])

    def test_a_payload_beyond_the_limit_is_refused_and_the_broker_goes_on(self):
        subscriber = self.subscriber("-t", "beyond", "-q", "1", form="%l %p")
        with tempfile.NamedTemporaryFile() as payload:
            os.truncate(payload.name, 2 * 1024 * 1024 + 1)
            for version in VERSIONS:
                self.run_client("mosquitto_pub", "-V", version, "-t", "beyond", "-q", "1", "-f", payload.name)
        self.publish("-t", "beyond", "-q", "1", "-m", "small")
        self.assertEqual(subscriber.messages(1), ["5 small"])

    def test_properties_arrive_as_they_were_sent(self):
        subscriber = self.subscriber("-V", "mqttv5", "-t", "properties", "-D", "subscribe", "subscription-identifier", "7",
                                     form="%A|%C|%D|%F|%R|%S|%P|%p")
        sent = [("content-type", "text/plain"), ("correlation-data", "c-1"), ("payload-format-indicator", "1"),
                ("response-topic", "answers/here")]
        arguments = [word for name, value in sent for word in ("-D", "publish", name, value)]
        for name, value in (("b", "1"), ("a", "2"), ("b", "3")):
            arguments += ["-D", "publish", "user-property", name, value]
        self.publish("-V", "mqttv5", "-t", "properties", "-m", "body", *arguments)
        self.assertEqual(subscriber.messages(1), ["|text/plain|c-1|1|answers/here|7|b:1 a:2 b:3|body"])

    def test_statistics_have_the_names_that_mosquitto_uses(self):
        subscriber = self.subscriber("-t", "$SYS/broker/#", form="%t")
        wanted = {"$SYS/broker/" + name for name in (
            "version", "uptime", "clients/connected", "clients/total", "messages/received", "messages/sent",
            "bytes/received", "bytes/sent", "retained messages/count", "subscriptions/count")}
        subscriber.wait_for(lambda _: wanted <= set(subscriber.received()), "statistics: " + str(wanted))

    def test_a_subscriber_gives_up_when_nothing_comes(self):
        for version in VERSIONS:
            self.assertEqual(self.fetch("-V", version, "-t", "silence", "-W", "1")[0], TIMED_OUT)


if __name__ == "__main__":
    unittest.main()
