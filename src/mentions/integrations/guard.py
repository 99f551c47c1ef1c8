"""Which texts may be saved: what the adapters ask, whatever their framework."""

from __future__ import annotations

import logging
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, Literal, get_args

from ..loading import load_rules
from ..model import Category, Language, Mention
from ..moderator import Moderator, shared

OnError = Literal["refuse", "accept"]

_LOG = logging.getLogger(__name__)
_QUOTED = 200  # characters of a mention that a message repeats
_MESSAGES: dict[Language, dict[str, str]] = {
    "fr": {
        "mention": "« {quote} » : {reason}",
        "instead": " Écrivez plutôt : « {rewording} »",
        "unchecked": "Ce texte n'a pas pu être vérifié ; il n'est donc pas enregistré. Réessayez plus tard.",
    },
    "en": {
        "mention": "“{quote}”: {reason}",
        "instead": " Write instead: “{rewording}”",
        "unchecked": "This text could not be checked, so it is not saved. Try again later.",
    },
}


@dataclass(frozen=True, slots=True)
class Refusal:
    """Why a text may not be saved."""

    code: Literal["mentions_found", "mentions_unchecked"]
    """``mentions_unchecked``: the checker itself failed, and the guard then refuses."""
    messages: tuple[str, ...]
    """For the practitioner: one for each of ``mentions``, or that the text could not be checked."""
    mentions: tuple[Mention, ...] = ()
    """Those as grave as the guard refuses, in text order."""
    rewritten: str | None = None
    """The whole text as it could be saved; ``None`` where it could not be checked."""

    def details(self, lang: Language = "fr") -> list[dict[str, Any]]:
        """The mentions as plain values for JSON: place (string indices), category, reason, rewording and the rest."""
        return [
            {
                "start": m.start,
                "end": m.end,
                "text": m.text,
                "category": m.category.value,
                "code": m.code,
                "subjects": list(dict.fromkeys(s.id for s in m.subjects)),
                "reason": m.reason(lang),
                "paragraphs": list(m.paragraphs),
                "rewording": m.rewording.model_dump() if m.rewording is not None else None,
            }
            for m in self.mentions
        ]


class Guard:
    """What is refused, by which rules, and what happens when the checker itself fails. Safe to share between threads."""

    def __init__(
        self,
        *,
        refuse_from: Category | str = Category.APPARENTLY_NEUTRAL,
        on_error: OnError = "refuse",
        rules: str | Path | None = None,
        lang: Language = "fr",
    ) -> None:
        """Rules are read at the first text, so that faults in them fall under ``on_error`` too.

        Args:
            refuse_from: the mildest category that is refused, ``"apparently_neutral"`` or ``"explicit_refusal"``.
            on_error: what becomes of a text when checking it raises: ``"refuse"`` it, or ``"accept"`` it; both log
                the error under ``mentions.integrations.guard``.
            rules: what :func:`mentions.load_rules` takes: a version or a folder; the newest shipped rules by default.
            lang: the language of messages, ``"fr"`` or ``"en"``.

        Raises:
            ValueError: for any other value of ``refuse_from``, ``on_error`` or ``lang``.
        """
        if refuse_from not in (Category.APPARENTLY_NEUTRAL, Category.EXPLICIT_REFUSAL):
            raise ValueError(f"refuse_from is {refuse_from!r}; it is 'apparently_neutral' or 'explicit_refusal'")
        if on_error not in get_args(OnError):
            raise ValueError(f"on_error is {on_error!r}; it is 'refuse' or 'accept'")
        if lang not in get_args(Language):
            raise ValueError(f"lang is {lang!r}; it is 'fr' or 'en'")
        self.refuse_from = Category(refuse_from)
        self.on_error = on_error
        self.rules = rules
        self.lang = lang

    def refusal(self, text: str) -> Refusal | None:
        """Why ``text`` may not be saved, or ``None`` where it may.

        Raises:
            TypeError: if ``text`` is not a ``str``: the caller's mistake, so not under ``on_error``.
        """
        if not isinstance(text, str):
            raise TypeError(f"only a str can be checked, not {type(text).__name__}")
        try:
            report = moderator_for(self.rules).check(text)
            if not report.mentions or report.category < self.refuse_from:
                return None
            rewritten = report.rewrite()
        except Exception:
            _LOG.exception("a text of %d characters could not be checked; on_error: %s", len(text), self.on_error)
            if self.on_error == "accept":
                return None
            return Refusal("mentions_unchecked", (_MESSAGES[self.lang]["unchecked"],))
        found = tuple(m for m in report.mentions if m.category >= self.refuse_from)
        return Refusal("mentions_found", tuple(map(self._message, found)), found, rewritten)

    def _message(self, mention: Mention) -> str:
        words = _MESSAGES[self.lang]
        quote = mention.text if len(mention.text) <= _QUOTED else mention.text[: _QUOTED - 1] + "…"
        message = words["mention"].format(quote=quote, reason=mention.reason(self.lang))
        rewording = mention.rewording
        return message + (words["instead"].format(rewording=rewording.text) if rewording and rewording.text else "")


@cache
def moderator_for(rules: str | Path | None) -> Moderator:
    """The one moderator of this process for rules named as :func:`mentions.load_rules` takes them.

    Raises:
        RulesError: if they cannot be used; the next call tries again.
    """
    return shared() if rules is None else Moderator(load_rules(rules))
