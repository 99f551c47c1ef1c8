"""Rules ready for use: read, and every word form and pattern of one's own looked at before a text comes.

:mod:`mentions.ruleset` reads the files and knows nothing of patterns; the shipped files are held by the tests.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from .rulefile import AddedException, Rule, RulesError, WordClass
from .ruleset import RuleSet, is_own, read_rules

if TYPE_CHECKING:
    from .lexicon import Lexicon
    from .reading import Reader


def load_rules(source: str | Path | None = None) -> RuleSet:
    """Rules by version (``"2018-11"``), from a folder of one's own (a path), or the newest (``None``).

    A folder holds a ``ruleset.toml`` and may ``extends`` a shipped version or another folder.

    Raises:
        RulesError: if the version or a file does not exist or is malformed, or a pattern names what is not there; each
            fault is listed with its mend.
    """
    rules = read_rules(source)
    if any(map(is_own, rules.folders)):  # else its files are not read before the first subject is named
        problems = list(_faults(rules))
        if problems:
            raise RulesError(problems)
    return rules


def _faults(rules: RuleSet) -> Iterator[str]:
    """The faults of the word forms and patterns in the folders that are not shipped, each with its file."""
    from .lexicon import Lexicon

    # To know what patterns may name, the reader needs the names and flags of the classes: one form of each will do.
    lexicon = Lexicon(word.model_copy(update={"forms": ("x",)}) for word in rules.words)
    by_id = {entry.id: entry.table for entry in rules.entries if isinstance(entry.table, Rule)}
    for entry in (entry for entry in rules.entries if is_own(entry.folder)):
        table = entry.table
        try:
            if isinstance(table, WordClass):
                Lexicon([table])
            elif isinstance(table, AddedException):
                reader_of(rules, lexicon, [by_id[table.rule].model_copy(update={"exceptions": (table,)})])
            elif isinstance(table, Rule):
                reader_of(rules, lexicon, [table])
        except RulesError as error:
            yield from (f"{entry.path}: {problem}" for problem in error.problems)


def reader_of(rules: RuleSet, lexicon: Lexicon, statements: Iterable[Rule]) -> Reader:
    """What reads ``statements``, which need not be those of ``rules``, over the words and subjects of ``rules``.

    Raises:
        RulesError: if a pattern is malformed or names what is not there.
    """
    from .reading import Reader

    return Reader(statements, lexicon, [word.id for word in rules.words], [f.subject.id for f in rules.subjects])
