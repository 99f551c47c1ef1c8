"""What may change in a text without changing what is said of it: disguises, the status named, who speaks, of whom.

Each way is tried on every few cases of the corpus, others for each; ``-m thorough`` tries every way on every case.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from itertools import accumulate
from pathlib import Path

import pytest
from disguises import FOR_ACRONYMS, FOR_BOTH, FOR_TEXTS, Disguise, disguised

from mentions import Moderator, Report
from mentions.corpus import Case, read_cases

CASES = read_cases(Path(__file__).parent.parent / "corpus" / "cases")
ACRONYMS = {"cmu": "CMU", "cmu-c": "CMU-C", "acs": "ACS", "ame": "AME", "css": "C2S"}
FEW = 40
"""Of how many cases one is tried, where not all are."""
Faults = Callable[[Report], list[str]]


@pytest.fixture(
    params=[pytest.param(1, marks=pytest.mark.thorough, id="every case"), pytest.param(FEW, id="few cases")]
)
def every(request: pytest.FixtureRequest) -> int:
    return int(request.param)


def _says(report: Report) -> list[tuple[str, tuple[str, ...]]]:
    return [(mention.code, tuple(subject.id for subject in mention.subjects)) for mention in report.mentions]


def _plain_acronym(text: str, start: int, end: int) -> bool:
    """Whether it is an acronym that stands between blanks: other signs might be taken for its own."""
    alone = not (text[max(start - 1, 0) : start] + text[end : end + 1]).strip(" ")
    beside = {
        *text[:start].split()[-1:],
        *text[end:].split()[:1],
    }  # « ACS A, B et C », « CMU C2S »: whose letter is it?
    told_apart = all(len(word.strip(",.")) > 1 and word not in ACRONYMS.values() for word in beside)
    return alone and told_apart and text[start:end] in ACRONYMS.values() and end - start == 3


def _some(every: int, kind: str) -> Sequence[Case]:
    return CASES[sum(map(ord, kind)) % every :: every]


def _changed(report: Report, hidden: Report, pieces: list[str]) -> str | None:
    """What the disguise changed, if anything: what is said, or the places, which must be the same characters'."""
    if _says(report) != _says(hidden):
        return f"{_says(hidden)}, undisguised {_says(report)}"
    starts = [0, *accumulate(map(len, pieces))]
    for old, new in zip(report.mentions, hidden.mentions, strict=True):
        last = pieces[old.end - 1]
        if new.start != starts[old.start] or not starts[old.end] - len(last) < new.end <= starts[old.end]:
            return f"{new.text!r} for {old.text!r}"
    return None


@pytest.mark.parametrize("kind", FOR_ACRONYMS | FOR_BOTH)
def test_an_acronym_disguised_is_the_same_mention(moderator: Moderator, every: int, kind: str) -> None:
    _assert_unchanged(moderator, _some(every, kind), (FOR_ACRONYMS | FOR_BOTH)[kind], acronyms=True)


@pytest.mark.parametrize("kind", FOR_TEXTS | FOR_BOTH)
def test_a_text_disguised_from_end_to_end_says_the_same(moderator: Moderator, every: int, kind: str) -> None:
    _assert_unchanged(moderator, _some(every, kind), (FOR_TEXTS | FOR_BOTH)[kind], acronyms=False)


def _assert_unchanged(moderator: Moderator, cases: Sequence[Case], disguise: Disguise, *, acronyms: bool) -> None:
    changed, tried = {}, 0
    for case in cases:
        if any(mark in case.text for mark in "<&]"):
            continue  # letters of tags are no letters of the text
        report = moderator.check(case.text)
        places = [(s.start, s.end) for m in report.mentions for s in m.subjects]
        spans = [p for p in places if _plain_acronym(case.text, *p)] if acronyms else [(0, len(case.text))]
        text, pieces = disguised(case.text, disguise, spans)
        if text == case.text or not report.mentions:
            continue
        tried += 1
        if (fault := _changed(report, moderator.check(text), pieces)) is not None:
            changed[text] = fault
    assert changed == {}
    assert tried > len(cases) // 12


# -- another status, another speaker, other patients -------------------------------------------------------------------


def _renamed(text: str, start: int, end: int, name: str) -> str:
    """Another status in the place of the one named, articles elided as French wants it."""
    before = text[:start]
    if name[0] in "A":
        before = re.sub(r"(?i)\b([ld])[ae] $", r"\1'", before)
        before = re.sub(r"(?i)\b(qu)e $", r"\1'", before)
    else:
        before = re.sub(r"(?i)l['’]$", "LA " if before.isupper() else "la ", before)
        before = re.sub(r"(?i)\bd['’]$", "de ", before)
        before = re.sub(r"(?i)\bqu['’]$", "que ", before)
    return before + name + text[end:]


@pytest.mark.parametrize("status", ACRONYMS)
def test_the_status_named_changes_nothing_but_the_subject(moderator: Moderator, every: int, status: str) -> None:
    changed, tried = {}, 0
    for case in _some(every, status):
        report = moderator.check(case.text)
        named = [s for m in report.mentions for s in m.subjects if s.id in ACRONYMS]
        if len(named) != 1 or named[0].text not in ACRONYMS.values() or report.category == "neutral":
            continue  # the look-alikes of each status are its own, and careers and studies are full of them
        found = named[0]
        if any(
            map(str.isalnum, case.text[max(found.start - 1, 0) : found.start] + case.text[found.end : found.end + 1])
        ):
            continue  # run together with other words, which only « CMU » is read in, whatever the capitals
        text = _renamed(case.text, found.start, found.end, ACRONYMS[status])
        if text == case.text:
            continue
        tried += 1
        wanted = [(code, tuple(status if i == found.id else i for i in ids)) for code, ids in _says(report)]
        if (got := _says(moderator.check(text))) != wanted:
            changed[text] = f"{got}, not {wanted}"
    assert changed == {}
    assert tried > len(_some(every, status)) // 20


_SPEAKERS = {  # the same verb of « je », « on » and « nous »
    verb: dict(zip(("je", "on", "nous"), verb.split(), strict=True))
    for verb in (
        "accepte accepte acceptons", "prends prend prenons", "reçois reçoit recevons", "refuse refuse refusons",
        "soigne soigne soignons", "demande demande demandons", "pratique pratique pratiquons", "fais fait faisons",
        "applique applique appliquons", "traite traite traitons", "accueille accueille accueillons", "exige exige exigeons",
        "propose propose proposons", "facture facture facturons", "peux peut pouvons", "veux veut voulons",
        "souhaite souhaite souhaitons", "assure assure assurons",
    )
}  # fmt: skip
_SPOKEN = {
    speaker: re.compile(
        rf"(?i)(?<!que )\b{pronoun}((?:ne |n['’]|en |y |les )*)({'|'.join(forms[speaker] for forms in _SPEAKERS.values())})\b"
    )
    for speaker, pronoun in {"je": r"(?:je |j['’])", "on": "on ", "nous": "nous "}.items()
}


def _spoken_by_others(text: str) -> Iterator[str]:
    """« Nous ne prenons pas » as « Je ne prends pas » and « On ne prend pas »: one verb of the text at a time."""
    for speaker, spoken in _SPOKEN.items():
        for match in spoken.finditer(text):
            forms = next(f for f in _SPEAKERS.values() if f[speaker] == match[2].lower())
            for other in forms.keys() - {speaker}:
                vowel = forms[other][0] in "ae"
                between = re.sub(r"(?:ne |n['’])$", "n'" if vowel else "ne ", match[1])
                pronoun = "j'" if other == "je" and (between or forms[other])[0] in "aey" else f"{other} "
                if match[0][0].isupper():
                    pronoun = pronoun.capitalize()
                yield f"{text[: match.start()]}{pronoun}{between}{forms[other]}{text[match.end() :]}"


_PARTICIPLES = "reçu accepté refusé accueilli soigné suivi orienté dirigé invité prié assuré traité adressé tenu concerné bienvenu exclu"
_FEMININE = {
    **{word + number: f"{word}e{number}" for word in _PARTICIPLES.split() for number in ("", "s")},
    "patient": "patiente", "patients": "patientes", "ceux": "celles", "ils": "elles", "nouveaux": "nouvelles",
}  # fmt: skip
_GENDERS = _FEMININE | {feminine: masculine for masculine, feminine in _FEMININE.items()}


def _of_the_other_gender(text: str) -> str:
    """« Les patients sont reçus » as « Les patientes sont reçues », and the other way round."""

    def other(match: re.Match[str]) -> str:
        word = match[0]
        found = _GENDERS.get(word.lower(), word)
        return found.upper() if word.isupper() else found.capitalize() if word[0].isupper() else found

    return re.sub(r"\w+", other, text)


def test_who_speaks_changes_no_category(moderator: Moderator) -> None:
    texts = {new: case for case in CASES for new in _spoken_by_others(case.text)}
    assert _recategorized(moderator, texts) == {}
    assert len(texts) > 500


def test_the_gender_of_patients_changes_no_category(moderator: Moderator) -> None:
    texts = {_of_the_other_gender(case.text): case for case in CASES if re.search(r"(?i)\bpatients?\b", case.text)}
    assert _recategorized(moderator, texts) == {}
    assert len(texts) > 300


def _recategorized(moderator: Moderator, texts: dict[str, Case]) -> dict[str, str]:
    changed = {}
    for text, case in texts.items():
        found, before = moderator.check(text), moderator.check(case.text)
        if found.category != before.category:
            changed[text] = f"{found.category}, before {before.category}"
    return changed
