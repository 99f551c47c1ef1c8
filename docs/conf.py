"""Sphinx builds these pages as a site: ``python -m sphinx -W -b html docs FOLDER``."""

import re
from typing import Any

project = "mentions"
copyright = "the authors of mentions"
extensions = ["myst_parser"]
exclude_patterns = ["_build"]
myst_heading_anchors = 3
html_theme = "alabaster"


def _link_files(app: Any, docname: str, source: list[str]) -> None:
    """Links out of this folder lead to files of the repository, which are no pages of the site: readers download them."""
    if "/" not in docname:
        source[0] = re.sub(r"\]\(\.\./", "](path:../", source[0])


def setup(app: Any) -> None:
    """Called by Sphinx."""
    app.connect("source-read", _link_files)
