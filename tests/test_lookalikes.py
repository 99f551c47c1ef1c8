"""The table of look-alikes: what it is made from, and that each of its characters is read as a reader sees it."""

from __future__ import annotations

import importlib.util
import tomllib
from pathlib import Path

import pytest

from mentions import Category, Moderator
from mentions.lookalikes import LOOKALIKES
from mentions.normalize import fold

FOLDER = Path(__file__).parent.parent / "docs" / "lookalikes"
_spec = importlib.util.spec_from_file_location("generate_lookalikes", FOLDER / "generate.py")
assert _spec is not None and _spec.loader is not None
generator = importlib.util.module_from_spec(_spec)
_spec.loader.exec_module(generator)

DATA = generator.EXCERPT.read_text(encoding="utf-8")
ADDITIONS = generator.ADDITIONS.read_text(encoding="utf-8")
BY_HAND = {
    char: letter
    for group in tomllib.loads(ADDITIONS)["group"]
    for letter, chars in group["letters"].items()
    for char in chars
}
HEAD = "# Date: 2026-08-06, 01:05:35 GMT\n# Version: 18.0.0\n"


def line(char: str, *looks: str) -> str:
    codes = " ".join(f"{ord(look):04X}" for look in "".join(looks))
    return f"{ord(char):04X} ;\t{codes} ;\tMA\t# ( {char} → {''.join(looks)} )\n"


# -- how the table is made ---------------------------------------------------------------------------------------------


def test_the_table_is_the_one_that_the_script_makes() -> None:
    stored = generator.TABLE.read_text(encoding="utf-8")
    assert stored == generator.table(DATA, ADDITIONS), "run python docs/lookalikes/generate.py"


def test_the_excerpt_is_cut_to_what_the_table_is_made_from() -> None:
    assert generator.excerpt(DATA) == DATA
    assert "# Version: 18.0.0\n" in DATA and "© 2026 Unicode" in DATA
    assert sum(not entry.startswith("#") for entry in DATA.splitlines()) > 900


def test_whole_data_is_cut_to_what_is_read_as_a_letter() -> None:
    kept = line("С", "C") + line("м", "rn") + line("ø", "o", "\u0338") + line("ꓸ", ".")
    left = line("I", "l") + line("Ｍ", "M") + line("×", "x") + line("│", "l") + line("ا", "l") + line("æ", "ae")
    head = "# confusables.txt\n" + HEAD
    assert generator.excerpt("\ufeff" + head + left + kept) == HEAD + f"{generator._NOTE}\n" + kept


def test_additions_come_on_top_of_the_data() -> None:
    additions = '[[group]]\nreason = "Why."\n[group.letters]\ni = "І"\na = "₳"\n'
    made = generator.table(HEAD + line("І", "l") + line("С", "C"), additions)
    assert '    "a": "₳",\n    "c": "С",\n    "i": "І",\n}' in made
    assert "version 18.0.0 of 2026-08-06" in made


@pytest.mark.parametrize(
    ("head", "additions", "named"),
    [
        ("# Version: 18.0.0\n", '[[group]]\nreason = "Why."\n[group.letters]\na = "₳"\n', "Date"),
        (HEAD, '[[group]]\nreason = "Why."\n[group.letters]\na = "₳"\nb = "₳"\n', "₳"),
        (HEAD, '[[group]]\nreason = "Why."\n[group.letters]\na = "4"\n', "4"),
        (HEAD, '[[group]]\n[group.letters]\na = "₳"\n', "reason"),
    ],
)
def test_what_cannot_be_made_is_said(head: str, additions: str, named: str) -> None:
    with pytest.raises(ValueError, match=named):
        generator.table(head, additions)


# -- how the characters are read ---------------------------------------------------------------------------------------


def test_each_character_is_read_as_what_it_looks_like() -> None:
    letters = {char: letter for letter, chars in LOOKALIKES.items() for char in chars}
    assert {char: letter for char, letter in letters.items() if fold(f"a{char}b").text != f"a{letter}b"} == {}
    assert sum(map(len, LOOKALIKES.values())) == len(letters) > 1200  # each stands under one letter


def test_each_addition_is_read_as_it_says() -> None:
    assert {char: letter for char, letter in BY_HAND.items() if fold(char).text != letter} == {}
    assert len(BY_HAND) > 250


STYLES = {
    "Cyrillic": ["СМU", "АМЕ", "АСЅ"],
    "small Cyrillic": ["аме", "асѕ"],
    "faux Cyrillic": ["СМЦ", "ДМЁ"],
    "Greek": ["ϹΜυ", "ΑΜΕ", "ΛMΞ", "ΑϹЅ"],
    "Armenian": ["ϲмս", "αмє"],
    "Cherokee": ["ᏟᎷᑌ", "ᎪᎷᎬ", "ᎪᏟᏚ"],
    "Coptic": ["ⲤⲘU", "АⲘⲈ"],
    "Lisu": ["ꓚꓟꓴ", "ꓮꓟꓰ", "ꓮꓚꓢ"],
    "Canadian": ["ᑕᗰᑌ", "ᗩᗰᗴ", "ᗩᑕᔕ"],
    "Yi": ["ꉓꂵꀎ", "ꍏꂵꍟ", "ꍏꉓꌗ"],
    "Chinese": ["匚爪ㄩ", "卂爪乇", "卂匚丂"],
    "Thai": ["ς๓ย", "ค๓є", "คςร"],
    "currencies": ["¢₥U", "₳₥Ɇ", "₳₵₴"],
    "small capitals": ["ᴄᴍᴜ", "ᴀᴍᴇ", "ᴀᴄꜱ"],
    "phonetic": ["ƈʍʊ", "ǟʍɛ", "ǟƈֆ", "ƇⱮƲ"],
    "full width": ["ＣＭＵ", "ａｍｅ", "ＡＣＳ"],
    "circled": ["ⒸⓂⓊ", "ⓐⓜⓔ", "ⒶⒸⓈ"],
    "parenthesized": ["⒞⒨⒰", "🄐🄜🄔", "⒜⒞⒮"],
    "squared": ["🄲🄼🅄", "🄰🄼🄴", "🄰🄲🅂"],
    "white on black": ["🅲🅼🆄", "🅐🅜🅔", "🅰️🅲🆂"],
    "flags": ["🇨🇲🇺", "🇦\u200b🇲\u200b🇪", "🇦🇨🇸"],
    "superscript": ["ᶜᵐᵘ", "ᴬᴹᴱ", "ᵃᶜˢ"],
    "mathematical": ["𝐂𝐌𝐔", "𝒜ℳℰ", "𝕬𝕮𝕾", "𝙰𝙼𝙴"],
    "outlined": ["\U0001ccd8\U0001cce2\U0001ccea", "\U0001ccd6\U0001cce2\U0001ccda"],
}


@pytest.mark.parametrize("style", STYLES)
def test_a_refusal_is_read_in_every_style(moderator: Moderator, style: str) -> None:
    texts = [f"Pas de {word} au cabinet." for word in STYLES[style]]
    reports = [moderator.check(text) for text in texts]
    assert [report.category for report in reports] == [Category.EXPLICIT_REFUSAL] * len(texts)
    assert [[subject.text for m in report.mentions for subject in m.subjects] for report in reports] == [
        [word] for word in STYLES[style]
    ]


@pytest.mark.parametrize(
    "text",
    [
        "45 µg de vitamine D, soit 1 800 UI, et 37,5 ℃ (± 0,2 °).",
        "½ journée, ¾ d'heure, n° 12, № 13, nº 5, 1ª, 1ᵉʳ étage, Mᵐᵉ Dupont et le Dʳ Martin",
        "L'œil, le cœur, la sœur, l'œuvre, l'âme, ÂME, Æsculape, Lætitia, le maître-mot où le maïs aigu",
        "2 × 3 séances, 10×15 cm, Ø 10 mm, m², m³, σ = 3,2, μ = 5, ∑ des soins, ∂x, A ∪ B, ∀ x ∈ E",
        "Tarifs : 5 ¢, 50 €, 30 £, 100 ¥, 20 ₣",
        "α-bloquants, β-bloquants, γ-GT, Δ, Λ, Σ, Ω, lambda Λ, ﬁn, ﬂux, ﬀ",
        "│ lundi │ mardi │ 9 h ∣ 12 h ｜ 14 h ➕ samedi ➖ dimanche",
        "Consultations en русский, ελληνικά, հայերեն, العربية, עברית, 中文, ไทย, 日本語 et 한국어",
        "« Cabinet médical » – carte bancaire ‚ chèque… 20 % ‰ § ¶ † ‡ • ★ ☆ ☎ ✉ ♥ ™ ® © ℗ ℮",
    ],
)
def test_ordinary_signs_make_no_subject(moderator: Moderator, text: str) -> None:
    assert moderator.check(text).mentions == ()
