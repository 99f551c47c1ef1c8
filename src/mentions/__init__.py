"""Find, sort and reword the mentions of CMU, CMU-C, ACS, AME and CSS that turn patients away on booking profiles."""

from . import page as _page  # noqa: F401  gives reports their pages
from .model import Category, Mention, Report, Rewording, RulesInfo, Step, Subject
from .moderator import Comparison, Moderator, check
from .rulefile import RulesError
from .ruleset import RuleSet, load_rules, versions

__version__ = "0.1.0"

__all__ = [
    "Category",
    "Comparison",
    "Mention",
    "Moderator",
    "Report",
    "Rewording",
    "RuleSet",
    "RulesError",
    "RulesInfo",
    "Step",
    "Subject",
    "__version__",
    "check",
    "load_rules",
    "versions",
]
