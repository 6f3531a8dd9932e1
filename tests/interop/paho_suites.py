"""Runs the interoperability suites of Eclipse Paho from a checkout of eclipse/paho.mqtt.testing.

Usage: paho_suites.py PATH_OF_RULE_BROKER CHECKOUT [client_test.py|client_test5.py [a test's name...]]
Each suite gets a broker of its own, with what two of its tests ask for: a filter that may not be subscribed to, and a
server keep alive of 60. Suites are read from the checkout and nothing is written there.
"""
import os
import subprocess
import sys

from programs import SHARDS, Lines, listening_port

SUITES = ("client_test.py", "client_test5.py")

# The suites hand the words for themselves on to unittest, which does not know them: it gets words of its own here. And the
# first one has a test whose name does not begin as unittest expects.
LAUNCHER = """
import functools, runpy, sys, unittest
suite, port, *tests = sys.argv[1:]
unittest.main = functools.partial(unittest.main, argv=[suite, *tests], warnings="ignore")
unittest.defaultTestLoader.testMethodPrefix = ("test", "will_message_test")
sys.argv = [suite, "-p", port]
sys.path.insert(0, ".")
runpy.run_path(suite, run_name="__main__")
"""


def run(program, checkout, suite, tests):
    broker = Lines(program, "--refuse-subscribe", "test/nosubscribe", "mqtt.max_keepalive=60s", "system.shards=" + SHARDS)
    try:
        port = listening_port(broker)
        print(f"== {suite}, {SHARDS} shard(s)", flush=True)
        environment = dict(os.environ, PYTHONDONTWRITEBYTECODE="1")
        code = subprocess.run([sys.executable, "-c", LAUNCHER, suite, str(port), *tests], env=environment,
                              cwd=os.path.join(checkout, "interoperability"), check=False).returncode
        broker.process.terminate()
        return code == 0 and broker.exit_code() == 0
    finally:
        broker.close()


def main():
    program, checkout, *rest = sys.argv[1:]
    suites, tests = (rest[:1], rest[1:]) if rest else (SUITES, [])
    results = [run(program, checkout, suite, tests) for suite in suites]
    return 0 if all(results) else 1


if __name__ == "__main__":
    sys.exit(main())
