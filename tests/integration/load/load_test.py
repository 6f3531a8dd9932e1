"""conn, bench and doctor as a person uses them: lines, summaries, JSON, exit codes, Ctrl-C, brokers that break promises.

Usage: load_test.py PATH_OF_NANOMQ [unittest options]
Counts are small and nothing is timed: what a run finds is tested, not how fast.
"""
import json
import os
import re
import resource
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import unittest

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(HERE, "..", "..", "interop"))
from programs import Broker, Lines, loopback_port, wait_until  # noqa: E402

PROGRAM = os.path.abspath(sys.argv.pop(1))
FLAWED = os.path.join(HERE, "..", "..", "support", "flawed_broker.py")
MOSQUITTO = shutil.which("mosquitto", path=os.environ.get("PATH", "") + ":/usr/sbin:/usr/local/sbin")
DEADLINE = 100
CLEAN, USAGE, FAILED, LOST = range(4)


def listens(port):
    try:
        socket.create_connection(("127.0.0.1", port), 1).close()
        return True
    except OSError:
        return False


class LoadCase(unittest.TestCase):
    def setUp(self):
        self.directory = tempfile.mkdtemp(prefix="nanomq_load")
        self.addCleanup(shutil.rmtree, self.directory, ignore_errors=True)
        self.env = {key: value for key, value in os.environ.items() if not key.startswith("NANOMQ_")}
        self.env["XDG_CONFIG_HOME"] = self.directory

    def nanomq(self, *arguments, **options):
        return subprocess.run([PROGRAM, *arguments], stdin=subprocess.DEVNULL, capture_output=True, text=True,
                              timeout=3 * DEADLINE, env=self.env, **options)

    def report(self, *arguments, code=CLEAN):
        """What a run says as JSON."""
        result = self.nanomq(*arguments, "--json")
        self.assertEqual(result.returncode, code, result.stdout + result.stderr)
        self.assertEqual((result.stderr, result.stdout.count("\n")), ("", 1))
        return json.loads(result.stdout)

    def begin(self, *arguments):
        lines = Lines(PROGRAM, *arguments, env=self.env)
        self.addCleanup(lines.close)
        return lines

    def ours(self, *settings):
        broker = Broker(PROGRAM, *settings)
        self.addCleanup(broker.stop)
        return str(broker.port)

    def other(self, *command):
        """A program that listens on a port which it is told: `command` with {port}."""
        port = loopback_port()
        output = Lines(*[word.format(port=port) for word in command])
        self.addCleanup(output.close)
        wait_until(lambda: listens(port), "listening")
        return str(port)

    def flawed(self, flaw):
        return self.other(sys.executable, "-B", FLAWED, "{port}", flaw)

    def mosquitto(self):
        if MOSQUITTO is None:
            self.skipTest("no mosquitto here")
        return self.other(MOSQUITTO, "-p", "{port}")

    def refused(self, text, *arguments):
        result = self.nanomq(*arguments)
        self.assertEqual((result.returncode, result.stdout), (USAGE, ""), result.stderr)
        self.assertIn(text, result.stderr)
        self.assertTrue(result.stderr.startswith("Error: "), result.stderr)


class Bench(LoadCase):
    def test_accounts_for_every_message_of_ours_and_of_mosquitto(self):
        for port in (self.ours(), self.mosquitto()):
            for version in "3", "4", "5":
                for qos in "0", "1", "2":
                    # mosquitto drops what is beyond 20 unreleased messages of a client before MQTT 5.
                    found = self.report("bench", "roundtrip", "-p", port, "-c", "3", "-L", "60", "-V", version, "-q", qos,
                                        "-F", "16")
                    self.assertTrue(found["clean"])
                    self.assertEqual((found["sent"]["total"], found["received"]["total"]), (60, 60))
                    self.assertEqual(found["sent"]["acknowledged"], 60 if qos != "0" else 0)
                    self.assertEqual(found["latency_us"]["count"], 60)

    def test_makes_fans_and_spreads_over_threads(self):
        port = self.ours()
        found = self.report("bench", "roundtrip", "-p", port, "--pattern", "fan-in", "-c", "8", "-L", "80")
        self.assertEqual((found["connections"]["opened"], found["received"]["total"]), (9, 80))
        found = self.report("bench", "roundtrip", "-p", port, "--pattern", "fan-out", "-c", "8", "-L", "20", "--rate", "1000")
        self.assertEqual((found["connections"]["opened"], found["received"]["total"]), (9, 160))
        found = self.report("bench", "roundtrip", "-p", port, "-c", "5", "-L", "100", "--threads", "3", "-q", "1")
        self.assertEqual(found["received"]["total"], 100)

    def test_notices_a_broker_that_breaks_its_promises(self):
        counts = ("missing", "duplicates", "reordered", "changed", "misdelivered")
        for flaw, expected in (("loses", "missing"), ("repeats", "duplicates"), ("swaps", "reordered"),
                               ("changes", "changed"), ("misdelivers", "misdelivered")):
            with self.subTest(flaw=flaw):
                port = self.flawed(flaw)
                for patience in "0.5", "5", "50":  # more, when the machine stood still before there was anything to notice
                    found = self.report("bench", "roundtrip", "-p", port, "-c", "2", "-L", "400", "-s", "16",
                                        "--patience", "50" if flaw == "repeats" else patience, code=LOST)
                    if found["received"][expected] > 0:
                        break
                self.assertGreater(found["received"][expected], 0)
                for count in counts:
                    # What was changed or came to another is missed, too; one that was held back may be the last.
                    if count != expected and (flaw, count) not in (("changes", "missing"), ("misdelivers", "missing"),
                                                                   ("swaps", "missing")):
                        self.assertEqual(found["received"][count], 0, count)

    def test_ends_when_nothing_moves_any_more(self):
        found = self.report("bench", "roundtrip", "-p", self.flawed("never_acknowledges"), "-c", "1", "-L", "100000", "-q", "1",
                            "--patience", "0.5", code=LOST)
        self.assertLess(found["sent"]["total"], 100000)

    def test_finds_no_fault_where_there_is_none(self):
        self.report("bench", "roundtrip", "-p", self.flawed("none"), "-c", "2", "-L", "400")

    def test_a_subscriber_notices_what_a_publisher_elsewhere_sent_and_it_did_not_get(self):
        port = self.flawed("loses")
        subscriber = self.begin("bench", "sub", "-p", port, "-c", "1", "-t", "a/b")
        subscriber.wait_for(lambda lines: any(line.startswith("connected: total=1,") for line in lines), "connection")
        self.report("bench", "pub", "-p", port, "-c", "1", "-t", "a/b", "-L", "500", "-I", "0")
        subscriber.wait_for(lambda lines: any(line.startswith("recv: total=490,") for line in lines), "messages")
        subscriber.process.send_signal(signal.SIGINT)
        self.assertEqual(subscriber.exit_code(), LOST)
        self.assertRegex("\n".join(subscriber.lines), r"accounted for +9 missing, 0 twice, 0 out of order")

    def test_takes_the_command_lines_of_emqtt_bench(self):
        port = self.ours()
        found = self.report("bench", "pub", "-h", "127.0.0.1", "-p", port, "-V", "5", "-c", "5", "-n", "7", "-i", "0", "-I", "1",
                            "-t", "bench/%i", "-s", "64", "-q", "1", "-r", "false", "-k", "30", "-C", "true", "-x", "0",
                            "-L", "50", "-F", "1", "-w", "true", "--prefix", "mine", "--ifaddr", "127.0.0.2-3", "-u", "u%i")
        self.assertEqual((found["connections"]["opened"], found["sent"]["acknowledged"]), (5, 50))
        found = self.report("bench", "conn", "-p", port, "-c", "20", "-R", "1000", "--duration", "0.01")
        self.assertEqual(found["connections"]["opened"], 20)

    def test_writes_lines_on_a_pipe_and_a_summary_at_ctrl_c(self):
        run = self.begin("bench", "pub", "-p", self.ours(), "-c", "2", "-i", "0", "-I", "5", "-t", "x/%i")
        run.wait_for(lambda lines: any(re.fullmatch(r"sent: total=\d+, rate=\d+\(msg/sec\)", line) for line in lines), "progress")
        run.process.send_signal(signal.SIGINT)
        self.assertEqual(run.exit_code(), CLEAN)
        text = "\n".join(run.lines)
        self.assertIn("connected: total=2, rate=", text)
        self.assertNotIn("\r", text)
        self.assertNotIn("\x1b", text)
        self.assertRegex(text, r"(?m)^connected +2 of 2 in ")
        self.assertRegex(text, r"(?m)^sent +\d+ messages, \d+ msg/s$")

    def test_counts_failures_by_their_reason(self):
        port = loopback_port()
        found = self.report("bench", "roundtrip", "-p", str(port), "-c", "3", code=FAILED)
        self.assertFalse(found["started"])
        self.assertEqual(found["failures"], [{"reason": "Connection refused", "count": 6}])
        result = self.nanomq("bench", "pub", "-p", str(port), "-c", "3", "-i", "0", "--quiet")
        self.assertEqual(result.returncode, FAILED)
        self.assertIn("3 times: Connection refused (is a broker running there", result.stdout)

    def test_says_what_the_broker_refuses(self):
        port = self.ours("limits.max_sessions=3")
        found = self.report("bench", "conn", "-p", port, "-c", "5", "-i", "0", "-V", "5", "--duration", "0.01", code=FAILED)
        self.assertEqual(found["connections"]["failed"], 2)
        self.assertEqual(found["failures"][0]["count"], 2)
        self.assertTrue(found["failures"][0]["reason"].startswith("CONNACK: "), found["failures"])

    def test_sends_a_file_and_a_text_as_they_are(self):
        port = self.ours()
        path = os.path.join(self.directory, "payload")
        with open(path, "wb") as file:
            file.write(b"from a file")
        for arguments, expected in ((["-f", path], "from a file"), (["-m", "%i says %s%%"], "0 says 0%")):
            listener = self.begin("sub", "-p", port, "-t", "p", "-C", "1", "-d")
            listener.wait_for(lambda lines: any("SUBACK" in line for line in lines), "subscription")
            self.report("bench", "pub", "-p", port, "-c", "1", "-L", "1", "-t", "p", *arguments)
            self.assertEqual(listener.exit_code(), 0)
            self.assertIn(expected, listener.lines)

    def test_refuses_what_does_not_go_together(self):
        self.refused("pub, sub, conn or roundtrip", "bench")
        self.refused("pub, sub, conn or roundtrip", "bench", "frobnicate")
        self.refused("Unknown option '--frobnicate'", "bench", "pub", "--frobnicate")
        self.refused("-c wants a whole number", "bench", "pub", "-c", "many")
        self.refused("-q wants 0, 1 or 2", "bench", "pub", "-q", "3")
        self.refused("no topic to publish to", "bench", "pub", "-t", "a/#")
        self.refused("no topic filter", "bench", "sub", "-t", "a/#/b")
        self.refused("16 bytes or more", "bench", "roundtrip", "-s", "8")
        self.refused("put %i into the topic", "bench", "roundtrip", "-t", "x")
        self.refused("put %i into the client id", "bench", "pub", "--id", "one")
        self.refused("a text or a file, not both", "bench", "pub", "-m", "x", "-f", "y")
        self.refused("No such file", "bench", "pub", "-f", "/no/such/file")
        self.refused("not an address", "bench", "conn", "--ifaddr", "eth0")
        self.refused("No such file", "bench", "pub", "--cafile", "/no/such/file")

    def test_shows_its_options_and_makes_its_man_page(self):
        for verb in "pub", "sub", "conn", "roundtrip":
            result = self.nanomq("bench", verb, "--help")
            self.assertEqual((result.returncode, result.stderr), (CLEAN, ""))
            self.assertTrue(result.stdout.startswith(f"Usage: nanomq bench {verb} [options]"), result.stdout)
            self.assertLess(result.stdout.index("Examples:"), result.stdout.index("--count"))
        page = self.nanomq("man", "bench")
        self.assertEqual(page.returncode, CLEAN)
        self.assertIn("interval_of_msg", page.stdout)

    def test_reads_options_from_a_file(self):
        with open(os.path.join(self.directory, "nanomq_bench_roundtrip"), "w", encoding="utf-8") as file:
            file.write(f"# where the broker is\n-p {self.ours()}\n-L 30\n")
        self.assertEqual(self.report("bench", "roundtrip", "-c", "3")["received"]["total"], 30)


class Conn(LoadCase):
    def test_opens_connections_and_holds_them_for_a_time(self):
        found = self.report("conn", "-p", self.ours(), "-C", "30", "--interval", "0", "--duration", "0.1")
        self.assertEqual((found["connections"]["opened"], found["connect_us"]["count"]), (30, 30))

    def test_holds_them_until_ctrl_c(self):
        run = self.begin("conn", "-p", self.ours(), "-C", "3", "--ramp", "0.01", "-i", "meter-%i")
        run.wait_for(lambda lines: any(line.startswith("connected: total=3,") for line in lines), "connections")
        run.process.send_signal(signal.SIGTERM)
        self.assertEqual(run.exit_code(), CLEAN)
        self.assertRegex("\n".join(run.lines), r"(?m)^connected +3 of 3 in ")

    def test_tells_connections_that_the_broker_ends(self):
        broker = Broker(PROGRAM)
        run = self.begin("conn", "-p", str(broker.port), "-C", "2", "--interval", "0", "-V", "5")
        run.wait_for(lambda lines: any(line.startswith("connected: total=2,") for line in lines), "connections")
        broker.stop()
        self.assertEqual(run.exit_code(), FAILED)
        self.assertIn("2 times: DISCONNECT from the server: server shutting down (0x8B)", "\n".join(run.lines))

    def test_says_when_there_are_too_few_descriptors(self):
        def limit():
            resource.setrlimit(resource.RLIMIT_NOFILE, (64, 64))
        result = self.nanomq("conn", "-C", "1000", preexec_fn=limit)
        self.assertEqual(result.returncode, USAGE)
        self.assertRegex(result.stderr, r"need 10\d\d open files, and this process may have 64.*ulimit -n")

    def test_raises_the_limit_that_it_may_raise(self):
        def limit():
            _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
            resource.setrlimit(resource.RLIMIT_NOFILE, (40, hard))
        result = self.nanomq("conn", "-p", self.ours(), "-C", "60", "--interval", "0", "--duration", "0.01", preexec_fn=limit)
        self.assertEqual(result.returncode, CLEAN, result.stdout + result.stderr)


class Doctor(LoadCase):
    def found(self, *arguments, code=0):
        result = self.nanomq("doctor", *arguments, "--json")
        self.assertEqual(result.returncode, code, result.stdout + result.stderr)
        report = json.loads(result.stdout)
        return report, {(each["group"], each["name"]): each for each in report["findings"]}

    def test_finds_nothing_broken_in_ours_and_in_mosquitto(self):
        for port in (self.ours(), self.mosquitto()):
            report, found = self.found(f"mqtt://127.0.0.1:{port}")
            self.assertTrue(report["connected"])
            self.assertFalse(report["broken"])
            for name in ("QoS 0", "QoS 1", "QoS 2", "retained messages", "wildcards + and #", "shared subscriptions",
                         "subscription identifiers", "no local", "topic aliases"):
                self.assertEqual(found["Messages", name]["state"], "yes", found["Messages", name])
            for name in "MQTT 3.1", "MQTT 3.1.1", "MQTT 5.0":
                self.assertEqual(found["Connection", name]["state"], "yes")
            self.assertEqual(found["Sessions", "kept messages"]["state"], "yes")
            self.assertEqual(found["Sessions", "wills"]["state"], "yes")
            self.assertEqual(found["Broker", "version"]["state"], "limit")
            self.assertEqual(set(report["round_trip_us"]), {"p50", "p99", "max"})

    def test_leaves_nothing_behind(self):
        port = self.ours()
        self.found("-p", port)
        left = self.nanomq("sub", "-p", port, "-t", "nanomq-doctor/#", "--retained-only", "-W", "1")
        self.assertEqual(left.stdout, "")
        # A session that had been kept would be counted here.
        counted = self.nanomq("sub", "-p", port, "-t", "$SYS/broker/clients/disconnected", "-C", "1", "-W", "100")
        self.assertEqual(counted.stdout, "0\n")

    def test_finds_the_limits(self):
        port = self.ours("mqtt.max_packet_size=5000", "mqtt.max_topic_levels=12", "mqtt.max_topic_alias=0",
                         "mqtt.max_session_expiry=1h", "mqtt.max_keepalive=100s", "mqtt.receive_maximum=7")
        _, found = self.found("127.0.0.1:" + port, "--deep")
        self.assertEqual(found["Announced", "packets up to"]["value"], "5 000 bytes")
        self.assertEqual(found["Limits", "packets up to"]["value"], "5 000 bytes")
        self.assertEqual(found["Limits", "topic levels up to"]["value"], "12")
        self.assertEqual(found["Messages", "topic aliases"]["state"], "no")
        self.assertEqual(found["Announced", "sessions kept for"]["value"], "3 600 s")
        self.assertEqual(found["Announced", "keep alive"]["value"], "100 s")
        self.assertEqual(found["Announced", "receive maximum"]["value"], "7")

    def test_says_what_is_broken_and_why(self):
        port = self.flawed("none")
        for timeout in "0.2", "1", "5":  # longer, when the machine stood still
            report, found = self.found("-p", port, "--timeout", timeout, code=LOST)
            if found["Messages", "QoS 0"]["state"] == "yes":
                break
        self.assertTrue(report["broken"])
        self.assertEqual(found["Messages", "QoS 0"]["state"], "yes")
        self.assertEqual(found["Messages", "QoS 1"]["state"], "broken")
        self.assertEqual(found["Messages", "QoS 1"]["remark"], "no PUBACK in time")

    def test_says_that_nobody_is_there_and_what_to_do(self):
        report, found = self.found("-p", str(loopback_port()), code=FAILED)
        self.assertFalse(report["connected"])
        self.assertIn("is a broker running there", found["Connection", "reachable"]["remark"])

    def test_prints_a_table_without_colours_on_a_pipe(self):
        result = self.nanomq("doctor", "-p", self.ours())
        self.assertEqual(result.returncode, 0)
        self.assertRegex(result.stdout, r"(?m)^  QoS 2 +yes$")
        self.assertNotIn("\x1b", result.stdout)

    def test_refuses_wrong_use(self):
        self.refused("Unsupported URL scheme", "doctor", "ftp://x")
        self.refused("No such file", "doctor", "--cafile", "/no/such/file", "mqtts://localhost")
        self.refused("--timeout wants seconds", "doctor", "--timeout", "0")
        self.refused("without + and #", "doctor", "--prefix", "a/#")


if __name__ == "__main__":
    unittest.main()
