"""The program as a person uses it: options, exit codes, pid files, signals.

Usage: cli_test.py PATH_OF_NANOMQ [unittest options]
Every broker here listens on a port that the system chose, on loopback; waiting is for a condition, with a deadline.
"""
import os
import re
import select
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
import unittest

PROGRAM = os.path.abspath(sys.argv.pop(1))
ROOT = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..", "..")
DEADLINE = 100  # seconds until a condition has failed
OK, FAILURE, USAGE, NOT_RUNNING, ALREADY_RUNNING, UNSAFE = range(6)


class Broker:
    """A broker in the foreground, started and ready."""

    def __init__(self, *arguments, env):
        self.process = subprocess.Popen([PROGRAM, "start", *arguments], stdin=subprocess.DEVNULL,
                                        stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=env)
        self.banner = b""
        until = time.monotonic() + DEADLINE
        while b"mosquitto_pub" not in self.banner:
            ready, _, _ = select.select([self.process.stdout], [], [], max(0, until - time.monotonic()))
            piece = os.read(self.process.stdout.fileno(), 4096) if ready else b""
            if not piece:
                raise AssertionError("no banner: " + self.banner.decode() + self.process.stderr.read1().decode())
            self.banner += piece
        self.port = int(re.search(rb"mqtt-tcp://127\.0\.0\.1:(\d+)", self.banner).group(1))

    def end(self, which=signal.SIGTERM):
        self.process.send_signal(which)
        return self.process.wait(DEADLINE)

    def close(self):
        if self.process.poll() is None:
            self.process.kill()
            self.process.wait()
        self.process.stdout.close()
        self.process.stderr.close()


class CommandLine(unittest.TestCase):
    def setUp(self):
        self.directory = tempfile.mkdtemp(prefix="nanomq_cli")
        self.addCleanup(shutil.rmtree, self.directory, ignore_errors=True)
        self.env = {key: value for key, value in os.environ.items() if not key.startswith("NANOMQ_")}
        self.env["XDG_RUNTIME_DIR"] = self.directory
        self.pid_file = os.path.join(self.directory, "pid")

    def run_program(self, *arguments, **changes):
        return subprocess.run([PROGRAM, *arguments], stdin=subprocess.DEVNULL, capture_output=True, text=True,
                              timeout=DEADLINE, env={**self.env, **changes})

    def broker(self, *arguments):
        started = Broker(*arguments, env=self.env)
        self.addCleanup(started.close)
        return started

    def daemon(self, *arguments):
        result = self.run_program("broker", "start", "-d", "--log-file", os.path.join(self.directory, "log"),
                                  "--url", "127.0.0.1:0", *arguments)
        self.addCleanup(self.run_program, "stop", *[one for one in arguments if "pid" in one])
        return result

    def refused(self, result, code, text):
        self.assertEqual(result.returncode, code, result.stderr)
        self.assertIn(text, result.stderr)
        self.assertEqual(result.stderr.count("\n"), 1, result.stderr)
        self.assertTrue(result.stderr.startswith("nanomq: "), result.stderr)

    # Help and wrong use.

    def test_help_and_version_go_to_stdout(self):
        for arguments in (["--help"], ["broker", "--help"], ["broker", "start", "--help"], ["stop", "--help"]):
            result = self.run_program(*arguments)
            self.assertEqual((result.returncode, result.stderr), (OK, ""))
            self.assertIn("Exit status: 0 ok", result.stdout)
        self.assertRegex(self.run_program("--version").stdout, r"^nanomq \d+\.\d+\.\d+\n$")

    def test_every_option_is_in_the_man_page(self):
        text = self.run_program("broker", "start", "--help").stdout
        with open(os.path.join(ROOT, "docs", "man", "nanomq-broker.1"), encoding="utf-8") as file:
            page = file.read()
        options = re.findall(r"^ +(?:-\w,)?--([a-z-]+)", text, re.M)
        self.assertGreater(len(options), 10)
        for option in set(options) - {"help"}:
            self.assertRegex(page, rf"(?m)^\.It Fl (d , )?-{option}( |$)")

    def test_wrong_use_is_one_line_on_stderr(self):
        self.refused(self.run_program("start", "--colour"), USAGE, "--colour")
        self.refused(self.run_program("start", "extra"), USAGE, "extra")
        self.refused(self.run_program("frobnicate"), USAGE, "unknown command: frobnicate")
        self.refused(self.run_program("broker", "frobnicate"), USAGE, "unknown command: frobnicate")
        self.refused(self.run_program(), USAGE, "subcommand")
        self.refused(self.run_program("start", "--shards", "300"), USAGE, "system.shards")
        self.refused(self.run_program("start", "--set", "mqtt.max_paket_size=1"), USAGE, "did you mean mqtt.max_packet_size")
        self.refused(self.run_program("start", "--url", "ftp://x"), USAGE, "listeners.tcp.bind")
        self.refused(self.run_program("start", "--url", ""), USAGE, "an empty address")
        self.refused(self.run_program("start", "--url", ":1883"), USAGE, "the address is missing")
        self.refused(self.run_program("start", "--url", "x\ny://"), USAGE, "listeners.tcp.bind")
        self.refused(self.run_program("start", "--conf", "/nonexistent"), USAGE, "/nonexistent: ")

    def test_a_wrong_configuration_names_its_place(self):
        path = os.path.join(self.directory, "nanomq.conf")
        with open(path, "w", encoding="utf-8") as file:
            file.write("# mine\nmqtt.receive_maximum = 70000\n")
        self.refused(self.run_program("start", "--conf", path), USAGE, path + ":2:24: mqtt.receive_maximum: ")

    def test_print_config_shows_every_value_and_its_origin(self):
        result = self.run_program("start", "--print-config", "--set", "mqtt.max_packet_size=1MB",
                                  NANOMQ_MQTT__MAX_INFLIGHT="7")
        self.assertEqual(result.returncode, OK)
        self.assertRegex(result.stdout, r"mqtt\.max_packet_size = 1MB +# command line\n")
        self.assertRegex(result.stdout, r"mqtt\.max_inflight = 7 +# NANOMQ_MQTT__MAX_INFLIGHT\n")
        self.assertRegex(result.stdout, r"log\.level = warn +# default\n")

    def test_a_variable_without_effect_is_a_warning(self):
        first = self.broker("--url", "127.0.0.1:0")
        result = self.run_program("start", "--url", f"127.0.0.1:{first.port}", NANOMQ_HTTP_SERVER_PORT="8081")
        self.assertEqual(result.stderr.splitlines()[0],
                         "nanomq: warning: NANOMQ_HTTP_SERVER_PORT has no effect: there is no HTTP server here yet")

    def test_help_of_start_shows_one_spelling_and_the_other_works(self):
        text = self.run_program("start", "--help").stdout
        self.assertNotIn("--log_", text)
        self.assertIn("Example: ", text)
        self.refused(self.run_program("start", "--log_level", "loud"), USAGE, "log.level")
        self.refused(self.run_program("start", "--log_file", "x", "--syslog"), USAGE, "--syslog excludes")

    # Safety.

    def test_a_listener_for_other_machines_is_refused_without_authentication(self):
        for url in ("0.0.0.0:0", "mqtt-tcp://[::]:0", "mqtt-tcp://*:0", "nmq-tcp://0.0.0.0:0"):
            self.refused(self.run_program("start", "--url", url), UNSAFE, "--allow-anonymous")
        self.refused(self.run_program("start", NANOMQ_BROKER_URL="nmq-tcp://0.0.0.0:0"), UNSAFE, "auth.allow_anonymous = true")

    # Running.

    def test_port_0_is_replaced_by_the_real_one(self):
        broker = self.broker("--url", "127.0.0.1:0")
        self.assertGreater(broker.port, 0)
        socket.create_connection(("127.0.0.1", broker.port), DEADLINE).close()
        self.assertIn(b"anyone on this machine", broker.banner)
        self.assertIn(b"nothing across a restart", broker.banner)

    def test_sigterm_and_sigint_end_it_with_0(self):
        for which in (signal.SIGTERM, signal.SIGINT):
            self.assertEqual(self.broker("--url", "127.0.0.1:0").end(which), OK)

    def test_sighup_without_a_change_changes_nothing(self):
        broker = self.broker("--url", "127.0.0.1:0", "--log-level", "info")
        broker.process.send_signal(signal.SIGHUP)
        while b" reloaded " not in (line := broker.process.stderr.readline()):
            self.assertTrue(line, "the broker has ended")
        self.assertIn(b'what="nothing has changed"', line)
        socket.create_connection(("127.0.0.1", broker.port), DEADLINE).close()
        self.assertEqual(broker.end(), OK)

    def test_a_closed_stdout_and_stderr_do_not_end_it(self):
        broker = self.broker("--url", "127.0.0.1:0", "--log-level", "trace")
        broker.process.stdout.close()
        broker.process.stderr.close()
        for _ in range(3):
            broker.process.send_signal(signal.SIGHUP)
            socket.create_connection(("127.0.0.1", broker.port), DEADLINE).close()
        self.assertEqual(broker.end(), OK)

    def test_starts_without_standard_descriptors(self):
        # The shell closes all three; the broker must not give their numbers to sockets.
        command = 'exec "$0" start -d --url 127.0.0.1:0 --pid-file "$1" --log-file "$2" <&- >&- 2>&-'
        log = os.path.join(self.directory, "log")
        result = subprocess.run(["sh", "-c", command, PROGRAM, self.pid_file, log], env=self.env, timeout=DEADLINE)
        self.assertEqual(result.returncode, OK)
        self.assertEqual(self.run_program("stop", "--pid-file", self.pid_file).returncode, OK)

    def test_two_brokers_on_one_address_do_not_go_together(self):
        first = self.broker("--url", "127.0.0.1:0")
        result = self.run_program("start", "--url", f"127.0.0.1:{first.port}")
        self.refused(result, ALREADY_RUNNING, str(first.port))
        self.assertEqual(result.stderr.count("cannot listen"), 1)
        self.assertIn("--url", result.stderr)
        self.assertEqual(first.end(), OK)

    def test_two_brokers_on_two_ports_do(self):
        first, second = self.broker("--url", "127.0.0.1:0"), self.broker("--url", "127.0.0.1:0")
        self.assertNotEqual(first.port, second.port)

    def test_two_brokers_on_one_pid_file_do_not_go_together(self):
        first = self.broker("--url", "127.0.0.1:0", "--pid-file", self.pid_file)
        result = self.run_program("start", "--url", "127.0.0.1:0", "--pid-file", self.pid_file)
        self.refused(result, ALREADY_RUNNING, f"pid {first.process.pid}")
        self.assertEqual(first.end(), OK)
        self.assertFalse(os.path.exists(self.pid_file))

    def test_what_a_killed_broker_left_behind_is_no_obstacle(self):
        first = self.broker("--url", "127.0.0.1:0", "--pid-file", self.pid_file)
        first.process.kill()
        first.process.wait()
        self.assertTrue(os.path.exists(self.pid_file))
        self.assertEqual(self.run_program("status", "--pid-file", self.pid_file).returncode, NOT_RUNNING)
        second = self.broker("--url", "127.0.0.1:0", "--pid-file", self.pid_file)
        self.assertEqual(second.end(), OK)

    def test_a_pid_file_that_is_a_link_is_refused(self):
        target = os.path.join(self.directory, "target")
        os.symlink(target, self.pid_file)
        result = self.run_program("start", "--url", "127.0.0.1:0", "--pid-file", self.pid_file)
        self.refused(result, FAILURE, "symbolic link")
        self.assertFalse(os.path.exists(target))

    # In the background.

    def test_a_daemon_is_started_shown_restarted_and_stopped(self):
        started = self.daemon("--shards", "1")
        self.assertEqual((started.returncode, started.stderr), (OK, ""))
        port = int(re.search(r"mqtt-tcp://127\.0\.0\.1:(\d+)", started.stdout).group(1))
        socket.create_connection(("127.0.0.1", port), DEADLINE).close()
        status = self.run_program("broker", "status")
        self.assertEqual(status.returncode, OK)
        self.assertRegex(status.stdout, rf"mqtt-tcp://127\.0\.0\.1:{port}  \d connections?\n")
        self.assertRegex(status.stdout, r"shards +1\n")
        self.refused(self.daemon(), ALREADY_RUNNING, "a broker runs already")
        again = self.run_program("broker", "restart", "-d", "--url", f"127.0.0.1:{port}",
                                 "--log-file", os.path.join(self.directory, "log"))
        self.assertEqual((again.returncode, again.stderr), (OK, ""))
        stopped = self.run_program("broker", "stop")
        self.assertEqual((stopped.returncode, stopped.stderr), (OK, ""))
        self.assertEqual(self.run_program("broker", "status").returncode, NOT_RUNNING)
        self.refused(self.run_program("broker", "stop"), NOT_RUNNING, "not running")

    def test_a_unix_socket_that_cannot_be_had_is_refused_with_what_to_do(self):
        path = os.path.join(self.directory, "mqtt.sock")
        done = self.run_program("start", "--url", "unix://" + path, "--set", "listeners.tcp.unix_group=nobodys-group")
        self.refused(done, USAGE, "unix_group = nobodys-group, and this machine knows no such one")
        with open(path, "w", encoding="utf-8"):
            pass
        done = self.run_program("start", "--url", "unix://" + path)
        self.refused(done, ALREADY_RUNNING, "a file that is no socket is in the way")
        self.assertNotIn("HOST:PORT", done.stderr)

    def test_a_restart_with_a_wrong_configuration_leaves_the_broker_alone(self):
        self.assertEqual(self.daemon().returncode, OK)
        before = self.run_program("status").stdout.splitlines()[:2]
        self.refused(self.run_program("restart", "-d", "--shards", "300"), USAGE, "system.shards")
        # What only a start would stumble over, too.
        for setting, why in (("control.socket=/nowhere/at/all", "/nowhere/at: No such file"),
                             ("listeners.tcp.enable=false", "no listener is enabled"),
                             ("store.dir=/nowhere/at/all", "/nowhere/at: No such file")):
            self.refused(self.run_program("restart", "-d", "--set", "listeners.tcp.bind=127.0.0.1:0", "--set", setting), USAGE, why)
        self.refused(self.run_program("restart", "-d", "--url", "0.0.0.0:0"), UNSAFE, "--allow-anonymous")
        self.refused(self.run_program("restart", "-d", "--url", "127.0.0.1:0", "--log-file", self.directory), FAILURE, "log file")
        self.assertEqual(self.run_program("status").stdout.splitlines()[:2], before)

    def test_a_restart_with_nothing_running_is_a_start(self):
        result = self.run_program("restart", "-d", "--url", "127.0.0.1:0", "--log-file", os.path.join(self.directory, "log"))
        self.addCleanup(self.run_program, "stop")
        self.assertEqual((result.returncode, result.stderr), (OK, ""))
        self.assertEqual(self.run_program("stop").returncode, OK)

    def test_a_daemon_with_relative_paths_shows_and_removes_them(self):
        subprocess.run([PROGRAM, "start", "-d", "--url", "unix://sock", "--pid-file", "mine.pid", "--log-file", "mine.log"],
                       stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, env=self.env, cwd=self.directory,
                       timeout=DEADLINE, check=True)
        pid_file = os.path.join(self.directory, "mine.pid")
        self.addCleanup(self.run_program, "stop", "--pid-file", pid_file)
        self.assertIn(f"unix://{os.path.realpath(self.directory)}/sock  0 connections\n", self.run_program("status", "--pid-file", pid_file).stdout)
        self.assertEqual(self.run_program("stop", "--pid-file", pid_file).returncode, OK)
        self.assertEqual(sorted(os.listdir(self.directory)), ["mine.log"])

    def test_a_daemon_of_which_nobody_would_hear_says_so_before_it_leaves(self):
        nowhere = os.path.join(self.directory, "none")
        for log, why in (("log.to=[]", "log.to is empty"), ("log.syslog_addr=" + nowhere, "nobody listens at " + nowhere)):
            with self.subTest(log):
                done = self.run_program("start", "-d", "--url", "127.0.0.1:0", "--pid-file", self.pid_file, "--set", log)
                self.assertEqual(done.returncode, OK, done.stderr)
                self.assertEqual(done.stderr, "nanomq: warning: in the background nobody will hear of what happens: " + why +
                                 "; --log-file FILE writes it to a file\n")
                self.assertEqual(self.run_program("stop", "--pid-file", self.pid_file).returncode, OK)

    def test_a_daemon_that_cannot_listen_says_so_and_gives_its_exit_code(self):
        first = self.broker("--url", "127.0.0.1:0")
        result = self.run_program("start", "-d", "--url", f"127.0.0.1:{first.port}", "--pid-file", self.pid_file,
                                  "--log-file", os.path.join(self.directory, "log"))
        self.refused(result, ALREADY_RUNNING, str(first.port))
        self.assertFalse(os.path.exists(self.pid_file))

    def test_the_directory_of_the_default_pid_file_is_private(self):
        self.assertEqual(self.daemon().returncode, OK)
        self.assertEqual(os.stat(os.path.join(self.directory, "nanomq")).st_mode & 0o777, 0o700)

    # THREATS 30: whatever a number may be set to, the broker starts with it and answers a client.

    def wait_for_connack(self, port):
        """Tries again: at their least, the time-outs are shorter than a busy machine may take."""
        until = time.monotonic() + DEADLINE
        answer = b""
        while answer != b"\x20":
            self.assertLess(time.monotonic(), until, "no CONNACK")
            try:
                with socket.create_connection(("127.0.0.1", port), DEADLINE) as client:
                    client.sendall(bytes.fromhex("100c00044d5154540402000000") + b"\x00")
                    client.settimeout(DEADLINE)
                    answer = client.recv(4)[:1]
            except ConnectionError:
                pass

    def test_serves_with_every_number_at_its_least_and_at_its_most(self):
        reference = self.run_program("start", "--print-config=reference").stdout
        number = r"(?:count|size|duration) \| \S+ \| (\S+) to (\S+) \|"
        rows = re.findall(r"^\| `([a-z_]+\.[a-z_.]+)` \| " + number, reference, re.M)
        rows += [("listeners.tcp." + row[0], *row[1:])
                 for row in re.findall(r"^\| `([a-z_]+)` \| all \| " + number, reference, re.M)]
        self.assertGreater(len(rows), 20)
        for which in (0, 1):
            # All at once, but for those whose least or most leaves no room to start: shards and the size of a CONNECT.
            settings = [f"--set={row[0]}={row[1 + which]}" for row in rows if row[0] != "system.shards"]
            broker = self.broker("--url", "127.0.0.1:0", "--shards=2", *settings)
            self.wait_for_connack(broker.port)
            self.assertEqual(broker.end(), OK)


if __name__ == "__main__":
    unittest.main()
