"""What is done about a report: the shipped cases, one's own, the record, the message, and input that cannot be used."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import ValidationError

import mentions
from mentions import (
    Action,
    Category,
    Decision,
    FingerprintError,
    HistoryError,
    Moderator,
    Policy,
    PolicyError,
    Record,
    check_profile,
    load_policy,
)
from mentions.policy import PolicyCase

START = datetime(2024, 3, 1, 9, tzinfo=UTC)
SHIPPED = Path(mentions.__file__).parent / "data" / "policy.toml"


def follow(moderator: Moderator, texts: list[str], policy: Policy | None = None) -> list[Decision]:
    """The decisions on a profile's texts, one a day, each knowing the earlier ones."""
    history: list[Record] = []
    found: list[Decision] = []
    for day, text in enumerate(texts):
        decision = (policy or load_policy()).decide(moderator.check(text), history, at=START + timedelta(days=day))
        history.append(decision.record)
        found.append(decision)
    return found


def case(id_: str, category: str, action: str, **more: Any) -> PolicyCase:
    given = {"id": id_, "category": category, "action": action, "source": ["house rule"], **more}
    return PolicyCase.model_validate({"reason_fr": "Motif.", "reason_en": "Reason.", **given})


PLAIN = [
    case("refusal", "explicit_refusal", "remove"),
    case("stigma", "apparently_neutral", "ask_to_reword"),
    case("neutral", "neutral", "accept"),
]


# -- the shipped policy ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("texts", "action", "case_id"),
    [
        ([""], "accept", "neutral"),
        (["Tiers payant pratiqué"], "accept", "neutral"),
        (["Les CMU ne sont pas acceptés au cabinet"], "remove", "refusal"),
        (["CMU acceptés"], "ask_to_reword", "stigma"),
        (["Pas de tiers payant"], "accept_and_review", "stigma-inferred"),
        (["CMU acceptés", "C.M.U. acceptés !"], "remove", "stigma-returned"),
        (["CMU acceptés", "C.M.U. acceptés !", "<b>СMU</b> ACCEPTÉS"], "escalate", "stigma-repeated"),
        (["CMU acceptés", "AME acceptée", "Apporter l'attestation pour les CMU"], "ask_to_reword", "stigma"),
        (["Pas de CMU", "", "pas de c m u"], "remove", "refusal-returned"),
        (["Pas de CMU", "CMU acceptés", "AME refusée"], "escalate", "refusal-repeated"),
        (["Pas de CMU", "Ouvert le lundi"], "accept_and_review", "neutral-watched"),
        (["Pas de tiers payant", "Ouvert le lundi"], "accept", "neutral"),
        (["CMU acceptés. Pas d'AME."], "remove", "refusal"),
    ],
)
def test_what_the_shipped_policy_does(moderator: Moderator, texts: list[str], action: str, case_id: str) -> None:
    last = follow(moderator, texts)[-1]
    assert (last.action, last.record.case) == (action, case_id)
    assert last.record.action is last.action
    assert bool(last.message) is (last.record.statement is not None) is last.action.objects


def test_every_shipped_case_is_of_use_and_has_its_source() -> None:
    policy = load_policy()
    assert {c.action for c in policy.case} == set(Action)
    assert all(source.startswith(("2018-269 §", "2018-270 §")) for c in policy.case for source in c.source)
    assert {g.id for g in policy.ground if Category.EXPLICIT_REFUSAL in g.categories} >= {"csp-l1110-3"}
    assert load_policy(SHIPPED) == policy


def test_actions_have_an_order() -> None:
    assert sorted(Action, key=lambda a: a.rank) == list(Action)
    assert [a for a in Action if a.objects] == ["ask_to_reword", "remove", "escalate"]


@settings(derandomize=True, deadline=None, max_examples=200)
@given(
    category=st.sampled_from(list(Category)),
    authority=st.sampled_from(["quoted", "stated", "inferred"]),
    seen=st.integers(0, 5),
    objections=st.integers(0, 5),
)
def test_the_more_was_seen_the_graver(category: Category, authority: Any, seen: int, objections: int) -> None:
    def action(seen: int, objections: int) -> Action:
        return next(c.action for c in load_policy().case if c.answers(category, authority, seen, objections))

    now = action(seen, objections + seen)
    assert action(seen + 1, objections + seen + 1).rank >= now.rank
    assert action(seen, objections + seen + 1).rank >= now.rank


# -- message and record ------------------------------------------------------------------------------------------------


def test_the_message_says_why_quotes_and_rewords(moderator: Moderator) -> None:
    report = moderator.check("Pas  de CMU. Patients AME : apporter l'attestation.")
    french = load_policy().decide(report, at=START).message.split("\n\n")
    refusal, stigma = (next(c for c in load_policy().case if c.id == i) for i in ("refusal", "stigma"))
    assert french[0] == refusal.reason_fr
    assert french[1].splitlines()[:2] == ["« Pas de CMU. »", report.mentions[0].reason("fr")]
    assert french[1].splitlines()[2].startswith("Vous pouvez écrire : Le professionnel applique")
    assert french[2] == stigma.reason_fr
    assert french[3].splitlines()[2].startswith("À écrire à la place : Les bénéficiaires du tiers payant")
    english = load_policy().decide(report, at=START, lang="en").message
    assert english.startswith(refusal.reason_en)
    assert report.mentions[1].reason("en") in english


def test_braces_in_a_text_are_text(moderator: Moderator) -> None:
    message = load_policy().decide(moderator.check("Pas de CMU {0} {subjects}"), at=START).message
    assert "« Pas de CMU {0} {subjects} »" in message


def test_the_record_keeps_what_is_needed_and_no_word_of_the_text(moderator: Moderator) -> None:
    report = moderator.check("Pas de CMU chez Dupontel. Tiers payant pratiqué.")
    record = load_policy().decide(report, at=START).record
    assert (record.at, record.rules, record.policy) == (START, report.rules, load_policy().info)
    assert len(record.policy.digest) == 64
    first, second = record.mentions
    assert (first.start, first.end, first.fingerprint) == (0, 25, report.mentions[0].fingerprint)
    assert first.paragraphs == report.mentions[0].paragraphs
    assert (first.action, second.action) == ("remove", "accept")
    assert record.objected == (first.fingerprint,)
    assert "upontel" not in record.model_dump_json()
    assert Record.model_validate_json(record.model_dump_json()) == record


def test_the_statement_of_reasons_has_what_article_17_asks_of_a_library(moderator: Moderator) -> None:
    profile = check_profile({"presentation": "Pas de CMU.", "instructions": "AME acceptée"}, moderator=moderator)
    statement = load_policy().decide(profile, at=START).record.statement
    assert statement is not None
    assert [(f.field, f.start, f.end, f.restriction) for f in statement.facts] == [
        ("presentation", 0, 11, "La mention est retirée."),
        ("instructions", 0, 12, "Il est demandé de reformuler la mention."),
    ]
    assert [f.explanation for f in statement.facts] == [
        m.reason("fr") for report in profile.reports.values() for m in report.mentions
    ]
    assert statement.detected_automatically
    assert any("L. 1110-3" in ground for ground in statement.legal_grounds)
    assert "redress" in statement.to_complete


def test_legal_grounds_are_those_of_the_categories_objected_to(moderator: Moderator) -> None:
    statement = load_policy().decide(moderator.check("CMU acceptée"), at=START, lang="en").record.statement
    assert statement is not None
    assert statement.language == "en"
    assert len(statement.legal_grounds) == 1
    assert "indirect discrimination" in statement.legal_grounds[0]


def test_a_mention_that_moved_to_another_field_is_seen_again(moderator: Moderator) -> None:
    first = load_policy().decide(check_profile({"presentation": "Pas de CMU"}, moderator=moderator), at=START)
    moved = check_profile({"presentation": "", "instructions": "PAS DE C.M.U"}, moderator=moderator)
    second = load_policy().decide(moved, [first.record], at=START)
    assert [(m.field, m.seen) for m in second.record.mentions] == [("instructions", 1)]
    assert second.action is Action.REMOVE


def test_an_empty_profile_is_accepted() -> None:
    assert load_policy().decide(check_profile({}), at=START).action is Action.ACCEPT


def test_what_a_person_decided_instead_counts(moderator: Moderator) -> None:
    first = load_policy().decide(moderator.check("Pas de tiers payant"), at=START).record
    overruled = first.model_copy(
        update={
            "action": Action.REMOVE,
            "mentions": tuple(m.model_copy(update={"action": Action.REMOVE}) for m in first.mentions),
        }
    )
    again = load_policy().decide(moderator.check("Pas de tiers payant"), [overruled], at=START)
    assert (again.action, again.record.objections) == (Action.REMOVE, 1)


# -- one's own policy --------------------------------------------------------------------------------------------------


def test_a_policy_made_in_code(moderator: Moderator) -> None:
    strict = Policy(version="strict-1", case=(case("first", "neutral", "escalate", authorities=["quoted"]), *PLAIN))
    actions = [strict.decide(moderator.check(text), at=START).action for text in ("", "CMU acceptée", "AME refusée")]
    assert actions == ["accept", "ask_to_reword", "remove"]
    other = strict.model_copy(update={"version": "strict-2"})
    assert other.info.digest != strict.info.digest


def test_a_policy_file_of_ones_own(moderator: Moderator, tmp_path: Path) -> None:
    path = tmp_path / "policy.toml"
    path.write_text(
        SHIPPED.read_text("utf-8").replace('action = "ask_to_reword"', 'action = "remove"'), encoding="utf-8"
    )
    assert follow(moderator, ["CMU acceptée"], load_policy(path))[0].action is Action.REMOVE
    assert load_policy(str(path)).info.digest != load_policy().info.digest


@pytest.mark.parametrize(
    ("old", "new", "advice"),
    [
        ('action = "escalate"', 'action = "delete"', r"case refusal-repeated: field case\[0\].action: .*'delete'.*'accept'"),
        ("objections = 2", "offences = 2", r"case refusal-repeated: field case\[0\].offences: unknown key"),
        ('version = "1"', 'version = "1"\nname = "x"', r"field name: unknown key"),
        ("schema = 1", "schema = 2", r"field schema: 2 is not read by this version"),
        ("schema = 1\n", "", r"field schema: missing"),
        ("seen = 1", "seen = -1", r"case refusal-returned: field case\[1\].seen"),
        ("seen = 1", "seen = 'often'", r"case refusal-returned: field case\[1\].seen"),
        ('authorities = ["inferred"]', 'authorities = ["guessed"]', r"case refusal-inferred.*'guessed' is not possible"),
        ('authorities = ["inferred"]', "authorities = []", r"case refusal-inferred.*empty; give at least one"),
        ('category = "explicit_refusal"', 'category = "refusal"', r"case refusal-repeated.*category"),
        ('id = "refusal"', 'id = "stigma"', r"id stigma: used 2 times"),
        ("seen = 2", "seen = 1", r"case stigma-returned: never answers, since above it does stigma-repeated"),
        ('id = "neutral"\ncategory = "neutral"', 'id = "neutral"\ncategory = "neutral"\nseen = 1', r"category neutral: no case answers for quoted, stated, inferred, a text without mention"),
        ("[[case]]", "[[case", r"not TOML"),
    ],
)  # fmt: skip
def test_a_policy_that_cannot_be_used_says_where_and_how_to_mend_it(
    tmp_path: Path, old: str, new: str, advice: str
) -> None:
    path = tmp_path / "policy.toml"
    content = SHIPPED.read_text("utf-8")
    assert old in content
    path.write_text(content.replace(old, new, 1), encoding="utf-8")
    with pytest.raises(PolicyError, match=advice) as error:
        load_policy(path)
    assert all(problem.startswith(str(path)) for problem in error.value.problems)


def test_two_cases_can_idle_a_third() -> None:
    halves = [
        case("sure", "neutral", "accept", authorities=["quoted", "stated"]),
        case("unsure", "neutral", "accept", authorities=["inferred"]),
    ]
    Policy(version="1", case=(*halves, *PLAIN))  # « neutral » still answers for a text without mention
    with pytest.raises(ValidationError, match="case late: never answers, since above it does sure, unsure"):
        Policy(
            version="1", case=(*halves, case("late", "neutral", "remove", authorities=["stated", "inferred"]), *PLAIN)
        )


@pytest.mark.parametrize("content", [b"\xff", None])
def test_a_policy_that_cannot_be_read(tmp_path: Path, content: bytes | None) -> None:
    path = tmp_path / "policy.toml"
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(PolicyError, match="not UTF-8" if content else "cannot be read"):
        load_policy(path)


# -- bad history -------------------------------------------------------------------------------------------------------


def test_a_history_out_of_order(moderator: Moderator) -> None:
    records = [d.record for d in follow(moderator, ["CMU acceptée", "Bonjour", "AME refusée"])]
    report, later = moderator.check("CMU acceptée"), START + timedelta(days=9)
    with pytest.raises(HistoryError, match=r"history\[1\] is of 2024-03-01.*before history\[0\].*oldest first"):
        load_policy().decide(report, [records[1], records[0]], at=later)
    with pytest.raises(HistoryError, match=r"history\[2\] is of 2024-03-03.*after the decision to take.*2024-03-02"):
        load_policy().decide(report, records, at=START + timedelta(days=1))


def test_times_are_compared_across_time_zones(moderator: Moderator) -> None:
    paris = timezone(timedelta(hours=1))
    record = load_policy().decide(moderator.check("CMU acceptée"), at=datetime(2024, 1, 1, 12, 30, tzinfo=paris)).record
    assert load_policy().decide(moderator.check(""), [record], at=datetime(2024, 1, 1, 11, 30, tzinfo=UTC)).record
    with pytest.raises(HistoryError):
        load_policy().decide(moderator.check(""), [record], at=datetime(2024, 1, 1, 11, 29, tzinfo=UTC))


def test_a_time_without_zone_a_language_and_a_record_that_are_none(moderator: Moderator) -> None:
    report = moderator.check("CMU acceptée")
    times: list[Any] = [datetime(2024, 1, 1), "2024-01-01T00:00:00Z", None]
    for time in times:
        with pytest.raises(ValueError, match="is no time with a zone"):
            load_policy().decide(report, at=time)
    language: Any = "de"
    with pytest.raises(ValueError, match="languages are 'fr', 'en'"):
        load_policy().decide(report, at=START, lang=language)
    history: Any = [{"action": "remove"}]
    with pytest.raises(TypeError, match=r"history\[0\] is a dict; give the records"):
        load_policy().decide(report, history, at=START)


def test_a_record_with_fingerprints_of_another_version(moderator: Moderator) -> None:
    record = load_policy().decide(moderator.check("CMU acceptée"), at=START).record
    old = record.model_copy(
        update={"mentions": tuple(m.model_copy(update={"fingerprint": "m0-1"}) for m in record.mentions)}
    )
    with pytest.raises(FingerprintError, match="version m0"):
        load_policy().decide(moderator.check("CMU acceptée"), [old], at=START)
