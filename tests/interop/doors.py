"""A broker with every kind of listener, certificates made for this run, and the ways to connect to it."""
import os
import re
import shutil
import signal
import socket
import subprocess
import tempfile

from programs import DEADLINE, SHARDS, Lines, wait_until

HERE = os.path.dirname(os.path.abspath(__file__))
MAKE_CERTIFICATES = os.path.join(HERE, "..", "support", "make_certificates.sh")


def make_certificates(folder):
    subprocess.run([MAKE_CERTIFICATES, folder], check=True, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
                   stderr=subprocess.DEVNULL)


class Folder:
    """A temporary folder, with what `fill` puts there. close() removes it."""

    def __init__(self, fill=make_certificates):
        self.path = tempfile.mkdtemp(prefix="nanomq_doors")
        fill(self.path)

    def __call__(self, name):
        return os.path.join(self.path, name)

    def write(self, name, text):
        with open(self(name), "w", encoding="utf-8") as file:
            file.write(text)
        return self(name)

    def close(self):
        shutil.rmtree(self.path, ignore_errors=True)


class Doors:
    """A broker that runs with a configuration file. `where` has the listeners' addresses, by the order of the banner."""

    def __init__(self, program, folder, text, *arguments):
        self.program = os.path.abspath(program)
        self.folder = folder
        self.conf = folder.write("nanomq.conf", text)
        self.pid_file = folder("pid")
        environment = {key: value for key, value in os.environ.items() if not key.startswith("NANOMQ_")}
        self.output = Lines(self.program, "broker", "start", "--conf", self.conf, "--pid-file", self.pid_file,
                            "--shards", SHARDS, "--log-level", "info", *arguments, env=environment, cwd=folder.path)
        self.urls = {}
        self.output.wait_for(self._all_listen, "listeners")

    def _all_listen(self, lines):
        """Each address of the banner has a line in the log, with the name of its listener."""
        banner = [line.split()[2:] for line in lines if line.startswith("listens on ")]
        found = [re.search(r" listening listener=(\S+) url=(\S+)", line) for line in lines]
        self.urls = {}
        for one in filter(None, found):
            self.urls.setdefault(one.group(1), []).append(one.group(2))
        return bool(banner) and len([one for one in found if one]) == len(banner[0])

    def port(self, listener):
        return int(re.search(r":(\d+)(/|$)", self.urls[listener][0]).group(1))

    def run(self, *arguments):
        return subprocess.run([self.program, "broker", *arguments, "--pid-file", self.pid_file],
                              stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=DEADLINE, check=False)

    def reload(self, text=None):
        """`broker reload`, after the configuration file has been written anew: exit code, what it said."""
        if text is not None:
            self.folder.write("nanomq.conf", text)
        result = self.run("reload")
        return result.returncode, (result.stdout + result.stderr).splitlines()

    def log(self, pattern):
        return [line for line in self.output.lines if re.search(pattern, line)]

    def wait_for_log(self, pattern, count=1):
        self.output.wait_for(lambda _: len(self.log(pattern)) >= count, pattern)
        return self.log(pattern)

    def stop(self):
        try:
            self.output.process.send_signal(signal.SIGTERM)
            return self.output.exit_code()
        finally:
            self.output.close()


def text_of(*command, feed=b"", timeout=DEADLINE):
    """What a program printed, both streams, and its exit code."""
    done = subprocess.run(command, input=feed, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, timeout=timeout,
                          check=False)
    return done.stdout.decode(errors="replace"), done.returncode


def read_until_closed(connection):
    data = b""
    while True:
        try:
            piece = connection.recv(65536)
        except ConnectionResetError:
            return data
        if not piece:
            return data
        data += piece


def dial(port):
    connection = socket.create_connection(("127.0.0.1", port), DEADLINE)
    connection.settimeout(DEADLINE)
    return connection


__all__ = ["DEADLINE", "Doors", "Folder", "Lines", "dial", "make_certificates", "read_until_closed", "text_of",
           "wait_until"]
