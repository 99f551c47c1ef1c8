"""The corpus: it reads without fault, its cases are answered rightly, its known failures still fail."""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path

import pytest

from mentions import Moderator
from mentions.corpus import (
    Case,
    CaseResult,
    CorpusError,
    Share,
    check_case,
    read_cases,
    read_functionalities,
    score,
)
from mentions.model import Category

CORPUS = Path(__file__).parent.parent / "corpus"
HELD = sorted([*CORPUS.glob("cases/*/*.jsonl"), *CORPUS.glob("decision/*.jsonl")])
KNOWN_FAILURES = sorted(CORPUS.glob("known_failures/*.jsonl"))
FAMILY = {f.id: f.family for f in read_functionalities(CORPUS / "functionalities.toml")}


def _name(path: Path) -> str:
    return path.relative_to(CORPUS).as_posix()


@pytest.fixture(scope="module")
def moderator() -> Moderator:
    return Moderator()


@pytest.fixture(scope="module")
def every_case() -> tuple[Case, ...]:
    return read_cases(CORPUS)


# -- the files ---------------------------------------------------------------------------------------------------------


def test_the_corpus_is_wide(every_case: tuple[Case, ...]) -> None:
    assert len(every_case) >= 900
    assert len(FAMILY) >= 45


def test_every_functionality_has_a_case(every_case: tuple[Case, ...]) -> None:
    assert set(FAMILY) == {case.functionality for case in every_case}


def test_no_text_stands_in_two_cases() -> None:
    # Those of decision/ may stand in cases/ too, within other words or alone.
    texts = Counter(case.text for path in (CORPUS / "cases", *KNOWN_FAILURES) for case in read_cases(path))
    assert not [text for text, count in texts.items() if count > 1]


@pytest.mark.parametrize("path", sorted(CORPUS.glob("cases/*/*.jsonl")), ids=_name)
def test_cases_lie_in_the_file_of_their_functionality(path: Path) -> None:
    assert {case.functionality for case in read_cases(path)} == {path.stem}
    assert FAMILY[path.stem] == path.parent.name


@pytest.mark.parametrize("path", KNOWN_FAILURES, ids=_name)
def test_known_failures_lie_in_the_file_of_their_family(path: Path) -> None:
    assert {FAMILY[case.functionality] for case in read_cases(path)} == {path.stem}


def test_every_case_labels_its_mentions(every_case: tuple[Case, ...]) -> None:
    assert not [case.id for case in every_case if not case.labels_mentions]


def test_pairs_contrast(every_case: tuple[Case, ...]) -> None:
    by_id = {case.id: case for case in every_case}
    pairs = [(case, case.pair) for case in every_case if case.pair is not None]
    assert pairs
    assert not [(case.id, other) for case, other in pairs if other not in by_id]
    same = [(case.id, other) for case, other in pairs if _labels(case) == _labels(by_id[other])]
    assert not same, f"pairs whose category and codes are the same: {same}; drop `pair`, or mend a label"


def _labels(case: Case) -> tuple[Category, frozenset[tuple[str, str]]]:
    codes = frozenset((s, code) for mention in case.mentions for s in mention.subjects for code in mention.codes)
    return case.category, codes


def test_the_readme_counts_the_cases() -> None:
    functionalities = Counter(FAMILY.values())
    cases = Counter(FAMILY[c.functionality] for c in read_cases(CORPUS / "cases"))
    failures = Counter(FAMILY[c.functionality] for path in KNOWN_FAILURES for c in read_cases(path))
    rows = [f"| {f} | {functionalities[f]} | {cases[f]} | {failures[f]} |" for f in functionalities]
    rows.append(f"| all | {functionalities.total()} | {cases.total()} | {failures.total()} |")
    readme = (CORPUS / "README.md").read_text(encoding="utf-8").splitlines()
    assert not [row for row in rows if row not in readme], "write these rows in corpus/README.md"


# -- the answers -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("path", HELD, ids=_name)
def test_the_category_is_right(path: Path, moderator: Moderator) -> None:
    results = [check_case(case, moderator) for case in read_cases(path)]
    wrong = [f"{r.case.id}: expected {r.expected.value}, observed {r.observed.value}" for r in results if not r.ok]
    assert not wrong, f"{_name(path)}: {len(wrong)} of {len(results)} wrong\n" + "\n".join(wrong)


@pytest.mark.parametrize("path", KNOWN_FAILURES, ids=_name)
def test_known_failures_still_fail(path: Path, moderator: Moderator) -> None:
    mended = [
        f"{case.id}: move it to cases/{FAMILY[case.functionality]}/{case.functionality}.jsonl"
        for case in read_cases(path)
        if check_case(case, moderator).ok
    ]
    assert not mended, f"{_name(path)}: {len(mended)} known failures are right now\n" + "\n".join(mended)


# -- reading -----------------------------------------------------------------------------------------------------------

ACCEPTED = {"text": "CMU acceptée", "subjects": ["cmu"], "codes": ["S1"]}
REFUSED = {"text": "AME refusée.", "subjects": ["ame"], "codes": ["E1", "E4"]}
GOOD = {
    "id": "clauses-1",
    "functionality": "clauses",
    "text": "CMU acceptée, AME refusée.",
    "category": "explicit_refusal",
    "mentions": [ACCEPTED, REFUSED],
}
TABLE = '[[functionality]]\nid = "clauses"\nfamily = "reading"\ndescription = "two clauses"\n'


def _write(folder: Path, *cases: object, name: str = "a.jsonl") -> Path:
    path = folder / name
    lines = [case if isinstance(case, str) else json.dumps(case, ensure_ascii=False) for case in cases]
    path.write_text("\n".join(lines), encoding="utf-8")
    return path


def _problems(path: Path) -> tuple[str, ...]:
    with pytest.raises(CorpusError) as caught:
        read_cases(path)
    assert all(problem in str(caught.value) for problem in caught.value.problems)
    return caught.value.problems


def test_a_good_file_is_read(tmp_path: Path) -> None:
    (tmp_path / "functionalities.toml").write_text(TABLE, encoding="utf-8")
    # U+2028 ends a line for str.splitlines, but not in JSON Lines.
    other = {**GOOD, "id": "clauses-2", "text": "\u2028CMU acceptée, AME refusée.", "pair": "clauses-1", "note": "why"}
    first, second = read_cases(_write(tmp_path, GOOD, "", other))
    assert first.category is Category.EXPLICIT_REFUSAL
    assert [mention.category for mention in first.mentions] == [Category.APPARENTLY_NEUTRAL, Category.EXPLICIT_REFUSAL]
    assert (first.pair, second.pair, second.note) == (None, "clauses-1", "why")
    assert second.text[0] == "\u2028"


def test_a_folder_is_read_by_file_name_and_line(tmp_path: Path) -> None:
    _write(tmp_path, {**GOOD, "id": "3"}, name="b.jsonl")
    _write(tmp_path, {**GOOD, "id": "2"}, {**GOOD, "id": "1"})
    _write(tmp_path, "not JSON, not read", name="a.txt")
    assert [case.id for case in read_cases(tmp_path)] == ["2", "1", "3"]


def test_cases_are_frozen(tmp_path: Path) -> None:
    (case,) = read_cases(_write(tmp_path, GOOD))
    with pytest.raises(ValueError, match="frozen"):
        case.text = "CMU refusée"


@pytest.mark.parametrize(
    ("change", "advice"),
    [
        ({"text": None}, "field text: input should be a valid string (here: None)"),
        ({"passage": "x"}, "field passage: unknown key; remove it"),
        ({"id": ""}, "field id: empty; give at least one character"),
        ({"functionality": "Two Clauses"}, "field functionality: 'Two Clauses' does not have the form"),
        ({"functionality": "clause"}, "field functionality: 'clause' is not in functionalities.toml; add it there"),
        ({"category": "refusal"}, "field category: 'refusal' is not possible; write one of 'neutral', "),
        ({"category": "neutral"}, "field category: 'neutral', but the gravest of its mentions is 'explicit_refusal'"),
        ({"mentions": []}, "field category: 'explicit_refusal', but the gravest of its mentions is 'neutral'"),
        (
            {"mentions": [{**REFUSED, "subjects": ["rsa"]}]},
            "field mentions[0].subjects[0]: 'rsa' is no subject of the rules; write one of acs, ame,",
        ),
        (
            {"mentions": [{**REFUSED, "subjects": []}]},
            "field mentions[0].subjects: empty; give at least one",
        ),
        ({"mentions": [{**REFUSED, "codes": ["E9"]}]}, "field mentions[0].codes[0]: 'E9' is not possible"),
        (
            {"mentions": [{**REFUSED, "codes": ["E1", "S3"]}]},
            "field mentions[0].codes: E1, S3 are of different categories; keep those of one",
        ),
        (
            {"mentions": [{**REFUSED, "text": "ame refusée"}]},
            "field mentions[0].text: 'ame refusée' does not stand in the text",
        ),
        (
            {"mentions": [REFUSED, ACCEPTED]},
            "field mentions[1].text: 'CMU acceptée' does not stand in the text, or not",
        ),
    ],
)
def test_a_fault_is_told_with_its_place_and_mend(tmp_path: Path, change: dict[str, object], advice: str) -> None:
    (tmp_path / "functionalities.toml").write_text(TABLE, encoding="utf-8")
    path = _write(tmp_path, GOOD, {**GOOD, "id": "clauses-2", **change})
    (problem,) = _problems(path)
    assert problem.startswith(f"{path}: line 2: {advice}")


def test_all_faults_of_all_files_are_told_at_once(tmp_path: Path) -> None:
    first = _write(tmp_path, GOOD, "{", "[1]", {k: v for k, v in GOOD.items() if k != "category"})
    second = _write(
        tmp_path, {**GOOD, "id": "clauses-2"}, {**GOOD, "text": "CMU", "category": "neutral"}, name="b.jsonl"
    )
    third = tmp_path / "c.jsonl"
    third.write_bytes(b'{"id": "\xe9"}')
    assert [problem.split(";")[0] for problem in _problems(tmp_path)] == [
        f"{first}: line 2: not JSON: Expecting property name enclosed in double quotes at column 2",
        f"{first}: line 3: not an object",
        f"{first}: line 4: field id: 'clauses-1' is used already in {first}: line 1",
        f"{first}: line 4: field category: missing",
        f"{second}: line 2: field id: 'clauses-1' is used already in {first}: line 1",
        f"{second}: line 2: field mentions[0].text: 'CMU acceptée' does not stand in the text, or not after "
        "the mention before it",
        f"{second}: line 2: field mentions[1].text: 'AME refusée.' does not stand in the text, or not after "
        "the mention before it",
        f"{second}: line 2: field category: 'neutral', but the gravest of its mentions is 'explicit_refusal'",
        f"{third}: byte 8 is not UTF-8",
    ]


@pytest.mark.parametrize(
    ("name", "advice"),
    [
        ("", "no .jsonl, .toml or .csv file in this folder; add one"),
        ("none", "neither a folder nor a .jsonl, .toml or .csv file; give one of them"),
        ("none.jsonl", "cannot be read (No such file or directory); look at the path"),
    ],
)
def test_a_path_without_cases_is_told(tmp_path: Path, name: str, advice: str) -> None:
    (problem,) = _problems(tmp_path / name)
    assert problem.startswith(f"{tmp_path / name}: {advice}")


@pytest.mark.parametrize(
    ("content", "advice"),
    [
        ("[[functionality", "not TOML: "),
        ("", "field functionality: missing; add it"),
        (TABLE.replace("family", "group"), "field functionality[0].family: missing; add it"),
        (TABLE + TABLE, "field functionality[1].id: 'clauses' is used twice; choose another"),
    ],
)
def test_faults_of_the_functionalities_are_told(tmp_path: Path, content: str, advice: str) -> None:
    path = tmp_path / "functionalities.toml"
    path.write_text(content, encoding="utf-8")
    with pytest.raises(CorpusError) as caught:
        read_functionalities(path)
    assert caught.value.problems[0].startswith(f"{path}: {advice}")
    assert _problems(_write(tmp_path, GOOD))[0].startswith(f"{path}: {advice}")


def test_the_nearest_functionalities_hold(tmp_path: Path) -> None:
    (tmp_path / "functionalities.toml").write_text(TABLE.replace("clauses", "slots"), encoding="utf-8")
    inner = tmp_path / "inner"
    inner.mkdir()
    path = _write(inner, GOOD)
    assert "'clauses' is not in functionalities.toml" in _problems(path)[0]
    (inner / "functionalities.toml").write_text(TABLE, encoding="utf-8")
    assert len(read_cases(path)) == 1


# -- scoring -----------------------------------------------------------------------------------------------------------

E, S, N = Category.EXPLICIT_REFUSAL, Category.APPARENTLY_NEUTRAL, Category.NEUTRAL


def _result(functionality: str, expected: Category, observed: Category, *pairs: tuple[str, Category]) -> CaseResult:
    """A case with one mention of the CMU, or none where it is neutral."""
    codes = {E: "E1", S: "S1"}.get(expected)
    mentions = [{"text": "CMU", "subjects": ["cmu"], "codes": [codes]}] if codes else []
    fields = {"id": "1", "functionality": functionality, "text": "CMU", "category": expected, "mentions": mentions}
    return CaseResult(Case.model_validate(fields), observed, frozenset(pairs))


def test_the_score_counts_what_it_says() -> None:
    results = [
        _result("a", E, E, ("cmu", E)),
        _result("a", E, S, ("cmu", S)),
        _result("b", S, N),
        _result("b", N, N),
        _result("b", N, N, ("ame", N)),
        _result("c", N, E, ("cmu", E), ("ame", E)),
    ]
    assert [result.ok for result in results] == [True, False, False, True, True, False]
    found = score(iter(results))
    assert found.functionalities == {"a": Share(1, 2), "b": Share(2, 3), "c": Share(0, 1)}
    assert found.category == Share(3, 6)
    assert found.refusals == Share(1, 2)
    assert found.non_neutral == Share(2, 3)
    assert found.silence == Share(1, 3)
    assert found.pair_f1 == pytest.approx(2 * 1 / (3 + 5))
    assert found.category.rate == pytest.approx(0.5)


def test_nothing_has_no_score() -> None:
    found = score([])
    assert found.functionalities == {}
    assert (found.category.rate, found.pair_f1) == (None, None)


def test_a_case_is_checked_by_the_moderator_given(moderator: Moderator) -> None:
    case = Case.model_validate(GOOD)
    result = check_case(case, moderator)
    assert result.case is case
    assert result.ok
    assert result.observed_pairs == result.expected_pairs == {("cmu", S), ("ame", E)}
