"""Runs every example against a broker and looks at what it prints.

Usage: examples_test.py PATH_OF_NANOMQ FOLDER_OF_THE_PROGRAMS [unittest options]
"""
import os
import re
import shutil
import subprocess
import sys
import tempfile
import unittest

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "interop"))
from programs import DEADLINE, Broker, Lines  # noqa: E402

PROGRAM = os.path.abspath(sys.argv.pop(1))
FOLDER = os.path.abspath(sys.argv.pop(1))
LANGUAGES = ("c", "cpp")


def has_tls():
    """Whether the build can make certificates, and so has TLS."""
    done = subprocess.run([PROGRAM, "cert", "ca", "--dir", "/nonexistent/of/course"], capture_output=True, text=True, timeout=DEADLINE)
    return "no TLS" not in done.stderr


class Examples(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.directory = tempfile.mkdtemp(prefix="nanomq-examples-")
        cls.addClassCleanup(shutil.rmtree, cls.directory, ignore_errors=True)
        settings = []
        if has_tls():
            for words in (["ca"], ["ca", "--file", "stranger"], ["server", "--name", "localhost"]):
                subprocess.run([PROGRAM, "cert", *words, "--dir", cls.directory], check=True, stdout=subprocess.DEVNULL, timeout=DEADLINE)
            settings = ["listeners.ssl.bind=127.0.0.1:0", f"listeners.ssl.certfile={cls.directory}/server.pem",
                        f"listeners.ssl.keyfile={cls.directory}/server.key"]
        cls.broker = Broker(PROGRAM, *settings)
        cls.url = f"mqtt://127.0.0.1:{cls.broker.port}"

    @classmethod
    def tearDownClass(cls):
        cls.broker.stop()

    def each(self):
        """A language at a time, with a topic of its own."""
        for language in LANGUAGES:
            with self.subTest(language=language):
                yield language, f"{self._testMethodName}/{language}"

    def run_example(self, language, name, *arguments, code=0):
        """The lines that it prints."""
        done = subprocess.run([os.path.join(FOLDER, language, name), *arguments], stdin=subprocess.DEVNULL,
                              stdout=subprocess.PIPE, stderr=subprocess.PIPE, timeout=DEADLINE, text=True)
        self.assertEqual(done.returncode, code, done.stdout + done.stderr)
        return (done.stdout if code == 0 else done.stderr).splitlines()

    def start(self, language, name, *arguments):
        example = Lines(os.path.join(FOLDER, language, name), *arguments)
        self.addCleanup(example.close)
        return example

    def publish(self, topic, text, language="c"):
        self.run_example(language, "publish", self.url, topic, text)

    def test_hello(self):
        self.assertEqual(self.run_example("c", "hello", self.url), ["greetings/world: hello"])
        self.assertEqual(self.run_example("cpp", "hello", self.url), ["hello"])

    def test_publish_and_subscribe(self):
        for language, topic in self.each():
            subscriber = self.start(language, "subscribe", self.url, topic + "/#", "2")
            subscriber.wait_for(lambda lines: any("subscribed" in line for line in lines), "subscription")
            for text in ("one", "two"):
                said = self.run_example(language, "publish", self.url, topic + "/" + text, text)
                self.assertTrue(said[0].startswith("published"), said)
            self.assertEqual(subscriber.exit_code(), 0)
            self.assertEqual(subscriber.lines[1:], [f"{topic}/one one", f"{topic}/two two"])

    def test_publish_tells_a_refusal(self):
        for language, topic in self.each():
            said = self.run_example(language, "publish", self.url, topic + "/#", "x", code=1)
            self.assertRegex(said[0], "^not published: .")

    def test_every_example_refuses_a_url_that_is_none(self):
        for language, name, more in (("c", "publish", ["a", "b"]), ("c", "subscribe", ["a"]), ("c", "will", ["a"])):
            self.run_example(language, name, "ftp://somewhere", *more, code=2)
        for name, more in (("publish", ["a", "b"]), ("subscribe", ["a"]), ("will", ["a"]), ("coroutine", ["a", "1"])):
            self.run_example("cpp", name, "ftp://somewhere", *more, code=1)

    def test_every_example_says_how_to_use_it(self):
        for language in LANGUAGES:
            for name in sorted(os.listdir(os.path.join(FOLDER, language))):
                if name != "hello":
                    self.assertRegex(self.run_example(language, name, code=2)[0], f"^usage: {name} ")

    def test_request_and_response(self):
        self.assertEqual(self.run_example("cpp", "request", self.url, "test/capitals", "loud"), ["LOUD"])
        service = self.start("c", "respond", self.url, "test/service")
        service.wait_for(lambda lines: "ready" in lines, "service")
        self.assertEqual(self.run_example("c", "request", self.url, "test/service", "loud"), ["LOUD"])
        self.assertEqual(self.run_example("c", "request", self.url, "test/service", "quit"), ["QUIT"])
        self.assertEqual(service.exit_code(), 0)

    def test_coroutine(self):
        self.assertEqual(self.run_example("cpp", "coroutine", self.url, "test/numbers", "100"), ["5050"])

    def test_nng_aio(self):
        self.assertEqual(self.run_example("cpp", "nng_aio", self.url, "test/aio", "text"),
                         ["publish: done", "receive: done", "text", "receive: Timed out"])
        echo = self.start("c", "echo_aio", self.url, "test/from", "test/to", "2")
        echo.wait_for(lambda lines: "ready" in lines, "echo")
        reader = self.start("c", "subscribe", self.url, "test/to", "2")
        reader.wait_for(lambda lines: lines, "subscription")
        self.publish("test/from", "one")
        self.publish("test/from", "two")
        self.assertEqual(echo.exit_code(), 0, echo.lines)
        self.assertEqual(reader.exit_code(), 0)
        self.assertEqual(reader.lines[1:], ["test/to one", "test/to two"])

    def test_mqtt_beside_sp(self):
        for language, topic in self.each():
            said = self.run_example(language, "beside_sp", self.url, f"inproc://{language}", topic)
            self.assertEqual(said, {
                "c": [f"the broker sends {topic}", "the device gets 21.5 C"],
                "cpp": [f"{topic} 21.5 C", f"{topic} 21.7 C"]}[language])

    def test_secure(self):
        if not has_tls():
            self.skipTest("a build without TLS")
        found = re.search(r"mqtts://127\.0\.0\.1:(\d+)", "\n".join(self.broker.output.lines))
        url = "mqtts://localhost:" + found.group(1)
        for language, topic in self.each():
            self.assertEqual(self.run_example(language, "secure", url, self.directory + "/ca.pem", topic, "text"), ["published"])
            said = self.run_example(language, "secure", url, self.directory + "/stranger.pem", topic, "text", code=1)
            self.assertRegex("\n".join(said), ": .*no certificate authority that is trusted here")
            said = self.run_example(language, "secure", url, self.directory + "/none.pem", topic, "text", code=1)
            self.assertRegex(said[0], r"none\.pem: No such file")

    def test_login(self):
        users = os.path.join(self.directory, "users")
        done = subprocess.run([PROGRAM, "passwd", "--scram", "--create", users, "ann"], input="pencil\n", text=True,
                              capture_output=True, timeout=DEADLINE)
        if done.returncode != 0 and not has_tls():
            self.skipTest("a build without mbedtls")
        self.assertEqual(done.returncode, 0, done.stderr)
        broker = Broker(PROGRAM, "auth.password_file=" + users)
        self.addCleanup(broker.stop)
        url = f"mqtt://127.0.0.1:{broker.port}"
        for language, topic in self.each():
            self.assertEqual(self.run_example(language, "login", url, "ann", "pencil", topic, "text"), ["published"])
            said = self.run_example(language, "login", url, "ann", "Pencil", topic, "text", code=1)
            self.assertRegex("\n".join(said), "not authorized|Not authorized|Permission denied")
            said = self.run_example(language, "login", url, "\u00e4nn", "pencil", topic, "text", code=1)
            self.assertTrue(said[0].startswith("user and password: "), said)

    def test_will(self):
        for language, _ in self.each():
            status = f"status/{language}"
            watcher = self.start("c", "subscribe", self.url, status, "0")
            watcher.wait_for(lambda lines: lines, "subscription")

            def says(*words):
                expected = [f"{status} {word}" for word in words]
                watcher.wait_for(lambda lines: lines[1:] == expected, f"status {words}")

            lost = self.start(language, "will", self.url, language)
            says("online")
            lost.close()
            says("online", "lost")
            example = self.start(language, "will", self.url, language)
            says("online", "lost", "online")
            example.wait_for(lambda lines: "ready" in lines, "subscription")
            self.publish(f"control/{language}", "quit")
            self.assertEqual(example.exit_code(), 0, example.lines)
            says("online", "lost", "online", "offline")


if __name__ == "__main__":
    unittest.main()
