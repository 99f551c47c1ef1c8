"""The moderator's page: reports as one HTML document that needs nothing else, neither network nor server.

The document holds texts that their authors control. jinja2 escapes them all; characters that do not print are replaced by
signs that name them, so that a bidi override neither reorders the page nor goes unseen; and the document's own content
security policy lets no script and no style run but its own.
"""

from __future__ import annotations

import re
from base64 import b64encode
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cache
from hashlib import sha256
from importlib.resources import files
from itertools import groupby
from typing import TYPE_CHECKING

from .characters import prints
from .decisions import paragraph
from .loading import load_rules
from .model import Category, FieldName, Language, Mention, Report

if TYPE_CHECKING:
    from jinja2 import Environment
    from markupsafe import Markup


@dataclass(frozen=True, slots=True)
class _Words:
    """What the page says in one language."""

    title: str
    skip: str
    filters: str
    category: str
    subject: str
    field: str
    fields: dict[FieldName, str]
    name: str
    all: str
    reset: str
    count: str
    clear: str
    unnamed: str
    written: str
    rewritten: str
    empty: str
    see: str
    mentions: str
    mention: str
    instead: str
    remove: str
    offer: str
    sources: str
    paragraphs: str
    close: str
    copy: str
    copied: str
    selected: str
    inferred: str
    signs: str
    rules: str
    nothing: str


_WORDS: dict[Language, _Words] = {
    "fr": _Words(
        title="Mentions à examiner",
        skip="Aller aux textes",
        filters="Filtres",
        category="Catégorie",
        subject="Statut ou prestation",
        field="Rubrique",
        fields={
            "presentation": "présentation",
            "practical_info": "informations pratiques",
            "visit_reason": "motif de consultation",
            "instructions": "consignes",
            "form": "formulaire",
        },
        name="Nom contenant",
        all="Tout",
        reset="Tout afficher",
        count="{shown} textes affichés sur {total}",
        clear="rien à redire",
        unnamed="Texte",
        written="Texte tel qu'il est écrit",
        rewritten="Texte tel qu'il se lirait",
        empty="(vide)",
        see="Voir le texte",
        mentions="Mentions",
        mention="Mention",
        instead="À la place :",
        remove="À retirer.",
        offer="Suggestion :",
        sources="Décisions du Défenseur des droits",
        paragraphs="Paragraphes cités",
        close="Fermer",
        copy="Copier",
        copied="Copié.",
        selected="Copie impossible ici : le texte est sélectionné, faites Ctrl+C.",
        inferred="à vérifier par une personne : lecture déduite des décisions",
        signs="Les signes comme U+202E tiennent la place de caractères invisibles du texte.",
        rules="Règles",
        nothing="Aucun texte.",
    ),
    "en": _Words(
        title="Mentions to examine",
        skip="Skip to the texts",
        filters="Filters",
        category="Category",
        subject="Status or entitlement",
        field="Field",
        fields={
            "presentation": "presentation",
            "practical_info": "practical information",
            "visit_reason": "visit reason",
            "instructions": "instructions",
            "form": "form",
        },
        name="Name contains",
        all="All",
        reset="Show all",
        count="{shown} of {total} texts shown",
        clear="nothing to object to",
        unnamed="Text",
        written="The text as written",
        rewritten="The text as it would read",
        empty="(empty)",
        see="See the text",
        mentions="Mentions",
        mention="Mention",
        instead="Instead:",
        remove="To be removed.",
        offer="Suggestion:",
        sources="Decisions of the Défenseur des droits",
        paragraphs="Paragraphs cited",
        close="Close",
        copy="Copy",
        copied="Copied.",
        selected="Copying is not possible here: the text is selected, press Ctrl+C.",
        inferred="for a person to look at: a reading inferred from the decisions",
        signs="Signs such as U+202E stand for invisible characters of the text.",
        rules="Rules",
        nothing="No text.",
    ),
}
# What browsers draw as one picture; a profile's « ⚠️ » needs no sign for its variation selector.
_EMOJI = re.compile("([©®\u2190-\u2bff\U0001f000-\U0001faff]\ufe0f?\u200d?)")
_LINE_ENDS_AND_TABS = "\r\n\t"


@dataclass(frozen=True, slots=True)
class _Part:
    """A stretch of a text: a mention with its number, or what stands between two."""

    text: str
    mention: Mention | None = None
    number: int = 0


@dataclass(frozen=True, slots=True)
class _Entry:
    """One text of the page."""

    number: int
    name: str
    report: Report
    parts: tuple[_Part, ...]
    rewritten: str | None
    """``None`` where there is nothing to object to."""


def page(reports: Iterable[tuple[str, Report]], lang: Language = "fr") -> str:
    """One HTML document for many reports, each with the name to show for it (empty for none), in ``"fr"`` or ``"en"``.

    Line ends come out as the browser's own; every other character is shown or named, lone surrogates too, so that the
    document always has an encoding in UTF-8.

    Raises:
        ImportError: without jinja2 (``pip install "mentions[html]"``).
        ValueError: for any other language.
        mentions.RulesError: if the rules that answered are neither in use in this process nor shipped.
    """
    return "".join(stream(reports, lang))


def stream(reports: Iterable[tuple[str, Report]], lang: Language = "fr") -> Iterator[str]:
    """The document of :func:`page` piece by piece; reports are taken from the iterable as they are needed.

    Raises:
        ImportError, ValueError, mentions.RulesError: as :func:`page` does, the first two at once.
    """
    if lang not in _WORDS:
        raise ValueError(f"no page in {lang!r}: languages are 'fr' and 'en'")
    cited: dict[str, str | None] = {}
    rules: dict[str, str] = {}
    style, script = _resource("page.css"), _resource("page.js")
    pieces = (
        _environment()
        .get_template("page.html")
        .stream(
            lang=lang,
            words=_WORDS[lang],
            categories=sorted(Category, key=lambda c: c.rank, reverse=True),
            labels=_subject_labels(),
            entries=_entries(reports, cited, rules),
            cited=cited,  # both are filled while the entries go by; the template reads them after
            rules=rules,
            style=style,
            style_hash=_hash(style),
            script=script,
            script_hash=_hash(script),
        )
    )
    pieces.enable_buffering(100)
    return iter(pieces)


def _entries(
    reports: Iterable[tuple[str, Report]], cited: dict[str, str | None], rules: dict[str, str]
) -> Iterator[_Entry]:
    for number, (name, report) in enumerate(reports, start=1):
        rules[report.rules.digest] = report.rules.version
        cited.update((source, paragraph(source)) for m in report.mentions for source in m.paragraphs)
        rewritten = None if report.category is Category.NEUTRAL else report.rewrite()
        yield _Entry(number, name, report, tuple(_parts(report)), rewritten)


def _parts(report: Report) -> Iterator[_Part]:
    position = 0
    for number, mention in enumerate(report.mentions, start=1):
        if position < mention.start:
            yield _Part(report.text[position : mention.start])
        yield _Part(mention.text, mention, number)
        position = mention.end
    if position < len(report.text):
        yield _Part(report.text[position:])


def _visible(text: str) -> Markup:
    """``text`` for a document, a sign in place of each run of a character that does not print."""
    from markupsafe import Markup, escape

    pieces: list[str] = []
    for index, stretch in enumerate(_EMOJI.split(text)):
        if index % 2 or prints(stretch):
            pieces.append(escape(stretch))
            continue
        for char, run in groupby(stretch, key=lambda c: None if c in _LINE_ENDS_AND_TABS or prints(c) else c):
            written = "".join(run)
            pieces.append(escape(written) if char is None else _sign(char, len(written)))
    return Markup("").join(pieces)


def _sign(char: str, count: int) -> Markup:
    from markupsafe import Markup

    times = f"×{count}" if count > 1 else ""
    return Markup('<span class="sign" data-code="{}" data-count="{}">U+{:04X}{}</span>').format(
        ord(char), count, ord(char), times
    )


@cache
def _environment() -> Environment:
    try:
        from jinja2 import Environment, PackageLoader, StrictUndefined
    except ImportError as error:
        raise ImportError('the page needs jinja2: pip install "mentions[html]"') from error
    environment = Environment(
        loader=PackageLoader(__package__, "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters["visible"] = _visible
    environment.filters["anchor"] = lambda source: re.sub(r"\W+", "-", source)
    return environment


@cache
def _resource(name: str) -> str:
    return (files(__package__) / "templates" / name).read_text(encoding="utf-8")


def _hash(content: str) -> str:
    return f"sha256-{b64encode(sha256(content.encode()).digest()).decode()}"


@cache
def _subject_labels() -> dict[str, str]:
    """Labels by id, of the newest shipped rules; a subject of one's own rules goes by its id."""
    return {file.subject.id: file.subject.label for file in load_rules().subjects}
