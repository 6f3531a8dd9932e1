"""nanomq passwd and nanomq acl from the outside, and what the broker says about configuration files of NanoMQ.

Usage: access_test.py PATH_OF_NANOMQ [unittest options]
"""
import base64
import json
import os
import pty
import re
import shutil
import stat
import subprocess
import sys
import tempfile
import threading
import time
import unittest

PROGRAM = os.path.abspath(sys.argv.pop(1))
CERTIFICATES = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..", "support", "make_certificates.sh")
HERE = os.path.dirname(os.path.abspath(__file__))
OK, FAILURE, USAGE, UNDECIDED = range(4)
UNSAFE = 5


class Files(unittest.TestCase):
    def setUp(self):
        self.directory = tempfile.mkdtemp(prefix="nanomq-access-")
        self.addCleanup(shutil.rmtree, self.directory, ignore_errors=True)
        self.file = os.path.join(self.directory, "users")

    def run_program(self, *arguments, stdin="", expect=OK, **variables):
        done = subprocess.run([PROGRAM, *arguments], input=stdin, capture_output=True, text=True, timeout=100,
                              env={**os.environ, **variables})
        self.assertEqual(done.returncode, expect, done.stdout + done.stderr)
        return done

    def write(self, text, name="rules"):
        path = os.path.join(self.directory, name)
        with open(path, "w", encoding="utf-8") as file:
            file.write(text)
        return path

    def read(self):
        with open(self.file, encoding="utf-8") as file:
            return file.read()


class Passwords(Files):
    def passwd(self, *arguments, stdin="", expect=OK):
        return self.run_program("passwd", self.file, *arguments, stdin=stdin, expect=expect)

    def verify(self, user, password):
        return self.run_program("passwd", self.file, user, "--verify", stdin=password + "\n",
                                expect=OK if (user, password) in self.right else FAILURE).stdout.strip()

    def test_users_come_change_and_go(self):
        self.passwd("--create", "ann", stdin="one\n")
        self.assertEqual(stat.S_IMODE(os.stat(self.file).st_mode), 0o600)
        self.assertNotIn("one", self.read())
        self.passwd("bob", stdin="two")
        self.right = {("ann", "one"), ("bob", "two")}
        self.assertEqual([self.verify("ann", "one"), self.verify("ann", "two"), self.verify("bob", "two"),
                          self.verify("carl", "one")], ["right", "wrong", "right", "wrong"])
        self.passwd("ann", stdin="three\n")
        self.passwd("-D", "bob")
        self.right = {("ann", "three")}
        self.assertEqual([self.verify("ann", "one"), self.verify("ann", "three"), self.verify("bob", "two")],
                         ["wrong", "right", "wrong"])
        self.passwd("-D", "bob", expect=FAILURE)
        self.assertEqual(os.listdir(self.directory), ["users"])

    def test_a_file_that_is_not_there_is_begun_when_that_is_said(self):
        self.assertIn("; --create begins a new file", self.passwd("ann", stdin="one\n", expect=FAILURE).stderr)
        self.assertFalse(os.path.exists(self.file))

    def test_a_batch_is_taken_whole_or_not_at_all(self):
        self.passwd("--create", "--batch", stdin="ann:one\nbob:two:three\n")
        before = self.read()
        self.assertIn("stdin:2: not user:password", self.passwd("--batch", stdin="carl:x\ncarl\n", expect=FAILURE).stderr)
        self.assertEqual(self.read(), before)
        self.right = {("bob", "two:three")}
        self.assertEqual(self.verify("bob", "two:three"), "right")

    def test_a_batch_has_each_user_once(self):
        done = self.passwd("--create", "--batch", stdin="ann:one\nbob:two\nann:three\n", expect=FAILURE)
        self.assertIn("stdin:3: this user has a password in line 1 already", done.stderr)
        self.assertFalse(os.path.exists(self.file))

    def test_usage_names_what_there_is(self):
        usage = self.run_program("passwd", "--help").stdout.splitlines()[1]
        self.assertEqual(usage, "Usage: nanomq passwd [OPTIONS] FILE [USER]")

    def test_an_existing_file_is_not_begun_again(self):
        self.passwd("--create", "ann", stdin="one\n")
        before = self.read()
        self.passwd("--create", "bob", stdin="two\n", expect=FAILURE)
        self.passwd("", stdin="two\n", expect=USAGE)
        for words in (["bob", "two"], ["-b", "bob", "two"]):  # as mosquitto_passwd has it
            self.assertIn("it comes from stdin or is asked for", self.passwd(*words, expect=USAGE).stderr)
        self.passwd("a:b", stdin="two\n", expect=FAILURE)
        self.passwd("bob", stdin="", expect=FAILURE)
        self.passwd("bob", stdin="\n", expect=FAILURE)
        self.assertEqual(self.read(), before)

    def test_a_file_that_is_not_understood_is_not_touched(self):
        self.write("ann:plain text\n", "users")
        done = self.passwd("bob", stdin="two\n", expect=FAILURE)
        self.assertIn(":1: no password hash", done.stderr)
        self.assertNotIn("plain text", done.stderr)
        self.assertEqual(self.read(), "ann:plain text\n")

    @unittest.skipUnless(shutil.which("mosquitto_passwd"), "needs mosquitto_passwd")
    def test_mosquittos_files_are_read_and_changed(self):
        for kind, mode in (("sha512", "-c"), ("sha512-pbkdf2", None)):
            command = ["mosquitto_passwd", "-H", kind, "-b"] + ([mode] if mode else [])
            subprocess.run(command + [self.file, kind, "secret"], check=True, timeout=100, capture_output=True)
        self.passwd("ann", stdin="one\n")
        self.right = {("sha512", "secret"), ("sha512-pbkdf2", "secret"), ("ann", "one")}
        self.assertEqual([self.verify(user, password) for user, password in sorted(self.right)], ["right"] * 3)
        self.assertEqual(self.verify("sha512", "Secret"), "wrong")

    def test_many_at_once_lose_no_user(self):
        self.passwd("--create", "first", stdin="x\n")
        threads = [threading.Thread(target=self.passwd, args=(f"user{i}",), kwargs={"stdin": f"{i}\n"}) for i in range(6)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        self.assertEqual(len(self.read().splitlines()), 7)

    def test_a_terminal_does_not_show_the_password(self):
        master, slave = pty.openpty()
        program = subprocess.Popen([PROGRAM, "passwd", self.file, "-c", "ann"], stdin=slave, stdout=slave, stderr=slave)
        os.close(slave)
        shown = b""
        for prompt in (b"Password: ", b"The same again: "):
            while not shown.endswith(prompt):
                shown += os.read(master, 1024)
            os.write(master, b"hidden\n")
        self.assertEqual(program.wait(timeout=100), OK)
        os.close(master)
        self.assertNotIn(b"hidden", shown)
        self.right = {("ann", "hidden")}
        self.assertEqual(self.verify("ann", "hidden"), "right")


class Rules(Files):
    def explain(self, rules, *arguments, expect=OK):
        return self.run_program("acl", "explain", rules, *arguments, expect=expect).stdout.strip()

    def test_the_rule_that_decides_is_named(self):
        rules = self.write('rules = [\n{permit = deny, topics = ["a/secret"]}\n'
                           '{permit = allow, username = ann, topics = ["a/#"]}\n]\n')
        line = self.explain(rules, "-u", "ann", "-t", "a/b", "--op", "pub")
        self.assertEqual(line, f'allowed by {rules}:3:1: allow all "a/#" for user "ann"')
        line = self.explain(rules, "-u", "ann", "-t", "a/secret", "--op", "sub", expect=FAILURE)
        self.assertEqual(line, f'denied by {rules}:2:1: deny all "a/secret" for anybody')
        line = self.explain(rules, "-t", "a/b", "--op", "sub", expect=FAILURE)
        self.assertEqual(line, "denied by default: no rule is about it")
        self.assertIn("allowed by default", self.explain(rules, "-t", "x", "--op", "sub", "--no-match-allow"))
        self.assertIn("each message is checked", self.explain(rules, "-u", "ann", "-t", "$share/g/a/#", "--op", "sub"))

    def test_the_files_of_others_are_understood(self):
        emqx = self.write('%% rules\n{allow, {clientid, "c"}, publish, ["x/${clientid}"]}.\n{deny, all}.\n')
        self.assertIn(":2:1: allow publish", self.explain(emqx, "-i", "c", "-t", "x/c", "--op", "pub"))
        self.assertIn(":3:1: deny all", self.explain(emqx, "-i", "+", "-t", "x/c", "--op", "pub", expect=FAILURE))
        mosquitto = self.write("user ann\ntopic read a/#\n")
        self.assertIn(":2: allow subscribe", self.explain(mosquitto, "-u", "ann", "-t", "a/b", "--op", "sub"))
        self.explain(mosquitto, "-u", "bob", "-t", "a/b", "--op", "sub", "--no-match-allow", expect=FAILURE)

    def test_what_is_wrong_is_said(self):
        rules = self.write("rules = [{permit = alow}]")
        # Denied is one thing, and not to know another.
        done = self.run_program("acl", "explain", rules, "-t", "a", "--op", "pub", expect=USAGE)
        self.assertIn(f"{rules}:1:20: permit is allow or deny", done.stderr)
        self.run_program("acl", "explain", rules + "x", "-t", "a", "--op", "pub", expect=USAGE)
        if not os.path.exists("/etc/nanomq.conf"):
            done = self.run_program("acl", "explain", "-t", "a", "--op", "pub", expect=USAGE)
            self.assertIn("There is no /etc/nanomq.conf", done.stderr)
        self.run_program("acl", "explain", rules, "--conf", rules, "-t", "a", "--op", "pub", expect=USAGE)
        good = self.write("rules = []")
        for wrong in (["-t", "a/#", "--op", "pub"], ["-t", "a#", "--op", "sub"], ["-t", "a", "--op", "both"],
                      ["-t", "a", "--op", "pub", "-a", "x"], ["--op", "pub"]):
            self.run_program("acl", "explain", good, *wrong, expect=USAGE)

    def test_a_whole_configuration_is_explained(self):
        self.write('rules = [\n{permit = deny, topics = ["a/secret"]}\n'
                   '{permit = allow, username = ann, topics = ["a/#"]}\n'
                   '{permit = allow, cert_common_name = pump, topics = ["${cert_common_name}/#"]}]\n', "acl.conf")
        self.write('ann = one\n', "pwd.conf")
        conf = self.write('auth { acl {include "acl.conf"}, password {include "pwd.conf"} }\n', "nanomq.conf")
        acl = os.path.join(self.directory, "acl.conf")

        def explain(*arguments, expect=OK):
            return self.run_program("acl", "explain", "--conf", conf, *arguments, expect=expect).stdout.splitlines()

        self.assertEqual(explain("-u", "ann", "-t", "a/b", "--op", "pub"),
                         [f'allowed by {acl}:3:1: allow all "a/#" for user "ann"'])
        self.assertEqual(explain("-u", "ann", "-t", "a/secret", "--op", "pub", expect=FAILURE),
                         [f'denied by {acl}:2:1: deny all "a/secret" for anybody'])
        self.assertIn(":4:1: allow", explain("--cert-cn", "pump", "-t", "pump/x", "--op", "pub")[0])
        self.assertIn("by default", explain("--cert-cn", "pump", "-t", "mill/x", "--op", "pub", expect=FAILURE)[0])
        said = explain("-u", "bob", "-t", "a/b", "--op", "pub", expect=FAILURE)
        self.assertEqual(said[1:], ["note: the user has no entry in the configuration: such a client does not enter"])
        # What no rule is about somebody else is asked, who is not asked here.
        asks = ("--set", "auth.http_auth.acl_req.url=http://127.0.0.1:1/acl?key=hush")
        said = explain(*asks, "-u", "ann", "-t", "b", "--op", "sub", expect=UNDECIDED)
        self.assertEqual(said[0], "not decided here: no rule is about it, and http://127.0.0.1:1/acl?******** is asked")
        self.assertIn("denied by", explain(*asks, "-u", "ann", "-t", "a/secret", "--op", "sub", expect=FAILURE)[0])
        self.assertIn("allowed by default", explain("--set", "auth.no_match=allow", "-t", "b", "--op", "sub")[0])
        self.assertEqual(explain("--set", "auth.acl_file=none", "-t", "b", "--op", "sub", expect=USAGE), [])
        # The one that a start would read.
        said = self.run_program("acl", "explain", "-u", "ann", "-t", "a/b", "--op", "pub", NANOMQ_CONF_PATH=conf).stdout
        self.assertIn(f"note: of the configuration {conf}\n", said)
        # Without rules.
        free = ("--set", "mqtt.max_packet_size=1MB")
        for topic, code in (("b", OK), ("$x", FAILURE)):
            self.run_program("acl", "explain", *free, "-t", topic, "--op", "pub", expect=code)

    def test_rules_may_be_about_listeners(self):
        self.write('rules = [{permit = allow, listener = "tcp:lan", action = publish, topics = ["sensors/#"]}\n'
                   '{permit = deny, listener = tcp.lan}\n{permit = allow}]\n', "acl.conf")
        conf = self.write(f'auth.acl_file = "{self.directory}/acl.conf"\nlisteners.tcp.lan.bind = "127.0.0.1:0"\n', "nanomq.conf")
        acl = os.path.join(self.directory, "acl.conf")

        def explain(*arguments, expect=OK):
            return self.run_program("acl", "explain", *arguments, expect=expect).stdout.splitlines()

        whole = ("--conf", conf, "--op", "pub")
        self.assertEqual(explain(*whole, "--listener", "tcp.lan", "-t", "sensors/1"),
                         [f'allowed by {acl}:1:10: allow publish "sensors/#" for listener "tcp:lan"'])
        self.assertEqual(explain(*whole, "--listener", "tcp:lan", "-t", "x", expect=FAILURE),
                         [f'denied by {acl}:2:1: deny all every topic for listener "tcp:lan"'])
        self.assertEqual(explain(*whole, "-t", "x")[1:], ["note: rules about listeners are about nobody without --listener"])
        self.assertEqual(explain(*whole, "--listener", "ssl:lan", "-t", "x")[1:],
                         ["note: there is no listener ssl:lan; did you mean tcp:lan?"])
        # A file alone does not say which listeners there are.
        self.assertEqual(len(explain(acl, "--listener", "ssl:lan", "-t", "x", "--op", "pub")), 1)


class Configuration(Files):
    def test_a_file_of_nanomq_works_with_a_warning_for_each_key_without_meaning(self):
        self.write('max_mqueue_len = 77\nretry_interval = 10s\n', "mqtt.conf")
        conf = self.write('mqtt { include "mqtt.conf" }\nhttp_server { port = 8081, password = public }\n', "nanomq.conf")
        done = self.run_program("start", "--conf", conf, "--print-config")
        self.assertRegex(done.stdout, r"mqtt.max_queue_messages = 77 +# .*/mqtt.conf:1\n")
        warnings = done.stderr.splitlines()
        self.assertEqual(len(warnings), 2, done.stderr)
        self.assertIn("/mqtt.conf:2:1: 'mqtt.retry_interval' has no meaning here: ", warnings[0])
        self.assertIn("/nanomq.conf:2:1: 'http_server' has no meaning here: ", warnings[1])
        self.assertNotIn("public", done.stderr)

    def test_an_included_file_that_is_missing_is_never_passed_over(self):
        done = self.run_program("start", "--conf", self.write('auth {include "none"}', "nanomq.conf"), expect=USAGE)
        self.assertIn("No such file", done.stderr)

    def test_a_check_of_users_over_http_is_never_passed_over(self):
        for text, said in (("auth_req.params.u = \"%u\"", "auth.http_auth.auth_req.url is not set"),
                           ("auth_req { url = \"http://127.0.0.1:1\", params.u = \"%x\" }", "behind a %"),
                           ("auth_req.url = \"ldap://127.0.0.1\"", "http://"),
                           ("super_req.url = \"http://127.0.0.1:1\"", "auth_req"),
                           ("auth_req.url = \"https://127.0.0.1\", tls.cacertfile = none", "none"),
                           ("auth_req.uri = x", "auth.http_auth.auth_req.url")):
            conf = self.write(f"auth.http_auth {{ {text} }}", "nanomq.conf")
            done = self.run_program("start", "--conf", conf, expect=USAGE)
            self.assertIn(said, done.stderr)

    def test_passwords_that_stand_in_the_file_are_shown_nowhere(self):
        self.write('"admin": "hush-hush"\n', "pwd.conf")
        conf = self.write('auth.password = {include "pwd.conf"}', "nanomq.conf")
        done = self.run_program("start", "--conf", conf, "--print-config")
        self.assertIn("passwords in plain text", done.stderr)
        self.assertNotIn("hush-hush", done.stdout + done.stderr)


@unittest.skipUnless(shutil.which("mosquitto_pub") and shutil.which("mosquitto_sub"), "needs mosquitto's clients")
class Enforcement(Files):
    """What the rules and users of a running broker mean to clients that nobody here wrote."""

    secrets = ()

    # THREATS 82: in no output whatever.
    def ask(self, *words):
        done = subprocess.run([PROGRAM, "broker", *words, "--pid-file", os.path.join(self.directory, "pid")],
                              capture_output=True, text=True, timeout=100, check=False)
        self.assertEqual(done.returncode, OK, done.stderr)
        for secret in ("blue kettle", "c0bra", "wrong-one", *self.secrets):
            self.assertNotIn(secret, done.stdout + done.stderr)
        return done.stdout

    def start(self, *arguments):
        broker = subprocess.Popen([PROGRAM, "start", "--pid-file", os.path.join(self.directory, "pid"), *arguments],
                                  stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        self.addCleanup(self.end, broker)
        banner = ""
        while "mosquitto_pub" not in banner:
            line = broker.stdout.readline()
            self.assertTrue(line, banner)
            banner += line
        self.port = re.search(r"mqtt-tcp://127\.0\.0\.1:(\d+)", banner).group(1)
        self.banner = banner
        return broker

    def end(self, broker):
        if broker.poll() is None:
            broker.terminate()
        errors = broker.communicate(timeout=100)[1]
        self.assertEqual(broker.returncode, OK, errors)
        for secret in ("blue kettle", "c0bra", "wrong-one", *self.secrets):
            self.assertNotIn(secret, errors)

    def client(self, tool, *arguments, user=None):
        given = ["-u", user[0], "-P", user[1]] if user else []
        return subprocess.run(["mosquitto_" + tool, "-h", "127.0.0.1", "-p", self.port, *given, *arguments],
                              capture_output=True, text=True, timeout=100, check=False)

    def publish(self, topic, message, *more, user=None):
        return self.client("pub", "-V", "5", "-q", "1", "-t", topic, "-m", message, *more, user=user)

    def first_of(self, topic, user=None, version="5"):
        """The first (retained) message of a subscription."""
        return self.client("sub", "-V", version, "-C", "1", "-W", "60", "-v", "-t", topic, user=user)

    def test_a_plants_users_and_rules_as_nanomq_has_them(self):
        self.start("--conf", os.path.join(HERE, "plant", "nanomq.conf"), "--log-level", "trace")
        self.assertIn("rules say what they may do", self.banner)
        foreman, press = ("foreman", "blue kettle"), ("press7", "c0bra")
        self.assertEqual(self.publish("line/press7/recipe", "secret", "-r", user=press).stderr, "")
        self.assertEqual(self.publish("line/press7/speed", "12", "-r", user=press).stderr, "")
        self.assertEqual(self.publish("client/one/state", "on", "-r", "-i", "one", user=press).stderr, "")
        for topic in ("line/press8/speed", "client/two/state", "board", "$SYS/broker/version"):
            self.assertIn("Not authorized", self.publish(topic, "x", "-i", "one", user=press).stderr, topic)
        self.assertIn("Not authorized", self.publish("board", "x").stderr)
        # What is denied in the middle of a subscription does not come, whoever looks.
        self.assertEqual(self.first_of("line/#", user=press).stdout, "line/press7/speed 12\n")
        self.assertEqual(self.first_of("line/press7/recipe", user=foreman).stdout, "line/press7/recipe secret\n")
        for topic, user in (("#", press), ("$SYS/#", press), ("line/press7/recipe", press), ("line/#", None)):
            self.assertIn("denied", self.first_of(topic, user=user).stderr, topic)
            self.assertIn("denied", self.first_of(topic, user=user, version="mqttv311").stderr, topic)
        for user in (("foreman", "wrong-one"), ("press7", ""), ("stranger", "c0bra")):
            for version in ("mqttv311", "5"):
                refused = self.first_of("board", user=user, version=version)
                self.assertNotEqual(refused.returncode, 0)
                self.assertRegex(refused.stderr, "(?i)bad user name or password|not authori[sz]ed")
        for words in (("status",), ("status", "--json"), ("clients", "--all"), ("clients", "--all", "--json"), ("reload",)):
            self.ask(*words)
        for words in (("start", "--print-config"), ("check",), ("check", "--json")):
            done = self.run_program("broker", *words, "--conf", os.path.join(HERE, "plant", "nanomq.conf"))
            for secret in ("blue kettle", "c0bra"):
                self.assertNotIn(secret, done.stdout + done.stderr)

    def test_mosquittos_files_as_they_are(self):
        self.run_program("passwd", self.file, "--create", "ann", stdin="one\n")
        if shutil.which("mosquitto_passwd"):
            subprocess.run(["mosquitto_passwd", "-b", self.file, "bob", "two"], check=True, timeout=100)
        else:
            self.run_program("passwd", self.file, "bob", stdin="two\n")
        acl = self.write("user ann\ntopic readwrite a/#\nuser bob\ntopic deny a/secret\ntopic read a/#\npattern write in/%u\n")
        self.start("--url", "mqtt-tcp://127.0.0.1:0", "--set", "auth.password_file=" + self.file,
                   "--set", "auth.acl_file=" + acl)
        ann, bob = ("ann", "one"), ("bob", "two")
        self.assertEqual(self.publish("a/secret", "no", "-r", user=ann).stderr, "")
        self.assertEqual(self.publish("a/known", "yes", "-r", user=ann).stderr, "")
        self.assertEqual(self.first_of("a/#", user=bob).stdout, "a/known yes\n")
        self.assertEqual(self.publish("in/bob", "x", user=bob).stderr, "")
        self.assertIn("Not authorized", self.publish("in/ann", "x", user=bob).stderr)
        self.assertNotEqual(self.publish("a/known", "x").returncode, 0)

    # THREATS 85: the certificate says who it is, not the client.
    @unittest.skipUnless(shutil.which("openssl"), "needs openssl")
    def test_a_certificate_is_a_user_name_where_the_listener_says_so(self):
        keys = os.path.join(self.directory, "keys")
        subprocess.run([CERTIFICATES, keys], check=True, capture_output=True, timeout=100)
        acl = self.write('rules = [{permit = allow, username = device-1, topics = ["dev/${username}/#"]}, '
                         '{permit = allow, cert_common_name = device-1, topics = ["cn/${cert_common_name}/+"]}]')
        conf = self.write(f'''
          listeners.tcp.bind = "127.0.0.1:0"
          listeners.ssl {{
            bind = "127.0.0.1:0", certfile = "{keys}/server.crt", keyfile = "{keys}/server.key"
            cacertfile = "{keys}/ca.crt", verify_peer = true, fail_if_no_peer_cert = true
            use_identity_as_username = true
          }}
          auth.acl_file = "{acl}"''', "nanomq.conf")
        self.start("--conf", conf)
        plain, self.port = self.port, re.search(r"mqtts://127\.0\.0\.1:(\d+)", self.banner).group(1)

        def as_device(name):
            return ["--cafile", keys + "/ca.crt", "--cert", f"{keys}/{name}.crt", "--key", f"{keys}/{name}.key"]

        done = self.publish("dev/device-1/x", "1", "-r", *as_device("device"))
        self.assertEqual((done.returncode, done.stderr), (0, ""))
        # What the client says about itself counts for nothing.
        done = self.publish("dev/device-1/x", "2", *as_device("device"), user=("admin", "x"))
        self.assertEqual((done.returncode, done.stderr), (0, ""))
        self.assertIn("Not authorized", self.publish("dev/device-2/x", "3", *as_device("device")).stderr)
        self.assertIn("Not authorized", self.publish("dev/device-1/x", "3", *as_device("twofold")).stderr)
        self.assertEqual(self.publish("cn/device-1/x", "1", "-r", *as_device("device")).stderr, "")
        self.assertIn("Not authorized", self.publish("cn/device-2/x", "3", *as_device("device")).stderr)
        # The will is sent when nobody is there any more who could show a certificate.
        with subprocess.Popen(["mosquitto_sub", "-h", "127.0.0.1", "-p", self.port, "-V", "5", "-t", "cn/device-1/x",
                               "--will-topic", "cn/device-1/gone", "--will-payload", "gone", "--will-retain",
                               *as_device("device")], stdout=subprocess.PIPE, text=True) as there:
            self.assertEqual(there.stdout.readline(), "1\n")
            there.kill()
        seen = self.client("sub", "-V", "5", "-C", "1", "-W", "60", "-t", "cn/device-1/gone", *as_device("device"))
        self.assertEqual(seen.stdout, "gone\n")
        # Elsewhere the name is a claim that nobody can check.
        self.port = plain
        for user in (("device-1", "x"), ("device-1", ""), None):
            self.assertNotEqual(self.publish("dev/device-1/x", "4", user=user).returncode, 0)

    @unittest.skipUnless(shutil.which("openssl"), "needs openssl")
    def test_a_token_is_a_password_until_it_ends(self):
        key, public = (os.path.join(self.directory, name) for name in ("key.pem", "public.pem"))
        subprocess.run(["openssl", "genrsa", "-out", key, "2048"], check=True, capture_output=True, timeout=100)
        subprocess.run(["openssl", "rsa", "-in", key, "-pubout", "-out", public], check=True, capture_output=True, timeout=100)

        def encoded(data):
            return base64.urlsafe_b64encode(data).rstrip(b"=").decode()

        def token(algorithm="RS256", **claims):
            text = ".".join(encoded(json.dumps(part).encode()) for part in ({"alg": algorithm, "typ": "JWT"}, claims))
            done = subprocess.run(["openssl", "dgst", "-sha256", "-sign", key], input=text.encode(), check=True,
                                  capture_output=True, timeout=100)
            return text + "." + encoded(done.stdout)

        acl = self.write('rules = [{permit = allow, username = press7, topics = ["line/#"]}]')
        self.run_program("passwd", self.file, "--create", "ann", stdin="one.two.three\n")
        self.start("--url", "mqtt-tcp://127.0.0.1:0", "--set", "auth.jwt.algorithms=RS256",
                   "--set", "auth.jwt.public_key_file=" + public, "--set", "auth.jwt.audience=plant",
                   "--set", "auth.acl_file=" + acl, "--set", "auth.password_file=" + self.file)
        now = int(time.time())
        right = {"sub": "press7", "aud": ["plant", "x"], "exp": now + 1000}
        self.assertEqual(self.publish("line/a", "1", "-r", user=("press7", token(**right))).stderr, "")
        self.assertIn("Not authorized", self.publish("else", "1", user=("press7", token(**right))).stderr)
        for user, changes in (("press8", {}), ("press7", {"exp": now - 1}), ("press7", {"exp": None}),
                              ("press7", {"aud": "elsewhere"}), ("press7", {"nbf": now + 900}), ("press7", {"sub": 7}),
                              ("press7", {"algorithm": "HS256"}), ("press7", {"algorithm": "none"})):
            refused = self.publish("line/a", "2", user=(user, token(**{**right, **changes})))
            self.assertRegex(refused.stderr, "(?i)bad user name or password")
        # What it brings along is asked before the rules, which still hold for the rest.
        own = ("press7", token(**{**right, "acl": [{"permission": "deny", "action": "all", "topic": "line/no"},
                                                   {"permission": "allow", "action": "all", "topic": "own/${username}"}]}))
        for topic, done in (("own/press7", ""), ("own/press8", "Not authorized"), ("line/a", ""), ("line/no", "Not authorized")):
            self.assertIn(done, self.publish(topic, "1", "-r", user=own).stderr, topic)
        self.assertEqual(self.first_of("own/press7", user=own).stdout, "own/press7 1\n")
        self.assertIn("denied", self.first_of("own/#", user=own).stderr)
        bound = token(**{**right, "clientid": "c1"})
        self.assertEqual(self.publish("line/a", "1", "-i", "c1", user=("press7", bound)).stderr, "")
        self.assertRegex(self.publish("line/a", "1", "-i", "c2", user=("press7", bound)).stderr, "(?i)bad user name or password")
        # What is no token is a password.
        self.assertIn("Not authorized", self.publish("line/a", "2", user=("ann", "one.two.three")).stderr)
        # A session does not outlive the token. One that ended before the client had come on a busy machine says nothing about that.
        for seconds in (2, 10, 50):
            short = token(**{**right, "exp": int(time.time()) + seconds})
            ended = self.client("sub", "-d", "-V", "5", "-t", "line/b", user=("press7", short))
            if "Received CONNACK (0)" in ended.stdout + ended.stderr:
                break
        self.assertIn("Received DISCONNECT (135)", ended.stdout + ended.stderr)

    # THREATS 82: a token in the place of a user name is never shown.
    @unittest.skipUnless(shutil.which("openssl"), "needs openssl")
    def test_a_token_may_stand_where_the_user_name_would(self):
        secret = b"0123456789abcdef0123456789abcdef"

        def encoded(data):
            return base64.urlsafe_b64encode(data).rstrip(b"=").decode()

        def token(kid, **claims):
            text = ".".join(encoded(json.dumps(part).encode()) for part in ({"alg": "HS256", "kid": kid}, claims))
            done = subprocess.run(["openssl", "dgst", "-sha256", "-mac", "HMAC", "-macopt", "hexkey:" + secret.hex(), "-binary"],
                                  input=text.encode(), check=True, capture_output=True, timeout=100)
            return text + "." + encoded(done.stdout)

        keys = self.write(json.dumps({"keys": [{"kty": "oct", "kid": "1", "k": encoded(b"x" * 32)},
                                               {"kty": "oct", "kid": "2", "k": encoded(secret)}]}), "keys.json")
        acl = self.write('rules = [{permit = allow, username = press7, topics = ["line/${username}"]}]')
        self.start("--url", "mqtt-tcp://127.0.0.1:0", "--set", "auth.jwt.algorithms=HS256", "--set", "auth.jwt.jwks_file=" + keys,
                   "--set", "auth.jwt.from=username", "--set", "auth.acl_file=" + acl, "--log-level", "trace")
        end = int(time.time()) + 1000
        right, wrong, nobody = token("2", sub="press7", exp=end), token("1", sub="press7", exp=end), token("2", exp=end)
        self.secrets = tuple(one.split(".")[2] for one in (right, wrong, nobody))
        self.assertEqual(self.publish("line/press7", "1", "-r", user=(right, "")).stderr, "")
        self.assertEqual(self.publish("line/press7", "1", "-r", user=(right, "whatever")).stderr, "")
        self.assertEqual(self.publish("line/press7", "1", "-r", user=("press7", right)).stderr, "")
        self.assertIn("Not authorized", self.publish("line/x", "1", user=(right, "")).stderr)
        for one in (wrong, nobody, right + "A", "press7"):
            self.assertRegex(self.publish("line/press7", "2", user=(one, "")).stderr, "(?i)bad user name or password")
        with subprocess.Popen(["mosquitto_sub", "-p", self.port, "-V", "5", "-u", right, "-t", "line/press7", "-q", "1"],
                              stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as there:
            self.assertEqual(there.stdout.readline(), "1\n")
            self.assertIn("press7", self.ask("clients"))
            self.assertIn('"press7"', self.ask("clients", "--json"))
            there.terminate()

    # THREATS 76, 77: what cannot be read or understood lets nobody in.
    def test_a_file_that_cannot_be_used_keeps_the_broker_from_starting(self):
        rules = self.write("rules = [{permit = allow, username = ann}]", "rules")
        for users, acl, complaint in ((os.path.join(self.directory, "none"), None, "No such file"),
                                      (self.directory, None, ""),
                                      (self.write("ann\n", "users1"), None, "users1:1: not user:hash"),
                                      (self.write("ann:plain\n", "users2"), None, "users2:1: "),
                                      (None, os.path.join(self.directory, "none"), "No such file"),
                                      (None, self.write("rules = [{permit = maybe}]", "acl1"), "acl1:1:"),
                                      (None, self.write("", "acl2"), "acl2"),
                                      (None, rules, "a rule about users, whom nobody checks")):
            settings = [part for key, path in (("password", users), ("acl", acl)) if path is not None
                        for part in ("--set", f"auth.{key}_file={path}")]
            done = self.run_program("start", "--url", "mqtt-tcp://127.0.0.1:0", *settings, expect=USAGE)
            self.assertIn(complaint, done.stderr)

    # THREATS 77: an empty file of users is no users, not no check.
    def test_an_empty_file_of_users_lets_nobody_in(self):
        self.start("--url", "mqtt-tcp://127.0.0.1:0", "--set", "auth.password_file=" + self.write("\n# none\n", "users"))
        for user in (None, ("ann", ""), ("ann", "x")):
            self.assertNotEqual(self.publish("a", "x", user=user).returncode, 0)

    def test_users_open_the_broker_to_other_machines_without_anonymous_access(self):
        users = self.write("", "users")
        self.start("--url", "mqtt-tcp://127.0.0.1:0", "--set", "auth.password_file=" + users)
        done = self.run_program("start", "--url", "mqtt-tcp://0.0.0.0:0", expect=UNSAFE)
        self.assertIn("auth.password_file", done.stderr)


if __name__ == "__main__":
    unittest.main()
