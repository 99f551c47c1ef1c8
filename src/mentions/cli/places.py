"""Where mentions stand in a file, for people and for other tools. Lines and columns count from 1, columns in characters."""

from bisect import bisect_right

from ..documents import Passage
from ..formats.finding import Region
from ..model import Mention
from .terminal import NEWLINE, shown


class Lines:
    """The lines of a text, which end with LF, CRLF or CR."""

    def __init__(self, text: str) -> None:
        ends = [(m.start(), m.end()) for m in NEWLINE.finditer(text)]
        self.starts = [0, *(end for _, end in ends)]
        self.ends = [*(start for start, _ in ends), len(text)]

    def number(self, index: int) -> int:
        """The line, from 0, in which the character at ``index`` stands."""
        return bisect_right(self.starts, index) - 1

    def place(self, index: int) -> tuple[int, int]:
        """Line and column."""
        line = self.number(index)
        return line + 1, index - self.starts[line] + 1


class Places:
    """Places in a file of what stands in one of its texts."""

    _MARGIN = 60
    """How many characters of a line are shown on either side of a mention."""

    def __init__(self, passage: Passage, file: Lines) -> None:
        self._text, self._origin, self._file = passage.text, passage.origin, file
        self._lines = Lines(passage.text)

    @property
    def line(self) -> int:
        """The line in which the text begins."""
        return self._file.place(self._origin[0])[0]

    def region(self, mention: Mention) -> Region:
        """The place of ``mention``."""
        last = max(mention.start, mention.end - 1)
        line, column = self._file.place(self._origin[mention.start])
        end_line, last_column = self._file.place(self._origin[last])
        return Region(line, end_line, (column, last_column + self._origin[mention.end] - self._origin[last]))

    def of(self, mention: Mention) -> str:
        """``line:column``, and that of its last character too where the mention goes over several lines."""
        first = self._file.place(self._origin[mention.start])
        last = self._file.place(self._origin[max(mention.start, mention.end - 1)])
        return f"{first[0]}:{first[1]}" if first[0] == last[0] else f"{first[0]}:{first[1]}-{last[0]}:{last[1]}"

    def around(self, mention: Mention) -> list[str]:
        """The lines of the mention, numbered, shortened far from it; none where they hold nothing else."""
        lines = self._lines
        first, last = lines.number(mention.start), lines.number(max(mention.start, mention.end - 1))
        start, end = lines.starts[first], lines.ends[last]
        if not (self._text[start : mention.start] + self._text[mention.end : end]).strip():
            return []
        cut_start, cut_end = max(start, mention.start - self._MARGIN), min(end, mention.end + self._MARGIN)
        numbered: list[str] = []
        for line in range(first, last + 1):
            part = shown(self._text[max(lines.starts[line], cut_start) : min(lines.ends[line], cut_end)])
            before = "…" if line == first and cut_start > start else ""
            after = "…" if line == last and cut_end < end else ""
            number = self._file.place(self._origin[lines.starts[line]])[0]
            numbered.append(f"{number} | {before}{part}{after}")
        return numbered
