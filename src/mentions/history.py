"""What the changelogs of the rules say of a rule, a subject or a word class.

A changelog is the ``CHANGES.md`` beside the versions or in a folder of one's own: a heading ``## VERSION``, and items that
name what they are about in backquotes: a rule with its version, as reports do (``refusal@2``), anything else by its id.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from .ruleset import Entry, RuleSet, is_own, rules_folder

_SECTION = re.compile(r"^## +(\S+)[^\n]*\n(.*?)(?=^## |\Z)", re.MULTILINE | re.DOTALL)
_ITEM = re.compile(r"^[-*] +(.*?)(?=^[-*] |^\s*$|\Z)", re.MULTILINE | re.DOTALL)


@dataclass(frozen=True, slots=True)
class Note:
    """One item of a changelog."""

    version: str
    text: str


def history(rules: RuleSet, entry: Entry) -> list[Note]:
    """The items that name ``entry`` in the changelogs of ``rules``, of the versions that it consists of."""
    name = re.compile("`" + re.escape(entry.id) + (r"@\d+" if entry.kind == "rule" else "") + "`")
    versions = {head.ruleset.version for head in rules.heads}
    logs = [rules_folder() / "CHANGES.md", *(f / "CHANGES.md" for f in rules.folders if is_own(f))]
    return [
        Note(section[1], " ".join(item[1].split()))
        for log in logs
        if log.is_file()
        for section in _SECTION.finditer(log.read_text(encoding="utf-8"))
        if section[1] in versions
        for item in _ITEM.finditer(section[2])
        if name.search(item[1])
    ]
