"""The contract of the shipped rules: every rule, subject and exception proves itself by its own examples."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator
from functools import cache

import pytest

from mentions import Category, Moderator, RuleSet, load_rules, versions
from mentions.normalize import fold
from mentions.rulefile import Rule, RuleException, SubjectFile, parse
from mentions.subjects import SubjectFinder


@cache
def moderator(version: str = "2019-11") -> Moderator:
    return Moderator(load_rules(version))


def _variant(base: RuleSet, **parts: object) -> RuleSet:
    """The rule set with some of its parts replaced."""
    variant = dataclasses.replace(base)
    for name in ("words", "rules", "rewordings"):
        variant.__dict__[name] = parts.get(name, getattr(base, name))
    return variant


RULES = load_rules().rules
SUBJECTS = load_rules().subjects


def test_the_regular_expressions_of_subjects_compile() -> None:
    problems: list[str] = []
    for path in load_rules().subject_paths:  # shipped files are read without trying them
        assert parse(path, path.read_bytes(), SubjectFile, problems) is not None
    assert problems == []


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.id)
def test_examples_are_answered_by_their_rule(rule: Rule) -> None:
    for example in rule.examples:
        found = [m for m in moderator().check(example.text).mentions if m.rule == f"{rule.id}@{rule.version}"]
        assert [m.text for m in found] == [example.span or example.text], example.text
        assert found[0].code == rule.code, example.text
        assert found[0].category is Category.of_code(rule.code)
        assert found[0].paragraphs == rule.source
        expected = load_rules().rewordings.get(rule.code)
        assert (found[0].rewording and found[0].rewording.kind) == (expected and expected.kind)


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.id)
def test_silent_examples_are_silent_under_all_rules(rule: Rule) -> None:
    assert rule.silent
    for text in rule.silent:
        assert moderator().check(text).mentions == (), text


def _exceptions() -> Iterator[tuple[Rule, RuleException]]:
    for rule in RULES:
        for exception in rule.exceptions:
            yield rule, exception


@pytest.mark.parametrize(("rule", "exception"), list(_exceptions()), ids=lambda part: part.id)
def test_every_exception_matters(rule: Rule, exception: RuleException) -> None:
    name = f"{rule.id}@{rule.version}"
    without = rule.model_copy(update={"exceptions": tuple(e for e in rule.exceptions if e.id != exception.id)})
    rules = tuple(without if r.id == rule.id else r for r in RULES)
    bare = Moderator(_variant(load_rules(), rules=rules))
    for text in exception.examples:
        assert name not in {m.rule for m in moderator().check(text).mentions}, text
        assert name in {m.rule for m in bare.check(text).mentions}, text


@pytest.mark.parametrize("file", SUBJECTS, ids=lambda file: file.subject.id)
def test_subjects_are_found_in_their_examples(file: SubjectFile) -> None:
    finder = SubjectFinder(SUBJECTS)
    for example in file.subject.examples:
        folded = fold(example.text)
        found = [n for n in finder.find(folded) if n.id == file.subject.id]
        spans = [folded.original[slice(*folded.span(n.start, n.end))] for n in found]
        assert spans == [example.span], example.text
        if example.written is not None:
            assert found[0].written == example.written, example.text
        assert finder.might_name(example.text)


@pytest.mark.parametrize("file", SUBJECTS, ids=lambda file: file.subject.id)
def test_every_look_alike_matters(file: SubjectFile) -> None:
    finder = SubjectFinder(SUBJECTS)
    for exception in file.exception:
        rest = tuple(e for e in file.exception if e.id != exception.id)
        others = [f for f in SUBJECTS if f is not file]
        bare = SubjectFinder([*others, file.model_copy(update={"exception": rest})])
        for text in exception.examples:
            assert file.subject.id not in {n.id for n in finder.find(fold(text))}, text
        assert any(file.subject.id in {n.id for n in bare.find(fold(text))} for text in exception.examples), (
            exception.id
        )


def test_versions_stand_side_by_side() -> None:
    assert versions() == ("2018-11", "2019-11")
    old, new = load_rules("2018-11"), load_rules("2019-11")
    assert {s.subject.id for s in new.subjects} - {s.subject.id for s in old.subjects} == {"css", "puma"}
    assert old.digest != new.digest
    assert moderator("2018-11").check("C2S refusée").mentions == ()
    assert moderator("2018-11").check("CMU refusée").category is Category.EXPLICIT_REFUSAL


def test_codes_of_the_guide_are_all_there() -> None:
    codes = {rule.code for rule in RULES}
    assert codes == {*(f"E{i}" for i in range(1, 5)), *(f"S{i}" for i in range(1, 9)), "N1", "N2", "N3"}
    assert set(load_rules().rewordings) == {code for code in codes if code[0] != "N"}


def test_rewordings_are_neutral() -> None:
    for rewording in load_rules().rewordings.values():
        for text in (rewording.text, rewording.offer or ""):
            assert moderator().check(text).category is Category.NEUTRAL


def test_reasons_name_the_subjects() -> None:
    for rule in RULES:
        assert ("{subjects}" in rule.reason_fr) == ("{subjects}" in rule.reason_en)
    mention = moderator().check("Patients CMU et AME non acceptés.").mentions[0]
    assert "CMU et AME" in mention.reason()
    assert "CMU and AME" in mention.reason("en")
