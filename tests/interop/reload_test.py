"""What changes while the broker runs: `broker reload` and SIGHUP, with clients that are connected.

Usage: reload_test.py PATH_OF_NANOMQ [unittest options]
"""
import os
import shutil
import signal
import sys
import unittest

from doors import DEADLINE, Doors, Folder, dial, make_certificates, text_of
from paho_peer import Peer

PROGRAM = sys.argv.pop(1)
OK, USAGE, NOT_RUNNING = 0, 2, 3
PLAIN = 'listeners.tcp.bind = "127.0.0.1:0"\n'
TLS = 'listeners.ssl { bind = "127.0.0.1:0", certfile = own.crt, keyfile = own.key }\n'


class Reload(unittest.TestCase):
    def setUp(self):
        self.folder = Folder()
        self.addCleanup(self.folder.close)
        self.use_certificate("server")

    def use_certificate(self, name):
        for kind in ("crt", "key"):
            shutil.copy(self.folder(f"{name}.{kind}"), self.folder(f"own.{kind}"))

    def doors(self, text, *arguments):
        made = Doors(PROGRAM, self.folder, text, *arguments)
        self.addCleanup(lambda: self.assertEqual(made.stop(), 0))
        return made

    def peer(self, port, **options):
        made = Peer(port, **options)
        self.addCleanup(made.close)
        return made.open()

    def tls_peer(self, port):
        def prepare(client):
            client.tls_set(self.folder("ca.crt"))
            client.tls_insecure_set(True)

        return self.peer(port, prepare=prepare)

    def subject(self, port):
        output, _ = text_of("openssl", "s_client", "-connect", f"127.0.0.1:{port}")
        return [line for line in output.splitlines() if line.startswith("subject=")]

    def still_works(self, peer):
        seen = len(peer.messages)
        peer.subscribe("still", 1)
        peer.publish("still", str(seen), 1).wait_for_publish(DEADLINE)
        self.assertEqual(peer.received(seen + 1)[-1].payload, str(seen).encode())

    def test_certificates_are_read_again_and_connections_live_on(self):
        doors = self.doors(PLAIN + TLS)
        port = doors.port("ssl:default")
        peer = self.tls_peer(port)
        self.assertEqual(self.subject(port), ["subject=CN = localhost"])
        self.use_certificate("other")
        code, lines = doors.reload()
        self.assertEqual((code, lines), (OK, ["ssl:default has read its certificates again"]))
        self.assertEqual(self.subject(port), ["subject=CN = other"])
        self.still_works(peer)

    def test_a_broken_certificate_leaves_the_old_one_in_force_and_is_named(self):
        doors = self.doors(PLAIN + TLS)
        port = doors.port("ssl:default")
        peer = self.tls_peer(port)
        shutil.copy(self.folder("other.key"), self.folder("own.key"))
        code, lines = doors.reload()
        self.assertEqual(code, USAGE)
        self.assertEqual(len(lines), 1)
        self.assertRegex(lines[0], r"^nanomq: not reloaded: ssl:default: .*own\.")
        self.assertEqual(self.subject(port), ["subject=CN = localhost"])
        doors.wait_for_log("error config reload_refused")
        self.still_works(peer)

    def test_a_wrong_configuration_changes_nothing_at_all(self):
        doors = self.doors(PLAIN + TLS)
        port = doors.port("ssl:default")
        self.use_certificate("other")
        fifo = self.folder("fifo")
        os.mkfifo(fifo)
        for wrong, said in (("mqtt.max_inflight = none\n", r"nanomq\.conf:\d+:\d+: mqtt\.max_inflight: "),
                            ("listeners.ssl.b.bind = \"127.0.0.1:0\"\n", "ssl:b: .*certificate"),
                            ("listeners.tcp.b.bind = \"0.0.0.0:0\"\n", "refused: .*authentication"),
                            ("listeners.ssl.fail_if_no_peer_cert = true\n", "ssl:default: .*verify_peer"),
                            (f"listeners.ssl.crlfile = \"{fifo}\"\n", "crlfile does nothing without verify_peer"),
                            (f"listeners.ssl {{ verify_peer = true, cacertfile = ca.crt, crlfile = \"{fifo}\" }}\n",
                             "revocation list .* is no file")):
            code, lines = doors.reload(PLAIN + TLS + wrong)
            self.assertEqual(code, USAGE, lines)
            self.assertRegex("\n".join(lines), said)
        os.remove(doors.conf)
        self.assertEqual(doors.reload()[0], USAGE)
        self.assertEqual(self.subject(port), ["subject=CN = localhost"])
        self.assertEqual(doors.reload(PLAIN + TLS)[0], OK)
        self.assertEqual(self.subject(port), ["subject=CN = other"])

    def test_an_emptied_file_opens_nothing(self):
        doors = self.doors(PLAIN + 'listeners.tcp.more.bind = "127.0.0.1:0"\ninclude "users.conf"\n',
                           *self.with_file("users.conf", "auth.password { joe = secret }\n"))
        for text in ("", "# nothing\n", "{}"):
            code, lines = doors.reload(text)
            self.assertEqual((code, len(lines)), (USAGE, 1))
            self.assertRegex(lines[0], r"^nanomq: not reloaded: .*nanomq\.conf: nothing is set there any more")
        self.folder.write("users.conf", "")
        code, lines = doors.reload(PLAIN + 'include "users.conf"\n')
        self.assertEqual(code, USAGE)
        self.assertRegex(lines[0], r"users\.conf: nothing is set there any more")
        self.peer(doors.port("tcp:more"), prepare=lambda client: client.username_pw_set("joe", "secret"))

    def with_file(self, name, text):
        self.folder.write(name, text)
        return ()

    def test_all_mistakes_are_told(self):
        doors = self.doors(PLAIN)
        code, lines = doors.reload(PLAIN + "log.levle = info\nsystem.shards = none\n")
        self.assertEqual((code, len(lines)), (USAGE, 1))
        self.assertRegex(lines[0], r"'log.levle'; did you mean log\.level\? \(and 1 mistake more: nanomq broker check tells all\)")
        self.assertEqual(len(doors.wait_for_log("reload_refused why=", 2)), 2)

    def test_listeners_come_and_go(self):
        doors = self.doors(PLAIN + 'listeners.tcp.old.bind = "127.0.0.1:0"\n')
        old = self.peer(doors.port("tcp:old"))
        code, lines = doors.reload(PLAIN + 'listeners.ws.new { bind = "127.0.0.1:0/mqtt" }\n')
        self.assertEqual(code, OK, lines)
        self.assertTrue(any(line.startswith("tcp:old no longer listens on mqtt-tcp://127.0.0.1:") for line in lines), lines)
        opened = [line.rsplit(":", 1)[1] for line in lines if line.startswith("ws:new listens on ws://127.0.0.1:")]
        self.still_works(self.peer(int(opened[0].split("/")[0]), transport="websockets"))
        self.assertIn("ws://127.0.0.1:" + opened[0], doors.run("status").stdout)
        self.assertNotIn(f":{doors.port('tcp:old')} ", doors.run("status").stdout)
        self.still_works(old)
        with self.assertRaises(ConnectionRefusedError):
            while True:  # each shard lets go of it in its own time
                dial(doors.port("tcp:old")).close()
        self.still_works(self.peer(doors.port("tcp:default")))

    def test_limits_hold_for_those_who_come_afterwards(self):
        doors = self.doors(PLAIN)
        first = self.peer(doors.port("tcp:default"))
        code, lines = doors.reload(PLAIN + "listeners.tcp { max_packet_size = 100 }\n")
        self.assertEqual((code, lines), (OK, ["changed: listeners.tcp.max_packet_size = 100"]))
        first.publish("large", "x" * 1000, 1).wait_for_publish(DEADLINE)
        second = self.peer(doors.port("tcp:default"))
        self.assertEqual(second.connacks[0][2].MaximumPacketSize, 100)

    def test_what_cannot_change_is_named_until_it_is_taken_back(self):
        doors = self.doors(PLAIN)
        more = PLAIN + "mqtt.max_inflight = 7\nsystem.poller = poll\nlog.level = debug\n"
        lines = ["needs a restart: mqtt.max_inflight = 7", "needs a restart: system.poller = poll"]
        code, said = doors.reload(more)
        self.assertEqual((code, sorted(said)), (OK, lines), "the command line says what the level is")
        self.assertEqual(doors.reload(more), (OK, said))
        self.assertEqual(doors.reload(PLAIN), (OK, ["nothing has changed"]))

    def test_socket_options_change_while_clients_stay(self):
        path = self.folder("s.sock")
        local = f'listeners.tcp.local {{ bind = "unix://{path}" %s }}\n'
        doors = self.doors(PLAIN + local % "")
        peer = self.peer(doors.port("tcp:default"))
        self.assertEqual(os.stat(path).st_mode & 0o777, 0o600)
        code, lines = doors.reload(PLAIN + "listeners.tcp { backlog = 9, tcp_keepalive = 1m, receive_buffer = 64KB }\n" +
                                   local % ', unix_mode = "0660"')
        self.assertEqual((code, sorted(lines)), (OK, [
            'changed: listeners.tcp.backlog = 9', 'changed: listeners.tcp.local.unix_mode = "0660"',
            "changed: listeners.tcp.receive_buffer = 64KB", "changed: listeners.tcp.tcp_keepalive = 1m"]))
        self.assertEqual(os.stat(path).st_mode & 0o777, 0o660)
        self.still_works(peer)
        for _ in range(8):
            self.still_works(self.peer(doors.port("tcp:default")))
        code, lines = doors.reload(PLAIN + local % "")
        self.assertEqual(code, OK)
        self.assertEqual(len([line for line in lines if line.startswith("tcp:default keeps the socket options of ")]), 1, lines)
        code, lines = doors.reload(PLAIN + local % ', unix_group = "nobody-of-this-name"')
        self.assertEqual(code, USAGE)
        self.assertIn("unix_group = nobody-of-this-name", lines[0])
        self.still_works(peer)
        self.still_works(self.peer(doors.port("tcp:default")))

    def test_bounds_and_intervals_of_the_whole_broker_change(self):
        doors = self.doors(PLAIN + "sys.interval = 0\n")
        peer = self.peer(doors.port("tcp:default"))
        peer.subscribe("$SYS/broker/uptime", 0)
        code, lines = doors.reload(PLAIN + "sys.interval = 100ms\nlimits.max_connections = 1\nmqtt.max_packet_size = 1000\n"
                                   "auth.max_waiting = 5\nmqtt.max_topic_alias = 3\n")
        self.assertEqual((code, len(lines)), (OK, 5), lines)
        peer.received(3)
        with dial(doors.port("tcp:default")) as refused:
            self.assertEqual(refused.recv(1), b"")
        self.assertEqual(doors.reload(PLAIN + "mqtt.max_packet_size = 1000\nmqtt.max_topic_alias = 3\n")[0], OK)
        second = self.peer(doors.port("tcp:default"))
        self.assertEqual((second.connacks[0][2].MaximumPacketSize, second.connacks[0][2].TopicAliasMaximum), (1000, 3))

    def test_sp_endpoints_come_and_go_and_nobody_else_notices(self):
        def endpoint(name, url):
            return (f'bridges.nng.pull.{name} {{ listen = ["{url}"], '
                    f'subscription = [{{ local_topic = "{name}/in", qos = 1 }}] }}\n')

        url = "ipc://" + self.folder("a.ipc")
        doors = self.doors(PLAIN)
        peer = self.peer(doors.port("tcp:default"))
        peer.subscribe("b/in", 1)
        self.assertEqual(doors.reload(PLAIN + endpoint("a", url)), (OK, ["opened: bridges.nng.pull.a"]))
        self.assertEqual(doors.reload(PLAIN + endpoint("b", url)), (OK, ["closed: bridges.nng.pull.a", "opened: bridges.nng.pull.b"]))
        self.assertIn("bridge      nng pull/b, listens on " + url, doors.run("status").stdout)
        output, code = text_of(PROGRAM, "nngcat", "--push", "--dial", url, "--data", "from sp")
        self.assertEqual(code, OK, output)
        self.assertEqual(peer.received(1)[0].payload, b"from sp")
        code, lines = doors.reload(PLAIN + endpoint("b", url) + endpoint("c", url))
        self.assertEqual(code, 1)
        self.assertRegex(lines[0], r"^nanomq: reloaded, but not all of it: not opened: bridges\.nng\.pull\.c: .*cannot listen on ")
        self.assertEqual(doors.reload(PLAIN), (OK, ["closed: bridges.nng.pull.b"]))
        self.assertNotIn("pull/", doors.run("status").stdout)
        self.still_works(peer)

    def test_sighup_does_the_same(self):
        doors = self.doors(PLAIN)
        doors.folder.write("nanomq.conf", PLAIN + "listeners.tcp.max_connections = 9\n")
        doors.output.process.send_signal(signal.SIGHUP)
        doors.wait_for_log('reloaded what="changed: listeners.tcp.max_connections = 9"')
        doors.folder.write("nanomq.conf", "nonsense\n")
        doors.output.process.send_signal(signal.SIGHUP)
        doors.wait_for_log("reload_refused why=")

    def test_reload_needs_a_broker(self):
        doors = self.doors(PLAIN)
        missing = doors.folder("no.pid")
        output, code = text_of(doors.program, "broker", "reload", "--pid-file", missing)
        self.assertEqual((code, output), (NOT_RUNNING, f"nanomq: not running (pid file {missing}); a broker with another one is "
                                                       "found by --pid-file, one without by its process id: kill -HUP reloads it\n"))


if __name__ == "__main__":
    unittest.main()
