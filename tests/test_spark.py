"""Spark for real: a cluster of two executors on this machine."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

pytest.importorskip("pyspark", reason='needs Spark: pip install "mentions[spark]"')
pa = pytest.importorskip("pyarrow", reason='needs pyarrow: pip install "mentions[arrow]"')

from mentions import Moderator  # noqa: E402
from mentions.corpus import Case  # noqa: E402
from mentions.integrations.arrow import SCHEMA, mention_batch  # noqa: E402
from mentions.model import Report  # noqa: E402


def _no_java() -> str | None:
    """Why Spark cannot start here, if it cannot."""
    home = os.environ.get("JAVA_HOME")
    java = str(Path(home, "bin", "java")) if home else shutil.which("java")
    if java is None:
        return "needs Java 17: there is no `java` on the path and JAVA_HOME is not set"
    try:
        subprocess.run([java, "-version"], capture_output=True, check=True, timeout=60)
    except (OSError, subprocess.SubprocessError) as error:
        return f"needs Java 17: {java} does not run ({error})"
    return None


_WHY_NOT = _no_java()
pytestmark = [pytest.mark.spark, pytest.mark.skipif(_WHY_NOT is not None, reason=str(_WHY_NOT))]


@pytest.fixture(scope="module")
def session() -> Iterator[Any]:
    import pyspark
    from pyspark.sql import SparkSession

    before = dict(os.environ)
    # Workers of a local cluster are started from there, by the Python that runs the tests.
    os.environ |= {"SPARK_HOME": str(Path(pyspark.__file__).parent), "PYSPARK_PYTHON": sys.executable}
    builder = SparkSession.builder.master("local-cluster[2,1,640]")
    for key, value in {
        "spark.driver.host": "127.0.0.1",
        "spark.driver.bindAddress": "127.0.0.1",
        "spark.executor.memory": "512m",
        "spark.ui.enabled": "false",
        "spark.sql.shuffle.partitions": "2",
    }.items():
        builder = builder.config(key, value)
    made = builder.getOrCreate()
    yield made
    made.stop()
    os.environ.clear()
    os.environ |= before


class DiesOnce(Moderator):
    """Kills its process at one text, unless that happened before."""

    marker = ""

    def check(self, text: str) -> Report:
        if self.marker and text.startswith("MEURS") and not Path(self.marker).exists():
            Path(self.marker).touch()
            os.kill(os.getpid(), 9)
        return super().check(text)

    def __reduce__(self) -> Any:
        return _dies_once, (self.marker,)


def _dies_once(marker: str) -> DiesOnce:
    made = DiesOnce()
    made.marker = marker
    return made


def _expected(rows: list[tuple[int, str | None]], moderator: Moderator) -> list[dict[str, Any]]:
    batch = pa.record_batch({"key": [k for k, _ in rows], "about": pa.array([t for _, t in rows], pa.string())})
    found: list[dict[str, Any]] = mention_batch(batch, texts=["about"], id="key", moderator=moderator).to_pylist()
    return found


def _sorted(found: list[dict[str, Any]]) -> list[dict[str, Any]]:
    return sorted(found, key=lambda m: (int(m["id"]), m["start"]))


def test_two_executors_find_what_check_many_finds(session: Any, cases: tuple[Case, ...], moderator: Moderator) -> None:
    from mentions.integrations.spark import mention_frame, register

    rows: list[tuple[int, str | None]] = [*enumerate(case.text for case in cases[::25]), (-1, None)]
    frame = session.createDataFrame(rows, "key int, about string").repartition(4)
    found = mention_frame(frame, texts=["about"], id="key", moderator=moderator)
    assert found.columns == SCHEMA.names
    assert _sorted([row.asDict() for row in found.collect()]) == _sorted(_expected(rows, moderator))

    reports = dict(
        zip((k for k, t in rows if t is not None), moderator.check_many(t for _, t in rows if t), strict=True)
    )
    register(session, moderator)
    frame.createOrReplaceTempView("profiles")
    categories = session.sql("SELECT key, mentions_category(about) AS category FROM profiles").collect()
    assert {r.key: r.category for r in categories} == {k: r.category.value for k, r in reports.items()} | {-1: None}


def test_a_partition_that_dies_is_done_again(session: Any, moderator: Moderator, tmp_path: Path) -> None:
    from pyspark import cloudpickle

    from mentions.integrations.spark import mention_frame

    rows: list[tuple[int, str | None]] = [(n, "MEURS. Pas de CMU" if n == 25 else f"Pas de CMU {n}") for n in range(40)]
    frame = session.createDataFrame(rows, "key int, about string").repartition(4)
    cloudpickle.register_pickle_by_value(sys.modules[__name__])  # executors cannot import the tests
    try:
        found = mention_frame(frame, texts=["about"], id="key", moderator=_dies_once(str(tmp_path / "died")))
        assert _sorted([row.asDict() for row in found.collect()]) == _sorted(_expected(rows, moderator))
    finally:
        cloudpickle.unregister_pickle_by_value(sys.modules[__name__])
    assert (tmp_path / "died").exists()
