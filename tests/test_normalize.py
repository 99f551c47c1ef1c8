"""Folding: what a reader sees the same folds the same, and every folded span leads back to what was written."""

from __future__ import annotations

import unicodedata
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mentions.normalize import Folded, fold

SNIPPETS = [
    "CMU", "Pas de AME. ", "<b>", "</b>", "<br>", "<li>", "<td>", "</td>", "<!--", "-->", "<script>", "</script>", "<style", "<",
    ">", "&#77;", "&acirc;", "&nbsp", "&", "&#xD800;", "\u200b", "\u00ad", "\u0301", "\ud800", "\udfff", "\0", "œ", "½", "…", "«",
    "—", "\u00a0", "С", "Ｍ", "Ⓤ", "🇦", "𝐌", "ᴇ", "ß", "\r\n", "\u2028",
]  # fmt: skip
"""Pieces at which folding takes another way than for plain letters."""

any_text = st.text(st.characters(exclude_categories=[])) | st.lists(
    st.sampled_from(SNIPPETS) | st.text(max_size=4), max_size=30
).map("".join)


def folded(text: str) -> str:
    return fold(text).text


# -- what folds to what ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "text",
    [
        "CMU",
        "cMu",
        "C&#77;U",
        "C&#x4d;U",
        "C&#X4D;U",
        "C&#0077U",
        "C&zwnj;M&shy;U",
        "C<b>M</b>U",
        '<span class="x">C</span>M<EM>U</EM>',
        "C<wbr>M<wbr/>U",
        "C<!-- la suite -->MU",
        "C<!---->M<!-- <b> -->U",
        "C<script>var a = 'b';</script>MU",
        "C<STYLE type='text/css'>b {}</STYLE >MU",
        "СМU",  # Cyrillic Es and Em
        "сМЦ",
        "СΜU",  # Greek Mu
        "CMυ",
        "ＣＭＵ",
        "ｃｍｕ",
        "ⒸⓂⓊ",
        "ⓒⓜⓤ",
        "🅒🅜🅤",
        "🄲🄼🅄",
        "🅲🅼🆄",
        "🇨🇲🇺",
        "⒞⒨⒰",
        "𝐂𝐌𝐔",
        "𝓒𝓶𝓾",
        "ℂ𝕄𝕌",
        "𝚌𝚖𝚞",
        "ᴄᴍᴜ",
        "ⅭⅯU",
        "CMµ",
        "C\u200bM\u200dU\ufeff",
        "\u202eC\u2060M\u2063U",
        "C\u00adM\u00adU",
        "C\u0336M\u0336U\u0336",
        "C̈ḾÙ",
        "C\ufe0fMU\U000e0101",
        "C\u3164M\u115fU\uffa0",
        "C\0M\x01U\x7f",
        "C\ue000MU",
    ],
    ids=ascii,
)
def test_one_acronym_in_many_disguises(text: str) -> None:
    assert folded(text) == "cmu"


@pytest.mark.parametrize("text", ["АМЕ", "ΑΜΕ", "ᎪᎷᎬ", "ＡＭＥ", "ⒶⓂⒺ", "🅰🅼🅴", "🇦🇲🇪", "𝔸𝕄𝔼", "ᴀᴍᴇ", "Ꭺꓟ℮"], ids=ascii)
def test_another_acronym_in_look_alike_letters(text: str) -> None:
    assert folded(text) == "ame"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Été où ÇA", "ete ou ca"),
        ("&eacute;t&Eacute;", "ete"),
        ("œuvre, Œil, ex æquo", "oeuvre, oeil, ex aequo"),
        ("ﬁn", "fin"),
        ("½ journée", "½ journee"),  # not « 1/2 », which nobody wrote
        ("n° 4 № 5", "n° 4 № 5"),
        ("Ex™", "ex™"),
        ("x²", "x2"),
        ("①", "1"),
        ("« a » “b” „c‟ ‹d›", '" a " "b" "c" "d"'),
        ("l’âge, l‘a, lʼa, l´a", "l'age, l'a, l'a, l'a"),
        ("a–b—c‐d‑e−f﹣g－h", "a-b-c-d-e-f-g-h"),
        ("a\u00a0b\u202fc\u2009d\u3000e&nbsp;f\u2800g", "a b c d e f g"),
        ("oui…", "oui..."),
        ("a\tb", "a b"),
        ("a\nb\vc\fd\u2028e\u2029f\x85g", "a\nb\nc\nd\ne\nf\ng"),
        ("•‣▪●", "••••"),
        ("→⇒➜", "→→→"),
        ("✅ ❌ € 😀", "✅ ❌ € 😀"),
        ("日本", "日本"),
        ("привет", "npibet"),  # as it looks, not as it sounds
    ],
)
def test_letters_signs_and_blanks(text: str, expected: str) -> None:
    assert folded(text) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("a<br>b", "a\nb"),
        ("a<BR />b", "a\nb"),
        ("<p>a</p><p>b</p>", "\na\n\nb\n"),
        ("<ul><li>a</li></ul>", "\n\n• a\n\n"),
        ("<td>a</td><td>b</td>", " a |  b | "),
        ("a<b>c</b>d", "acd"),
        ("a<inconnue>b", "a<inconnue>b"),
        ("<Refusés : СМU>", "<refuses : cmu>"),  # angle brackets that are no tag
        ("1 < 2 > 0", "1 < 2 > 0"),
        ("a<b", "a<b"),
        ("a&inconnue;b & c", "a&inconnue;b & c"),
        ("&lt;refus&gt; &amp;inconnue;", "<refus> &inconnue;"),
        ("a&lt;b&gt;c&lt;/b&gt;d&amp;nbsp;e &amp;eacute;", "acd e e"),  # escaped twice
        ("a[b]c[/b]d [i]e[/i] [c] [u]", "acd e [c] [u]"),  # as forums write bold
        ("a[b](#)c [d](https://e.fr/f) [g](h) [i]", "abc d [g](h) "),  # links of markdown
    ],
)
def test_tags_and_entities(text: str, expected: str) -> None:
    assert folded(text) == expected


@pytest.mark.parametrize(
    ("opening", "inside"), [("<!--", " pas de CMU"), ("<script>", "CMU refusée"), ("<style>", "CMU")]
)
def test_what_opens_and_never_closes_hides_nothing(opening: str, inside: str) -> None:
    assert fold(f"a{opening}{inside}").text.endswith(fold(inside).text)


def test_a_lone_surrogate_parts_letters_and_does_no_harm() -> None:
    assert folded("C\ud800MU \udfff") == "c\ufffdmu \ufffd"
    assert folded("&#xD800;&#0;") == "\ufffd\ufffd"


# -- accents -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "accented"),
    [
        ("âme", True),
        ("ÂME", True),
        ("&acirc;me", True),
        ("&Acirc;ME", True),
        ("&#226;me", True),
        ("a\u0302me", True),
        ("<b>â</b>me", True),
        ("amé", True),
        ("ame", False),
        ("AME", False),
        ("A&#77;E", False),
        ("A\u0336M\u0336E\u0336", False),  # struck through
        ("АМЕ", False),
        ("АМЁ", False),  # Cyrillic
        ("ǟʍɛ", False),
        ("ＡＭＥ", False),
    ],
    ids=ascii,
)
def test_accents_of_french_stay_readable(text: str, accented: bool) -> None:
    found = fold(text)
    assert found.text == "ame"
    assert found.accented(0, 3) is accented


def test_an_accent_is_that_of_its_own_span() -> None:
    found = fold("l'âme et l'AME, né")
    first, second = found.text.index("ame"), found.text.rindex("ame")
    assert found.accented(first, first + 3)
    assert not found.accented(second, second + 3)


# -- the way back ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "sought", "written"),
    [
        ("Pas de CMU.", "cmu", "CMU"),
        ("Pas de C&#77;U.", "cmu", "C&#77;U"),
        ("Pas de C<b>M</b>U.", "cmu", "C<b>M</b>U"),
        ("Pas de <b>CMU</b>.", "cmu", "CMU"),
        ("Pas de C<!-- x -->MU.", "cmu", "C<!-- x -->MU"),
        ("Pas de \u200bC\u200bM\u200bU\u200b.", "cmu", "C\u200bM\u200bU"),
        ("Pas de 𝐂𝐌𝐔.", "cmu", "𝐂𝐌𝐔"),
        ("Le cœur va", "coeur", "cœur"),
        ("Le cœur va", "oe", "œ"),
        ("Le cœur va", "o", "œ"),
        ("oui… CMU", "...", "…"),
        ("<li>CMU", "• ", "<li>"),
        ("d&eacute;j&agrave; vu", "deja", "d&eacute;j&agrave;"),
        ("a&nbsp;b", " ", "&nbsp;"),
        ("« âme »", "ame", "âme"),
        ("\ud800CMU\udfff", "cmu", "CMU"),
    ],
    ids=ascii,
)
def test_a_folded_span_is_a_span_of_the_original(text: str, sought: str, written: str) -> None:
    found = fold(text)
    at = found.text.index(sought)
    start, end = found.span(at, at + len(sought))
    assert text[start:end] == written


def test_what_was_written_is_decoded_and_composed() -> None:
    found = fold("a\u0302m&eacute;")
    assert found.written(0, 3) == "âmé"


def map_faults(found: Folded) -> list[str]:
    """What is wrong with the way back of ``found``."""
    starts, ends, size = found.starts, found.ends, len(found.original)
    faults = []
    if not len(found.text) == len(starts) == len(ends):
        faults.append("lengths differ")
    if not all(0 <= start < end <= size for start, end in zip(starts, ends, strict=False)):
        faults.append("a span is empty or out of range")
    if not all(a <= b for places in (starts, ends) for a, b in pairwise(places)):
        faults.append("places go back")
    # Characters of one origin share it; those of two do not overlap.
    spans = list(zip(starts, ends, strict=False))
    if not all(a == b or a[1] <= b[0] for a, b in pairwise(spans)):
        faults.append("origins overlap")
    return faults


@settings(derandomize=True, deadline=None, max_examples=500)
@given(any_text)
def test_the_way_back_holds_for_any_text(text: str) -> None:
    found = fold(text)
    assert found.original == text
    assert map_faults(found) == []


@settings(derandomize=True, deadline=None, max_examples=300)
@given(any_text.filter(lambda text: "&" not in text and "<" not in text))
def test_text_without_markup_is_folded_as_before_a_tag(text: str) -> None:
    alone, marked_up = fold(text), fold(text + "<b>")  # with a tag, it is folded piece by piece
    assert alone.text == marked_up.text
    assert list(alone.starts) == list(marked_up.starts)
    assert list(alone.ends) == list(marked_up.ends)


@settings(derandomize=True, deadline=None, max_examples=300)
@given(any_text)
def test_folded_text_is_in_one_case_and_shows_no_control_character(text: str) -> None:
    found = folded(text)
    assert not [c for c in found if unicodedata.category(c) in ("Cc", "Cf", "Cs", "Mn") and c != "\n"]
    assert not [c for c in found if c.isascii() and c.isupper()]


@settings(derandomize=True, deadline=None, max_examples=200)
@given(st.text(st.characters(codec="ascii", categories=["L", "N", "P", "Z"], exclude_characters="<>&")))
def test_plain_text_is_only_put_in_small_letters(text: str) -> None:
    found = fold(text)
    assert found.text == text.lower()
    assert list(found.starts) == list(range(len(text)))
    assert list(found.ends) == list(range(1, len(text) + 1))
