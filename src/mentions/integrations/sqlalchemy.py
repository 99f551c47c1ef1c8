"""SQLAlchemy: mapped attributes that take only texts that pass a guard, checked when they are set.

What never sets an attribute is not seen: ``insert()`` and ``update()`` statements, and rows loaded from the database.
"""

from __future__ import annotations

from typing import Any

from sqlalchemy import event
from sqlalchemy.orm import QueryableAttribute

from .guard import Guard, Refusal


class RefusedTextError(ValueError):
    """A text that may not be saved was given to a mapped attribute."""

    def __init__(self, attribute: str, refusal: Refusal) -> None:
        super().__init__(f"{attribute}: {' '.join(refusal.messages)}")
        self.attribute = attribute
        self.refusal = refusal


def check_attributes(*attributes: QueryableAttribute[Any], guard: Guard | None = None) -> None:
    """Have every text that is set on these attributes checked, on subclasses too; ``None`` passes.

    ``check_attributes(Profile.presentation, Profile.instructions)`` after the class. Setting an attribute to a text
    that is refused then raises :class:`RefusedTextError` and leaves the attribute as it was; setting it to anything but
    a ``str`` or ``None``, such as an SQL expression, raises :class:`TypeError`.
    """
    guard = guard or Guard()

    def checked(target: object, value: str | None, old: object, initiator: Any) -> None:
        refusal = None if value is None else guard.refusal(value)
        if refusal is not None:
            raise RefusedTextError(initiator.key, refusal)

    for attribute in attributes:
        event.listen(attribute, "set", checked, propagate=True)
