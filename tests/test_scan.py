"""Scans: tables in, mentions out, and nothing lost or doubled whatever happens on the way."""

from __future__ import annotations

import gzip
import json
import os
import resource
import signal
import subprocess
import sys
import time
from inspect import signature
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner, Result

pa = pytest.importorskip("pyarrow", reason='needs pyarrow: pip install "mentions[scan]"')

from mentions import Category, Moderator  # noqa: E402
from mentions.cli.app import app  # noqa: E402
from mentions.integrations.arrow import SCHEMA  # noqa: E402
from mentions.scan import CAME_BACK, Job, Progress, ScanError, Summary, scan  # noqa: E402
from mentions.tables import TableError, format_of, read, writing  # noqa: E402

TEXTS = ["Pas de CMU.", "Cabinet ouvert du lundi au vendredi.", "CMU acceptée", "Tiers payant pratiqué.", ""]
PROFILES = [{"id": f"p{n}", "text": TEXTS[n % 5], "more": "AME refusée" if n % 50 == 7 else None} for n in range(3000)]
PROFILE_SCHEMA = pa.schema([("id", pa.string()), ("text", pa.string()), ("more", pa.string())])


def table(path: Path, rows: list[dict[str, Any]] = PROFILES) -> Path:
    with writing(path, format_of(path.name), PROFILE_SCHEMA) as put:
        put(pa.RecordBatch.from_pylist(rows, schema=PROFILE_SCHEMA))
    return path


def rows_of(path: Path, *columns: str) -> list[tuple[str | None, ...]]:
    found = read(path, format_of(path.name), texts=columns, id="id")
    return [row for chunk in found for row in zip(*(c.to_pylist() for c in chunk.batch.columns), strict=True)]


def job(folder: Path, **options: Any) -> Job:
    made: dict[str, Any] = {
        "source": folder / "in.parquet",
        "output": folder / "out.parquet",
        "texts": ("text", "more"),
    }
    return Job(**made | {"id": "id"} | options)


pytestmark = pytest.mark.usefixtures("one_moderator")


def run(*args: object, stdin: bytes | None = None) -> Result:
    # Older versions mix the two outputs unless told otherwise; newer ones cannot be told.
    apart: dict[str, Any] = {"mix_stderr": False} if "mix_stderr" in signature(CliRunner).parameters else {}
    return CliRunner(**apart).invoke(app, ["scan", *map(str, args)], input=stdin)


@pytest.fixture(scope="module")
def expected(moderator: Moderator) -> list[tuple[str | None, ...]]:
    return [
        (row["id"], field, m.text, m.code)
        for row in PROFILES
        for field in ("text", "more")
        for m in moderator.check(row[field] or "").mentions
    ]


# -- what comes out ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("workers", [1, 2])
def test_all_mentions_come_out_in_order(
    workers: int, tmp_path: Path, moderator: Moderator, expected: list[tuple[str | None, ...]]
) -> None:
    table(tmp_path / "in.parquet")
    seen: list[Progress] = []
    summary = scan(job(tmp_path), moderator=moderator, workers=workers, on_progress=seen.append)
    assert rows_of(tmp_path / "out.parquet", "field", "text", "code") == expected
    assert sorted(p.name for p in tmp_path.iterdir()) == ["in.parquet", "out.parquet", "out.parquet.rejects.jsonl"]
    assert (summary.rows, summary.texts, summary.rejected) == (3000, 3060, 0)
    assert summary.profiles == {
        Category.EXPLICIT_REFUSAL: 600 + 60,
        Category.APPARENTLY_NEUTRAL: 540,
        Category.NEUTRAL: 600,
    }
    assert summary.mentions.total() == len(expected)
    assert summary.subjects == {"cmu": 1200, "tiers-payant": 600, "ame": 60}
    assert summary.rules.digest == moderator.rules.digest
    assert Summary.model_validate_json(summary.model_dump_json()) == summary
    assert seen[-1] == Progress(3000, 1.0)
    assert [p.rows for p in seen] == sorted({p.rows for p in seen})


@pytest.mark.parametrize("name", ["in.csv", "in.jsonl.zst", "in.arrow"])
@pytest.mark.parametrize("output", ["out.csv.gz", "out.jsonl", "out.feather"])
def test_every_format_goes_in_and_out(name: str, output: str, tmp_path: Path, moderator: Moderator) -> None:
    table(tmp_path / name, PROFILES[:10])
    made = job(tmp_path, source=tmp_path / name, output=tmp_path / output)
    scan(made, moderator=moderator)
    codes = ["E1", "S1", "N2", "E1", "S1", "E1", "N2"]
    assert [row[1] for row in rows_of(tmp_path / output, "code")] == codes


def test_the_table_has_the_schema_of_the_batches(tmp_path: Path, moderator: Moderator) -> None:
    table(tmp_path / "in.parquet", PROFILES[:5])
    scan(job(tmp_path, output=tmp_path / "out.arrow"), moderator=moderator)
    assert pa.ipc.open_file((tmp_path / "out.arrow").read_bytes()).schema == SCHEMA


def test_without_ids_rows_are_numbered(tmp_path: Path, moderator: Moderator) -> None:
    table(tmp_path / "in.parquet", PROFILES[:5])
    scan(job(tmp_path, id=None), moderator=moderator)
    assert [row[0] for row in rows_of(tmp_path / "out.parquet", "code")] == ["1", "3", "4"]


def test_mentions_that_came_back(tmp_path: Path, moderator: Moderator) -> None:
    then = [
        {"id": "same", "text": "Pas de CMU.", "more": None},
        {"id": "gone", "text": "Pas de CMU.", "more": None},
        {"id": "other", "text": "Pas d'AME.", "more": None},
    ]
    now = [
        {"id": "same", "text": "Bonjour. PAS  DE C.M.U. !", "more": None},
        {"id": "new", "text": "Pas de CMU.", "more": None},
        {"id": "other", "text": "Pas de CMU.", "more": "Pas d'AME"},
    ]
    table(tmp_path / "then.csv", then)
    table(tmp_path / "in.parquet", now)
    scan(job(tmp_path, source=tmp_path / "then.csv", output=tmp_path / "then.out.csv"), moderator=moderator)
    options: dict[str, Any] = {"since_report": tmp_path / "then.out.csv", "output": tmp_path / "out.jsonl"}
    summary = scan(job(tmp_path, **options), moderator=moderator)
    found = [json.loads(line) for line in (tmp_path / "out.jsonl").read_text(encoding="utf-8").splitlines()]
    assert [(m["id"], m["field"], m[CAME_BACK.name]) for m in found] == [
        ("same", "text", True),
        ("new", "text", False),
        ("other", "text", False),
        ("other", "more", True),
    ]
    assert summary.came_back == 2


def test_rows_that_cannot_be_read_are_told(tmp_path: Path, moderator: Moderator) -> None:
    (tmp_path / "in.csv").write_bytes(b"id,text\n1,Pas de CMU\n2\n3,\xff\n4,CMU accept\xc3\xa9e\n")
    made = job(tmp_path, source=tmp_path / "in.csv", texts=("text",), rejects=tmp_path / "bad.jsonl")
    summary = scan(made, moderator=moderator)
    assert (summary.rows, summary.rejected, summary.texts) == (4, 2, 2)
    assert [json.loads(line) for line in (tmp_path / "bad.jsonl").read_text().splitlines()] == [
        {"row": 2, "line": 3, "reason": "1 fields instead of 2"},
        {"row": 3, "line": 4, "reason": "not UTF-8"},
    ]


# -- interruptions -----------------------------------------------------------------------------------------------------


class StopHere(BaseException):
    pass


def stop_after(rows: int) -> Any:
    def stop(progress: Progress) -> None:
        if progress.rows >= rows:
            raise StopHere

    return stop


def test_an_interrupted_scan_goes_on_where_it_was(
    tmp_path: Path, moderator: Moderator, expected: list[tuple[str | None, ...]]
) -> None:
    made = job(tmp_path, source=table(tmp_path / "in.csv"))
    with pytest.raises(StopHere):
        scan(made, moderator=moderator, on_progress=stop_after(1000))
    assert not made.output.exists()
    # What a kill leaves behind the last state counts for nothing.
    with (made.partial / "mentions").open("ab") as file:
        file.write(b"half a message")
    (made.partial / "output").write_bytes(b"half a table")
    with pytest.raises(ScanError, match="holds a scan that was interrupted"):
        scan(made, moderator=moderator)
    seen: list[Progress] = []
    summary = scan(made, moderator=moderator, workers=2, resume=True, on_progress=seen.append)
    assert seen[0].rows == 2000
    assert summary.rows == 3000
    assert rows_of(made.output, "field", "text", "code") == [(i, f, t, c) for i, f, t, c in expected]
    assert not made.partial.exists()


def test_nothing_to_resume_is_a_scan_from_the_beginning(tmp_path: Path, moderator: Moderator) -> None:
    table(tmp_path / "in.parquet", PROFILES[:5])
    assert scan(job(tmp_path), moderator=moderator, resume=True).rows == 5


@pytest.mark.parametrize("change", ["source", "texts", "state"])
def test_another_scan_is_not_resumed(change: str, tmp_path: Path, moderator: Moderator) -> None:
    table(tmp_path / "in.parquet")
    made = job(tmp_path)
    with pytest.raises(StopHere):
        scan(made, moderator=moderator, on_progress=stop_after(1000))
    if change == "source":
        table(tmp_path / "in.parquet", PROFILES[:2000])
    elif change == "texts":
        made = job(tmp_path, texts=("text",))
    else:
        (made.partial / "state.json").write_text("{}")
    fault = "not the state of a scan" if change == "state" else f"was another one: {change} "
    with pytest.raises(ScanError, match=fault):
        scan(made, moderator=moderator, resume=True)
    assert (made.partial / "state.json").exists()


def test_two_scans_do_not_write_to_one_place(tmp_path: Path, moderator: Moderator) -> None:
    pytest.importorskip("fcntl", reason="the lock is for systems with flock")
    table(tmp_path / "in.parquet", PROFILES[:5])

    def again(progress: Progress) -> None:
        scan(job(tmp_path), moderator=moderator, resume=True)

    with pytest.raises(ScanError, match="another scan is writing there"):
        scan(job(tmp_path), moderator=moderator, on_progress=again)


def test_a_table_that_turns_out_broken_leaves_nothing(tmp_path: Path, moderator: Moderator) -> None:
    good = "id,text\n" + "1,CMU\n" * 1500
    (tmp_path / "in.csv").write_text(good + '2,"CMU\n')
    (tmp_path / "out.csv").write_text("what was there")
    made = job(tmp_path, source=tmp_path / "in.csv", output=tmp_path / "out.csv", texts=("text",))
    with pytest.raises(TableError, match="line 1502: not CSV: a quote is not closed"):
        scan(made, moderator=moderator)
    assert sorted(p.name for p in tmp_path.iterdir()) == ["in.csv", "out.csv"]
    assert made.output.read_text() == "what was there"


@pytest.mark.parametrize(
    ("options", "error", "fault"),
    [
        ({"texts": ()}, ScanError, "at least one column"),
        ({"texts": ("text", "text")}, ScanError, "each once"),
        ({"texts": ("nom",)}, TableError, "no columns called 'nom'; the columns are 'id', 'text', 'more'"),
        ({"id": None, "since_report": Path("x.csv")}, ScanError, "name the column of ids"),
        ({"output": Path("out.xlsx")}, TableError, "out.xlsx: no known format"),
    ],
)
def test_misuse_is_told(
    options: dict[str, Any], error: type[Exception], fault: str, tmp_path: Path, moderator: Moderator
) -> None:
    table(tmp_path / "in.parquet", PROFILES[:5])
    with pytest.raises(error, match=fault):
        scan(job(tmp_path, **options), moderator=moderator)
    assert [p.name for p in tmp_path.iterdir()] == ["in.parquet"]


def test_the_table_is_not_overwritten_by_its_own_mentions(tmp_path: Path, moderator: Moderator) -> None:
    table(tmp_path / "in.parquet", PROFILES[:5])
    with pytest.raises(ScanError, match="is the table to be scanned"):
        scan(job(tmp_path, output=tmp_path / "in.parquet"), moderator=moderator)


# -- the command -------------------------------------------------------------------------------------------------------


def test_the_command_tells_what_was_found(tmp_path: Path) -> None:
    table(tmp_path / "in.csv", PROFILES[:5])
    result = run(tmp_path / "in.csv", "-t", "text", "--id", "id", "-o", tmp_path / "out.csv")
    assert result.exit_code == 1
    assert "Profils lus : 5" in result.stdout
    assert "Mentions, refus explicite : 1 ; profils dont c'est la plus grave : 1" in result.stdout
    english = run(tmp_path / "in.csv", "-t", "text", "-o", tmp_path / "out.csv", "--lang", "en", "--rules", "2018-11")
    assert "Mentions, explicit refusal: 1; profiles of which it is the gravest: 1" in english.stdout
    assert "rules 2018-11" in english.stdout
    assert english.stderr == ""  # no terminal, no progress bar


def test_standard_input_and_a_summary_as_json(tmp_path: Path) -> None:
    data = gzip.compress(b"id;text\n1;Tiers payant pratiqu\xc3\xa9\n2\n")
    args = ("--format", "csv.gz", "--delimiter", ";", "-t", "text", "-o", tmp_path / "out.jsonl", "--json")
    result = run("-", *args, stdin=data)
    assert result.exit_code == 0
    assert json.loads(result.stdout)["rejected"] == 1
    nameless = run("-", "-t", "text", "-o", tmp_path / "out.jsonl", stdin=data)
    assert nameless.exit_code == 2
    assert "standard input has no name" in nameless.stderr


@pytest.mark.parametrize("missing", ["table", "folder"])
def test_what_is_not_there_is_told(missing: str, tmp_path: Path) -> None:
    source = tmp_path / "in.csv" if missing == "table" else table(tmp_path / "in.csv", PROFILES[:5])
    output = tmp_path / "out.csv" if missing == "table" else source / "out.csv"
    result = run(source, "-t", "text", "-o", output)
    assert result.exit_code == 2
    assert str(source) in result.stderr
    assert "impossible" in result.stderr
    assert [p.name for p in tmp_path.iterdir()] == ([] if missing == "table" else ["in.csv"])


def test_without_pyarrow_the_command_says_what_to_install(tmp_path: Path) -> None:
    script = "import sys; sys.modules['pyarrow'] = None; from mentions.cli import main; main()"
    args = ["scan", "in.csv", "-t", "text", "-o", str(tmp_path / "out.csv")]
    done = subprocess.run(
        [sys.executable, "-c", script, *args], capture_output=True, text=True, timeout=60, check=False
    )
    assert (done.returncode, done.stderr) == (2, 'mentions: scan needs pyarrow: pip install "mentions[scan]"\n')


def command(folder: Path, *more: str) -> list[str]:
    source, output = str(folder / "in.csv"), str(folder / "out.csv")
    return [sys.executable, "-m", "mentions.cli", "scan", source, "-t", "text", "--id", "id", "-o", output, *more]


@pytest.mark.skipif(os.name == "nt", reason="signals of POSIX")
@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGKILL], ids=["SIGTERM", "SIGKILL"])
def test_a_scan_that_is_ended_can_be_resumed(number: int, tmp_path: Path) -> None:
    rows = [{"id": str(n), "text": "Pas de CMU" if n % 20 == 0 else "", "more": None} for n in range(6000)]
    table(tmp_path / "in.csv", rows)
    process = subprocess.Popen(command(tmp_path, "--workers", "2"), stderr=subprocess.PIPE, text=True)
    state = tmp_path / "out.csv.partial" / "state.json"
    while not state.exists():
        assert process.poll() is None
        time.sleep(0.02)
    process.send_signal(number)
    stderr = process.communicate(timeout=60)[1]
    assert not (tmp_path / "out.csv").exists()
    if number == signal.SIGTERM:
        assert process.returncode == 2
        assert "--resume" in stderr
    done = subprocess.run(command(tmp_path, "--resume", "--json"), capture_output=True, timeout=120, check=False)
    assert done.returncode == 1, done.stderr
    assert json.loads(done.stdout)["rows"] == 6000
    assert [row[0] for row in rows_of(tmp_path / "out.csv", "code")] == [str(n) for n in range(0, 6000, 20)]


@pytest.mark.skipif(os.name == "nt", reason="limits of POSIX")
def test_a_full_disk_loses_nothing(tmp_path: Path) -> None:
    rows = [{"id": str(n), "text": "Pas de CMU" if n % 6 == 0 else "", "more": None} for n in range(3000)]
    table(tmp_path / "in.csv", rows)

    def little_room() -> None:
        signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
        resource.setrlimit(resource.RLIMIT_FSIZE, (100_000, 100_000))

    done = subprocess.run(
        command(tmp_path), capture_output=True, text=True, timeout=60, check=False, preexec_fn=little_room
    )
    assert done.returncode == 2
    assert "écriture ou lecture impossible" in done.stderr
    assert "Traceback" not in done.stderr
    assert not (tmp_path / "out.csv").exists()
    again = subprocess.run(command(tmp_path, "--resume"), capture_output=True, timeout=60, check=False)
    assert again.returncode == 1
    assert len(rows_of(tmp_path / "out.csv", "code")) == 500


@pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="the peak is read from /proc")
def test_memory_does_not_grow_with_the_table(tmp_path: Path) -> None:
    # Not ru_maxrss: a new process begins with that of the process that started it.
    script = (
        "import re, sys; from pathlib import Path; from mentions.scan import Job, scan\n"
        "scan(Job(Path(sys.argv[1]), Path(sys.argv[2]), ('text',)))\n"
        r"print(re.search(r'VmHWM:\s+(\d+)', Path('/proc/self/status').read_text())[1])"
    )
    peaks = []
    for count in (3_000, 30_000):
        path = tmp_path / f"{count}.csv"
        path.write_text("text,note\n" + f"ouvert,{'x' * 1000}\n" * count)
        run = [sys.executable, "-c", script, str(path), str(tmp_path / "out.csv")]
        peaks.append(int(subprocess.run(run, capture_output=True, timeout=120, check=True).stdout))
    assert peaks[1] < peaks[0] * 1.05  # the larger table alone is 30 MB
