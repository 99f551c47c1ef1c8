"""Scanning a table of profiles: its mentions as a table, the rows that cannot be read, and a summary.

What is done is kept in a folder beside the output, ``<output>.partial``, until the output is whole: the mentions found
and the rows rejected so far, each in a file that only grows, and ``state.json``, which says how far they count. Only
that file is replaced, at once, so that a scan that was killed at any time goes on from there and neither loses nor
doubles a row.
"""

from __future__ import annotations

import contextlib
import json
import os
import shutil
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, dataclass
from functools import partial
from importlib import metadata
from itertools import islice
from pathlib import Path
from typing import BinaryIO, NamedTuple

import pyarrow as pa
from pydantic import BaseModel, ConfigDict, ValidationError

from .files import in_place_of, write_whole
from .fingerprint import FingerprintError, Known
from .integrations.arrow import SCHEMA, as_batch, find
from .model import Category, RulesInfo
from .moderator import Moderator, shared
from .parallel import map_in_order
from .tables import Chunk, Format, Reject, TableError, format_of, read, writing

if sys.platform != "win32":
    import fcntl

CAME_BACK = pa.field("came_back", pa.bool_())
"""The column that a comparison with an earlier scan adds: whether the profile had that mention then (2018-270 §25)."""

_SAVE_EVERY = 1.0
"""Seconds between two notes of how far the scan has come; after a kill at most this much is done again."""


class ScanError(RuntimeError):
    """A scan that cannot begin or go on; the message says why and what to do."""


class Counts(BaseModel):
    """What was found so far."""

    model_config = ConfigDict(extra="forbid")

    rows: int = 0
    """All rows of the table, with those rejected."""
    rejected: int = 0
    texts: int = 0
    """Those that are not null."""
    profiles: Counter[Category] = Counter()
    """Rows that have mentions, by the gravest of them."""
    mentions: Counter[Category] = Counter()
    codes: Counter[str] = Counter()
    subjects: Counter[str] = Counter()
    """Mentions that name a subject, by its id."""
    came_back: int | None = None
    """Mentions that an earlier scan had too; ``None`` where none was compared."""
    seconds: float = 0.0
    """Time spent, with that before an interruption."""

    def plus(self, other: Counts) -> Counts:
        """The sum of two counts."""
        own, others = dict(self), dict(other)
        return Counts.model_validate(
            {name: None if value is None else value + others[name] for name, value in own.items()}
        )


class Summary(Counts):
    """What a scan found, and by which rules."""

    rules: RulesInfo


class _State(BaseModel):
    """How far a scan has come, and of what."""

    model_config = ConfigDict(extra="forbid")

    scan: dict[str, str]
    chunks: int = 0
    spool_bytes: int = 0
    rejects_bytes: int = 0
    counts: Counts


class Progress(NamedTuple):
    """How far a scan has come: rows so far, and the part of the table from 0 to 1, if that can be told."""

    rows: int
    part: float | None


@dataclass(frozen=True, slots=True)
class Job:
    """What to scan, and where the results go.

    ``source`` and ``output`` are files whose names end with their format (``.csv``, ``.tsv``, ``.jsonl``, ``.ndjson``,
    also with ``.gz``, ``.zst`` or ``.bz2`` behind it; ``.parquet``; ``.arrow``, ``.feather``). ``source`` may be an open
    binary stream of CSV or JSON Lines instead; its format then stands in ``source_format``.
    """

    source: Path | BinaryIO
    output: Path
    texts: tuple[str, ...]
    """The columns to check."""
    id: str | None = None
    """The column that says whose texts they are; without it the number of the row is the id."""
    source_format: str | None = None
    """``csv``, ``jsonl.gz`` …, where the name of the source does not say it."""
    delimiter: str | None = None
    """Between the fields of a CSV source, where it is neither a comma nor, in TSV, a tab."""
    rejects: Path | None = None
    """Where rows that cannot be read are told, as JSON Lines; ``<output>.rejects.jsonl`` by default."""
    since_report: Path | None = None
    """The table of mentions of an earlier scan, to tell which mentions came back."""

    @property
    def partial(self) -> Path:
        """The folder that keeps what is done until the output is whole."""
        return self.output.with_name(self.output.name + ".partial")

    @property
    def rejects_path(self) -> Path:
        """Where rows that cannot be read are told."""
        return self.rejects or self.output.with_name(self.output.name + ".rejects.jsonl")


def scan(
    job: Job,
    *,
    moderator: Moderator | None = None,
    workers: int = 1,
    resume: bool = False,
    on_progress: Callable[[Progress], None] = lambda progress: None,
) -> Summary:
    """Scan a table. Both files appear when they are whole, in the place of older ones.

    Memory does not grow with the table (but with ``since_report``, by the fingerprint of each earlier mention).

    Args:
        job: What to scan.
        moderator: What checks; that of :func:`mentions.check` by default.
        workers: How many processes check.
        resume: Go on with a scan that was interrupted, if there is one.
        on_progress: Called after every thousand rows or so.

    Raises:
        TableError: if a table cannot be read. Nothing is kept, since resuming would not help.
        ScanError: if an interrupted scan is in the way, or cannot be resumed.
        OSError: if a file cannot be read or written. What is done is kept.
        mentions.parallel.WorkersLostError: if worker processes died several times. What is done is kept.
        RulesError: if a rule file is malformed.
    """
    moderator = moderator or shared()
    moderator.warm_up()
    source_format, output_format = _formats(job)
    earlier = None if job.since_report is None else _earlier(job.since_report)
    with _Spool.opened(job, moderator, resume) as spool:
        rows = read(job.source, source_format, texts=job.texts, id=job.id)
        try:
            _check_rows(islice(rows, spool.state.chunks, None), spool, moderator, workers, earlier, on_progress)
            spool.finish(output_format)
        except TableError:
            spool.discard()
            raise
        except BaseException:
            if isinstance(job.source, Path) and spool.state.chunks:
                with contextlib.suppress(OSError):  # a full disk: what was noted before still counts
                    spool.save()
            else:  # a stream cannot be read again
                spool.discard()
            raise
    return Summary(**spool.state.counts.model_dump(), rules=moderator.rules.info)


def _formats(job: Job) -> tuple[Format, Format]:
    """Those of the source and of the output.

    Raises:
        TableError: if one is not known.
        ScanError: if columns or files are named that do not go together.
    """
    if not job.texts or len(set(job.texts)) < len(job.texts):
        raise ScanError("name at least one column of texts, and each once")
    if job.since_report is not None and job.id is None:
        raise ScanError("to tell which mentions came back, name the column of ids: numbers of rows change")
    if isinstance(job.source, Path):
        name = job.source_format or job.source.name
        if job.source.exists() and job.output.exists() and job.source.samefile(job.output):
            raise ScanError(f"{job.output}: is the table to be scanned; give the output another name")
    elif job.source_format is None:
        raise ScanError("standard input has no name that ends with its format; say it (csv, jsonl, csv.gz …)")
    else:
        name = job.source_format
    return format_of(name, job.delimiter), format_of(job.output.name)


_Earlier = dict[str | None, Known]
"""The fingerprints that an earlier scan found in a profile, by its id."""


def _earlier(report: Path) -> _Earlier:
    """What the table of mentions of an earlier scan holds.

    Raises:
        TableError: if it cannot be read, or its fingerprints are those of another version.
    """
    found: dict[str | None, set[str]] = {}
    for chunk in read(report, format_of(report.name), texts=["fingerprint"], id="id"):
        for id, fingerprint in zip(*(column.to_pylist() for column in chunk.batch.columns), strict=True):
            found.setdefault(id, set()).add(fingerprint)
    try:
        return {id: Known(fingerprints) for id, fingerprints in found.items()}
    except FingerprintError as error:
        raise TableError(f"{report}: column 'fingerprint': {error}") from None


# -- the work ----------------------------------------------------------------------------------------------------------


def _check_rows(
    chunks: Iterator[Chunk],
    spool: _Spool,
    moderator: Moderator,
    workers: int,
    earlier: _Earlier | None,
    on_progress: Callable[[Progress], None],
) -> None:
    before = spool.state.counts.seconds
    started = time.monotonic()
    with contextlib.closing(map_in_order(partial(_check_chunk, moderator), chunks, workers=workers)) as answers:
        for chunk, (mentions, counts) in answers:
            if earlier is not None:
                mentions, counts.came_back = _compared(mentions, earlier)
            total = spool.state.counts.plus(counts)
            total.seconds = before + time.monotonic() - started
            spool.add(mentions, chunk.rejects, total)
            on_progress(Progress(total.rows, chunk.part))


def _check_chunk(moderator: Moderator, chunk: Chunk) -> tuple[bytes, Counts]:
    """The mentions in some rows, as an Arrow message with the schema :data:`SCHEMA`, and what they count."""
    found = find(chunk.batch, moderator)
    gravest: dict[int, Category] = {}
    for one in found:
        gravest[one.row] = max(gravest.get(one.row, Category.NEUTRAL), one.mention.category)
    counts = Counts(
        rows=chunk.rows,
        rejected=len(chunk.rejects),
        texts=sum(len(column) - column.null_count for column in chunk.batch.columns[1:]),
        profiles=Counter(gravest.values()),
        mentions=Counter(one.mention.category for one in found),
        codes=Counter(one.mention.code for one in found),
        subjects=Counter(id for one in found for id in {s.id for s in one.mention.subjects}),
    )
    return as_batch(found, chunk.batch.column(0), moderator).serialize().to_pybytes(), counts


def _compared(mentions: bytes, earlier: _Earlier) -> tuple[bytes, int]:
    """The mentions with the column :data:`CAME_BACK`, and how many came back."""
    batch = pa.ipc.read_record_batch(pa.py_buffer(mentions), SCHEMA)
    pairs = zip(batch.column("id").to_pylist(), batch.column("fingerprint").to_pylist(), strict=True)
    came_back = [id in earlier and earlier[id].find(fingerprint) is not None for id, fingerprint in pairs]
    batch = batch.append_column(CAME_BACK, pa.array(came_back, CAME_BACK.type))
    return batch.serialize().to_pybytes(), sum(came_back)


# -- what is done so far -----------------------------------------------------------------------------------------------


class _Spool:
    """What is done of a scan, in its folder; ``state`` says how far it counts."""

    def __init__(self, job: Job, state: _State) -> None:
        self._job = job
        self.state = state
        self._mentions = _appended(job.partial / "mentions", state.spool_bytes)
        self._rejects = _appended(job.partial / "rejects.jsonl", state.rejects_bytes)
        self._saved = -_SAVE_EVERY  # the first chunk is noted at once

    @classmethod
    @contextlib.contextmanager
    def opened(cls, job: Job, moderator: Moderator, resume: bool) -> Iterator[_Spool]:
        """The folder of a new scan, or of the one to be resumed; nobody else works in it meanwhile.

        Raises:
            ScanError: if another scan is in the way, or the one to be resumed was one of something else.
        """
        identity = _identity(job, moderator)
        job.partial.mkdir(exist_ok=True)
        with _locked(job.partial / "lock", job):
            state = _State(scan=identity, counts=Counts(came_back=None if job.since_report is None else 0))
            noted = job.partial / "state.json"
            if noted.exists():
                if not resume:
                    raise ScanError(
                        f"{job.partial}: holds a scan that was interrupted; go on with it (--resume), or delete the "
                        "folder to begin anew"
                    )
                state = _resumed(noted, identity)
            spool = cls(job, state)
            try:
                yield spool
            finally:
                spool._mentions.close()
                spool._rejects.close()

    def add(self, mentions: bytes, rejects: Sequence[Reject], counts: Counts) -> None:
        """Note what was found in a chunk."""
        self._mentions.write(mentions)
        for reject in rejects:
            self._rejects.write(json.dumps(asdict(reject), ensure_ascii=False).encode() + b"\n")
        # Assigned at once: an interruption leaves either all of the chunk or nothing of it.
        self.state = self.state.model_copy(
            update={
                "chunks": self.state.chunks + 1,
                "spool_bytes": self._mentions.tell(),
                "rejects_bytes": self._rejects.tell(),
                "counts": counts,
            }
        )
        if time.monotonic() - self._saved >= _SAVE_EVERY:
            self.save()

    def save(self) -> None:
        """Make what is done last, whatever becomes of the process or the machine."""
        for file in (self._mentions, self._rejects):
            file.flush()
            os.fsync(file.fileno())
        write_whole(self._job.partial / "state.json", self.state.model_dump_json())
        self._saved = time.monotonic()

    def finish(self, form: Format) -> None:
        """Put the whole results in their places. Killed on the way, it is done again at the next attempt."""
        self.save()
        folder = self._job.partial
        schema = SCHEMA if self._job.since_report is None else SCHEMA.append(CAME_BACK)
        with (
            writing(folder / "output", form, schema) as write,
            pa.OSFile(str(folder / "mentions")) as spooled,
        ):
            while spooled.tell() < self.state.spool_bytes:
                write(pa.ipc.read_record_batch(pa.ipc.read_message(spooled), schema))
        with in_place_of(self._job.rejects_path) as beside:
            shutil.copyfile(folder / "rejects.jsonl", beside)
        os.replace(folder / "output", self._job.output)
        self.discard()

    def discard(self) -> None:
        """Delete the folder; what says that it holds something goes first."""
        (self._job.partial / "state.json").unlink(missing_ok=True)
        shutil.rmtree(self._job.partial, ignore_errors=True)


def _appended(path: Path, length: int) -> BinaryIO:
    """The file, opened to write behind its first ``length`` bytes; what stands there does not count."""
    file = path.open("r+b" if length else "wb")
    file.truncate(length)
    file.seek(length)
    return file


def _identity(job: Job, moderator: Moderator) -> dict[str, str]:
    """What must be the same for a scan to be resumed."""
    identity = {
        "source": "a stream",
        "texts": json.dumps(job.texts),
        "id": str(job.id),
        "format": f"{job.source_format} {job.delimiter}",
        "since_report": str(job.since_report),
        "rules": moderator.rules.digest,
        "versions": f"mentions {metadata.version('mentions')}, pyarrow {pa.__version__}",
    }
    for name, path in (("source", job.source), ("since_report", job.since_report)):
        if isinstance(path, Path):
            found = path.stat()
            identity[name] = f"{path.resolve()}, {found.st_size} bytes, changed at {found.st_mtime_ns} ns"
    return identity


def _resumed(noted: Path, identity: dict[str, str]) -> _State:
    try:
        state = _State.model_validate_json(noted.read_bytes())
    except ValidationError:
        raise ScanError(f"{noted}: not the state of a scan of this version; delete the folder to begin anew") from None
    differing = [
        f"{name} (then {state.scan.get(name)}; now {now})"
        for name, now in identity.items()
        if state.scan.get(name) != now
    ]
    if differing:
        raise ScanError(
            f"{noted}: the scan that was interrupted was another one: {'; '.join(differing)}; repeat it as it was, or "
            "delete the folder to begin anew"
        )
    return state


@contextlib.contextmanager
def _locked(path: Path, job: Job) -> Iterator[None]:
    """The folder for this process alone, where the system has such locks; they end with the process."""
    with path.open("w") as file:
        if sys.platform != "win32":
            try:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                raise ScanError(f"{job.partial}: another scan is writing there; wait for its end") from None
        yield
