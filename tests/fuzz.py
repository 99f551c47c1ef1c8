"""Looks for texts that break what holds for any text, until its time is over.

    python tests/fuzz.py [--minutes 10] [--seed N] [--save]

Draws arbitrary code points, what the library reads more into than letters, and the corpus damaged, disguised, joined and
repeated (``strategies.py``), and asks of each text what ``invariants.py`` holds. Each finding is made as short as can be
and printed as a Python string; ``--save`` adds it to ``fuzz_findings.jsonl``, whose texts ``test_fuzz.py`` asks for ever
after. The texts that take longest for their length, against a text of the corpus in the same run, are only told.

Exit status: 0 nothing found, 1 something found.
"""

from __future__ import annotations

import argparse
import contextlib
import json
import math
import random
import re
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

from hypothesis import HealthCheck, Phase, find, settings
from hypothesis.errors import NoSuchExample
from hypothesis.strategies import SearchStrategy
from invariants import Oracle
from strategies import TEXTS
from strategies import everything as TARGET

FINDINGS = Path(__file__).parent / "fuzz_findings.jsonl"
EXAMPLES = 500
"""Texts of one round; a round ends with its first finding, made short."""
_LEAST = 200
"""Characters from which a text's time tells something about its length."""
_SLOWEST = 5


class _TimeIsOver(KeyboardInterrupt):
    """Hypothesis takes no other exception for a reason to stop, rather than for a finding."""


def rounds(
    faults: Callable[[str], list[str]],
    texts: SearchStrategy[str],
    seed: int,
    examples: int,
    end: float = math.inf,
) -> Iterator[tuple[str, list[str]] | None]:
    """Until ``end``, by the monotonic clock: the shortest text that a round found and its faults, or ``None``.

    A fault is found once: the kind of it, whatever the place and the text.
    """
    randomness, known = random.Random(seed), set[str]()
    shortest: str | None = None

    def broken(text: str) -> bool:
        nonlocal shortest
        if time.monotonic() > end:
            raise _TimeIsOver
        found = not known.issuperset(map(_kind, faults(text)))
        if found and (shortest is None or len(text) < len(shortest)):
            shortest = text
        return found

    options = settings(
        max_examples=examples,
        database=None,
        deadline=None,
        phases=[Phase.generate, Phase.target, Phase.shrink],
        suppress_health_check=list(HealthCheck),
    )
    while time.monotonic() <= end:
        shortest = None
        with contextlib.suppress(NoSuchExample, _TimeIsOver):
            find(texts, broken, settings=options, random=randomness)
        if shortest is None:
            yield None
            continue
        found = [fault for fault in faults(shortest) if _kind(fault) not in known]
        known.update(map(_kind, found))
        yield shortest, found


def _kind(fault: str) -> str:
    """A fault without what differs from text to text."""
    return re.split(r"[:'\"\d]", fault, maxsplit=1)[0]


def saved(path: Path = FINDINGS) -> list[tuple[str, str | None]]:
    """The texts of past findings, each with why it is not mended yet, if it is not."""
    found = map(json.loads, path.read_text(encoding="utf-8").splitlines())
    return [(line["text"], line.get("open")) for line in found]


def save(text: str, faults: list[str], path: Path = FINDINGS) -> None:
    """Add a finding; JSON in ASCII, since it may hold what no encoding writes."""
    with path.open("a", encoding="utf-8") as file:
        file.write(json.dumps({"text": text, "faults": faults}) + "\n")


class _Clock:
    """The texts that took longest for their length."""

    def __init__(self, oracle: Oracle) -> None:
        self._oracle = oracle
        reference = "\n".join(TEXTS[::40])[:5000]
        self._unit = oracle.seconds(reference) / len(reference)
        self._slowest: dict[str, float] = {}

    def faults(self, text: str) -> list[str]:
        if len(text) >= _LEAST:
            self._slowest[text] = self._oracle.seconds(text) / len(text) / self._unit
            if len(self._slowest) > _SLOWEST:
                del self._slowest[min(self._slowest, key=self._slowest.__getitem__)]
        return self._oracle.faults(text)

    def told(self) -> Iterator[str]:
        for text, ratio in sorted(self._slowest.items(), key=lambda item: -item[1]):
            yield f"{ratio:.1f} times the corpus's time a character: {text[:300]!a} ({len(text)} characters)"


def main(arguments: list[str]) -> int:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--minutes", type=float, default=10)
    parser.add_argument("--seed", type=int, default=random.randrange(1_000_000))
    parser.add_argument("--save", action="store_true", help=f"add findings to {FINDINGS.name}")
    options = parser.parse_args(arguments)
    end, count, findings = time.monotonic() + 60 * options.minutes, 0, 0
    clock = _Clock(Oracle())
    print(f"seed {options.seed}", flush=True)
    for found in rounds(clock.faults, TARGET, options.seed, EXAMPLES, end):
        count += 1
        if found is not None:
            findings += 1
            text, faults = found
            print(f"{text!a}\n    {'; '.join(faults)}", flush=True)
            if options.save:
                save(text, faults)
    print(f"{findings} findings in {count} rounds of up to {EXAMPLES} texts", *clock.told(), sep="\n")
    return 1 if findings else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
