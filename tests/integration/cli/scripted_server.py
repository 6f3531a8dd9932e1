"""An MQTT server that does what a test tells it, packet by packet, over TCP on a port of its own."""
import socket
import struct

DEADLINE = 100  # seconds until a condition has failed
CONNECT, CONNACK, PUBLISH, PUBACK, SUBSCRIBE, SUBACK, DISCONNECT = 1, 2, 3, 4, 8, 9, 14


class Peer:
    """One connection of a client. Owns it."""

    def __init__(self, connection):
        self.connection = connection
        self.connection.settimeout(DEADLINE)

    def _read(self, size):
        data = b""
        while len(data) < size:
            piece = self.connection.recv(size - len(data))
            if not piece:
                raise EOFError
            data += piece
        return data

    def receive(self):
        """(type, flags, body) of the next packet."""
        first = self._read(1)[0]
        length = shift = 0
        while True:
            byte = self._read(1)[0]
            length |= (byte & 0x7F) << shift
            shift += 7
            if byte < 0x80:
                return first >> 4, first & 15, self._read(length)

    def expect(self, kind):
        """Flags and body of the next packet, which is of that type."""
        got, flags, body = self.receive()
        if got != kind:
            raise AssertionError(f"expected packet type {kind}, got {got}: {body!r}")
        return flags, body

    def send(self, kind, body, flags=0):
        self.connection.sendall(bytes([kind << 4 | flags, len(body)]) + body)

    def accept(self, code=0, properties=None):
        """CONNACK to the CONNECT that comes; with `properties` in MQTT 5."""
        _, body = self.expect(CONNECT)
        self.send(CONNACK, bytes([0, code]) + (b"" if properties is None else bytes([len(properties)]) + properties))
        return body

    def grant(self, code=0, five=False):
        """SUBACK to the SUBSCRIBE that comes."""
        _, body = self.expect(SUBSCRIBE)
        self.send(SUBACK, body[:2] + (b"\0" if five else b"") + bytes([code]))
        return body

    def publish(self, topic, payload, qos=0, identifier=1):
        head = struct.pack(">H", len(topic)) + topic.encode() + (struct.pack(">H", identifier) if qos else b"")
        self.send(PUBLISH, head + payload, qos << 1)

    def close(self):
        self.connection.close()


class Server:
    """Where the clients come to."""

    def __init__(self):
        self.listening = socket.create_server(("127.0.0.1", 0))
        self.listening.settimeout(DEADLINE)
        self.port = self.listening.getsockname()[1]
        self.peers = []

    def next(self):
        self.peers.append(Peer(self.listening.accept()[0]))
        return self.peers[-1]

    def close(self):
        self.listening.close()
        for peer in self.peers:
            peer.close()
