"""paho-mqtt (Python) against the broker: retained messages in the quantities of a home.

Home automation announces every entity as a retained document under homeassistant/ and reads all of them at each start.

Usage: paho_retained_test.py PATH_OF_NANOMQ [unittest options]
"""
import json
import unittest

from paho_case import PahoCase
from paho_peer import VERSIONS

ENTITIES = 5000


def discovery(number):
    """Topic and document of one entity, as devices announce themselves."""
    node, name = f"node_{number % 100:02d}", f"sensor_{number:04d}"
    document = {"name": name, "unique_id": f"{node}_{name}", "state_topic": f"home/{node}/{name}/state",
                "availability_topic": f"home/{node}/status", "device_class": "temperature", "unit_of_measurement": "°C",
                "device": {"identifiers": [node], "name": node, "manufacturer": "nobody", "model": "M-1"}}
    return f"homeassistant/sensor/{node}/{name}/config", json.dumps(document).encode()


class Discovery(PahoCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.entities = dict(discovery(number) for number in range(ENTITIES))

    def test_all_announcements_are_replayed_at_every_qos_and_version(self):
        device = self.peer()
        sent = [device.publish(topic, document, 1, retain=True) for topic, document in self.entities.items()]
        for each in sent:
            each.wait_for_publish()
        for version in VERSIONS:
            for qos in range(3):
                reader = self.peer(version=version)
                reader.subscribe("homeassistant/#", qos)
                messages = reader.received(ENTITIES)
                with self.subTest(version=version, qos=qos):
                    self.assertEqual(len(messages), ENTITIES)
                    self.assertTrue(all(m.retain for m in messages))
                    self.assertTrue({m.topic: m.payload for m in messages} == self.entities)
                reader.leave()

    def test_what_is_published_during_the_replay_is_not_lost(self):
        device, reader = self.peer(), self.peer()
        sent = [device.publish("many/" + topic, document, 1, retain=True) for topic, document in self.entities.items()]
        for each in sent:
            each.wait_for_publish()
        reader.subscribe("many/#", 1)
        live = [device.publish(f"many/live/{n}", str(n), 1) for n in range(200)]
        for each in live:
            each.wait_for_publish()
        messages = reader.received(ENTITIES + 200)
        self.assertEqual([m.payload.decode() for m in messages if not m.retain], [str(n) for n in range(200)])
        self.assertEqual(len({m.topic for m in messages if m.retain}), ENTITIES)

    def test_removed_announcements_are_not_replayed(self):
        device = self.peer()
        for number in range(100):
            device.publish(f"removed/{number}", b"here", 1, retain=True)
        for number in range(0, 100, 2):
            device.publish(f"removed/{number}", b"", 1, retain=True).wait_for_publish()
        reader = self.peer()
        reader.subscribe("removed/#", 1)
        device.publish("removed/mark", b"mark", 1)
        reader.wait(lambda: any(m.payload == b"mark" for m in reader.messages), "mark")
        reader.received(51)
        self.assertEqual({m.topic for m in reader.messages if m.retain}, {f"removed/{n}" for n in range(1, 100, 2)})


if __name__ == "__main__":
    unittest.main(warnings="ignore")  # paho leaves its sockets to the collector
