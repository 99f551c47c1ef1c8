"""Find, sort and reword the mentions of CMU, CMU-C, ACS, AME and CSS that turn patients away on booking profiles."""

from importlib import import_module
from typing import TYPE_CHECKING, Any

from .loading import load_rules
from .model import (
    FIELDS,
    Category,
    FieldName,
    Language,
    Mention,
    Report,
    Rewording,
    RuleChange,
    RulesInfo,
    Step,
    Subject,
    set_pager,
)
from .moderator import Comparison, Moderator, check
from .rulefile import RulesError
from .ruleset import RuleSet, versions

if TYPE_CHECKING:
    from .decision import Action, Decision, HistoryError, Record, StatementOfReasons
    from .fingerprint import FingerprintError, reappeared
    from .policy import Policy, PolicyError, load_policy
    from .profile import ProfileReport, check_form_questions, check_profile

__version__ = "0.1.0"

__all__ = [
    "FIELDS",
    "Action",
    "Category",
    "Comparison",
    "Decision",
    "FieldName",
    "FingerprintError",
    "HistoryError",
    "Mention",
    "Moderator",
    "Policy",
    "PolicyError",
    "ProfileReport",
    "Record",
    "Report",
    "Rewording",
    "RuleChange",
    "RuleSet",
    "RulesError",
    "RulesInfo",
    "StatementOfReasons",
    "Step",
    "Subject",
    "__version__",
    "check",
    "check_form_questions",
    "check_profile",
    "load_policy",
    "load_rules",
    "reappeared",
    "versions",
]

_LATER = {
    "decision": ("Action", "Decision", "HistoryError", "Record", "StatementOfReasons"),
    "fingerprint": ("FingerprintError", "reappeared"),
    "policy": ("Policy", "PolicyError", "load_policy"),
    "profile": ("ProfileReport", "check_form_questions", "check_profile"),
}
"""What is imported when it is first asked for, by its module: a text that is only checked needs none of it."""


def __getattr__(name: str) -> Any:
    for module, names in _LATER.items():
        if name in names:
            globals()[name] = value = getattr(import_module(f".{module}", __name__), name)
            return value
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})


def _page_of(report: Report, lang: Language) -> str:
    from .page import page

    return page([("", report)], lang)


set_pager(_page_of)
