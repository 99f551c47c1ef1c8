"""Django: a validator for model fields, form fields and Django REST framework serializers, with its settings.

``INSTALLED_APPS`` takes ``"mentions.integrations.django.MentionsConfig"``. All settings are optional::

    MENTIONS = {
        "REFUSE_FROM": "apparently_neutral",  # or "explicit_refusal": the mildest category that is refused
        "ON_ERROR": "refuse",                 # or "accept": what becomes of a text when the checker itself fails
        "RULES": None,                        # a version or a folder; the newest shipped rules by default
        "LANGUAGE": "fr",                     # or "en": the language of messages
    }
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import cache
from typing import Any

from django.apps import AppConfig
from django.conf import settings
from django.core import checks
from django.core.exceptions import ImproperlyConfigured, ValidationError
from django.core.signals import setting_changed
from django.utils.deconstruct import deconstructible

from ..loading import load_rules
from ..rulefile import RulesError
from .guard import Guard, OnError

_ARGUMENTS = {"REFUSE_FROM": "refuse_from", "ON_ERROR": "on_error", "RULES": "rules", "LANGUAGE": "lang"}
"""The arguments of a guard by the settings that give them."""


@deconstructible
class MentionsValidator:
    """Refuses a text for its mentions, as the setting ``MENTIONS`` says; what is given here goes before the setting.

    There is a ``ValidationError`` for each mention, its ``code`` the category and its ``params`` the place, reason and
    rewording; where the checker itself failed there is one with the code ``mentions_unchecked``.
    """

    def __init__(self, *, refuse_from: str | None = None, on_error: OnError | None = None) -> None:
        given: dict[str, Any] = {"refuse_from": refuse_from, "on_error": on_error}
        self._given = {name: value for name, value in given.items() if value is not None}
        Guard(**self._given)  # a wrong value is an error of the line that writes it

    def __call__(self, value: str) -> None:
        """Pass ``value``, or refuse it.

        Raises:
            ValidationError: if it is refused.
            ImproperlyConfigured: if the setting ``MENTIONS`` is wrong; ``manage.py check`` says so before.
        """
        guard = _guard(**self._given)
        refusal = guard.refusal(value)
        if refusal is None:
            return
        details = refusal.details(guard.lang) or [{}]
        raise ValidationError(
            [
                # The text may hold « % », so it is a parameter and not the message itself.
                ValidationError(
                    "%(message)s", code=detail.get("category", refusal.code), params=detail | {"message": message}
                )
                for message, detail in zip(refusal.messages, details, strict=True)
            ]
        )

    def __eq__(self, other: object) -> bool:
        return isinstance(other, MentionsValidator) and self._given == other._given

    def __hash__(self) -> int:
        return hash(frozenset(self._given.items()))


@cache
def _guard(**given: Any) -> Guard:
    """The guard of the settings.

    Raises:
        ImproperlyConfigured: if a setting is unknown or has a wrong value.
    """
    written = getattr(settings, "MENTIONS", {})
    if not isinstance(written, Mapping) or not written.keys() <= _ARGUMENTS.keys():
        raise ImproperlyConfigured(f"MENTIONS is {written!r}; it is a dict with any of {', '.join(_ARGUMENTS)}")
    try:
        return Guard(**{_ARGUMENTS[name]: value for name, value in written.items()} | given)
    except ValueError as error:
        raise ImproperlyConfigured(f"MENTIONS: {error}") from None


def check_settings(app_configs: Iterable[AppConfig] | None, **kwargs: Any) -> list[checks.CheckMessage]:
    """The system check: the setting ``MENTIONS`` is right (``mentions.E001``), its rules can be used (``mentions.E002``)."""
    try:
        guard = _guard()
    except ImproperlyConfigured as error:
        return [checks.Error(str(error), id="mentions.E001")]
    try:
        load_rules(guard.rules).validate()
    except (RulesError, OSError, TypeError) as error:
        return [checks.Error(f"MENTIONS: RULES: {error}", id="mentions.E002")]
    return []


class MentionsConfig(AppConfig):  # type: ignore[misc]  # Django brings no types
    """Registers the system check; the validator works without it."""

    name = "mentions.integrations.django"
    label = "mentions"

    def ready(self) -> None:
        """Register the check, and follow changes of the setting in tests."""
        checks.register(check_settings, "mentions")
        setting_changed.connect(_forget, dispatch_uid="mentions")


def _forget(*, setting: str, **kwargs: Any) -> None:
    if setting == "MENTIONS":
        _guard.cache_clear()
