"""From no certificate to mutual TLS and a revoked certificate, by the lines of docs/manual/tls.md in their order.

Usage: tls_manual_test.py PATH_OF_NANOMQ [unittest options]
"""
import os
import subprocess
import sys
import unittest

from doors import DEADLINE, Doors, Folder, text_of
from manual import moved, samples

PROGRAM = os.path.abspath(sys.argv.pop(1))


class Manual(unittest.TestCase):
    def setUp(self):
        self.folder = Folder(lambda path: os.mkdir(os.path.join(path, "bin")))
        self.addCleanup(self.folder.close)
        os.symlink(PROGRAM, self.folder("bin/nanomq"))
        self.port = None

    def shell(self, lines, fails=False):
        """Runs lines of the manual: what they print."""
        environment = {**os.environ, "PATH": self.folder("bin") + ":" + os.environ.get("PATH", "")}
        done = subprocess.run(["bash", "-euc", lines], cwd=self.folder.path, env=environment, stdin=subprocess.DEVNULL,
                              capture_output=True, text=True, timeout=DEADLINE)
        self.assertEqual(done.returncode != 0, fails, lines + done.stdout + done.stderr)
        return done.stdout + done.stderr

    def step(self, heading, kind="sh"):
        return samples("tls.md", heading, kind)[0]

    def client(self, line, fails=False):
        """A line that connects, to the port where the broker is in this test."""
        line = line.replace(" -p 8883", "")
        here = {"-h localhost": f"-h localhost -p {self.port}", "mqtts://localhost": f"mqtts://localhost:{self.port}"}
        written = [one for one in here if one in line]
        self.assertEqual(len(written), 1, line)
        return self.shell(line.replace(written[0], here[written[0]]), fails)

    def start(self, text):
        self.doors = Doors(PROGRAM, self.folder, text)
        self.addCleanup(self.doors.stop)
        self.port = self.doors.port("ssl:default")

    def reload(self, text):
        code, said = self.doors.reload(text)
        self.assertEqual(code, 0, said)

    def s_client(self, *words):
        return text_of("openssl", "s_client", "-connect", f"localhost:{self.port}", "-CAfile", self.folder("certs/ca.pem"),
                       "-cert", self.folder("certs/sensor-1.pem"), "-key", self.folder("certs/sensor-1.key"), *words)[0]

    def test_leads_to_mutual_tls_and_to_a_revoked_certificate(self):
        self.assertIn("DNS:gateway.local", self.shell(self.step("1. An authority, and a certificate for the broker")))
        self.start(moved(self.step("2. The broker", "hocon"), bind=("127.0.0.1:8883", "127.0.0.1:0")))
        for line in self.step("3. Clients").splitlines():
            if not line.endswith("&"):
                self.client(line)
        self.shell(self.step("4. Mutual TLS: clients show who they are"))
        mutual = moved(self.step("4. Mutual TLS: clients show who they are", "hocon"), bind=("*:8883", "127.0.0.1:0"))
        self.reload(mutual)
        with_certificate = samples("tls.md", "4. Mutual TLS: clients show who they are", "sh")[1]
        self.client(with_certificate)
        self.assertIn("asked for a certificate", self.client(self.step("3. Clients").splitlines()[1], fails=True))
        self.s_client("-sess_out", self.folder("session"))
        self.assertIn("Reused", self.s_client("-sess_in", self.folder("session")))
        self.shell(self.step("5. A certificate that was stolen"))
        self.reload(mutual + self.step("5. A certificate that was stolen", "hocon"))
        self.assertIn("certificate_revoked", self.client(with_certificate, fails=True))
        self.assertNotIn("Reused", self.s_client("-sess_in", self.folder("session")))

    def test_leads_to_pre_shared_keys(self):
        make, _, publish = self.step("Pre-shared keys").splitlines()
        self.shell(make)
        self.doors = Doors(PROGRAM, self.folder, moved(self.step("Pre-shared keys", "hocon"), bind=("127.0.0.1:8884", "127.0.0.1:0")))
        self.addCleanup(self.doors.stop)
        port = str(self.doors.port("ssl:keys"))
        self.shell(moved(publish, port=("8884", port)))
        self.assertIn("bad_record_mac", self.shell(moved(publish, port=("8884", port), key=('"$(cut -d: -f2 psk.txt)"', "00")), fails=True))

    def test_leads_to_two_doors_with_rights_of_their_own(self):
        heading = "Two doors with rights of their own"
        self.shell(self.step("1. An authority, and a certificate for the broker"))
        self.shell(self.step("4. Mutual TLS: clients show who they are"))
        text = moved(self.step(heading, "hocon"), lan=("192.168.1.5:1883", "127.0.0.1:0"), tls=("*:8883", "127.0.0.1:0"))
        self.start(text)
        sensor, mutual, explain = self.step(heading).splitlines()
        sensor = moved(sensor, host=("192.168.1.5", f"127.0.0.1 -V 5 -q 1 -p {self.doors.port('tcp:lan')}"))
        self.shell(sensor)
        self.assertIn("Not authorized", self.shell(moved(sensor, topic=("sensors/1", "commands/1"))))
        self.client(mutual)
        self.assertIn("denied by", self.shell(explain))
        # Without that listener its rules are about nobody, which is said.
        code, said = self.doors.reload(text.replace("listeners.tcp.lan", "listeners.tcp.lab"))
        self.assertEqual(code, 0, said)
        found = [line for line in said if "there is no listener tcp:lan; did you mean tcp:lab?" in line]
        self.assertEqual(len(found), 2, said)


if __name__ == "__main__":
    unittest.main()
