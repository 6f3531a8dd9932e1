"""What a running broker writes down: logs, traces, and what it tells systemd.

Usage: log_test.py PATH_OF_NANOMQ [unittest options]
Syslog, the service manager and whoever reads lines are real sockets of this test; waiting is for a condition, with a deadline.
"""
import json
import os
import re
import select
import shutil
import signal
import socket
import stat
import subprocess
import sys
import tempfile
import time
import unittest

PROGRAM = os.path.abspath(sys.argv.pop(1))
DEADLINE = 100  # seconds until a condition has failed
OK, FAILURE, USAGE, NOT_RUNNING = range(4)


def connect_packet(client_id, user=None, password=None):
    flags = 0x02 | (0x80 if user is not None else 0) | (0x40 if password is not None else 0)
    body = b"\x00\x04MQTT\x05" + bytes([flags]) + b"\x00\x3c\x00"
    for text in (client_id, user, password):
        if text is not None:
            body += len(text).to_bytes(2, "big") + text
    return b"\x10" + bytes([len(body)]) + body


class Logs(unittest.TestCase):
    def setUp(self):
        self.directory = tempfile.mkdtemp(prefix="nanomq_log")
        self.addCleanup(shutil.rmtree, self.directory, ignore_errors=True)
        self.env = {key: value for key, value in os.environ.items()
                    if not key.startswith("NANOMQ_") and key != "NOTIFY_SOCKET"}
        self.env["XDG_RUNTIME_DIR"] = self.directory
        self.pid_file = self.path("pid")

    def path(self, name):
        return os.path.join(self.directory, name)

    def start(self, *arguments, **variables):
        broker = subprocess.Popen([PROGRAM, "start", "--url", "127.0.0.1:0", "--pid-file", self.pid_file, *arguments],
                                  stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                                  env={**self.env, **variables}, cwd=self.directory)

        def end():
            if broker.poll() is None:
                broker.kill()
                broker.wait()
            broker.stdout.close()
            broker.stderr.close()
        self.addCleanup(end)
        banner = b""
        while b"mosquitto_pub" not in banner:
            ready, _, _ = select.select([broker.stdout], [], [], DEADLINE)
            piece = os.read(broker.stdout.fileno(), 4096) if ready else b""
            if not piece:
                raise AssertionError("no banner: " + banner.decode() + broker.stderr.read1().decode())
            banner += piece
        self.port = int(re.search(rb"mqtt-tcp://127\.0\.0\.1:(\d+)", banner).group(1))
        return broker

    def ask(self, *arguments):
        return subprocess.run([PROGRAM, "broker", *arguments, "--pid-file", self.pid_file], env=self.env,
                              cwd=self.directory, stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=DEADLINE)

    def until(self, condition, what):
        end = time.monotonic() + DEADLINE
        while time.monotonic() < end:
            found = condition()
            if found:
                return found
            time.sleep(0.01)
        raise AssertionError("no " + what)

    def contents(self, name):
        with open(self.path(name), encoding="utf-8") as file:
            return file.read()

    def datagrams(self, address):
        receiver = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self.addCleanup(receiver.close)
        receiver.bind(address)
        receiver.settimeout(DEADLINE)
        return receiver

    def connect(self, client_id, **more):
        """Connects and says what the CONNACK's reason is."""
        peer = socket.create_connection(("127.0.0.1", self.port), timeout=DEADLINE)
        self.addCleanup(peer.close)
        peer.sendall(connect_packet(client_id, **more))
        answer = b""
        while len(answer) < 4:
            piece = peer.recv(64)
            if not piece:
                break
            answer += piece
        return peer, answer[3] if len(answer) > 3 else None

    def receive_until(self, receiver, what):
        got = []
        while not any(what in one for one in got):
            got.append(receiver.recv(65536).decode())
        return got

    # ------------------------------------------------------------------------------------------------------------ logs

    def test_goes_to_several_places_at_once(self):
        syslog = self.datagrams(self.path("syslog"))
        lines = self.datagrams(self.path("lines"))
        self.start("--log-level", "info", "--set", "log.to=file,syslog,uds", "--set", "log.dir=" + self.directory,
                   "--set", "log.file=broker.log", "--set", "log.syslog_addr=" + self.path("syslog"),
                   "--set", "log.uds_addr=ipc://" + self.path("lines"))
        got = self.receive_until(syslog, " listening ")[-1]
        self.assertRegex(got, r"^<30>[A-Z][a-z]{2} [ 123]\d \d\d:\d\d:\d\d nanomq\[\d+\]: program listening listener=tcp:default url=")
        self.assertRegex(self.receive_until(lines, " listening ")[-1], r"^\d{4}-.* info program listening listener=")
        self.until(lambda: " info program listening " in self.contents("broker.log"), "line in the file")

    def test_writes_json(self):
        self.start("--log-level", "info", "--log-file", self.path("log"), "--set", "log.format=json")
        self.connect(b"\"\n\xc3\xa4")
        self.until(lambda: "client_connected" in self.contents("log"), "event")
        events = [json.loads(line) for line in self.contents("log").splitlines()]
        one = next(event for event in events if event["event"] == "client_connected")
        self.assertEqual(list(one)[:4], ["ts", "level", "component", "event"])
        self.assertRegex(one["ts"], r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$")
        self.assertEqual((one["level"], one["component"], one["client"], one["version"]), ("info", "broker", "\"\nä", 5))

    def test_begins_a_file_anew_with_a_reload(self):
        self.start("--log-level", "info", "--log-file", "log")
        os.rename(self.path("log"), self.path("moved"))
        result = self.ask("reload")
        self.assertEqual(result.returncode, OK, result.stderr)
        self.until(lambda: os.path.exists(self.path("log")) and " config reloaded " in self.contents("log"), "new file")
        self.assertIn(" listening ", self.contents("moved"))

    def test_takes_other_places_with_a_reload_or_none_of_them(self):
        with open(self.path("conf"), "w", encoding="utf-8") as file:
            file.write('log { level = info, to = [file], file = "a" }\n')
        self.start("--conf", "conf")
        with open(self.path("conf"), "w", encoding="utf-8") as file:
            file.write('log { level = info, to = [file], file = "none/b" }\n')
        result = self.ask("reload")
        self.assertEqual(result.returncode, USAGE)
        self.assertIn("cannot open the log file " + self.path("none/b"), result.stderr)
        with open(self.path("conf"), "w", encoding="utf-8") as file:
            file.write('log { level = info, to = [file], file = "b", levels { program = off } }\n')
        result = self.ask("reload")
        self.assertEqual(result.returncode, OK, result.stderr)
        self.assertIn("changed: log.levels.program = off\n", result.stdout)
        self.until(lambda: " config reloaded " in self.contents("b"), "line in the new file")
        self.assertIn(" config reload_refused ", self.contents("a"))

    def test_changes_levels_while_the_broker_runs(self):
        self.start("--log-file", "log")
        self.connect(b"unseen")
        shown = self.ask("log")
        self.assertEqual((shown.returncode, shown.stderr), (OK, ""))
        self.assertEqual(shown.stdout.split("\n")[0], "broker    warn")
        result = self.ask("log", "info", "tls=trace")
        self.assertEqual(result.returncode, OK, result.stderr)
        self.assertIn("tls       trace\n", result.stdout)
        self.connect(b"seen")
        self.until(lambda: "client=seen" in self.contents("log"), "event")
        self.assertNotIn("client=unseen", self.contents("log"))
        self.assertIn(' warn program log_levels_changed to="info tls=trace"\n', self.contents("log"))
        # A reload that finds what it found before leaves them.
        self.assertEqual(self.ask("reload").returncode, OK)
        levels = json.loads(self.ask("log", "--json").stdout)
        self.assertEqual((levels["levels"]["store"], levels["levels"]["tls"], levels["dropped"]), ("info", "trace", {"file": 0}))

    def test_refuses_levels_that_there_are_not_and_changes_nothing(self):
        self.start("--log-file", "log")
        for words, why in ((("debug", "loud"), "the levels are trace, debug"), (("debug", "x=info"), "the components are broker, ")):
            result = self.ask("log", *words)
            self.assertEqual(result.returncode, USAGE)
            self.assertIn(why, result.stderr)
        self.assertNotIn("debug", self.ask("log").stdout)
        result = subprocess.run([PROGRAM, "broker", "log", "--pid-file", self.path("nobody")], env=self.env,
                                capture_output=True, text=True, timeout=DEADLINE)
        self.assertEqual(result.returncode, NOT_RUNNING)

    # THREATS 67: a flood of one event from one source.
    def test_suppresses_a_flood_and_says_so(self):
        broker = self.start("--log-level", "info", "--log-file", "log", "--set", "log.rate.count=3", "--set", "log.rate.interval=1h")
        for number in range(8):
            self.connect(b"flood%d" % number)
        self.connect(b"last")
        broker.terminate()
        self.assertEqual(broker.wait(DEADLINE), OK)  # everything has been written
        lines = self.contents("log").splitlines()
        self.assertEqual(sum(" client_connected " in line for line in lines), 3, lines)

    def test_says_what_has_no_effect(self):
        broker = self.start("--set", "log.file=x")
        broker.terminate()
        broker.wait(DEADLINE)
        self.assertIn(b"warning: log.file has no effect: log.to does not contain file", broker.stderr.read())

    # --------------------------------------------------------------------------------------------------------- systemd

    def test_tells_a_service_manager_how_far_it_is(self):
        for address in (self.path("notify"), "\0nanomq-log-test-%d" % os.getpid()):
            manager = self.datagrams(address)
            broker = self.start("--log-file", "log", NOTIFY_SOCKET=address.replace("\0", "@"), WATCHDOG_USEC="2000000")
            self.assertEqual(manager.recv(4096).decode(), "READY=1\nSTATUS=Listening on mqtt-tcp://127.0.0.1:%d" % self.port)
            self.assertEqual(manager.recv(4096), b"WATCHDOG=1")
            self.assertEqual(manager.recv(4096), b"WATCHDOG=1")
            broker.send_signal(signal.SIGHUP)
            got = self.receive_until(manager, "READY=1")
            self.assertRegex(next(one for one in got if one != "WATCHDOG=1"), r"^RELOADING=1\nMONOTONIC_USEC=\d+$")
            broker.terminate()
            self.receive_until(manager, "STOPPING=1")
            self.assertEqual(broker.wait(DEADLINE), OK)

    # ---------------------------------------------------------------------------------------------------------- traces

    def test_traces_one_client(self):
        self.start("--log-file", "log")
        started = self.ask("trace", "start", "--client", "one", "--file", "trace", "--payload", "8", "--json")
        self.assertEqual(started.returncode, OK, started.stderr)
        self.assertEqual(json.loads(started.stdout)["file"], self.path("trace"))
        self.assertEqual(stat.S_IMODE(os.stat(self.path("trace")).st_mode), 0o600)
        self.connect(b"two")
        peer, _ = self.connect(b"one", user=b"u", password=b"secret")
        peer.sendall(b"\x82\x09\x00\x01\x00\x00\x03t/#\x01")  # SUBSCRIBE t/#, QoS 1
        self.assertEqual(peer.recv(1), b"\x90")
        peer.sendall(b"\x32\x0c\x00\x03t/x\x00\x02\x00a\nb\xff")  # PUBLISH t/x, QoS 1, identifier 2
        self.until(lambda: {"PUBLISH", "PUBACK"} <= set(re.findall(r" out (\w+) .*\n", self.contents("trace"))), "lines")
        lines = [line.split(" ", 1)[1] for line in self.contents("trace").splitlines()]
        self.assertRegex(lines[0], r"^in CONNECT client=one address=127\.0\.0\.1 version=5 clean_start=true keep_alive=60 user=u password=true$")
        self.assertRegex(lines[1], r"^out CONNACK client=one .* session_present=false reason=0 ")
        self.assertRegex(lines[2], r"^in SUBSCRIBE client=one .* id=1 filters=1 filter=t/# qos=1 size=11$")
        self.assertRegex(lines[3], r"^out SUBACK client=one .* id=1 reasons=1 size=6$")
        self.assertRegex(lines[4], r'^in PUBLISH client=one .* id=2 qos=1 .* topic=t/x payload_size=4 payload="a\\nb\\xff" size=14$')
        self.assertTrue(any(line.startswith("out PUBACK client=one") for line in lines), lines)
        self.assertNotIn("secret", self.contents("trace"))
        self.assertNotIn("two", self.contents("trace"))
        self.assertIn("trace-1: client one, ", self.ask("trace", "list").stdout)
        result = subprocess.run([PROGRAM, "trace", "stop", "trace-1", "--pid-file", self.pid_file], env=self.env,
                                capture_output=True, text=True, timeout=DEADLINE)
        self.assertEqual(result.returncode, OK, result.stderr)
        self.assertEqual(self.ask("trace", "list").stdout, "no trace\n")
        self.assertTrue(self.contents("trace").endswith(" the trace has ended: it was stopped\n"))
        for line in (r' warn program trace_started name=trace-1 what="client one" file=\S+/trace payload_bytes=8\n',
                     r" warn program trace_stopped name=trace-1 packets=\d+\n"):
            self.until(lambda line=line: re.search(line, self.contents("log")), line)

    def test_refuses_traces_that_make_no_sense(self):
        self.start("--log-file", "log")
        for words, why in ((("--topic", "a/#/b"), "is no topic filter"), ((), "what is to be traced?"),
                           (("--client", "a", "--for", "8d"), "a trace lasts 1s to 7d"),
                           (("--client", "a", "--for", "soon"), "is not a duration")):
            result = self.ask("trace", "start", "--file", "trace", *words)
            self.assertEqual(result.returncode, USAGE, result.stderr)
            self.assertIn(why, result.stderr)
        result = self.ask("trace", "start", "--client", "a", "--file", "log")
        self.assertEqual(result.returncode, FAILURE)
        gone = self.ask("trace", "stop", "nothing")
        self.assertEqual((gone.returncode, gone.stderr), (FAILURE, "nanomq: there is no trace nothing\n"))

    # THREATS 67
    def test_names_in_the_list_of_traces_stay_on_their_lines(self):
        self.start("--log-file", "log")
        self.ask("trace", "start", "--client", "a\nforged: client b", "--file", "trace")
        listed = self.ask("trace", "list").stdout
        self.assertRegex(listed, r"\Atrace-1: client a\\nforged: client b, 0 packets, 0 B, \d+m \d+s left, .*/trace\n\Z")


if __name__ == "__main__":
    unittest.main(verbosity=2)
