"""What holds for any text, for any damage to a real one, and for a real one among other sentences."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from strategies import any_text, damaged, pieces

from mentions import Category, Moderator, Report
from mentions.corpus import Case, read_cases

Faults = Callable[[Report], list[str]]
Rewrite = Callable[[Report], str]

# Fixtures last for the session and keep nothing of a text.
relaxed = settings(derandomize=True, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])


# -- any text ----------------------------------------------------------------------------------------------------------


@settings(relaxed, max_examples=400)
@given(text=any_text | pieces)
def test_any_text_is_answered_with_exact_places(moderator: Moderator, report_faults: Faults, text: str) -> None:
    report = moderator.check(text)
    assert report.text == text
    assert report_faults(report) == []


@settings(relaxed, max_examples=300)
@given(text=pieces)
def test_any_text_is_rewritten_once_and_for_all(moderator: Moderator, rewritten: Rewrite, text: str) -> None:
    after = moderator.check(rewritten(moderator.check(text)))
    assert after.category is Category.NEUTRAL
    assert after.rewrite() == after.text


@settings(relaxed, max_examples=200)
@given(before=pieces, after=pieces)
def test_any_edit_adds_keeps_or_removes_every_mention(moderator: Moderator, before: str, after: str) -> None:
    old, new, found = moderator.check(before), moderator.check(after), moderator.compare(before, after)
    assert sorted((*found.added, *found.kept), key=lambda m: m.start) == list(new.mentions)
    assert len(found.removed) + len(found.kept) == len(old.mentions)
    assert all(m in old.mentions for m in found.removed)
    assert found.worse is (new.category > old.category)


@settings(relaxed, max_examples=200)
@given(text=pieces)
def test_a_text_compared_with_itself_has_not_changed(moderator: Moderator, text: str) -> None:
    found = moderator.compare(text, text)
    assert (found.added, found.removed, found.worse) == ((), (), False)


@settings(relaxed, max_examples=150)
@given(text=pieces)
def test_any_report_survives_json(moderator: Moderator, text: str) -> None:
    report = moderator.check(text)
    if not any(0xD800 <= ord(char) < 0xE000 for char in text):  # JSON is UTF-8, which has no lone surrogates
        assert Report.model_validate_json(report.model_dump_json()) == report
    assert Report.model_validate(report.model_dump()) == report


# -- damaged texts -----------------------------------------------------------------------------------------------------


@settings(relaxed, max_examples=400)
@given(text=damaged())
def test_a_damaged_text_is_answered_and_rewritten(
    moderator: Moderator, report_faults: Faults, rewritten: Rewrite, text: str
) -> None:
    report = moderator.check(text)
    assert report_faults(report) == []
    after = moderator.check(rewritten(report))
    assert after.category is Category.NEUTRAL
    assert after.rewrite() == after.text


# -- forms that change nothing -----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "subject",
    ["CMU", "C.M.U.", "c m u", "C-M-U", "C M U", "CＭU", "C\u200bMU", "CΜU", "СМU", "C&#77;U", "C<b>M</b>U"],
    ids=ascii,
)
@pytest.mark.parametrize(
    ("frame", "category"),
    [
        ("{} refusée", Category.EXPLICIT_REFUSAL),
        ("{} REFUSÉE", Category.EXPLICIT_REFUSAL),
        ("Bonjour. {} Refusée. Merci.", Category.EXPLICIT_REFUSAL),
        ("pas de {} ici", Category.EXPLICIT_REFUSAL),
        ("PAS DE {} ICI", Category.EXPLICIT_REFUSAL),
        ("<Pas de {}>", Category.EXPLICIT_REFUSAL),
        ("Les patients {} ne sont pas reçus.", Category.EXPLICIT_REFUSAL),
        ("{} acceptée", Category.APPARENTLY_NEUTRAL),
        ("{} ACCEPTÉE", Category.APPARENTLY_NEUTRAL),
        ("Nous ne refusons pas la {}.", Category.APPARENTLY_NEUTRAL),
    ],
)  # fmt: skip
def test_spelling_and_case_make_no_text_milder(
    moderator: Moderator, subject: str, frame: str, category: Category
) -> None:
    assert moderator.check(frame.format(subject)).category is category


def _plain(case: Case) -> bool:
    """One statement that is the whole text, in one line of plain text, and no question.

    A question takes the sentence after it for its answer, so that one may change what it says.
    """
    return (
        len(case.mentions) == 1
        and case.mentions[0].text.strip(" .!") == case.text.strip(" .!")
        and not any(mark in case.text for mark in "\n<&?")
    )


PLAIN = [case for case in read_cases(Path(__file__).parent.parent / "corpus" / "cases") if _plain(case)]
SENTENCES = [
    "Le cabinet se trouve au deuxième étage.",
    "Parking gratuit devant la gare.",
    "Le docteur Martin est ostéopathe depuis dix ans.",
    "Nous parlons anglais et espagnol.",
    "Fermé en août.",
    "Les chiens ne sont pas admis dans la salle d'attente.",
]


def _after(text: str, sentence: str) -> str:
    """A sentence after a text: on the same line where the text ends one, else on the next, as people write."""
    return text + (" " if text.endswith((".", "!")) else "\n") + sentence


def test_the_sentences_around_say_nothing_themselves(moderator: Moderator) -> None:
    assert [s for s in SENTENCES if moderator.check(s).mentions] == []
    assert len(PLAIN) > 1000


@pytest.mark.parametrize("shift", range(2))
def test_an_unrelated_sentence_before_changes_nothing(moderator: Moderator, shift: int) -> None:
    changed = {}
    for number, case in enumerate(PLAIN):
        text = f"{SENTENCES[(number + shift) % len(SENTENCES)]} {case.text}"
        found, alone = moderator.check(text).category, moderator.check(case.text).category
        if found is not alone:
            changed[text] = f"{found}, alone {alone}"
    assert changed == {}


@pytest.mark.parametrize("shift", range(2))
def test_an_unrelated_sentence_after_changes_nothing(moderator: Moderator, shift: int) -> None:
    changed = {}
    for number, case in enumerate(PLAIN):
        text = _after(case.text, SENTENCES[(number + shift) % len(SENTENCES)])
        found, alone = moderator.check(text).category, moderator.check(case.text).category
        if found is not alone:
            changed[text] = f"{found}, alone {alone}"
    assert changed == {}


@pytest.mark.parametrize("sentence", SENTENCES)
@pytest.mark.parametrize(
    "text",
    [
        "Bénéficiaires de l'ACS, un mot pour vous. Le Dr Weber ne vous suivra pas au-delà du 31 décembre.",
        "Concernant la C2S : nous en avons fait. Nous n'en faisons plus.",
        "À propos de l'aide médicale de l'État : j'ai longtemps dit oui. C'est fini.",
        "Un mot sur la CMU. Nous ne la prenons plus.",
    ],
)
def test_what_a_second_sentence_refuses_stays_refused(moderator: Moderator, text: str, sentence: str) -> None:
    assert moderator.check(text).category is Category.EXPLICIT_REFUSAL
    assert moderator.check(f"{text} {sentence}").category is Category.EXPLICIT_REFUSAL


@pytest.mark.parametrize("sentence", SENTENCES)
@pytest.mark.parametrize(
    "text", ["CMU acceptée.", "La C2S, c'est le mercredi de 14 h à 17 h.", "Apportez votre attestation AME."]
)
def test_what_is_refused_elsewhere_is_not_the_status(moderator: Moderator, text: str, sentence: str) -> None:
    assert moderator.check(text).category is Category.APPARENTLY_NEUTRAL
    assert moderator.check(f"{text} {sentence}").category is Category.APPARENTLY_NEUTRAL
