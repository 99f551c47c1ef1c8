"""Types for pydantic models, and so for FastAPI: a ``str`` that must pass a guard.

An error has the type ``mentions_found``, or ``mentions_unchecked`` where the checker itself failed. Its ``ctx`` holds
``mentions`` (place, category, code, subjects, reason, paragraphs and rewording of each) and ``rewritten``, the whole text
as it could be saved; an empty list and ``None`` where the text could not be checked.
"""

from __future__ import annotations

from typing import Annotated

from pydantic import AfterValidator
from pydantic_core import PydanticCustomError

from ..model import Category
from .guard import Guard


def checked(guard: Guard) -> AfterValidator:
    """What makes a ``str`` a type of one's own.

    ``Annotated[str, checked(Guard(on_error="accept"))]`` takes any text while the checker itself fails.
    """

    def validate(text: str) -> str:
        refusal = guard.refusal(text)
        if refusal is None:
            return text
        context = {
            "mentions": refusal.details(guard.lang),
            "rewritten": refusal.rewritten,
            "message": " ".join(refusal.messages),
        }
        # Placeholders are filled in this order: what a text says in the message is never taken for one.
        raise PydanticCustomError(refusal.code, "{message}", context)

    return AfterValidator(validate)


NeutralText = Annotated[str, checked(Guard())]
"""A text without any mention that is not neutral."""

NotRefusing = Annotated[str, checked(Guard(refuse_from=Category.EXPLICIT_REFUSAL))]
"""A text without any explicit refusal; apparently neutral mentions pass."""
