"""The gate in front of everything: made from the rule files, sound, and the text that it reads."""

from __future__ import annotations

import re
import shutil
import string
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from invariants import every_way

from mentions import Moderator, RulesError, load_rules
from mentions.corpus import read_cases
from mentions.gate import Hooks, of_pattern
from mentions.lookalikes import LOOKALIKES
from mentions.normalize import fold, in_ascii, shown
from mentions.subjects import Named, SubjectFinder

ROOT = Path(__file__).parent.parent
TEXTS = [case.text for case in read_cases(ROOT / "corpus")]
MIXED = st.text(
    st.sampled_from("cmuaesp2tirylvn CMUAES.-_*'&;#<>/=b!?\n\t\x00\x85\u00ad\u200b\u0301½ßœÉéñþ№中٣ⒸСМ🇨✅•→…’«\ud800")
)
BROKEN = st.lists(
    st.sampled_from(
        ["<p>", "</p>", "<li>", "<!--", "-->", "<script>", "</script>", "<CMU ", "&eacute;", "&#67;", "&amp;"]
    )
    | st.sampled_from(
        ["&lt;b&gt;", "&#0;", "&#xD800;", "&nbsp", "<br/>", "</td>", "<a href='x'>", "refusée", "C", "é", "М"]
    )
).map("".join)


def as_shown(text: str) -> str:
    return in_ascii(fold(text).text)


@settings(derandomize=True, deadline=None, max_examples=500)
@given(MIXED | BROKEN | st.text())
def test_the_gate_reads_what_folding_gives(text: str) -> None:
    assert shown(text) == as_shown(text)
    assert shown(text, cased=True).lower() == as_shown(text).lower()


def test_the_gate_reads_what_folding_gives_of_every_character() -> None:
    chars = map(chr, [*range(0x3100), *range(0xD7F0, 0xE010), *range(0xF900, 0x10000), *range(0x1D400, 0x1FB00)])
    assert [char for char in chars if shown(f"a{char}b") != as_shown(f"a{char}b")] == []


def test_the_gate_reads_what_folding_gives_of_the_corpus() -> None:
    assert [text for text in TEXTS if shown(text) != as_shown(text)] == []


# -- sound -------------------------------------------------------------------------------------------------------------

FULLWIDTH = {ord(letter): ord(letter) + 0xFEE0 for letter in string.ascii_letters}
DISGUISES: dict[str, Callable[[str], str]] = {
    "as written": str,
    "capitals": str.upper,
    "look-alikes": lambda text: text.translate({ord(k): v[len(v) // 2] for k, v in LOOKALIKES.items()}),
    "full width": lambda text: text.translate(FULLWIDTH),
    "entities": lambda text: "".join(f"&#{ord(char)};" if i % 2 else char for i, char in enumerate(text)),
    "tags": "<b></b>".join,
    "nothing between": "\u200b".join,
    "dots": ".".join,
    "blanks": " ".join,
    "stars": "*".join,
    "in a tag that is none": lambda text: f"<nom>{text}</nom>",
    "twice": lambda text: "".join(char * 2 for char in text),
    "run together": lambda text: text.replace(" ", ""),
    "typeset": lambda text: text.replace("'", "’").replace(" ", "\xa0") + " …",
}
TABLES = [file.subject for file in load_rules().subjects]
NAMED = [name for t in TABLES for name in (*t.acronyms, *t.names, *t.spelled, *t.leet, *(e.span for e in t.examples))]


SHIPPED = SubjectFinder(load_rules().subjects)


def _found(text: str) -> list[Named]:
    return SHIPPED.find(fold(text))


@pytest.fixture
def without_hooks(monkeypatch: pytest.MonkeyPatch) -> Callable[[Callable[[], object]], object]:
    """Calls something while every way is tried on every text."""

    def call(work: Callable[[], object]) -> object:
        with monkeypatch.context() as patch:
            patch.setattr(Hooks, "ways", lambda self, text: [*self._always, *(way for way, _ in self._ways)])
            return work()

    return call


def _slips(name: str) -> Iterator[str]:
    """The name with one slip of the pen, at every letter: left out, doubled, another, or changed with the next."""
    for i, letter in enumerate(name):
        if letter.isalpha():
            another = "e" if letter != "e" else "o"
            yield from (name[:i] + slip + name[i + 1 :] for slip in ("", letter * 2, another))
            yield f"{name[:i]}{name[i + 1 : i + 2]}{letter}{name[i + 2 :]}"


def _assert_sound(texts: Sequence[str], without_hooks: Callable[[Callable[[], object]], object]) -> None:
    found = [_found(text) for text in texts]
    assert without_hooks(lambda: [_found(text) for text in texts]) == found
    assert [text for text, named in zip(texts, found, strict=True) if named and not SHIPPED.might_name(text)] == []
    assert any(found)


@pytest.mark.parametrize("disguise", DISGUISES.values(), ids=DISGUISES)
def test_no_disguised_name_passes_the_gate(
    without_hooks: Callable[[Callable[[], object]], object], disguise: Callable[[str], str]
) -> None:
    _assert_sound([f"Pas de {disguise(name)} au cabinet." for name in NAMED], without_hooks)


def test_no_misspelt_name_passes_the_gate(without_hooks: Callable[[Callable[[], object]], object]) -> None:
    names = dict.fromkeys(name for table in TABLES for name in table.names)
    _assert_sound([f"avec {slip} merci" for name in names for slip in _slips(name)], without_hooks)


def test_no_text_of_the_corpus_passes_the_gate(without_hooks: Callable[[Callable[[], object]], object]) -> None:
    _assert_sound(TEXTS[::3], without_hooks)


@settings(derandomize=True, deadline=None, max_examples=300)
@given(
    st.sampled_from(NAMED),
    st.lists(
        st.tuples(st.integers(0, 40), st.sampled_from(["", " ", "e", "s", "'", "-", "<b>", "&amp;", "\u200b", "É"]))
    ),
    st.sampled_from(list(DISGUISES.values())),
)
def test_the_gate_lets_go_nothing_that_is_found(
    name: str, changes: list[tuple[int, str]], disguise: Callable[[str], str]
) -> None:
    for place, written in changes[:4]:
        name = name[:place] + written + name[place + 1 :]
    text = f"Ni {disguise(name)}, ni « {name} »."
    assert SHIPPED.might_name(text) or not _found(text)


def test_reports_are_the_same_with_the_gate_off(monkeypatch: pytest.MonkeyPatch, moderator: Moderator) -> None:
    # Look-alikes in every third text, so that the gate has something to see through.
    disguise = DISGUISES["look-alikes"]
    texts = [disguise(text) if i % 3 == 0 else text for i, text in enumerate(TEXTS[::2])]
    gated = [moderator.check(text) for text in texts]
    monkeypatch.setattr(SubjectFinder, "ways", lambda self, text: every_way(self))
    assert [moderator.check(text) for text in texts] == gated
    assert any(report.mentions for report in gated)


# -- generated ---------------------------------------------------------------------------------------------------------

SUBJECT = """schema = 1
[subject]
id = "zqx"
kind = "status"
label = "ZQX"
full_name = "zone quelconque"
source = ["2018-269 §5"]
acronyms = ["zqx"]
names = ["zone quelconque"]
patterns = ['\\bpasse?ports? (?:de|du) quartier']
anchors = ["quelconq"]
examples = [{ text = "ZQX non", span = "ZQX" }]
"""


@pytest.fixture
def finder(tmp_path: Path) -> SubjectFinder:
    shutil.copytree(ROOT / "rules" / "2019-11", tmp_path / "own")
    (tmp_path / "own" / "subjects" / "zqx.toml").write_text(SUBJECT, "utf-8")
    return SubjectFinder(load_rules(tmp_path / "own").subjects)


@pytest.mark.parametrize(
    "text",
    [
        "Pas de ZQX",
        "z.q.x",
        "Z<b>Q</b>X",
        "ＺＱＸ",
        "z**q**x",
        "ZZQQXX",
        "Passeport du quartier",
        "zone quelqonque",
        "Zone quelconque",
    ],
    ids=ascii,
)
def test_a_new_subject_gets_its_gate_from_its_file(finder: SubjectFinder, text: str) -> None:
    named = [named.id for named in finder.find(fold(text))]
    assert finder.might_name(text) is bool(named)
    assert SHIPPED.might_name(text) is False
    assert named == (["zqx"] if text != "zone quelqonque" else [])


@pytest.mark.parametrize(
    ("old", "new"),
    [('"zone quelconque"]', '"zone é"]'), ("\\bpasse", "(?i)passe"), ("\\bpasse", "é"), ('["quelconq"]', '["Zone"]')],
)
def test_what_folded_text_never_holds_is_refused(tmp_path: Path, old: str, new: str) -> None:
    shutil.copytree(ROOT / "rules" / "2019-11", tmp_path / "own")
    assert old in SUBJECT
    (tmp_path / "own" / "subjects" / "zqx.toml").write_text(SUBJECT.replace(old, new), "utf-8")
    with pytest.raises(RulesError, match="zqx"):
        load_rules(tmp_path / "own")


PATTERNS = [pattern for file in load_rules().subjects for pattern in file.subject.patterns]


@pytest.mark.parametrize(
    "pattern",
    [
        *PATTERNS,
        r"[^\W\d]x",
        r"[^\D]\dx",
        r"(?:[^a]x)?abc|a\.b\ c",
        r"a[\W_]{0,2}b",
        r"a[(\[]b",
        r"\w+\b-",
        r"(?:abc)*d?",
    ],
)
def test_what_matches_a_pattern_holds_its_hook(pattern: str) -> None:
    hook = of_pattern(pattern)
    assert hook is not None
    hooks = Hooks([("found", hook)])

    @settings(derandomize=True, deadline=None, max_examples=50)
    @given(st.from_regex(pattern))
    def holds(text: str) -> None:
        if re.search(pattern, folded := fold(text).text):
            assert list(hooks.ways(in_ascii(folded))) == ["found"]

    holds()


@pytest.mark.parametrize(
    ("pattern", "without"),
    [
        ("carte", "cart"),
        (r"\be\W?vitale", "urgence vitale"),
        ("a(?!b(c))d", "abd"),
        (r"tele\W?trans(?:mis|met)", "tele trans"),
    ],
)
def test_a_hook_asks_for_what_its_pattern_does(pattern: str, without: str) -> None:
    assert not list(Hooks([("found", of_pattern(pattern))]).ways(without))


def test_a_pattern_that_rust_does_not_know_has_no_hook() -> None:
    assert of_pattern(r"(a)b\1") is None


def test_a_way_without_a_hook_may_be_in_any_text() -> None:
    assert list(Hooks([("always", None), ("some", "abc")]).ways("nothing")) == ["always"]
    assert list(Hooks([("always", None), ("some", "abc")]).ways("x abc x")) == ["always", "some"]


def test_nothing_grows_with_every_text(moderator: Moderator) -> None:
    def size() -> int:
        return len(moderator._reader._vocab.strings)

    def word(number: int) -> str:
        return "".join(chr(ord("a") + int(digit)) for digit in str(number))

    def check(number: int) -> None:
        moderator.check(f"Le docteur {word(number)}eur{word(number * 7)} ne voit pas la CMU de {word(number * 11)}ard.")

    check(0)
    before = size()
    for number in range(1, 1001):
        check(number)
    assert (
        size() - before < 60
    )  # three thousand new words, and none came in: only labels, a closed set, as they are first used
