"""Each lint speaks where something does nothing, and is silent where it does."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from conftest import RULESET

from mentions import load_rules
from mentions.lint import Advice, changed, lint

Own = Callable[..., Path]

WORDS = '[[class]]\nid = "waiting"\nmeaning = "Attente"\nwhy = "Vu."\nforms = ["zzyzx", "file d attente"]\n'
RULE = """
[[rule]]
id = "waiting"
version = 1
code = "S7"
about = "status"
authority = "inferred"
source = ["Règle interne"]
rank = 95
why = "Vu."
reason_fr = "Pourquoi."
reason_en = "Why."
patterns = ["STATUS ..6 waiting"]
examples = [{ text = "CMU : file d'attente" }]
silent = ["File d'attente pour tous."]

[[rule.exceptions]]
id = "sign"
reason = "Un signe."
patterns = ["bang"]
anywhere = true
examples = ["CMU : file d'attente !"]
"""
SUBJECT = """
[subject]
id = "ceam"
kind = "status"
label = "CEAM"
full_name = "carte européenne"
source = ["Règle interne"]
why = "Vu."
acronyms = ["ceam"]
examples = [{ text = "CEAM refusée", span = "CEAM", written = "as_written" }]

[[exception]]
id = "ceam-home"
reason = "Un foyer."
pattern = 'foyer {s}'
examples = ["le foyer CEAM"]
"""
FILES = {"words/w.toml": WORDS, "statements/w.toml": RULE, "subjects/ceam.toml": SUBJECT}


def advice(folder: Path, *texts: str) -> list[tuple[str, str]]:
    """Each advice: its lint, and the file and message without the folder."""
    return [(a.lint, f"{Path(a.place.split(': ')[0]).name}: {a.message}") for a in lint(load_rules(folder), texts)]


def test_sound_rules_get_no_advice(own: Own) -> None:
    assert advice(own(FILES)) == []


@pytest.mark.parametrize(
    ("file", "old", "new", "kind", "said"),
    [
        ("statements/w.toml", '["STATUS ..6 waiting"]', '["STATUS ..6 waiting", "waiting ..2 STATUS"]', "pattern-unused", "'waiting ..2 STATUS' matches no example"),
        ("statements/w.toml", '["STATUS ..6 waiting"]', '["STATUS ..6 waiting", "STATUS  ..6 waiting"]', "pattern-duplicate", "stands here twice"),
        ("statements/w.toml", '["STATUS ..6 waiting"]', '["waiting", "STATUS ..6 waiting"]', "pattern-shadowed", "matches only where 'waiting' does"),
        ("statements/w.toml", 'patterns = ["bang"]', 'patterns = ["bar"]', "example-wrong", "is answered by waiting all the same"),
        ("statements/w.toml", '"CMU : file d\'attente !"', '"CMU !"', "exception-idle", "'CMU !' is answered no otherwise without it"),
        ("statements/w.toml", '{ text = "CMU : file d\'attente" }', '{ text = "Parking. CMU : file d\'attente" }', "example-span", "has no span; write span = \"CMU : file d'attente\""),
        ("statements/w.toml", '{ text = "CMU : file d\'attente" }', '{ text = "CMU : file d\'attente", span = "CMU" }', "example-span", "write that as its span"),
        ("statements/w.toml", "rank = 95", "rank = 5", "example-wrong", "is answered by named@"),
        ("statements/w.toml", "File d'attente pour tous.", "CMU", "example-wrong", "'CMU' is not silent"),
        ("statements/w.toml", 'why = "Vu."\n', "", "reason-missing", "does not say why it is added; write why"),
        ("words/w.toml", '"Vu."', '"…"', "draft-unfilled", "'…' still stands in why"),
        ("subjects/ceam.toml", '"as_written"', '"disguised"', "example-wrong", "is read as_written, not disguised"),
        ("subjects/ceam.toml", '"CEAM refusée", span = "CEAM"', '"Refusée", span = "CEAM"', "example-wrong", "does not open the gate"),
        ("subjects/ceam.toml", '"CEAM refusée", span = "CEAM"', '"CEAM refusée", span = "CEAM r"', "example-wrong", "names it in ['CEAM']"),
        ("subjects/ceam.toml", "foyer {s}", "maison {s}", "example-wrong", "is still read as ceam; widen the pattern"),
        ("subjects/ceam.toml", '"le foyer CEAM"', '"le foyer"', "exception-idle", "its examples are read no otherwise"),
    ],
)  # fmt: skip
def test_what_does_nothing_is_told(own: Own, file: str, old: str, new: str, kind: str, said: str) -> None:
    assert FILES[file].count(old) == 1
    found = advice(own({**FILES, file: FILES[file].replace(old, new)}))
    assert [message for lint, message in found if lint == kind and said in message], found
    assert all(message.startswith(f"{Path(file).name}: ") for _, message in found)


def test_two_exceptions_of_one_name_are_told(own: Own) -> None:
    exception = RULE[RULE.index("[[rule.exceptions]]") :]
    found = advice(own({**FILES, "statements/w.toml": RULE + exception.replace("bang", "bar").replace("!", "|")}))
    assert ("id-reused", "w.toml: several exceptions are called 'sign'; choose other ids") in found


def test_a_pattern_below_a_rule_that_matches_wherever_it_does_never_answers(own: Own) -> None:
    below = (
        RULE.replace('"waiting"', '"below"')
        .replace("rank = 95", "rank = 94")
        .replace("..6 waiting", "colon ..2 waiting")
    )
    above = RULE.partition("[[rule.exceptions]]")[0].replace('["STATUS ..6 waiting"]', '["waiting"]')
    found = advice(own({**FILES, "statements/w.toml": above, "statements/z.toml": below}))
    assert (
        "pattern-shadowed",
        "z.toml: pattern 'STATUS colon ..2 waiting' never answers: 'waiting' of waiting matches there too, at a higher rank",
    ) in found


def test_a_wide_gap_is_no_reason_to_call_a_pattern_shadowed(own: Own) -> None:
    # Gaps share their sizes: this one also matches with seven words between « CMU » and « attente ».
    patterns = '["STATUS ..6 waiting", "STATUS ..6 waiting ..1 waiting"]'
    found = advice(
        own({**FILES, "statements/w.toml": RULE.replace('["STATUS ..6 waiting"]', patterns)}), "CMU zzyzx zzyzx"
    )
    assert found == []


def test_given_texts_count_as_use(own: Own) -> None:
    patterns = '["STATUS ..6 waiting", "waiting ..2 STATUS"]'
    folder = own({**FILES, "statements/w.toml": RULE.replace('["STATUS ..6 waiting"]', patterns)})
    assert [kind for kind, _ in advice(folder)] == ["pattern-unused"]
    assert advice(folder, "File d'attente CMU") == []


def test_files_that_are_not_read_are_told(own: Own) -> None:
    folder = own(FILES)
    (folder / "subjects" / "rsa.tml").write_text("", encoding="utf-8")
    (folder / "subjects" / "README.md").write_text("", encoding="utf-8")
    assert advice(folder) == [("file-not-read", "rsa.tml: rule files end in .toml; rename it, or move it elsewhere")]


def test_added_exceptions_are_tried_too(own: Own) -> None:
    added = '[[exception]]\nrule = "waiting"\nid = "idle"\nreason = "Un essai."\npatterns = ["bang"]\nexamples = ["CMU refusée"]\n'
    alike = '[[look_alike]]\nsubject = "cmu"\nid = "idle-too"\nreason = "Un essai."\npattern = "zzyzx {s}"\nexamples = ["CMU"]\n'
    found = advice(own({**FILES, "exceptions/e.toml": added + alike}))
    assert {(kind, message.split(": ")[0]) for kind, message in found} == {
        ("exception-idle", "e.toml"),
        ("example-wrong", "e.toml"),
    }


def test_advice_is_one_line() -> None:
    assert str(Advice("pattern-unused", "own/a.toml: rule a", "look")) == "own/a.toml: rule a: look [pattern-unused]"


# -- against an earlier state ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("file", "old", "new", "said"),
    [
        ("statements/w.toml", "..6 waiting", "..5 waiting", [("version-not-raised", "its content changed and its version is 1 still; write version = 2")]),
        ("statements/w.toml", 'patterns = ["bang"]', 'patterns = ["bang", "bar"]', [("version-not-raised", "its version is 1 still")]),
        ("statements/w.toml", '"S7"', '"S2"', [("id-reused", "was S7 about status and is S2 about status")]),
        ("statements/w.toml", 'silent = ["File d\'attente pour tous."]', "", []),
        ("subjects/ceam.toml", '"carte européenne"', '"carte du CEAM"', [("id-reused", "was 'carte européenne' before; choose another id")]),
    ],
)  # fmt: skip
def test_changes_are_held_against_versions_and_ids(
    own: Own, file: str, old: str, new: str, said: list[tuple[str, str]]
) -> None:
    before = load_rules(own(FILES, "before"))
    later = RULESET.replace("2024-01.own", "2024-02.own")
    after = load_rules(own({**FILES, file: FILES[file].replace(old, new)}, "after", later))
    found = changed(before, after)
    assert [advice.lint for advice in found] == [kind for kind, _ in said]
    assert all(text in advice.message for advice, (_, text) in zip(found, said, strict=True))


def test_a_raised_version_and_an_unchanged_folder_are_in_order(own: Own) -> None:
    before = load_rules(own(FILES, "before"))
    raised = RULE.replace("..6 waiting", "..5 waiting").replace("version = 1", "version = 2")
    later = RULESET.replace("2024-01.own", "2024-02.own")
    assert changed(before, load_rules(own({**FILES, "statements/w.toml": raised}, "after", later))) == []
    assert changed(before, load_rules(own(FILES, "same"))) == []


def test_one_version_names_one_content(own: Own) -> None:
    before = load_rules(own(FILES, "before"))
    after = load_rules(own({**FILES, "words/w.toml": WORDS.replace('"zzyzx", ', "")}, "after"))
    (found,) = changed(before, after)
    assert found.lint == "version-not-raised"
    assert found.place.endswith("ruleset.toml: ruleset 2024-01.own")
