"""First drafts of rule files: each loads as it is, and shows every key that an author is likely to need."""

from __future__ import annotations

import re
from datetime import date
from pathlib import Path

from .rulefile import FILES, FOLDERS, SCHEMA
from .ruleset import NEWEST

UNFILLED = "…"
"""What stands where the author has to write."""

_NAME = re.compile(r"[a-z0-9]+(?:-[a-z0-9]+)*")

_RULESET = """\
[ruleset]
version = "{month}.{name}"  # year-month, then a name of your own; raise it with every change
title = "Règles propres"  # what is different here; also the reason of what gives none of its own
since = "{day}"
extends = "{newest}"  # a shipped version, or another folder
rests_on = ["…"]  # the texts of law or decisions behind it

# A shipped rule that you do without; `mentions rules list` shows their ids.
# [[off]]
# id = "named"
# reason = "…"
"""

_SUBJECT = """\
[subject]
id = "{name}"
kind = "status"  # or "entitlement"
label = "{label}"  # what messages call it
full_name = "{label}"
why = "…"  # why it is added; reports carry it
source = ["…"]  # the paragraphs that speak of it
{forms}
examples = [{{ text = "{label} : sur rendez-vous", span = "{label}" }}]

# What the same letters mean elsewhere; {{s}} stands for the subject.
# [[exception]]
# id = "{name}-elsewhere"
# reason = "…"
# pattern = 'foyer {{s}}'
# examples = ["le foyer {label}"]
"""

_WORDS = """\
[[class]]
id = "{class_name}"  # a shipped id adds forms to that class (same polar, overlay and barrier)
meaning = "…"
why = "…"  # why it is added; reports carry it
# polar = true  # a negation turns these words round
overlay = true  # the words keep their other classes
forms = ["{words}"]  # small letters, no accents, a space for each apostrophe and hyphen
"""

_STATEMENT = """\
[[rule]]
id = "{name}"
version = 1
code = "S7"  # E1 to E4, S1 to S8, N1 to N3
about = "status"  # "entitlement" or "any"
authority = "inferred"  # "quoted" or "stated", where a decision says it
source = ["2018-269 §104"]
rank = 11  # the highest answers; `mentions rules list` shows the others
why = "…"  # why it is added; reports carry it
reason_fr = "Ce texte met à part des patients d'un statut particulier ({subjects})."
reason_en = "This text sets patients of a given status ({subjects}) apart."
patterns = ["STATUS ..3 bang"]  # a row of word classes, subjects, marks and gaps
examples = [{ text = "Patients CMU !" }]
silent = ["Bienvenue !"]  # near misses that name no subject
"""

_EXCEPTIONS = """\
# Letters of an inherited subject that mean something else; {s} stands for the subject.
[[look_alike]]
subject = "cmu"
id = "{name}"
reason = "…"
pattern = 'navire {s}'
examples = ["le navire CMU"]

# What an inherited rule must not answer.
# [[exception]]
# rule = "refusal"
# id = "{name}-paper"
# reason = "…"
# patterns = ["paper ..1 refuse"]
# examples = ["…"]
"""

_REWORDINGS = """\
[[rewording]]
kind = "tariff"  # documents, not_covered, tariff or remove
codes = ["S1", "S2", "S7", "S8"]
why = "…"  # why it replaces the inherited one; reports carry it
source = ["2018-269 §110"]
text = "Le professionnel applique les tarifs de la sécurité sociale et la dispense d'avance des frais si le patient respecte le parcours de soins et justifie de ses droits."
"""


class DraftError(ValueError):
    """No draft can be made for a path; the message says why and how to mend it."""


def draft(path: Path, today: date) -> str:
    """The draft of a rule file for ``path``, whose place tells what it holds and whose name gives the id.

    Raises:
        DraftError: if it is no place for a rule file, or its name cannot be an id.
    """
    kind = path.name.removesuffix(".toml") if path.name in FILES else path.parent.name
    if path.suffix != ".toml" or (path.name not in FILES and kind not in FOLDERS):
        places = ", ".join([*FILES, *(f"{name}/NAME.toml" for name in FOLDERS)])
        raise DraftError(f"{path}: no place for a rule file; write FOLDER/ and one of {places}")
    name = path.stem
    if not _NAME.fullmatch(name):
        raise DraftError(f"{path}: {name!r} cannot be an id; use small letters, digits and single hyphens")
    return f"schema = {SCHEMA}\n\n{_DRAFTS[kind](path.resolve(), name, today)}"


def _ruleset(path: Path, name: str, today: date) -> str:
    own = re.sub(r"[^a-z0-9]+", "-", path.parent.name.lower()).strip("-") or "own"
    return _RULESET.format(month=today.strftime("%Y-%m"), day=today.isoformat(), name=own, newest=NEWEST)


def _subject(path: Path, name: str, today: date) -> str:
    words = name.replace("-", " ")
    if re.fullmatch("[a-z0-9]{2,6}", name):
        label, forms = name.upper(), f'acronyms = ["{name}"]  # letters that stand for it\nnames = []'
    else:
        label, forms = words, f'names = ["{words}"]'
    forms += "  # long names: small letters, no accents\n"
    forms += f'anchors = ["{words}"]  # pieces of names, around which misspellings are looked for'
    return _SUBJECT.format(name=name, label=label, forms=forms)


def _words(path: Path, name: str, today: date) -> str:
    class_name = re.sub(r"[^a-z]+", "_", name).strip("_")
    if not class_name:
        raise DraftError(f"{path}: {name!r} cannot be a word class; use small letters")
    return _WORDS.format(class_name=class_name, words=name.replace("-", " "))


def _statement(path: Path, name: str, today: date) -> str:
    return _STATEMENT.replace("{name}", name)


def _exceptions(path: Path, name: str, today: date) -> str:
    return _EXCEPTIONS.replace("{name}", name)


def _rewordings(path: Path, name: str, today: date) -> str:
    return _REWORDINGS


_DRAFTS = {
    "ruleset": _ruleset,
    "subjects": _subject,
    "words": _words,
    "statements": _statement,
    "exceptions": _exceptions,
    "rewordings": _rewordings,
}
