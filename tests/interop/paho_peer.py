"""A paho client that remembers what happened to it, for tests that wait for it to happen."""
import socket
import threading

from paho.mqtt import client as paho
from paho.mqtt.packettypes import PacketTypes
from paho.mqtt.properties import Properties
from paho.mqtt.subscribeoptions import SubscribeOptions

from programs import DEADLINE

V31, V311, V5 = paho.MQTTv31, paho.MQTTv311, paho.MQTTv5
VERSIONS = (V31, V311, V5)
NETWORK_WINDOW = 2000  # more than any test has under way


def properties(packet, **values):
    """properties("PUBLISH", TopicAlias=1): Properties with these values."""
    made = Properties(getattr(PacketTypes, packet))
    for name, value in values.items():
        setattr(made, name, value)
    return made


class Peer:
    """One client. Never reconnects by itself; open() and reopen() wait for the CONNACK."""

    def __init__(self, port, client_id="", version=V5, clean=True, transport="tcp", prepare=None, host="127.0.0.1",
                 bind_address="", **connect_values):
        self.where = {"host": host, "port": port, "bind_address": bind_address}
        self.version = version
        self.clean = clean
        self.connect_values = connect_values
        options = {"protocol": version, "reconnect_on_failure": False, "transport": transport}
        if version != V5:
            options["clean_session"] = clean
        self.client = paho.Client(client_id, **options)
        if prepare is not None:
            prepare(self.client)
        self.client.max_inflight_messages_set(NETWORK_WINDOW)
        self.client.max_queued_messages_set(0)
        self.client.on_connect = lambda _c, _u, flags, reason, props=None: self._note("connacks", (flags, reason, props))
        self.client.on_message = lambda _c, _u, message: self._note("messages", message)
        self.client.on_subscribe = lambda _c, _u, mid, codes, *rest: self._note("subacks", (mid, codes))
        self.client.on_unsubscribe = lambda _c, _u, mid, *rest: self._note("unsubacks", (mid, *rest))
        self.client.on_disconnect = lambda _c, _u, reason, props=None: self._note("ends", (reason, props))
        self.connacks, self.messages, self.subacks, self.unsubacks, self.ends = [], [], [], [], []
        self.changed = threading.Condition()

    def _note(self, name, what):
        with self.changed:
            getattr(self, name).append(what)
            self.changed.notify_all()

    def wait(self, condition, what):
        with self.changed:
            if not self.changed.wait_for(condition, DEADLINE):
                raise AssertionError(f"{what} did not come: {self.ends=}, {len(self.messages)} messages")

    def open(self):
        """Connects: this client, once its CONNACK is there."""
        if self.version == V5:
            self.client.connect(**self.where, clean_start=self.clean,
                                properties=properties("CONNECT", **self.connect_values))
        else:
            self.client.connect(**self.where)
        return self._started()

    def reopen(self):
        """Connects again with the session that it has."""
        self.client.loop_stop()
        if self.version == V5:
            self.clean = False
            return self.open()
        self.client.reconnect()
        return self._started()

    def _started(self):
        wanted = len(self.connacks) + 1
        self.client.loop_start()
        self.wait(lambda: len(self.connacks) >= wanted, "CONNACK")
        if self.connacks[-1][1] != 0:
            raise AssertionError(f"refused: {self.connacks[-1]}")
        return self

    @property
    def session_present(self):
        return bool(self.connacks[-1][0]["session present"])

    def subscribe(self, topic, qos=0, identifier=None, **options):
        """Waits for the SUBACK: its reason codes."""
        if self.version == V5:
            props = properties("SUBSCRIBE", SubscriptionIdentifier=identifier) if identifier else None
            _, mid = self.client.subscribe(topic, options=SubscribeOptions(qos, **options), properties=props)
        else:
            _, mid = self.client.subscribe(topic, qos)
        self.wait(lambda: any(each[0] == mid for each in self.subacks), "SUBACK")
        return [int(str(getattr(code, "value", code))) for each in self.subacks if each[0] == mid for code in each[1]]

    def publish(self, topic, payload=b"", qos=0, retain=False, **values):
        """Hands it to the network and returns; wait_for_publish() on the result waits for the acknowledgement."""
        if self.version == V5:
            return self.client.publish(topic, payload, qos, retain, properties("PUBLISH", **values))
        return self.client.publish(topic, payload, qos, retain)

    def received(self, count):
        """The first `count` messages, once they are there."""
        self.wait(lambda: len(self.messages) >= count, f"{count} messages")
        return self.messages[:]

    def payloads(self, count):
        return [message.payload.decode() for message in self.received(count)]

    def leave(self):
        """DISCONNECT."""
        ends = len(self.ends)
        self.client.disconnect()
        self.wait(lambda: len(self.ends) > ends, "end of the connection")

    def cut(self):
        """Breaks the connection off without a DISCONNECT."""
        ends = len(self.ends)
        self.client.socket().shutdown(socket.SHUT_RDWR)
        self.wait(lambda: len(self.ends) > ends, "end of the connection")

    def close(self):
        self.client.disconnect()
        self.client.loop_stop()
