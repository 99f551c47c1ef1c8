"""Rule files that cannot be used: each fault is named with its file, its rule or field, and the mend; all at once."""

from __future__ import annotations

from pathlib import Path

import pytest

from mentions import Moderator, RulesError, load_rules
from mentions.rulefile import SCHEMA

GOOD = {
    "ruleset.toml": """\
schema = 1
[ruleset]
version = "2024-01.essai"
since = "2024-01-01"
title = "Essai"
rests_on = ["Règle interne"]
extends = "2019-11"
""",
    "subjects/ceam.toml": """\
schema = 1
[subject]
id = "ceam"
kind = "status"
label = "CEAM"
full_name = "carte européenne d'assurance maladie"
source = ["Règle interne"]
acronyms = ["ceam"]
examples = [{ text = "CEAM refusée", span = "CEAM" }]
[[exception]]
id = "ceam-sigle"
reason = "Un autre sens."
pattern = "foyer {s}"
examples = ["le foyer CEAM"]
""",
    "words/essai.toml": """\
schema = 1
[[class]]
id = "essai"
meaning = "Essayer"
forms = ["essai*"]
""",
    "statements/essai.toml": """\
schema = 1
[[rule]]
id = "essai-a"
version = 1
code = "S7"
about = "status"
authority = "inferred"
source = ["Règle interne"]
rank = 1
reason_fr = "Pourquoi."
reason_en = "Why."
patterns = ["essai STATUS"]
examples = [{ text = "essai CMU" }]
""",
    "rewordings.toml": """\
schema = 1
[[rewording]]
kind = "tariff"
codes = ["S7"]
source = ["Règle interne"]
text = "Le professionnel applique les tarifs de la sécurité sociale."
""",
}


def write(folder: Path, files: dict[str, str | bytes]) -> Path:
    for name, content in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content.encode() if isinstance(content, str) else content)
    return folder


def altered(file: str, old: str, new: str) -> str:
    assert GOOD[file].count(old) == 1
    return GOOD[file].replace(old, new)


def problems(folder: Path) -> tuple[str, ...]:
    with pytest.raises(RulesError) as caught:
        Moderator(load_rules(folder)).warm_up()
    assert all(problem in str(caught.value) for problem in caught.value.problems)
    return caught.value.problems


def test_the_files_without_a_fault_are_taken(tmp_path: Path) -> None:
    moderator = Moderator(load_rules(write(tmp_path / "regles", {**GOOD})))
    moderator.warm_up()
    assert [m.rule for m in moderator.check("essai CEAM").mentions] != []


@pytest.mark.parametrize(
    ("file", "old", "new", "said"),
    [
        # not TOML
        ("subjects/ceam.toml", '"ceam"\nkind', '"ceam\nkind', ["not TOML", "line 3"]),
        ("words/essai.toml", "[[class]]", "[[class]", ["not TOML", "line 2"]),
        # schema
        ("subjects/ceam.toml", "schema = 1\n", "", ["field schema: missing", "write `schema = 1`"]),
        ("statements/essai.toml", "schema = 1\n", "", ["field schema: missing", "write `schema = 1`"]),
        ("ruleset.toml", "schema = 1\n", f"schema = {SCHEMA + 1}\n", ["field schema", "upgrade the package `mentions`"]),
        ("words/essai.toml", "schema = 1\n", "schema = 99\n", ["field schema: 99", f"reads up to {SCHEMA}", "upgrade"]),
        ("rewordings.toml", "schema = 1\n", 'schema = "1"\n', ["field schema: '1'", f"reads up to {SCHEMA}"]),
        ("rewordings.toml", "schema = 1\n", "schema = true\n", ["field schema: True", f"reads up to {SCHEMA}"]),
        ("words/essai.toml", "schema = 1\n", "schema = 0\n", ["field schema: 0", f"reads up to {SCHEMA}"]),
        # keys
        ("subjects/ceam.toml", "acronyms", "acronymes", ["ceam", "field subject.acronymes", "unknown key; remove it"]),
        ("statements/essai.toml", "rank = 1\n", "", ["rule essai-a", "field rule[0].rank: missing; add it"]),
        ("statements/essai.toml", "rank = 1", "rank = 1\nrang = 1", ["rule essai-a", "rule[0].rang: unknown key", "misspelling"]),
        ("ruleset.toml", 'title = "Essai"\n', "", ["field ruleset.title: missing; add it"]),
        ("rewordings.toml", 'source = ["Règle interne"]\n', "", ["field rewording[0].source: missing; add it"]),
        # values
        ("statements/essai.toml", '"S7"', '"S9"', ["rule essai-a", "field rule[0].code: 'S9' is not possible", "'S8'"]),
        ("statements/essai.toml", '"inferred"', '"sure"', ["rule essai-a", "rule[0].authority: 'sure'", "'quoted', 'stated'"]),
        ("subjects/ceam.toml", '"status"', '"statut"', ["ceam", "field subject.kind: 'statut'", "'status' or 'entitlement'"]),
        ("rewordings.toml", '"tariff"', '"tarif"', ["field rewording[0].kind: 'tarif'", "'tariff'"]),
        ("statements/essai.toml", "version = 1", "version = 0", ["rule essai-a", "field rule[0].version", "here: 0"]),
        ("statements/essai.toml", "rank = 1", 'rank = "haut"', ["rule essai-a", "field rule[0].rank", "here: 'haut'"]),
        ("statements/essai.toml", '"essai-a"', '"Essai A"', ["field rule[0].id: 'Essai A' does not have the form"]),
        ("ruleset.toml", '"2024-01.essai"', '"essai"', ["field ruleset.version: 'essai' does not have the form"]),
        ("subjects/ceam.toml", '["ceam"]', '["C.E.A.M"]', ["field subject.acronyms[0]: 'C.E.A.M' does not have the form"]),
        # empty
        ("statements/essai.toml", '["essai STATUS"]', "[]", ["rule essai-a", "field rule[0].patterns: empty; give at least one"]),
        ("words/essai.toml", '["essai*"]', "[]", ["essai", "field class[0].forms: empty; give at least one"]),
        ("subjects/ceam.toml", '["le foyer CEAM"]', "[]", ["ceam-sigle", "field exception[0].examples: empty"]),
        ("statements/essai.toml", '"Pourquoi."', '""', ["rule essai-a", "field rule[0].reason_fr"]),
        # regular expressions
        ("subjects/ceam.toml", '"foyer {s}"', '"foyer ({s}"', ["ceam-sigle", "field exception[0].pattern", "not a regular expression"]),
        ("subjects/ceam.toml", "examples = [{", 'patterns = ["c[eam"]\nexamples = [{', ["field subject.patterns", "not a regular expression"]),
        # ids used twice
        ("subjects/ceam.toml", 'id = "ceam"', 'id = "cmu"', ["subject cmu", "field id: used twice; choose another"]),
        ("subjects/ceam.toml", '"ceam-sigle"', '"cmu-university"', ["exception cmu-university", "field id: used twice"]),
        ("statements/essai.toml", '"essai-a"', '"refusal-direct"', ["rule refusal-direct", "field id: used twice", "choose another"]),
        # where rules rest
        ("ruleset.toml", '"2019-11"', '"2017-01"', ["field extends: '2017-01' is neither a folder nor a shipped version", "2018-11"]),
        ("ruleset.toml", '"2019-11"', '"."', ["field extends: goes round in a circle; break it"]),
    ],
)  # fmt: skip
def test_a_fault_is_told_with_its_place_and_its_mend(
    tmp_path: Path, file: str, old: str, new: str, said: list[str]
) -> None:
    folder = write(tmp_path / "regles", {**GOOD, file: altered(file, old, new)})
    (problem,) = problems(folder)
    assert problem.startswith(f"{folder / file}: ")
    assert [part for part in said if part not in problem] == []


@pytest.mark.parametrize(
    ("file", "old", "new", "said"),
    [
        ("statements/essai.toml", "essai STATUS", "esai STATUS", ["rule essai-a", "'esai STATUS'", "'esai' is no word class", "words/*.toml"]),
        ("statements/essai.toml", "essai STATUS", "essai .. .....", ["rule essai-a", "'.....' is no element"]),
        ("statements/essai.toml", "essai STATUS", "essai? ..", ["rule essai-a", "needs at least one element that is not optional"]),
        ("words/essai.toml", '"essai*"', '"(essai de"', ["class essai", "'(essai de'", "parentheses hold one word each"]),
    ],
)  # fmt: skip
def test_a_fault_of_a_pattern_or_form_is_told_with_its_rule_or_class(
    tmp_path: Path, file: str, old: str, new: str, said: list[str]
) -> None:
    (problem,) = problems(write(tmp_path / "regles", {**GOOD, file: altered(file, old, new)}))
    assert [part for part in said if part not in problem] == []


def test_a_file_without_a_table(tmp_path: Path) -> None:
    folder = write(tmp_path / "regles", {**GOOD, "words/essai.toml": "schema = 1\n[[classe]]\n"})
    assert problems(folder) == (
        f"{folder / 'words/essai.toml'}: field class: missing; add it",
        f"{folder / 'words/essai.toml'}: field classe: unknown key; remove it, or look for a misspelling",
    )


def test_a_class_that_an_heir_makes_polar(tmp_path: Path) -> None:
    words = 'schema = 1\n[[class]]\nid = "accept"\nmeaning = "Recevoir"\npolar = false\nforms = ["essaie"]\n'
    folder = write(tmp_path / "regles", {"ruleset.toml": GOOD["ruleset.toml"], "words/essai.toml": words})
    (problem,) = problems(folder)
    assert problem.startswith(f"{folder / 'words/essai.toml'}: class accept: field polar, overlay or barrier: differs")
    assert "write the same, or choose another id" in problem


def test_a_file_that_is_not_utf8(tmp_path: Path) -> None:
    latin = GOOD["subjects/ceam.toml"].encode("latin-1")
    folder = write(tmp_path / "regles", {**GOOD, "subjects/ceam.toml": latin})
    (problem,) = problems(folder)
    assert problem == f"{folder / 'subjects/ceam.toml'}: byte {latin.index(0xE9)} is not UTF-8; save the file as UTF-8"


def test_a_folder_that_is_missing(tmp_path: Path) -> None:
    (problem,) = problems(tmp_path / "rien")
    assert problem == f"{tmp_path / 'rien'}: no such version or folder; shipped versions are 2018-11, 2019-11"


def test_a_folder_without_a_ruleset(tmp_path: Path) -> None:
    (problem,) = problems(tmp_path)
    assert problem == f"{tmp_path / 'ruleset.toml'}: no such file; a folder of rules needs a ruleset.toml"


def test_a_folder_that_stands_alone_needs_subjects_and_rewordings(tmp_path: Path) -> None:
    alone = altered("ruleset.toml", 'extends = "2019-11"\n', "")
    folder = write(tmp_path / "regles", {"ruleset.toml": alone})
    (problem,) = problems(folder)
    assert problem == f"{folder}: names no subject; add subjects/*.toml, or `extends` a shipped version"
    without = {name: content for name, content in GOOD.items() if name != "rewordings.toml"}
    write(folder, {**without, "ruleset.toml": alone})
    (problem,) = problems(folder)
    assert problem == f"{folder}: no rewordings.toml; add one, or `extends` a shipped version"


def test_the_faults_of_all_files_are_told_at_once(tmp_path: Path) -> None:
    folder = write(
        tmp_path / "regles",
        {
            **GOOD,
            "words/essai.toml": altered("words/essai.toml", '["essai*"]', "[]"),
            "statements/essai.toml": altered("statements/essai.toml", '"S7"', '"S9"').replace("rank = 1", ""),
            "statements/z.toml": "schema = 2\n",
            "rewordings.toml": "schema = 1\n",
        },
    )
    found = problems(folder)
    assert [problem.split(": ")[0] for problem in found] == [
        str(folder / name)
        for name in ("words/essai.toml", *["statements/essai.toml"] * 2, "statements/z.toml", "rewordings.toml")
    ]
    with pytest.raises(RulesError, match=r"^5 faults in the rule files:\n- "):
        load_rules(folder)


def test_the_faults_of_all_subject_files_are_told_at_once(tmp_path: Path) -> None:
    folder = write(
        tmp_path / "regles",
        {**GOOD, "subjects/a.toml": "schema", "subjects/b.toml": b"\xff", "subjects/c.toml": "a = 1\n"},
    )
    assert [problem.split(": ")[0] for problem in problems(folder)] == [
        str(folder / f"subjects/{name}.toml") for name in "abc"
    ]


def test_one_fault_is_counted_as_one(tmp_path: Path) -> None:
    with pytest.raises(RulesError, match=r"^1 fault in the rule files:\n- [^\n]+$"):
        load_rules(tmp_path / "rien")


@pytest.mark.parametrize("file", ["words/essai.toml", "statements/essai.toml", "rewordings.toml"])
def test_faults_are_told_when_rules_are_loaded_not_at_the_first_refusal(tmp_path: Path, file: str) -> None:
    folder = write(tmp_path / "regles", {**GOOD, file: "schema = 1\nsurplus = 2\n"})
    with pytest.raises(RulesError, match=r"surplus: unknown key"):
        load_rules(folder)
