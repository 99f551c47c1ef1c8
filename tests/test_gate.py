"""The gate in front of everything: made from the rule files, sound, and the text that it reads."""

from __future__ import annotations

import re
import shutil
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mentions import Moderator, RulesError, load_rules
from mentions.corpus import read_cases
from mentions.gate import Hooks, of_pattern
from mentions.lookalikes import LOOKALIKES
from mentions.normalize import fold, in_ascii, shown
from mentions.subjects import SubjectFinder

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


def test_reports_are_the_same_with_the_gate_off(monkeypatch: pytest.MonkeyPatch, moderator: Moderator) -> None:
    # Look-alikes in every third text, so that the gate has something to see through.
    change = str.maketrans({letter: chars[len(chars) // 2] for letter, chars in LOOKALIKES.items()})
    texts = [text.translate(change) if i % 3 == 0 else text for i, text in enumerate(TEXTS[::2])]
    gated = [moderator.check(text) for text in texts]
    monkeypatch.setattr(SubjectFinder, "might_name", lambda self, text: True)
    assert [moderator.check(text) for text in texts] == gated
    assert any(report.mentions for report in gated)


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
    assert SubjectFinder(load_rules().subjects).might_name(text) is False
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
    "pattern", [*PATTERNS, r"(?:[^a]x)?abc|a\.b\ c", r"a[\W_]{0,2}b", r"a[[(]b", r"\w+\b-", r"(?:abc)*d?"]
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
