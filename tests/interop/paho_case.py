"""What the test files with paho have in common: one broker for a file, and clients that a test leaves behind closed."""
import sys
import unittest

from paho_peer import Peer
from programs import Broker

PROGRAM = sys.argv.pop(1)


class PahoCase(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.broker = Broker(PROGRAM)

    @classmethod
    def tearDownClass(cls):
        code = cls.broker.stop()
        if code != 0:
            raise AssertionError(f"the broker ended with {code}: {cls.broker.output.lines}")

    def client(self, client_id="", **options):
        """A client that has not connected yet."""
        made = Peer(self.broker.port, client_id, **options)
        self.addCleanup(made.close)
        return made

    def peer(self, client_id="", **options):
        return self.client(client_id, **options).open()
