"""nanomq cert from the outside: what it makes is verified by openssl, which nobody here wrote.

Usage: cert_test.py PATH_OF_NANOMQ [unittest options]
"""
import os
import shutil
import stat
import subprocess
import sys
import tempfile
import unittest

PROGRAM = os.path.abspath(sys.argv.pop(1))
OK, FAILURE, RAN_OUT = 0, 1, 3


class Certificates(unittest.TestCase):
    def setUp(self):
        self.directory = tempfile.mkdtemp(prefix="nanomq-cert-")
        self.addCleanup(shutil.rmtree, self.directory, ignore_errors=True)

    def path(self, name):
        return os.path.join(self.directory, name)

    def read(self, name):
        with open(self.path(name), encoding="ascii") as file:
            return file.read()

    def cert(self, *arguments, expect=OK):
        done = subprocess.run([PROGRAM, "cert", *arguments], capture_output=True, text=True, timeout=100, cwd=self.directory)
        self.assertEqual(done.returncode, expect, done.stdout + done.stderr)
        return done

    def verify(self, *arguments, good=True):
        done = subprocess.run(["openssl", "verify", "-x509_strict", "-CAfile", self.path("ca.pem"), *arguments],
                              capture_output=True, text=True, timeout=100)
        self.assertEqual(done.returncode == 0, good, done.stdout + done.stderr)

    def test_openssl_takes_what_is_made(self):
        self.cert("ca")
        self.cert("server", "--name", "gateway.local", "--name", "*.plant.example", "--address", "192.168.1.5", "--address", "::1")
        self.cert("client", "--name", "sensor-1")
        server, client = self.path("server.pem"), self.path("sensor-1.pem")
        self.verify(self.path("ca.pem"))
        for what in (["-verify_hostname", "gateway.local"], ["-verify_hostname", "a.plant.example"], ["-verify_ip", "192.168.1.5"],
                     ["-verify_ip", "::1"]):
            self.verify("-purpose", "sslserver", *what, server)
        for what in (["-verify_hostname", "other.local"], ["-verify_hostname", "a.b.plant.example"], ["-verify_ip", "192.168.1.6"]):
            self.verify(*what, server, good=False)
        self.verify("-purpose", "sslclient", client)
        self.verify("-purpose", "sslserver", client, good=False)
        self.verify("-purpose", "sslclient", server, good=False)

    def test_an_authority_of_openssl_can_sign(self):
        with open(self.path("config"), "w", encoding="ascii") as file:
            file.write("[req]\ndistinguished_name = none\n[none]\n"
                       "[ca]\nbasicConstraints = critical,CA:TRUE\nkeyUsage = keyCertSign\nsubjectKeyIdentifier = hash\n")
        for key in (["rsa:2048"], ["ec", "-pkeyopt", "ec_paramgen_curve:P-384"]):
            subprocess.run(["openssl", "req", "-x509", "-new", "-newkey", *key, "-nodes", "-keyout", self.path("ca.key"), "-config",
                            self.path("config"), "-extensions", "ca", "-subj", "/DC=com/DC=example/O=A \"B\", C/OU=x/OU=y/CN=Their CA",
                            "-days", "5", "-out", self.path("ca.pem")], check=True, capture_output=True)
            self.cert("server", "--name", "gateway.local", "--force")
            self.verify("-purpose", "sslserver", "-verify_hostname", "gateway.local", self.path("server.pem"))

    def test_keys_are_for_their_owner_and_nothing_is_overwritten(self):
        os.umask(0)
        self.cert("ca")
        before = self.read("ca.key")
        mode = {name: stat.S_IMODE(os.stat(self.path(name)).st_mode) for name in ("ca.key", "ca.pem")}
        self.assertEqual(mode, {"ca.key": 0o600, "ca.pem": 0o644})
        self.assertIn("ca.key: is there already", self.cert("ca", expect=FAILURE).stderr)
        os.unlink(self.path("ca.pem"))
        self.cert("ca", expect=FAILURE)
        self.assertEqual(self.read("ca.key"), before)
        os.chmod(self.path("ca.key"), 0o644)
        self.cert("ca", "--force")
        self.assertNotEqual(self.read("ca.key"), before)
        self.assertEqual(stat.S_IMODE(os.stat(self.path("ca.key")).st_mode), 0o600)
        self.assertEqual(sorted(os.listdir(self.directory)), ["ca.key", "ca.pem"])

    def test_files_go_where_they_are_wanted(self):
        self.cert("ca", "--dir", "certs", "--file", "root", "--name", "Plant 7, authority")
        self.cert("client", "--dir", "certs", "--name", "a b", "--file", "ab", "--ca", "certs/root.pem", "--ca-key", "certs/root.key")
        self.assertEqual(sorted(os.listdir(self.path("certs"))), ["ab.key", "ab.pem", "root.key", "root.pem"])
        shown = self.cert("show", "certs/ab.pem").stdout
        self.assertRegex(shown, r"subject +CN=a b\n +issuer +CN=Plant 7\\?, authority\n")

    def test_it_says_what_is_wrong(self):
        for words, why in ((["server"], "cannot|called"), (["server", "--name", "a b"], "a b: is no name of a host"),
                           (["client", "--name", "x/y"], "--file"), (["client"], "Who is it for"), ([], "has to follow"),
                           (["server", "--name", "x", "--address", "1.2"], "1.2: is no IP address"), (["show"], "Which file"),
                           (["show", "nothing.pem"], "nothing.pem: No such file"), (["ca", "--days", "0"], "--days")):
            if words and words[0] != "ca" and not os.path.exists(self.path("ca.pem")):
                self.cert("ca")
            self.assertRegex(self.cert(*words, expect=FAILURE).stderr, why)
        self.assertIn("no certificate", self.cert("show", "ca.key", expect=FAILURE).stderr)
        os.unlink(self.path("ca.key"))
        self.assertRegex(self.cert("client", "--name", "x", expect=FAILURE).stderr, r"ca\.key: No such file")

    def test_show_tells_what_ends_soon(self):
        self.cert("ca")
        self.cert("server", "--name", "gateway.local", "--address", "10.0.0.1", "--days", "20")
        shown = self.cert("show", "server.pem", "ca.pem").stdout
        self.assertIn("DNS:gateway.local, IP:10.0.0.1", shown)
        self.assertRegex(shown, r"\((19|20) days left\)")
        fingerprint = subprocess.run(["openssl", "x509", "-in", self.path("server.pem"), "-noout", "-fingerprint", "-sha256"],
                                     capture_output=True, text=True, check=True).stdout
        self.assertIn(fingerprint.split("=")[1].replace(":", "").strip().lower(), shown)
        self.cert("show", "ca.pem", "--within", "30")
        self.cert("show", "ca.pem", "server.pem", "--within", "30", expect=RAN_OUT)


if __name__ == "__main__":
    unittest.main()
