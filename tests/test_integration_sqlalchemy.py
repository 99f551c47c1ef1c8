"""SQLAlchemy: attributes that are checked when they are set."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from sqlalchemy import create_engine, func
from sqlalchemy.orm import DeclarativeBase, Mapped, Session, mapped_column

from mentions.integrations.guard import Guard
from mentions.integrations.sqlalchemy import RefusedTextError, check_attributes

APPARENT = "CMU acceptée."
REFUSAL = "Les CMU ne sont pas acceptés au cabinet."


class Base(DeclarativeBase):
    pass


class Profile(Base):
    __tablename__ = "profile"
    id: Mapped[int] = mapped_column(primary_key=True)
    presentation: Mapped[str | None]
    instructions: Mapped[str | None]
    diary: Mapped[str | None]
    unchecked: Mapped[str | None]
    kind: Mapped[str] = mapped_column(default="")
    __mapper_args__ = {"polymorphic_on": "kind", "polymorphic_identity": ""}


class DentistProfile(Profile):
    __mapper_args__ = {"polymorphic_identity": "dentist"}


check_attributes(Profile.presentation)
check_attributes(Profile.instructions, guard=Guard(refuse_from="explicit_refusal"))
check_attributes(Profile.diary, guard=Guard(rules="no/such/folder", on_error="accept"))


@pytest.fixture
def session() -> Iterator[Session]:
    engine = create_engine("sqlite://")
    Base.metadata.create_all(engine)
    with Session(engine) as opened:
        yield opened
    engine.dispose()


def test_texts_that_pass_are_saved(session: Session) -> None:
    session.add(Profile(presentation="Tiers payant pratiqué.", instructions=APPARENT, unchecked=REFUSAL))
    session.commit()
    found = session.query(Profile).one()
    assert (found.presentation, found.instructions, found.unchecked) == ("Tiers payant pratiqué.", APPARENT, REFUSAL)


def test_a_refused_text_leaves_the_attribute_as_it_was(session: Session) -> None:
    profile = Profile(presentation="Bonjour.")
    session.add(profile)
    with pytest.raises(RefusedTextError, match="refus de soins") as raised:
        profile.presentation = REFUSAL
    assert raised.value.attribute == "presentation"
    assert [m.text for m in raised.value.refusal.mentions] == [REFUSAL]
    session.commit()
    assert session.query(Profile).one().presentation == "Bonjour."


@pytest.mark.parametrize("kind", [Profile, DentistProfile])
def test_the_constructor_is_checked_also_of_subclasses(kind: type[Profile]) -> None:
    with pytest.raises(RefusedTextError):
        kind(presentation=APPARENT)
    with pytest.raises(RefusedTextError):
        kind(instructions=REFUSAL)


def test_none_passes_and_an_sql_expression_does_not() -> None:
    assert Profile(presentation=None).presentation is None
    with pytest.raises(TypeError, match="only a str"):
        Profile(presentation=func.lower(REFUSAL))


def test_while_the_checker_fails_a_text_is_accepted_if_so_told(caplog: pytest.LogCaptureFixture) -> None:
    assert Profile(diary=REFUSAL).diary == REFUSAL
    assert "could not be checked" in caplog.text


def test_rows_that_are_loaded_are_not_checked(session: Session) -> None:
    session.execute(Profile.__table__.insert().values(presentation=REFUSAL, kind=""))
    assert session.query(Profile).one().presentation == REFUSAL
