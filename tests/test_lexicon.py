"""Forms of the word files: which runs of words they are, and words that no file lists."""

from __future__ import annotations

import pytest

from mentions import RulesError, load_rules
from mentions.lexicon import Lexicon, _sound, _sounds
from mentions.rulefile import WordClass


def lexicon(*forms: str) -> Lexicon:
    return Lexicon(
        [
            WordClass(id="listed", meaning="?", forms=forms),
            WordClass(id="laid_over", meaning="?", forms=("pas", "de la"), overlay=True),
        ]
    )


@pytest.mark.parametrize(
    ("form", "run", "size"),
    [
        ("payer", "payer", 1),
        ("pay*", "payons", 1),
        ("pay* comptant/cash", "payez cash ici", 2),
        ("(ne) paye (pas) tout", "paye tout", 2),
        ("(ne) paye (pas) tout", "ne paye pas tout", 4),
        ("(bien) paye", "paye", 1),
        ("(bien) (vite)", "vite", 1),
        ("paye _ tout", "paye bien tout", 3),
        ("paye", "payes", 0),
        ("paye tout", "paye", 0),
        ("paye _ tout", "paye tout", 0),
        ("(ne) paye (pas) tout", "ne paye", 0),
    ],
)
def test_the_runs_of_words_that_a_form_stands_for(form: str, run: str, size: int) -> None:
    (_, end, classes), *_rest = lexicon(form).runs(run.split())
    assert (end if "listed" in classes else 0) == size


def test_the_longest_form_wins_and_others_lie_over_it() -> None:
    words = ["pas", "de", "la", "carte"]
    found = lexicon("pas", "pas de", "de la carte").runs(words)
    assert [(start, end, sorted(classes)) for start, end, classes in found] == [
        (0, 2, ["laid_over", "listed"]),
        (2, 3, []),
        (3, 4, []),
    ]


@pytest.mark.parametrize("form", ["(le", "le)", "(bien sur) oui", "()", " "])
def test_a_form_that_is_none_is_refused_at_once(form: str) -> None:
    with pytest.raises(RulesError, match="parentheses"):
        lexicon(form)


def test_many_words_sound_as_each_of_them_does() -> None:
    words = [form for word in load_rules().words for form in word.forms if form.isalpha()]
    assert _sounds(words) == [_sound(word) for word in words]
