"""spaCy: the component ``mentions``, which writes what it finds on the ``Doc``.

``doc._.mentions`` holds the mentions, ``doc._.mentions_report`` the whole report, and ``doc.spans["mentions"]`` a span for
each mention: its label is the category, its ``id_`` the code. Where a token reaches over the edge of a mention the span
takes the whole token; the mention's own offsets stay exact. All of it is saved and loaded with the ``Doc``.
"""

# Annotations are not postponed: spaCy reads them to validate a pipeline's configuration.
from spacy.language import Language
from spacy.tokens import Doc, SpanGroup

from ..model import Mention, Report
from .guard import moderator_for

_KEY = "mentions"


class MentionsComponent:
    """A stage of a pipeline. It keeps nothing but its moderator, so a pipeline saves only its ``rules`` setting."""

    def __init__(self, rules: str | None = None) -> None:
        """``rules``: a version or a folder; the newest shipped rules by default.

        Raises:
            RulesError: if there are no such rules.
        """
        self._rules = rules
        self._moderator = moderator_for(rules)

    def __call__(self, doc: Doc) -> Doc:
        """Check ``doc.text`` and write what is found on the ``Doc``."""
        report = self._moderator.check(doc.text)
        doc.user_data[_KEY] = report.model_dump_json()
        spans = (
            doc.char_span(m.start, m.end, m.category.value, alignment_mode="expand", span_id=m.code)
            for m in report.mentions
        )
        doc.spans[_KEY] = SpanGroup(doc, name=_KEY, spans=[span for span in spans if span is not None])
        return doc

    def __reduce__(self) -> tuple[type["MentionsComponent"], tuple[str | None]]:
        return MentionsComponent, (self._rules,)


@Language.factory(
    "mentions", assigns=["doc._.mentions", "doc._.mentions_report", "doc.spans"], default_config={"rules": None}
)
def create(nlp: Language, name: str, rules: str | None) -> MentionsComponent:
    """``nlp.add_pipe("mentions", config={"rules": "2018-11"})``.

    Raises:
        RulesError: if there are no such rules.
    """
    return MentionsComponent(rules)


def _report(doc: Doc) -> Report | None:
    written = doc.user_data.get(_KEY)
    return None if written is None else Report.model_validate_json(written)


def _mentions(doc: Doc) -> tuple[Mention, ...]:
    report = _report(doc)
    return () if report is None else report.mentions


# Importing the module again, as a notebook does, replaces the extensions.
Doc.set_extension("mentions_report", getter=_report, force=True)
Doc.set_extension("mentions", getter=_mentions, force=True)
