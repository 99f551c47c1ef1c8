"""Rewriting a text: every non-neutral mention is replaced by its neutral wording or goes, and French remains."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator

from .model import Category, Mention, Report
from .normalize import HTML_TAGS

_TAG = re.compile(r"</?([a-zA-Z][a-zA-Z0-9]*)\b[^<>]*>")
_VOID = frozenset(
    ["br", "hr", "img", "input", "wbr", "link", "meta", "area", "base", "col", "embed", "source", "track"]
)
_INLINE = "b|strong|em|i|u|s|span|a|small|font|abbr|mark|sup|sub|big|del|ins|strike|tt|code|kbd|q|cite"
_EMPTY = re.compile(
    rf"<({_INLINE}|h\d|ul|ol|li|dl|dt|dd|p|div|label|option|select)\b[^<>]*>\s*</\1\s*>[ \t]?"
    r"|(?<!\*)\*\*\s*\*\*(?!\*)|__\s*__|(?<!\*)\*\s*\*(?!\*)|(?<!_)_\s*_(?!_)|«\s*»[ \t]?|“\s*”[ \t]?|\(\s*\)[ \t]?",
    re.IGNORECASE,
)
_OPENING = re.compile(rf"<({_INLINE})\b[^<>]*>\s*\Z", re.IGNORECASE)
_MARKER = r"[ \t]*(?:[-•*–—→✓✔✗✘]|o|\(?\w{1,2}[.)])[ \t]*"
_OPENER, _CLOSER = (
    re.compile(r"\[(b|i|center|color|size|font)[^\[\]]*\]\Z"),
    re.compile(r"\[/(b|i|center|color|size|font)\]"),
)
_LEAD = re.compile(r"(?:[ \t]|&nbsp;)*(?:(?:[,;:–—/|+&)]|-(?=\s)|\b(?:mais|et|ou)\b)(?:[ \t]|&nbsp;)*)*")
_JOINTS = re.compile(
    r"\A(?:\s|&nbsp;)*(?:(?:[,;:–—/|+&]|-(?=\s)|\b(?:mais|et|ou|cependant|toutefois|par contre|en revanche)\b)(?:[ \t]|&nbsp;)*)*",
    re.IGNORECASE,
)
_NEAR = 200  # characters within which an opening tag belongs to what follows it
_ROUNDS = 6
_BLOCK = 4000  # characters
_JOINT = re.compile(
    r"(?:\s|&nbsp;)*(?:[,;:–—/|+&(-]|\b(?:mais|et|ou|cependant|toutefois|par contre|en revanche|sauf|hors|donc|car)\b)?(?:\s|&nbsp;)*\Z",
    re.IGNORECASE,
)


def rewrite(report: Report, check: Callable[[str], Report]) -> str:
    """The report's text with each non-neutral mention reworded (270 §37, 269 §110) or removed (270 §24, §29).

    What is left is checked again: where taking a mention out lets its neighbours be read anew, that is mended too, so
    that the result is neutral and rewriting it changes nothing.
    """
    for _ in range(_ROUNDS):
        if report.category is Category.NEUTRAL:
            return report.text
        report = check(_once(report))
    while report.category is not Category.NEUTRAL:
        # What a rewording cannot settle goes whole, from the last to the first; each round leaves less text.
        text = report.text
        for mention in reversed([m for m in report.mentions if m.category is not Category.NEUTRAL]):
            text = text[: mention.start] + text[mention.end :]
        report = check(text)
    return report.text


def _once(report: Report) -> str:
    wanted = [m for m in report.mentions if m.category is not Category.NEUTRAL]
    first_of: dict[str, Mention] = {}
    for mention in wanted:
        if mention.rewording is not None and mention.rewording.text:
            first_of.setdefault(mention.rewording.text, mention)
    outside = _outside(report.text, wanted)
    standing = {wording for wording in first_of if wording in outside}
    out: list[str] = []
    end = len(report.text)
    for start, group in reversed(list(_blocks(report.text, wanted))):
        block = report.text[start:end]
        for mention in reversed(group):
            wording = mention.rewording.text if mention.rewording is not None else ""
            if wording in standing or (wording and first_of[wording] is not mention):
                wording = ""  # said once is enough
            block = _without(block, mention.start - start, mention.end - start, wording)
        out.append(block)
        end = start
    out.append(report.text[:end])
    return "".join(reversed(out))


def _blocks(text: str, wanted: list[Mention]) -> Iterator[tuple[int, list[Mention]]]:
    """Mentions by the stretch of text that holds them: whole lines, so that the cost of an edit is that of its block."""
    start = 0
    group: list[Mention] = []
    for mention in wanted:
        line = text.rfind("\n", start, mention.start) + 1
        if group and (line > group[-1].end or mention.start - start > _BLOCK):
            yield start, group
            start, group = (line if line > group[-1].end else group[-1].end), []
        group.append(mention)
    if group:
        yield start, group


def _outside(text: str, wanted: list[Mention]) -> str:
    """What of the text no mention takes: a wording that already stands there is not said twice."""
    out: list[str] = []
    position = 0
    for mention in wanted:
        out.append(text[position : mention.start])
        position = mention.end
    out.append(text[position:])
    return "\n".join(out)


def _without(text: str, start: int, end: int, wording: str) -> str:
    """``text`` with ``start:end`` replaced by ``wording``, and no orphan punctuation, bullet or empty element left."""
    part = text[start:end]
    kept = _unmatched_tags(part)
    before, after = _without_emphasis(part, text[:start], _without_closer(part, text[end:]))
    if not wording:
        before, kept, after = _peeled(before, kept, after)
    line_before = re.split(r"\n|<(?:br|p|li|div|td|th|ul|ol|h\d)\b[^<>]*>", before)[-1]
    if wording:
        if line_before.strip(' \t-•*–—>«"“(') and not re.search(r"[.!?…:>»)]\s*\Z", before.rstrip(" \t")):
            before = _JOINT.sub("", before)
            if before and not before.endswith(("\n", ">")):
                before = before.rstrip() + ". "
        after = re.sub(r"\A[ \t]*\.(?!\.)", "", after)
        lead = _LEAD.match(after)
        if lead is not None and lead.end():
            tail = after[lead.end() :]
            after = f" {tail[:1].upper()}{tail[1:]}" if tail[:1].isalpha() else tail
        elif after[:1].isalnum():
            after = " " + after
        return _tidied(before, kept + wording, after)
    # The mention goes.
    ends_line = re.match(r"[ \t]*[.!;,]?[ \t]*(?=\r?\n|\Z|</(?:li|p|div|td|th|h\d)\b|<br)", after)
    begins_line = not line_before.strip(" \t") or re.fullmatch(_MARKER, line_before)
    if begins_line and ends_line:
        before = before[: len(before) - len(line_before)]
        after = after[ends_line.end() :]
        if not kept:
            if not before or before.endswith("\n"):
                after = re.sub(r"\A\r?\n", "", after)
            before, after = _drop_empty_element(before, after)
    elif ends_line or re.match(r"\s*\)", after):
        before = _JOINT.sub("", before)
        after = re.sub(r"\A\s*\)", "", after)
        if before and not re.search(r"[.!?…:>\n]\Z", before) and not re.match(r"\s*[.!?…]", after):
            before += "."
        ended = not before or re.search(r"[.!?…>\n]\Z", before)
        after = re.sub(r"\A[ \t]*[.;,](?=[ \t]*(?:\r?\n|\Z|<))", "" if ended else ".", after)
    else:
        after = _JOINTS.sub("", after)
        if begins_line:
            after = re.sub(r"\A\.(?=\s)\s*", "", after)  # set between two mentions, of which the first has gone
        if not line_before.strip() or re.search(r"[.!?…]\s*\Z", before):
            after = after[:1].upper() + after[1:]
        elif before and not before[-1].isspace() and after[:1].isalnum():
            before += " "
    return _tidied(before, kept, after)


def _peeled(before: str, kept: str, after: str) -> tuple[str, str, str]:
    """The same without the inline elements that would be left around nothing: « <em>CMU refusée</em> »."""
    while (opening := _OPENING.search(before, max(0, len(before) - _NEAR))) is not None:
        closing = re.compile(rf"\s*</{opening[1]}\s*>", re.IGNORECASE)
        if kept:
            first = closing.match(kept)
            if first is None:
                break
            kept = kept[first.end() :]
        else:
            first = closing.match(after)
            if first is None:
                break
            after = after[first.end() :]
        before = before[: opening.start()]
    return before, kept, after


def _without_emphasis(part: str, before: str, after: str) -> tuple[str, str]:
    """The surroundings without the half of an emphasis or link, of markdown or of forums, whose other half goes with the part."""
    for mark in ("**", "__", "*", "_"):
        if part.count(mark) % 2:
            if before.endswith(mark):
                before = before[: -len(mark)]
            elif after.startswith(mark):
                after = after[len(mark) :]
        part = part.replace(mark, "")
    opener = _OPENER.search(before)
    if opener is not None and part.count(f"[/{opener[1]}]") > part.count(f"[{opener[1]}"):
        before = before[: opener.start()]  # « [b]C[/b]MU »
    elif before.endswith("[") and part.count("]") > part.count("["):
        before = before[:-1]  # « [C](#)MU »
    closer = _CLOSER.match(after)
    if closer is not None and part.count(f"[{closer[1]}") > part.count(f"[/{closer[1]}]"):
        after = after[closer.end() :]
    return before, after


def _without_closer(part: str, after: str) -> str:
    """What follows, less the mark that closes what was opened in the part that goes."""
    for opener, closer in ("«»", "“”", "()"):
        if part.count(opener) > part.count(closer):
            after = re.sub(rf"\A\s*{re.escape(closer)}", "", after)
    return after


def _tidied(before: str, middle: str, after: str) -> str:
    """The three together, less the elements and marks around nothing that the change left where it was made."""
    text = before + middle + after
    first, last = len(before), len(before) + len(middle)
    while True:
        near = max(0, first - _NEAR)
        empty = next(
            (m for m in _EMPTY.finditer(text, near, last + 200) if m.start() <= last and m.end() >= first), None
        )
        if empty is None:
            return text
        text = text[: empty.start()] + text[empty.end() :]
        first, last = empty.start(), max(empty.start(), last - (empty.end() - empty.start()))


def _drop_empty_element(before: str, after: str) -> tuple[str, str]:
    """« <li></li> » and « <p></p> » go with what they held."""
    while True:
        opening = re.search(r"<(li|p|div|span|strong|b|em|i|td|h\d|small|font)\b[^<>]*>\s*\Z", before)
        closing = re.match(r"\s*</([a-zA-Z]\w*)\s*>[ \t]*\n?", after)
        if not opening or not closing or opening[1].lower() != closing[1].lower() or opening[1].lower() == "td":
            return before, after
        before, after = before[: opening.start()], after[closing.end() :]


def _unmatched_tags(part: str) -> str:
    """The tags of ``part`` whose partner lies outside it: they must stay for the HTML to stay well-formed."""
    if "<" not in part:
        return ""
    stack: list[tuple[str, str]] = []
    lone: list[str] = []
    for match in _TAG.finditer(part):
        name = match[1].lower()
        if name not in HTML_TAGS or name in _VOID or match.group().endswith("/>"):
            continue
        if not match.group().startswith("</"):
            stack.append((name, match.group()))
        elif any(n == name for n, _ in stack):
            while stack and stack.pop()[0] != name:
                pass
        else:
            lone.append(match.group())
    return "".join(lone) + "".join(tag for _, tag in stack)
