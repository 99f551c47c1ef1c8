"""pydantic types, and FastAPI through them."""

from __future__ import annotations

from typing import Annotated

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient
from pydantic import BaseModel, TypeAdapter, ValidationError

import mentions
from mentions import Moderator
from mentions.integrations.guard import Guard
from mentions.integrations.pydantic import NeutralText, NotRefusing, checked

APPARENT = "CMU acceptée."
REFUSAL = "Les CMU ne sont pas acceptés au cabinet."
NO_RULES = "no/such/folder"


class Profile(BaseModel):
    presentation: NeutralText
    instructions: NotRefusing = ""


app = FastAPI()
saved: list[Profile] = []


@app.post("/profiles", status_code=201)
def save(profile: Profile) -> None:
    saved.append(profile)


@pytest.fixture
def client() -> TestClient:
    saved.clear()
    return TestClient(app)


def test_texts_that_pass_stay_as_they_are() -> None:
    profile = Profile(presentation="Tiers payant pratiqué.\r\n", instructions=APPARENT)
    assert (profile.presentation, profile.instructions) == ("Tiers payant pratiqué.\r\n", APPARENT)


def test_each_type_refuses_from_its_category() -> None:
    with pytest.raises(ValidationError) as raised:
        Profile(presentation=APPARENT, instructions=REFUSAL)
    errors = raised.value.errors()
    assert [(e["type"], e["loc"]) for e in errors] == [
        ("mentions_found", ("presentation",)),
        ("mentions_found", ("instructions",)),
    ]
    assert [[m["category"] for m in e["ctx"]["mentions"]] for e in errors] == [
        ["apparently_neutral"],
        ["explicit_refusal"],
    ]


def test_an_error_gives_the_places_reasons_and_rewordings() -> None:
    text = f"Bonjour. {REFUSAL} Patients AME : apportez votre attestation."
    with pytest.raises(ValidationError) as raised:
        TypeAdapter(NeutralText).validate_python(text)
    (error,) = raised.value.errors()
    found = mentions.check(text).mentions
    assert [(m["start"], m["end"], m["text"]) for m in error["ctx"]["mentions"]] == [
        (m.start, m.end, m.text) for m in found
    ]
    assert [m["reason"] for m in error["ctx"]["mentions"]] == [m.reason() for m in found]
    assert [m["rewording"]["kind"] for m in error["ctx"]["mentions"]] == ["remove", "documents"]
    assert error["ctx"]["rewritten"] == mentions.check(text).rewrite()
    assert all(m.reason() in error["msg"] for m in found)


def test_a_text_is_never_taken_for_a_placeholder() -> None:
    text = "Les CMU {rewritten} {mentions} {message} ne sont pas acceptés au cabinet."
    with pytest.raises(ValidationError) as raised:
        TypeAdapter(NeutralText).validate_python(text)
    assert text in raised.value.errors()[0]["msg"]


def test_what_is_no_text_is_pydantics_own_error() -> None:
    with pytest.raises(ValidationError) as raised:
        TypeAdapter(NeutralText).validate_python(3)
    assert raised.value.errors()[0]["type"] == "string_type"


def test_the_schema_is_that_of_a_string() -> None:
    assert TypeAdapter(NeutralText).json_schema() == {"type": "string"}


def test_when_the_checker_fails_the_text_is_refused_or_accepted_as_told(caplog: pytest.LogCaptureFixture) -> None:
    with pytest.raises(ValidationError) as raised:
        TypeAdapter(Annotated[str, checked(Guard(rules=NO_RULES))]).validate_python("Bonjour.")
    assert raised.value.errors()[0]["type"] == "mentions_unchecked"
    accepting = TypeAdapter(Annotated[str, checked(Guard(rules=NO_RULES, on_error="accept"))])
    assert accepting.validate_python(REFUSAL) == REFUSAL
    assert caplog.text.count("could not be checked") == 2


def test_fastapi_saves_what_is_neutral(client: TestClient) -> None:
    assert client.post("/profiles", json={"presentation": "Tiers payant pratiqué."}).status_code == 201
    assert [p.presentation for p in saved] == ["Tiers payant pratiqué."]


def test_fastapi_answers_422_with_what_is_refused(client: TestClient) -> None:
    answer = client.post("/profiles", json={"presentation": f"« 🙂 » {REFUSAL}"})
    (error,) = answer.json()["detail"]
    assert (answer.status_code, error["type"], error["loc"]) == (422, "mentions_found", ["body", "presentation"])
    (mention,) = error["ctx"]["mentions"]
    assert error["input"][mention["start"] : mention["end"]] == mention["text"]
    assert saved == []


def test_fastapi_answers_422_when_the_checker_raises(client: TestClient, monkeypatch: pytest.MonkeyPatch) -> None:
    def raises(*args: object) -> None:
        raise RuntimeError("the checker failed")

    monkeypatch.setattr(Moderator, "check", raises)
    answer = client.post("/profiles", json={"presentation": "Bonjour."})
    assert (answer.status_code, answer.json()["detail"][0]["type"]) == (422, "mentions_unchecked")
