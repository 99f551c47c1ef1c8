"""Back-tests count the verdicts that change, and name each."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from conftest import RULESET

from mentions import Category, Moderator, load_rules
from mentions.backtest import BackTest, Tally, backtest
from mentions.corpus import Case


@pytest.fixture(scope="module")
def versions_apart(cases: tuple[Case, ...], moderator: Moderator) -> tuple[BackTest, list[Case]]:
    some = [
        case for case in cases if case.functionality in ("acceptance-list", "refusal-verb", "lookalike-css", "clean")
    ]
    return backtest(Moderator(load_rules("2018-11")), moderator, some), some


def test_a_version_against_the_next(versions_apart: tuple[BackTest, list[Case]]) -> None:
    found, some = versions_apart
    assert (found.before.version, found.after.version) == ("2018-11", "2019-11")
    assert found.total.cases == len(some)
    assert found.total.changed == len(found.changes) > 0
    # What 2019-11 adds is two subjects, so texts that name one of them alone are newly flagged and none is released.
    assert found.total.flagged > 0 == found.total.released
    for change in found.changes:
        assert {s for m in change.after.mentions for s in m.subjects} & {"css", "puma"}
        assert not {s for m in change.before.mentions for s in m.subjects} & {"css", "puma"}


def test_counts_add_up(versions_apart: tuple[BackTest, list[Case]]) -> None:
    found, some = versions_apart
    assert set(found.functionalities) == {case.functionality for case in some}
    for name in Tally.model_fields:
        assert getattr(found.total, name) == sum(getattr(t, name) for t in found.functionalities.values())
    assert BackTest.model_validate_json(found.model_dump_json()) == found


def test_the_way_back_turns_the_counts_round(moderator: Moderator, versions_apart: tuple[BackTest, list[Case]]) -> None:
    there, some = versions_apart
    back = backtest(moderator, Moderator(load_rules("2018-11")), some)
    assert (back.total.released, back.total.flagged) == (there.total.flagged, there.total.released)
    assert (back.total.broken, back.total.mended) == (there.total.mended, there.total.broken)
    assert (back.total.milder, back.total.graver) == (there.total.graver, there.total.milder)


def test_the_same_rules_change_nothing(moderator: Moderator, cases: tuple[Case, ...]) -> None:
    found = backtest(moderator, moderator, cases[:50])
    assert found.total == Tally(cases=50)
    assert found.changes == ()


def test_rules_switched_off_make_a_verdict_milder(own: Callable[..., Path]) -> None:
    off = "".join(f'[[off]]\nid = "{name}"\nreason = "Un essai."\n' for name in ("refusal-direct", "refusal"))
    before, after = load_rules(own({}, "before")), load_rules(own({}, ruleset=RULESET + off))
    case = Case(id="a", functionality="f", text="Pas de CMU.", category=Category.EXPLICIT_REFUSAL, mentions=())
    found = backtest(Moderator(before), Moderator(after), [case])
    assert (found.total.milder, found.total.broken, found.total.released) == (1, 1, 0)
    assert [change.kind for change in found.after.changes] == ["off", "off"]
