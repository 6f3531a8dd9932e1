"""Scripts written for mosquitto_pub and mosquitto_sub, run once with these and once with nanomq in their place.

Usage: alike_test.py PATH_OF_NANOMQ [unittest options]
Each has a broker of its own, so that both find the same. What they print and how they end has to be the same too; where it
is not, docs/manual/tools.md says so and there is no case here. Nothing waits for a time: retained messages and kept sessions
hold what is to be received.
"""
import concurrent.futures
import os
import re
import shutil
import stat
import subprocess
import sys
import tempfile
import time
import unittest

from programs import DEADLINE, Broker

PROGRAM = os.path.abspath(sys.argv.pop(1))
brokers = {}


def setUpModule():
    for whose in ("mosquitto", "nanomq"):
        brokers[whose] = Broker(PROGRAM)


def tearDownModule():
    for broker in brokers.values():
        code = broker.stop()
        if code != 0:
            raise AssertionError(f"the broker ended with {code}: {broker.output.lines}")


def without_times(text):
    """What differs from run to run: times, names of programs and clients. mosquitto 2.0's %j has a Z too many in its time."""
    text = re.sub(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{6})?Z?[+-]\d{4}", "TIME", text)
    text = re.sub(r"\d{10}\.\d{9}", "UNIXTIME", text)
    text = re.sub(r"mosquitto_(pub|sub)|nanomq (pub|sub)", "PROGRAM", text)
    text = re.sub(r"Client \S+ ", "Client ID ", text)
    return re.sub(r"\n\n+", "\n", text)


class Alike(unittest.TestCase):
    maxDiff = None

    @classmethod
    def setUpClass(cls):
        cls.directory = tempfile.mkdtemp(prefix="nanomq_alike")
        cls.addClassCleanup(shutil.rmtree, cls.directory, ignore_errors=True)
        ours = os.path.join(cls.directory, "bin")
        os.mkdir(ours)
        for verb in ("pub", "sub"):
            path = os.path.join(ours, "mosquitto_" + verb)
            with open(path, "w", encoding="utf-8") as file:
                file.write(f'#!/bin/sh\nexec {PROGRAM} {verb} "$@"\n')
            os.chmod(path, os.stat(path).st_mode | stat.S_IXUSR)
        cls.paths = {"mosquitto": os.environ["PATH"], "nanomq": ours + ":" + os.environ["PATH"]}

    def run_both(self, script):
        """Exit code, stdout and stderr of the script with either program."""
        with concurrent.futures.ThreadPoolExecutor(len(self.paths)) as both:
            return dict(zip(self.paths, both.map(lambda whose: self.run_one(script, whose), self.paths)))

    def run_one(self, script, whose):
        place = tempfile.mkdtemp(dir=self.directory)
        environment = {**os.environ, "PATH": self.paths[whose], "T": "t/" + self._testMethodName, "P": str(brokers[whose].port),
                       "XDG_CONFIG_HOME": place,
                       "BY_LINES": "stdbuf -oL" if whose == "mosquitto" else ""}
        result = subprocess.run(["bash", "-c", script], cwd=place, env=environment, stdin=subprocess.DEVNULL,
                                capture_output=True, timeout=4 * DEADLINE)
        texts = [without_times(each.decode(errors="backslashreplace").replace(environment["T"], "T").replace(place, "HERE"))
                 for each in (result.stdout, result.stderr)]
        return (result.returncode, *texts)

    def alike(self, script, code=0):
        """The common outcome. Its exit code is `code`."""
        outcomes = self.run_both(script)
        self.assertEqual(outcomes["mosquitto"], outcomes["nanomq"], script)
        self.assertEqual(outcomes["nanomq"][0], code, outcomes["nanomq"])
        return outcomes["nanomq"][1]

    def keeps(self, publish, form, receive="-q 2", count=1):
        """A retained message that is published so, and shown so."""
        return self.alike(f"mosquitto_pub -p $P -t $T -r -q 1 {publish} && "
                          f"mosquitto_sub -p $P -t $T -C {count} -W {DEADLINE} {receive} {form}")

    # What is published.

    def test_a_message_comes_from_the_command_line(self):
        self.assertEqual(self.keeps("-m 'a text'", ""), "a text\n")
        self.assertEqual(self.keeps("--message -5", ""), "-5\n")
        self.keeps("-m -h --qos 2", "-F '%q %p'")

    def test_a_message_comes_from_a_file_or_the_input(self):
        self.alike("seq 100000 >file && mosquitto_pub -p $P -t $T -r -q 1 -f file && "
                   f"mosquitto_sub -p $P -t $T -C 1 -W {DEADLINE} >got && diff file <(head -n 100000 got) && echo same")
        self.alike("seq 100000 >file && mosquitto_pub -p $P -t $T -r -q 1 -s <file && "
                   f"mosquitto_sub -p $P -t $T -C 1 -N -W {DEADLINE} >got && cmp file got && echo same")
        self.alike(": >empty && mosquitto_pub -p $P -t $T -q 1 -f empty && echo published")
        self.alike("mosquitto_pub -p $P -t $T -s", code=1)
        self.alike("mosquitto_pub -p $P -t $T -f nowhere", code=1)

    def test_lines_of_the_input_are_messages(self):
        for qos in "12":
            got = self.alike(
                f"keep=\"-p $P -c -i keep{qos}$T -q 1 -t $T\"; mosquitto_sub $keep -E && "
                f"(printf 'one\\n\\ntwo words\\nlast' | mosquitto_pub -p $P -t $T -q {qos} -l) && "
                f"mosquitto_sub $keep -v -C 4 -W {DEADLINE}")
            self.assertEqual(got, "T one\nT (null)\nT two words\nT last\n")
        self.alike("mosquitto_pub -p $P -t $T -l </dev/null && echo nothing")

    def test_repeated_messages_are_counted(self):
        got = self.alike("keep=\"-p $P -c -i $T -q 2 -t $T\"; mosquitto_sub $keep -E && "
                         "mosquitto_pub -p $P -t $T -q 1 -m again --repeat 3 --repeat-delay 0.05 && "
                         f"mosquitto_sub $keep -C 3 -W {DEADLINE}")
        self.assertEqual(got, "again\nagain\nagain\n")

    def test_an_empty_message_removes_a_retained_one(self):
        self.alike("mosquitto_pub -p $P -t $T -r -q 1 -m kept; mosquitto_pub -p $P -t $T -r -q 1 -n; "
                   "mosquitto_sub -p $P -t $T -C 1 -W 1", code=27)

    def test_a_url_says_it_all(self):
        self.alike("mosquitto_pub -L mqtt://127.0.0.1:$P/$T -r -q 1 -m there && "
                   f"mosquitto_sub -L mqtt://user:pass@127.0.0.1:$P/$T -C 1 -W {DEADLINE}")

    def test_every_version(self):
        for version in ("mqttv31", "31", "mqttv311", "311", "mqttv5", "5"):
            self.keeps(f"-V {version} -m x -i short", "-F '%q %r %p'", f"-V {version} -q 2")

    # What is printed.

    def test_plain_and_verbose_output(self):
        for way in ("", "-N", "-v", "-v -N"):
            self.keeps("-m hello", way)
        got = self.alike("keep=\"-p $P -c -i $T -q 1 -t $T/2\"; mosquitto_sub $keep -E && "
                         "mosquitto_pub -p $P -t $T/2 -q 1 -n; mosquitto_pub -p $P -t $T/2 -q 1 -m end; "
                         f"mosquitto_sub $keep -C 2 -W {DEADLINE}")
        self.assertEqual(got, "end\n")

    def test_every_field_of_a_format(self):
        forms = ("%t|%p|%q|%r|%l|%m|%%|%x|%X|@@", r"\\|\0|\a|\e|\n|\r|\t|\v|", "%U %I [%30I] [%-30I] [%.4I]",
                 "[%10t] [%-10t] [%.2t] [%10.2t] [%-10.2t] [%010t] [%2t]",
                 "[%10p] [%-10p] [%010p] [%3p] [%-3p] [%.2p] [%10.2p]",
                 "[%l] [%4l] [%-4l] [%04l] [%4m] [%5q] [%5r] [%-04l] [%.3l]",
                 "[%A] [%C] [%D] [%E] [%F] [%P] [%R] [%S] [%5A] [%05A] [%5C] [%-5C] [%5E] [%5F] [%5R] [%5S]",
                 "%j", "%J", "%J after")
        for form in forms:
            for qos in "02":
                self.keeps("-m hello", f"-F '{form}'", f"-q {qos}")

    def test_times_in_a_format(self):
        hour = None
        while hour != time.localtime()[:4]:  # another look when the hour has changed between the two
            hour = time.localtime()[:4]
            outcomes = self.run_both("mosquitto_pub -p $P -t $T -r -q 1 -m hello && "
                                     f"mosquitto_sub -p $P -t $T -C 1 -W {DEADLINE} -F '@Y @m @d @H @z @q @j @A @B @y @a @b @Z'")
        self.assertEqual(outcomes["mosquitto"], outcomes["nanomq"])
        self.assertEqual(outcomes["nanomq"][0], 0)

    def test_properties_in_formats(self):
        sent = ("-V 5 -m x -D publish content-type text/plain -D publish correlation-data 'c\"d' "
                "-D publish payload-format-indicator 1 -D publish response-topic r/t "
                "-D publish user-property a 1 -D publish user-property b 2 -D publish user-property a 3")
        shown = ("[%A] [%C] [%D] [%F] [%P] [%R] [%S] [%5A] [%15C] [%-15C] [%.4C] [%3F] [%03F] [%8R] [%5S]")
        self.keeps(sent, f"-F '{shown}'", "-V 5 -q 1")
        self.keeps(sent, "-F '[%S] [%5S] [%-5S] [%05S]'", "-V 5 -D subscribe subscription-identifier 7")
        self.keeps("-m x -D publish message-expiry-interval 3600 -V 5", "-F '%E' | sed 's/^3[56].*/3600/'", "-V 5")

    def test_json_payloads(self):
        for payload in ('{"a":1,"b":[1,2,{"c":"x"}],"e":{},"t":true,"z":null,"f":[]}', "[]", "7", '"text"', "not", "{"):
            for way in ("%j", "%J", "%J --pretty", "%j --pretty"):
                self.keeps(f"-m '{payload}'", f"-F {way}")

    # Which messages.

    def test_topics_are_filtered_out(self):
        got = self.alike("for n in 1 2 3; do mosquitto_pub -p $P -t $T/$n -r -q 1 -m m$n; done; "
                         f"mosquitto_sub -p $P -t $T/# -T $T/2 -C 2 -v -W {DEADLINE} | sort")
        self.assertEqual(got, "T/1 m1\nT/3 m3\n")

    def test_several_topics_are_subscribed_to_at_once(self):
        self.alike("for n in 1 2 3; do mosquitto_pub -p $P -t $T/$n -r -q 1 -m m$n; done; "
                   f"mosquitto_sub -p $P -t $T/1 -t $T/3 -C 2 -v -W {DEADLINE} | sort")

    def test_retained_messages_are_left_out(self):
        got = self.alike("keep=\"-p $P -c -i $T -q 1 -t $T/#\"; mosquitto_pub -p $P -t $T/old -r -q 1 -m old; "
                         "mosquitto_sub $keep -R -E; mosquitto_pub -p $P -t $T/new -q 1 -m new; "
                         f"mosquitto_sub $keep -R -C 1 -v -W {DEADLINE}")
        self.assertEqual(got, "T/new new\n")

    def test_only_retained_messages(self):
        got = self.alike("keep=\"-p $P -V 5 -c -i $T -q 1 -t $T/# --retain-as-published\"; mosquitto_sub $keep -E; "
                         "mosquitto_pub -p $P -t $T/old -r -q 1 -m old; mosquitto_pub -p $P -t $T/new -q 1 -m new; "
                         f"mosquitto_sub $keep --retained-only -v -W {DEADLINE}")
        self.assertEqual(got, "T/old old\n")

    def test_what_comes_behind_the_subscription_is_kept_for_the_next_time(self):
        got = self.alike("mosquitto_pub -p $P -t $T/old -r -q 1 -m old; keep=\"-p $P -c -i $T -q 1 -t $T/#\"; "
                         "mosquitto_sub $keep -E; mosquitto_pub -p $P -t $T/new -q 1 -m new; "
                         f"mosquitto_sub $keep -C 2 -v -W {DEADLINE}")
        self.assertEqual(got, "T/old old\nT/new new\n")

    def test_retained_messages_are_removed(self):
        # They have been when the empty messages that remove them come back.
        self.alike("for n in 1 2 3; do mosquitto_pub -p $P -t $T/$n -r -q 1 -m m$n; done; "
                   ": >got; $BY_LINES mosquitto_sub -p $P -t $T/# -T $T/2 --remove-retained -v >got & "
                   "while [ $(wc -l <got) -lt 4 ]; do sleep 0.01; done; kill $!; wait $!; sort got; "
                   f"mosquitto_sub -p $P -t $T/# -v -C 1 -W {DEADLINE}; mosquitto_sub -p $P -t $T/1 -W 1", code=27)

    def test_the_retain_flag_may_stay_as_published(self):
        got = self.alike("keep=\"-p $P -V 5 -c -i $T -q 1 -t $T --retain-as-published\"; mosquitto_sub $keep -E; "
                         "mosquitto_pub -p $P -t $T -r -q 1 -m kept; "
                         f"mosquitto_sub $keep -F '%r %p' -C 1 -W {DEADLINE}")
        self.assertEqual(got, "1 kept\n")

    # Sessions.

    def test_a_session_is_kept_and_left_by_unsubscribing(self):
        self.alike("keep=\"-p $P -c -i $T -q 1\"; mosquitto_sub $keep -t $T -E; mosquitto_pub -p $P -t $T -q 1 -m one; "
                   f"mosquitto_sub $keep -t $T -C 1 -W {DEADLINE}; "
                   "mosquitto_sub $keep -t $T/other -U $T -E >/dev/null; mosquitto_pub -p $P -t $T -q 1 -m two; "
                   "mosquitto_sub $keep -t $T/other -W 1", code=27)

    def test_a_session_expires_when_it_is_told_to(self):
        for ending, code in (("-x 100", 0), ("-x 0", 27), ("-x 100 -D disconnect session-expiry-interval 0", 27)):
            wait = 1 if code else DEADLINE
            self.alike(f"who=\"-p $P -V 5 -i $T -q 1 -t $T\"; mosquitto_sub $who {ending} -E; "
                       f"mosquitto_pub -p $P -t $T -q 1 -m kept; mosquitto_sub $who -c -x 1 -C 1 -W {wait}", code=code)

    def test_debug_output_tells_of_the_subscription(self):
        got = self.alike("mosquitto_sub -p $P -t $T -t $T/2 -q 1 -E -d | grep -v 'Subscribed\\|UNSUB' | sort -u; "
                         "mosquitto_sub -p $P -t $T -t $T/2 -q 1 -E -d | grep Subscribed")
        self.assertIn("Subscribed (mid: 1): 1, 1\n", got)
        self.alike("mosquitto_pub -p $P -t $T -m body -d")

    # How it ends.

    def test_nobody_there_is_an_error(self):
        for verb in ("mosquitto_pub -m x", "mosquitto_sub", "mosquitto_pub -l"):
            self.alike(f"{verb} -p 1 -h 127.0.0.1 -t $T", code=1)
            self.alike(f"{verb} -h nowhere.invalid -t $T", code=1)
            self.alike(f"{verb} --unix ./nowhere -t $T", code=1)
            self.alike(f"{verb} -p 1 -h 127.0.0.1 -t $T --quiet", code=1)

    def test_a_timeout_has_its_own_exit_code(self):
        self.alike("mosquitto_sub -p $P -t $T -W 1", code=27)
        self.alike("mosquitto_sub -p $P -t $T -W 1 --quiet", code=27)

    def test_a_reader_that_leaves_is_no_error(self):
        # More than a pipe holds: mosquitto_sub notices only when it writes.
        self.alike("keep=\"-p $P -c -i $T -q 1 -t $T\"; mosquitto_sub $keep -E; "
                   "seq -f %04000g 50 | mosquitto_pub -p $P -t $T -q 1 -l; "
                   "(mosquitto_sub $keep; echo $? >code) | head -c 10; cat code")

    def test_a_signal_ends_a_subscriber_cleanly(self):
        # mosquitto_sub prints in its signal handler, what it is printing already once more: the signal comes while it sleeps.
        for signal in ("INT", "TERM"):
            self.alike("mkfifo out; $BY_LINES mosquitto_sub -p $P -t $T -d >out & exec 3<out; "
                       "while read -r line <&3 && [[ $line != Subscribed* ]]; do :; done; "
                       "while kill -0 $! && ! grep -q '^State:.S' /proc/$!/status; do :; done; "
                       f"kill -{signal} $!; wait $!; status=$?; cat <&3; exit $status")

    # Options files.

    def test_defaults_come_from_a_file(self):
        for verb in ("pub", "sub"):
            self.alike(f"printf -- '# defaults\\n-p %s\\n-q 1\\n-i from the file\\n' $P >mosquitto_{verb}; "
                       + ("mosquitto_pub -t $T -m x -d" if verb == "pub" else "mosquitto_sub -t $T -E -d"))

    # Wrong use: the first line, and the exit code.

    def refused_alike(self, *commands):
        for command in commands:
            outcomes = {whose: (code, out, err.split("\n")[0]) for whose, (code, out, err) in self.run_both(command).items()}
            with self.subTest(command=command):
                self.assertEqual(outcomes["mosquitto"], outcomes["nanomq"])
                self.assertEqual(outcomes["nanomq"][0], 1)

    def test_a_missing_value_is_named(self):
        options = "-A -h -i -I -k -L -M -p -P --proxy -q -t -u --unix -V --will-payload --will-qos --will-topic -x --cafile " \
                  "--capath --cert --key --ciphers --tls-alpn --tls-version --psk --psk-identity --keyform -D".split()
        self.refused_alike(*(f"mosquitto_pub {each}" for each in options + ["-f", "-m", "--repeat", "--repeat-delay"]))
        self.refused_alike(*(f"mosquitto_sub {each}" for each in options + ["-C", "-F", "-T", "-U", "-W", "--random-filter"]))

    def test_an_option_of_the_other_program_is_unknown(self):
        self.refused_alike(*(f"mosquitto_pub {each}" for each in "-F -N --pretty -R -T -U -v -W -w --unknown -rt stray".split()))
        self.refused_alike(*(f"mosquitto_sub {each}" for each in "-f -l -m -n -r -s --repeat --unknown -vN stray".split()))

    def test_a_wrong_value_is_named(self):
        both = ["-k 4", "-k 65536", "-M 0", "-p -1", "-p 65536", "-q -1", "-q 3", "-V 0", "--will-qos 3", "--will-topic +", "-x A",
                "-x -2", "-x 4294967296", "-i a -I b", "-I a -i b", "--proxy http://x", "--will-payload x -t t -m x",
                "--will-retain -t t -m x", "-c -t t -m x", "-V 5 -x -1 -t t -m x", "-D connect", "-D nothing x 1", "-D connect nothing 1",
                "-D connect will-delay-interval 1", "-D connect user-property key", "-D connect receive-maximum 65536",
                "-D auth authentication-method 1", "-D publish subscription-identifier 1", "--cert x -t t -m x",
                "--cafile a --psk b -t t -m x", "--psk b -t t -m x"]
        self.refused_alike(*(f"mosquitto_pub {each}" for each in both))
        self.refused_alike(*(f"mosquitto_sub {each.replace('-m x', '')}" for each in both))
        self.refused_alike("mosquitto_pub -m a -f b", "mosquitto_pub -l -n", "mosquitto_pub -t a/+", "mosquitto_pub -t a/# -m x",
                           "mosquitto_pub -i '' -t t -m x", "mosquitto_pub --repeat 0", "mosquitto_pub --repeat-delay -1")
        self.refused_alike("mosquitto_sub", "mosquitto_sub -t ++", "mosquitto_sub -T ++", "mosquitto_sub -U ++", "mosquitto_sub -C 0",
                           "mosquitto_sub -W 0", "mosquitto_sub --random-filter 0", "mosquitto_sub -F %", "mosquitto_sub -F %Z",
                           "mosquitto_sub -F @", "mosquitto_sub -F '\\'", "mosquitto_sub -F '\\Z'", "mosquitto_sub -F %0-5t")


if __name__ == "__main__":
    unittest.main()
