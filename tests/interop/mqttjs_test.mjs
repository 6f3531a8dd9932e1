// MQTT.js against the broker.
//
// Usage: node mqttjs_test.mjs PATH_OF_NANOMQ PATH_OF_NODE_MODULES
// Nothing here waits for a time to pass: each wait is for a condition and ends with the test's deadline.
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join, resolve } from 'node:path';
import { after, before, test } from 'node:test';

const [program, modules] = process.argv.slice(2).map((path) => resolve(path));
const location = join(modules, 'mqtt');
if (!existsSync(location)) {
  console.error(`MQTT.js is not in ${modules}: etc/install-dependencies.sh test puts it there, or name another place with ` +
    '-DNANOMQ_NODE_MODULES=...');
  process.exit(1);
}
const mqtt = createRequire(import.meta.url)(location);
const versions = [3, 4, 5];
const deadline = { timeout: 200_000 };
let broker;
let port;

before(async () => {
  const environment = Object.fromEntries(Object.entries(process.env).filter(([key]) => !key.startsWith('NANOMQ_')));
  broker = spawn(program, ['broker', 'start', '--url', 'mqtt-tcp://127.0.0.1:0', '--shards', process.env.NANOMQ_TEST_SHARDS ?? '2'],
    { stdio: ['ignore', 'pipe', 'inherit'], env: environment });
  port = await new Promise((found, failed) => {
    let banner = '';
    broker.stdout.on('data', (piece) => {
      banner += piece;
      const address = banner.match(/mqtt-tcp:\/\/127\.0\.0\.1:(\d+)\s/);
      if (address) found(Number(address[1]));
    });
    broker.on('exit', () => failed(new Error(`no address: ${banner}`)));
    broker.on('error', failed);
  });
}, deadline);

after(async () => {
  const ended = once(broker, 'exit');
  broker.kill('SIGTERM');
  const [code] = await ended;
  assert.equal(code, 0, 'exit code of the broker');
}, deadline);

// A connected client that keeps what it receives in `got` and what its last CONNACK said in `connack`.
async function connect(t, options = {}) {
  const client = mqtt.connect({ host: '127.0.0.1', port, reconnectPeriod: 0, ...identity(options) });
  client.got = [];
  client.on('message', (topic, payload, packet) => {
    client.got.push({ topic, payload: payload.toString(), qos: packet.qos, retain: packet.retain, packet });
    client.emit('kept');
  });
  t.after(() => client.endAsync(true));
  const failed = once(client, 'close').then(() => assert.fail('closed before it was connected'));
  failed.catch(() => {});
  [client.connack] = await Promise.race([once(client, 'connect'), failed]);
  return client;
}

// MQTT.js knows 3.1 by this name of the protocol.
function identity(options) {
  return options.protocolVersion === 3 ? { protocolId: 'MQIsdp', ...options } : options;
}

async function received(client, count) {
  while (client.got.length < count) await once(client, 'kept');
  return client.got;
}

test('every version publishes and subscribes at every QoS', deadline, async (t) => {
  for (const protocolVersion of versions) {
    const subscriber = await connect(t, { protocolVersion });
    const publishers = await Promise.all(versions.map((each) => connect(t, { protocolVersion: each })));
    for (const wanted of [0, 1, 2]) {
      const topic = `qos/${protocolVersion}/${wanted}`;
      const [granted] = await subscriber.subscribeAsync(topic, { qos: wanted });
      assert.equal(granted.qos, wanted);
      subscriber.got.length = 0;
      for (const publisher of publishers) {
        for (const qos of [0, 1, 2]) await publisher.publishAsync(topic, `sent at ${qos}`, { qos });
      }
      const expected = publishers.flatMap(() => [0, 1, 2].map((qos) => `${Math.min(qos, wanted)} sent at ${qos}`));
      const got = await received(subscriber, 9);
      assert.deepEqual(got.map(({ qos, payload }) => `${qos} ${payload}`).sort(), expected.sort());
    }
  }
});

test('messages of one publisher keep their order', deadline, async (t) => {
  for (const qos of [0, 1, 2]) {
    const [subscriber, publisher] = [await connect(t, { protocolVersion: 5 }), await connect(t, { protocolVersion: 4 })];
    await subscriber.subscribeAsync('order', { qos });
    const numbers = Array.from({ length: 1000 }, (_, n) => String(n));
    await Promise.all(numbers.map((n) => publisher.publishAsync('order', n, { qos })));
    assert.deepEqual((await received(subscriber, 1000)).map(({ payload }) => payload), numbers);
  }
});

test('a retained message is kept, replayed and removed', deadline, async (t) => {
  for (const protocolVersion of versions) {
    const topic = `retained/${protocolVersion}`;
    const publisher = await connect(t, { protocolVersion });
    await publisher.publishAsync(topic, 'kept', { qos: 1, retain: true });
    const reader = await connect(t, { protocolVersion });
    await reader.subscribeAsync(topic, { qos: 1 });
    const [{ payload, retain }] = await received(reader, 1);
    assert.deepEqual({ payload, retain }, { payload: 'kept', retain: true });
    await publisher.publishAsync(topic, '', { qos: 1, retain: true });
    const late = await connect(t, { protocolVersion });
    await late.subscribeAsync(topic, { qos: 1 });
    await publisher.publishAsync(topic, 'live', { qos: 1 });
    assert.deepEqual((await received(late, 1)).map((each) => each.payload), ['live']);
  }
});

test('a will is sent for a client that vanishes', deadline, async (t) => {
  const watcher = await connect(t, { protocolVersion: 5 });
  await watcher.subscribeAsync('will/#', { qos: 2 });
  for (const protocolVersion of versions) {
    watcher.got.length = 0;
    const topic = `will/${protocolVersion}`;
    const polite = await connect(t, { protocolVersion, will: { topic, payload: 'polite', qos: 2, retain: false } });
    await polite.endAsync();
    const vanishing = await connect(t, { protocolVersion, will: { topic, payload: 'vanished', qos: 2, retain: false } });
    vanishing.stream.destroy();
    assert.equal((await received(watcher, 1))[0].payload, 'vanished');
  }
});

test('a persistent session is resumed with what was queued', deadline, async (t) => {
  for (const protocolVersion of versions) {
    const properties = protocolVersion === 5 ? { sessionExpiryInterval: 600 } : undefined;
    const session = { protocolVersion, clientId: `sleeper ${protocolVersion}`, clean: false, properties };
    const topic = `queued/${protocolVersion}`;
    const first = await connect(t, session);
    await first.subscribeAsync(topic, { qos: 2 });
    await first.endAsync();
    const publisher = await connect(t, { protocolVersion });
    const numbers = Array.from({ length: 100 }, (_, n) => String(n));
    await Promise.all(numbers.map((n) => publisher.publishAsync(topic, n, { qos: 2 })));
    const second = await connect(t, session);
    if (protocolVersion > 3) assert.equal(second.connack.sessionPresent, true);
    assert.deepEqual((await received(second, 100)).map(({ payload }) => payload), numbers);
  }
});

test('a client that reconnects by itself goes on where it was', deadline, async (t) => {
  const client = await connect(t, { protocolVersion: 5, clientId: 'returning', clean: false, reconnectPeriod: 1,
    properties: { sessionExpiryInterval: 600 } });
  await client.subscribeAsync('returning', { qos: 2 });
  const publisher = await connect(t, { protocolVersion: 5 });
  for (let round = 0; round < 10; ++round) {
    const connected = once(client, 'connect');
    client.stream.destroy();
    await publisher.publishAsync('returning', String(round), { qos: 2 });
    const [connack] = await connected;
    assert.equal(connack.sessionPresent, true);
  }
  assert.deepEqual((await received(client, 10)).map(({ payload }) => payload), Array.from({ length: 10 }, (_, n) => String(n)));
});

test('a hundred clients that connect at once all get in, again and again', deadline, async (t) => {
  const clients = await Promise.all(Array.from({ length: 100 }, (_, n) =>
    connect(t, { protocolVersion: versions[n % 3], clientId: `storm ${n}`, clean: true, reconnectPeriod: 1 })));
  for (let round = 0; round < 3; ++round) {
    const connected = clients.map((client) => once(client, 'connect'));
    for (const client of clients) client.stream.destroy();
    await Promise.all(connected);
  }
  await Promise.all(clients.map((client) => client.subscribeAsync('storm/over', { qos: 1 })));
  await clients[0].publishAsync('storm/over', 'over', { qos: 1 });
  await Promise.all(clients.map((client) => received(client, 1)));
});

test('unsubscribing is answered with a reason code', deadline, async (t) => {
  const client = await connect(t, { protocolVersion: 5 });
  await client.subscribeAsync('un/there', { qos: 1 });
  const answer = new Promise((found) => {
    client.on('packetreceive', (packet) => packet.cmd === 'unsuback' && found(packet));
  });
  client.unsubscribe(['un/there', 'un/absent']);
  assert.deepEqual([...(await answer).granted], [0x00, 0x11]);
});

test('properties arrive as they were sent', deadline, async (t) => {
  const client = await connect(t, { protocolVersion: 5 });
  await client.subscribeAsync('props', { qos: 1, properties: { subscriptionIdentifier: 42 } });
  const properties = { payloadFormatIndicator: true, contentType: 'text/plain', responseTopic: 'answer',
    correlationData: Buffer.from([0, 255]), userProperties: { a: ['1', '2'], b: '3' } };
  await client.publishAsync('props', 'x', { qos: 1, properties });
  const [{ packet }] = await received(client, 1);
  assert.deepEqual({ ...packet.properties, userProperties: { ...packet.properties.userProperties } },
    { ...properties, subscriptionIdentifier: 42 });
});
