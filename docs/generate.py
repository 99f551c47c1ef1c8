"""Write what is made from the rules and their schemas.

That is a page for each file of subjects or statements, an index of the decisions' paragraphs, and JSON Schemas.
Run ``python docs/generate.py`` after a change of the rules or of their schema; a test compares what stands here with a
fresh generation. The decisions' own words are those of :mod:`mentions.decisions`.
"""

from __future__ import annotations

import json
import re
import sys
from collections.abc import Iterable, Iterator
from pathlib import Path

from mentions import Category, RuleSet, casefile, load_rules, rulefile
from mentions.decisions import paragraph, published
from mentions.history import history
from mentions.rulefile import Rule, SubjectFile
from mentions.ruleset import Entry

DOCS = Path(__file__).parent
_CITED = re.compile(r"\d{4}-\d+ §\d+")
_AUTHORITIES = {"quoted": "la décision cite ces mots", "stated": "la décision le dit", "inferred": "notre lecture"}
_ABOUT = {"status": "un statut", "entitlement": "un droit sans statut", "any": "un statut ou un droit"}
_KINDS = {"status": "statut", "entitlement": "droit"}


def generate(rules: RuleSet) -> dict[str, str]:
    """The generated files, by their path in this folder."""
    pages: dict[str, list[str]] = {}
    places: dict[str, str] = {}
    in_force = {rule.id: rule for rule in rules.rules}
    subjects = {file.subject.id: file for file in rules.subjects}
    for entry in rules.entries:
        page = f"{entry.path.parent.name}-{entry.path.stem}.md"
        if isinstance(entry.table, Rule):
            if entry.id not in in_force:  # a later version switches it off
                continue
            pages.setdefault(page, [f"# {_heading(entry.path)}"])
            pages[page] += _rule_section(rules, in_force[entry.id], entry)
        elif entry.kind == "subject":
            pages[page] = list(_subject_page(rules, subjects[entry.id], entry))
        else:
            continue
        places[f"{entry.kind} {entry.id}"] = page
    files = {f"rules/{page}": lines for page, lines in pages.items()}
    files["rules/paragraphs.md"] = list(_paragraphs(rules, places))
    files["rules/index.md"] = list(_index(rules, pages))
    schemas = {
        f"schema/{kind}.json": json.dumps(schema, ensure_ascii=False, indent=2) + "\n"
        for kind, schema in (rulefile.json_schemas() | casefile.json_schemas()).items()
    }
    return {name: "\n".join(lines) + "\n" for name, lines in files.items()} | schemas


def write(folder: Path) -> None:
    """Bring what is generated in ``folder`` up to date; pages of rules that are gone go too."""
    files = generate(load_rules())
    for stale in [*(folder / "rules").glob("*.md"), *(folder / "schema").glob("*.json")]:
        if str(stale.relative_to(folder).as_posix()) not in files:
            stale.unlink()
    for name, content in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(content, encoding="utf-8", newline="\n")


# -- pages -------------------------------------------------------------------------------------------------------------


def _heading(path: Path) -> str:
    """The first comment of a statement file, which says what it is about, or else its name."""
    first = path.read_text(encoding="utf-8").split("\n", 1)[0]
    return _plain(first.lstrip("# ")) if first.startswith("#") else path.stem


def _rule_section(rules: RuleSet, rule: Rule, entry: Entry) -> Iterator[str]:
    category = Category.of_code(rule.code).label("fr")
    yield from ("", f"({_anchor(entry)})=", f"## {rule.id}@{rule.version}", "")
    yield f"- Code **{rule.code}** ({category}), rang {rule.rank}, à propos d'{_ABOUT[rule.about]}"
    yield f"- Autorité : {rule.authority} ({_AUTHORITIES[rule.authority]})"
    yield f"- Fichier : {_file(entry)}"
    yield from ("", "**Pourquoi.** " + _plain(rule.reason_fr.replace("{subjects}", "…")), "")
    yield from _quotations(rule.source)
    yield from _fenced("Ce qui répond (l'un de ces motifs)", rule.patterns)
    yield from _fenced("Exemples", (_marked(example.text, example.span) for example in rule.examples))
    yield from _fenced("Ne dit rien de", rule.silent)
    for exception in rule.exceptions:
        yield from (f"**Exception `{exception.id}`.** {_plain(exception.reason)}", "")
        yield from _fenced("Motifs", exception.patterns)
        yield from _fenced("Exemples", exception.examples)
    yield from _changes(rules, entry)


def _subject_page(rules: RuleSet, file: SubjectFile, entry: Entry) -> Iterator[str]:
    subject = file.subject
    yield from (f"({_anchor(entry)})=", f"# {_plain(subject.label)}", "")
    yield f"- {_plain(subject.full_name)} (`{subject.id}`), {_KINDS[subject.kind]}"
    yield f"- Fichier : {_file(entry)}"
    yield ""
    yield from _quotations(subject.source)
    yield from _fenced("Sigles", subject.acronyms)
    yield from _fenced("Noms", subject.names)
    yield from _fenced("À l'oreille, ou en chiffres et signes", (*subject.spelled, *subject.leet))
    yield from _fenced("Expressions régulières", subject.patterns)
    yield from _fenced("Noms voisins qui sont autre chose", subject.not_names)
    yield from _fenced("Exemples", (_marked(example.text, example.span) for example in subject.examples))
    for exception in file.exception:
        yield from (f"## {exception.id}", "", _plain(exception.reason), "")
        yield from _fenced("Exemples qui ne nomment pas le sujet", exception.examples)
    yield from _changes(rules, entry)


def _changes(rules: RuleSet, entry: Entry) -> Iterator[str]:
    version = next(h.ruleset.version for f, h in zip(rules.folders, rules.heads, strict=True) if f == entry.folder)
    yield from ("**Changements.**", "", f"- dans les règles depuis {version}")
    yield from (f"- {note.version} : {_plain(note.text)}" for note in history(rules, entry))
    yield ""


def _quotations(sources: Iterable[str]) -> Iterator[str]:
    for source in sources:
        if not _CITED.fullmatch(source):
            yield from (f"> **{_plain(source)}**", "")
            continue
        text = paragraph(source)
        if text is None:
            raise LookupError(_no_paragraph(source))
        lines = text.split("\n")
        yield f"> **{source}.** {_plain(lines[0])}"
        for line in lines[1:]:
            yield from (">", f"> {_plain(line)}")
        yield ""


def _no_paragraph(sources: str) -> str:
    return f"{sources}: no such paragraph in the decisions; mend the source in the rule file"


def _fenced(title: str, lines: Iterable[str]) -> Iterator[str]:
    lines = list(lines)
    if lines:
        yield from (f"{title} :", "", "```text", *lines, "```", "")


def _marked(text: str, span: str | None) -> str:
    """An example, with the part that is the mention in brackets where it is not the whole."""
    return text if span is None or span == text else text.replace(span, f"[{span}]", 1)


def _anchor(entry: Entry) -> str:
    return f"{entry.kind}-{entry.id}"


def _file(entry: Entry) -> str:
    return f"`{entry.folder.name}/{entry.path.parent.name}/{entry.path.name}`"


def _plain(text: str) -> str:
    """``text`` on one line, with what Markdown would read as markup taken for itself."""
    return re.sub(r"([\\`*_\[\]<>{}|#$~^])", r"\\\1", " ".join(text.split())).replace("...", "\\.\\.\\.")


# -- indexes -----------------------------------------------------------------------------------------------------------


def _index(rules: RuleSet, pages: dict[str, list[str]]) -> Iterator[str]:
    yield from ("# Les règles, une à une", "")
    yield f"Pages faites à partir des fichiers de la version {rules.version} par `python docs/generate.py`."
    yield "Les paragraphes cités sont ceux des décisions du Défenseur des droits ; ce que chaque paragraphe"
    yield "devient se lit dans l'[index des paragraphes](paragraphs.md)."
    for title, kind in (("Sujets", "subjects"), ("Ce qui est dit d'un sujet", "statements")):
        yield from ("", "```{toctree}", f":caption: {title}", ":maxdepth: 2", "")
        yield from (page.removesuffix(".md") for page in sorted(pages) if page.startswith(kind))
        yield "```"
    yield from ("", "```{toctree}", ":hidden:", "", "paragraphs", "```")


def _paragraphs(rules: RuleSet, places: dict[str, str]) -> Iterator[str]:
    citing: dict[str, list[str]] = {}
    for rule in rules.rules:
        for source in rule.source:
            citing.setdefault(source, []).append(f"[{rule.id}]({places[f'rule {rule.id}']}#rule-{rule.id})")
    for file in rules.subjects:
        name = file.subject.id
        for source in file.subject.source:
            citing.setdefault(source, []).append(f"[{name}]({places[f'subject {name}']}#subject-{name})")
    for rewording in dict.fromkeys(rules.rewordings.values()):
        for source in rewording.source:
            citing.setdefault(source, []).append(f"réécriture `{rewording.kind}` ({', '.join(rewording.codes)})")
    yield from ("# Index des paragraphes", "")
    yield "Quelle règle, quel sujet ou quelle réécriture répond de quel paragraphe ; un tiret où aucun ne le fait :"
    yield "le paragraphe raconte, argumente, ou s'adresse à d'autres qu'à ce qu'un texte dit."
    for name, decision in published().items():
        yield from (
            "",
            f"## {name}",
            "",
            decision.title,
            "",
            "| § | commence ainsi | répondent |",
            "|---|---|---|",
        )
        for number, text in decision.paragraphs.items():
            answering = ", ".join(citing.pop(f"{name} §{number}", [])) or "–"
            yield f"| {number} | {_plain(_beginning(text))} | {answering} |"
    unknown = [source for source in citing if _CITED.fullmatch(source)]
    if unknown:
        raise LookupError(_no_paragraph(", ".join(unknown)))
    if citing:
        yield from ("", "## Autres sources", "", "| source | répondent |", "|---|---|")
        yield from (f"| {_plain(source)} | {', '.join(names)} |" for source, names in citing.items())


def _beginning(text: str) -> str:
    words = text.split()
    return " ".join(words[:12]) + (" …" if len(words) > 12 else "")


if __name__ == "__main__":
    try:
        write(DOCS)
    except LookupError as error:
        sys.exit(str(error))
