"""nanomq pub and nanomq sub from the outside: what they add to mosquitto's clients, how they end, and what is made of their options.

Usage: tools_test.py PATH_OF_NANOMQ [unittest options]
That they do what mosquitto_pub and mosquitto_sub do is for tests/interop/alike_test.py to say.
"""
import glob
import json
import os
import pty
import re
import select
import shutil
import signal
import subprocess
import sys
import tempfile
import time
import unittest

from scripted_server import CONNECT, DEADLINE, DISCONNECT, PUBACK, PUBLISH, Server

PROGRAM = os.path.abspath(sys.argv.pop(1))
ROOT = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..", "..")
OK, FAILURE, LOST, TIMED_OUT = 0, 1, 7, 27


class Tools(unittest.TestCase):
    maxDiff = None

    @classmethod
    def setUpClass(cls):
        cls.env = {key: value for key, value in os.environ.items() if not key.startswith("NANOMQ_")}
        cls.env["XDG_CONFIG_HOME"] = tempfile.mkdtemp(prefix="nanomq_tools")
        cls.addClassCleanup(shutil.rmtree, cls.env["XDG_CONFIG_HOME"], ignore_errors=True)
        cls.broker = subprocess.Popen([PROGRAM, "start", "--url", "127.0.0.1:0", "--shards", "1"], env=cls.env,
                                      stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, text=True)
        cls.addClassCleanup(cls.broker.stdout.close)
        cls.addClassCleanup(lambda: (cls.broker.terminate(), cls.broker.wait(DEADLINE)))
        while not (found := re.search(r"mqtt-tcp://127\.0\.0\.1:(\d+)", cls.broker.stdout.readline())):
            pass
        cls.port = found.group(1)

    def server(self):
        made = Server()
        self.addCleanup(made.close)
        return made

    def start(self, *arguments, **options):
        process = subprocess.Popen([PROGRAM, *arguments], env=self.env,
                                   **{"stdin": subprocess.DEVNULL, "stdout": subprocess.PIPE, "stderr": subprocess.PIPE, **options})

        def end():
            if process.poll() is None:
                process.kill()
            process.communicate()
        self.addCleanup(end)
        return process

    def finish(self, process):
        """(exit code, stdout, stderr)"""
        out, err = process.communicate(timeout=DEADLINE)
        return process.returncode, (out or b"").decode(), (err or b"").decode()

    def run_program(self, *arguments, text=None, **changes):
        result = subprocess.run([PROGRAM, *arguments], input=text, stdin=None if text else subprocess.DEVNULL,
                                capture_output=True, text=True, timeout=DEADLINE, env={**self.env, **changes})
        return result.returncode, result.stdout, result.stderr

    def pub(self, *arguments, **options):
        return self.run_program("pub", "-p", self.port, *arguments, **options)

    def sub(self, *arguments, **options):
        return self.run_program("sub", "-p", self.port, "-W", str(DEADLINE), *arguments, **options)

    def read_until(self, stream, text):
        """What comes until the text has come."""
        got, until = b"", time.monotonic() + DEADLINE
        while text.encode() not in got:
            ready, _, _ = select.select([stream], [], [], max(0, until - time.monotonic()))
            piece = os.read(stream.fileno(), 4096) if ready else b""
            if not piece:
                raise AssertionError(f"no {text!r} in {got!r}")
            got += piece
        return got.decode()

    # Help, man pages, completions.

    def test_help_begins_with_usage_and_examples(self):
        for verb in ("pub", "sub"):
            code, text, errors = self.run_program(verb, "--help")
            self.assertEqual((code, errors), (OK, ""))
            self.assertTrue(text.startswith(f"Usage: nanomq {verb} "))
            self.assertLess(text.index("\nExamples:"), text.index("  -t, --topic"))
            self.assertIn("\nExit status:\n  0", text)
            self.assertNotIn("\x1b", text)
            self.assertEqual([line for line in text.split("\n") if len(line) > 80], [])
            self.assertEqual(self.run_program(verb, "--version")[1], self.run_program("--version")[1])

    def test_help_has_colour_on_a_terminal_unless_somebody_minds(self):
        for changes, coloured in (({"TERM": "xterm"}, True), ({"TERM": "dumb"}, False), ({"TERM": "xterm", "NO_COLOR": "1"}, False)):
            ours, theirs = pty.openpty()
            process = subprocess.Popen([PROGRAM, "pub", "--help"], stdout=theirs, env={**self.env, "NO_COLOR": "", **changes})
            os.close(theirs)
            text = b""
            try:
                while piece := os.read(ours, 4096):
                    text += piece
            except OSError:  # how Linux tells the end
                pass
            os.close(ours)
            self.assertEqual(process.wait(DEADLINE), OK)
            self.assertEqual(b"\x1b[1m" in text, coloured, changes)

    def test_documents_are_what_the_program_writes(self):
        made = {}
        for path in glob.glob(ROOT + "/docs/man/*.1") + glob.glob(ROOT + "/etc/completion/*"):
            with open(path, encoding="utf-8") as file:
                text = file.read()
            words = re.search(r"Made by: nanomq (.*)", text[:200])
            if words:
                made[words.group(1)] = path
                self.assertEqual(self.run_program(*words.group(1).split()), (OK, text, ""),
                                 f"{path}: etc/make-documents.sh {PROGRAM}")
        verbs = re.search(r"there are man pages of (.*)", self.run_program("man", "nothing")[2]).group(1).split(", ")
        self.assertGreater(len(verbs), 4)
        for verb, name in {"nanomq": "nanomq", **{verb: "nanomq-" + verb for verb in
                                                  ("acl", "broker", "convert", "passwd", "store")}}.items():
            verbs.remove(verb)
            with open(f"{ROOT}/docs/man/{name}.1", encoding="utf-8") as file:
                self.assertEqual(self.run_program("man", verb), (OK, file.read(), ""))
        for page, others in (("broker", ("start", "stop", "trace", "status", "ban", "clients")), ("nanomq", ("man", "completion"))):
            for verb in others:
                self.assertEqual(self.run_program("man", verb), self.run_program("man", page), verb)
        self.assertEqual(set(made), {f"completion {shell}" for shell in ("bash", "zsh", "fish")} | {f"man {verb}" for verb in verbs})

    def test_man_pages_are_as_mdoc_wants_them(self):
        for path in glob.glob(ROOT + "/docs/man/*.1"):
            lint = subprocess.run(["mandoc", "-T", "lint", path], capture_output=True, text=True, timeout=DEADLINE).stdout
            # Others of these pages are found once all of them are installed.
            self.assertEqual([line for line in lint.splitlines() if "referenced manual not found: Xr nanomq" not in line], [])
            with open(path, encoding="utf-8") as file:
                named = re.findall(r"^\.Xr (nanomq\S*) 1", file.read(), re.M)
            for name in named:
                self.assertTrue(os.path.exists(f"{ROOT}/docs/man/{name}.1"), name)

    def test_bash_completes_verbs_options_and_values(self):
        script = """source "$1"; compopt() { :; }
            COMP_WORDS=("${@:2}"); COMP_CWORD=$((${#COMP_WORDS[@]} - 1)); _nanomq; echo "${COMPREPLY[*]}" """
        for words, expected in ((["nanomq", "pu"], "pub"), (["nanomq", "broker", "st"], "start stop status"),
                                (["nanomq", "pub", "--rep"], "--repeat --repeat-delay"), (["nanomq", "sub", "-q", ""], "0 1 2"),
                                (["nanomq", "sub", "-V", "mqttv3"], "mqttv311 mqttv31"), (["nanomq", "pub", "-m", "-"], ""),
                                (["nanomq", "completion", ""], "bash zsh fish --help"),
                                (["nanomq", "start", "--log-l"], "--log-level")):
            result = subprocess.run(["bash", "-c", script, "bash", ROOT + "/etc/completion/nanomq.bash", *words],
                                    capture_output=True, text=True, timeout=DEADLINE)
            self.assertEqual((result.stdout, result.stderr), (expected + "\n", ""), words)

    def test_fish_completes_verbs_options_and_values(self):
        for line, expected in (("pu", "pub"), ("broker st", "start status stop"), ("pub --rep", "--repeat --repeat-delay"),
                               ("sub -q ", "0 1 2"), ("bench ", "conn pub roundtrip sub"), ("bench roundtrip --pattern fan-", "fan-in fan-out"),
                               ("man do", "doctor")):
            result = subprocess.run(["fish", "--no-config", "-c", f"source {ROOT}/etc/completion/nanomq.fish; complete -C 'nanomq {line}'"],
                                    env=self.env, capture_output=True, text=True, timeout=DEADLINE)
            self.assertEqual(" ".join(each.split("\t")[0] for each in result.stdout.splitlines()), expected, result.stderr)

    def test_zsh_reads_its_completion(self):
        result = subprocess.run(["zsh", "-f", "-n", ROOT + "/etc/completion/_nanomq"], capture_output=True, text=True, timeout=DEADLINE)
        self.assertEqual((result.returncode, result.stderr), (OK, ""))

    def test_wrong_words_about_documents_are_refused(self):
        self.assertEqual(self.run_program("completion", "ksh")[0], 2)
        self.assertEqual(self.run_program("man", "nothing")[0], 2)

    # NanoMQ's names.

    def test_nanomq_s_names_are_understood(self):
        code, _, errors = self.run_program("pub", "start", "--url", f"mqtt-tcp://127.0.0.1:{self.port}", "-t", "names", "--msg", "x",
                                           "--identifier", "names", "-r", "--limit", "2", "--interval", "1", "-q", "1")
        self.assertEqual((code, errors), (OK, ""))
        self.assertEqual(self.run_program("sub", "start", "--url", f"nmq-tcp://127.0.0.1:{self.port}", "-t", "names", "-C", "1"),
                         (OK, "x\n", ""))

    def test_what_is_not_there_yet_says_so(self):
        for arguments in (["--proxy", "socks5h://h"],):
            code, _, errors = self.pub("-t", "t", "-m", "x", *arguments)
            self.assertEqual(code, FAILURE)
            self.assertRegex(errors, r"^Error: .* not in this build yet\.\n$")
        self.assertEqual(self.pub("-t", "t", "-m", "x", "--cafile", "x", "--no-tls")[0], OK)

    # JSON.

    def test_json_lines_hold_any_message(self):
        keep = ("-c", "-i", "json", "-q", "2", "-t", "json", "-V", "5")
        self.assertEqual(self.sub(*keep, "-E")[0], OK)
        payloads = ['a "text"\n', "zürich", "{\"a\": 1}"]
        for payload in payloads:
            self.pub("-t", "json", "-m", payload, "-q", "2", "-D", "publish", "user-property", "k", "1",
                     "-D", "publish", "user-property", "k", "2")
        with tempfile.NamedTemporaryFile() as file:
            file.write(b"\xff\x00\x01")
            file.flush()
            self.pub("-t", "json", "-f", file.name, "-q", "1")
        self.pub("-t", "json", "-n", "-q", "1")
        code, text, _ = self.sub(*keep, "--json", "-C", "5")
        messages = [json.loads(line) for line in text.splitlines()]
        self.assertEqual((code, len(messages)), (OK, 5))
        # QoS 2 messages are complete at their PUBREL, so perhaps behind the others.
        self.assertEqual([each["payload"] for each in messages if each["qos"] == 2], payloads)
        self.assertEqual(messages[0]["topic"], "json")
        self.assertEqual([each["payload_base64"] for each in messages if "payload_base64" in each], ["/wAB"])
        self.assertIn("", [each.get("payload") for each in messages])
        properties = [each["properties"] for each in messages if "properties" in each]
        self.assertEqual(properties[0]["user-properties"], [{"k": "1"}, {"k": "2"}])

    # Output.

    def test_a_line_is_seen_as_soon_as_it_comes(self):
        subscriber = self.start("sub", "-p", self.port, "-t", "idle", "-d")
        self.read_until(subscriber.stdout, "Subscribed")
        for n in range(3):
            self.pub("-t", "idle", "-m", f"line {n}")
            self.read_until(subscriber.stdout, f"line {n}\n")
        subscriber.send_signal(signal.SIGTERM)
        self.assertEqual(self.finish(subscriber)[0], OK)

    def test_a_reader_that_leaves_ends_an_idle_subscriber(self):
        subscriber = self.start("sub", "-p", self.port, "-t", "left", "-d")
        self.read_until(subscriber.stdout, "Subscribed")
        subscriber.stdout.close()
        self.assertEqual(subscriber.wait(DEADLINE), OK)
        self.assertEqual(subscriber.stderr.read(), b"")

    def test_watched_topics_have_lines_of_their_own(self):
        for topic in ("a", "b"):
            self.pub("-t", "watch/" + topic, "-m", "of " + topic, "-r", "-q", "1")
        code, text, _ = self.sub("-t", "watch/a", "-t", "watch/b", "-w", "-C", "2")
        self.assertEqual(code, OK)
        self.assertTrue(text.startswith("\x1b[2J\x1b[1;1HBroker: localhost\n\x1b[2;1H\x1b[K"), text)
        self.assertIn("\x1b[3;1H\x1b[Kof ", text)

    def test_the_message_rate_is_printed_every_second(self):
        subscriber = self.start("sub", "-p", self.port, "-t", "rate", "--message-rate")
        keep = iter(range(10**6))
        while True:  # the publisher goes on until a second with messages has been seen
            self.pub("-t", "rate", "-m", str(next(keep)))
            ready, _, _ = select.select([subscriber.stdout], [], [], 0)
            if ready and re.search(rb"^[1-9]\d* msgs/s$", os.read(subscriber.stdout.fileno(), 4096), re.M):
                break

    def test_messages_beyond_the_count_come_the_next_time(self):
        keep = ("-c", "-i", "counted", "-q", "1", "-t", "counted")
        self.sub(*keep, "-E")
        self.pub("-t", "counted", "-q", "1", "-l", text="".join(f"{n}\n" for n in range(100)))
        got = []
        for count in (1, 30, 69):
            code, text, _ = self.sub(*keep, "-C", str(count))
            self.assertEqual((code, text.count("\n")), (OK, count))
            got += text.split()
        self.assertEqual(got, [str(n) for n in range(100)])

    def test_a_message_is_printed_once_for_overlapping_filters(self):
        for version in ("311", "5"):
            server = self.server()
            subscriber = self.start("sub", "-p", str(server.port), "-V", version, "-t", "a/#", "-t", "a/b", "-t", "+/b", "-C", "2")
            peer = server.next()
            peer.accept(properties=b"" if version == "5" else None)
            _, body = peer.expect(8)
            peer.send(9, body[:2] + (b"\0" if version == "5" else b"") + b"\0\0\0")
            for payload in (b"one", b"two"):
                topic = b"\0\3a/b" + (b"\0" if version == "5" else b"")
                peer.send(PUBLISH, topic + payload)
            self.assertEqual(self.finish(subscriber)[:2], (OK, "one\ntwo\n"))

    # How the broker says no.

    def test_a_refusal_is_the_exit_code(self):
        for version, codes in (("31", range(1, 6)), ("311", range(1, 6)), ("5", (0x80, 0x86, 0x87, 0x8A, 0x9F))):
            for code in codes:
                for command in (["pub", "-m", "x"], ["pub", "-l"], ["sub"]):
                    server = self.server()
                    process = self.start(*command, "-p", str(server.port), "-t", "t", "-V", version)
                    server.next().accept(code, properties=b"" if version == "5" else None)
                    got, out, errors = self.finish(process)
                    self.assertEqual((got, out), (code, ""), (version, command))
                    self.assertTrue(errors.startswith("Connection error: "), errors)

    def test_a_publish_that_is_refused_is_a_warning(self):
        server = self.server()
        process = self.start("pub", "-p", str(server.port), "-t", "t", "-m", "x", "-q", "1", "-V", "5")
        peer = server.next()
        peer.accept(properties=b"")
        _, body = peer.expect(PUBLISH)
        peer.send(PUBACK, body[3:5] + b"\x87\x09\x1f\x00\x06no way")
        peer.expect(DISCONNECT)
        peer.close()
        self.assertEqual(self.finish(process), (OK, "", "Warning: Publish 1 failed: Not authorized.\nno way\n"))

    def test_subscriptions_that_are_all_refused_end_it(self):
        server = self.server()
        process = self.start("sub", "-p", str(server.port), "-t", "t")
        peer = server.next()
        peer.accept()
        peer.grant(0x80)
        peer.expect(DISCONNECT)
        peer.close()
        self.assertEqual(self.finish(process), (OK, "", "All subscription requests were denied.\n"))

    # Connections that are lost.

    def test_a_connection_that_is_lost_ends_a_single_message(self):
        for answer in (False, True):
            server = self.server()
            process = self.start("pub", "-p", str(server.port), "-t", "t", "-m", "x", "-q", "1")
            peer = server.next()
            if answer:
                peer.accept()
                peer.expect(PUBLISH)
            else:
                peer.expect(CONNECT)
            peer.close()
            self.assertEqual(self.finish(process), (LOST, "", "Error: The connection was lost.\n"))

    def test_lines_wait_for_the_next_connection(self):
        server = self.server()
        process = self.start("pub", "-p", str(server.port), "-t", "t", "-q", "1", "-l", stdin=subprocess.PIPE)
        process.stdin.write(b"one\ntwo\n")
        process.stdin.close()
        process.stdin = None
        peer = server.next()
        peer.accept()
        peer.expect(PUBLISH)
        peer.close()
        peer = server.next()
        peer.accept()
        for line in (b"one", b"two"):
            _, body = peer.expect(PUBLISH)
            self.assertEqual(body[5:], line)
            peer.send(PUBACK, body[3:5])
        peer.expect(DISCONNECT)
        peer.close()
        self.assertEqual(self.finish(process), (OK, "", ""))

    def test_a_line_that_the_broker_closes_connections_on_ends_it(self):
        broker = self.start("start", "--url", "127.0.0.1:0", "--shards", "1", "--set", "mqtt.max_packet_size=1KB",
                            "--pid-file", os.path.join(self.env["XDG_CONFIG_HOME"], "small"))
        port = re.search(r"127\.0\.0\.1:(\d+)", self.read_until(broker.stdout, "\nadmits")).group(1)
        for version, why in (("mqttv311", "it closes the connection whenever line 2 comes"), ("mqttv5", "Packet too large")):
            for qos in ("1", "2"):
                with self.subTest(version=version, qos=qos):
                    got = self.run_program("pub", "-p", port, "-V", version, "-q", qos, "-t", "t", "-l", text="one\n" + "x" * 2_000 + "\nthree\n")
                    self.assertEqual(got, (FAILURE, "", f"Error: The message cannot be sent to this broker: {why}.\n"))

    def test_a_subscriber_connects_again_and_subscribes_again(self):
        server = self.server()
        process = self.start("sub", "-p", str(server.port), "-t", "t", "-C", "2")
        for payload in (b"one", b"two"):
            peer = server.next()
            peer.accept()
            peer.grant()
            peer.publish("t", payload)
            if payload == b"one":
                self.read_until(process.stdout, "one\n")
                peer.close()
        peer.expect(DISCONNECT)
        peer.close()
        self.assertEqual(self.finish(process), (OK, "two\n", ""))

    def test_a_subscriber_that_is_refused_later_ends(self):
        server = self.server()
        process = self.start("sub", "-p", str(server.port), "-t", "t")
        peer = server.next()
        peer.accept()
        peer.grant()
        peer.close()
        server.next().accept(5)
        self.assertEqual(self.finish(process), (5, "", "Connection error: Connection Refused: not authorised.\n"))

    def test_the_time_runs_out_without_a_connection_too(self):
        process = self.start("sub", "-p", str(self.server().port), "-t", "t", "-W", "1")
        self.assertEqual(self.finish(process), (TIMED_OUT, "", "Timed out\n"))

    # Signals.

    def test_a_publisher_says_goodbye_and_dies_of_the_signal(self):
        for which in (signal.SIGINT, signal.SIGTERM):
            server = self.server()
            process = self.start("pub", "-p", str(server.port), "-t", "t", "-l", "-d", stdin=subprocess.PIPE)
            peer = server.next()
            peer.accept()
            self.read_until(process.stdout, "CONNACK")
            process.send_signal(which)
            peer.expect(DISCONNECT)
            peer.close()
            self.assertEqual(process.wait(DEADLINE), -which)

    def test_a_will_is_published_for_a_publisher_that_is_stopped(self):
        keep = ("-c", "-i", "watcher", "-q", "1", "-t", "the/will")
        self.sub(*keep, "-E")
        for version in ("311", "5"):
            process = self.start("pub", "-p", self.port, "-t", "t", "-l", "-d", "-V", version, "--will-topic", "the/will",
                                 "--will-qos", "1", "--will-payload", "of " + version, stdin=subprocess.PIPE)
            self.read_until(process.stdout, "CONNACK")
            process.send_signal(signal.SIGTERM)
            self.assertEqual(process.wait(DEADLINE), -signal.SIGTERM)
            self.assertEqual(self.sub(*keep, "-C", "1"), (OK, f"of {version}\n", ""))

    # ---- what a reconnection and NanoMQ's names bring ----

    def test_sub_ends_when_its_subscription_is_refused_after_a_reconnection(self):
        server = self.server()
        process = self.start("sub", "-V", "5", "-p", str(server.port), "-t", "a")
        peer = server.next()
        peer.accept(properties=b"")
        peer.grant(five=True)
        peer.close()
        peer = server.next()
        peer.accept(properties=b"")
        peer.grant(0x87, five=True)
        peer.expect(DISCONNECT)
        peer.close()
        self.assertEqual(self.finish(process), (OK, "", "All subscription requests were denied.\n"))

    def test_sub_says_that_its_output_is_full(self):
        self.assertEqual(self.pub("-t", "full", "-m", "kept", "-r", "-q", "1")[0], OK)
        with open("/dev/full", "w") as full:
            code, _, err = self.finish(self.start("sub", "-p", self.port, "-t", "full", "-W", str(DEADLINE), stdout=full))
        self.assertEqual((code, err), (FAILURE, "Error: cannot write: No space left on device\n"))

    def test_pub_publishes_as_many_clients(self):
        server = self.server()
        process = self.start("pub", "-V", "5", "-p", str(server.port), "-t", "a", "-m", "x", "-C", "3")
        for _ in range(3):
            peer = server.next()
            peer.accept(properties=b"")
            peer.expect(PUBLISH)
            peer.expect(DISCONNECT)
            peer.close()
        self.assertEqual(self.finish(process), (OK, "", ""))
        self.assertEqual(self.pub("-t", "a", "-l", "--count", "2")[0], FAILURE)

    def test_help_says_what_collides(self):
        for verb in ("pub", "sub"):
            self.assertIn("Compatibility:", self.run_program(verb, "--help")[1])


if __name__ == "__main__":
    unittest.main()
