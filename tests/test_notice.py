"""The page for reporting: situations, definitions, and the notice of article 6 I 5."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest
from pydantic import ValidationError

from mentions.notice import LegalPerson, NaturalPerson, Notice, definitions, situations

PERSON = {
    "kind": "natural",
    "last_name": "Martin",
    "first_names": "Camille",
    "profession": "Enseignante",
    "domicile": "1 rue de la Paix, 75002 Paris",
    "nationality": "française",
    "birth_date": "1980-02-29",
    "birth_place": "Lyon",
}
ASSOCIATION = {
    "kind": "legal",
    "form": "association",
    "name": "Entraide",
    "registered_office": "Lille",
    "representative": "La présidente",
}
NOTICE: dict[str, Any] = {
    "noticed_on": "2024-03-01",
    "notifier": PERSON,
    "recipient": {"name": "Plateforme SAS", "address": "Nantes"},
    "facts": "Le profil dit « pas de CMU ».",
    "location": "https://example.org/dr-x, présentation, deuxième phrase",
    "grounds": "Le texte écarte les bénéficiaires de la CMU.",
    "legal_provisions": ["article L. 1110-3 du code de la santé publique"],
    "author_unreachable": "Le profil ne donne pas d'adresse.",
    "situation": "status",
}


def test_the_typology_has_every_situation_of_its_paragraphs_once() -> None:
    found = situations()
    assert len({s.id for s in found}) == len({s.label_fr for s in found}) == len(found)
    counts = {p: sum(s.source[0] == p for s in found) for p in ("2018-269 §73", "2018-269 §74", "2018-269 §75")}
    assert counts == {"2018-269 §73": 6, "2018-269 §74": 9, "2018-269 §75": 4}
    assert {s.kind for s in found if s.source[0] == "2018-269 §73"} == {"direct"}
    assert {s.kind for s in found if s.source[0] != "2018-269 §73"} == {"indirect"}
    assert [s.kind for s in found] == sorted(s.kind for s in found)


def test_ids_of_situations_do_not_change() -> None:
    """Platforms store them: one may be added, none renamed."""
    assert {s.id for s in situations()} >= {
        "emergency", "emergency-call-centre", "not-received", "not-treated", "care-broken-off", "status", "not-referred",
        "ineffective-treatment", "poor-care", "other-conditions", "waiting-time", "means-of-payment", "no-card-reader",
        "paperwork", "continuity-of-access", "prohibitive-fees", "insufficient-offer", "wrong-department",
        "treating-doctor",
    }  # fmt: skip


def test_definitions_cover_refusal_and_discrimination_with_sources() -> None:
    found = {d.id: d for d in definitions()}
    assert found["refusal"].source == ("2018-269 §72",)
    assert {"discrimination-direct", "discrimination-indirect", "discrimination-penal"} < set(found)
    assert all(source.startswith("2018-269 §") for d in found.values() for source in d.source)


@pytest.mark.parametrize(("notifier", "kind"), [(PERSON, NaturalPerson), (ASSOCIATION, LegalPerson)])
def test_a_notice_is_given_by_a_natural_or_a_legal_person(notifier: dict[str, str], kind: type) -> None:
    notice = Notice.model_validate({**NOTICE, "notifier": notifier})
    assert isinstance(notice.notifier, kind)
    assert notice.noticed_on == date(2024, 3, 1)
    assert Notice.model_validate_json(notice.model_dump_json()) == notice


@pytest.mark.parametrize("element", [e for e in NOTICE if e not in ("author_unreachable", "situation")])
def test_every_element_of_the_article_is_asked_for(element: str) -> None:
    with pytest.raises(ValidationError) as error:
        Notice.model_validate({k: v for k, v in NOTICE.items() if k != element})
    assert [e["loc"] for e in error.value.errors()] == [(element,)]


@pytest.mark.parametrize("element", [e for e in PERSON if e != "kind"])
def test_every_element_of_a_persons_identity_is_asked_for_and_blanks_are_none(element: str) -> None:
    for notifier in ({k: v for k, v in PERSON.items() if k != element}, {**PERSON, element: " "}):
        with pytest.raises(ValidationError) as error:
            Notice.model_validate({**NOTICE, "notifier": notifier})
        assert [e["loc"] for e in error.value.errors()] == [("notifier", "natural", element)]


@pytest.mark.parametrize(
    ("change", "advice"),
    [
        ({"correspondence": "Lettre du 2 février"}, "give either correspondence or author_unreachable"),
        ({"author_unreachable": None}, "give either correspondence or author_unreachable"),
        ({"situation": "rude"}, "'rude' is no situation; situations are emergency, "),
        ({"legal_provisions": []}, "at least 1 item"),
        ({"mood": "angry"}, "mood"),
    ],
)
def test_a_notice_that_is_not_whole(change: dict[str, Any], advice: str) -> None:
    with pytest.raises(ValidationError, match=advice):
        Notice.model_validate({**NOTICE, **change})


def test_the_schema_has_french_titles_for_a_form() -> None:
    properties = Notice.model_json_schema()["properties"]
    assert properties["facts"]["title"] == "Description des faits litigieux"
    assert properties["noticed_on"]["title"] == "Date de la notification"
