"""Find, sort and reword the mentions of CMU, CMU-C, ACS, AME and CSS that turn patients away on booking profiles."""

from .loading import load_rules
from .model import Category, Mention, Report, Rewording, RuleChange, RulesInfo, Step, Subject
from .moderator import Comparison, Moderator, check
from .rulefile import RulesError
from .ruleset import RuleSet, versions

__version__ = "0.1.0"

__all__ = [
    "Category",
    "Comparison",
    "Mention",
    "Moderator",
    "Report",
    "Rewording",
    "RuleChange",
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
