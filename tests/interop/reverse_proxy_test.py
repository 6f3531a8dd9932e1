"""The samples for nginx and haproxy in the manual, as they stand there, run with these programs in front of the broker.

Usage: reverse_proxy_test.py PATH_OF_NANOMQ [unittest options]
What differs from the manual is where things are: addresses, ports and files. Each such word must be in the sample.
"""
import os
import re
import shutil
import socket
import ssl
import subprocess
import sys
import unittest

from doors import DEADLINE, Doors, Folder, Lines, text_of, wait_until
from manual import moved, samples
from paho_peer import Peer
from programs import OWN_ADDRESS, free_port

PROGRAM = os.path.abspath(sys.argv.pop(1))
SEARCH = os.environ.get("PATH", "") + ":/usr/sbin:/usr/local/sbin"
CLIENT = "127.9.8.7"  # where the clients are, as far as the broker can be told
# What else the broker has: the listeners that know nothing of a proxy, and who may enter at all.
AROUND = """
listeners.tcp.bind = "127.0.0.1:0"
listeners.ws { bind = "127.0.0.1:0/mqtt", origins = ["https://app.example.org"] }
listeners.wss { bind = "127.0.0.1:0/mqtt", certfile = server.pem, keyfile = server.key }
auth.allow_anonymous = true
"""
folder = doors = None
ports = {}
programs = []


def program(name):
    found = shutil.which(name, path=SEARCH)
    assert found, f"{name} is not installed: etc/install-dependencies.sh test does that"
    return found


def make_files(path):
    for words in (["ca"], ["ca", "--file", "stranger"], ["server", "--name", "localhost", "--address", OWN_ADDRESS],
                  ["client", "--name", "sensor-1"]):
        subprocess.run([PROGRAM, "cert", *words, "--dir", path], check=True, stdin=subprocess.DEVNULL,
                       stdout=subprocess.DEVNULL, timeout=DEADLINE)
    with open(os.path.join(path, "certs.pem"), "wb") as both:
        for name in ("server.pem", "server.key"):
            with open(os.path.join(path, name), "rb") as one:
                shutil.copyfileobj(one, both)


def start_broker():
    proxied = [moved(samples("tls.md", "Behind a proxy", "hocon")[0], bind=("127.0.0.1:1884", "127.0.0.1:0")),
               moved(samples("tls.md", "Behind a proxy", "hocon")[1], bind=("127.0.0.1:8884", "127.0.0.1:0"),
                     files=("certs/", "")),
               moved(samples("websocket.md", "Behind a reverse proxy", "hocon")[0], bind=("127.0.0.1:8084", "127.0.0.1:0"))]
    return Doors(PROGRAM, folder, AROUND + "".join(proxied))


def at(name):
    """Where a proxy listens."""
    ports[name] = free_port()
    return f"{OWN_ADDRESS}:{ports[name]}"


def server(listener):
    return f"127.0.0.1:{doors.port(listener)}"


def nginx_configuration():
    local, remote = samples("websocket.md", "Behind a reverse proxy", "nginx")
    files = {"certificate": ("/etc/ssl/mqtt.pem", folder("server.pem")), "key": ("/etc/ssl/mqtt.key", folder("server.key"))}
    behind = f"https://localhost:{doors.port('wss:default')}"
    web = [moved(local, listen=("443 ssl", at("ws") + " ssl"), to=("127.0.0.1:8083", server("ws:default")), **files),
           moved(remote, listen=("443 ssl", at("wss") + " ssl"), to=("https://gateway.local:8086", behind),
                 trusted=("/etc/ssl/ca.pem", folder("ca.pem")), **files),
           moved(remote, listen=("443 ssl", at("betrayed") + " ssl"), to=("https://gateway.local:8086", behind),
                 # A session of the server above would be taken up again here, and then nginx checks nothing.
                 trusted=("/etc/ssl/ca.pem;", folder("stranger.pem") + "; proxy_ssl_session_reuse off;"), **files)]
    through = moved(samples("tls.md", "Behind a proxy", "nginx")[0], listen=("listen 8883", "listen " + at("through")),
                    to=("127.0.0.1:8884", server("ssl:proxied")))
    modules = re.search(r"--modules-path=(\S+)", text_of(program("nginx"), "-V")[0])
    module = os.path.join(modules.group(1), "ngx_stream_module.so") if modules else ""
    places = "".join(f"  {name}_temp_path {folder(name)};\n" for name in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi"))
    return (f"load_module {module};\n" if os.path.exists(module) else "") + (
        f"{'user root;' if os.geteuid() == 0 else ''}\ndaemon off;\nmaster_process off;\npid {folder('nginx.pid')};\nevents {{}}\n"
        f"http {{\n  access_log off;\n{places}{''.join(web)}}}\n{through}")


def haproxy_configuration():
    one, two = samples("tls.md", "Behind a proxy", "haproxy")[0], samples("websocket.md", "Behind a reverse proxy", "haproxy")[0]
    pem = ("/etc/haproxy/mqtt.pem", folder("certs.pem"))
    through = moved(one, bind=("bind :8883 ssl crt /etc/haproxy/mqtt.pem", "bind " + at("haproxy_through")),
                    names=("frontend mqtt", "frontend through"), to=("127.0.0.1:1884", server("ssl:proxied")),
                    broker=("backend broker", "backend through"))
    return (moved(one, bind=(":8883", at("haproxy")), pem=pem, to=("127.0.0.1:1884", server("tcp:proxied"))) +
            moved(two, bind=(":8086", at("haproxy_ws")), pem=pem, to=("127.0.0.1:8084", server("ws:proxied"))) + through)


def listens(name):
    with socket.socket() as probe:
        return probe.connect_ex((OWN_ADDRESS, ports[name])) == 0


def stop_broker():
    code = doors.stop()
    if code != 0:
        raise AssertionError(f"the broker ended with {code}: {doors.output.lines[-20:]}")


def setUpModule():
    global folder, doors
    folder = Folder(make_files)
    unittest.addModuleCleanup(folder.close)
    doors = start_broker()
    unittest.addModuleCleanup(stop_broker)
    nginx, haproxy = program("nginx"), program("haproxy")
    web, balance = folder.write("nginx.conf", nginx_configuration()), folder.write("haproxy.cfg", haproxy_configuration())
    for command in ([nginx, "-p", folder.path, "-e", "stderr", "-c", web], [haproxy, "-f", balance]):
        programs.append(Lines(*command))
        unittest.addModuleCleanup(programs[-1].close)
    wait_until(lambda: any(one.ended for one in programs) or all(listens(name) for name in ports), "the proxies")
    for one in programs:
        if one.ended:
            raise AssertionError(one.lines)
    said, code = text_of(haproxy, "-c", "-f", balance)
    if code != 0 or "WARNING" in said:
        raise AssertionError(said)


class Proxy(unittest.TestCase):
    def came_in(self, name, listener, address):
        """The broker knows the client by that listener and that address."""
        doors.wait_for_log(f"client_connected client={name} .*address={re.escape(address)} listener={listener}")

    def reaches_a_subscriber(self, publish):
        """`publish(topic)` sends the message "through"; a client of the plain listener gets it."""
        subscriber = Peer(doors.port("tcp:default")).open()
        self.addCleanup(subscriber.close)
        topic = self.id()
        subscriber.subscribe(topic, 1)
        publish(topic)
        self.assertEqual([m.payload for m in subscriber.received(1)], [b"through"])

    def mosquitto_pub(self, name, *arguments):
        """A message from CLIENT, with the client id of the test."""
        said = text_of("mosquitto_pub", "-h", OWN_ADDRESS, "-p", str(ports[name]), "-A", CLIENT, "-i", self.id(), "-q", "1",
                       "-m", "through", "--cafile", folder("ca.pem"), *arguments)
        self.assertEqual(said, ("", 0))

    def exchange(self, name):
        """Messages of paho's, over a WebSocket in TLS, there and back."""

        def prepare(client):
            client.tls_set(folder("ca.pem"), cert_reqs=ssl.CERT_REQUIRED)
            client.ws_set_options(headers=lambda usual: {**usual, "Origin": "https://app.example.org"})

        peer = Peer(ports[name], client_id=self.id(), transport="websockets", prepare=prepare, host=OWN_ADDRESS,
                    bind_address=CLIENT).open()
        self.addCleanup(peer.close)
        peer.subscribe(self.id(), 1)
        for payload in (b"", b"x", b"y" * 70_000):
            peer.publish(self.id(), payload, 1).wait_for_publish(DEADLINE)
        self.assertEqual([len(m.payload) for m in peer.received(3)], [0, 1, 70_000])

    def tool(self, name, *arguments):
        return text_of(PROGRAM, "pub", "-L", f"wss://{OWN_ADDRESS}:{ports[name]}/mqtt", "--cafile", folder("ca.pem"), "-q",
                       "1", "-m", "through", *arguments)

    def test_websockets_pass_through_nginx(self):
        self.exchange("ws")
        self.came_in(self.id(), "ws:default", "127.0.0.1")  # nginx's own, as the manual says

    def test_nginx_checks_the_broker_that_it_speaks_tls_with(self):
        self.exchange("wss")
        said, code = self.tool("betrayed", "-t", "t")
        self.assertNotEqual(code, 0)
        self.assertIn("502", said)

    def test_the_origin_of_a_page_passes_through_nginx(self):
        self.reaches_a_subscriber(lambda topic: self.assertEqual(
            self.tool("ws", "-t", topic, "--ws-origin", "https://app.example.org"), ("", 0)))
        said, code = self.tool("ws", "-t", "t", "--ws-origin", "https://evil.example")
        self.assertNotEqual(code, 0)
        self.assertIn("403", said)

    def test_haproxy_tells_whose_websocket_it_is(self):
        self.exchange("haproxy_ws")
        self.came_in(self.id(), "ws:proxied", CLIENT)

    def test_haproxy_tells_whose_connection_it_is(self):
        self.reaches_a_subscriber(lambda topic: self.mosquitto_pub("haproxy", "-t", topic))
        self.came_in(self.id(), "tcp:proxied", CLIENT)

    def test_client_certificates_pass_through_both(self):
        certificate = ("--cert", folder("sensor-1.pem"), "--key", folder("sensor-1.key"))
        for name in ("through", "haproxy_through"):
            with self.subTest(name):
                before = len(doors.log("listener=ssl:proxied"))
                self.reaches_a_subscriber(lambda topic, where=name: self.mosquitto_pub(where, "-t", topic, *certificate))
                self.came_in(self.id(), "ssl:proxied", CLIENT)
                said, code = text_of("mosquitto_pub", "-h", OWN_ADDRESS, "-p", str(ports[name]), "-t", "t", "-m", "m",
                                     "--cafile", folder("ca.pem"))
                self.assertNotEqual(code, 0, said)
                doors.wait_for_log("listener=ssl:proxied", before + 1)

    def test_a_check_of_haproxys_is_no_client(self):
        """`check` is what many add; its header says LOCAL, and the connection ends behind it."""
        with socket.create_connection(("127.0.0.1", doors.port("tcp:proxied")), DEADLINE) as probe:
            probe.sendall(b"\r\n\r\n\0\r\nQUIT\n\x20\0\0\0")
        self.reaches_a_subscriber(lambda topic: self.mosquitto_pub("haproxy", "-t", topic))
        self.came_in(self.id(), "tcp:proxied", CLIENT)
        self.assertEqual(doors.log(r"client_connected .*address=127\.0\.0\.1 listener=tcp:proxied"), [])


if __name__ == "__main__":
    unittest.main()
