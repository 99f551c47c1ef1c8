"""A whole profile, field by field, and a platform's own questionnaires.

Source of the fields: decision 2018-270 §23 (presentation, reasons for a visit, instructions sent by e-mail) and 2018-269
§34–§37 (the form that asked professionals about statuses).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from .model import Category, FieldName, Frozen, Report, RulesInfo
from .moderator import Moderator, shared


class ProfileReport(Frozen):
    """The answer for a profile: a report for each field, in the order given."""

    reports: dict[FieldName, Report]
    rules: RulesInfo

    @property
    def category(self) -> Category:
        """The gravest of its fields; neutral where there are none."""
        return max((report.category for report in self.reports.values()), default=Category.NEUTRAL)


def check_profile(profile: Mapping[FieldName, str | None], *, moderator: Moderator | None = None) -> ProfileReport:
    """Check the texts of a profile by field; ``None``, a field that nobody filled in, is read as an empty text.

    Args:
        profile: the texts by field. A field of several labels is one text with a label on each line.
        moderator: the one that checks; by default that of :func:`mentions.check`.

    Raises:
        ValueError: if a key is not one of :data:`mentions.FIELDS`.
        TypeError: if a value is neither a ``str`` nor ``None``; it names the field.
    """
    checking = moderator or shared()
    reports: dict[FieldName, Report] = {}
    for field, text in profile.items():
        if text is not None and not isinstance(text, str):
            raise TypeError(f"field {field!r}: check_profile takes a str or None, not {type(text).__name__}")
        reports[field] = checking.check(text or "", field=field)
    return ProfileReport(reports=reports, rules=checking.rules.info)


def check_form_questions(questions: Iterable[str], *, moderator: Moderator | None = None) -> tuple[Report, ...]:
    """Check the questions that a platform puts to professionals, each by itself; one that asks about a status is S6.

    Such questions, « Acceptez-vous les CMU ? », should go from the form: decision 2018-269 §34–§37.

    Raises:
        TypeError: if ``questions`` is one ``str``, or a question is not a ``str``.
    """
    if isinstance(questions, str):
        raise TypeError("check_form_questions takes several questions; put a single one into a list")
    checking = moderator or shared()
    return tuple(checking.check(question, field="form") for question in questions)
