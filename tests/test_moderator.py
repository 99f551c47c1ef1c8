"""Checking texts: what is taken, what is given back, which rules answer, many texts, edits, threads, and what is loaded."""

from __future__ import annotations

import gc
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from itertools import count, islice
from pathlib import Path
from typing import Any

import pytest

import mentions
from mentions import Category, Mention, Moderator, Report, RulesError, load_rules, versions
from mentions.corpus import Case

SRC = Path(mentions.__file__).parent.parent
OWN_VERSION = "2024-01.essai"
OWN_FILES = {
    "ruleset.toml": f"""
schema = 1
[ruleset]
version = "{OWN_VERSION}"
since = "2024-01-01"
title = "Un sujet de plus"
rests_on = ["Règle interne"]
extends = "2019-11"
""",
    "subjects/ceam.toml": """
schema = 1
[subject]
id = "ceam"
kind = "status"
label = "CEAM"
full_name = "carte européenne d'assurance maladie"
source = ["Règle interne"]
acronyms = ["ceam"]
names = ["carte europeenne d assurance maladie"]
examples = [{ text = "CEAM refusée", span = "CEAM" }]
""",
}


@pytest.fixture
def own_rules(tmp_path: Path) -> Path:
    for name, content in OWN_FILES.items():
        path = tmp_path / "essai" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(content, encoding="utf-8")
    return tmp_path / "essai"


def texts_of(found: tuple[Mention, ...]) -> list[str]:
    return [m.text for m in found]


# -- what is taken -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("value", [b"CMU", None, 1, ["CMU"], bytearray(b"CMU"), Path("CMU")], ids=repr)
def test_only_a_string_is_taken(moderator: Moderator, value: Any) -> None:
    name = type(value).__name__
    with pytest.raises(TypeError, match=f"str, not {name}"):
        mentions.check(value)
    with pytest.raises(TypeError, match=f"str, not {name}"):
        moderator.check(value)
    with pytest.raises(TypeError, match=f"str, not {name}"):
        moderator.compare("CMU", value)
    with pytest.raises(TypeError, match=f"str, not {name}"):
        list(moderator.check_many(["CMU", value]))


def test_a_kind_of_string_is_a_string(moderator: Moderator) -> None:
    class Field(str):
        __slots__ = ()

    assert moderator.check(Field("CMU refusée")) == moderator.check("CMU refusée")


@pytest.mark.parametrize(
    "text",
    [
        "",
        " ",
        "\n",
        "\0",
        "😀",
        "👩🏽‍⚕️ 🇫🇷",
        "\ud800",
        "\udfff\ud800",
        "&#0;",
        "<",
        "<!--",
        ".",
        "\u202e\u200b",
        "日本語",
    ],
    ids=ascii,
)
def test_texts_without_a_subject_are_neutral(moderator: Moderator, text: str) -> None:
    report = moderator.check(text)
    assert (report.text, report.category, report.mentions, report.rewrite()) == (text, Category.NEUTRAL, (), text)


@pytest.mark.parametrize(
    ("text", "mention"),
    [
        ("😀 Bonjour. CMU refusée. 😀", "CMU refusée."),
        ("👩🏽‍⚕️ Bonjour. CMU refusée.", "CMU refusée."),
        ("Bonjour\ud800. CMU refusée.", "CMU refusée."),
        ("\0Bonjour. C\0MU refusée.", "C\0MU refusée."),
        ("Été. œuvre. CMU refusée.", "CMU refusée."),
        ("<p>Caf&eacute;.</p><p>C<b>M</b>U refusée.</p>", "C<b>M</b>U refusée."),
        ("e\u0301te\u0301. C\u200bMU refus\u00ade\u0301e.", "C\u200bMU refus\u00ade\u0301e."),
    ],
    ids=ascii,
)
def test_places_are_those_of_the_text_as_given(
    moderator: Moderator, report_faults: Callable[[Report], list[str]], text: str, mention: str
) -> None:
    report = moderator.check(text)
    assert texts_of(report.mentions) == [mention]
    assert report.mentions[0].start == text.index(mention)
    assert report.category is Category.EXPLICIT_REFUSAL
    assert report_faults(report) == []


# -- what is given back ------------------------------------------------------------------------------------------------


def test_every_report_of_the_corpus_keeps_its_promises(
    moderator: Moderator, cases: tuple[Case, ...], report_faults: Callable[[Report], list[str]]
) -> None:
    faults = {case.id: found for case in cases if (found := report_faults(moderator.check(case.text)))}
    assert faults == {}


@pytest.mark.parametrize(
    "text",
    [
        "NOUS NE FAISONS PAS\n• AME\n• CMU  non COMPLEMENTAIRE\n• CHEQUES\nMERCI",
        "Refusés :\n- AME. CMU acceptée\n- ACS",
        "Nous ne suivons pas :\n– les enfants\n– les CMU. Les ACS doivent payer",
        "ne i:\n–t<br>CMU-1. ACS",
        "clichés\n-CMU… AME dedit",
    ],
)
def test_a_list_that_says_several_things_keeps_its_mentions_apart(
    moderator: Moderator, report_faults: Callable[[Report], list[str]], text: str
) -> None:
    assert report_faults(moderator.check(text)) == []


def test_mentions_and_subjects_come_in_text_order(moderator: Moderator) -> None:
    report = moderator.check("Tiers payant pratiqué. CMU acceptée, AME et ACS refusées.\nPas de C2S.")
    assert [[s.id for s in m.subjects] for m in report.mentions] == [["tiers-payant"], ["cmu"], ["ame", "acs"], ["css"]]
    assert [m.category for m in report.mentions] == [
        Category.NEUTRAL,
        Category.APPARENTLY_NEUTRAL,
        Category.EXPLICIT_REFUSAL,
        Category.EXPLICIT_REFUSAL,
    ]


def test_the_steps_lead_from_the_subject_to_the_category(moderator: Moderator) -> None:
    (mention,) = moderator.check("Bonjour. С\u041cU refusée").mentions  # two Cyrillic letters
    assert [(s.kind, s.value, s.text, s.how) for s in mention.steps if s.kind in ("subject", "category")] == [
        ("subject", "cmu", "С\u041cU", "disguised"),
        ("category", "explicit_refusal", None, None),
    ]
    assert [s.kind for s in mention.steps] == ["subject", "cue", "rule", "category"]
    assert mention.steps[1].text == "refusée"
    assert mention.steps[2].value == mention.rule


@pytest.mark.parametrize(
    ("misspelt", "right"),
    [
        ("CMU rfeusée", "CMU refusée"),
        ("couverture maladie universele", "couverture maladie universelle"),
        ("Chèque de garatnie pour les CMU", "Chèque de garantie pour les CMU"),  # one word of a longer form
    ],
)
def test_a_misspelt_word_is_called_so(moderator: Moderator, misspelt: str, right: str) -> None:
    assert "misspelt" in {s.how for s in moderator.check(misspelt).mentions[0].steps}
    assert "misspelt" not in {s.how for s in moderator.check(right).mentions[0].steps}


def test_the_answer_does_not_hang_on_what_was_checked_before(cases: tuple[Case, ...]) -> None:
    sample = [case.text for case in cases[::40]]
    one = Moderator()
    forward = [one.check(text) for text in sample]
    another = Moderator()
    backward = [another.check(text) for text in reversed(sample)]
    assert forward == backward[::-1]


# -- which rules answer ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("version", versions())
def test_a_report_names_the_rules_that_answered(version: str) -> None:
    rules = load_rules(version)
    report = Moderator(rules).check("CMU refusée")
    assert (report.rules.version, report.rules.digest) == (version, rules.digest)
    assert len(report.rules.digest) == 64
    assert int(report.rules.digest, 16)


def test_versions_differ_in_their_digest_and_the_newest_answers() -> None:
    assert len({load_rules(version).digest for version in versions()}) == len(versions()) > 1
    assert mentions.check("").rules.version == load_rules().version == versions()[-1]


def test_an_older_version_does_not_know_a_later_status() -> None:
    older, newer = Moderator(load_rules("2018-11")), Moderator(load_rules("2019-11"))
    for text in ("CSS refusée", "C2S refusée", "complémentaire santé solidaire refusée", "PUMa refusée"):
        assert older.check(text).mentions == ()
        assert newer.check(text).category is Category.EXPLICIT_REFUSAL
    assert older.check("CMU refusée").category is newer.check("CMU refusée").category is Category.EXPLICIT_REFUSAL


def test_rules_of_ones_own_add_to_a_shipped_version(own_rules: Path) -> None:
    rules = load_rules(own_rules)
    own = Moderator(rules)
    report = own.check("CEAM refusée. Carte européenne d'assurance maladie acceptée. C2S refusée.")
    assert [[s.id for s in m.subjects] for m in report.mentions] == [["ceam"], ["ceam"], ["css"]]
    assert [m.code for m in report.mentions] == ["E1", "S1", "E1"]
    assert "CEAM" in report.mentions[0].reason("fr")
    assert report.rules.version == OWN_VERSION
    assert Report.model_validate_json(report.model_dump_json()).rewrite() == report.rewrite() != report.text
    assert mentions.check("CEAM refusée").mentions == ()


def test_any_change_of_a_rule_file_changes_the_digest(own_rules: Path) -> None:
    before = load_rules(own_rules).digest
    assert load_rules(str(own_rules)).digest == before
    path = own_rules / "subjects" / "ceam.toml"
    path.write_text(path.read_text("utf-8") + "# une remarque\n", encoding="utf-8")
    assert load_rules(own_rules).digest != before


def test_rules_that_do_not_exist() -> None:
    with pytest.raises(RulesError, match=r"2017-01.*2018-11.*2019-11"):
        load_rules("2017-01")


def test_reports_are_rewritten_by_the_rules_that_answered() -> None:
    text = "CMU refusée. C2S refusée."
    older, newer = Moderator(load_rules("2018-11")), Moderator(load_rules("2019-11"))
    first, second = older.check(text), newer.check(text)
    assert (first.rewrite(), second.rewrite()) == ("C2S refusée.", "")


# -- many texts --------------------------------------------------------------------------------------------------------


def test_many_texts_are_answered_in_their_order(moderator: Moderator, cases: tuple[Case, ...]) -> None:
    texts = [case.text for case in cases[::10]]
    assert list(moderator.check_many(texts)) == [moderator.check(text) for text in texts]
    assert list(moderator.check_many([])) == []


def test_two_processes_answer_as_one(moderator: Moderator, cases: tuple[Case, ...]) -> None:
    texts = [case.text for case in cases][:520]  # more than one piece of work for each
    assert list(moderator.check_many(texts, workers=2)) == list(moderator.check_many(texts, workers=1))


def test_processes_work_by_the_rules_of_their_moderator(own_rules: Path) -> None:
    own = Moderator(load_rules(own_rules))
    texts = ["CEAM refusée", "CMU refusée", ""]
    found = list(own.check_many(texts, workers=2))
    assert found == [own.check(text) for text in texts]
    assert found[0].category is Category.EXPLICIT_REFUSAL


@pytest.mark.parametrize("workers", [0, -1])
def test_no_work_without_a_worker(moderator: Moderator, workers: int) -> None:
    with pytest.raises(ValueError, match=f"workers is {workers}; it takes at least 1"):
        moderator.check_many(["CMU"], workers=workers)


def test_texts_are_taken_as_they_are_needed(moderator: Moderator) -> None:
    taken: list[int] = []

    def endless() -> Iterator[str]:
        for number in count():
            taken.append(number)
            yield f"CMU refusée le {number}"

    reports = moderator.check_many(endless())
    assert taken == []
    first = list(islice(reports, 3))
    assert [r.text for r in first] == ["CMU refusée le 0", "CMU refusée le 1", "CMU refusée le 2"]
    assert len(taken) == 3


def test_processes_do_not_wait_for_the_last_text(moderator: Moderator) -> None:
    reports = moderator.check_many((f"Pas de CMU {number}" for number in count()), workers=2)
    assert [r.text for r in islice(reports, 2)] == ["Pas de CMU 0", "Pas de CMU 1"]
    reports.close()  # type: ignore[attr-defined]  # a generator, which the interface need not promise


def test_a_value_that_is_no_text_comes_up_in_a_process_too(moderator: Moderator) -> None:
    values: list[Any] = ["CMU", None]
    with pytest.raises(TypeError, match="str, not NoneType"):
        list(moderator.check_many(values, workers=2))


# -- edits -------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("before", "after", "added", "kept", "removed", "worse"),
    [
        ("CMU refusée.", "CMU refusée.", [], ["CMU refusée."], [], False),
        ("", "", [], [], [], False),
        ("", "CMU acceptée", ["CMU acceptée"], [], [], True),
        ("CMU refusée", "", [], [], ["CMU refusée"], False),
        ("CMU refusée.", "Bonjour. CMU refusée.", [], ["CMU refusée."], [], False),
        ("CMU refusée.", "Bonjour.\nC.M.U. refusee !", [], ["C.M.U. refusee !"], [], False),
        ("CMU acceptée.", "CMU acceptée. AME refusée.", ["AME refusée."], ["CMU acceptée."], [], True),
        ("CMU acceptée", "CMU refusée", ["CMU refusée"], [], ["CMU acceptée"], True),
        ("CMU refusée", "CMU acceptée", ["CMU acceptée"], [], ["CMU refusée"], False),
        ("CMU refusée", "AME refusée", ["AME refusée"], [], ["CMU refusée"], False),
        ("CMU refusée.", "CMU refusée. Ouvert. CMU refusée.", ["CMU refusée."], ["CMU refusée."], [], False),
        ("AME refusée. CMU refusée.", "CMU refusée. AME refusée.", [], ["CMU refusée.", "AME refusée."], [], False),
        ("CMU rfeusée au cabinet", "CMU refusée au cabinet", [], ["CMU refusée au cabinet"], [], False),
        (
            "CMU refusée",
            "Couverture maladie universelle refusée",
            [],
            ["Couverture maladie universelle refusée"],
            [],
            False,
        ),
        ("CMU refusée", "<b>С</b>MU r3fusée", [], ["С</b>MU r3fusée"], [], False),
        ("Pas de CMU", "Nous ne recevons pas la CMU", ["Nous ne recevons pas la CMU"], [], ["Pas de CMU"], False),
    ],
)
def test_what_an_edit_did(
    moderator: Moderator, before: str, after: str, added: list[str], kept: list[str], removed: list[str], worse: bool
) -> None:
    found = moderator.compare(before, after)
    assert (texts_of(found.added), texts_of(found.kept), texts_of(found.removed)) == (added, kept, removed)
    assert found.worse is worse


def test_what_is_kept_is_given_as_it_stands_now(moderator: Moderator) -> None:
    (kept,) = moderator.compare("CMU refusée.", "Bonjour. CMU refusée.").kept
    assert kept.start == len("Bonjour. ")


# -- threads -----------------------------------------------------------------------------------------------------------


def test_one_moderator_answers_several_threads_alike(moderator: Moderator, cases: tuple[Case, ...]) -> None:
    texts = [case.text for case in cases[::20]]
    expected = [moderator.check(text) for text in texts]
    fresh = Moderator()  # so that the first answers race for what is loaded late
    start = threading.Barrier(8)

    def work(_: int) -> list[Report]:
        start.wait()
        return [fresh.check(text) for text in texts]

    with ThreadPoolExecutor(8) as pool:
        assert all(found == expected for found in pool.map(work, range(8)))


def test_the_shared_moderator_is_one_for_all_threads() -> None:
    code = (
        "import threading, mentions, mentions.moderator as m\n"
        "found, start = [], threading.Barrier(8)\n"
        "def work():\n    start.wait(); found.append(m.shared())\n"
        "threads = [threading.Thread(target=work) for _ in range(8)]\n"
        "[t.start() for t in threads]; [t.join() for t in threads]\n"
        "print(len(found), len(set(map(id, found))))"
    )
    assert output(code) == "8 1"


# -- what is loaded ----------------------------------------------------------------------------------------------------


def output(code: str) -> str:
    """What a new process prints that runs ``code``."""
    path = f"import sys; sys.path.insert(0, {str(SRC)!r})\n"
    done = subprocess.run([sys.executable, "-c", path + code], capture_output=True, text=True, timeout=120, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()


def test_spacy_is_loaded_for_the_first_text_with_a_subject_and_not_before() -> None:
    code = """
import mentions
seen = lambda: "spacy" in sys.modules
print(seen())
for text in ("", "Cabinet ouvert du lundi au vendredi, été comme hiver.", "Corps et âme ; CMU 300 kg ; <b>œuvre</b>", "\\ud800"):
    mentions.check(text).rewrite()
print(seen())
mentions.load_rules("2018-11"); mentions.Moderator()
print(seen())
mentions.check("Pas de CMU")
print(seen())
"""
    assert output(code).split() == ["False", "False", "False", "True"]


def test_a_clean_text_needs_no_more_than_the_gate() -> None:
    code = """
import mentions
mentions.check("Diplôme universitaire de gynécologie médicale ; métro République, quartier Nord.")
known = {"mentions", *(f"mentions.{name}" for name in "model characters lookalikes normalize rulefile ruleset gate subjects loading moderator".split())}
print(sorted({name for name in sys.modules if name.partition(".")[0] in ("mentions", "spacy", "rapidfuzz")} - known))
print(mentions.load_policy.__module__, "load_policy" in dir(mentions), hasattr(mentions, "no such name"))
"""
    assert output(code).splitlines() == ["[]", "mentions.policy True False"]


def test_warming_up_loads_everything_at_once() -> None:
    code = """
import mentions
moderator = mentions.Moderator()
print("spacy" in sys.modules)
moderator.warm_up()
before = set(sys.modules)
moderator.check("Pas de CMU ; tiers payant refusé").rewrite()
print("spacy" in before, sorted(set(sys.modules) - before))
"""
    assert output(code).splitlines() == ["False", "True []"]


def test_reports_that_outlive_their_moderator_load_its_rules_once(monkeypatch: pytest.MonkeyPatch) -> None:
    reports = [Moderator(load_rules("2018-11")).check(text) for text in ("Pas de CMU.", "Pas d'AME.")]
    gc.collect()
    assert reports[0].rewrite() == ""
    monkeypatch.setattr(Moderator, "__init__", None)
    assert reports[1].rewrite() == ""
