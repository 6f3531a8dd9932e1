"""paho-mqtt (Python) against the broker: sessions, wills and take-over.

Usage: paho_sessions_test.py PATH_OF_NANOMQ [unittest options]
"""
import time
import unittest

from paho.mqtt import client as paho
from paho.mqtt.packettypes import PacketTypes
from paho.mqtt.properties import Properties

from paho_case import PahoCase
from paho_peer import V5, V311, VERSIONS, properties

SESSION_TAKEN_OVER = 0x8E


class Sessions(PahoCase):
    def persistent(self, client_id, version):
        values = {"SessionExpiryInterval": 600} if version == V5 else {}
        if version == V5:
            return self.peer(client_id, version=version, **values)
        return self.peer(client_id, version=version, clean=False)

    def test_a_session_is_resumed_with_what_was_queued(self):
        for version in VERSIONS:
            sleeper, publisher = self.persistent(f"sleeper {int(version)}", version), self.peer()
            topic = f"queued/{int(version)}"
            sleeper.subscribe(topic, 2)
            sleeper.leave()
            sent = [publisher.publish(topic, str(n), 2) for n in range(500)]
            for each in sent:
                each.wait_for_publish()
            sleeper.reopen()
            with self.subTest(version=version):
                self.assertEqual(sleeper.payloads(500), [str(n) for n in range(500)])
                self.assertEqual({m.qos for m in sleeper.messages}, {2})
                if version != paho.MQTTv31:  # MQTT 3.1 has no such flag
                    self.assertTrue(sleeper.session_present)

    def test_a_subscriber_that_loses_its_connection_gets_each_qos_2_message_once(self):
        for version in (V311, V5):
            subscriber, publisher = self.persistent(f"cut {int(version)}", version), self.peer()
            topic = f"cut/{int(version)}"
            subscriber.subscribe(topic, 2)
            for round_ in range(5):
                for n in range(200):
                    publisher.publish(topic, str(round_ * 200 + n), 2)
                subscriber.received(round_ * 200 + 1)
                subscriber.cut()
                subscriber.reopen()
            # Marks the end: whatever was sent twice would have come before it.
            publisher.publish(topic, "end", 2)
            subscriber.wait(lambda: subscriber.messages[-1].payload == b"end", "end")
            with self.subTest(version=version):
                payloads = [m.payload.decode() for m in subscriber.messages[:-1]]
                self.assertEqual(sorted(payloads, key=int), [str(n) for n in range(1000)])

    def test_a_publisher_that_loses_its_connection_delivers_each_qos_2_message_once(self):
        for version in (V311, V5):
            subscriber, publisher = self.peer(), self.persistent(f"pub {int(version)}", version)
            topic = f"pubcut/{int(version)}"
            subscriber.subscribe(topic, 2)
            sent = []
            for round_ in range(5):
                sent += [publisher.publish(topic, str(round_ * 200 + n), 2) for n in range(200)]
                subscriber.received(round_ * 200 + 1)
                publisher.cut()
                publisher.reopen()
            for each in sent:
                each.wait_for_publish()
            publisher.publish(topic, "end", 2)
            subscriber.wait(lambda: subscriber.messages[-1].payload == b"end", "end")
            with self.subTest(version=version):
                payloads = [m.payload.decode() for m in subscriber.messages[:-1]]
                self.assertEqual(sorted(payloads, key=int), [str(n) for n in range(1000)])

    def test_a_clean_start_forgets_the_session(self):
        first = self.peer("forgetful", SessionExpiryInterval=600)
        first.subscribe("forgotten", 1)
        first.leave()
        second = self.peer("forgetful", SessionExpiryInterval=600)
        self.assertFalse(second.session_present)
        second.publish("forgotten", b"x", 1).wait_for_publish()
        second.subscribe("remembered", 1)
        second.publish("remembered", b"y", 1)
        self.assertEqual(second.payloads(1), ["y"])

    def test_a_client_without_an_identifier_is_told_one(self):
        one, other = self.peer(), self.peer()
        names = {peer.connacks[0][2].AssignedClientIdentifier for peer in (one, other)}
        self.assertEqual(len(names), 2)

    def test_the_older_of_two_connections_is_told_that_it_was_taken_over(self):
        older = self.peer("twin", SessionExpiryInterval=600)
        older.subscribe("twin", 1)
        newer = self.peer("twin", clean=False, SessionExpiryInterval=600)
        older.wait(lambda: older.ends, "end of the older connection")
        self.assertEqual(older.ends[0][0].value, SESSION_TAKEN_OVER)
        self.assertTrue(newer.session_present)
        newer.publish("twin", b"x", 1)
        self.assertEqual(newer.payloads(1), ["x"])

    def test_taking_over_works_in_every_version(self):
        for version in VERSIONS:
            older = self.peer(f"twin {int(version)}", version=version)
            self.peer(f"twin {int(version)}", version=version)
            older.wait(lambda: older.ends, "end of the older connection")


class Wills(PahoCase):
    def dying(self, client_id, topic, delay, **connect_values):
        """A connected client with a will of that delay."""
        peer = self.client(client_id, **connect_values)
        will = Properties(PacketTypes.WILLMESSAGE)
        will.WillDelayInterval = delay
        will.UserProperty = [("cause", "death"), ("cause", "again")]
        peer.client.will_set(topic, b"gone", 2, properties=will)
        return peer.open()

    def test_a_will_comes_in_every_version(self):
        watcher = self.peer()
        watcher.subscribe("wills/#", 2)
        for count, version in enumerate(VERSIONS, 1):
            peer = self.client(version=version)
            peer.client.will_set(f"wills/{int(version)}", b"gone", 2)
            peer.open().cut()
            self.assertEqual(watcher.received(count)[-1].topic, f"wills/{int(version)}")

    def test_a_will_is_delayed_and_carries_its_properties(self):
        watcher = self.peer()
        watcher.subscribe("delayed/#", 2)
        dying = [self.dying(f"delay {delay}", f"delayed/{delay}", delay, SessionExpiryInterval=600) for delay in (3, 1, 0)]
        for each in dying:
            each.cut()
        messages = {m.topic: m for m in watcher.received(3)}  # in any order, when the machine stands still for seconds
        self.assertEqual(set(messages), {"delayed/0", "delayed/1", "delayed/3"})
        self.assertEqual(messages["delayed/3"].properties.UserProperty, [("cause", "death"), ("cause", "again")])

    def test_a_will_delay_ends_with_the_session(self):
        watcher = self.peer()
        watcher.subscribe("ends/#", 2)
        self.dying("short-lived", "ends/t", 600, SessionExpiryInterval=1).cut()
        self.assertEqual([m.topic for m in watcher.received(1)], ["ends/t"])

    def test_a_client_that_returns_in_time_has_no_will_sent(self):
        for delay in (3, 12, 48):
            watcher = self.peer()
            watcher.subscribe(f"returns/{delay}/#", 2)
            returning = self.dying("returning", f"returns/{delay}/no", delay, SessionExpiryInterval=600)
            away = self.dying("staying away", f"returns/{delay}/yes", delay + 1, SessionExpiryInterval=600)
            begin = time.monotonic()
            returning.cut()
            returning.client.will_clear()
            returning.reopen()
            if time.monotonic() - begin < delay:
                break  # in time, and not only after the machine had stood still
        away.cut()
        self.assertEqual([m.topic for m in watcher.received(1)], [f"returns/{delay}/yes"])

    def test_a_client_that_leaves_may_still_ask_for_its_will(self):
        watcher = self.peer()
        watcher.subscribe("asked/#", 2)
        polite, insisting = self.dying("polite", "asked/no", 0), self.dying("insisting", "asked/yes", 0)
        polite.leave()
        disconnect_with_will = paho.ReasonCodes(PacketTypes.DISCONNECT, "Disconnect with will message")
        insisting.client.disconnect(disconnect_with_will, properties("DISCONNECT", UserProperty=("a", "b")))
        self.assertEqual([m.topic for m in watcher.received(1)], ["asked/yes"])


if __name__ == "__main__":
    unittest.main(warnings="ignore")  # paho leaves its sockets to the collector
