"""A broker that breaks its promises in one way, to see that the crash test notices: flawed_broker.py PORT FLAW.

MQTT 3.1.1 and 5.0 with QoS 1 and 2, sessions, retained messages, share groups and wills with a delay, all in memory: it
is for runs that cut connections and leave the broker alone (--ending cut). FLAW is one of FLAWS; every EVERY-th occasion
is hit. Nothing is validated.
"""
import asyncio
import collections
import itertools
import sys
import zlib

PORT, FLAW = int(sys.argv[1]), sys.argv[2]
EVERY = 40
FLAWS = """none loses repeats swaps changes misdelivers forgets_sessions invents_sessions forgets_subscriptions
 ignores_unsubscribe mixes_identifiers forgets_retained keeps_old_retained undeletes loses_wills repeats_wills hasty_wills
 never_acknowledges hangs_up babbles""".split()
assert FLAW in FLAWS, FLAWS

sessions = {}
retained = {}  # topic -> (payload, qos)
groups = collections.defaultdict(list)  # filter -> client ids, the next one first
occasions = collections.Counter()
CONNECT, CONNACK, PUBLISH, PUBACK, PUBREC, PUBREL, PUBCOMP, SUBSCRIBE, SUBACK, UNSUBSCRIBE, UNSUBACK = range(1, 12)
DISCONNECT = 14


def hit(flaw, every=EVERY):
    """Whether it is this flaw's turn."""
    if FLAW != flaw:
        return False
    occasions[flaw] += 1
    return occasions[flaw] % every == 0


def variable(value):
    out = bytearray()
    while value > 0x7F:
        out.append(value & 0x7F | 0x80)
        value >>= 7
    out.append(value)
    return bytes(out)


def packet(first, body):
    return bytes([first]) + variable(len(body)) + body


class Reader:
    def __init__(self, data):
        self.data, self.at = data, 0

    def take(self, count):
        self.at += count
        return self.data[self.at - count : self.at]

    def number(self, size):
        return int.from_bytes(self.take(size), "big")

    def text(self):
        return self.take(self.number(2))

    def variable(self):
        value = shift = 0
        while True:
            part = self.number(1)
            value |= (part & 0x7F) << shift
            shift += 7
            if part < 0x80:
                return value

    def properties(self, version):
        """Those that the crash test sends: all numbers."""
        out = {}
        end = self.variable() + self.at if version == 5 else self.at
        while self.at < end:
            name = self.number(1)
            out[name] = self.variable() if name == 0x0B else self.number({0x11: 4, 0x18: 4, 0x21: 2}[name])
        return out

    def rest(self):
        return self.take(len(self.data) - self.at)


class Session:
    def __init__(self, client):
        self.client, self.version = client, 4
        self.subscriptions = {}  # filter -> (options, identifier)
        self.under_way = {}  # packet identifier -> packet, or None when released
        self.received = set()
        self.identifiers = itertools.cycle(range(1, 65536))
        self.writer = self.will = self.will_timer = self.held = None

    def send(self, data):
        if self.writer:
            self.writer.write(data)

    def deliver(self, topic, payload, qos, retain, identifier):
        if qos and hit("loses"):
            return
        if qos and hit("changes"):
            payload = payload[:-1] + bytes([payload[-1] ^ 1])
        message = (topic, payload, qos, retain, identifier)
        if qos and hit("swaps") and not self.held:
            self.held = message
            return
        self.write(message)
        if qos == 2 and hit("repeats"):
            self.write(message)
        if self.held and self.held[0] == topic:
            self.held, held = None, self.held
            self.write(held)

    def write(self, message):
        topic, payload, qos, retain, identifier = message
        head = len(topic).to_bytes(2, "big") + topic
        properties = b"\x0b" + variable(identifier) if identifier else b""
        tail = (variable(len(properties)) + properties if self.version == 5 else b"") + payload
        if not qos:
            return self.send(packet(PUBLISH << 4 | retain, head + tail))
        number = next(each for each in self.identifiers if each not in self.under_way)
        made = packet(PUBLISH << 4 | qos << 1 | retain, head + number.to_bytes(2, "big") + tail)
        self.under_way[number] = made
        self.send(made)

    def resume(self):
        for number, made in self.under_way.items():
            if made is None:
                self.send(packet(PUBREL << 4 | 2, number.to_bytes(2, "big")))
            else:
                self.send(bytes([made[0] | 8]) + made[1:])

    def take_will(self):
        if self.will_timer:
            self.will_timer.cancel()
        self.will, self.will_timer, will = None, None, self.will
        return will


def matches(filter, topic):
    filter, topic = filter.split(b"/"), topic.split(b"/")
    for at, level in enumerate(filter):
        if level == b"#":
            return True
        if at >= len(topic) or level not in (b"+", topic[at]):
            return False
    return len(filter) == len(topic)


def retain(topic, payload, qos):
    if not payload:
        if not hit("undeletes", 1):
            retained.pop(topic, None)
    elif hit("forgets_retained", 3):
        retained.pop(topic, None)
    elif not (topic in retained and hit("keeps_old_retained", 3)):
        retained[topic] = (payload, qos)


def route(topic, payload, qos, keep, publisher=None):
    if keep:
        retain(topic, payload, qos)
    for session in list(sessions.values()):
        for filter, (options, identifier) in session.subscriptions.items():
            if filter.startswith(b"$share/"):
                continue
            if not matches(filter, topic) and not (topic.startswith(b"d/") and hit("misdelivers", 500)):
                continue
            if options & 4 and session is publisher:
                continue
            if hit("mixes_identifiers") and session.version == 5:
                identifier += 1
            session.deliver(topic, payload, min(qos, options & 3), int(keep and options & 8 != 0), identifier)
    for filter, members in groups.items():
        if members and matches(filter.split(b"/", 2)[2], topic):
            members.append(members.pop(0))
            session = sessions[members[-1]]
            options, identifier = session.subscriptions[filter]
            session.deliver(topic, payload, min(qos, options & 3), 0, identifier)


def publish_will(session):
    will = session.take_will()
    if will and not hit("loses_wills", 1):
        route(will[0], will[1], will[2], False)
        if hit("repeats_wills", 1):
            route(will[0], will[1], will[2], False)


def forget(session):
    for filter in session.subscriptions:
        if filter in groups:
            groups[filter].remove(session.client)
    session.subscriptions = {}


def connect(body, writer):
    reader = Reader(body)
    reader.text()
    version, flags = reader.number(1), reader.number(1)
    reader.number(2)
    reader.properties(version)
    client = reader.text()
    old = sessions.get(client)
    if old and (flags & 2 or hit("forgets_sessions", 10)):
        publish_will(old)
        forget(old)
        if old.writer:
            old.writer.close()
        old = None
    session = old or Session(client)
    sessions[client] = session
    session.take_will()
    if flags & 4:
        delay = reader.properties(version).get(0x18, 0)
        session.will = (reader.text(), reader.text(), flags >> 3 & 3, delay)
    if session.writer:
        session.writer.close()
    session.writer, session.version = writer, version
    present = int(old is not None) or int(hit("invents_sessions", 5))
    session.send(packet(CONNACK << 4, bytes([present, 0]) + (b"\0" if version == 5 else b"")))
    if old and hit("forgets_subscriptions", 10):
        forget(session)
    session.resume()
    return session


def disconnected(session, writer):
    if session.writer is not writer:
        return
    session.writer = None
    if session.will:
        delay = 0 if FLAW == "hasty_wills" and session.will[3] < 60 else session.will[3]
        session.will_timer = asyncio.get_running_loop().call_later(delay, publish_will, session)


def subscribe(session, reader):
    number = reader.take(2)
    identifier = reader.properties(session.version).get(0x0B, 0)
    filter, options = reader.text(), reader.number(1)
    if filter.startswith(b"$share/") and session.client not in groups[filter]:
        groups[filter].append(session.client)
    known = filter in session.subscriptions
    session.subscriptions[filter] = (options, identifier)
    session.send(packet(SUBACK << 4, number + (b"\0" if session.version == 5 else b"") + bytes([options & 3])))
    handling = options >> 4 & 3
    if filter.startswith(b"$share/") or handling == 2 or handling == 1 and known:
        return
    for topic, (payload, qos) in retained.items():
        if matches(filter, topic):
            session.deliver(topic, payload, min(qos, options & 3), 1, identifier)


def unsubscribe(session, reader):
    number = reader.take(2)
    reader.properties(session.version)
    filter = reader.text()
    if not hit("ignores_unsubscribe", 5):
        session.subscriptions.pop(filter, None)
        if filter in groups:
            groups[filter].remove(session.client)
    session.send(packet(UNSUBACK << 4, number + (b"\0\0" if session.version == 5 else b"")))


def receive_publish(session, first, reader):
    qos, topic = first >> 1 & 3, reader.text()
    number = reader.take(2) if qos else b""
    reader.properties(session.version)
    # The same ones when they are sent again.
    if qos and FLAW == "never_acknowledges" and zlib.crc32(reader.data[reader.at :]) % 40 == 0:
        return
    if qos < 2 or number not in session.received:
        route(topic, reader.rest(), qos, first & 1, session)
    if qos == 2:
        session.received.add(number)
    if qos:
        session.send(packet((PUBACK if qos == 1 else PUBREC) << 4, number))


def handle(session, first, body):
    kind, reader = first >> 4, Reader(body)
    if kind == PUBLISH:
        receive_publish(session, first, reader)
    elif kind in (PUBACK, PUBCOMP):
        session.under_way.pop(reader.number(2), None)
    elif kind == PUBREC:
        session.under_way[int.from_bytes(body[:2], "big")] = None
        session.send(packet(PUBREL << 4 | 2, body[:2]))
    elif kind == PUBREL:
        session.received.discard(body[:2])
        session.send(packet(PUBCOMP << 4, body[:2]))
    elif kind == SUBSCRIBE:
        subscribe(session, reader)
    elif kind == UNSUBSCRIBE:
        unsubscribe(session, reader)
    if hit("babbles", 100):
        session.send(packet(PUBACK << 4, b"\xff\xfe"))


async def read_packet(reader):
    first = (await reader.readexactly(1))[0]
    length = shift = 0
    while True:
        part = (await reader.readexactly(1))[0]
        length |= (part & 0x7F) << shift
        shift += 7
        if part < 0x80:
            return first, await reader.readexactly(length)


async def serve(reader, writer):
    session = None
    try:
        while True:
            first, body = await read_packet(reader)
            if first >> 4 == DISCONNECT:
                session.take_will()
                break
            if first >> 4 == CONNECT:
                session = connect(body, writer)
            elif session.writer is writer and not hit("hangs_up", 200):
                handle(session, first, body)
            else:
                break
    except (asyncio.IncompleteReadError, ConnectionError):
        pass
    writer.close()
    if session:
        disconnected(session, writer)


async def main():
    async with await asyncio.start_server(serve, "127.0.0.1", PORT) as server:
        await server.serve_forever()


asyncio.run(main())
