"""A broker that breaks its promises in one way, to see that the load program notices: flawed_broker.py PORT FLAW.

Knows exact topics, QoS 0 and MQTT 3.1.1, no more. FLAW is none, loses, repeats, swaps, changes or misdelivers; every
fiftieth message is hit.
"""
import asyncio
import sys

PORT, FLAW = int(sys.argv[1]), sys.argv[2]
EVERY = 50
subscribers = {}  # topic -> writers
held = {}  # topic -> the message that the next one overtakes
count = 0


async def read_packet(reader):
    first = (await reader.readexactly(1))[0]
    length = shift = 0
    while True:
        part = (await reader.readexactly(1))[0]
        length |= (part & 0x7F) << shift
        shift += 7
        if part < 0x80:
            return first, await reader.readexactly(length)


def encode(first, body):
    header, length = bytearray([first]), len(body)
    while length > 0x7F:
        header.append(length & 0x7F | 0x80)
        length >>= 7
    header.append(length)
    return bytes(header) + body


def copies_of(topic, packet):
    """What a subscriber gets instead of one packet."""
    global count
    count += 1
    hit = count % EVERY == 0
    if FLAW == "swaps" and topic in held:
        return packet + held.pop(topic)
    if not hit:
        return packet
    if FLAW == "loses":
        return b""
    if FLAW == "repeats":
        return packet * 2
    if FLAW == "swaps":
        held[topic] = packet
        return b""
    if FLAW == "changes":
        return packet[:-1] + b"!"
    return packet


def publish(body):
    size = int.from_bytes(body[:2], "big")
    topic = body[2 : 2 + size]
    packet = copies_of(topic, encode(0x30, body))
    receivers = subscribers.get(topic, [])
    if FLAW == "misdelivers" and count % EVERY == 0:
        receivers = [writer for other, writers in subscribers.items() if other != topic for writer in writers][:1]
    for writer in receivers:
        writer.write(packet)


async def serve(reader, writer):
    try:
        while True:
            first, body = await read_packet(reader)
            if first >> 4 == 1:
                writer.write(bytes([0x20, 2, 0, 0]))
            elif first >> 4 == 3:
                publish(body)
            elif first >> 4 == 8:
                size = int.from_bytes(body[2:4], "big")
                subscribers.setdefault(body[4 : 4 + size], []).append(writer)
                writer.write(bytes([0x90, 3]) + body[:2] + b"\0")
            elif first >> 4 == 14:
                break
    except (asyncio.IncompleteReadError, ConnectionError):
        pass
    for writers in subscribers.values():
        if writer in writers:
            writers.remove(writer)
    writer.close()


async def main():
    async with await asyncio.start_server(serve, "127.0.0.1", PORT) as server:
        await server.serve_forever()


asyncio.run(main())
