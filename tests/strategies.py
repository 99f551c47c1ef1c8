"""Texts that property tests and the fuzzer draw: any code points, what the library reads more into, the corpus damaged."""

from __future__ import annotations

from pathlib import Path

from hypothesis import strategies as st

from mentions.corpus import read_cases
from mentions.lookalikes import LOOKALIKES

TEXTS = [case.text for case in read_cases(Path(__file__).parent.parent / "corpus")]
PIECES = [
    "CMU", "C.M.U.", "AME ", "CMU-C", "C2S", "tiers payant", "carte Vitale", "couverture maladie universelle", " refusée", " acceptée",
    " pas de ", " ni ", " sauf ", " non ", " et ", " mais ", "apporter", "Acceptez-vous ", "<b>", "</b>", "<li>", "</li>", "<p>", "</p>",
    "<td>", "</td>", "<br>", "<!--", "-->", "<CMU", "<", ">", "&nbsp;", "&#67;", "&", "\n", "\r\n", "\n- ", "\n\n", "• ", "1. ", "(", ")",
    "« ", " »", '"', "**", "_", "|", " : ", " ? ", "! ", ". ", "…", ", ", "; ", "=>", "❌", "✅", "\u200b", "\u00ad", "\u0301", "\ud800", "\0",
    "😀", "œ", "½", "С", "Ｍ",
]  # fmt: skip
"""What this library reads more into than letters."""

any_text = st.text(st.characters(exclude_categories=[]))
pieces = st.lists(st.sampled_from(PIECES) | st.text(st.characters(exclude_categories=[]), max_size=3), max_size=25).map(
    "".join
)


@st.composite
def damaged(draw: st.DrawFn) -> str:
    """A text of the corpus, or a stretch of it, with pieces put in, and characters taken out, swapped or replaced."""
    chars = list(draw(stretches()))
    for kind in draw(
        st.lists(st.sampled_from(["put", "put", "take", "swap", "replace", "repeat"]), min_size=1, max_size=6)
    ):
        at = draw(st.integers(0, max(0, len(chars) - 1)))
        if kind == "put" or not chars:
            chars.insert(at, draw(st.sampled_from(PIECES)))
        elif kind == "take":
            del chars[at : at + draw(st.integers(1, 5))]
        elif kind == "swap":
            other = draw(st.integers(0, len(chars) - 1))
            chars[at], chars[other] = chars[other], chars[at]
        elif kind == "replace":
            chars[at] = draw(st.characters(exclude_categories=[]))
        else:
            chars[at:at] = chars[at : at + draw(st.integers(1, 30))]
    return "".join(chars)


@st.composite
def stretches(draw: st.DrawFn) -> str:
    """A text of the corpus, or up to 300 characters of it."""
    text = draw(st.sampled_from(TEXTS).filter(bool))
    start = draw(st.integers(0, len(text) - 1)) if len(text) > 300 else 0
    return text[start : start + 300]


@st.composite
def disguised(draw: st.DrawFn) -> str:
    """A text of the corpus in which some letters are look-alikes, in the other case, or set apart."""
    text = draw(stretches())
    separators = st.sampled_from(["", ".", " ", "-", "_", "/", "*", "\n", "\u200b", "\u0336", "<b></b>", "&shy;"])
    between = draw(separators)
    places = draw(st.sets(st.integers(0, len(text) - 1), max_size=12))
    changes = {
        "look-alike": lambda char: draw(st.sampled_from(LOOKALIKES.get(char.lower(), char))),
        "case": str.swapcase,
        "apart": lambda char: char + between,
    }
    kinds = {at: draw(st.sampled_from(sorted(changes))) for at in sorted(places)}
    return "".join(changes[kinds[i]](char) if i in kinds else char for i, char in enumerate(text))


@st.composite
def neighbours(draw: st.DrawFn) -> str:
    """Two texts of the corpus in one."""
    between = draw(st.sampled_from([" ", "\n", "\n\n", ". ", ", ", " et ", " : ", " | ", "<br>", ""]))
    return draw(stretches()) + between + draw(stretches())


repeated = st.builds(lambda text, times: text * times, pieces.filter(bool), st.integers(2, 400)).map(lambda t: t[:8000])
everything = any_text | pieces | damaged() | disguised() | neighbours() | repeated
