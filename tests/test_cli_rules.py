"""``mentions rules``, as it is called: what it shows, its exit status, and what it says of bad input."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import date
from pathlib import Path

import pytest
from click.testing import Result
from typer.testing import CliRunner

from mentions import load_rules, versions
from mentions.cli.app import app
from mentions.cli.terminal import shown
from mentions.drafts import DraftError, draft
from mentions.history import history
from mentions.lint import lint
from mentions.rulefile import FILES, FOLDERS, json_schemas

pytestmark = pytest.mark.usefixtures("one_moderator")

Own = Callable[..., Path]
RULES = load_rules().validate()


def run(*args: str | Path, text: str | bytes | None = None) -> Result:
    return CliRunner().invoke(app, ["rules", *map(str, args)], input=text)


# -- list and show --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("lang", ["fr", "en"])
def test_list_has_every_rule_subject_and_word_class(lang: str) -> None:
    done = run("list", "--lang", lang)
    assert done.exit_code == 0
    for rule in RULES.rules:
        assert f"{rule.rank:>3} {rule.code} {rule.id}@{rule.version} ({rule.authority}" in done.stdout
    for name in [*(f.subject.id for f in RULES.subjects), *(word.id for word in RULES.words)]:
        assert f"\n  {name} " in done.stdout


def test_list_as_json(own: Own) -> None:
    content = json.loads(run("list", "--json", "--rules", own({"exceptions/e.toml": _SHIP})).stdout)
    assert content["version"] == "2024-01.own"
    assert [rule["id"] for rule in content["rules"]] == ["refusal-direct", "refusal", "slots", "named"]
    assert content["changes"] == [{"kind": "exception", "id": "cmu-ship", "reason": "Le navire CMU."}]


_SHIP = """
[[look_alike]]
subject = "cmu"
id = "cmu-ship"
reason = "Le navire CMU."
pattern = 'navire {s}'
examples = ["navire CMU"]
"""


def test_show_has_all_of_a_rule() -> None:
    rule = next(rule for rule in RULES.rules if rule.exceptions)
    done = run("show", rule.id)
    assert done.exit_code == 0
    parts = [rule.reason_fr, *rule.source, *rule.patterns, rule.exceptions[0].id, rule.exceptions[0].reason, "2018-11"]
    assert [part for part in [*parts, *(shown(e.text) for e in rule.examples)] if part not in done.stdout] == []
    assert rule.reason_en in run("show", rule.id, "--lang", "en").stdout


def test_show_tells_of_subjects_words_and_exceptions(own: Own) -> None:
    assert "protection universelle maladie" in run("show", "puma").stdout
    assert "2019-11: Two statuses come in" in run("show", "puma").stdout
    word = RULES.words[0]
    assert word.forms[-1] in run("show", word.id).stdout
    added = run("show", "cmu-ship", "--rules", own({"exceptions/e.toml": _SHIP})).stdout
    assert "exception cmu-ship (cmu)" in added and "Le navire CMU." in added and "navire {s}" in added


def test_show_tells_why_something_was_added_or_switched_off(own: Own) -> None:
    ruleset = (own({}) / "ruleset.toml").read_text(encoding="utf-8")
    folder = own({}, ruleset=ruleset + '[[off]]\nid = "slots"\nreason = "Sans objet ici."\n')
    assert "off: Sans objet ici." in run("show", "slots", "--rules", folder).stdout
    (folder / "CHANGES.md").write_text(
        "## 2024-01.own\n\n- `slots@1` goes,\n  at last.\n- Not `named`.\n\n## 2020-01\n\n- `slots@1`.\n", "utf-8"
    )
    rules = load_rules(folder)
    entry = next(entry for entry in rules.entries if entry.id == "slots")
    assert [(note.version, note.text) for note in history(rules, entry)] == [
        ("2024-01.own", "`slots@1` goes, at last.")
    ]


def test_show_of_an_unknown_id_names_its_neighbours() -> None:
    done = run("show", "cmus")
    assert (done.exit_code, done.stdout) == (2, "")
    assert done.stderr.startswith("cmus: no rule, subject, word class or exception has this id; did you mean cmu")


# -- check ----------------------------------------------------------------------------------------------------------------


def test_check_of_sound_rules(own: Own) -> None:
    done = run("check", own({"exceptions/e.toml": _SHIP}))
    assert (done.exit_code, done.stdout) == (0, "2024-01.own: nothing to say\n")


def test_check_gives_advice(own: Own, tmp_path: Path) -> None:
    folder = own({"exceptions/e.toml": _SHIP.replace("navire CMU", "CMU")})
    done = run("check", folder)
    assert done.exit_code == 1
    assert f"{folder / 'exceptions' / 'e.toml'}: exception cmu-ship: 'CMU' is still read as cmu" in done.stdout
    content = json.loads(run("check", folder, "--json").stdout)
    assert [set(advice) for advice in content] == [{"lint", "place", "message"}] * len(lint(load_rules(folder)))
    against = run("check", folder, "--against", tmp_path / "base")
    assert "ruleset.toml: ruleset 2024-01.own: names other content elsewhere" in against.stdout


def test_check_of_rules_that_cannot_be_used(own: Own) -> None:
    done = run("check", own({"exceptions/e.toml": _SHIP.replace("{s}", "({s}")}))
    assert (done.exit_code, done.stdout) == (2, "")
    assert "not a regular expression" in done.stderr
    missing = run("check", own({}, "sound"), "--on", "nowhere.jsonl")
    assert missing.exit_code == 2 and "nowhere.jsonl: cannot be read" in missing.stderr


# -- explain --------------------------------------------------------------------------------------------------------------


def test_explain_tells_the_stage_and_the_rules() -> None:
    done = run("explain", "Fauteuil, CMU 150 kg. Pas d'AME.")
    assert done.exit_code == 0
    assert done.stdout.startswith("Le texte est jugé : refus explicite.\n  cmu « CMU » (10-13): cmu-maximum-load: ")
    assert ": répond «" in done.stdout and ": de rang inférieur «" in done.stdout
    assert run("explain", "Bonjour", "--lang", "en").stdout.startswith("Nothing: the text does not hold")


def test_explain_reads_standard_input_and_gives_json() -> None:
    done = run("explain", "--json", text="Pas de CMU.")
    assert json.loads(done.stdout)["stage"] == "answered"
    bad = run("explain", "-", text=b"\xff")
    assert bad.exit_code == 2 and "standard input: cannot be read" in bad.stderr


def test_explain_sends_no_control_characters_to_the_terminal() -> None:
    done = run("explain", "Pas de \x1b[31mCMU\u202e.")
    assert "\x1b" not in done.stdout and "\u202e" not in done.stdout


# -- new ------------------------------------------------------------------------------------------------------------------

DRAFTS = ["ruleset.toml", "rewordings.toml", "subjects/rsa.toml", "subjects/aide-sociale.toml", "words/liste-d-attente.toml", "statements/waiting.toml", "exceptions/navire.toml"]  # fmt: skip


def test_drafts_load_and_lack_nothing_but_what_the_author_has_to_write(tmp_path: Path) -> None:
    folder = tmp_path / "Mes règles"
    for place in DRAFTS:
        done = run("new", folder / place)
        assert (done.exit_code, done.stdout.strip()) == (0, str(folder / place))
    rules = load_rules(folder)
    assert rules.version.endswith(".mes-r-gles")
    assert {Path(draft).parts[0] for draft in DRAFTS} == {*FOLDERS, *FILES}
    assert {advice.lint for advice in lint(rules)} == {"draft-unfilled"}
    assert sorted(path.name for path in folder.rglob("*.*")) == sorted(Path(draft).name for draft in DRAFTS)


def test_new_never_writes_over_a_file(tmp_path: Path) -> None:
    path = tmp_path / "subjects" / "rsa.toml"
    path.parent.mkdir()
    path.write_text("mine", encoding="utf-8")
    done = run("new", path)
    assert done.exit_code == 2 and "is there already; choose another name" in done.stderr
    assert path.read_text(encoding="utf-8") == "mine"
    assert list(path.parent.iterdir()) == [path]


@pytest.mark.parametrize(
    "path", ["rsa.toml", "subject/rsa.toml", "subjects/rsa.json", "subjects/R S A.toml", "words/42.toml"]
)
def test_a_draft_needs_a_place_and_a_name(path: str) -> None:
    with pytest.raises(DraftError, match=r"no place for a rule file|cannot be an id|cannot be a word class"):
        draft(Path(path), date(2026, 1, 1))


def test_new_where_nothing_can_be_written(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("", encoding="utf-8")
    done = run("new", tmp_path / "file" / "subjects" / "rsa.toml")
    assert done.exit_code == 2 and "cannot be written" in done.stderr


# -- diff -----------------------------------------------------------------------------------------------------------------


@pytest.fixture
def corpus(tmp_path: Path) -> Path:
    path = tmp_path / "cases.jsonl"
    case = {"functionality": "list", "category": "explicit_refusal"}
    texts = {"a": ("CMU refusée.", "cmu"), "b": ("C2S refusée.", "css")}
    lines = [
        json.dumps({**case, "id": i, "text": t, "mentions": [{"text": t, "subjects": [s], "codes": ["E1"]}]})
        for i, (t, s) in texts.items()
    ]
    path.write_text("\n".join(lines), encoding="utf-8")
    return path


def test_diff_tells_what_changes_from_a_version_to_the_next(corpus: Path) -> None:
    done = run("diff", *versions(), "--on", corpus)
    assert done.exit_code == 1
    assert done.stdout.startswith("2018-11 → 2019-11\n  2 cas, 1 changés, 1 nouvellement signalés, 1 devenus justes\n")
    assert "list: 2 cas, 1 changés" in done.stdout
    assert (
        "b (attendu : refus explicite): C2S refusée.\n    neutre: rien → refus explicite: E1 css (0-12)" in done.stdout
    )
    content = json.loads(run("diff", *reversed(versions()), "--on", corpus, "--json").stdout)
    assert (content["total"]["released"], content["total"]["flagged"]) == (1, 0)


def test_diff_of_equals_and_of_bad_input(own: Own, corpus: Path) -> None:
    folder = own({})
    assert run("diff", folder, folder, "--on", corpus).exit_code == 0
    corpus.write_text("{", encoding="utf-8")
    done = run("diff", folder, folder, "--on", corpus)
    assert done.exit_code == 2 and "line 1: not JSON" in done.stderr
    assert run("diff", folder, "2017-01", "--on", corpus).exit_code == 2


# -- schema ---------------------------------------------------------------------------------------------------------------


def test_schema_of_every_kind() -> None:
    for kind, schema in json_schemas().items():
        assert json.loads(run("schema", kind).stdout) == schema
    done = run("schema", "rules")
    assert done.exit_code == 2 and "write one of exceptions, rewordings, ruleset, statements" in done.stderr
