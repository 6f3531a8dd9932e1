"""Programs that the interoperability tests run: the broker, and conditions to wait for with a deadline."""
import os
import random
import re
import socket
import subprocess
import threading
import time

DEADLINE = 100  # seconds until a condition has failed; a busy machine may need most of them
SHARDS = os.environ.get("NANOMQ_TEST_SHARDS", "2")


# A loopback address that no other test process uses, so that a free port stays free until somebody listens there.
OWN_ADDRESS = f"127.{64 + os.getpid() // 65536 % 64}.{os.getpid() // 256 % 256}.{os.getpid() % 256}"


given_ports = set()


def free_port():
    """A port of OWN_ADDRESS, another one each time."""
    while True:
        with socket.socket() as one:
            one.bind((OWN_ADDRESS, 0))
            port = one.getsockname()[1]
        if port not in given_ports:
            given_ports.add(port)
            return port


def loopback_port():
    """A port of 127.0.0.1, for programs that take no other address, below those that the system gives to whoever asks for any."""
    while True:
        port = random.randrange(10_000, 32_000)
        with socket.socket() as one:
            try:
                one.bind(("127.0.0.1", port))
            except OSError:
                continue
        if port not in given_ports:
            given_ports.add(port)
            return port


class Lines:
    """A child process and the lines that it has printed so far. Owns both; close() ends the process."""

    def __init__(self, *command, **options):
        self.process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                                        stderr=subprocess.STDOUT, **options)
        self.lines = []
        self.ended = False
        self.changed = threading.Condition()
        self.reader = threading.Thread(target=self._read, daemon=True)
        self.reader.start()

    def _read(self):
        for line in self.process.stdout:
            with self.changed:
                self.lines.append(line.rstrip(b"\n").decode(errors="replace"))
                self.changed.notify_all()
        with self.changed:
            self.ended = True
            self.changed.notify_all()

    def wait_for(self, condition, what):
        """What condition(lines) returns once it is true. Raises when the program ends or the deadline comes before."""
        with self.changed:
            self.changed.wait_for(lambda: condition(self.lines) or self.ended, DEADLINE)
            found = condition(self.lines)
            if not found:
                raise AssertionError(f"no {what}; the program said {str(self.lines)[:2000]}")
            return found

    def exit_code(self):
        code = self.process.wait(DEADLINE)
        self.reader.join(DEADLINE)
        return code

    def close(self):
        if self.process.poll() is None:
            self.process.kill()
        self.process.wait()
        self.reader.join(DEADLINE)
        self.process.stdout.close()


class Broker:
    """A broker on a port of its own, ready. `settings` are key=value."""

    def __init__(self, program, *settings, shards=SHARDS):
        command = [program, "broker", "start", "--url", "mqtt-tcp://127.0.0.1:0", "--shards", shards]
        for setting in settings:
            command += ["--set", setting]
        environment = {key: value for key, value in os.environ.items() if not key.startswith("NANOMQ_")}
        self.output = Lines(*command, env=environment)
        self.port = listening_port(self.output)

    def stop(self):
        """Ends it with SIGTERM: the exit code."""
        try:
            self.output.process.terminate()
            return self.output.exit_code()
        finally:
            self.output.close()


def listening_port(output):
    """The port in the banner of a broker that was started."""
    found = output.wait_for(
        lambda lines: [m for m in (re.search(r"mqtt-tcp://127\.0\.0\.1:(\d+)", line) for line in lines) if m], "address")
    return int(found[0].group(1))


def wait_until(condition, what):
    """Waits for what no notification is there for."""
    until = time.monotonic() + DEADLINE
    while not condition():
        if time.monotonic() > until:
            raise AssertionError("not within the deadline: " + what)
        time.sleep(0.01)  # the pause between two looks, not a wait for something to happen
