// The page of examples/browser in a real browser, headless Chromium, over ws and wss.
//
// Usage: node browser_test.mjs PATH_OF_NANOMQ PATH_OF_NODE_MODULES
// The page is driven as its reader would: fields are filled in, buttons pressed, the log read. Chromium believes the
// certificate of this run by the hash of its key (as a machine that has the CA installed would), and no other.
// No test here waits for a time to pass: each wait is for a condition and ends with the test's deadline.
import assert from 'node:assert/strict';
import { execFileSync, spawn } from 'node:child_process';
import { createHash, X509Certificate } from 'node:crypto';
import { once } from 'node:events';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createServer } from 'node:http';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { after, before, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';

const [program, modules] = process.argv.slice(2).map((path) => resolve(path));
const here = dirname(fileURLToPath(import.meta.url));
const page = join(here, '../../examples/browser/index.html');
const script = join(modules, 'mqtt/dist/mqtt.min.js');
if (!existsSync(script)) {
  console.error(`MQTT.js is not in ${modules}: etc/install-dependencies.sh test puts it there, or name another place with ` +
    '-DNANOMQ_NODE_MODULES=...');
  process.exit(1);
}
const WebSocket = createRequire(join(modules, 'mqtt/package.json'))('ws');
const deadline = { timeout: 200_000 };
const scratch = mkdtempSync(join(tmpdir(), 'nanomq-browser-'));
const started = [];
let ports;
let site;
let devtools;

function start(command, args, options = {}) {
  const child = spawn(command, args, { stdio: ['ignore', 'pipe', 'pipe'], ...options });
  started.push(child);
  return child;
}

// The first match of `pattern` in what `stream` says.
function said(child, stream, pattern) {
  return new Promise((found, failed) => {
    let text = '';
    stream.setEncoding('utf8').on('data', (piece) => {
      text += piece;
      const match = text.match(pattern);
      if (match) found(match);
    });
    child.on('exit', (code) => failed(new Error(`${child.spawnfile} ended with ${code}: ${text}`)));
    child.on('error', failed);
  });
}

function makeCertificate() {
  const [key, certificate] = [join(scratch, 'key.pem'), join(scratch, 'cert.pem')];
  execFileSync('openssl', ['req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes', '-days', '2',
    '-keyout', key, '-out', certificate, '-subj', '/CN=127.0.0.1', '-addext', 'subjectAltName=IP:127.0.0.1'], { stdio: 'pipe' });
  const spki = new X509Certificate(readFileSync(certificate)).publicKey.export({ type: 'spki', format: 'der' });
  return { key, certificate, hash: createHash('sha256').update(spki).digest('base64') };
}

async function startBroker({ key, certificate }) {
  const environment = Object.fromEntries(Object.entries(process.env).filter(([name]) => !name.startsWith('NANOMQ_')));
  const broker = start(program, ['broker', 'start', '--set', 'listeners.ws.bind=127.0.0.1:0',
    '--set', 'listeners.wss.bind=127.0.0.1:0', '--set', `listeners.wss.certfile=${certificate}`,
    '--set', `listeners.wss.keyfile=${key}`], { env: environment });
  const [, ws, wss] = await said(broker, broker.stdout, /\sws:\/\/127\.0\.0\.1:(\d+)[^]*\swss:\/\/127\.0\.0\.1:(\d+)/);
  return { ws, wss };
}

async function servePage() {
  const files = { '/': ['text/html', page], '/mqtt.min.js': ['text/javascript', script] };
  const server = createServer((request, response) => {
    const [type, file] = files[new URL(request.url, 'http://localhost').pathname] ?? [];
    response.writeHead(file ? 200 : 404, file ? { 'content-type': type } : {}).end(file ? readFileSync(file) : '');
  });
  await once(server.listen(0, '127.0.0.1'), 'listening');
  return server;
}

async function openBrowser(hash) {
  const chromium = start('chromium', ['--headless=new', '--no-sandbox', '--disable-gpu', '--disable-dev-shm-usage',
    '--no-first-run', '--disable-background-networking', '--disable-hang-monitor', '--disable-gpu-watchdog', `--user-data-dir=${join(scratch, 'profile')}`,
    `--ignore-certificate-errors-spki-list=${hash}`, '--remote-debugging-port=0', 'about:blank']);
  const [, address] = await said(chromium, chromium.stderr, /DevTools listening on (ws:\S+)/);
  const socket = new WebSocket(address);
  await once(socket, 'open');
  const waiting = new Map();
  socket.on('message', (text) => {
    const { id, result, error } = JSON.parse(text);
    waiting.get(id)?.(error ? Promise.reject(new Error(error.message)) : result);
    waiting.delete(id);
  });
  let last = 0;
  const call = (method, params = {}, sessionId) => new Promise((done) => {
    waiting.set(++last, done);
    socket.send(JSON.stringify({ id: last, method, params, sessionId }));
  });
  return { socket, call };
}

// A tab with the page in it; `run` evaluates an expression there and waits for what it promises.
async function openPage() {
  const { targetId } = await devtools.call('Target.createTarget', { url: 'about:blank' });
  const { sessionId } = await devtools.call('Target.attachToTarget', { targetId, flatten: true });
  await devtools.call('Page.navigate', { url: `http://127.0.0.1:${site.address().port}/` }, sessionId);
  const run = async (expression) => {
    const { result, exceptionDetails } = await devtools.call('Runtime.evaluate', { expression, awaitPromise: true, returnByValue: true }, sessionId);
    assert.equal(exceptionDetails, undefined, exceptionDetails?.exception?.description);
    return result.value;
  };
  // While the tab goes from one page to the other, neither may be there to answer.
  while (!await run(`location.protocol === 'http:' && document.readyState === 'complete'`).catch(() => false)) await sleep(20);
  return {
    press: (form, fields = {}) => run(`for (const [id, value] of Object.entries(${JSON.stringify(fields)}))
      document.getElementById(id).value = value;
      document.querySelector('#${form} button').click()`),
    log: () => run(`document.getElementById('log').textContent`),
    logged: (line) => run(`new Promise((done) => {
      const log = document.getElementById('log');
      const look = () => log.textContent.includes(${JSON.stringify(line)}) && done(true);
      new MutationObserver(look).observe(log, { childList: true, characterData: true, subtree: true });
      look();
    })`),
    close: () => devtools.call('Target.closeTarget', { targetId }),
  };
}

before(async () => {
  const made = makeCertificate();
  ports = await startBroker(made);
  site = await servePage();
  devtools = await openBrowser(made.hash);
}, deadline);

after(async () => {
  if (devtools) await Promise.race([devtools.call('Browser.close'), once(devtools.socket, 'close')]);
  site?.close();
  site?.closeAllConnections();
  for (const child of started) {
    if (child.exitCode !== null || child.signalCode !== null) continue;
    const ended = once(child, 'exit');
    child.kill('SIGTERM');
    const patience = setTimeout(() => child.kill('SIGKILL'), 60_000);
    await ended;
    clearTimeout(patience);
  }
  await removeScratch();
}, deadline);

// Chromium's helper processes outlive it and write into its profile until they notice. What they keep from being removed is
// not what is tested here: it is tried again for a while, and then left to whoever cleans the place of temporary files.
async function removeScratch() {
  for (let attempt = 0; attempt < 50; ++attempt) {
    try {
      return rmSync(scratch, { recursive: true, force: true });
    } catch {
      await sleep(100);
    }
  }
  console.error(`${scratch} is still in use and stays`);
}

for (const scheme of ['ws', 'wss']) {
  test(`a page connects over ${scheme}, publishes and receives`, deadline, async () => {
    const tab = await openPage();
    await tab.press('connect', { url: `${scheme}://127.0.0.1:${ports[scheme]}/mqtt` });
    await tab.logged('connected');
    await tab.press('subscribe', { filter: `${scheme}/#` });
    await tab.logged(`subscribed ${scheme}/# (QoS 1)`);
    await tab.press('publish', { topic: `${scheme}/page`, payload: 'from the page: ä' });
    await tab.logged(`published ${scheme}/page`);
    await tab.logged(`received ${scheme}/page: from the page: ä`);
    await tab.close();
  });
}

test('two pages over ws and wss talk to each other, and a large message arrives whole', deadline, async () => {
  const [plain, secure] = [await openPage(), await openPage()];
  await plain.press('connect', { url: `ws://127.0.0.1:${ports.ws}/mqtt` });
  await secure.press('connect', { url: `wss://127.0.0.1:${ports.wss}/mqtt` });
  await Promise.all([plain.logged('connected'), secure.logged('connected')]);
  await plain.press('subscribe', { filter: 'both/#' });
  await plain.logged('subscribed both/#');
  const payload = `begin ${'x'.repeat(300_000)} end`;
  await secure.press('publish', { topic: 'both/large', payload });
  await plain.logged(`received both/large: ${payload}`);
  await Promise.all([plain.close(), secure.close()]);
});

test('a path that the broker does not serve is refused, and the page says so', deadline, async () => {
  const tab = await openPage();
  await tab.press('connect', { url: `ws://127.0.0.1:${ports.ws}/elsewhere` });
  await tab.logged('closed');
  assert.doesNotMatch(await tab.log(), /connected/);
  await tab.close();
});
