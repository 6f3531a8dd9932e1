"""`nanomq broker check`: what it finds, what it leaves alone, and its exit status.

Usage: check_test.py PATH_OF_NANOMQ [unittest options]
"""
import json
import os
import re
import shutil
import socket
import subprocess
import sys
import tempfile
import unittest

PROGRAM = os.path.abspath(sys.argv.pop(1))
DEADLINE = 100
OK, USAGE, UNSAFE = 0, 2, 5
PLAIN = 'listeners.tcp.bind = "127.0.0.1:0"\n'


def without_days(text):
    """The days to the end of a certificate may be one less at the second look."""
    return re.sub(r" in \d+ days", " in some days", text)


class Check(unittest.TestCase):
    def setUp(self):
        self.directory = tempfile.mkdtemp(prefix="nanomq_check")
        self.addCleanup(shutil.rmtree, self.directory, ignore_errors=True)
        self.env = {key: value for key, value in os.environ.items() if not key.startswith("NANOMQ_")}

    def path(self, name):
        return os.path.join(self.directory, name)

    def write(self, name, text):
        with open(self.path(name), "w", encoding="utf-8") as file:
            file.write(text)
        os.chmod(self.path(name), 0o600)
        return self.path(name)

    def run_program(self, *arguments):
        return subprocess.run([PROGRAM, *arguments], stdin=subprocess.DEVNULL, capture_output=True, text=True,
                              timeout=DEADLINE, env=self.env, cwd=self.directory, check=False)

    def check(self, text, *arguments, code=OK):
        """The object that it shows, after its words for people have been looked at as well."""
        conf = self.write("n.conf", text)
        plain = self.run_program("broker", "check", "--conf", conf, *arguments)
        self.assertEqual((plain.returncode, plain.stderr), (code, ""), plain.stdout)
        result = self.run_program("broker", "check", "--conf", conf, "--json", *arguments)
        self.assertEqual((result.returncode, result.stderr), (code, ""), result.stdout)
        self.assertEqual(result.stdout.count("\n"), 1)
        seen = json.loads(result.stdout)
        for line in seen["errors"]:
            self.assertIn("ERROR       " + line + "\n", plain.stdout)
        for line in seen["warnings"]:
            self.assertIn(without_days("warning     " + line + "\n"), without_days(plain.stdout))
        self.assertEqual(seen["ok"], "not good" not in plain.stdout.splitlines()[-1])
        return seen

    def test_a_good_configuration_is_good(self):
        seen = self.check(PLAIN)
        self.assertEqual((seen["ok"], seen["errors"], seen["warnings"]), (True, [], []))
        self.assertEqual([(one["id"], one["tls"], one["admits"]) for one in seen["listeners"]],
                         [("tcp:default", False, "anybody on this machine")])
        self.assertEqual(seen["rights"], "everything but to publish under $")
        self.assertEqual(os.listdir(self.directory), ["n.conf"])

    def test_a_mistake_in_the_file_has_its_place(self):
        seen = self.check(PLAIN + "log.levle = info\n", code=USAGE)
        self.assertEqual(len(seen["errors"]), 1)
        self.assertIn("n.conf:2:1: unknown setting 'log.levle'; did you mean log.level?", seen["errors"][0])

    def test_every_mistake_of_a_file_is_told_in_its_order(self):
        seen = self.check("mqtt.max_inflight = none\nlog.levle = info\n" + PLAIN +
                          'bridges.nng.push.a { dail = ["tcp://127.0.0.1:1"] }\nlog.rotation.size = 1\n'
                          "mqtt.max_packet_size = 300MB\n", "--set", "system.shads=1", code=USAGE)
        self.assertEqual([line.split("n.conf:")[-1].split(": ")[0] for line in seen["errors"]],
                         ["1:21", "2:1", "4:22", "5:21", "6:24", "unknown setting 'system.shads'; did you mean system.shards?"])
        self.assertIn("did you mean dial?", seen["errors"][2])
        self.assertIn("0, or 4KB to", seen["errors"][3])
        self.assertEqual(seen["listeners"][0]["admits"], "anybody on this machine")

    def test_what_a_mistake_may_have_said_is_not_guessed(self):
        seen = self.check('listeners.tcp.bind = "0.0.0.0:0"\nauth.pasword_file = users\n'
                          'listeners.ssl { bind = "127.0.0.1:0", certfil = "server.pem" }\n'
                          'webhook { url = "https://127.0.0.1/", events = ["on_client_connected"], '
                          'ssl.cacertfile = "/nonexistent/ca.pem" }\n', code=USAGE)
        self.assertEqual(len(seen["errors"]), 3, seen["errors"])
        for line, part in zip(seen["errors"], ("auth.pasword_file", "listeners.ssl.certfil", "/nonexistent/ca.pem")):
            self.assertIn(part, line)
        self.assertEqual({one["admits"] for one in seen["listeners"]}, {"cannot be told while the configuration is wrong"})
        seen = self.check('log.level = "info\n', "--set", "system.shards=x", code=USAGE)
        self.assertEqual(len(seen["errors"]), 2, seen["errors"])
        self.assertEqual(seen["listeners"], [])

    def test_an_empty_file_is_every_default(self):
        for text in ("", "# nothing\n", "\ufeff\r\n"):
            seen = self.check(text, "--set", "listeners.tcp.bind=127.0.0.1:0")
            self.assertEqual([one["admits"] for one in seen["listeners"]], ["anybody on this machine"])

    def test_listeners_without_an_address_have_the_usual_ones(self):
        seen = self.check("listeners.tcp.enable = true\n")
        self.assertEqual(seen["listeners"][0]["url"], "mqtt-tcp://127.0.0.1:1883")

    def test_a_missing_directory_of_the_log_is_an_error(self):
        log = 'log { to = ["file"], dir = "%s" }\n'
        self.assertIn("log.file: /nonexistent/logs: ",
                      self.check(PLAIN + log % "/nonexistent/logs", code=USAGE)["errors"][0])
        self.assertEqual(self.check(PLAIN + log % self.directory)["errors"], [])
        self.assertEqual(os.listdir(self.directory), ["n.conf"])

    def test_a_store_that_others_can_write_in_is_told_as_a_start_would(self):
        store = self.path("store")
        os.mkdir(store)
        os.chmod(store, 0o777)
        text = PLAIN + f'store.dir = "{store}"\n'
        seen = self.check(text, code=OK if os.geteuid() == 0 else USAGE)
        self.assertIn(f"store.dir: {store}: other users can write in the directory", seen["warnings"] + seen["errors"])
        os.chmod(store, 0o700)
        self.assertEqual(self.check(text)["keeps"], f"what was acknowledged (durability fsync), in {store}")
        link = self.path("link")
        os.symlink(store, link)
        seen = self.check(PLAIN + f'store.dir = "{link}"\n', code=OK if os.geteuid() == 0 else USAGE)
        self.assertTrue(any("a symbolic link is not followed" in line for line in seen["warnings"] + seen["errors"]))

    def test_shares_are_of_what_there_is(self):
        text = PLAIN + f'mqtt.max_retained_bytes = 25%\nstore {{ dir = "{self.path("store")}", max_bytes = 50% }}\n'
        self.assertEqual(self.check(text)["errors"], [])

    def test_settings_that_do_nothing_are_warnings(self):
        seen = self.check(PLAIN + 'listeners.tcp.proxy_trusted = ["10.0.0.1"]\n'
                          'listeners.ws { bind = "127.0.0.1:0", origins = ["*", "https://example.com", "example.com/"] }\n'
                          'auth { http_auth.timeout = 1s, scram.enable = true, deny_action = disconnect }\n'
                          'webhook.url = "http://127.0.0.1:1/"\nlimits.users.joe.messages_rate = 1/s\n'
                          'store.max_bytes = 10%\n')
        for part in ("tcp:default: proxy_trusted has no effect", 'ws:default: origins: no page has the origin "*"',
                     'the origin "example.com/"', "auth.http_auth.timeout has no effect", "auth.scram.enable has no effect",
                     "auth.deny_action has no effect", "webhook.url has no effect", "limits.users has no effect"):
            self.assertEqual(len([line for line in seen["warnings"] if part in line]), 1, (part, seen["warnings"]))
        self.assertFalse(any("https://example.com\"" in line for line in seen["warnings"]))
        seen = self.check(PLAIN + 'webhook { url = "http://127.0.0.1:1/", events = [{ event = on_client_connack }] }\n'
                          'webhook.ssl.verify_peer = false\nauth.http_auth { auth_req.url = "http://127.0.0.1:1/"\n'
                          'tls.verify_peer = false }\n')
        self.assertEqual([line for line in seen["warnings"] if "has no effect" in line],
                         ["auth.http_auth.tls.verify_peer has no effect: no URL of auth.http_auth is https://",
                          "webhook.ssl.verify_peer has no effect: webhook.url is no https://"])
        self.env["NANOMQ_NOTHING"] = "1"
        self.assertEqual(self.check(PLAIN)["warnings"], ["NANOMQ_NOTHING has no effect: no setting has this name"])

    def test_endpoints_that_no_server_is_asked_about_are_a_warning(self):
        asks = PLAIN + 'auth.no_match = allow\nauth.http_auth.acl_req.url = "http://127.0.0.1:1/"\n'
        endpoint = 'bridges.nng.pull.line1 { listen = ["tcp://127.0.0.1:0"], subscription = [{local_topic = "in"}], enable = %s }\n'
        about = [line for line in self.check(asks + endpoint % "true")["warnings"] if "acl_req is not asked about SP" in line]
        self.assertEqual(len(about), 1, about)
        self.assertFalse(any("SP endpoints" in line for line in self.check(asks + endpoint % "false")["warnings"]))

    def test_endpoints_without_the_rights_that_they_need_are_an_error_as_at_a_start(self):
        text = PLAIN + 'bridges.nng.push.out { listen = ["tcp://127.0.0.1:0"], forwards = [{local_topic = "a/+"}] }\n' \
                       'auth.acl.rules = [{permit = allow, clientid = %s, topics = ["a/#"]}]\n'
        self.assertEqual(self.check(text % "nng-push-out")["errors"], [])
        seen = self.check(text % "another", code=USAGE)
        self.assertEqual([line.split(": ", 1)[1] for line in seen["errors"]],
                         ["bridges/nng/push/out: subscription a/+: the access rules do not allow it to nng-push-out"])
        done = self.run_program("broker", "start", "--conf", self.path("n.conf"))
        self.assertEqual((done.returncode, done.stdout), (USAGE, ""))
        self.assertIn("the access rules do not allow it to nng-push-out", done.stderr)

    def test_rules_about_listeners_that_are_not_there_are_warnings(self):
        rules = [f'{{permit = deny, listener = "{name}"}}'
                 for name in ("tcp:default", "ws:off", "tls:plant", "ssl:plnat", "nothing:alike", "tcp")]
        seen = self.check(PLAIN + 'listeners.ssl.plant.enable = false\nlisteners.ws.off.enable = false\n' +
                          'auth.acl = {rules = [\n' + "\n".join(rules) + "\n]}\n")
        conf = self.path("n.conf")
        self.assertEqual(seen["warnings"], [f"{conf}:7:1: there is no listener tls:plant; did you mean ssl:plant?",
                                            f"{conf}:8:1: there is no listener ssl:plnat; did you mean ssl:plant?",
                                            f"{conf}:9:1: there is no listener nothing:alike",
                                            f"{conf}:10:1: there is no listener tcp"])

    def test_a_configuration_that_is_not_safe_has_its_own_exit_status(self):
        seen = self.check('listeners.tcp.bind = "0.0.0.0:0"\n', code=UNSAFE)
        self.assertIn("clients need no authentication", seen["errors"][0])

    def test_users_and_rules_are_read_and_told(self):
        # A hash in mosquitto_passwd's form.
        self.write("users", "joe:$7$101$c2FsdHNhbHRzYWx0$" + "A" * 86 + "==\n")
        self.write("rules", "user joe\ntopic read a/#\ntopic write b/#\n")
        access = f'auth.password_file = "{self.path("users")}"\nauth.acl_file = "{self.path("rules")}"\n'
        seen = self.check('listeners.tcp.bind = "0.0.0.0:0"\n' + access)
        self.assertEqual(seen["listeners"][0]["admits"], "users of " + self.path("users"))
        self.assertEqual(seen["rights"], f"what 2 rules of {self.path('rules')} allow, and nothing else")
        self.write("rules", "user joe\nnonsense\n")
        self.assertIn("rules:2", self.check(PLAIN + access, code=USAGE)["errors"][0])

    def test_everything_behind_the_file_is_told_at_once(self):
        seen = self.check(PLAIN + 'auth.password_file = "/nonexistent/users"\n'
                          'listeners.ssl { bind = "127.0.0.1:0", certfile = "none.pem", keyfile = "none.key" }\n'
                          'store.dir = "/nonexistent/deep/store"\n', code=USAGE)
        for part in ("/nonexistent/users", "none.pem", "store.dir: /nonexistent/deep"):
            self.assertTrue(any(part in line for line in seen["errors"]), (part, seen["errors"]))

    def test_two_listeners_of_one_address_are_an_error(self):
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            port = free.getsockname()[1]
        listeners = f'listeners.tcp.bind = "127.0.0.1:{port}"\nlisteners.ws.bind = "127.0.0.1:{port}"\n'
        self.assertIn("ws:default: ", self.check(listeners, code=USAGE)["errors"][0])

    def test_what_is_in_the_place_of_a_socket_or_a_log_is_an_error(self):
        self.write("file", "")
        for line, why in ((f'control.socket = "{self.path("file")}"', "is no socket"),
                          (f'listeners.ws.bind = "unix://{self.path("file")}"', "is no socket"),
                          (f'listeners.ws {{ bind = "unix://{self.path("s")}", unix_owner = "nobody-of-this-name" }}', "no user nobody-"),
                          (f'log {{ to = [file], dir = "{self.path("file")}" }}', "is no directory")):

            with self.subTest(line):
                errors = self.check(PLAIN + line + "\n", code=USAGE)["errors"]
                self.assertTrue(any(why in one for one in errors), errors)

    def test_certificates_that_end_soon_are_warnings(self):
        if self.run_program("cert", "ca").returncode != OK:
            self.skipTest("a build without TLS")
        text = PLAIN + 'listeners.ssl { bind = "127.0.0.1:0", certfile = "server.pem", keyfile = "server.key" }\n'
        for days, warned in (("20", True), ("90", False)):
            made = self.run_program("cert", "server", "--name", "localhost", "--days", days, "--force")
            self.assertEqual(made.returncode, OK, made.stderr)
            seen = self.check(text)
            found = [line for line in seen["warnings"] if "server.pem: the certificate of CN=localhost ends on " in line]
            self.assertEqual(bool(found), warned, seen["warnings"])
            self.assertEqual({one["id"]: one["tls"] for one in seen["listeners"]}, {"tcp:default": False, "ssl:default": True})
        shutil.copy(self.path("ca.key"), self.path("server.key"))
        self.assertIn("ssl:default: ", self.check(text, code=USAGE)["errors"][0])

    # The addresses of SP endpoints as a start would have them, with nothing made and nobody dialled.
    def test_sp_endpoints_are_tried(self):
        os.mkdir(self.path("folder"))
        self.write("file", "")
        here = self.directory
        endpoint = 'bridges.nng.push.one {{ {}, forwards = [{{ local_topic = "a/#" }}] }}\n'
        bad = {f'listen = ["ipc://{here}/none/s"]': f"bridges.nng.push.one: {here}/none: No such file or directory",
               f'listen = ["ipc://{here}/file"]': f"{here}/file is there, and is no socket",
               f'listen = ["ipc://{here}/folder"]': f"{here}/folder is there, and is no socket",
               f'listen = ["ipc://{here}/{"x" * (115 - len(here))}"]': "a socket's path has at most 107 bytes",
               f'listen = ["ipc://{here}/s", "ipc://{here}/s"]': "another listener of this configuration has that address",
               'listen = ["tcp://127.0.0.1:99999"]': "cannot listen on tcp://127.0.0.1:99999: address invalid",
               'dial = ["tcp://127.0.0.1:99999"]': "cannot dial tcp://127.0.0.1:99999: address invalid",
               'listen = ["tcp://127.0.0.1:"]': "cannot listen on tcp://127.0.0.1:: ",
               'dial = ["tcp://[::1:5555"]': "cannot dial tcp://[::1:5555: "}
        for words, why in bad.items():
            with self.subTest(words):
                errors = self.check(PLAIN + endpoint.format(words), code=USAGE)["errors"]
                self.assertEqual(len(errors), 1, errors)
                self.assertIn(why, errors[0])
                self.assertIn("n.conf:2", errors[0])
        good = endpoint.format(f'listen = ["ipc://{here}/s", "tcp://127.0.0.1:0", "inproc://s"], dial = ["tcp://127.0.0.1:9"]')
        self.assertEqual(self.check(PLAIN + good)["errors"], [])
        self.assertFalse(os.path.exists(self.path("s")))
        with socket.create_server(("127.0.0.1", 0)) as taken:
            url = "tcp://127.0.0.1:" + str(taken.getsockname()[1])
            seen = self.check(PLAIN + endpoint.format(f'listen = ["{url}"]'))
            self.assertTrue(any(url + ": Address already in use" in line for line in seen["warnings"]), seen["warnings"])

    def test_certificates_of_sp_endpoints_are_read(self):
        if self.run_program("cert", "ca").returncode != OK:
            self.skipTest("a build without TLS")
        self.assertEqual(self.run_program("cert", "server", "--name", "localhost").returncode, OK)
        with open(self.path("server.pem"), encoding="ascii") as one, open(self.path("server.key"), encoding="ascii") as other:
            self.write("both.pem", one.read() + other.read())
        self.write("no.pem", "no certificate\n")
        text = PLAIN + ('bridges.nng.push.one {{ listen = ["tls+tcp://127.0.0.1:0"], certfile = "{}", allow_anonymous = true, '
                        'forwards = [{{ local_topic = "a/#" }}] }}\n')
        self.assertEqual(self.check(text.format("both.pem"))["errors"], [])
        for name in ("no.pem", "server.pem"):
            self.assertIn("cannot listen on tls+tcp://127.0.0.1:0: ", self.check(text.format(name), code=USAGE)["errors"][0])

    def test_a_log_that_leads_nowhere_is_an_error(self):
        self.assertIn("log.uds_addr does not say which socket: set it to a path",
                      self.check(PLAIN + "log.to = [uds]\n", code=USAGE)["errors"][0])
        error = self.check(PLAIN + 'log.to = [syslog]\nlog.syslog_addr = ""\n', code=USAGE)["errors"][0]
        self.assertIn("n.conf:3: log.syslog_addr is empty", error)

    def test_two_listeners_that_are_called_the_same_are_an_error(self):
        error = self.check(PLAIN + 'listeners.tcp.default.bind = "127.0.0.1:0"\n', code=USAGE)["errors"][0]
        for words in ("listeners.tcp (", "n.conf:1)", "listeners.tcp.default (", "n.conf:2)", "both are called tcp:default"):
            self.assertIn(words, error)
        self.assertEqual(self.check(PLAIN + "listeners.tcp.default.enable = false\n")["errors"], [])

    @unittest.skipUnless(shutil.which("openssl"), "needs openssl")
    def test_a_list_of_revoked_certificates_that_has_ended_keeps_everybody_out(self):
        for words in (["ca"], ["server", "--name", "localhost"]):
            if self.run_program("cert", *words).returncode != OK:
                self.skipTest("a build without TLS")
        conf = self.write("ca.cnf", "[ca]\ndefault_ca = a\n[a]\ndatabase = revoked.txt\ndefault_md = sha256\n")
        self.write("revoked.txt", "")
        text = PLAIN + ('listeners.ssl { bind = "127.0.0.1:0", certfile = "server.pem", keyfile = "server.key", '
                        'cacertfile = "ca.pem", crlfile = "ca.crl", verify_peer = true }\n')
        for how, code, list_name, words in ((["-crldays", "90"], OK, "warnings", None),
                                            (["-crldays", "20"], OK, "warnings", "has revoked ends on "),
                                            (["-crl_lastupdate", "20200101000000Z", "-crl_nextupdate", "20200102000000Z"],
                                             USAGE, "errors", "has revoked has ended on 2020-01-02")):
            subprocess.run(["openssl", "ca", "-config", conf, "-cert", "ca.pem", "-keyfile", "ca.key", "-gencrl", "-out",
                            "ca.crl", *how], check=True, capture_output=True, cwd=self.directory, timeout=DEADLINE)
            found = [line for line in self.check(text, code=code)[list_name] if "ca.crl" in line]
            self.assertEqual(bool(found), words is not None, found)
            if words:
                self.assertIn("ssl:default: " + self.path("ca.crl") + ": the list of certificates that CN=NanoMQ CA " + words, found[0])

    # THREATS 78: no setting opens a door that another was meant to keep shut, and each door says whom it admits.
    def test_each_listener_admits_whom_its_settings_say(self):
        if self.run_program("cert", "ca").returncode != OK:
            self.skipTest("a build without TLS")
        self.assertEqual(self.run_program("cert", "server", "--name", "localhost").returncode, OK)
        self.write("users", "")
        tls = 'certfile = "server.pem", keyfile = "server.key"'
        asks = tls + ', cacertfile = "ca.pem", verify_peer = true'
        users = 'auth.password_file = users\n'
        far, near = 'bind = "0.0.0.0:0"', 'bind = "127.0.0.1:0"'
        for settings, admits in (
                # A CA file alone asks nobody for a certificate.
                (f'listeners.ssl {{ {far}, {tls}, cacertfile = "ca.pem" }}', None),
                (f'listeners.ssl {{ {far}, {asks} }}', None),
                (f'listeners.ssl {{ {far}, {asks}, fail_if_no_peer_cert = true }}', "clients with a certificate of "),
                # What one listener requires opens no other one.
                (f'listeners.ssl {{ {near}, {asks}, fail_if_no_peer_cert = true }}\nlisteners.tcp.{far}', None),
                (f'listeners.ssl {{ {near}, {tls} }}', "anybody on this machine"),
                (f'{users}listeners.ssl {{ {far}, {tls}, cacertfile = "ca.pem" }}', "users of "),
                (f'{users}listeners.ssl {{ {far}, {asks} }}', "users of "),
                (f'{users}listeners.ssl {{ {far}, {tls}, allow_anonymous = true }}', "ANYBODY"),
                (f'{users}listeners.ssl {{ {far}, {asks}, fail_if_no_peer_cert = true }}', "clients with a certificate of ")):
            if admits is None:
                seen = self.check(settings + "\n", code=UNSAFE)
                self.assertIn("0.0.0.0:0 can be reached from other machines", seen["errors"][0], settings)
                continue
            seen = self.check(settings + "\n")
            found = {one["id"]: one["admits"] for one in seen["listeners"]}
            self.assertEqual(set(found), {"ssl:default"}, settings)
            self.assertTrue(found["ssl:default"].startswith(admits), (settings, found))

    def test_limits_that_contradict_are_warnings(self):
        text = PLAIN + ("mqtt.max_packet_size = 1000\nlimits.max_connections = 10\n"
                        "listeners.tcp.max_connections = 20\nauth.no_match = deny\n")
        seen = self.check(text)
        self.assertTrue(seen["ok"])
        for part in ("limits.max_connect_size = 131072 (the default) is never reached: ", "n.conf:2: mqtt.max_packet_size = 1000",
                     "tcp:default: max_connections = 20 is never reached: ", "auth.no_match has no effect"):
            self.assertTrue(any(part in line for line in seen["warnings"]), (part, seen["warnings"]))
        self.check(text, "--strict", code=USAGE)

    def test_an_address_in_use_is_a_warning_and_a_foreign_one_an_error(self):
        with socket.socket() as taken:
            taken.bind(("127.0.0.1", 0))
            taken.listen()
            where = "127.0.0.1:%d" % taken.getsockname()[1]
            seen = self.check(f'listeners.tcp.bind = "{where}"\n')
            self.assertEqual(len(seen["warnings"]), 1)
            self.assertIn(f"mqtt-tcp://{where}: Address already in use", seen["warnings"][0])
        seen = self.check('listeners.tcp.bind = "192.0.2.1:1883"\nauth.allow_anonymous = true\n', code=USAGE)
        self.assertIn("192.0.2.1", seen["errors"][0])

    def test_settings_on_the_command_line_count(self):
        seen = self.check(PLAIN, "--set", "store.dir=" + self.path("store"))
        self.assertEqual(seen["keeps"], "what was acknowledged (durability fsync), in " + self.path("store"))
        self.assertFalse(os.path.exists(self.path("store")))


if __name__ == "__main__":
    unittest.main()
