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

# What the suites need around them:
# - They hand the words for themselves on to unittest, which does not know them: it gets words of its own here.
# - The first one has a test whose name does not begin as unittest expects.
# - test_subscribe_options of the second one waits for the SUBACK of the wrong client before it publishes. With clients on two
#   shards the PUBLISH may then be read before the SUBSCRIBE, rightly. So a subscribe() here returns after its SUBACK.
LAUNCHER = """
import functools, importlib, runpy, sys, time, unittest
suite, port, *tests = sys.argv[1:]
sys.path.insert(0, ".")
client = importlib.import_module("mqtt.clients." + ("V5" if suite == "client_test5.py" else "V311")).Client
subscribe = client.subscribe
def subscribe_and_wait(self, *words, **options):
    answers = getattr(self.callback, "subscribeds", None)
    before, until = len(answers or []), time.monotonic() + 5
    result = subscribe(self, *words, **options)
    while answers is not None and len(answers) == before and time.monotonic() < until:
        time.sleep(0.01)
    return result
client.subscribe = subscribe_and_wait
unittest.main = functools.partial(unittest.main, argv=[suite, *tests], warnings="ignore")
unittest.defaultTestLoader.testMethodPrefix = ("test", "will_message_test")
sys.argv = [suite, "-p", port]
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
