"""How much faster two worker processes scan a Parquet table of seeded profiles than one.

pip install -e ".[scan]" && python benchmarks/scan.py [--profiles 1000000]
"""

from __future__ import annotations

import argparse
import resource
import tempfile
from datetime import date
from itertools import islice
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
from texts import texts

import mentions
from mentions.scan import Job, scan

DIFFERENT = 20_000
"""Profiles that are made; more rows than these repeat them, each time with other figures behind."""
ROW_GROUP = 10_000


def _write(path: Path, profiles: int) -> None:
    different = [text for _, text in texts(min(profiles, DIFFERENT))]
    schema = pa.schema({"id": pa.int64(), "presentation": pa.string()})
    rows = ((number, f"{different[number % len(different)]} {number}") for number in range(profiles))
    with pq.ParquetWriter(path, schema) as writer:
        while group := list(islice(rows, ROW_GROUP)):
            ids, presentations = zip(*group, strict=True)
            writer.write_table(pa.table({"id": ids, "presentation": presentations}, schema=schema))


def _processor_seconds() -> float:
    used = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    return sum(use.ru_utime + use.ru_stime for use in used)


def main() -> None:
    """Scan with one worker, then with two, and print what each took."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--profiles", type=int, default=1_000_000)
    profiles = parser.parse_args().profiles
    moderator = mentions.Moderator()
    moderator.warm_up()
    rates = {}
    with tempfile.TemporaryDirectory() as folder:
        source = Path(folder, "profiles.parquet")
        _write(source, profiles)
        for workers in (1, 2):
            begin = _processor_seconds()
            job = Job(source, Path(folder, f"mentions-{workers}.parquet"), texts=("presentation",), id="id")
            summary = scan(job, moderator=moderator, workers=workers)
            rates[workers] = summary.rows / summary.seconds
            cost = 1000 * (_processor_seconds() - begin) / summary.rows
            print(
                f"{workers} workers: {rates[workers]:.0f} profiles a second, {cost:.3f} ms of processor time each",
                flush=True,
            )
    print(f"{date.today()}, {profiles} profiles: 2 workers ÷ 1 worker {rates[2] / rates[1]:.2f}")


if __name__ == "__main__":
    main()
