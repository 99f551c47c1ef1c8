"""The fuzzer, for a short while; that it finds what is wrong; and what it found once."""

from __future__ import annotations

import time
from itertools import count, islice
from pathlib import Path

import fuzz
import pytest
from hypothesis import strategies as st
from invariants import Oracle


@pytest.fixture(scope="module")
def oracle() -> Oracle:
    return Oracle()


def test_a_short_hunt_finds_nothing(oracle: Oracle) -> None:
    short = fuzz.TARGET.filter(lambda text: len(text) < 1000)  # long ones take their time
    assert list(islice(fuzz.rounds(oracle.faults, short, seed=1, examples=250), 1)) == [None]


@pytest.mark.parametrize(
    "text",
    [
        pytest.param(text, marks=pytest.mark.xfail(strict=True, reason=reason) if reason else ())
        for text, reason in fuzz.saved()
    ],
    ids=map(str, count(1)),
)
def test_what_was_found_once_is_found_no_more(oracle: Oracle, text: str) -> None:
    assert oracle.faults(text) == []


def test_a_finding_is_made_short_and_told_once() -> None:
    def faults(text: str) -> list[str]:
        return [f"{name} at {text.index(name)}" for name in ("CMU", "\ud800") if name in text]

    texts = st.lists(st.sampled_from(["CMU", " pas de ", "\ud800", "😀"])).map("".join)
    found = [found for found in islice(fuzz.rounds(faults, texts, seed=1, examples=100), 4) if found is not None]
    assert sorted(found) == [("CMU", ["CMU at 0"]), ("\ud800", ["\ud800 at 0"])]


def test_a_finding_is_told_though_time_is_over_before_it_is_short() -> None:
    end = time.monotonic() + 1

    def faults(text: str) -> list[str]:
        time.sleep(0.4)
        return ["long"] if len(text) > 10 else []

    ((text, found),) = filter(None, fuzz.rounds(faults, st.text(min_size=20), seed=1, examples=100, end=end))
    assert found == ["long"] and len(text) >= 20


def test_a_saved_finding_is_the_text_that_was_found(tmp_path: Path) -> None:
    path = tmp_path / "findings.jsonl"
    texts = ["CMU\ud800\n", "\u2028œ\0"]
    for text in texts:
        fuzz.save(text, ["a fault"], path)
    assert fuzz.saved(path) == [(text, None) for text in texts]
    assert path.read_text(encoding="utf-8").isascii()


def test_what_breaks_a_promise_is_a_fault(oracle: Oracle, monkeypatch: pytest.MonkeyPatch) -> None:
    text = "Pas de CMU."
    assert oracle.faults(text) == []
    with monkeypatch.context() as patch:
        patch.setattr(oracle._ungated, "check", lambda text: oracle._moderator.check(""))
        assert oracle.faults(text) == ["the gate changes the answer"]
    with monkeypatch.context() as patch:
        patch.setattr("invariants.rewritten", lambda moderator, report: report.text)
        assert oracle.faults(text) == ["the rewritten text is not neutral", "the rewritten text is rewritten again"]
    with monkeypatch.context() as patch:
        patch.setattr(oracle._ungated, "check", None)
        assert [fault.partition(":")[0] for fault in oracle.faults(text)] == ["TypeError in invariants.py, _faults"]
