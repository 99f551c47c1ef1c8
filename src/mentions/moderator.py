"""The order of the stages, from a text to its report."""

from __future__ import annotations

import threading
from collections.abc import Iterable, Iterator
from concurrent.futures import Future, ProcessPoolExecutor
from dataclasses import dataclass
from functools import cached_property, partial
from itertools import islice
from weakref import WeakValueDictionary

from .fingerprint import fingerprint, twins
from .judgement import Verdict, judge
from .lexicon import Lexicon
from .model import (
    FIELDS,
    Category,
    FieldName,
    Language,
    Mention,
    Report,
    Rewording,
    RulesInfo,
    Step,
    Subject,
    Written,
    set_rewriter,
)
from .normalize import Folded, fold
from .reading import Reader
from .rewording import rewrite
from .rulefile import RulesError
from .ruleset import RuleSet, load_rules, versions
from .statements import Statement, statements
from .subjects import Named, SubjectFinder
from .tokens import Token

_CHUNK = 256
_in_use: WeakValueDictionary[str, Moderator] = WeakValueDictionary()
"""The moderators of this process by their rules' digest, for reports to be rewritten by the rules that answered."""


@dataclass(frozen=True, slots=True)
class Comparison:
    """What an edit did to the mentions of a text."""

    added: tuple[Mention, ...]
    kept: tuple[Mention, ...]
    removed: tuple[Mention, ...]
    worse: bool
    """Whether the text's category rose."""


class Moderator:
    """Checks texts by one set of rules. Build it once and share it: it is safe to use from several threads."""

    def __init__(self, rules: RuleSet | None = None) -> None:
        """``rules``: what :func:`mentions.load_rules` returns; the newest shipped version by default."""
        self.rules = rules if rules is not None else load_rules()
        self._info = RulesInfo(version=self.rules.version, digest=self.rules.digest)
        self._finder = SubjectFinder(self.rules.subjects)
        self._lock = threading.Lock()
        _in_use[self.rules.digest] = self

    @cached_property
    def _lexicon(self) -> Lexicon:
        return Lexicon(self.rules.words)

    @cached_property
    def _reader(self) -> Reader:
        words, subjects = self.rules.words, self.rules.subjects
        return Reader(self.rules.rules, self._lexicon, [c.id for c in words], [s.subject.id for s in subjects])

    def warm_up(self) -> None:
        """Load everything now (rules, spaCy, patterns), so that no later text pays for it.

        Raises:
            RulesError: if a rule file is malformed.
        """
        with self._lock:
            self._reader.warm_up()
            _ = self.rules.rewordings

    def check(self, text: str, *, field: FieldName | None = None) -> Report:
        """The mentions of ``text``, each with its place, category, reason and rewording.

        Takes any string: of any length, with any code points, lone surrogates too. Never raises for what it holds.

        ``field`` says where the text stands. A ``form`` puts questions to the professional: what names a status there is
        a question about it (S6, 2018-269 §34–§37) unless it refuses. The other fields change no reading.

        Raises:
            TypeError: if ``text`` is not a ``str``.
            ValueError: if ``field`` is not one of :data:`mentions.FIELDS`.
        """
        if not isinstance(text, str):
            raise TypeError(f"check takes a str, not {type(text).__name__}")
        if field is not None and field not in FIELDS:
            raise ValueError(f"no field {field!r}; fields are {', '.join(FIELDS)}")
        found: tuple[Mention, ...] = ()
        if self._finder.might_name(text):
            folded = fold(text)
            named = self._finder.find(folded)
            if named:
                found = tuple(self._mentions(folded, named, field))
        category = max((m.category for m in found), default=Category.NEUTRAL, key=lambda c: c.rank)
        return Report(text=text, category=category, mentions=found, rules=self._info, field=field)

    def check_many(self, texts: Iterable[str], *, workers: int = 1) -> Iterator[Report]:
        """The reports of many texts, in their order; ``workers`` above 1 uses as many processes.

        Texts are taken from the iterable as they are needed. Own rules given to worker processes must lie in a folder.

        Raises:
            ValueError: if ``workers`` is below 1.
            TypeError: when a text that is not a ``str`` comes up.
        """
        if workers < 1:
            raise ValueError(f"workers is {workers}; it takes at least 1")
        if workers == 1:
            return (self.check(text) for text in texts)
        return self._check_parallel(iter(texts), workers)

    def _check_parallel(self, texts: Iterator[str], workers: int) -> Iterator[Report]:
        source = str(self.rules.folders[-1])
        with ProcessPoolExecutor(workers, initializer=_start_worker, initargs=(source,)) as pool:
            pending: list[Future[list[Report]]] = []
            while True:
                while len(pending) < workers * 2 and (chunk := list(islice(texts, _CHUNK))):
                    pending.append(pool.submit(_check_chunk, chunk))
                if not pending:
                    return
                yield from pending.pop(0).result()

    def compare(self, before: str, after: str) -> Comparison:
        """Which mentions an edit of ``before`` into ``after`` added, kept and removed.

        A mention that moved or is spelt otherwise is kept, given as it stands in ``after``: its fingerprint is the same,
        or alike as :func:`mentions.reappeared` has it. Of several that are alike, the most alike are matched.

        Raises:
            TypeError: if either is not a ``str``.
        """
        old, new = self.check(before), self.check(after)
        twin_of = twins([m.fingerprint for m in old.mentions], [m.fingerprint for m in new.mentions])
        stayed = set(twin_of.values())
        return Comparison(
            added=tuple(m for j, m in enumerate(new.mentions) if j not in twin_of),
            kept=tuple(m for j, m in enumerate(new.mentions) if j in twin_of),
            removed=tuple(m for i, m in enumerate(old.mentions) if i not in stayed),
            worse=new.category > old.category,
        )

    # -- inside ------------------------------------------------------------------------------------------------------

    def _mentions(self, folded: Folded, named: list[Named], field: FieldName | None) -> Iterator[Mention]:
        if "_reader" not in self.__dict__:
            with self._lock:
                _ = self._reader
        judged: list[tuple[Statement, Verdict]] = []
        for statement in statements(folded, named, self._lexicon):
            verdict = self._judged(statement)
            if verdict is not None:
                judged.append((statement, self._asked(verdict) if field == "form" else verdict))
        for statement, verdict in _merged(judged):
            yield self._mention(folded, statement, verdict)

    def _judged(self, statement: Statement) -> Verdict | None:
        verdict = judge(self._reader.matches(statement.tokens))
        tokens = list(statement.tokens)
        opening = verdict is not None and _introduces(tokens, verdict)
        for follow, end in statement.follow:
            if verdict is None or not _follows(opening, verdict, tokens, follow):
                if not opening or verdict is None:
                    break
                tokens.extend(follow)
                continue
            opening = False  # what it announced has been said
            joined = [*tokens, *follow]
            later = judge(self._reader.matches(joined))
            if later is None:
                break
            tokens = joined
            statement.tokens, statement.end, verdict = joined, end, later
        return verdict

    def _asked(self, verdict: Verdict) -> Verdict:
        """The verdict on what stands in a form: a question about the status named, unless it refuses or is neutral."""
        question = next((rule for rule in self.rules.rules if rule.code == "S6"), None)
        if question is None or verdict.rule.code not in ("S1", "S2", "S3", "S4", "S5", "S7"):
            return verdict
        return Verdict(question, verdict.start, verdict.end)

    def _mention(self, folded: Folded, statement: Statement, verdict: Verdict) -> Mention:
        rule = verdict.rule
        category = Category.of_code(rule.code)
        text = folded.text[statement.start : statement.end]
        start, end = folded.span(statement.start, statement.start + len(text.rstrip(" \n•*-|")))
        subjects = tuple(sorted((_subject(folded, n) for n in statement.subjects), key=lambda s: s.start))
        rewording = self.rules.rewordings.get(rule.code)
        rule_name = f"{rule.id}@{rule.version}"
        steps = [
            *(Step(kind="subject", value=s.id, start=s.start, end=s.end, text=s.text, how=s.written) for s in subjects),
            *_cue(folded, statement.tokens[verdict.start : verdict.end]),
            Step(kind="rule", value=rule_name),
            Step(kind="category", value=category.value),
        ]
        return Mention(
            start=start,
            end=end,
            text=folded.original[start:end],
            category=category,
            code=rule.code,
            authority=rule.authority,
            subjects=subjects,
            rule=rule_name,
            paragraphs=rule.source,
            rewording=None
            if rewording is None
            else Rewording(kind=rewording.kind, text=rewording.text, offer=rewording.offer),
            steps=tuple(steps),
            reasons=self._reasons(rule.reason_fr, rule.reason_en, subjects),
            fingerprint=fingerprint(
                rule.code,
                (s.id for s in subjects),
                text,
                sorted((n.start - statement.start, n.end - statement.start) for n in statement.subjects),
            ),
        )

    def _reasons(self, fr: str, en: str, subjects: tuple[Subject, ...]) -> dict[Language, str]:
        labels = {s.subject.id: s.subject.label for s in self.rules.subjects}
        ids = [s.id for s in subjects]
        statuses = [s.id for s in subjects if s.kind == "status"] or ids
        names = list(dict.fromkeys(labels[i] for i in statuses))
        return {
            "fr": fr.replace("{subjects}", _listed(names, "et")),
            "en": en.replace("{subjects}", _listed(names, "and")),
        }


def _listed(names: list[str], joint: str) -> str:
    return names[0] if len(names) == 1 else f"{', '.join(names[:-1])} {joint} {names[-1]}"


def _subject(folded: Folded, named: Named) -> Subject:
    start, end = folded.span(named.start, named.end)
    return Subject(
        id=named.id, kind=named.kind, start=start, end=end, text=folded.original[start:end], written=named.written
    )


def _cue(folded: Folded, tokens: list[Token]) -> Iterator[Step]:
    """The words that decided, from the first to the last; none where the subject alone did."""
    words = [t for t in tokens if t.subject is None and any(label[0] != "=" for label in t.labels)]
    if words:
        start, end = folded.span(min(t.start for t in words), max(t.end for t in words))
        if start < end:
            labels = sorted({label for t in words for label in t.labels if label != "respelt" and label[0] not in "=#"})
            how: Written = "misspelt" if any("respelt" in t.labels for t in words) else "as_written"
            yield Step(
                kind="cue", value=" ".join(labels), start=start, end=end, text=folded.original[start:end], how=how
            )


_SAYS = (
    "accept",
    "refuse",
    "refuse_fixed",
    "accept_fixed",
    "pay",
    "amount",
    "away",
    "away_place",
    "contact",
    "yes",
    "no",
    "book-",
    "able-",
    "doing",
    "uncovered",
    "free",
    "deposit",
    "ask_paper",
    "shut",
    "quit",
    "negated",
    "ill",
    "restricted",
    "delegate",
)


def _introduces(tokens: list[Token], verdict: Verdict) -> bool:
    """Whether a statement only brings up its subject, so that the next sentence must say what is said of it."""
    bare = all(t.subject is not None or t.has("stop", "comma") for t in tokens)  # « C.M.U. Refusée. »
    addressed = verdict.rule.code == "S7" and any(t.word == "vous" for t in tokens) and not any(t.has(*_SAYS) for t in tokens)
    announced = verdict.rule.code in ("S1", "S4", "S7", "N3") and any(t.has("topic") for t in tokens)
    return bare or addressed or announced or any(t.has("question") for t in tokens)


def _follows(opening: bool, verdict: Verdict, tokens: list[Token], follow: list[Token]) -> bool:
    """Whether ``follow`` speaks of what ``tokens`` named; ``opening``: they announce it and say nothing yet."""
    if not any(t.has(*_SAYS) for t in follow):
        return False
    if any(t.has("other_object") and not t.has("pay", "deposit") for t in follow) and not any(t.has("pronoun_back") for t in follow):
        return False
    if opening:
        return True
    if verdict.rule.code[0] == "N" and not any(t.has("STATUS") for t in tokens):
        return False
    points = any(t.has("pronoun_back") for t in follow)
    if points:
        return True
    first = next((t for t in follow if t.labels), None)
    unsaid = verdict.rule.code == "S7"  # « Beaucoup me sollicitent. Je suis obligé de dire non. »
    refused = (first is not None and first.has("no")) or any(
        t.has("refuse_fixed") or (unsaid and t.has("no")) for t in follow
    )
    fixed = refused and verdict.rule.code not in ("S3", "S4", "S5") and not any(t.has("other_object") for t in follow)
    sent = (
        verdict.rule.code in ("E4", "E1")
        and any(t.has("away") for t in follow)
        and any(t.has("away_place") for t in follow)
    )
    return fixed or sent


def _merged(judged: list[tuple[Statement, Verdict]]) -> Iterator[tuple[Statement, Verdict]]:
    """Statements of one sentence that say the same are one mention."""
    held: tuple[Statement, Verdict] | None = None
    for statement, verdict in judged:
        if (
            held is not None
            and held[0].unit == statement.unit
            and held[1].rule.code == verdict.rule.code
            and statement.block is None
        ):
            held[0].tokens.extend(statement.tokens)
            held[0].end = statement.end
            continue
        if held is not None:
            if statement.start < held[0].end:  # an item of its own inside a list that its heading speaks for
                if any(named.end > statement.start for named in held[0].subjects):
                    held[0].tokens.extend(statement.tokens)
                    held[0].end = max(held[0].end, statement.end)
                    continue
                held[0].end = statement.start
            yield held
        held = (statement, verdict)
    if held is not None:
        yield held


# -- worker processes ----------------------------------------------------------------------------------------------------

_worker: Moderator | None = None


def _start_worker(source: str) -> None:
    global _worker
    _worker = Moderator(load_rules(source))


def _check_chunk(texts: list[str]) -> list[Report]:
    if _worker is None:
        raise RuntimeError("the worker process was not started by check_many")
    return [_worker.check(text) for text in texts]


# -- the shared moderator ------------------------------------------------------------------------------------------------

_shared: Moderator | None = None
_shared_lock = threading.Lock()


def shared() -> Moderator:
    """The moderator behind :func:`mentions.check`, made at its first use."""
    global _shared
    if _shared is None:
        with _shared_lock:
            if _shared is None:
                _shared = Moderator()
    return _shared


def check(text: str, *, field: FieldName | None = None) -> Report:
    """:meth:`Moderator.check` by the newest shipped rules, with one moderator for the whole process."""
    return shared().check(text, field=field)


def _rewrite(report: Report) -> str:
    """Rewrite by the rules that answered: those of a moderator in use, or the shipped ones of that version."""
    moderator = _in_use.get(report.rules.digest)
    if moderator is None:
        version = report.rules.version
        rules = load_rules(version) if version in versions() else None
        if rules is None or rules.digest != report.rules.digest:
            raise RulesError([f"report: its rules ({version}) are neither in use nor shipped; check its text again"])
        moderator = Moderator(rules)
    return rewrite(report, partial(moderator.check, field=report.field))


set_rewriter(_rewrite)
