"""Folders that extend a shipped version: what they may change, the reasons that reports carry, what is refused."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from conftest import RULESET

from mentions import Moderator, Report, RulesError, load_rules, versions
from mentions.model import RuleChange

Own = Callable[..., Path]

SHIP = """
[[look_alike]]
subject = "cmu"
id = "cmu-ship"
reason = "Le navire CMU."
pattern = 'navire {s}'
examples = ["Ancien médecin du navire CMU"]
"""
WAITING = """
[[rule]]
id = "waiting"
version = 1
code = "S7"
about = "status"
authority = "inferred"
source = ["Règle interne"]
rank = 95
reason_fr = "Pourquoi."
reason_en = "Why."
patterns = ["STATUS ..6 waiting"]
examples = [{ text = "CMU : file d'attente" }]
"""
WORDS = """
[[class]]
id = "waiting"
meaning = "Attente"
why = "Aucune classe n'a ce sens."
forms = ["file d attente"]
"""
RARE = """
[[exception]]
rule = "refusal-direct"
id = "own-rare"
reason = "Ce refus a un autre sens ici."
patterns = ["rare"]
anywhere = true
examples = ["Pas de CMU, zzyzx."]
"""
RARE_WORDS = '[[class]]\nid = "rare"\nmeaning = "Rare"\nforms = ["zzyzx"]\n'


def off(*ids: str) -> str:
    return RULESET + "".join(f'[[off]]\nid = "{name}"\nreason = "Sans objet ici."\n' for name in ids)


def rules_of(report: Report) -> list[str]:
    return [mention.rule.partition("@")[0] for mention in report.mentions]


def problem(folder: Path) -> str:
    with pytest.raises(RulesError) as caught:
        load_rules(folder)
    (found,) = caught.value.problems
    return found


# -- what a folder may change ---------------------------------------------------------------------------------------------


def test_a_rule_that_is_switched_off_leaves_the_answer_to_the_next(own: Own) -> None:
    text = "Pas de CMU."
    assert rules_of(Moderator(load_rules(own({}))).check(text)) == ["refusal-direct"]
    assert rules_of(Moderator(load_rules(own({}, ruleset=off("refusal-direct")))).check(text)) == ["refusal"]
    assert rules_of(Moderator(load_rules(own({}, ruleset=off("refusal-direct", "refusal")))).check(text)) == ["named"]


def test_a_shipped_rule_is_switched_off(own: Own, moderator: Moderator) -> None:
    text = "Pas de CMU."
    (first,) = rules_of(moderator.check(text))
    rules = load_rules(own({}, ruleset=off(first).replace('"base"', f'"{versions()[-1]}"')))
    assert rules_of(Moderator(rules).check(text)) not in ([first], [])


def test_an_exception_is_added_to_an_inherited_rule(own: Own) -> None:
    before = Moderator(load_rules(own({}, "before")))
    changed = Moderator(load_rules(own({"exceptions/rare.toml": RARE, "words/rare.toml": RARE_WORDS})))
    assert "refusal-direct" in rules_of(before.check("Pas de CMU, zzyzx."))
    assert "refusal-direct" not in rules_of(changed.check("Pas de CMU, zzyzx."))
    assert rules_of(changed.check("Pas de CMU.")) == rules_of(before.check("Pas de CMU.")) == ["refusal-direct"]


def test_a_look_alike_is_added_to_an_inherited_subject(own: Own) -> None:
    before = Moderator(load_rules(own({}, "before")))
    changed = Moderator(load_rules(own({"exceptions/ship.toml": SHIP})))
    text = "Ancien médecin du navire CMU"
    assert before.check(text).mentions
    assert changed.check(text).mentions == ()


def test_a_later_heir_switches_off_what_an_earlier_one_added(own: Own) -> None:
    first = own({"statements/w.toml": WAITING, "words/w.toml": WORDS}, "first")
    second = own({}, "second", off("waiting").replace('"base"', '"first"'))
    text = "CMU : file d'attente"
    assert rules_of(Moderator(load_rules(first)).check(text)) == ["waiting"]
    assert "waiting" not in rules_of(Moderator(load_rules(second)).check(text))


def test_a_later_heir_switches_off_a_rule_that_an_earlier_one_made_an_exception_of(own: Own) -> None:
    own({"exceptions/rare.toml": RARE, "words/rare.toml": RARE_WORDS}, "first")
    second = own({}, "second", off("refusal-direct").replace('"base"', '"first"'))
    assert [change.kind for change in load_rules(second).changes] == ["word", "exception", "off"]
    assert rules_of(Moderator(load_rules(second)).check("Pas de CMU.")) == ["refusal"]


def test_an_heir_may_lie_around_what_it_extends(own: Own) -> None:
    own({"statements/w.toml": WAITING, "words/w.toml": WORDS}, "outer/inner", RULESET.replace('"base"', '"2019-11"'))
    outer = own({"exceptions/ship.toml": SHIP}, "outer", RULESET.replace('"base"', '"inner"'))
    assert {change.id for change in load_rules(outer).changes} == {"waiting", "cmu-ship"}


# -- reasons --------------------------------------------------------------------------------------------------------------


def test_reports_carry_the_reason_of_every_change(own: Own) -> None:
    rewording = '[[rewording]]\nkind = "tariff"\ncodes = ["S1"]\nsource = ["x"]\ntext = "Tarifs de base."\nwhy = "Plus court."\n'
    subject = (
        '[subject]\nid = "ceam"\nkind = "status"\nlabel = "CEAM"\nfull_name = "carte européenne"\nsource = ["x"]\n'
        'acronyms = ["ceam"]\nexamples = [{ text = "CEAM refusée", span = "CEAM" }]\nwhy = "Vu sur des profils."\n'
    )
    files = {
        "subjects/ceam.toml": subject,
        "words/w.toml": WORDS,
        "statements/w.toml": WAITING,
        "exceptions/ship.toml": SHIP,
        "rewordings.toml": rewording,
    }
    report = Moderator(load_rules(own(files, ruleset=off("slots")))).check("CMU acceptée")
    assert report.rules.changes == (
        RuleChange(kind="subject", id="ceam", reason="Vu sur des profils."),
        RuleChange(kind="word", id="waiting", reason="Aucune classe n'a ce sens."),
        RuleChange(kind="rule", id="waiting", reason="Règles d'essai"),  # it gives none: the title of the version
        RuleChange(kind="exception", id="cmu-ship", reason="Le navire CMU."),
        RuleChange(kind="rewording", id="tariff", reason="Plus court."),
        RuleChange(kind="off", id="slots", reason="Sans objet ici."),
    )
    assert Report.model_validate_json(report.model_dump_json()) == report


@pytest.mark.parametrize("version", versions())
def test_shipped_versions_change_nothing(version: str) -> None:
    assert Moderator(load_rules(version)).check("CMU").rules.changes == ()


# -- what is refused ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("files", "ruleset", "said"),
    [
        ({}, off("slotz"), "ruleset.toml: off slotz: field id: no rule in force has this id; `mentions rules list` shows"),
        ({}, off("slots", "slots"), "off slots: field id: no rule in force has this id"),
        ({}, RULESET + '[[off]]\nid = "slots"\n', "off slots: field off[0].reason: missing; add it"),
        ({"statements/w.toml": WAITING, "words/w.toml": WORDS}, off("waiting"), "off waiting: field id: is a rule of this folder; take it out"),
        ({"exceptions/e.toml": RARE.replace("refusal-direct", "refus"), "words/w.toml": RARE_WORDS}, RULESET, "e.toml: exception own-rare: field rule: 'refus' is no rule in force"),
        ({"exceptions/e.toml": RARE, "words/w.toml": RARE_WORDS}, off("refusal-direct"), "field rule: 'refusal-direct' is no rule in force"),
        ({"exceptions/e.toml": RARE.replace("own-rare", "paper"), "words/w.toml": RARE_WORDS}, RULESET, "exception paper: field id: used twice; choose another"),
        ({"exceptions/e.toml": SHIP.replace('"cmu"', '"rsa"')}, RULESET, "look_alike cmu-ship: field subject: 'rsa' is no subject; write one of "),
        ({"exceptions/e.toml": SHIP.replace('"cmu-ship"', '"cmu-university"')}, RULESET, "exception cmu-university: field id: used twice"),
        ({"exceptions/e.toml": SHIP.replace("{s}", "({s}")}, RULESET, "field look_alike[0].pattern: not a regular expression"),
        ({"exceptions/e.toml": RARE}, RULESET, "e.toml: rule refusal-direct: pattern 'rare': 'rare' is no word class"),
        ({"statement/w.toml": WAITING}, RULESET, "statement/w.toml: no place for a rule file; a folder of rules holds ruleset.toml"),
        ({"words.toml": WORDS}, RULESET, "words.toml: no place for a rule file"),
    ],
)  # fmt: skip
def test_a_change_that_cannot_be_made_is_refused(own: Own, files: dict[str, str], ruleset: str, said: str) -> None:
    assert said in problem(own(files, ruleset=ruleset))


TEN_WAYS = {
    "a quotation mark left open": ('"waiting"', '"waiting', "w.toml: not TOML: "),
    "the schema left out": ("schema = 1\n", "", "w.toml: field schema: missing; write `schema = 1` on the first line"),
    "a key misspelt": ("patterns", "paterns", "rule waiting: field rule[0].paterns: unknown key; remove it, or look for a misspelling"),
    "a key left out": ("rank = 95\n", "", "rule waiting: field rule[0].rank: missing; add it"),
    "a code that is none": ('"S7"', '"S9"', "rule waiting: field rule[0].code: 'S9' is not possible; write one of 'E1'"),
    "words for a number": ("rank = 95", 'rank = "haut"', "rule waiting: field rule[0].rank: input should be a valid integer"),
    "an empty list": ('[{ text = "CMU : file d\'attente" }]', "[]", "rule waiting: field rule[0].examples: empty; give at least one"),
    "the id of another rule": ('id = "waiting"', 'id = "slots"', "rule slots: field id: used twice; an id is never used again"),
    "a word class that is none": ("..6 waiting", "..6 wating", "rule waiting: pattern 'STATUS ..6 wating': 'wating' is no word class"),
    "an element that is none": ("..6 waiting", "...... waiting", "rule waiting: pattern 'STATUS ...... waiting': '......' is no element"),
}  # fmt: skip


@pytest.mark.parametrize("way", TEN_WAYS)
def test_ten_ways_to_break_a_rule_file_each_have_their_error(own: Own, way: str) -> None:
    folder = own({"statements/w.toml": WAITING, "words/w.toml": WORDS})
    file = folder / "statements" / "w.toml"
    old, new, said = TEN_WAYS[way]
    content = file.read_text(encoding="utf-8")
    assert old in content
    file.write_text(content.replace(old, new, 1), encoding="utf-8")
    with pytest.raises(RulesError) as caught:
        load_rules(folder)
    assert all(fault.startswith(str(file)) for fault in caught.value.problems)
    assert any(said in fault for fault in caught.value.problems), caught.value.problems


def test_a_word_form_that_is_malformed_is_told_with_its_file_when_rules_are_loaded(own: Own) -> None:
    folder = own({"words/w.toml": WORDS.replace("file d attente", "(file de")})
    assert problem(folder).startswith(f"{folder / 'words' / 'w.toml'}: class waiting: form '(file de'")


def test_patterns_are_looked_up_without_spacy(own: Own) -> None:
    import subprocess
    import sys

    folder = own({"statements/w.toml": WAITING.replace("..6 waiting", "..6 nowhere")})
    code = f"import sys, mentions\ntry: mentions.load_rules({str(folder)!r})\nexcept mentions.RulesError: print('spacy' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout == "False\n"
