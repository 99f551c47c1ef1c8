"""Work by several processes: order, back-pressure, and what happens when something dies."""

from __future__ import annotations

import multiprocessing
import os
import signal
import subprocess
import sys
import textwrap
import time
from collections.abc import Iterator
from functools import partial
from itertools import count, islice
from pathlib import Path
from typing import Any

import pytest

import mentions
from mentions import Moderator, Report
from mentions.parallel import WorkersLostError, map_in_order

METHODS = [m for m in ("fork", "spawn") if m in multiprocessing.get_all_start_methods()]


@pytest.fixture(params=METHODS)
def start_method(request: pytest.FixtureRequest) -> Iterator[str]:
    before = multiprocessing.get_start_method(allow_none=True)
    multiprocessing.set_start_method(request.param, force=True)
    yield request.param
    multiprocessing.set_start_method(before, force=True)


def double(number: int) -> int:
    return 2 * number


def dies_once(marker: Path, number: int) -> int:
    if number == 5 and not marker.exists():
        marker.touch()
        os.kill(os.getpid(), signal.SIGKILL)
    return number


def dies(number: int) -> int:
    os.kill(os.getpid(), signal.SIGKILL)
    return number


def test_answers_come_in_the_order_of_the_items() -> None:
    assert list(map_in_order(double, range(50), workers=2)) == [(n, 2 * n) for n in range(50)]
    assert list(map_in_order(double, range(50), workers=1)) == [(n, 2 * n) for n in range(50)]


def test_few_items_are_under_way() -> None:
    taken: list[int] = []

    def endless() -> Iterator[int]:
        for number in count():
            taken.append(number)
            yield number

    answers = map_in_order(double, endless(), workers=2)
    assert taken == []
    assert list(islice(answers, 3)) == [(0, 0), (1, 2), (2, 4)]
    assert len(taken) <= 3 + 2 * 2


def test_an_exception_comes_up_in_its_turn() -> None:
    answers = map_in_order(len, ["a", 1, "b"], workers=2)  # type: ignore[list-item]
    assert next(answers) == ("a", 1)
    with pytest.raises(TypeError, match="has no len"):
        next(answers)


def test_an_exception_of_the_source_comes_after_the_answers_before_it() -> None:
    def broken() -> Iterator[int]:
        yield from (1, 2)
        raise OSError("the source is gone")

    answers = map_in_order(double, broken(), workers=2)
    assert [next(answers), next(answers)] == [(1, 2), (2, 4)]
    with pytest.raises(OSError, match="the source is gone"):
        next(answers)


def test_a_function_that_cannot_be_unpickled_tells_why(tmp_path: Path) -> None:
    class Gone:
        def __reduce__(self) -> tuple[Any, tuple[str]]:
            return mentions.load_rules, (str(tmp_path / "gone"),)

        def __call__(self, item: int) -> int:
            return item

    with pytest.raises(mentions.RulesError, match="no such version or folder") as caught:
        list(map_in_order(Gone(), [1], workers=2))
    assert len(caught.value.problems) == 1


@pytest.mark.skipif(not hasattr(signal, "SIGKILL"), reason="Windows has no SIGKILL")
def test_what_a_killed_process_had_is_taken_up(tmp_path: Path) -> None:
    work = partial(dies_once, tmp_path / "died")
    assert [answer for _, answer in map_in_order(work, range(20), workers=2)] == list(range(20))
    assert (tmp_path / "died").exists()


@pytest.mark.skipif(not hasattr(signal, "SIGKILL"), reason="Windows has no SIGKILL")
def test_work_that_kills_every_process_is_given_up() -> None:
    with pytest.raises(WorkersLostError, match="died 3 times in a row"):
        list(map_in_order(dies, [1, 2], workers=2))


@pytest.mark.skipif(not Path("/proc").is_dir(), reason="needs /proc to see processes")
def test_processes_end_with_a_parent_that_is_killed(tmp_path: Path) -> None:
    script = tmp_path / "parent.py"
    script.write_text(
        textwrap.dedent("""
            import multiprocessing, os
            from itertools import count
            from mentions.parallel import map_in_order
            if __name__ == "__main__":
                for number, _ in map_in_order(abs, count(), workers=2):
                    if number == 10:
                        print(*(p.pid for p in multiprocessing.active_children()), flush=True)
                        os.kill(os.getpid(), 9)
        """)
    )
    done = subprocess.run([sys.executable, str(script)], capture_output=True, text=True, timeout=60, check=False)
    children = [int(pid) for pid in done.stdout.split()]
    assert len(children) == 2, done.stderr
    deadline = time.monotonic() + 30
    while any(_runs(pid) for pid in children) and time.monotonic() < deadline:
        time.sleep(0.05)
    assert not any(_runs(pid) for pid in children)


def _runs(pid: int) -> bool:
    try:
        stat = Path(f"/proc/{pid}/stat").read_text()
    except OSError:
        return False
    return stat.rpartition(")")[2].split()[0] != "Z"


# -- texts ---------------------------------------------------------------------------------------------------------------


def test_processes_answer_alike_however_they_start(moderator: Moderator, start_method: str) -> None:
    texts = [f"{text} {n}" for n in range(300) for text in ("Pas de CMU", "Cabinet ouvert")]
    assert list(moderator.check_many(texts, workers=2)) == [moderator.check(text) for text in texts]


@pytest.mark.parametrize("workers", [1, 2])
def test_a_failed_text_costs_the_others_nothing(moderator: Moderator, workers: int) -> None:
    values: list[Any] = ["CMU refusée", None, "", b"CMU", "AME acceptée"]
    answers = list(moderator.check_many(values, workers=workers, return_exceptions=True))
    assert [type(a) for a in answers] == [Report, TypeError, Report, TypeError, Report]
    assert [str(a) for a in answers if isinstance(a, TypeError)] == [
        "check takes a str, not NoneType",
        "check takes a str, not bytes",
    ]
    assert [answers[n] for n in (0, 2, 4)] == [moderator.check(values[n]) for n in (0, 2, 4)]


@pytest.mark.parametrize("workers", [1, 2])
def test_after_an_exception_the_iterator_can_be_asked_on(moderator: Moderator, workers: int) -> None:
    values: list[Any] = ["CMU refusée", lambda: None, "AME acceptée"]  # a function cannot be sent to a process either
    reports = moderator.check_many(values, workers=workers)
    assert next(reports).text == "CMU refusée"
    with pytest.raises(TypeError, match="str, not function"):
        next(reports)
    assert [r.text for r in reports] == ["AME acceptée"]


def test_texts_before_a_fault_of_their_source_are_answered(moderator: Moderator) -> None:
    def broken() -> Iterator[str]:
        yield "CMU refusée"
        raise OSError("the source is gone")

    reports = moderator.check_many(broken(), workers=2)
    assert next(reports).text == "CMU refusée"
    with pytest.raises(OSError, match="the source is gone"):
        next(reports)


def test_any_kind_of_string_and_any_code_point_reaches_a_process(moderator: Moderator) -> None:
    class Field(str):  # cannot be pickled: it is local
        __slots__ = ()

    texts = [Field("CMU refusée"), "CMU\ud800 refusée", "\udfff\x00"]
    assert list(moderator.check_many(texts, workers=2)) == [moderator.check(text) for text in texts]


def test_rules_that_changed_in_their_folder_are_not_used(tmp_path: Path, start_method: str) -> None:
    folder = tmp_path / "own"
    folder.mkdir()
    file = folder / "ruleset.toml"
    table = 'schema = 1\n[ruleset]\nversion = "2030-01.own"\nsince = "2030-01-01"\ntitle = "{}"\nrests_on = ["§"]\n'
    file.write_text(table.format("one") + 'extends = "2019-11"\n', encoding="utf-8")
    own = Moderator(mentions.load_rules(folder))
    file.write_text(table.format("two") + 'extends = "2019-11"\n', encoding="utf-8")
    reports = own.check_many(["CMU refusée"], workers=2)
    if start_method == "fork":  # what was loaded is inherited
        assert next(reports).rules.digest == own.rules.digest
    else:
        with pytest.raises(mentions.RulesError, match="not the rules of the process"):
            next(reports)
