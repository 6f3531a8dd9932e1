"""nanomq nngcat against nng's nngcat and nanomsg's nanocat: each protocol, in both directions, whoever listens.

Usage: nngcat_test.py PATH_OF_NANOMQ [unittest options]
Whoever dials tries until somebody listens. What may be missed is sent until it has been received, and who sends stays until
then: nngcat and its likes leave 200 ms after a send, whether that is out or not.
"""
import concurrent.futures
import itertools
import os
import shutil
import socket
import subprocess
import sys
import tempfile
import time
import unittest

from programs import DEADLINE, OWN_ADDRESS, Lines, free_port

PROGRAM = sys.argv.pop(1)
# The side that sends first, and the other side.
CONVERSATIONS = (("push", "pull"), ("pub", "sub"), ("req", "rep"), ("surveyor", "respondent"), ("pair0", "pair0"),
                 ("pair1", "pair1"), ("bus", "bus"))
ANSWERERS = ("rep", "respondent")


def ours(protocol, endpoint, *more):
    flag = {"listen": ["--listen"], "dial": ["--async", "--dial"]}[endpoint[0]]
    return [PROGRAM, "nngcat", "--" + protocol, *flag, endpoint[1], "-Q", *more]


def nngcat(protocol, endpoint, *more):
    flag = {"listen": ["--listen"], "dial": ["--async", "--dial"]}[endpoint[0]]
    return ["nngcat", "--" + protocol, *flag, endpoint[1], "-Q", *more]


def nanocat(protocol, endpoint, *more):
    return ["nanocat", "--" + protocol.replace("pair0", "pair"), {"listen": "--bind", "dial": "--connect"}[endpoint[0]],
            endpoint[1], "-Q", *more]


def without_format(command):
    """Who only sends takes no format."""
    return [word for word in command if word != "-Q"] if {"--push", "--pub"} & set(command) else command


class Nngcat(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.directory = tempfile.mkdtemp(prefix="nanomq_nngcat")
        cls.addClassCleanup(shutil.rmtree, cls.directory, ignore_errors=True)

    def url(self, transport, path):
        if transport == "ipc":
            return f"ipc://{tempfile.mkdtemp(dir=self.directory)}/s"
        return f"{transport}://{OWN_ADDRESS}:{free_port()}" + (path if transport == "ws" else "")

    def converse(self, sender, receiver, conversation, url, sender_listens):
        first, second = conversation
        ends = [("listen", url), ("dial", url)]
        if not sender_listens:
            ends.reverse()
        # Only a request is repeated by itself when a connection breaks, and nanomsg breaks one that takes a second to begin.
        # A survey that takes longer than the time to the next has no answer; and nng 1.5.2 stops for good when one is sent
        # at the moment in which the one before it is over, as nngcat does if both are a second.
        again = [] if first == "req" else ["-i", "2" if first == "surveyor" else "0.1" if sender is ours else "1"]
        answer = ["-D", "the answer"] if second in ANSWERERS else []
        commands = [without_format(make(protocol, end, *more)) for make, protocol, end, more in
                    ((receiver, second, ends[1], answer), (sender, first, ends[0], ["-D", "the question", *again]))]
        running = [Lines("stdbuf", "-oL", *command) for command in commands]
        try:
            running[0].wait_for(lambda lines: '"the question"' in lines, f"question for {commands}")
            if answer:
                running[1].wait_for(lambda lines: '"the answer"' in lines, f"answer for {commands}")
        finally:
            for one in running:
                one.close()

    def all_conversations(self, theirs, transport):
        path = "/sp" if theirs is nngcat else ""  # nanomsg listens at no path
        known = [one for one in CONVERSATIONS if theirs is nngcat or one[0] != "pair1"]
        with concurrent.futures.ThreadPoolExecutor(6) as pool:
            results = [pool.submit(self.converse, *sides, one, self.url(transport, path), listens)
                       for one, sides, listens in itertools.product(known, ((ours, theirs), (theirs, ours)), (True, False))]
            for result in results:
                result.result()

    def test_nngcat_over_tcp(self):
        self.all_conversations(nngcat, "tcp")

    def test_nngcat_over_ipc(self):
        self.all_conversations(nngcat, "ipc")

    def test_nngcat_over_ws(self):
        self.all_conversations(nngcat, "ws")

    def test_nanocat_over_tcp(self):
        self.all_conversations(nanocat, "tcp")

    def test_nanocat_over_ipc(self):
        self.all_conversations(nanocat, "ipc")

    def test_nanocat_over_ws(self):
        self.all_conversations(nanocat, "ws")


class Alike(unittest.TestCase):
    """The same words to both programs: the same exit status, and the same output of a receiver."""

    def outcome(self, program, words):
        result = subprocess.run([*program, *words], stdin=subprocess.DEVNULL, capture_output=True, timeout=DEADLINE)
        return result.returncode, result.stdout

    def test_wrong_command_lines_are_refused(self):
        nobody = f"tcp://{OWN_ADDRESS}:{free_port()}"
        for words in (["--bogus"], ["--req"], ["--req", "--pub", "--dial", "x"], ["--req", "--dial", nobody, "-D", "x"],
                      ["--req", "--dial", "nonsense", "-D", "x"], ["--push", "--dial", nobody], ["--re", "--dial", nobody],
                      ["--pub", "--listen", nobody, "-D", "x", "-Q"], ["--pub", "--listen", nobody, "-D", "x", "--subscribe", "a"],
                      ["--sub", "--listen", nobody, "-D", "x"], ["--pull", "--listen", "zt://x"], ["--format", "bla"],
                      ["--pair1", "--compat", "--listen", nobody], ["--pair", "-Lx"], ["--pair", "-L4", "--count", "x"],
                      ["--bus", "--listen", nobody, "-i", "1"], ["--pair", "--dial", nobody, "--file", "/nowhere/at/all"],
                      ["--pair", "-A", "--raw", "--dial", nobody], ["--pull", "-i", "1", "--dial", nobody]):
            with self.subTest(words=words):
                self.assertEqual([self.outcome(program, words)[0] for program in ([PROGRAM, "nngcat"], ["nngcat"])], [1, 1])

    def test_receiving_ends_well_when_nothing_comes(self):
        for words in (["--pull", "--recv-timeout=1"], ["--pair1", "--recv-t:1"], ["--rep", "--recv-timeout", "1"]):
            words = [*words, "--listen", "tcp://127.0.0.1:0"]
            with self.subTest(words=words):
                self.assertEqual(self.outcome([PROGRAM, "nngcat"], words), (0, b""))
                self.assertEqual(self.outcome(["nngcat"], words), (0, b""))

    def test_messages_look_the_same(self):
        body = b'a"\\\t\n\r\0\x7f\xc3\xa9' + b"x" * 300
        with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as directory:
            path = os.path.join(directory, "body")
            with open(path, "wb") as file:
                file.write(body)
            for form, words in itertools.product(("no", "ascii", "raw", "quoted", "hex", "msgpack"), (("-F", path), ("-D", ""))):
                seen = []
                for receiver in ([PROGRAM, "nngcat"], ["nngcat"]):
                    url = f"ipc://{directory}/{len(seen)}{form}{words[0]}"
                    sender = Lines(PROGRAM, "nngcat", "--push", "--async", "--dial", url, *words, "-i", "3600")
                    self.addCleanup(sender.close)
                    seen.append(self.outcome(receiver, ["--pull", "--listen", url, "--format", form, "--count", "1"]))
                    sender.close()
                with self.subTest(form=form, words=words):
                    self.assertEqual(*seen)
                    self.assertEqual(seen[0][0], 0)


class Ours(unittest.TestCase):
    """What nngcat has not, or has wrong."""

    def setUp(self):
        self.directory = tempfile.mkdtemp(prefix="nanomq_nngcat")
        self.addCleanup(shutil.rmtree, self.directory, ignore_errors=True)
        self.url = f"ipc://{self.directory}/s"

    def start(self, *words):
        made = Lines(PROGRAM, "nngcat", *words)
        self.addCleanup(made.close)
        return made

    def test_an_exchange_of_a_pair_ends_with_the_first_message_when_it_is_counted(self):
        far = self.start("--pair0", "--listen", self.url, "-Q", "--count", "3")
        near = self.start("--pair0", "--async", "--dial", self.url, "-D", "one", "-Q", "-C", "2")
        far.wait_for(lambda lines: lines == ['"one"'], "first message")
        self.assertIsNone(near.process.poll())
        near.close()
        self.start("--pair0", "--async", "--dial", self.url, "-D", "three", "-i", "0.1")
        self.assertEqual(far.exit_code(), 0)
        self.assertEqual(far.lines, ['"one"', '"three"', '"three"'])

    def test_tls_with_a_certificate_of_ones_own(self):
        for name, subject in (("ca", "/CN=a ca"), ("server", "/CN=127.0.0.1")):
            sign = ["-CA", f"{self.directory}/ca.pem", "-CAkey", f"{self.directory}/ca.key"] if name == "server" else []
            subprocess.run(["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", subject,
                            "-keyout", f"{self.directory}/{name}.key", "-out", f"{self.directory}/{name}.pem", *sign],
                           check=True, capture_output=True)
        identity = ["--cert", f"{self.directory}/server.pem", "--key", f"{self.directory}/server.key"]
        far = self.start("--pull", "--listen", "tls+tcp://127.0.0.1:0", "-v", "-Q", "--count", "1", *identity)
        url = far.wait_for(lambda lines: lines and lines[0].split(": ", 1)[1], "address")
        stranger = subprocess.run([PROGRAM, "nngcat", "--push", "--dial", url, "-D", "x"], capture_output=True, timeout=DEADLINE)
        self.assertEqual(stranger.returncode, 1)
        trusting = self.start("--push", "--dial", url, "-D", "safe", "-i", "3600", "--cacert", f"{self.directory}/server.pem",
                              "--insecure")
        self.assertEqual(far.exit_code(), 0)
        self.assertEqual(trusting.lines, [])
        self.assertEqual(far.lines[1:], ['"safe"'])

    def test_a_message_larger_than_the_bound_is_not_taken(self):
        # nng 1.5.2 reads nothing any more, from nobody, when a peer goes between the length of a message and its body: then
        # another one has to show it.
        for number in range(5):
            url = self.url + str(number)
            far = self.start("--pull", "--listen", url, "-Q", "-Z", "100", "--count", "1")
            sent = subprocess.run([PROGRAM, "nngcat", "--push", "--async", "--dial", url, "-D", "x" * 101], timeout=DEADLINE)
            self.assertEqual(sent.returncode, 0)
            if self.send_until_it_ends(far, url, "y", DEADLINE / 5):
                break
            far.close()
        self.assertEqual((far.exit_code(), far.lines), (0, ['"y"']))

    def send_until_it_ends(self, far, url, text, limit):
        """Whether the receiver has ended in time. One sender after the other: a dialer of nng's gives up for good when its peer
        goes at the wrong moment."""
        until = time.monotonic() + limit
        while not far.ended and time.monotonic() < until:
            subprocess.run([PROGRAM, "nngcat", "--push", "--async", "--dial", url, "--send-timeout", "3", "-q", "-D", text],
                           timeout=DEADLINE, check=False)
        return far.ended

    def test_a_listener_that_somebody_has_stopped_listens_again(self):
        far = self.start("--pull", "--listen", self.url, "-Q", "--count", "1")
        for _ in range(200):  # peers that go at once, for which nng stops to accept
            with socket.socket(socket.AF_UNIX) as early:
                early.setblocking(False)
                early.connect_ex(self.url.removeprefix("ipc://"))
        self.assertTrue(self.send_until_it_ends(far, self.url, "after all", DEADLINE))
        self.assertEqual((far.exit_code(), far.lines), (0, ['"after all"']))

    def test_ends_when_nobody_reads_its_output(self):
        far = subprocess.Popen([PROGRAM, "nngcat", "--pull", "--listen", self.url, "-Q"], stdout=subprocess.PIPE)
        self.addCleanup(far.wait)
        self.addCleanup(far.kill)
        far.stdout.close()
        near = self.start("--push", "--async", "--dial", self.url, "-D", "x", "-i", "0.1")
        self.assertEqual(far.wait(DEADLINE), 0)
        near.close()


if __name__ == "__main__":
    unittest.main()
