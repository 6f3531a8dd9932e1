"""The samples in the manual, for tests that run them. What differs from the manual is where things are."""
import os
import re

MANUAL = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..", "docs", "manual")


def samples(page, heading, kind):
    """The code blocks of a kind below a heading of the manual."""
    with open(os.path.join(MANUAL, page), encoding="utf-8") as file:
        text = file.read()
    section = re.search(rf"^##+ {heading}\n(.*?)(?=^## |\Z)", text, re.MULTILINE | re.DOTALL).group(1)
    found = re.findall(rf"^```{kind}\n(.*?)^```", section, re.MULTILINE | re.DOTALL)
    assert found, f"{page} has no sample of {kind} below {heading}"
    return found


def moved(sample, **words):
    """A sample with other addresses and files. `words`: name of the change = (as written, as it is here)."""
    for written, here in words.values():
        assert written in sample, f"the sample has no {written}: {sample}"
        sample = sample.replace(written, here)
    return sample
