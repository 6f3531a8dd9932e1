"""Shows that the crash test finds what it is there to find: planted_faults_test.py CRASH_TEST FLAWED_BROKER [FLAW...]

Runs it against a broker with each flaw, several at a time because they mostly wait, and compares what it says.
"""
import concurrent.futures
import json
import subprocess
import sys

# What must be found; other faults may follow from it.
EXPECTED = {
    "none": None,
    "loses": "lost",
    "repeats": "duplicated",
    "swaps": "reordered",
    "changes": "changed",
    "misdelivers": "unexpected",
    "forgets_sessions": "lost_session",
    "invents_sessions": "ghost_session",
    "forgets_subscriptions": "lost_subscription",
    "ignores_unsubscribe": "undone_unsubscription",
    "mixes_identifiers": "wrong_options",
    "forgets_retained": "missing_retained",
    "keeps_old_retained": "wrong_retained",
    "undeletes": "undeleted_retained",
    "loses_wills": "lost_will",
    "repeats_wills": "repeated_will",
    "hasty_wills": "undue_will",
    "never_acknowledges": "unanswered",
    "hangs_up": "closed",
    "babbles": "bad_packet",
}
AT_A_TIME = 5


# A flaw shows only when it has an occasion, of which a slow machine makes few: it gets longer runs before it counts as not found.
CYCLES = (6, 12, 24, 48)


def run(program, broker, flaw, cycles):
    """What the crash test says of the flawed broker, and its exit status."""
    # A broker that should be without fault gets all the time it wants.
    patience = "60000" if flaw == "none" else "500"
    command = [program, "--broker", f"flawed={sys.executable} {broker} {{port}} {flaw}", "--ending", "cut", "--json"]
    command += ["--cycles", str(cycles), "--load-ms", "100-250", "--verify-every", "2", "--patience-ms", patience]
    command += ["--publishers", "2", "--rate", "600", "--seed", "7"]
    done = subprocess.run(command, capture_output=True, text=True, timeout=600)
    try:
        return json.loads(done.stdout)[0], done.returncode
    except (json.JSONDecodeError, IndexError):
        return {"faults": {}, "flawless": False, "examples": [done.stdout, done.stderr]}, done.returncode


def judge(flaw, said, status):
    """Nothing, or what is wrong."""
    expected = EXPECTED[flaw]
    if expected is None:
        right = said["flawless"] and status == 0 and said.get("acknowledged", 0) > 100
    else:
        right = said["faults"].get(expected, 0) > 0 and status == 2
    if right:
        return None
    found = {name: count for name, count in said["faults"].items() if count}
    return f"{flaw}: wanted {expected or 'nothing wrong'}, status {status}, found {found}: {said['examples']}"


def examine(program, broker, flaw):
    """Nothing, or what is wrong after the longest run."""
    for cycles in CYCLES if EXPECTED[flaw] else CYCLES[:1]:
        wrong = judge(flaw, *run(program, broker, flaw, cycles))
        if wrong is None:
            return None
    return wrong


def main():
    program, broker, *flaws = sys.argv[1:]
    flaws = flaws or list(EXPECTED)
    with concurrent.futures.ThreadPoolExecutor(AT_A_TIME) as pool:
        results = list(pool.map(lambda flaw: examine(program, broker, flaw), flaws))
    for wrong in filter(None, results):
        print(wrong)
    print(f"{sum(result is None for result in results)} of {len(results)} right")
    return int(any(results))


if __name__ == "__main__":
    sys.exit(main())
