"""Very long and hostile texts: they are answered, and the time grows with the length, not with its square."""

from __future__ import annotations

import time
from collections.abc import Callable

import pytest

from mentions import Category, Moderator, Report

N, S, E = Category.NEUTRAL, Category.APPARENTLY_NEUTRAL, Category.EXPLICIT_REFUSAL
LONG = 60_000  # characters


def _repeated(part: str, size: int = LONG) -> str:
    return part * (size // len(part))


@pytest.mark.parametrize(
    ("part", "category"),
    [
        ("CMU ", S),
        ("C M U ", S),
        ("C\u200b", N),
        ("<!--", N),
        ("<!-- -->", N),
        ("<script>", N),
        ("<b>", N),
        ("</li>", N),
        ("(", N),
        ("« ", N),
        ("&#67;", N),
        ("&", N),
        ("<", N),
        ("\n", N),
        ("\ud800", N),
        ("\0", N),
        ("ne pas ", N),
        ("d'", N),
        ("tiers ", N),
        ("a.b-", N),
    ],
    ids=ascii,
)
def test_a_long_row_of_one_thing_is_answered(
    moderator: Moderator, report_faults: Callable[[Report], list[str]], part: str, category: Category
) -> None:
    report = moderator.check(_repeated(part))
    assert report.category is category
    assert report_faults(report) == []


@pytest.mark.parametrize(
    ("part", "category"), [("- CMU\n", S), ("pas de CMU ni ", E), ("CMU ? ", S), ("pasdecmu", E)], ids=ascii
)
def test_many_statements_are_all_answered(
    moderator: Moderator, report_faults: Callable[[Report], list[str]], part: str, category: Category
) -> None:
    report = moderator.check(_repeated(part, LONG // 10))  # each is judged, which takes its time
    assert report.category is category
    assert report_faults(report) == []
    assert sum(len(m.subjects) for m in report.mentions) > LONG // 10 // len(part) * 0.9


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("(", ")"),
        ("<!-- -->", "<!--"),
        (" ", " "),
        ("*", "*"),
        ("mot ", " mot"),
        ("\u200b", "\u200b"),
        ("\ud800", "&#0;"),
    ],
    ids=ascii,
)
def test_a_refusal_is_found_and_goes_in_the_midst_of_much(
    moderator: Moderator, rewritten: Callable[[Report], str], before: str, after: str
) -> None:
    text = f"{_repeated(before, LONG // 2)}Pas de CMU.{_repeated(after, LONG // 2)}"
    report = moderator.check(text)
    assert report.category is E
    assert [s.text for m in report.mentions for s in m.subjects] == ["CMU"]
    assert "CMU" not in rewritten(report)


@pytest.mark.parametrize("part", ["\n\nPas de C2S.", ". Tiers payant refusé.", "<p>AME : non</p>"])
def test_nothing_is_cut_off_at_the_end_of_a_long_text(moderator: Moderator, part: str) -> None:
    text = _repeated("Le cabinet vous accueille du lundi au vendredi, sur rendez-vous. ") + part
    (mention,) = moderator.check(text).mentions
    assert mention.start >= len(text) - len(part)


# -- growth ------------------------------------------------------------------------------------------------------------

TIMES, MOST = 4, 8
"""Four times the text takes four times the time, and sixteen times where the cost is the square of the length."""


def _growth(work: Callable[[str], object], shape: Callable[[int], str], size: int) -> float:
    """How much longer a longer text takes: processor time, the best of three, so that other work counts little."""

    def cost(text: str) -> float:
        best = float("inf")
        for _ in range(3):
            start = time.process_time()
            work(text)
            best = min(best, time.process_time() - start)
        return best

    return cost(shape(TIMES * size)) / cost(shape(size))


@pytest.mark.parametrize(
    ("shape", "size"),
    [
        pytest.param(lambda n: "CMU refusée. " * n, 250, id="sentences"),
        pytest.param(lambda n: "- CMU\n" * n, 250, id="items"),
        pytest.param(lambda n: "pas de CMU ni " * n, 150, id="one sentence"),
        pytest.param(lambda n: "univers " * n, 500, id="words near a name"),
        pytest.param(lambda n: "dispens" * n, 500, id="one word of many anchors"),
        pytest.param(lambda n: "aide médicale " * n, 100, id="names without their end"),
        pytest.param(lambda n: "tiers p" * n, 1_000, id="names begun"),
        pytest.param(lambda n: "Diplôme universitaire de gynécologie médicale. " * n, 1_000, id="clean"),
        pytest.param(lambda n: "< " * n + "( " * n + "&" * n, 5_000, id="signs that begin something"),
        pytest.param(lambda n: "pas de pas de " * n + "CMU", 300, id="negations"),
        pytest.param(lambda n: "CMU" + "." * n + "refusée", 2_000, id="dots"),
        pytest.param(lambda n: "Parking\n" * n + "CMU refusée", 4_000, id="lines"),
        pytest.param(lambda n: "<p>" * n + "CMU refusée" + "</p>" * n, 2_500, id="nested elements"),
        pytest.param(lambda n: "\n" * n + "CMU refusée" + "\n" * n, 2_500, id="empty lines"),
        pytest.param(lambda n: "<!--" * n + "&#67;" * n, 10_000, id="comments that never close"),
    ],
)
def test_checking_takes_time_in_proportion_to_the_text(
    moderator: Moderator, shape: Callable[[int], str], size: int
) -> None:
    assert _growth(moderator.check, shape, size) < MOST


@pytest.mark.parametrize(
    ("shape", "size"),
    [
        pytest.param(lambda n: "CMU refusée, tiers payant accepté. " * n, 150, id="sentences"),
        pytest.param(lambda n: "<p>CMU acceptée</p>" * n, 200, id="elements"),
        pytest.param(lambda n: "<b>" * n + "CMU refusée" + "</b>" * n, 1_000, id="nested elements"),
        pytest.param(lambda n: "- CMU refusée\n" * n, 200, id="items"),
    ],
)
def test_rewriting_takes_time_in_proportion_to_the_text(
    moderator: Moderator, shape: Callable[[int], str], size: int
) -> None:
    assert _growth(lambda text: moderator.check(text).rewrite(), shape, size) < MOST
