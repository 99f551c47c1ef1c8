"""What a platform's page for reporting needs: situations, definitions, and the notice that a patient gives.

Source: decisions 2018-269 §124–§129 and 2018-270 §38–§42 (the page), 2018-269 §72–§75 (situations), §46–§67 (definitions)
and §117, which quotes article 6 I 5 of law no. 2004-575 of 21 June 2004. The notice follows the article as quoted there,
in 2018; the law has been amended since, and which elements a notice needs today is for the platform's lawyers.
"""

from __future__ import annotations

from datetime import date
from functools import cache
from pathlib import Path
from typing import Annotated, Literal

from pydantic import Field, StringConstraints, field_validator, model_validator

from .model import Frozen
from .rulefile import Filled, Identifier, RulesError, parse

_SHIPPED = Path(__file__).resolve().parent / "data" / "refusals.toml"


class Situation(Frozen):
    """One kind of refusal of care, for a drop-down menu; an ``id`` never changes its meaning."""

    id: Identifier
    kind: Literal["direct", "indirect"]
    label_fr: Filled
    source: Annotated[tuple[Filled, ...], Field(min_length=1)]


class Definition(Frozen):
    """A term explained, for the help texts of the page; close to the words of its source."""

    id: Identifier
    term_fr: Filled
    text_fr: Filled
    source: Annotated[tuple[Filled, ...], Field(min_length=1)]


class _RefusalFile(Frozen):
    schema_: Annotated[int, Field(alias="schema")]
    definition: Annotated[tuple[Definition, ...], Field(min_length=1)]
    situation: Annotated[tuple[Situation, ...], Field(min_length=1)]


@cache
def _shipped() -> _RefusalFile:
    problems: list[str] = []
    found = parse(_SHIPPED, _SHIPPED.read_bytes(), _RefusalFile, problems)
    if found is None:
        raise RulesError(problems)
    return found


def situations() -> tuple[Situation, ...]:
    """The typology of refusals of care, direct ones first. Source: 2018-269 §72–§75."""
    return _shipped().situation


def definitions() -> tuple[Definition, ...]:
    """What a refusal of care and a discrimination are. Source: 2018-269 §46–§48, §60–§61, §66–§67, §72."""
    return _shipped().definition


# -- the notice ----------------------------------------------------------------------------------------------------------

Given = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1)]
"""What somebody has filled in: blanks alone are not enough."""


class NaturalPerson(Frozen):
    """Who gives notice, if a natural person."""

    kind: Literal["natural"] = "natural"
    last_name: Annotated[Given, Field(title="Nom")]
    first_names: Annotated[Given, Field(title="Prénoms")]
    profession: Annotated[Given, Field(title="Profession")]
    domicile: Annotated[Given, Field(title="Domicile")]
    nationality: Annotated[Given, Field(title="Nationalité")]
    birth_date: Annotated[date, Field(title="Date de naissance")]
    birth_place: Annotated[Given, Field(title="Lieu de naissance")]


class LegalPerson(Frozen):
    """Who gives notice, if a legal person."""

    kind: Literal["legal"] = "legal"
    form: Annotated[Given, Field(title="Forme")]
    name: Annotated[Given, Field(title="Dénomination")]
    registered_office: Annotated[Given, Field(title="Siège social")]
    representative: Annotated[Given, Field(title="Organe qui la représente légalement")]


class Recipient(Frozen):
    """To whom notice is given: the platform, by its name and its registered office (or a person's domicile)."""

    name: Annotated[Given, Field(title="Nom ou dénomination")]
    address: Annotated[Given, Field(title="Domicile ou siège social")]


class Notice(Frozen):
    """A notice of unlawful content, with every element of article 6 I 5 of the law of 21 June 2004 (2018-269 §117).

    Its JSON schema (``Notice.model_json_schema()``) has French titles, from which a form can be made.
    """

    noticed_on: Annotated[date, Field(title="Date de la notification")]
    notifier: Annotated[NaturalPerson | LegalPerson, Field(title="Notifiant", discriminator="kind")]
    recipient: Annotated[Recipient, Field(title="Destinataire")]
    facts: Annotated[Given, Field(title="Description des faits litigieux")]
    location: Annotated[
        Given, Field(title="Localisation précise", description="Adresse de la page et endroit du texte")
    ]
    grounds: Annotated[Given, Field(title="Motifs pour lesquels le contenu doit être retiré")]
    legal_provisions: Annotated[tuple[Given, ...], Field(min_length=1, title="Dispositions légales")]
    correspondence: Annotated[
        Given | None, Field(title="Copie de la correspondance adressée à l'auteur ou à l'éditeur")
    ] = None
    author_unreachable: Annotated[
        Given | None, Field(title="Justification de ce que l'auteur ou l'éditeur n'a pu être contacté")
    ] = None
    situation: Annotated[str | None, Field(title="Situation de refus de soins")] = None
    """The id of one of :func:`situations`; the law does not ask for it, 2018-269 §128 suggests the menu."""

    @field_validator("situation")
    @classmethod
    def _is_known(cls, value: str | None) -> str | None:
        ids = [s.id for s in situations()]
        if value is not None and value not in ids:
            raise ValueError(f"{value!r} is no situation; situations are {', '.join(ids)}")
        return value

    @model_validator(mode="after")
    def _author_was_asked(self) -> Notice:
        if (self.correspondence is None) == (self.author_unreachable is None):
            raise ValueError("give either correspondence or author_unreachable: one of the two, as the article says")
        return self
