"""nanomq passwd and nanomq acl from the outside, and what the broker says about configuration files of NanoMQ.

Usage: access_test.py PATH_OF_NANOMQ [unittest options]
"""
import os
import pty
import shutil
import stat
import subprocess
import sys
import tempfile
import threading
import unittest

PROGRAM = os.path.abspath(sys.argv.pop(1))
OK, FAILURE, USAGE = range(3)


class Files(unittest.TestCase):
    def setUp(self):
        self.directory = tempfile.mkdtemp(prefix="nanomq-access-")
        self.addCleanup(shutil.rmtree, self.directory)
        self.file = os.path.join(self.directory, "users")

    def run_program(self, *arguments, stdin="", expect=OK):
        done = subprocess.run([PROGRAM, *arguments], input=stdin, capture_output=True, text=True, timeout=60)
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

    def test_a_batch_is_taken_whole_or_not_at_all(self):
        self.passwd("--create", "--batch", stdin="ann:one\nbob:two:three\n")
        before = self.read()
        self.assertIn("stdin:2: not user:password", self.passwd("--batch", stdin="carl:x\ncarl\n", expect=FAILURE).stderr)
        self.assertEqual(self.read(), before)
        self.right = {("bob", "two:three")}
        self.assertEqual(self.verify("bob", "two:three"), "right")

    def test_an_existing_file_is_not_begun_again(self):
        self.passwd("--create", "ann", stdin="one\n")
        before = self.read()
        self.passwd("--create", "bob", stdin="two\n", expect=FAILURE)
        self.passwd("", stdin="two\n", expect=USAGE)
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
            subprocess.run(command + [self.file, kind, "secret"], check=True, timeout=60, capture_output=True)
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
        self.assertEqual(program.wait(timeout=60), OK)
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
        done = self.run_program("acl", "explain", rules, "-t", "a", "--op", "pub", expect=FAILURE)
        self.assertIn(f"{rules}:1:20: permit is allow or deny", done.stderr)
        self.run_program("acl", "explain", rules + "x", "-t", "a", "--op", "pub", expect=FAILURE)
        good = self.write("rules = []")
        for wrong in (["-t", "a/#", "--op", "pub"], ["-t", "a#", "--op", "sub"], ["-t", "a", "--op", "both"],
                      ["-t", "a", "--op", "pub", "-a", "x"], ["--op", "pub"]):
            self.run_program("acl", "explain", good, *wrong, expect=USAGE)


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

    def test_passwords_and_rules_are_never_passed_over(self):
        self.write('"admin": "public"\n', "pwd.conf")
        for text in ('auth.password = {include "pwd.conf"}', "auth { acl { rules = [{permit = deny}] } }"):
            done = self.run_program("start", "--conf", self.write(text, "nanomq.conf"), expect=USAGE)
            self.assertIn("cannot be left out", done.stderr)
        done = self.run_program("start", "--conf", self.write('auth {include "none"}', "nanomq.conf"), expect=USAGE)
        self.assertIn("No such file", done.stderr)


if __name__ == "__main__":
    unittest.main()
