"""Cases in JSON Lines, TOML and CSV: the same cases, and faults told with their line."""

from __future__ import annotations

import csv
import io
import json
from itertools import pairwise
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from hypothesis import given
from hypothesis import strategies as st

from mentions.casefile import Case, json_schemas
from mentions.corpus import load, read_cases, score
from mentions.records import RecordError, table

DOCS = Path(__file__).parent.parent / "docs"
CORPUS = Path(__file__).parent.parent / "corpus"
MENTION = {"text": "AME refusée", "subjects": ["ame"], "codes": ["E1", "E4"]}
CASE: dict[str, Any] = {
    "id": "one",
    "functionality": "refusal",
    "text": 'AME refusée,\n"dit-il" ; voilà.',
    "category": "explicit_refusal",
    "mentions": [MENTION],
    "note": "why",
}
SHORT = {"id": "two", "functionality": "silence", "text": "Bonjour.", "category": "neutral"}

JSON_LINES = "\n".join(json.dumps(case) for case in (CASE, SHORT))
TOML = """[[case]]
id = "one"
functionality = "refusal"
text = "AME refusée,\\n\\"dit-il\\" ; voilà."
category = "explicit_refusal"
note = "why"
mentions = [{text = "AME refusée", subjects = ["ame"], codes = ["E1", "E4"]}]

[[case]]
id = "two"
functionality = "silence"
text = "Bonjour."
category = "neutral"
"""


def as_csv(*cases: dict[str, Any], delimiter: str = ",") -> str:
    written = io.StringIO()
    writer = csv.DictWriter(written, list(CASE), delimiter=delimiter, restval="")
    writer.writeheader()
    for case in cases:
        mentions = {"mentions": json.dumps(case["mentions"])} if "mentions" in case else {}
        writer.writerow(case | mentions)
    return written.getvalue()


def write(folder: Path, name: str, content: str) -> Path:
    path = folder / name
    path.write_bytes(content.encode())
    return path


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("a.jsonl", JSON_LINES),
        ("a.toml", TOML),
        ("a.csv", as_csv(CASE, SHORT)),
        ("a.csv", as_csv(CASE, SHORT, delimiter=";")),
        ("a.csv", "\ufeff" + as_csv(CASE, SHORT, delimiter="\t")),
    ],
)
def test_the_three_forms_hold_the_same_cases(tmp_path: Path, name: str, content: str) -> None:
    one, two = read_cases(write(tmp_path, name, content))
    assert (one, two) == (Case.model_validate(CASE), Case.model_validate(SHORT))
    assert (one.labels_mentions, two.labels_mentions) == (True, False)


@pytest.mark.parametrize(
    ("name", "content", "lines"),
    [("a.jsonl", "\n" + JSON_LINES, [2, 3]), ("a.toml", TOML, [1, 9]), ("a.csv", as_csv(CASE, SHORT), [2, 4])],
)
def test_cases_know_their_lines(tmp_path: Path, name: str, content: str, lines: list[int]) -> None:
    read = load([write(tmp_path, name, content)])
    assert [(placed.file.name, placed.line) for placed in read.cases] == [(name, line) for line in lines]


def test_mentions_that_are_not_labelled_do_not_count(moderator: Any) -> None:
    from mentions.corpus import check_case

    case = Case.model_validate({**SHORT, "text": "CMU refusée.", "category": "explicit_refusal"})
    found = score([check_case(case, moderator)])
    assert found.category.rate == 1
    assert (found.pair_f1, found.silence.cases) == (None, 0)


@pytest.mark.parametrize(
    ("name", "content", "advice"),
    [
        ("a.csv", "", "line 1: no header"),
        ("a.csv", "id,text\n", "line 1: column 'functionality' is missing; add it"),
        ("a.csv", "id,functionality,text,category,labels\n", "line 1: column 'labels' is unknown; remove it"),
        ("a.csv", "id,id,text,category\n", "line 1: two columns are called 'id'"),
        ("a.csv", "id,functionality,text,category\n", "holds no case; add one"),
        ("a.csv", 'id,functionality,text,category\na,b,"x"y,neutral\n', "line 2: not CSV: "),
        ("a.csv", "id,functionality,text,category\na,b,x, y,neutral\n", "line 2: 5 cells, but the header has 4"),
        ("a.csv", as_csv(CASE, {**SHORT, "category": "fine"}), "line 4: field category: 'fine' is not possible"),
        ("a.csv", as_csv(CASE).replace("[{", "[{{"), "line 2: column 'mentions': not JSON: "),
        ("a.jsonl", "\n", "holds no case; add one"),
        ("a.toml", "", "holds no case; add one"),
        ("a.toml", "[[case]", "not TOML: "),
        ("a.toml", 'cases = "x"', "field cases: unknown key; remove it"),
        ("a.toml", "case = 1", "field case: not a list of tables"),
        ("a.toml", "case = [1]", "case 1: not a table"),
        ("a.toml", TOML.replace('"neutral"', '"fine"'), "line 9: field category: 'fine' is not possible"),
        ("a.toml", TOML.replace('id = "two"', 'id = "one"'), "line 9: field id: 'one' is used already in "),
    ],
)
def test_a_fault_is_told_with_its_line_and_mend(tmp_path: Path, name: str, content: str, advice: str) -> None:
    path = write(tmp_path, name, content)
    assert load([path]).problems[0].startswith(f"{path}: {advice}")


def test_a_fault_keeps_no_sound_case_from_being_read(tmp_path: Path) -> None:
    write(tmp_path, "a.jsonl", "{\n" + JSON_LINES)
    write(tmp_path, "b.toml", TOML.replace("one", "three").replace("two", "four").replace('"neutral"', '"fine"'))
    read = load([tmp_path, tmp_path / "none.csv"])
    assert [placed.case.id for placed in read.cases] == ["one", "two", "three"]
    assert len(read.problems) == 3


def test_a_file_named_twice_is_read_once(tmp_path: Path) -> None:
    path = write(tmp_path, "a.jsonl", JSON_LINES)
    read = load([tmp_path, path])
    assert (len(read.cases), read.problems) == (2, ())


# -- the schemas -------------------------------------------------------------------------------------------------------


def test_the_schema_takes_the_corpus_and_refuses_what_reading_refuses() -> None:
    validator = jsonschema.Draft202012Validator(json_schemas()["case"])
    lines = (CORPUS / "decision" / "quoted.jsonl").read_text(encoding="utf-8").splitlines()
    assert not [error for line in lines for error in validator.iter_errors(json.loads(line))]
    for wrong in ({"category": "fine"}, {"label": "x"}, {"mentions": [{**MENTION, "codes": []}]}, {"id": ""}):
        assert not validator.is_valid({**CASE, **wrong}), wrong


# -- CSV ---------------------------------------------------------------------------------------------------------------


@given(st.lists(st.lists(st.text(st.characters(exclude_categories=["Cs"])), min_size=2, max_size=2), max_size=5))
def test_rows_are_where_they_are_said_to_be(cells: list[list[str]]) -> None:
    written = io.StringIO()
    csv.writer(written).writerows([["a", "b"], *cells])
    content = written.getvalue()
    rows = list(table(content).rows)
    assert [row.cells for row in rows] == cells
    assert all(before.end == after.start for before, after in pairwise(rows))
    assert all(next(csv.reader(io.StringIO(content[row.start : row.end], newline=""))) == row.cells for row in rows)


def test_an_unclosed_quote_is_told_where_its_row_begins() -> None:
    with pytest.raises(RecordError, match="line 2: not CSV"):
        list(table('a,b\nx,"y\nz,w\n').rows)
