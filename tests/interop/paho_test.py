"""paho-mqtt (Python) against the broker: messages and what travels with them.

Usage: paho_test.py PATH_OF_NANOMQ [unittest options]
"""
import unittest

from paho_case import PahoCase
from paho_peer import V5, V31, V311, VERSIONS
from programs import wait_until


class Messages(PahoCase):
    def test_every_version_connects_and_gets_every_qos(self):
        for version in VERSIONS:
            subscriber = self.peer(version=version)
            for qos in range(3):
                self.assertEqual(subscriber.subscribe(f"all/{int(version)}/{qos}", qos), [qos])
            for publisher in (self.peer(version=each) for each in VERSIONS):
                for topic_qos in range(3):
                    for qos in range(3):
                        publisher.publish(f"all/{int(version)}/{topic_qos}", f"{topic_qos} {qos}", qos).wait_for_publish()
            messages = subscriber.received(27)
            with self.subTest(version=version):
                expected = sorted((f"{t} {q}", min(t, q)) for t in range(3) for q in range(3) for _ in VERSIONS)
                self.assertEqual(sorted((m.payload.decode(), m.qos) for m in messages), expected)

    def test_properties_make_the_round_trip_with_user_properties_in_order(self):
        peer = self.peer()
        peer.subscribe("props", 1)
        pairs = [("b", "1"), ("a", "2"), ("b", "3"), ("ä", "ö"), ("", "")]
        peer.publish("props", b"x", 1, PayloadFormatIndicator=1, ContentType="text/plain", ResponseTopic="answer",
                     CorrelationData=b"\x00\xff", MessageExpiryInterval=1_000_000, UserProperty=pairs)
        got = peer.received(1)[0].properties
        self.assertEqual(got.UserProperty, pairs)
        self.assertEqual((got.PayloadFormatIndicator, got.ContentType, got.ResponseTopic, got.CorrelationData),
                         (1, "text/plain", "answer", b"\x00\xff"))
        self.assertIn(got.MessageExpiryInterval, range(999_000, 1_000_001))

    def test_a_request_gets_its_response(self):
        responder, requester = self.peer(), self.peer()

        def answer(client, _userdata, message):
            props = message.properties
            responder.publish(props.ResponseTopic, message.payload.upper(), 1, CorrelationData=props.CorrelationData)

        responder.client.on_message = answer
        responder.subscribe("requests", 1)
        requester.subscribe("responses/of/one", 1)
        for n in range(20):
            requester.publish("requests", f"question {n}", 1, ResponseTopic="responses/of/one",
                              CorrelationData=str(n).encode())
        self.assertEqual([(m.payload, m.properties.CorrelationData) for m in requester.received(20)],
                         [(f"QUESTION {n}".encode(), str(n).encode()) for n in range(20)])

    def test_subscription_identifiers_name_every_match(self):
        peer = self.peer()
        peer.subscribe("ids/a", 1, identifier=1)
        peer.subscribe("ids/+", 2, identifier=268_435_455)
        peer.subscribe("ids/b", 0)
        for topic in ("ids/a", "ids/b"):
            peer.publish(topic, b"x", 2)
        identifiers = {m.topic: (m.qos, sorted(m.properties.SubscriptionIdentifier)) for m in peer.received(2)}
        self.assertEqual(identifiers, {"ids/a": (2, [1, 268_435_455]), "ids/b": (2, [268_435_455])})

    def test_retain_handling_chooses_when_retained_messages_come(self):
        peer = self.peer()
        peer.publish("handling/kept", b"old", 1, retain=True).wait_for_publish()
        # What each subscription brings, told apart by a message sent behind it.
        brought = []
        for handling in (1, 1, 0, 2):
            peer.messages.clear()
            peer.subscribe("handling/#", 1, retainHandling=handling)
            peer.publish("handling/mark", b"mark", 1)
            peer.wait(lambda: b"mark" in [m.payload for m in peer.messages], "mark")
            brought.append([m.payload for m in peer.messages].count(b"old"))
        self.assertEqual(brought, [1, 0, 1, 0])

    def test_no_local_keeps_own_messages_away(self):
        peer, other = self.peer(), self.peer()
        peer.subscribe("local/t", 1, noLocal=True)
        peer.publish("local/t", b"own", 1).wait_for_publish()
        other.publish("local/t", b"other's", 1)
        self.assertEqual(peer.payloads(1), ["other's"])

    def test_retain_as_published_keeps_the_flag(self):
        plain, faithful = self.peer(), self.peer()
        plain.subscribe("flag/t", 1)
        faithful.subscribe("flag/t", 1, retainAsPublished=True)
        plain.publish("flag/t", b"x", 1, retain=True)
        plain.publish("flag/t", b"y", 1)
        self.assertEqual([m.retain for m in plain.received(2)], [0, 0])
        self.assertEqual([m.retain for m in faithful.received(2)], [1, 0])

    def test_message_expiry_is_counted_down_while_a_message_is_kept(self):
        peer = self.peer()
        peer.publish("expiry/kept", b"x", 1, retain=True, MessageExpiryInterval=100).wait_for_publish()

        def left():
            peer.messages.clear()
            peer.subscribe("expiry/kept", 1)
            return peer.received(1)[0].properties.MessageExpiryInterval

        wait_until(lambda: left() < 100, "a smaller interval")
        self.assertGreater(left(), 0)

    def test_a_message_that_has_expired_is_gone(self):
        peer = self.peer()
        peer.publish("expiry/short", b"x", 1, retain=True, MessageExpiryInterval=1).wait_for_publish()

        def is_gone():
            peer.messages.clear()
            peer.subscribe("expiry/short", 1)
            peer.publish("expiry/short", b"mark", 1)
            peer.wait(lambda: b"mark" in [m.payload for m in peer.messages], "mark")
            return [m.payload for m in peer.messages] == [b"mark"]

        wait_until(is_gone, "its end")

    def test_a_topic_alias_stands_for_its_topic_upstream(self):
        subscriber, publisher = self.peer(), self.peer()
        self.assertGreaterEqual(publisher.connacks[0][2].TopicAliasMaximum, 2)
        subscriber.subscribe("alias/#", 1)
        publisher.publish("alias/one", b"1", 1, TopicAlias=1)
        publisher.publish("alias/two", b"2", 1, TopicAlias=2)
        publisher.publish("", b"3", 1, TopicAlias=1)
        publisher.publish("", b"4", 1, TopicAlias=2)
        publisher.publish("alias/three", b"5", 1, TopicAlias=1)
        publisher.publish("", b"6", 1, TopicAlias=1)
        self.assertEqual([m.topic for m in subscriber.received(6)],
                         ["alias/one", "alias/two", "alias/one", "alias/two", "alias/three", "alias/three"])

    def test_topic_aliases_downstream_stay_within_what_the_client_allows(self):
        subscriber, publisher = self.peer(TopicAliasMaximum=2), self.peer()
        subscriber.subscribe("down/#", 1)
        sent = [f"down/{n % 4}" for n in range(40)]
        for topic in sent:
            publisher.publish(topic, topic.encode(), 1)
        names = {}
        for message in subscriber.received(40):
            alias = getattr(message.properties, "TopicAlias", None)
            if alias is not None:
                self.assertIn(alias, (1, 2))
                if message.topic:
                    names[alias] = message.topic
            self.assertEqual(message.topic or names[alias], message.payload.decode())
        self.assertTrue(names, "no alias was used")

    def test_a_thousand_messages_in_flight_arrive_once_and_in_order(self):
        for version in (V31, V311, V5):
            for qos in (1, 2):
                subscriber, publisher = self.peer(version=version), self.peer(version=version)
                topic = f"flight/{int(version)}/{qos}"
                subscriber.subscribe(topic, qos)
                sent = [publisher.publish(topic, str(n), qos) for n in range(1000)]
                for each in sent:
                    each.wait_for_publish()
                with self.subTest(version=version, qos=qos):
                    self.assertEqual(subscriber.payloads(1000), [str(n) for n in range(1000)])

    def test_unsubscribing_says_whether_there_was_something(self):
        peer = self.peer()
        peer.subscribe("un/t", 1)
        codes = []
        for _ in range(2):
            _, mid = peer.client.unsubscribe("un/t")
            peer.wait(lambda: any(each[0] == mid for each in peer.unsubacks), "UNSUBACK")
            codes.append(peer.unsubacks[-1][2].value if hasattr(peer.unsubacks[-1][2], "value")
                         else peer.unsubacks[-1][2][0].value)
        self.assertEqual(codes, [0x00, 0x11])


if __name__ == "__main__":
    unittest.main(warnings="ignore")  # paho leaves its sockets to the collector
