"""Find, sort and reword the mentions of CMU, CMU-C, ACS, AME and CSS that turn patients away on booking profiles."""

from . import page as _page  # noqa: F401  gives reports their pages
from .decision import Action, Decision, HistoryError, Record, StatementOfReasons
from .fingerprint import FingerprintError, reappeared
from .loading import load_rules
from .model import FIELDS, Category, FieldName, Mention, Report, Rewording, RuleChange, RulesInfo, Step, Subject
from .moderator import Comparison, Moderator, check
from .policy import Policy, PolicyError, load_policy
from .profile import ProfileReport, check_form_questions, check_profile
from .rulefile import RulesError
from .ruleset import RuleSet, versions

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
