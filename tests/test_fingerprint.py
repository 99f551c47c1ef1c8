"""A removed mention is known again, in whatever disguise it is put back, and other mentions are not."""

from __future__ import annotations

import random
import re
import unicodedata
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import mentions
from mentions import Category, FingerprintError, Mention, Moderator, Report, reappeared
from mentions.corpus import read_cases
from mentions.fingerprint import VERSION, fingerprint, twins
from mentions.normalize import fold

CASES = [
    case for folder in ("cases", "decision") for case in read_cases(Path(__file__).parent.parent / "corpus" / folder)
]
STATEMENTS = sorted(
    {
        case.text
        for case in CASES
        # one mention that is the whole text, with neither tags nor entities, in which a disguise would mean something else
        if len(case.mentions) == 1
        and case.category is not Category.NEUTRAL
        and case.mentions[0].text == case.text
        and not re.search(r"[<&]|\n", case.text)
    }
)
relaxed = settings(derandomize=True, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])

Disguise = Callable[[str, Mention], str]


def on_subjects(change: Callable[[str], str]) -> Disguise:
    """A disguise of acronyms alone; long names stay as they are."""

    def disguise(text: str, mention: Mention) -> str:
        for subject in reversed(mention.subjects):
            if len(subject.text) <= 5 and subject.text.isalpha():
                text = text[: subject.start] + change(subject.text) + text[subject.end :]
        return text

    return disguise


def on_cues(change: Callable[[str], str]) -> Disguise:
    """A disguise of the words that decided, where no subject stands among them."""

    def disguise(text: str, mention: Mention) -> str:
        for step in mention.steps:
            if step.kind == "cue" and step.start is not None and step.end is not None:
                if all(s.end <= step.start or step.end <= s.start for s in mention.subjects):
                    text = text[: step.start] + change(text[step.start : step.end]) + text[step.end :]
        return text

    return disguise


def on_text(change: Callable[[str], str]) -> Disguise:
    return lambda text, mention: change(text)


def digits(text: str) -> str:
    """« refusée » as « r3fus3e »: digits for letters inside words."""
    return re.sub(r"(?<=[^\W\d_])[oeasOEAS](?=[^\W\d_])", lambda m: "03450345"["oeasOEAS".index(m[0])], text)


CYRILLIC = str.maketrans("aceopxyACEOPXMTKHB", "асеорхуАСЕОРХМТКНВ")
FULL_WIDTH = {code: code + 0xFEE0 for code in map(ord, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ")}

FOLDED: dict[str, Disguise] = {
    "cyrillic": on_text(lambda text: text.translate(CYRILLIC)),
    "zero-width": on_text("\u200b".join),
    "soft hyphens": on_text("\u00ad".join),
    "html": on_text(lambda text: re.sub(r"[^\W\d_]", r"<b>\g<0></b>", text)),
    "entities": on_text(lambda text: "".join(f"&#{ord(c)};" if c.isalpha() else c for c in text)),
    "full width": on_text(lambda text: text.translate(FULL_WIDTH)),
    "decomposed": on_text(lambda text: unicodedata.normalize("NFD", text)),
    "spaces": on_text(lambda text: text.replace(" ", " \u00a0 ")),
}
"""What leaves the folded text as it was, spaces apart."""
DISGUISES: dict[str, Disguise] = {
    **FOLDED,
    "capitals": on_text(str.upper),
    "dots": on_subjects(".".join),
    "spaced letters": on_subjects(" ".join),
    "dashes": on_subjects("-".join),
    "digits for letters": on_cues(digits),
    "spaced words": on_cues(" ".join),
}

QUOTED = [
    "Pour les bénéficiaires de la CMU et de l'AME, nous vous remercions de noter qu'il faudra régler la consultation.",
    "Les bénéficiaires de la CMU ne sont pas acceptés au cabinet.",
    "La CMU n'est pas acceptée.",
    "Le Docteur n'accepte pas les consultations programmées pour les patients ayant une carte AME.",
    "pas de CMU.",
    "Les AME ne sont pas acceptés.",
    "Des consultations au tarif Sécurité Sociale ou CMU sont prévues les mardis matin.",
    "Apporter la lettre du médecin traitant pour les patients CMU",
    "CMU acceptés",
]
"""Mentions that decision 2018-270 quotes (§6, §30)."""


def only(report: Report) -> Mention:
    (mention,) = report.mentions
    return mention


# -- put back in disguise ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("statement", QUOTED)
def test_twenty_edits_put_back_the_same_mention_in_disguise(moderator: Moderator, statement: str) -> None:
    first = only(moderator.check(f"Cabinet au deuxième étage. {statement}"))
    rng = random.Random(statement)
    names = sorted(DISGUISES) + rng.sample(sorted(DISGUISES), 20 - len(DISGUISES))
    original = only(moderator.check(statement))
    for number, name in enumerate(names):
        disguised = DISGUISES[name](statement, original)
        profile = f"Sur rendez-vous, porte {number}.\n\n{disguised}\n\nParking gratuit."
        assert len(reappeared(moderator.check(profile), [first.fingerprint])) == 1, name
        assert reappeared(moderator.check("Sur rendez-vous. Parking gratuit."), [first.fingerprint]) == ()


@settings(relaxed, max_examples=250)
@given(statement=st.sampled_from(STATEMENTS), name=st.sampled_from(sorted(FOLDED)))
def test_what_folding_undoes_does_not_hide_a_mention(moderator: Moderator, statement: str, name: str) -> None:
    before = moderator.check(statement)
    for mention in before.mentions[:1]:
        after = moderator.check(FOLDED[name](statement, mention))
        if [m.code for m in after.mentions] == [m.code for m in before.mentions]:
            assert reappeared(after, [m.fingerprint for m in before.mentions]) == after.mentions


@settings(relaxed, max_examples=150)
@given(
    statement=st.sampled_from(STATEMENTS),
    around=st.sampled_from(["{}", "Bonjour à tous.\n\n{}", "{}\n\nParking gratuit."]),
)
def test_neighbours_and_place_change_no_fingerprint(moderator: Moderator, statement: str, around: str) -> None:
    known = {m.fingerprint for m in moderator.check(statement).mentions}
    assert {m.fingerprint for m in moderator.check(around.format(statement)).mentions} == known


def test_nearly_every_statement_of_the_corpus_is_known_again_in_every_disguise(moderator: Moderator) -> None:
    """A few are not: where the disguise makes the reading find other subjects or other statements."""
    missed: dict[str, list[str]] = {name: [] for name in DISGUISES}
    sample = STATEMENTS[::24]
    for statement in sample:
        mention = moderator.check(statement).mentions[0]
        for name, disguise in DISGUISES.items():
            if not reappeared(moderator.check(disguise(statement, mention)), [mention.fingerprint]):
                missed[name].append(statement)
    assert len(sample) > 30
    assert {name: texts for name, texts in missed.items() if len(texts) > len(sample) * 0.06} == {}
    assert sum(map(len, missed.values())) < len(sample) * len(DISGUISES) * 0.03


# -- alike and other ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("removed", "again"),
    [
        ("CMU refusée", "CMU rfeusée"),
        ("La CMU est refusée au cabinet.", "La CMU est refuséee au cabinet."),
        ("Les patients CMU ne sont pas acceptés au cabinet.", "Les patients CMU ne sont plus acceptés au cabinet !"),
        ("Les bénéficiaires de la CMU ne sont pas acceptés ici.", "Les bénéficiaires CMU ne sont pas acceptés ici."),
        ("Pas de CMU au cabinet de Lyon le mardi 12.", "Pas de CMU au cabinet de Lyon le mardi 14."),
        ("Couverture maladie universelle refusée", "CMU refusée"),
    ],
)
def test_near_identical_wordings_are_known_again(moderator: Moderator, removed: str, again: str) -> None:
    assert reappeared(moderator.check(again), [only(moderator.check(removed)).fingerprint]) != ()


@pytest.mark.parametrize(
    ("removed", "other"),
    [
        ("CMU refusée", "AME refusée"),
        ("CMU refusée", "CMU et AME refusées"),
        ("CMU refusée", "CMU acceptée"),
        ("La CMU n'est pas acceptée au cabinet.", "La CMU est acceptée au cabinet."),
        ("CMU refusée", "Nous ne prenons pas les patients qui relèvent de la CMU."),
        ("Pas de CMU.", "CMU : non"),
    ],
)
def test_other_mentions_are_not(moderator: Moderator, removed: str, other: str) -> None:
    before, after = only(moderator.check(removed)), moderator.check(other)
    assert only(after).fingerprint != before.fingerprint
    assert reappeared(after, [before.fingerprint]) == ()


def test_the_tolerance_is_what_the_documentation_says() -> None:
    """Typos in nearly all mentions; a word more, less or other in a sentence of ten words or more."""
    rng = random.Random(1)
    long = [words for text in STATEMENTS if len(words := fold(text).text.split()) >= 10]
    vocabulary = [word for words in long for word in words]
    kept = dict.fromkeys(["typo", "left out", "added", "changed"], 0)
    for words in long:
        at = rng.randrange(len(words))
        other, letter = rng.choice(vocabulary), rng.randrange(len(words[at]))
        edits = {
            "typo": [*words[:at], words[at][:letter] + words[at][letter + 1 :], *words[at + 1 :]],
            "left out": [*words[:at], *words[at + 1 :]],
            "added": [*words[:at], other, *words[at:]],
            "changed": [*words[:at], other, *words[at + 1 :]],
        }
        before = fingerprint("E1", ["cmu"], " ".join(words), [])
        for name, edited in edits.items():
            kept[name] += bool(twins([before], [fingerprint("E1", ["cmu"], " ".join(edited), [])]))
    assert len(long) > 300
    assert {name: count for name, count in kept.items() if count < len(long) * 0.97} == {}


def test_only_what_came_back_is_named_in_text_order(moderator: Moderator) -> None:
    known = [only(moderator.check(text)).fingerprint for text in ("AME refusée", "CMU refusée", "Pas de C2S")]
    report = moderator.check("CMU REFUSÉE ! Tiers payant pratiqué. ACS refusée. A.M.E. refusée.")
    assert [[s.id for s in m.subjects] for m in reappeared(report, iter(known))] == [["cmu"], ["ame"]]
    assert reappeared(report, []) == ()


def test_the_code_and_the_subjects_are_in_the_fingerprint() -> None:
    made = {
        fingerprint(code, subjects, "cmu refusee", [(0, 3)])
        for code in ("E1", "S1")
        for subjects in (["cmu"], ["ame"], ["cmu", "ame"])
    }
    assert len(made) == 6
    assert fingerprint("E1", ["ame", "cmu", "ame"], "x", []) == fingerprint("E1", ["cmu", "ame"], "x", [])


def test_a_fingerprint_is_short_and_stable() -> None:
    """Stored ones stay good: a change here needs another version."""
    made = fingerprint("E1", ["cmu"], "pas de cmu le mardi", [(7, 10)])
    assert made == fingerprint("E1", ["cmu"], "pas de c.m.u. le mardi 12", [(7, 13)])
    assert made == "m1-c1a39376-37bc78af-ecfc6d7a618b78b156dc759fa038f1b2"


def test_no_number_is_in_a_fingerprint(moderator: Moderator) -> None:
    numbers = ["01 23 45 67 89", "06.98.76.54.32", "tel0123456789", "tel.06-98-76-54-32"]
    made = [only(moderator.check(f"Patients CMU : appelez le {number}")).fingerprint for number in numbers]
    assert made[0] == made[1]
    assert made[2] == made[3]


def test_fingerprints_of_long_texts_have_one_length(moderator: Moderator) -> None:
    text = "Patients CMU : " + ", ".join(f"apporter la pièce {'abcdefgh'[i % 8]}{i}" for i in range(400))
    lengths = {len(m.fingerprint) for m in moderator.check(text).mentions}
    assert lengths == {len(only(moderator.check("CMU")).fingerprint)}


# -- bad input ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("bad", "advice"),
    [
        ("m0-00000000-00000000-00000000000000000000000000000000", f"is of version m0; this package reads {VERSION}"),
        ("m2-abc", "is of version m2"),
        ("", "is no fingerprint: give `mention.fingerprint` unchanged"),
        ("CMU refusée", "is no fingerprint"),
        (f"{VERSION}-XYZ", "is no fingerprint"),
        (None, "a fingerprint is a str, not NoneType"),
    ],
)
def test_a_fingerprint_of_another_version_is_an_error(moderator: Moderator, bad: str, advice: str) -> None:
    known = only(moderator.check("CMU refusée")).fingerprint
    for text in ("CMU refusée", ""):
        with pytest.raises(FingerprintError, match=re.escape(advice)):
            reappeared(moderator.check(text), [known, bad])


# -- pairs -------------------------------------------------------------------------------------------------------------


def made(*texts: str) -> list[str]:
    return [only(mentions.check(text)).fingerprint for text in texts]


def test_equal_fingerprints_are_twins_before_alike_ones() -> None:
    before = made(
        "Les patients CMU ne sont plus acceptés au cabinet", "Les patients CMU ne sont pas acceptés au cabinet"
    )
    after = made(
        "Les patients CMU ne sont pas acceptés au cabinet", "Les patients CMU ne sont pas acceptés à ce cabinet"
    )
    assert twins(before, after) == {0: 1, 1: 0}


def test_each_has_one_twin() -> None:
    one, other = made("CMU refusée", "AME refusée")
    assert twins([one, one, other], [one, one, one]) == {0: 0, 1: 1}
    assert twins([one], [one, one]) == {0: 0}
    assert twins([], [one]) == twins([one], []) == {}


@settings(relaxed, max_examples=60)
@given(before=st.lists(st.sampled_from(QUOTED), max_size=6), after=st.lists(st.sampled_from(QUOTED), max_size=6))
def test_twins_pair_off(before: list[str], after: list[str]) -> None:
    found = twins([p for t in before for p in made(t)], [p for t in after for p in made(t)])
    assert len(set(found.values())) == len(found)
    assert len(found) >= sum(min(before.count(text), after.count(text)) for text in set(before))
