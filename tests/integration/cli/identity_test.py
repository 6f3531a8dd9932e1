"""Who a client certificate says that a client is, where the certificate says something odd.

Usage: identity_test.py PATH_OF_NANOMQ [unittest options]
"""
import base64
import hashlib
import os
import sys
import unittest

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path[:0] = [os.path.join(HERE, "..", "..", folder) for folder in ("interop", "support")]
from doors import Doors, Folder, text_of  # noqa: E402
from odd_certificates import (BMP, COMMON_NAME, IA5, ORGANIZATION, PRINTABLE, TELETEX, UTF8, Authority,  # noqa: E402
                              common_name, name)

PROGRAM = os.path.abspath(sys.argv.pop(1))
LONG = "n" * 12_000  # X.520 ends at 64; a name that is cut anywhere would be another's
LISTENER = """
listeners.ssl.%s { bind = "127.0.0.1:0", certfile = server.pem, keyfile = server.key, cacertfile = odd-ca.pem
                   verify_peer = true, fail_if_no_peer_cert = true, use_identity_as_username = %s }
"""
CONF = """
listeners.tcp { bind = "127.0.0.1:0", allow_anonymous = true }
auth.acl { rules = [{permit = allow, topics = ["dev/${username}/#"]}] }
""" + LISTENER % ("common", "cn") + LISTENER % ("names", "san") + LISTENER % ("prints", "fingerprint")
NOBODY = "no identity that could be a user name"
folder = doors = authority = None


def make_files(path):
    global authority
    authority = Authority(path)
    for words in (["ca"], ["server", "--name", "localhost", "--address", "127.0.0.1"]):
        _, code = text_of(PROGRAM, "cert", *words, "--dir", path)
        assert code == 0


def setUpModule():
    global folder, doors
    folder = Folder(make_files)
    unittest.addModuleCleanup(folder.close)
    doors = Doors(PROGRAM, folder, CONF)
    unittest.addModuleCleanup(doors.stop)


class Identity(unittest.TestCase):
    def publish(self, file, topic, listener):
        # Not mosquitto_pub: OpenSSL loads no certificate whose UTF-8 is none.
        return text_of(PROGRAM, "pub", "-h", "localhost", "-p", str(doors.port(listener)), "--cafile", folder("ca.pem"),
                       "--cert", folder(file + ".pem"), "--key", folder(file + ".key"), "-V", "5", "-q", "1", "-t", topic,
                       "-m", "x")

    def issued(self, subject, *host_names):
        file = f"odd{authority.serial}"
        authority.issue(file, subject, *host_names)
        return file

    def expect_user(self, user, file, listener="ssl:common"):
        said, code = self.publish(file, f"dev/{user}/x", listener)
        self.assertEqual((said, code), ("", 0), user)
        said, _ = self.publish(file, "dev/other/x", listener)
        self.assertIn("Not authorized", said, user)

    def expect_nobody(self, file, listener="ssl:common"):
        before = len(doors.log(NOBODY))
        said, code = self.publish(file, "dev/admin/x", listener)
        self.assertNotEqual(code, 0)
        self.assertIn("Not authorized", said)
        doors.wait_for_log(NOBODY, before + 1)

    # THREATS 85
    def test_a_common_name_of_text_is_the_user(self):
        for value, tag, user in ((b"sensor-1", UTF8, "sensor-1"), (b"sensor-1", PRINTABLE, "sensor-1"),
                                 (b"sensor-1", IA5, "sensor-1"), ("gerät-ü".encode(), UTF8, "gerät-ü"),
                                 (LONG.encode(), UTF8, LONG)):
            with self.subTest(value=value, tag=tag):
                self.expect_user(user, self.issued(common_name(value, tag)))

    # THREATS 85: text that is none, that ends early for others, that nobody can read without guessing, or that is not there.
    def test_a_common_name_that_is_no_text_is_nobody(self):
        for subject in (common_name("gerät".encode("latin-1")), common_name("gerät".encode("latin-1"), PRINTABLE),
                        common_name(b"\xff\xfe\xfd"), common_name(b"\xc0\x80"), common_name(b"\xed\xa0\x80"),
                        common_name(b"admin\0evil"), common_name(b"admin\0"), common_name(b"\0"), common_name(b""),
                        common_name(b"", PRINTABLE), common_name(b"admin\nuser=root"), common_name(b"admin\x7f"),
                        common_name(b"admin", TELETEX), common_name("admin".encode("utf-16-be"), BMP),
                        common_name("gerät".encode(), IA5), name((ORGANIZATION, UTF8, b"admin")),
                        name((COMMON_NAME, UTF8, b"admin"), (COMMON_NAME, UTF8, b"sensor-1"))):
            with self.subTest(subject=subject):
                self.expect_nobody(self.issued(subject))

    # THREATS 85: a rule for ${username} would grant everybody's topics.
    def test_a_common_name_that_does_not_fit_into_a_topic_is_refused(self):
        for value in (b"+", b"#", b"a/b", b"admin/#"):
            with self.subTest(value=value):
                said, code = self.publish(self.issued(common_name(value)), "dev/admin/x", "ssl:common")
                self.assertNotEqual(code, 0, said)

    # THREATS 85
    def test_an_alternative_name_that_is_no_text_is_passed_over(self):
        admin = common_name(b"admin")
        self.expect_user("one.plant", self.issued(admin, b"one.plant"), "ssl:names")
        self.expect_user("one.plant", self.issued(admin, b"two\0.plant", b"\xff.plant", b"", b"one.plant"), "ssl:names")
        self.expect_nobody(self.issued(admin, b"admin\0.plant"), "ssl:names")
        self.expect_nobody(self.issued(admin, b"ger\xc3\xa4t.plant"), "ssl:names")
        self.expect_nobody(self.issued(admin), "ssl:names")

    def test_a_fingerprint_is_there_whatever_the_names_are(self):
        file = self.issued(common_name(b"admin\0\xff"))
        with open(folder(file + ".pem"), encoding="ascii") as certificate:
            whole = base64.b64decode("".join(certificate.read().splitlines()[1:-1]))
        self.expect_user(hashlib.sha256(whole).hexdigest(), file, "ssl:prints")

    # THREATS 67, 85
    def test_no_line_of_the_log_is_broken_by_a_name(self):
        self.publish(self.issued(common_name(b"admin\n2026 forged event")), "t", "ssl:common")
        doors.wait_for_log(NOBODY)
        self.assertEqual(doors.log("^2026 forged event"), [])


if __name__ == "__main__":
    unittest.main()
