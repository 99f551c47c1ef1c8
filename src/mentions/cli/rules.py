"""``mentions rules``: the rules themselves: what they say, whether they are well made, what a change of them changes."""

import difflib
import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Annotated, Any

import typer

from ..backtest import BackTest, ChangedCase, Tally, Verdict, backtest
from ..corpus import CorpusError, read_cases
from ..drafts import DraftError, draft
from ..explain import Explanation, Outcome, Stage, TriedRule
from ..explain import explain as explained
from ..files import write_whole
from ..history import history
from ..lint import changed, lint
from ..model import Category, Language, Written
from ..rulefile import LookAlike, Rule, RuleException, RulesError, SubjectFile, WordClass, json_schemas
from ..ruleset import Entry, RuleSet
from .terminal import Lang, block, lines_of, moderator_of, rules_of, say, shown, standard_input

_RulesOption = Annotated[
    str | None, typer.Option(metavar="VERSION_OR_FOLDER", help="Which rules; the newest shipped ones by default.")
]
_LangOption = Annotated[Lang, typer.Option(help="The language of what is shown to people.")]
_JsonOption = Annotated[bool, typer.Option("--json", help="JSON instead of text.")]


@dataclass(frozen=True, slots=True)
class _Words:
    """What human output says in one language."""

    lang: Language
    heads: dict[str, str]
    stages: dict[Stage, str]
    outcomes: dict[Outcome, str]
    tally: dict[str, str]
    written: dict[Written, str]
    spelt_out: str
    no_mention: str
    expected: str


_WORDS = {
    Lang.FR: _Words(
        lang="fr",
        heads={
            "version": "Règles {}",
            "changes": "Ce que ce dossier change",
            "subject": "Sujets",
            "rule": "Règles, par rang",
            "word": "Classes de mots",
            "file": "Fichier",
            "code": "Code",
            "about": "Porte sur",
            "authority": "Autorité",
            "source": "Décisions",
            "why": "Ajouté parce que",
            "reason": "Pourquoi",
            "patterns": "Ce qui répond",
            "names": "Formes",
            "forms": "Mots",
            "exceptions": "Exceptions",
            "examples": "Exemples",
            "silent": "Ne dit rien de",
            "history": "Historique",
            "since": "dans les règles depuis {}",
            "functionality": "Par fonctionnalité",
            "case": "Cas changés",
        },
        stages={
            "gate": "Rien : le texte ne contient les lettres d'aucun sujet.",
            "subjects": "Rien : des lettres y ressemblent, mais aucun sujet n'est nommé.",
            "look_alikes": "Rien : les lettres d'un sujet ont ici un autre sens.",
            "rules": "Rien : un sujet est nommé, mais aucune règle ne répond.",
            "answered": "Le texte est jugé : {}.",
        },
        outcomes={"answers": "répond", "outranked": "de rang inférieur", "exception": "écartée par l'exception {}"},
        tally={
            "cases": "cas",
            "changed": "changés",
            "flagged": "nouvellement signalés",
            "released": "relâchés",
            "graver": "aggravés",
            "milder": "adoucis",
            "mended": "devenus justes",
            "broken": "devenus faux",
        },
        written={"as_written": "tel quel", "disguised": "déguisé", "misspelt": "mal orthographié"},
        spelt_out="le texte donne à ces lettres un autre sens",
        no_mention="rien",
        expected="attendu : {}",
    ),
    Lang.EN: _Words(
        lang="en",
        heads={
            "version": "Rules {}",
            "changes": "What this folder changes",
            "subject": "Subjects",
            "rule": "Rules, by rank",
            "word": "Word classes",
            "file": "File",
            "code": "Code",
            "about": "About",
            "authority": "Authority",
            "source": "Decisions",
            "why": "Added because",
            "reason": "Why",
            "patterns": "What answers",
            "names": "Forms",
            "forms": "Words",
            "exceptions": "Exceptions",
            "examples": "Examples",
            "silent": "Says nothing of",
            "history": "History",
            "since": "in the rules since {}",
            "functionality": "By functionality",
            "case": "Changed cases",
        },
        stages={
            "gate": "Nothing: the text does not hold the letters of any subject.",
            "subjects": "Nothing: some letters come near, but no subject is named.",
            "look_alikes": "Nothing: letters of a subject mean something else here.",
            "rules": "Nothing: a subject is named, but no rule answers.",
            "answered": "The text is judged: {}.",
        },
        outcomes={"answers": "answers", "outranked": "outranked", "exception": "taken back by the exception {}"},
        tally={
            "cases": "cases",
            "changed": "changed",
            "flagged": "newly flagged",
            "released": "released",
            "graver": "graver",
            "milder": "milder",
            "mended": "mended",
            "broken": "broken",
        },
        written={"as_written": "as written", "disguised": "disguised", "misspelt": "misspelt"},
        spelt_out="the text gives these letters another meaning",
        no_mention="nothing",
        expected="expected: {}",
    ),
}


app = typer.Typer(no_args_is_help=True, rich_markup_mode=None)


@app.callback()
def rules() -> None:
    """Look at the rules, check one's own, and see what a change of them changes."""


def _guarded(run: Callable[[], int]) -> None:
    """Leave with the status of ``run``, or with 2 and what to mend."""
    try:
        status = run()
    except (RulesError, CorpusError, DraftError) as error:
        say("\n".join(lines_of(str(error))), to_stderr=True)
        status = 2
    raise typer.Exit(status)


def _as_json(content: Any) -> str:
    return json.dumps(content, ensure_ascii=True, indent=2)


# -- list --------------------------------------------------------------------------------------------------------------


@app.command("list")
def list_(rules: _RulesOption = None, as_json: _JsonOption = False, lang: _LangOption = Lang.FR) -> None:
    """The subjects, rules and word classes in force, and what a folder of one's own changes."""

    def run() -> int:
        loaded = rules_of(rules).validate()
        say(_as_json(_listed(loaded)) if as_json else "\n".join(_list_lines(loaded, _WORDS[lang])))
        return 0

    _guarded(run)


def _listed(rules: RuleSet) -> dict[str, Any]:
    return {
        "version": rules.version,
        "digest": rules.digest,
        "changes": [change.model_dump() for change in rules.changes],
        "subjects": [
            {"id": f.subject.id, "kind": f.subject.kind, "full_name": f.subject.full_name} for f in rules.subjects
        ],
        "rules": [
            {key: getattr(rule, key) for key in ("id", "version", "code", "about", "authority", "rank", "source")}
            for rule in rules.rules
        ],
        "words": [{"id": word.id, "meaning": word.meaning} for word in rules.words],
    }


def _list_lines(rules: RuleSet, words: _Words) -> Iterator[str]:
    yield words.heads["version"].format(rules.version)
    yield f"\n{words.heads['subject']}"
    for file in rules.subjects:
        yield f"  {file.subject.id:<14} {shown(file.subject.full_name)}"
    yield f"\n{words.heads['rule']}"
    for rule in sorted(rules.rules, key=lambda rule: -rule.rank):
        yield f"  {rule.rank:>3} {rule.code} {rule.id}@{rule.version} ({rule.authority}: {', '.join(rule.source)})"
    yield f"\n{words.heads['word']}"
    for word in rules.words:
        yield f"  {word.id:<18} {shown(word.meaning)}"
    if rules.changes:
        yield f"\n{words.heads['changes']}"
        for change in rules.changes:
            yield f"  {change.kind} {change.id}: {shown(change.reason)}"


# -- show --------------------------------------------------------------------------------------------------------------


@app.command()
def show(
    name: Annotated[str, typer.Argument(metavar="ID", help="A rule, subject, word class or exception.")],
    rules: _RulesOption = None,
    lang: _LangOption = Lang.FR,
) -> None:
    """What a rule matches, why, its sources, examples and history; a subject, word class or exception likewise."""

    def run() -> int:
        loaded = rules_of(rules).validate()
        shown_lines = list(_show_lines(loaded, name, _WORDS[lang], lang))
        if not shown_lines:
            near = difflib.get_close_matches(name, sorted(_ids(loaded)), n=3)
            mend = f"did you mean {', '.join(near)}?" if near else "`mentions rules list` shows the ids"
            say(shown(f"{name}: no rule, subject, word class or exception has this id; {mend}"), to_stderr=True)
            return 2
        say("\n".join(shown_lines))
        return 0

    _guarded(run)


def _ids(rules: RuleSet) -> set[str]:
    return {entry.id for entry in rules.entries} | {exception.id for _, exception in _exceptions(rules)}


def _exceptions(rules: RuleSet) -> Iterator[tuple[str, RuleException | LookAlike]]:
    """Each exception, after the id of its subject or rule."""
    yield from ((file.subject.id, exception) for file in rules.subjects for exception in file.exception)
    yield from ((rule.id, exception) for rule in rules.rules for exception in rule.exceptions)


def _show_lines(rules: RuleSet, name: str, words: _Words, lang: Lang) -> Iterator[str]:
    in_force = {rule.id: rule for rule in rules.rules}
    subjects = {file.subject.id: file for file in rules.subjects}
    for entry in rules.entries:
        if entry.id == name and entry.kind in ("rule", "subject", "word"):
            yield f"{entry.kind} {entry.id}"
            yield from _field(words, "file", [str(entry.path)])
            yield from _field(words, "why", [entry.why] if entry.why else [])
            if isinstance(entry.table, Rule):
                yield from _rule_lines(in_force.get(name, entry.table), words, lang)
            elif isinstance(entry.table, WordClass):
                yield from _field(words, "reason", [entry.table.meaning])
                yield from _field(words, "forms", entry.table.forms)
            else:
                yield from _subject_lines(subjects[name], words)
            yield from _history_lines(rules, entry, words)
    for owner, exception in _exceptions(rules):
        if exception.id == name:
            yield f"exception {exception.id} ({owner})"
            yield from _exception_lines(exception, words)


def _field(words: _Words, head: str, values: Any) -> Iterator[str]:
    values = list(values)
    if values:
        yield f"  {words.heads[head]}"
        yield from (block(value, "    ") for value in values)


def _rule_lines(rule: Rule, words: _Words, lang: Lang) -> Iterator[str]:
    yield from _field(words, "code", [f"{rule.code} ({Category.of_code(rule.code).label(words.lang)}), {rule.rank}"])
    yield from _field(words, "about", [rule.about])
    yield from _field(words, "authority", [rule.authority])
    yield from _field(words, "source", rule.source)
    yield from _field(words, "reason", [rule.reason_fr if lang is Lang.FR else rule.reason_en])
    yield from _field(words, "patterns", rule.patterns)
    yield from _field(words, "examples", (f"« {example.text} »" for example in rule.examples))
    yield from _field(words, "silent", (f"« {text} »" for text in rule.silent))
    for exception in rule.exceptions:
        yield from _field(words, "exceptions", [f"{exception.id}: {exception.reason}", *exception.patterns])


def _subject_lines(file: SubjectFile, words: _Words) -> Iterator[str]:
    subject = file.subject
    yield from _field(words, "reason", [f"{subject.full_name} ({subject.kind})"])
    yield from _field(words, "source", subject.source)
    yield from _field(words, "names", (*subject.acronyms, *subject.names, *subject.spelled, *subject.patterns))
    yield from _field(words, "examples", (f"« {example.text} »" for example in subject.examples))
    yield from _field(words, "exceptions", (f"{exception.id}: {exception.reason}" for exception in file.exception))


def _exception_lines(exception: RuleException | LookAlike, words: _Words) -> Iterator[str]:
    yield from _field(words, "reason", [exception.reason])
    patterns = [exception.pattern] if isinstance(exception, LookAlike) else exception.patterns
    yield from _field(words, "patterns", patterns)
    yield from _field(words, "examples", (f"« {text} »" for text in exception.examples))


def _history_lines(rules: RuleSet, entry: Entry, words: _Words) -> Iterator[str]:
    version = next(h.ruleset.version for f, h in zip(rules.folders, rules.heads, strict=True) if f == entry.folder)
    notes = (f"{note.version}: {note.text}" for note in history(rules, entry))
    off = (
        f"{change.kind}: {change.reason}" for change in rules.changes if (change.kind, change.id) == ("off", entry.id)
    )
    yield from _field(words, "history", [words.heads["since"].format(version), *notes, *off])


# -- check -------------------------------------------------------------------------------------------------------------


@app.command()
def check(
    path: Annotated[
        str | None,
        typer.Argument(metavar="PATH", help="A folder of rules or a version; the newest shipped one by default."),
    ] = None,
    against: Annotated[
        str | None,
        typer.Option(
            metavar="VERSION_OR_FOLDER",
            help="An earlier state: tells ids that were given to something else, and content that changed "
            "though its version was not raised.",
        ),
    ] = None,
    on: Annotated[
        str | None, typer.Option(metavar="CORPUS", help="A pattern that matches a case of this corpus counts as used.")
    ] = None,
    as_json: _JsonOption = False,
) -> None:
    """Check rules: what keeps them from being used, and what in them does nothing.

    Exit status: 0 nothing to say, 1 something to look at, 2 rules that cannot be used, or misuse.
    """

    def run() -> int:
        loaded = rules_of(path)
        before = rules_of(against) if against is not None else None
        known = [loaded, *([] if before is None else [before])]
        texts = [case.text for case in read_cases(on, known)] if on is not None else []
        advice = [*lint(loaded, texts), *(changed(before, loaded) if before is not None else ())]
        if as_json:
            say(_as_json([{"lint": a.lint, "place": a.place, "message": a.message} for a in advice]))
        else:
            for found in advice:
                say(shown(str(found)))
            say(f"{loaded.version}: " + (f"{len(advice)} to look at" if advice else "nothing to say"))
        return 1 if advice else 0

    _guarded(run)


# -- explain -----------------------------------------------------------------------------------------------------------


@app.command()
def explain(
    text: Annotated[
        str | None,
        typer.Argument(
            metavar="TEXT", help="The text; standard input is read for “-” or where there is none.", show_default=False
        ),
    ] = None,
    rules: _RulesOption = None,
    as_json: _JsonOption = False,
    lang: _LangOption = Lang.FR,
) -> None:
    """Why a text is flagged, and why not: the stage that let it go, the rules that matched, those that were outranked."""

    def run() -> int:
        moderator = moderator_of(rules)
        if text is None or text == "-":
            try:
                given = standard_input().decode("utf-8").removeprefix("\ufeff")
            except (OSError, UnicodeDecodeError) as error:
                say(f"standard input: cannot be read ({error}); give a text in UTF-8", to_stderr=True)
                return 2
        else:
            given = text
        found = explained(moderator, given)
        say(_as_json(found.model_dump(mode="json")) if as_json else "\n".join(_explain_lines(found, _WORDS[lang])))
        return 0

    _guarded(run)


def _explain_lines(found: Explanation, words: _Words) -> Iterator[str]:
    yield words.stages[found.stage].format(found.report.category.label(words.lang))
    for gone in found.let_go:
        because = words.spelt_out if gone.exception is None else f"{gone.exception}: {gone.reason}"
        yield shown(f"  {gone.subject} « {gone.text} » ({gone.start}-{gone.end}): {because}")
    for named in found.named:
        yield shown(f"  {named.subject} « {named.text} » ({named.start}-{named.end}): {words.written[named.written]}")
    for statement in found.statements:
        yield shown(f"  « {statement.text} »")
        for tried in statement.rules:
            yield shown(f"    {tried.rank:>3} {tried.code} {tried.rule}: {_outcome(tried, words)} « {tried.text} »")


def _outcome(tried: TriedRule, words: _Words) -> str:
    said = words.outcomes[tried.outcome]
    return said if tried.exception is None else f"{said.format(tried.exception)} ({tried.reason})"


# -- new ---------------------------------------------------------------------------------------------------------------


@app.command()
def new(
    path: Annotated[
        Path,
        typer.Argument(
            metavar="PATH",
            help="FOLDER/ruleset.toml, FOLDER/rewordings.toml, or FOLDER/subjects/NAME.toml; words, statements and "
            "exceptions as subjects. The place tells what the file holds, the name gives the id.",
        ),
    ],
) -> None:
    """Write a first draft of a rule file, ready to load; a file that is there already stays as it is."""

    def run() -> int:
        content = draft(path, date.today())
        if path.exists():
            say(shown(f"{path}: is there already; choose another name"), to_stderr=True)
            return 2
        try:
            write_whole(path, content)
        except OSError as error:
            say(shown(f"{path}: cannot be written ({error.strerror or error}); check the path"), to_stderr=True)
            return 2
        say(shown(str(path)))
        return 0

    _guarded(run)


# -- diff --------------------------------------------------------------------------------------------------------------


@app.command()
def diff(
    before: Annotated[str, typer.Argument(metavar="A", help="A version or a folder.")],
    after: Annotated[str, typer.Argument(metavar="B", help="Another one.")],
    on: Annotated[str, typer.Option(metavar="CORPUS", help="The labelled cases: a .jsonl file, or a folder of them.")],
    as_json: _JsonOption = False,
    lang: _LangOption = Lang.FR,
) -> None:
    """Back-test: which verdicts on a corpus change from the rules A to the rules B.

    Exit status: 0 none changes, 1 some do, 2 misuse or unreadable input.
    """

    def run() -> int:
        moderators = moderator_of(before), moderator_of(after)
        found = backtest(*moderators, read_cases(on, [m.rules for m in moderators]))
        say(_as_json(found.model_dump(mode="json")) if as_json else "\n".join(_diff_lines(found, _WORDS[lang])))
        return 1 if found.total.changed else 0

    _guarded(run)


def _diff_lines(found: BackTest, words: _Words) -> Iterator[str]:
    yield f"{found.before.version} → {found.after.version}"
    yield f"  {_counts(found.total, words)}"
    if found.total.changed:
        yield f"\n{words.heads['functionality']}"
        for name, tally in found.functionalities.items():
            if tally.changed:
                yield f"  {name}: {_counts(tally, words)}"
        yield f"\n{words.heads['case']}"
        for case in found.changes:
            yield from _case_lines(case, words)


def _counts(tally: Tally, words: _Words) -> str:
    counts = tally.model_dump().items()
    return ", ".join(f"{count} {words.tally[name]}" for name, count in counts if count or name in ("cases", "changed"))


def _case_lines(case: ChangedCase, words: _Words) -> Iterator[str]:
    yield shown(f"  {case.id} ({words.expected.format(case.expected.label(words.lang))}): {case.text}")
    yield f"    {_said(case.before, words)} → {_said(case.after, words)}"


def _said(verdict: Verdict, words: _Words) -> str:
    mentions = ", ".join(f"{m.code} {'+'.join(m.subjects)} ({m.start}-{m.end})" for m in verdict.mentions)
    return f"{verdict.category.label(words.lang)}: {mentions or words.no_mention}"


# -- schema ------------------------------------------------------------------------------------------------------------


@app.command()
def schema(
    kind: Annotated[
        str, typer.Argument(metavar="KIND", help="ruleset, subjects, words, statements, exceptions or rewordings.")
    ],
) -> None:
    """The JSON Schema of a kind of rule file, for editors that know TOML."""
    schemas = json_schemas()
    if kind not in schemas:
        raise typer.BadParameter(f"{shown(kind)!r}: write one of {', '.join(schemas)}", param_hint="KIND")
    say(_as_json(schemas[kind]))
