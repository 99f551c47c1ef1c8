"""Django: a project saves profiles through the ORM, the admin, forms and serializers."""

from __future__ import annotations

import html
import os
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import django
import psycopg
import pytest

os.environ["DJANGO_SETTINGS_MODULE"] = "django_project.settings"
django.setup()

from django import forms
from django.contrib.auth.models import User
from django.core.checks import run_checks
from django.core.exceptions import ImproperlyConfigured, ValidationError
from django.db import connections, models
from django.db.migrations.writer import MigrationWriter
from django.test import Client, override_settings
from django_project.models import Profile
from django_project.router import Router
from rest_framework import serializers

from mentions.integrations.django import MentionsValidator

CLEAN = "Cabinet ouvert du lundi au vendredi."
NEUTRAL = "Tiers payant pratiqué."
APPARENT = "CMU acceptée."
REFUSAL = "Les CMU ne sont pas acceptés au cabinet."
NO_RULES = str(Path(__file__).parent / "no_such_folder")


@pytest.fixture(scope="module", params=["default", pytest.param("postgresql", marks=pytest.mark.postgresql)])
def database(request: pytest.FixtureRequest) -> Iterator[None]:
    connection = connections[request.param]
    if request.param == "postgresql":
        try:
            psycopg.connect(dbname="postgres", connect_timeout=3).close()
        except psycopg.OperationalError as error:
            pytest.skip(f"no PostgreSQL server answers where libpq's environment (PGHOST, PGUSER) leads: {error}")
    name = connection.settings_dict["NAME"]
    connection.creation.create_test_db(verbosity=0, autoclobber=True, serialize=False)
    Router.alias = request.param
    yield
    Router.alias = "default"
    connection.creation.destroy_test_db(name, verbosity=0)


@pytest.fixture
def profile(database: None) -> Iterator[Profile]:
    saved = Profile(name="Dr Martin", presentation=CLEAN)
    saved.save()
    yield saved
    Profile.objects.all().delete()


@pytest.fixture
def admin(database: None) -> Iterator[Client]:
    user = User.objects.create_superuser("moderator")
    client = Client()
    client.force_login(user)
    yield client
    Profile.objects.all().delete()
    user.delete()


def codes(error: ValidationError, field: str = "presentation") -> list[Any]:
    return [each.code for each in error.error_dict[field]]


# -- through the ORM -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("text", ["", CLEAN, NEUTRAL])
def test_the_orm_saves_what_is_neutral(profile: Profile, text: str) -> None:
    profile.presentation = text
    profile.save()
    assert Profile.objects.get().presentation == text


@pytest.mark.parametrize(("text", "code"), [(APPARENT, "apparently_neutral"), (REFUSAL, "explicit_refusal")])
def test_the_orm_does_not_save_what_is_refused(profile: Profile, text: str, code: str) -> None:
    profile.presentation = text
    with pytest.raises(ValidationError) as raised:
        profile.save()
    assert codes(raised.value) == [code]
    assert Profile.objects.get().presentation == CLEAN


def test_the_orm_saves_the_text_while_the_checker_fails_if_it_is_told_to(
    profile: Profile, caplog: pytest.LogCaptureFixture
) -> None:
    profile.presentation = REFUSAL
    with override_settings(MENTIONS={"RULES": NO_RULES, "ON_ERROR": "accept"}):
        profile.save()
    assert Profile.objects.get().presentation == REFUSAL
    assert "could not be checked" in caplog.text


def test_the_orm_refuses_the_text_while_the_checker_fails_unless_it_is_told_otherwise(profile: Profile) -> None:
    profile.presentation = NEUTRAL
    with override_settings(MENTIONS={"RULES": NO_RULES}), pytest.raises(ValidationError) as raised:
        profile.save()
    assert codes(raised.value) == ["mentions_unchecked"]
    assert Profile.objects.get().presentation == CLEAN


# -- through the admin -----------------------------------------------------------------------------------------------------


def test_the_admin_saves_what_is_neutral(admin: Client) -> None:
    answer = admin.post("/admin/django_project/profile/add/", {"name": "Dr Petit", "presentation": NEUTRAL})
    assert answer.status_code == 302
    assert Profile.objects.get().presentation == NEUTRAL


def test_the_admin_shows_why_it_does_not_save(admin: Client) -> None:
    text = f"<b>CMU</b> : 100 % non. {REFUSAL}"
    answer = admin.post("/admin/django_project/profile/add/", {"name": "Dr Petit", "presentation": text})
    shown = answer.content.decode()
    assert answer.status_code == 200
    assert not Profile.objects.exists()
    assert "refus de soins discriminatoire" in html.unescape(shown)
    assert "<b>CMU" not in shown


def test_the_admin_edits_on_while_the_checker_fails_if_it_is_told_to(admin: Client, profile: Profile) -> None:
    with override_settings(MENTIONS={"RULES": NO_RULES, "ON_ERROR": "accept"}):
        answer = admin.post(
            f"/admin/django_project/profile/{profile.pk}/change/", {"name": "Dr Petit", "presentation": APPARENT}
        )
    assert answer.status_code == 302
    assert Profile.objects.get().presentation == APPARENT


# -- forms and serializers -------------------------------------------------------------------------------------------------


class Form(forms.Form):
    presentation = forms.CharField(validators=[MentionsValidator(refuse_from="explicit_refusal")])


class Serializer(serializers.Serializer):
    presentation = serializers.CharField(validators=[MentionsValidator()])


class ProfileSerializer(serializers.ModelSerializer):
    class Meta:
        model = Profile
        fields = ["name", "presentation"]


def test_a_form_says_why_for_each_mention() -> None:
    form = Form({"presentation": f"{APPARENT} {REFUSAL} Pas d'AME."})
    assert not form.is_valid()
    assert [e.code for e in form.errors.as_data()["presentation"]] == ["explicit_refusal", "explicit_refusal"]
    assert REFUSAL in form.errors["presentation"][0]


def test_what_the_validator_is_given_goes_before_the_settings() -> None:
    assert Form({"presentation": APPARENT}).is_valid()
    with override_settings(MENTIONS={"REFUSE_FROM": "apparently_neutral"}):
        assert Form({"presentation": APPARENT}).is_valid()


@pytest.mark.parametrize("kind", [Serializer, ProfileSerializer])
def test_serializers_say_what_is_refused(kind: type[Any]) -> None:
    assert kind(data={"name": "Dr Petit", "presentation": NEUTRAL}).is_valid()
    refused = kind(data={"name": "Dr Petit", "presentation": f"Remise de 10 %(x)s. {REFUSAL}"})
    assert not refused.is_valid()
    (error,) = refused.errors["presentation"]
    assert error.code == "explicit_refusal"
    assert REFUSAL in error


def test_an_error_gives_the_place_the_reason_and_the_rewording() -> None:
    text = f"{CLEAN} Patients CMU : apportez votre attestation."
    with pytest.raises(ValidationError) as raised:
        MentionsValidator()(text)
    (error,) = raised.value.error_list
    assert text[error.params["start"] : error.params["end"]] == error.params["text"]
    assert error.params["rewording"]["kind"] == "documents"
    assert error.params["rewording"]["text"] in error.messages[0]
    assert error.params["reason"] in error.messages[0]


# -- settings --------------------------------------------------------------------------------------------------------------


def test_the_threshold_is_a_setting() -> None:
    validator = MentionsValidator()
    with override_settings(MENTIONS={"REFUSE_FROM": "explicit_refusal"}):
        validator(APPARENT)
        with pytest.raises(ValidationError):
            validator(REFUSAL)
    with pytest.raises(ValidationError):
        validator(APPARENT)


def test_rules_and_language_are_settings() -> None:
    with override_settings(MENTIONS={"RULES": "2018-11", "LANGUAGE": "en"}):
        MentionsValidator()("C2S acceptée.")  # the status came with the later rules
        with pytest.raises(ValidationError, match="patients"):
            MentionsValidator()(REFUSAL)


@pytest.mark.parametrize(
    ("setting", "id"),
    [
        ({}, None),
        ({"RULES": "2018-11"}, None),
        ({"ON_EROR": "accept"}, "mentions.E001"),
        ({"ON_ERROR": "ignore"}, "mentions.E001"),
        ({"REFUSE_FROM": "neutral"}, "mentions.E001"),
        ({"LANGUAGE": ["fr"]}, "mentions.E001"),
        ("accept", "mentions.E001"),
        ({"RULES": NO_RULES}, "mentions.E002"),
        ({"RULES": 2018}, "mentions.E002"),
    ],
)
def test_the_system_check_finds_what_is_wrong(setting: Any, id: str | None) -> None:
    with override_settings(MENTIONS=setting):
        assert [found.id for found in run_checks(tags=["mentions"])] == ([] if id is None else [id])


def test_a_wrong_setting_is_never_ignored() -> None:
    with override_settings(MENTIONS={"ON_EROR": "accept"}), pytest.raises(ImproperlyConfigured, match="ON_ERROR"):
        MentionsValidator()(CLEAN)


def test_a_wrong_argument_is_an_error_of_its_line() -> None:
    with pytest.raises(ValueError, match="refuse_from"):
        MentionsValidator(refuse_from="neutral")


def test_a_field_that_holds_no_text_is_a_mistake() -> None:
    with pytest.raises(TypeError, match="int"):
        MentionsValidator(on_error="accept")(3)  # type: ignore[arg-type]


def test_a_clean_text_costs_hardly_more_than_its_check(assert_as_fast_as_check: Callable[[Any], None]) -> None:
    assert_as_fast_as_check(MentionsValidator())


# -- migrations ------------------------------------------------------------------------------------------------------------


def test_a_migration_writes_the_validator() -> None:
    validator = MentionsValidator(refuse_from="explicit_refusal")
    written, imports = MigrationWriter.serialize(models.TextField(validators=[validator]))
    namespace: dict[str, Any] = {}
    exec("from django.db import models\n" + "\n".join(imports), namespace)
    (again, *_) = eval(written, namespace).validators
    assert again == validator != MentionsValidator()
    assert len({again, validator, MentionsValidator()}) == 2
