"""Rewriting: mentions are reworded or go, French and HTML remain, the result is neutral and stays as it is."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable
from html.parser import HTMLParser

import pytest

from mentions import Category, Moderator, Report, load_rules
from mentions.corpus import Case

Rewrite = Callable[[Report], str]
WORDINGS = {r.kind: r.text for r in load_rules().rewordings.values() if r.text}
DOCUMENTS, NOT_COVERED, TARIFF = WORDINGS["documents"], WORDINGS["not_covered"], WORDINGS["tariff"]
VOID = frozenset(
    ["area", "base", "br", "col", "embed", "hr", "img", "input", "link", "meta", "param", "source", "track", "wbr"]
)
NO_TEXT_IN = frozenset(["table", "thead", "tbody", "tfoot", "tr", "ul", "ol", "dl", "select"])
CELLS = frozenset(["td", "th"])
"""A cell may be left empty: taken out, it would shift the others."""


# -- what a reader would stumble over ----------------------------------------------------------------------------------


class Page(HTMLParser):
    """HTML read as far as its faults go: ``unmatched`` and ``misplaced`` hold them, ``empty`` elements without content."""

    def __init__(self, text: str) -> None:
        super().__init__(convert_charrefs=True)
        self.unmatched: Counter[str] = Counter()
        self.misplaced: list[str] = []
        self.empty: Counter[str] = Counter()
        self._open: list[tuple[str, bool]] = []
        self.feed(text)
        self.close()
        self.unmatched.update(f"<{tag}>" for tag, _ in self._open)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self._fill()
        if tag not in VOID:
            self._open.append((tag, False))

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self._fill()

    def handle_endtag(self, tag: str) -> None:
        if tag in VOID:
            return
        if not self._open or self._open[-1][0] != tag:
            self.unmatched[f"</{tag}>"] += 1
            return
        name, filled = self._open.pop()
        if not filled and name not in CELLS:
            self.empty[name] += 1

    def handle_data(self, data: str) -> None:
        if data.strip():
            self._fill()
            if self._open and self._open[-1][0] in NO_TEXT_IN:
                self.misplaced.append(f"<{self._open[-1][0]}>{data.strip()[:30]}")

    def _fill(self) -> None:
        self._open = [(name, True) for name, _ in self._open]


ORPHANS = {
    "a line or element that begins with a mark": r"(?m)(?:^|>)[ \t]*(?:[,;:.!?)\]](?![.)])|»)",
    "two marks in a row": r"[,;:][ \t]*[,;:.!?]|(?<!\.)\.[ \t]*[,;:]|(?<![.!?])\.\.(?!\.)",
    "a blank before a full stop or comma": r"(?<=\w)[ \t]+[.,](?=\s|$)",
    "an empty bracket or quotation": r"\([\s.]*\)|\[[\s.]*\]|«[\s.]*»|“[\s.]*”",
    "a bullet alone": r"(?m)^[ \t]*(?:[-•*–—→✓✗✅❌]|o|\d+[.)])\.?[ \t]*$",
    "a word that leads to nothing": r"(?i)\b(?:mais|et|ou|sauf|hors|ni|donc|car)[ \t]*(?:[.!?<]|$)",
    "a mark that leads to nothing": r"(?m)[,;(–—/|+&«][ \t]*(?:$|</)",
    "a gap": r"\w  +\w",
    "a small letter after a wording": r"(?:droits|à jour|sécurité sociale)\. [a-zà-ÿ]",
    "markup around nothing": r"(?m)\*\*[\s.]*\*\*|__[\s.]*__|^[*_]+\.?$",
}
PAIRS = (("(", ")"), ("[", "]"), ("«", "»"), ("“", "”"))


def blemishes(before: str, after: str) -> list[str]:
    """What ``after`` has that a reader would stumble over and that ``before`` did not have."""
    found = [name for name, p in ORPHANS.items() if len(re.findall(p, after)) > len(re.findall(p, before))]
    for a, b in PAIRS:
        if before.count(a) == before.count(b) and after.count(a) != after.count(b):
            found.append(f"one of {a}{b} without the other")
    found += [f"said twice: {kind}" for kind, w in WORDINGS.items() if after.count(w) > max(1, before.count(w))]
    return found


def html_faults(before: str, after: str) -> list[str]:
    """What is wrong with the HTML of ``after`` and was not with that of ``before``."""
    old, new = Page(before), Page(after)
    found = [f"unmatched {tag}" for tag in new.unmatched - old.unmatched]
    found += [f"empty <{tag}>" for tag in new.empty - old.empty]
    return found + [f"text in {place}" for place in new.misplaced if len(new.misplaced) > len(old.misplaced)]


def test_the_reader_of_html_sees_faults() -> None:
    assert html_faults("", "<p>a<br>b<img src='c'></p><ul><li>d</li></ul><td></td>") == []
    assert html_faults("", "<p><b></b></p>") == ["empty <b>"]
    assert html_faults("", "<b>a</i></b>") == ["unmatched </i>"]
    assert html_faults("", "<p>a") == ["unmatched <p>"]
    assert html_faults("", "<tr>a<td>b</td></tr>") == ["text in <tr>a"]
    assert html_faults("<b></b>", "<b></b>") == []


# -- exact results -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        # a clause goes
        ("Tiers payant accepté, CMU refusée.", "Tiers payant accepté."),
        ("CMU refusée, tiers payant accepté.", "Tiers payant accepté."),
        ("Tiers payant accepté et CMU refusée.", "Tiers payant accepté."),
        ("Tiers payant accepté mais AME refusée, merci.", "Tiers payant accepté."),
        ("Tiers payant accepté (CMU refusée).", "Tiers payant accepté."),
        (
            "Tiers payant accepté ; CMU refusée ; carte Vitale acceptée.",
            "Tiers payant accepté ; carte Vitale acceptée.",
        ),
        ("Tiers payant accepté | CMU refusée | carte Vitale acceptée", "Tiers payant accepté | carte Vitale acceptée"),
        # a sentence goes
        ("CMU refusée", ""),
        ("Bonjour. CMU refusée. Ouvert le lundi.", "Bonjour. Ouvert le lundi."),
        ("Bonjour ! CMU refusée ! Merci !", "Bonjour ! Merci !"),
        ("Bonjour… CMU refusée… Merci…", "Bonjour… Merci…"),
        ("CMU refusée... Merci.", "Merci."),
        ("Wifi (code : 123). CMU refusée.", "Wifi (code : 123)."),
        ("Le cabinet est ouvert. (CMU refusée.)", "Le cabinet est ouvert."),
        ("Ouvert. “CMU refusée.” Merci.", "Ouvert. Merci."),
        ("Consultation 25 €. CMU : 10 € de supplément. Parking.", "Consultation 25 €. Parking."),
        ("Acceptez-vous les CMU ? Oui / Non", ""),
        # a line or an item goes
        ("Parking\nCMU refusée\nWifi", "Parking\nWifi"),
        ("Parking\r\nCMU refusée\r\nWifi", "Parking\r\nWifi"),
        ("Ouvert le lundi\n- CMU refusée\n- Parking", "Ouvert le lundi\n- Parking"),
        ("• CMU refusée\n• Wifi", "• Wifi"),
        ("  - CMU refusée\n  - Wifi", "  - Wifi"),
        ("❌ CMU\n✅ CB", "✅ CB"),
        ("CMU : non\nCB : oui", "CB : oui"),
        ("Refusés :\n- CMU\n- AME", ""),
        ("<ul><li>CMU refusée</li><li>Parking</li></ul>", "<ul><li>Parking</li></ul>"),
        ("<ul>\n<li>CMU refusée</li>\n<li>Parking</li>\n</ul>", "<ul>\n<li>Parking</li>\n</ul>"),
        ("<p>Bonjour.</p><p>CMU refusée.</p>", "<p>Bonjour.</p>"),
        ("<p>Tiers payant accepté, CMU refusée.</p>", "<p>Tiers payant accepté.</p>"),
        # a mention is reworded
        ("CMU acceptée", TARIFF),
        ("Ouvert. CMU acceptée. Merci.", f"Ouvert. {TARIFF} Merci."),
        ("Tiers payant accepté, CMU acceptée.", f"Tiers payant accepté. {TARIFF}"),
        ("Parking.\nCMU acceptée\nWifi.", f"Parking.\n{TARIFF}\nWifi."),
        ("Pas de tiers payant.", TARIFF),
        ("Apporter la lettre du médecin traitant pour les patients CMU.", DOCUMENTS),
        ("Les CMU doivent appeler avant de venir.", DOCUMENTS),
        ("Hypnose non remboursée, y compris pour les bénéficiaires de la CMU.", NOT_COVERED),
        ("<ul><li>CMU acceptée</li><li>Wifi</li></ul>", f"<ul><li>{TARIFF}</li><li>Wifi</li></ul>"),
        ("<p>Ouvert. <em>CMU acceptée.</em> Merci.</p>", f"<p>Ouvert. <em>{TARIFF}</em> Merci.</p>"),
        # both
        ("CMU acceptée, AME refusée.", TARIFF),
        ("CMU refusée, AME acceptée.", TARIFF),
        ("AME acceptée, CMU refusée, tiers payant pratiqué.", f"{TARIFF} Tiers payant pratiqué."),
        # said once is enough
        ("CMU acceptée. Ouvert le lundi. AME acceptée. Parking. ACS acceptée.", f"{TARIFF} Ouvert le lundi. Parking."),
        ("- Parking\n- CMU acceptée\n- AME acceptée\n- ACS acceptée\n- Wifi", f"- Parking\n- {TARIFF}\n- Wifi"),
        ("<p>CMU acceptée</p><p>AME acceptée</p><p>ACS acceptée</p>", f"<p>{TARIFF}</p>"),
        (f"{TARIFF} CMU acceptée.", TARIFF),
        (f"CMU acceptée. {TARIFF}", TARIFF),
        ("Apporter l'attestation AME. Les CMU doivent appeler avant de venir.", DOCUMENTS),
    ],
)
def test_a_text_is_rewritten(moderator: Moderator, rewritten: Rewrite, text: str, expected: str) -> None:
    assert rewritten(moderator.check(text)) == expected


@pytest.mark.parametrize(
    "text", ["", "Bonjour. ", "Tiers payant pratiqué ,\n- \n(lundi )", "« corps et âme »", DOCUMENTS]
)
def test_a_neutral_text_is_left_as_it_is(moderator: Moderator, text: str) -> None:
    assert moderator.check(text).rewrite() == text


def test_what_is_rewritten_by_the_report_and_by_hand_is_the_same(moderator: Moderator, rewritten: Rewrite) -> None:
    report = moderator.check("CMU acceptée, AME refusée. Ouvert le lundi.\n- Pas de tiers payant")
    assert report.rewrite() == rewritten(report) == f"{TARIFF} Ouvert le lundi.\n"


# -- no orphans --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "text",
    [
        "Ouvert. « CMU refusée. » Merci.",
        "Ouvert. « CMU acceptée. » Merci.",
        "Ouvert. « CMU refusée » Merci.",
        "Ouvert (CMU refusée). Merci.",
        "Ouvert. [CMU refusée] Merci.",
        "**CMU refusée**\nParking",
        "Bonjour.\n**CMU refusée**",
        "*CMU refusée*",
        "o CMU refusée\no Wifi",
        "→ CMU refusée\n→ Wifi",
        "1. Wifi\n2. CMU refusée",
        "✅ Parking\n❌ CMU refusée",
        "C2S ✅ / AME = NON",
        "CMU ✅ ; AME ❌",
        "Tiers payant accepté / CMU refusée",
        "Tiers payant accepté : CMU refusée.",
        "Tiers payant accepté - CMU refusée",
        "Tiers payant accepté (CMU refusée) le lundi.",
        "Tiers payant accepté (CMU acceptée).",
        "Tiers payant accepté, CMU refusée, AME refusée, ACS refusée.",
        "CMU refusée, AME refusée mais tiers payant accepté.",
        "Parking (gratuit), CMU refusée (désolé).",
        "AME acceptée, CMU refusée, tiers payant pratiqué.",
        "Nous acceptons toutes les cartes, sauf AME.",
    ],
)
def test_no_orphan_is_left(moderator: Moderator, rewritten: Rewrite, text: str) -> None:
    assert blemishes(text, rewritten(moderator.check(text))) == []


@pytest.mark.parametrize(
    "text",
    [
        "<p>Bonjour. <b>CMU refusée.</b> Merci.</p>",
        "<p>Tiers payant accepté, <em>CMU refusée</em>.</p>",
        "<p>Tiers payant accepté, <b>CMU</b> refusée.</p>",
        "<b>CMU</b> refusée. Merci.",
        "<b>Attention : CMU</b> refusée. Merci.",
        "<p>Pas de <b>CMU</b>, <i>AME</i> ni <u>ACS</u>. Parking.</p>",
        "<ul><li>CMU refusée</li></ul>",
        "<div class='x'><span>CMU refusée</span></div>",
        "<p><b>C</b><b>M</b><b>U</b> refus&eacute;e</p>",
        "<strong>CMU</strong> acceptée, <strong>AME</strong> acceptée. Parking.",
        "<p>Patients C2S : prise de RDV en ligne <u>désactivée</u></p>",
        "<table><tr><td>CMU</td><td>Non</td></tr><tr><td>CB</td><td>Oui</td></tr></table>",
        "<table><tr><td>CMU</td><td>acceptée</td></tr><tr><td>CB</td><td>Oui</td></tr></table>",
        "<table><tr><td>Consultation</td><td>25 €</td></tr><tr><td>Consultation CMU</td><td>20 €</td></tr></table>",
        "<a href='x'>CMU refusée</a> <br/> Parking",
        "<p class='a'>Pas de <span>CMU</span></p><p>Parking</p>",
        "<h4>Nous prenons</h4><ul><li>CB</li><li>ACS</li><li>Titres CESU</li></ul>",
        "<div><p>CMU refusée</p></div><p>Ouvert</p>",
    ],
)
def test_html_stays_well_formed_and_holds_nothing_empty(moderator: Moderator, rewritten: Rewrite, text: str) -> None:
    after = rewritten(moderator.check(text))
    assert after != text
    assert html_faults(text, after) == []
    assert blemishes(text, after) == []


@pytest.mark.parametrize("text", ["<Pas de CMU>", "Ouvert <CMU refusée> le lundi", "<CMU acceptée>", "<CMU>", "</CMU>"])
def test_angle_brackets_that_are_no_tag_come_to_an_end(moderator: Moderator, rewritten: Rewrite, text: str) -> None:
    after = rewritten(moderator.check(text))
    assert moderator.check(after).category is Category.NEUTRAL


# -- the whole corpus --------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def results(moderator: Moderator, cases: tuple[Case, ...], rewritten: Rewrite) -> dict[str, tuple[Report, str]]:
    """The report and the rewritten text of every case that is not neutral, by its id."""
    reports = {case.id: moderator.check(case.text) for case in cases}
    return {name: (r, rewritten(r)) for name, r in reports.items() if r.category is not Category.NEUTRAL}


def test_every_rewritten_text_is_neutral_and_stays_as_it_is(
    moderator: Moderator, results: dict[str, tuple[Report, str]]
) -> None:
    assert len(results) > 800
    again = {name: moderator.check(after) for name, (_, after) in results.items()}
    assert {name: r.text for name, r in again.items() if r.category is not Category.NEUTRAL} == {}
    assert {name: r.text for name, r in again.items() if r.rewrite() != r.text} == {}


def test_no_rewritten_text_makes_a_reader_stumble(results: dict[str, tuple[Report, str]]) -> None:
    found = {name: (faults, after) for name, (r, after) in results.items() if (faults := blemishes(r.text, after))}
    assert found == {}


def test_all_rewritten_html_is_well_formed(results: dict[str, tuple[Report, str]]) -> None:
    found = {name: (faults, after) for name, (r, after) in results.items() if (faults := html_faults(r.text, after))}
    assert found == {}


def test_refusals_go_and_nothing_is_put_in_their_place(results: dict[str, tuple[Report, str]]) -> None:
    kinds = {name: {m.rewording.kind for m in r.mentions if m.rewording} for name, (r, _) in results.items()}
    removed = {name: results[name] for name, found in kinds.items() if found == {"remove"}}
    assert len(removed) > 300
    added = {
        name: after
        for name, (r, after) in removed.items()
        if any(w in after and w not in r.text for w in WORDINGS.values())
    }
    assert added == {}
    # Whatever is left was there before, in that order; a clause may be given a capital or a full stop.
    strange = {name: after for name, (r, after) in removed.items() if not _left_of(r.text.casefold(), after.casefold())}
    assert strange == {}


def _left_of(text: str, after: str) -> bool:
    characters = iter(text + "." * len(after))
    return all(char in characters for char in after if char != ".")


def test_refusals_carry_an_offer_that_is_never_taken_up_unasked(results: dict[str, tuple[Report, str]]) -> None:
    refusals = [m for r, _ in results.values() for m in r.mentions if m.category is Category.EXPLICIT_REFUSAL]
    assert refusals
    assert {(m.rewording.kind, m.rewording.text, m.rewording.offer) for m in refusals if m.rewording} == {
        ("remove", "", TARIFF)
    }


def test_every_kind_of_mention_gets_its_own_wording(results: dict[str, tuple[Report, str]]) -> None:
    found = {
        (m.code, m.rewording.kind, m.rewording.text) for r, _ in results.values() for m in r.mentions if m.rewording
    }
    documents = {(code, "documents", DOCUMENTS) for code in ("S3", "S4")}
    tariff = {(code, "tariff", TARIFF) for code in ("S1", "S2", "S7", "S8")}
    removed = {(code, "remove", "") for code in ("E1", "E2", "E3", "E4", "S6")}
    assert found == documents | tariff | removed | {("S5", "not_covered", NOT_COVERED)}


def test_what_no_mention_takes_is_kept(results: dict[str, tuple[Report, str]]) -> None:
    # Words of lines that hold no mention at all.
    lost = {}
    for name, (report, after) in results.items():
        held = [(m.start, m.end) for m in report.mentions]
        for match in re.finditer(r"[^\n]+", report.text):
            start, end = match.span()
            if (
                "<" not in match.group()
                and not any(s < end and start < e for s, e in held)
                and match.group() not in after
            ):
                lost[name] = match.group()
    assert lost == {}
