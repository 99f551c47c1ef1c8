"""The order of the stages, from a text to its report."""

from __future__ import annotations

import threading
from collections.abc import Callable, Generator, Iterable, Iterator
from dataclasses import dataclass, replace
from functools import cache, cached_property, partial
from typing import TYPE_CHECKING, Literal, cast, overload
from weakref import WeakValueDictionary

from .loading import load_rules, reader_of
from .model import (
    FIELDS,
    Category,
    FieldName,
    Language,
    Mention,
    Report,
    Rewording,
    Step,
    Subject,
    Written,
    set_rewriter,
)
from .normalize import Folded, fold
from .rulefile import Rule, RulesError
from .ruleset import RuleSet, versions
from .subjects import Named, SubjectFinder, Way

if TYPE_CHECKING:  # what only a text that names a subject needs is imported when the first such text comes
    from .judgement import Verdict
    from .lexicon import Lexicon
    from .reading import Match, Reader
    from .statements import Statement
    from .tokens import Token

_CHUNK_TEXTS = 256
_CHUNK_CHARACTERS = 1_000_000
_report: Callable[[dict[str, object]], Report] = Report.__pydantic_validator__.validate_python
"""What ``Report(...)`` comes to, without the passing on of keywords, which is felt on a clean text."""
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


@dataclass(frozen=True, slots=True)
class Reading:
    """How one statement was read. ``start`` and ``end`` are indices into the text as given."""

    start: int
    end: int
    alone: tuple[Token, ...]
    """Its tokens before the sentences that follow up on it were joined to it."""
    tokens: tuple[Token, ...]
    matches: tuple[Match, ...]
    """What ``tokens`` match, by every rule."""
    verdict: Verdict | None


class Moderator:
    """Checks texts by one set of rules. Build it once and share it: it is safe to use from several threads."""

    def __init__(self, rules: RuleSet | None = None) -> None:
        """``rules``: what :func:`mentions.load_rules` returns; the newest shipped version by default."""
        self.rules = rules if rules is not None else load_rules()
        self._info = self.rules.info
        self._finder = SubjectFinder(self.rules.subjects)
        self._lock = threading.Lock()
        _in_use[self.rules.digest] = self

    @cached_property
    def _labels(self) -> dict[str, str]:
        return {table.subject.id: table.subject.label for table in self.rules.subjects}

    @cached_property
    def _lexicon(self) -> Lexicon:
        from .lexicon import Lexicon

        return Lexicon(self.rules.words)

    @cached_property
    def _reader(self) -> Reader:
        return self.reader_of(self.rules.rules)

    def reader_of(self, statements: Iterable[Rule]) -> Reader:
        """What reads other rules over the words and subjects of these: for tools that try rules.

        Raises:
            RulesError: if a pattern is malformed or names what is not there.
        """
        return reader_of(self.rules, self._lexicon, statements)

    def warm_up(self) -> None:
        """Load everything now (rules, spaCy, patterns), so that no later text pays for it.

        Raises:
            RulesError: if a rule file is malformed.
        """
        from . import fingerprint, judgement, rewording, statements  # noqa: F401

        with self._lock:
            self._finder.warm_up()
            self._lexicon.warm_up()
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
        ways = self._finder.ways(text)
        found = tuple(self._found(text, field, ways)) if ways else ()
        category = max((m.category for m in found), key=lambda c: c.rank) if found else Category.NEUTRAL
        return _report({"text": text, "category": category, "mentions": found, "rules": self._info, "field": field})

    @overload
    def check_many(
        self, texts: Iterable[str], *, workers: int = 1, return_exceptions: Literal[False] = False
    ) -> Iterator[Report]: ...

    @overload
    def check_many(
        self, texts: Iterable[str], *, workers: int = 1, return_exceptions: Literal[True]
    ) -> Iterator[Report | Exception]: ...

    def check_many(
        self, texts: Iterable[str], *, workers: int = 1, return_exceptions: bool = False
    ) -> Iterator[Report] | Iterator[Report | Exception]:
        """The reports of many texts, in their order; ``workers`` above 1 uses as many processes.

        Texts are taken from the iterable as they are needed: one by one, or with processes in chunks, of which only a
        few are under way. Processes start as :func:`multiprocessing.set_start_method` says; where one dies, another
        takes up its texts. They read own rules from their folder, which must still hold what it held.

        One text that fails does not cost the others their answers. By default its exception is raised in its turn, and
        the iterator goes on with the next text if it is asked for more; with ``return_exceptions`` the exception
        stands in the place of the report.

        Raises:
            ValueError: if ``workers`` is below 1.
            TypeError: when a text that is not a ``str`` has its turn.
            mentions.parallel.WorkersLostError: if processes died three times over the same texts.
            RulesError: if the folder of the rules changed before a process read it.
        """
        if workers < 1:
            raise ValueError(f"workers is {workers}; it takes at least 1")
        answers = map(self._answer, texts) if workers == 1 else self._check_parallel(texts, workers)
        return answers if return_exceptions else _Reports(answers)

    def _answer(self, text: str) -> Report | Exception:
        try:
            return self.check(text)
        except Exception as error:
            return error

    def _check_parallel(self, texts: Iterable[str], workers: int) -> Iterator[Report | Exception]:
        import multiprocessing

        from .parallel import map_in_order

        if multiprocessing.get_start_method() == "fork":
            self.warm_up()  # once for all processes, and no lock of ours is held when they are forked
        work = partial(_check_chunk, self)
        for chunk, answers in map_in_order(work, _chunks(map(self._sendable, texts)), workers=workers):
            for text, answer in zip(chunk, answers, strict=True):
                if answer is not None:
                    yield answer
                elif isinstance(text, str):
                    yield Report(text=text, category=Category.NEUTRAL, mentions=(), rules=self._info)
                else:
                    yield text

    def _sendable(self, text: str) -> str | Exception:
        """What can be sent to a process: the text, whatever kind of ``str`` it is, or its answer if it is none."""
        return str.__str__(text) if isinstance(text, str) else cast(Exception, self._answer(text))

    def __reduce__(self) -> tuple[Callable[[str, str], Moderator], tuple[str, str]]:
        """Pickled as the version or the folder of its rules, and their digest."""
        version = self.rules.version
        shipped = version in versions() and load_rules(version).digest == self.rules.digest
        return _unpickled, (version if shipped else str(self.rules.folders[-1]), self.rules.digest)

    def compare(self, before: str, after: str) -> Comparison:
        """Which mentions an edit of ``before`` into ``after`` added, kept and removed.

        A mention that moved or is spelt otherwise is kept, given as it stands in ``after``: its fingerprint is the same,
        or alike as :func:`mentions.reappeared` has it. Of several that are alike, the most alike are matched.

        Raises:
            TypeError: if either is not a ``str``.
        """
        from .fingerprint import twins

        old, new = self.check(before), self.check(after)
        twin_of = twins([m.fingerprint for m in old.mentions], [m.fingerprint for m in new.mentions])
        stayed = set(twin_of.values())
        return Comparison(
            added=tuple(m for j, m in enumerate(new.mentions) if j not in twin_of),
            kept=tuple(m for j, m in enumerate(new.mentions) if j in twin_of),
            removed=tuple(m for i, m in enumerate(old.mentions) if i not in stayed),
            worse=new.category > old.category,
        )

    def readings(self, text: str) -> Iterator[Reading]:
        """How each statement of ``text`` was read, before those that say the same are made one mention.

        This is for tools that explain or try rules; :meth:`check` is what answers.
        """
        from .statements import statements

        folded = fold(text)
        for statement in statements(folded, self._finder.find(folded), self._lexicon):
            alone = tuple(statement.tokens)
            verdict = self._judged(statement)
            start, end = folded.span(statement.start, statement.end)
            tokens = tuple(statement.tokens)
            yield Reading(start, end, alone, tokens, tuple(self._reader.matches(tokens)), verdict)

    # -- inside ------------------------------------------------------------------------------------------------------

    def _found(self, text: str, field: FieldName | None, ways: frozenset[Way]) -> Iterator[Mention]:
        folded = fold(text)
        named = self._finder.find(folded, ways)
        if named:
            yield from self._mentions(folded, named, field)

    def _mentions(self, folded: Folded, named: list[Named], field: FieldName | None) -> Iterator[Mention]:
        from .statements import statements

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
        from .judgement import judge

        verdict = judge(self._reader.foremost(statement.tokens))
        if verdict is None:
            return None
        tokens = list(statement.tokens)
        opening = _introduces(tokens, verdict)
        between: list[Token] = []
        sentences = iter(statement.follow)  # each is cut into words as it is taken, so none is that changes nothing
        while (opening or not _settled(verdict, tokens)) and (sentence := next(sentences, None)) is not None:
            said, end = sentence
            follow = _ticked(said)
            if not _follows(opening, verdict, tokens, follow) or (between and not _speaks_of_them(follow)):
                if opening:
                    tokens.extend(follow)
                elif not between and _leads_on(verdict, tokens, follow):
                    between = follow
                else:
                    break
                continue
            opening = False  # what it announced has been said
            joined = [*tokens, *between, *follow]
            between = []
            later = judge(self._reader.foremost(joined))
            if later is None:
                break
            if later.rule.code == "S6" and not _leaves_open(follow):
                # the question says nothing, the answer does: « Prenez-vous l'AME ? Uniquement pour une urgence. »
                answer = [*(t for t in joined if t.subject is not None), *follow]
                answered = judge(self._reader.foremost(answer))
                if answered is not None and not _only_names(answer, answered):
                    joined, later = answer, answered
            tokens = joined
            statement.tokens, statement.end, verdict = joined, end, later
        return verdict

    def _asked(self, verdict: Verdict) -> Verdict:
        """The verdict on what stands in a form: a question about the status named, unless it refuses or is neutral."""
        question = next((rule for rule in self.rules.rules if rule.code == "S6"), None)
        if question is None or verdict.rule.code not in ("S1", "S2", "S3", "S4", "S5", "S7"):
            return verdict
        return replace(verdict, rule=question)

    def _mention(self, folded: Folded, statement: Statement, verdict: Verdict) -> Mention:
        from .fingerprint import fingerprint

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
        ids = [s.id for s in subjects]
        statuses = [s.id for s in subjects if s.kind == "status"] or ids
        names = list(dict.fromkeys(self._labels[i] for i in statuses))
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


_SAYS = frozenset(
    [
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
    ]
)


def _ticked(follow: list[Token]) -> list[Token]:
    """Of options the one that is ticked, « ☐ oui ☒ non »; else all that is said."""
    ticks = [i for i, token in enumerate(follow) if token.has("ticked")]
    if len(ticks) != 1 or not any(t.has("form_word") for t in follow):
        return follow
    rest = follow[ticks[0] + 1 :]
    return rest[: next((i for i, token in enumerate(rest) if token.has("form_word")), len(rest))]


def _leaves_open(follow: list[Token]) -> bool:
    """Whether what stands behind a question is another, or boxes to tick: « ☐ oui ☐ non ☐ ne souhaite pas répondre »."""
    boxes = any(t.has("yes") for t in follow) and any(t.has("no") for t in follow)
    return boxes or any(t.has("form_word", "question") for t in follow)


_SAYS_OR_ANSWERS = _SAYS | {"only", "urgent", "quota", "sorry"}
"""What answers a question besides: « Uniquement pour une urgence. »"""
_INTERJECTION = 4  # tokens, the full stop among them
_PERSONS = frozenset(["je", "j", "nous", "on", "vous"])


def _introduces(tokens: list[Token], verdict: Verdict) -> bool:
    """Whether a statement only brings up its subject, so that the next sentence must say what is said of it."""
    from .statements import merely_names

    announced = verdict.rule.code in ("S1", "S4", "S7", "N3") and any(t.has("topic") for t in tokens)
    taken = any(t.has("accept+") for t in tokens)  # « …, car on me le demande souvent, … sont reçus »: it is said
    return merely_names(tokens) or (announced and not taken) or any(t.has("question") for t in tokens)


def _settled(verdict: Verdict, tokens: list[Token]) -> bool:
    """Whether what is neutral about entitlements alone stands, whatever the next sentence says."""
    return verdict.rule.code[0] == "N" and not any(t.has("STATUS") for t in tokens)


def _only_names(tokens: list[Token], verdict: Verdict) -> bool:
    """Whether nothing but the subject decided: the statement says nothing of it yet."""
    return all(t.subject is not None for t in tokens[verdict.start : verdict.end])


def _points_back(follow: list[Token]) -> bool:
    return any(t.has("pronoun_back", "answer") for t in follow)


def _speaks_of_them(follow: list[Token]) -> bool:
    return _points_back(follow) or any(t.word == "vous" for t in follow)


def _leads_on(verdict: Verdict, tokens: list[Token], follow: list[Token]) -> bool:
    """« Fort bien. », « Nous comprenons leur embarras. »: a sentence after which the next may still say it."""
    brief = len(follow) <= _INTERJECTION and _only_names(tokens, verdict)
    return not any(t.has_of(_SAYS) for t in follow) and (_points_back(follow) or brief)


def _follows(opening: bool, verdict: Verdict, tokens: list[Token], follow: list[Token]) -> bool:
    """Whether ``follow`` speaks of what ``tokens`` named; ``opening``: they announce it and say nothing yet."""
    says = _SAYS_OR_ANSWERS if any(t.has("question") for t in tokens) else _SAYS
    never = opening and bool(follow) and follow[0].word in ("jamais", "pas")  # « CMU⏎- jamais le samedi »
    if not never and not any(t.has_of(says) for t in follow):
        return False
    if any(t.has("other_object") and not t.has("pay", "deposit") for t in follow) and not any(
        t.has("pronoun_back") for t in follow
    ):
        return False
    if opening:
        return True
    if _points_back(follow):
        return True
    first = next((t for t in follow if t.labels), None)
    unsaid = _only_names(tokens, verdict)  # « Beaucoup me sollicitent. Je suis obligé de dire non. »
    if unsaid and any(t.word == "vous" for t in tokens) and any(t.word in _PERSONS for t in follow):
        return True  # « Vous êtes bénéficiaire de l'AME. Je ne pourrai pas vous aider. »
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


def _one(first: tuple[Statement, Verdict], second: tuple[Statement, Verdict]) -> tuple[Statement, Verdict]:
    """Two statements that lie in one another, with the verdict on the graver."""
    graver, other = (second, first) if _category(second) > _category(first) else (first, second)
    statement = graver[0]
    statement.tokens.extend(other[0].tokens)
    statement.start, statement.end = first[0].start, max(statement.end, other[0].end)
    return graver


def _category(judged: tuple[Statement, Verdict]) -> Category:
    return Category.of_code(judged[1].rule.code)


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
                    held = _one(held, (statement, verdict))
                    continue
                held[0].end = statement.start
            yield held
        held = (statement, verdict)
    if held is not None:
        yield held


# -- worker processes ----------------------------------------------------------------------------------------------------


@cache  # kept for the life of the process: a worker meets the same rules with every piece of work
def _unpickled(source: str, digest: str) -> Moderator:
    """The moderator for rules read from ``source`` (a version or a folder) by the process that pickled it.

    Raises:
        RulesError: if ``source`` cannot be read here, or does not hold the same rules.
    """
    moderator = _in_use.get(digest)
    if moderator is None:
        moderator = Moderator(load_rules(source))
        if moderator.rules.digest != digest:
            raise RulesError([f"{source}: not the rules of the process that sent the texts; give both the same files"])
    return moderator


def _check_chunk(moderator: Moderator, texts: list[str | Exception]) -> list[Report | Exception | None]:
    """The answer to each text; ``None``, which costs nothing to send, to those that have no mention or are none."""
    answers = [moderator._answer(text) if isinstance(text, str) else None for text in texts]
    return [answer if not isinstance(answer, Report) or answer.mentions else None for answer in answers]


def _chunks(texts: Iterable[str | Exception]) -> Iterator[list[str | Exception]]:
    """Pieces of work that are worth sending, and not too long where the texts are."""
    chunk: list[str | Exception] = []
    characters = 0
    failure: Exception | None = None
    try:
        for text in texts:
            chunk.append(text)
            characters += len(text) if isinstance(text, str) else 0
            if len(chunk) == _CHUNK_TEXTS or characters >= _CHUNK_CHARACTERS:
                yield chunk
                chunk, characters = [], 0
    except Exception as error:  # of the source: after the answers to what it gave
        failure = error
    if chunk:
        yield chunk
    if failure is not None:
        raise failure


class _Reports(Iterator[Report]):
    """Raises the exceptions among the answers, each in its turn, and can be asked on."""

    def __init__(self, answers: Iterator[Report | Exception]) -> None:
        self._answers = answers

    def __next__(self) -> Report:
        answer = next(self._answers)
        if isinstance(answer, Exception):
            raise answer
        return answer

    def close(self) -> None:
        """End the worker processes, if there are any."""
        if isinstance(self._answers, Generator):
            self._answers.close()


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
    from .rewording import rewrite

    moderator = _in_use.get(report.rules.digest) or _shipped(report.rules.version)
    if moderator is None or moderator.rules.digest != report.rules.digest:
        raise RulesError(
            [f"report: its rules ({report.rules.version}) are neither in use nor shipped; check its text again"]
        )
    return rewrite(report, partial(moderator.check, field=report.field))


@cache
def _shipped(version: str) -> Moderator | None:
    """Kept, so that reports which outlive their moderator do not each load its rules again."""
    return Moderator(load_rules(version)) if version in versions() else None


set_rewriter(_rewrite)
