"""The Django section of ``docs/integrations.md``, followed from nothing: its commands run, its files are written."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

from test_docs import ROOT, blocks

_PLACE = re.compile(r"# (?P<append>at the end of )?(?P<path>\S+\.py)\n")


def test_a_new_project_is_made_from_the_documentation(tmp_path: Path) -> None:
    document = (ROOT / "docs" / "integrations.md").read_text(encoding="utf-8")
    section = document.partition("\n## Django\n")[2].partition("\n## ")[0]
    environment = {k: v for k, v in os.environ.items() if k != "DJANGO_SETTINGS_MODULE"}
    environment["PATH"] = f"{Path(sys.executable).parent}{os.pathsep}{environment['PATH']}"
    compared = 0
    for block in blocks(section):
        if block.kind == "py":
            place = _PLACE.match(block.body)
            assert place is not None, f"no path in the first line: {block.body!r}"
            with (tmp_path / place["path"]).open("a" if place["append"] else "w", encoding="utf-8") as file:
                file.write(block.body)
        elif block.kind == "sh":
            commands = "".join(line for line in block.body.splitlines(True) if not line.startswith("pip install"))
            ran = subprocess.run(
                ["sh", "-ec", commands], cwd=tmp_path, env=environment, capture_output=True, text=True, check=False
            )
            assert ran.returncode == 0, ran.stderr
            if block.output is not None:
                assert ran.stdout == block.output
                compared += 1
    assert compared == 1
