"""The moderator's page as a document; what a browser makes of it is tested in ``test_page_in_browser``."""

from __future__ import annotations

import re
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from html.parser import HTMLParser
from itertools import islice
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import mentions
from mentions import Report, load_rules, versions
from mentions.characters import prints
from mentions.decisions import paragraph
from mentions.page import page, stream

REFUSAL = "Les CMU ne sont pas acceptés au cabinet."


class Elements(HTMLParser):
    """The elements of a document, and its visible text."""

    VOID = frozenset(["meta", "input"])

    def __init__(self, document: str) -> None:
        super().__init__()
        self.opened: list[tuple[str, dict[str, str | None]]] = []
        self.open: list[str] = []
        self.shown = ""
        self.feed(document)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.opened.append((tag, dict(attrs)))
        if tag not in self.VOID:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.shown += data

    def of(self, tag: str) -> list[dict[str, str | None]]:
        return [attributes for opened, attributes in self.opened if opened == tag]


def elements(document: str) -> Elements:
    found = Elements(document)
    assert found.open == []
    return found


def test_a_page_shows_text_reason_paragraphs_and_rewriting() -> None:
    report = mentions.check(f"Bonjour. {REFUSAL} CMU acceptée le mardi.")
    found = elements(report.to_html())
    assert [m["class"] for m in found.of("mark")] == ["explicit_refusal", "apparently_neutral"]
    for mention in report.mentions:
        assert mention.reason("fr") in found.shown
        assert all(source in found.shown and str(paragraph(source)) in found.shown for source in mention.paragraphs)
    assert report.rewrite() in found.shown
    assert report.rules.digest in found.shown


def test_a_page_needs_nothing_else() -> None:
    found = elements(mentions.check(REFUSAL).to_html())
    assert not {"link", "img", "iframe", "base"} & {tag for tag, _ in found.opened}
    assert not [a for _, a in found.opened if "src" in a or "style" in a or any(name.startswith("on") for name in a)]
    assert all(a["href"].startswith("#") for a in found.of("a") if a["href"])


def test_every_id_is_there_once_and_every_link_leads_to_one() -> None:
    reports = [("A", mentions.check(f"{REFUSAL} CMU acceptée.")), ("B", mentions.check("Tiers payant pratiqué."))]
    found = elements(page(reports))
    ids = [attributes["id"] for _, attributes in found.opened if "id" in attributes]
    assert len(ids) == len(set(ids))
    named = [a[key] for _, a in found.opened for key in ("popovertarget", "data-copy", "aria-labelledby") if key in a]
    assert {*named, *(str(a["href"])[1:] for a in found.of("a"))} <= set(ids)


def test_a_page_is_in_french_or_english() -> None:
    report = mentions.check(REFUSAL)
    french, english = elements(report.to_html()), elements(report.to_html("en"))
    assert (french.of("html"), english.of("html")) == ([{"lang": "fr"}], [{"lang": "en"}])
    assert report.mentions[0].reason("en") in english.shown
    with pytest.raises(ValueError, match="'de'"):
        report.to_html("de")  # type: ignore[arg-type]


def test_a_text_without_objection_is_said_to_be_so() -> None:
    found = elements(mentions.check("Tiers payant pratiqué.").to_html())
    assert "rien à redire" in found.shown
    assert len(found.of("details")) == 1
    assert "mark" in dict(found.opened)


def test_a_page_of_nothing_says_so() -> None:
    assert "Aucun texte." in elements(page([])).shown


def test_reports_are_taken_as_they_are_needed() -> None:
    taken = 0

    def endless() -> Iterator[tuple[str, Report]]:
        nonlocal taken
        while True:
            taken += 1
            yield f"Dr {taken}", mentions.check(REFUSAL)

    pieces = "".join(islice(stream(endless()), 20))
    assert "Dr 2" in pieces
    assert taken < 100


HOSTILE = [
    "<script>document.title = 'taken'</script>",
    "</script></style></textarea></title><!--",
    "\" onmouseover=\"x\" ' onfocus='x'",
    "{{ 7 * 7 }} {% raw %} ${7 * 7}",
    "&lt;b&gt; &amp; &#x202e;",
    "\u202eetxet\u202c \u2066x\u2069 \u200b\u200b\u200b \x00\x1b[31m \u2028 \x85 \ud800",
]


@pytest.mark.parametrize("text", HOSTILE)
def test_a_hostile_profile_is_only_text(text: str) -> None:
    def kinds(name: str, profile: str) -> Counter[tuple[str, frozenset[str]]]:
        document = page([(name, mentions.check(f"{profile} {REFUSAL}"))])
        document.encode("utf-8")
        opened = elements(document).opened
        return Counter((tag, frozenset(attributes)) for tag, attributes in opened if attributes.get("class") != "sign")

    assert kinds(text, f"Bonjour. {text}.") == kinds("Dr Martin", "Bonjour.")


@settings(max_examples=100, deadline=None)
@given(st.text(max_size=60), st.text(max_size=20))
def test_every_character_is_shown_or_named(text: str, name: str) -> None:
    document = page([(name, mentions.check(f"{text} {REFUSAL}"))])
    document.encode("utf-8")
    shown = elements(document).shown
    emoji_joiners = {"\ufe0f", "\u200d"}
    assert not [c for c in shown if not prints(c) and c not in emoji_joiners and c not in "\r\n\t"]
    for char in text:
        assert char in shown or f"U+{ord(char):04X}" in shown


def test_a_run_of_one_invisible_character_is_one_sign() -> None:
    found = elements(mentions.check("\u200b" * 100_000 + REFUSAL).to_html())
    assert "U+200B×100000" in found.shown
    assert len(found.of("span")) < 100


def test_an_emoji_keeps_its_joiners_but_no_heap_of_them() -> None:
    shown = elements(mentions.check("⚠️ 👨‍⚕️ ⚠" + "\ufe0f" * 5 + " C\u200dMU acceptée").to_html()).shown
    assert "⚠️ 👨‍⚕️ " in shown
    assert "U+200D" in shown
    assert "U+FE0F×4" in shown


def test_jupyter_shows_the_page_in_a_frame_of_its_own() -> None:
    report = mentions.check(f'"</iframe>" {REFUSAL}')
    shown = report._repr_html_()
    assert shown is not None
    ((tag, attributes),) = Elements(shown).opened
    assert (tag, attributes["sandbox"], attributes["srcdoc"]) == ("iframe", "allow-scripts", report.to_html())


def test_without_jinja2_reports_stay_reports_and_pages_say_what_is_missing() -> None:
    code = (
        "import sys; sys.modules['jinja2'] = None\n"
        "import mentions; report = mentions.check('Bonjour')  # with a mention it would need spaCy, which needs jinja2 too\n"
        "assert report._repr_html_() is None\n"
        "report.to_html()"
    )
    ran = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert ran.returncode == 1
    assert ran.stderr.rstrip().endswith('ImportError: the page needs jinja2: pip install "mentions[html]"')


def test_importing_the_library_imports_nothing_optional() -> None:
    code = "import mentions, sys; print({'jinja2', 'markupsafe', 'django', 'sqlalchemy', 'spacy'} & {*sys.modules})"
    ran = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert ran.stdout == "set()\n"


# -- the decisions that are quoted -----------------------------------------------------------------------------------------


@pytest.mark.parametrize("version", versions())
def test_every_paragraph_that_a_rule_rests_on_can_be_quoted(version: str) -> None:
    cited = {source for rule in load_rules(version).rules for source in rule.source}
    assert [source for source in sorted(cited) if paragraph(source) is None] == []


def test_paragraphs_are_those_of_the_decisions() -> None:
    quoted: Any = paragraph("2018-269 §77")
    assert "« Les AME ne sont pas acceptés. »" in quoted
    assert paragraph("2018-269 §104") == (
        "Mais, en aucun cas, il ne peut faire expressément référence à un statut particulier de la CMU-C ou de l’ACS pour "
        "justifier son exigence particulière."
    )
    assert re.search("doivent respecter le parcours des soins", str(paragraph("2018-270 §37")))


@pytest.mark.parametrize("source", ["2018-269 §138", "2018-271 §1", "2018-269", ""])
def test_what_is_no_paragraph_has_no_text(source: str) -> None:
    assert paragraph(source) is None
