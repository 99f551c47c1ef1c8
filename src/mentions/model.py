"""What callers see: categories, mentions, steps and reports, as frozen pydantic models.

Every offset is a Python string index into the text as it was given, so that ``text[m.start:m.end] == m.text``.
This module imports nothing else of the package.
"""

from collections.abc import Callable
from enum import StrEnum
from html import escape
from typing import Literal, get_args

from pydantic import BaseModel, ConfigDict

Authority = Literal["quoted", "stated", "inferred"]
RewordingKind = Literal["documents", "not_covered", "tariff", "remove"]
SubjectKind = Literal["status", "entitlement"]
ChangeKind = Literal["subject", "rule", "word", "exception", "rewording", "off"]
StepKind = Literal["subject", "cue", "rule", "category"]
Written = Literal["as_written", "disguised", "misspelt"]
Language = Literal["fr", "en"]
FieldName = Literal["presentation", "practical_info", "visit_reason", "instructions", "form"]
"""Where on a platform a text stands: what a professional writes of himself or herself, opening hours and the like, the
name of an appointment type, what is sent to patients before a visit (2018-270 §23), and a question put to the
professional (2018-269 §34)."""

FIELDS: tuple[FieldName, ...] = get_args(FieldName)
"""All values of :data:`FieldName`."""


class Category(StrEnum):
    """How grave a mention is: ``NEUTRAL < APPARENTLY_NEUTRAL < EXPLICIT_REFUSAL``.

    Source: decision 2018-269, §76 (the two kinds of mention), §77 and §93.
    """

    NEUTRAL = "neutral"
    APPARENTLY_NEUTRAL = "apparently_neutral"
    EXPLICIT_REFUSAL = "explicit_refusal"

    @property
    def rank(self) -> int:
        """0 for neutral, 1 for apparently neutral, 2 for an explicit refusal."""
        return _RANKS[self.value]

    # All four are written out: a StrEnum inherits the alphabetical order of strings.
    def __lt__(self, other: str) -> bool:
        return self.rank < Category(other).rank

    def __le__(self, other: str) -> bool:
        return self.rank <= Category(other).rank

    def __gt__(self, other: str) -> bool:
        return self.rank > Category(other).rank

    def __ge__(self, other: str) -> bool:
        return self.rank >= Category(other).rank

    def label(self, lang: Language = "fr") -> str:
        """What people call it, in ``"fr"`` or ``"en"``."""
        return _LABELS[lang][self.value]

    @classmethod
    def of_code(cls, code: str) -> "Category":
        """The category of a code: ``E1`` is an explicit refusal, ``S3`` apparently neutral, ``N2`` neutral."""
        return _BY_LETTER[code[0]]


_RANKS = {"neutral": 0, "apparently_neutral": 1, "explicit_refusal": 2}
_LABELS: dict[Language, dict[str, str]] = {
    "fr": {"neutral": "neutre", "apparently_neutral": "apparemment neutre", "explicit_refusal": "refus explicite"},
    "en": {"neutral": "neutral", "apparently_neutral": "apparently neutral", "explicit_refusal": "explicit refusal"},
}
_BY_LETTER = {"N": Category.NEUTRAL, "S": Category.APPARENTLY_NEUTRAL, "E": Category.EXPLICIT_REFUSAL}


class Frozen(BaseModel):
    """It cannot be changed, and has no keys but its own."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class Subject(Frozen):
    """A status or an entitlement as it is named in the text; ``start`` and ``end`` are string indices."""

    id: str
    kind: SubjectKind
    start: int
    end: int
    text: str
    written: Written = "as_written"


class Step(Frozen):
    """One step of the way to an answer.

    ``kind`` is ``subject`` (``value``: its id, ``how``: as written, disguised or misspelt), ``cue`` (the words that
    decided; ``value``: their word class), ``rule`` (``value``: its id and version) or ``category`` (``value``: the
    category). ``start``, ``end`` and ``text`` give the place in the text for the first two, and are null for the others.
    """

    kind: StepKind
    value: str
    start: int | None = None
    end: int | None = None
    text: str | None = None
    how: Written | None = None


class Rewording(Frozen):
    """The neutral wording for a mention. ``text`` is empty where the mention simply goes (``remove``)."""

    kind: RewordingKind
    text: str
    offer: str | None = None
    """A neutral text that the practitioner may put in the place of a removed mention (269 §110); never put there unasked."""


class Mention(Frozen):
    """One statement about a subject: where it is, what it says, and what the decisions make of it."""

    start: int
    end: int
    text: str
    category: Category
    code: str
    authority: Authority
    subjects: tuple[Subject, ...]
    rule: str
    paragraphs: tuple[str, ...]
    rewording: Rewording | None
    steps: tuple[Step, ...]
    reasons: dict[Language, str]
    fingerprint: str
    """Knows the statement again in any spelling, and cannot be read: for :func:`mentions.reappeared`."""

    def reason(self, language: str = "fr") -> str:
        """What is wrong, why, and what to write instead, in ``"fr"`` or ``"en"``.

        Raises:
            ValueError: for any other language.
        """
        if language == "fr":
            return self.reasons["fr"]
        if language == "en":
            return self.reasons["en"]
        raise ValueError(f"no reason in {language!r}: languages are 'fr' and 'en'")


class RuleChange(Frozen):
    """What a folder of one's own adds to the rules that it extends, or switches off there, and why.

    ``id`` is that of the subject, rule, word class or exception; of a rewording, its kind.
    """

    kind: ChangeKind
    id: str
    reason: str


class RulesInfo(Frozen):
    """Which rules answered, for audit: the version and the SHA-256 of the rule files' content.

    ``changes`` is empty for the shipped rules, whose history is told in ``rules/CHANGES.md``.
    """

    version: str
    digest: str
    changes: tuple[RuleChange, ...] = ()


class Report(Frozen):
    """The answer for one text: its mentions in text order, never overlapping."""

    text: str
    category: Category
    mentions: tuple[Mention, ...]
    rules: RulesInfo
    field: FieldName | None = None
    """Where the text stands, as the caller said; ``None`` where nothing was said."""

    def rewrite(self) -> str:
        """The text with every non-neutral mention reworded or removed.

        The result, checked again by the same rules, is neutral, and rewriting it changes nothing. The rules are those
        that answered, found by their digest: also for a report that came back from JSON.

        Raises:
            mentions.RulesError: if those rules are neither in use in this process nor shipped.
        """
        if self.category is Category.NEUTRAL:
            return self.text
        if _rewriter is None:  # only where the package was taken apart
            raise RuntimeError("no rewriter is registered: import mentions before reading reports")
        return _rewriter(self)

    def to_html(self, lang: Language = "fr") -> str:
        """One self-contained, accessible page for the moderator, in ``"fr"`` or ``"en"``; see ``docs/moderators-page.md``.

        Raises:
            ImportError: without jinja2 (``pip install "mentions[html]"``).
            ValueError: for any other language.
            mentions.RulesError: if the rules that answered are neither in use in this process nor shipped.
        """
        if _pager is None:  # only where the package was taken apart
            raise RuntimeError("no page is registered: import mentions before reading reports")
        return _pager(self, lang)

    def _repr_html_(self) -> str | None:
        """What Jupyter shows: the page in a frame of its own, or plain text where jinja2 is not installed."""
        try:
            document = self.to_html()
        except ImportError:
            return None
        # The sandbox keeps the page from the notebook, and its styles from the other cells.
        return (
            f'<iframe title="mentions" sandbox="allow-scripts" srcdoc="{escape(document)}" '
            'style="width:100%;height:36em;border:0;resize:vertical"></iframe>'
        )


_rewriter: Callable[[Report], str] | None = None
_pager: Callable[[Report, Language], str] | None = None


def set_rewriter(rewriter: Callable[[Report], str]) -> None:
    """Name the function that rewrites reports; the moderator module calls this once."""
    global _rewriter
    _rewriter = rewriter


def set_pager(pager: Callable[[Report, Language], str]) -> None:
    """Name the function that makes a page of a report; the page module calls this once."""
    global _pager
    _pager = pager
