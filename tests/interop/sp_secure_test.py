"""SP with TLS: nngproxy, the broker's endpoints and nngcat over tls+tcp and wss, with nng's nngcat at the other end.

Usage: sp_secure_test.py PATH_OF_NANOMQ [unittest options]
With --interval nngcat ends when nobody takes its message for so long, so it says everything once; without --async it ends when
a WebSocket takes two seconds to begin.
nng compares a certificate with the host of the URL as with a name, so the name in this one is an address.
"""
import os
import subprocess
import sys
import unittest

from doors import Folder
from programs import DEADLINE, OWN_ADDRESS, SHARDS, Broker, Lines, free_port, wait_until

PROGRAM = sys.argv.pop(1)
TRANSPORTS = ("tls+tcp", "wss")
folder = None
broker = None


def setUpModule():
    global folder, broker
    folder = Folder()
    with open(folder("own.cnf"), "w", encoding="ascii") as file:
        file.write(f"subjectAltName = DNS:{OWN_ADDRESS}\n")
    subprocess.run(["openssl", "x509", "-req", "-in", folder("server.csr"), "-CA", folder("ca.crt"), "-CAkey", folder("ca.key"),
                    "-CAcreateserial", "-days", "9", "-extfile", folder("own.cnf"), "-out", folder("own.crt")],
                   check=True, capture_output=True)
    os.rename(folder("server.key"), folder("own.key"))
    for name in ("own", "other"):
        with open(folder(name + ".pem"), "w", encoding="ascii") as file:
            for kind in ("crt", "key"):
                with open(folder(f"{name}.{kind}"), encoding="ascii") as part:
                    file.write(part.read())
    broker = Broker(PROGRAM)


def tearDownModule():
    code = broker.stop()
    folder.close()
    if code != 0:
        raise AssertionError(f"the broker failed: {broker.output.lines}")


def fresh_url(transport):
    return f"{transport}://{OWN_ADDRESS}:{free_port()}" + ("/sp" if transport == "wss" else "")


def name_of(transport):
    return transport.replace("+", "-")


class Secure(unittest.TestCase):
    def own(self, made):
        self.addCleanup(made.close)
        return made

    def nngcat(self, protocol, url, *more, program=("nngcat",), ca="ca.crt"):
        """Dials; `ca` is whom it trusts."""
        form = () if protocol == "push0" else ("--quoted",)
        return self.own(Lines("stdbuf", "-oL", *program, "--" + protocol, "--async", "--dial", url, "--cacert", folder(ca), *form, *more))

    def listener(self, protocol, url, *more, certificate="own"):
        form = () if protocol == "push0" else ("--quoted",)
        return self.own(Lines("stdbuf", "-oL", "nngcat", "--" + protocol, "--listen", url, "--cert", folder(certificate + ".crt"),
                              "--key", folder(certificate + ".key"), *form, *more))

    def proxy(self, protocol, topic, *more, text):
        made = self.own(Lines(PROGRAM, "nngproxy", protocol, "--mqtt_url", f"mqtt-tcp://127.0.0.1:{broker.port}", "-t", topic,
                              "-q", "1", "-v", *more))
        made.wait_for(lambda lines: text in "\n".join(lines), text)
        return made

    def subscriber(self, topic, port=None):
        made = self.own(Lines(PROGRAM, "sub", "-p", str(port or broker.port), "-t", topic, "-q", "1", "-d"))
        made.wait_for(lambda lines: any("SUBACK" in line for line in lines), "SUBACK")
        return made

    def publish_until(self, topic, text, arrived, port=None):
        def done():
            subprocess.run(["mosquitto_pub", "-p", str(port or broker.port), "-t", topic, "-m", text, "-q", "1"], check=True,
                           timeout=DEADLINE)
            return arrived()
        wait_until(done, f"{text} at the other end")

    def test_a_proxy_that_listens(self):
        for transport in TRANSPORTS:
            with self.subTest(transport=transport):
                url = fresh_url(transport)
                topic = "listens/" + name_of(transport)
                mqtt = self.subscriber(topic)
                self.proxy("pair0", topic, "-l", url, "--sp-certkey", folder("own.pem"), text="Subscribed")
                cat = self.nngcat("pair0", url, "--data", "to mqtt")
                mqtt.wait_for(lambda lines: "to mqtt" in lines, "message")
                self.publish_until(topic, "to sp", lambda cat=cat: '"to sp"' in cat.lines)

    def test_a_proxy_that_dials(self):
        for transport in TRANSPORTS:
            with self.subTest(transport=transport):
                url = fresh_url(transport)
                topic = "dials/" + name_of(transport)
                mqtt = self.subscriber(topic)
                proxy = self.proxy("pair0", topic, "-d", url, "--sp-cafile", folder("ca.crt"), text="Subscribed")
                cat = self.listener("pair0", url, "--data", "to mqtt")
                mqtt.wait_for(lambda lines: "to mqtt" in lines, "message")
                self.publish_until(topic, "to sp", lambda cat=cat: '"to sp"' in cat.lines)
                self.assertIn("SP peers: 1", proxy.lines)

    def test_questions_both_ways(self):
        for transport in TRANSPORTS:
            with self.subTest(transport=transport):
                asked, asks = fresh_url(transport), fresh_url(transport)
                topic = "questions/" + name_of(transport)
                # One proxy's question is the other one's request.
                self.proxy("req0", topic, "-d", asks, "--sp-cafile", folder("ca.crt"), "--timeout", str(DEADLINE), text="Subscribed")
                self.proxy("rep0", topic, "-l", asked, "--sp-certkey", folder("own.pem"), "--timeout", str(DEADLINE),
                           text="Connected")
                answerer = self.listener("rep0", asks, "--data", "noon")
                asker = self.nngcat("req0", asked, "--data", "time?")
                asker.wait_for(lambda lines: '"noon"' in lines, "answer")
                answerer.wait_for(lambda lines: '"time?"' in lines, "question")

    def test_endpoints_of_the_broker(self):
        urls = {transport: fresh_url(transport) for transport in TRANSPORTS}
        path = folder("endpoints.conf")
        with open(path, "w", encoding="utf-8") as file:
            file.write('listeners.tcp.bind = "127.0.0.1:0"\n')
            for transport, url in urls.items():
                name = name_of(transport)
                file.write(f'bridges.nng.pair0.{name} {{ listen = ["{url}"], certfile = "{folder("own.pem")}", '
                           f'forwards = [{{local_topic = "{name}/out", qos = 1}}], '
                           f'subscription = [{{local_topic = "{name}/in", qos = 1}}] }}\n')
        environment = {key: value for key, value in os.environ.items() if not key.startswith("NANOMQ_")}
        made = self.own(Lines(PROGRAM, "broker", "start", "--conf", path, "--shards", SHARDS, "--pid-file", folder("endpoints.pid"),
                              env=environment))
        port = made.wait_for(lambda lines: [line for line in lines if line.startswith("listens on ")], "banner")[0].rsplit(":", 1)[1]
        for transport, url in urls.items():
            with self.subTest(transport=transport):
                name = name_of(transport)
                mqtt = self.subscriber(name + "/in", port)
                cat = self.nngcat("pair0", url, "--data", "to mqtt")
                mqtt.wait_for(lambda lines: "to mqtt" in lines, "message")
                self.publish_until(name + "/out", "to sp", lambda cat=cat: '"to sp"' in cat.lines, port)
        made.process.terminate()
        self.assertEqual(made.exit_code(), 0)

    def test_another_ones_certificate_is_not_taken(self):
        for transport in TRANSPORTS:
            for certificate, ca in (("other", "ca.crt"), ("own", "stranger.crt")):
                with self.subTest(transport=transport, certificate=certificate, ca=ca):
                    url = fresh_url(transport)
                    self.proxy("pull0", "wrong", "-l", url, "--sp-certkey", folder(certificate + ".pem"), text="Connected")
                    for program in (["nngcat"], [PROGRAM, "nngcat"]):
                        ended = subprocess.run([*program, "--push0", "--dial", url, "--cacert", folder(ca), "--data", "x"],
                                               capture_output=True, text=True, timeout=DEADLINE, check=False)
                        self.assertEqual(ended.returncode, 1, ended)
                        self.assertIn(f"Unable to dial on {url}", ended.stderr)
                    # Nor by a proxy: it would have a peer before the other one has, who comes later.
                    far = fresh_url(transport)
                    near = self.proxy("push0", "wrong", "-d", far, "--sp-cafile", folder(ca), text="Subscribed")
                    bad = self.listener("pull0", far, certificate=certificate)
                    good_url = fresh_url(transport)
                    good = self.proxy("push0", "wrong", "-d", good_url, "--sp-cafile", folder("ca.crt"), text="Subscribed")
                    self.listener("pull0", good_url)
                    good.wait_for(lambda lines: "SP peers: 1" in lines, "the other's peer")
                    self.assertNotIn("SP peers: 1", near.lines)
                    self.assertEqual(bad.lines, [])


if __name__ == "__main__":
    unittest.main()
