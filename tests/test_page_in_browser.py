"""The moderator's page in a headless Chromium: what is run, shown, reached by keyboard, filtered, copied and printed."""

from __future__ import annotations

import re
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

import mentions
from mentions import Report
from mentions.page import stream

playwright = pytest.importorskip("playwright.sync_api", reason='needs playwright: pip install "mentions[browser]"')
pytestmark = pytest.mark.browser

REFUSAL = "Les CMU ne sont pas acceptés au cabinet."
HOSTILE = (
    "<script>document.title = 'taken'</script><img src=x onerror=\"document.title = 'taken'\"> \" ' </textarea></script>"
    "<a href='javascript:document.title=1'>CMU</a> \u202egauche\u202c \u200b\u200b \x00 \x1b[31m \ud800 {{ 7 * 7 }} "
)
TEXTS = {
    "Dr Refus": f"Cabinet ouvert le lundi.\n{REFUSAL}\nTiers payant pratiqué.",
    "Dr Apparent": "AME acceptée. Patients C2S : apportez votre attestation.",
    "Dr Neutre": "Tiers payant pratiqué.",
    "Dr Rien": "Cabinet ouvert du lundi au vendredi.",
    f"Dr {HOSTILE}": HOSTILE + REFUSAL,
}


@pytest.fixture(scope="module")
def chromium() -> Iterator[Any]:
    found = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
    if found is None:
        pytest.skip("no Chromium found: install chromium, or put it on the PATH")
    with playwright.sync_playwright() as started:
        browser = started.chromium.launch(executable_path=found)
        yield browser
        browser.close()


@pytest.fixture(scope="module")
def reports() -> list[tuple[str, Report]]:
    return [(name, mentions.check(text)) for name, text in TEXTS.items()]


@pytest.fixture
def opened(chromium: Any, tmp_path: Path, reports: list[tuple[str, Report]]) -> Iterator[Callable[..., Any]]:
    """Opens the page of some reports; fails at the end if it asked for anything, said anything or made an error."""
    context: Any = None
    complaints: list[str] = []

    def open_page(of: list[tuple[str, Report]] = reports, lang: Any = "fr", **options: Any) -> Any:
        nonlocal context
        path = tmp_path / "page.html"
        with path.open("w", encoding="utf-8") as file:
            file.writelines(stream(of, lang))
        context = chromium.new_context(**options)
        page = context.new_page()
        page.on("request", lambda r: None if r.url.startswith(path.as_uri()) else complaints.append(r.url))
        page.on("console", lambda m: complaints.append(m.text))
        page.on("pageerror", lambda e: complaints.append(str(e)))
        page.on("dialog", lambda d: complaints.append(d.message))
        page.goto(path.as_uri())
        return page

    yield open_page
    context.close()
    assert complaints == []


def shown_names(page: Any) -> list[str]:
    names: list[str] = page.locator("article:not([hidden]) h2 .name").all_text_contents()
    return [" ".join(name.split()[:2]) for name in names]


# -- hostile profiles --------------------------------------------------------------------------------------------------


def test_a_hostile_profile_runs_nothing_and_is_shown_as_written(opened: Callable[..., Any]) -> None:
    page = opened()
    assert page.title() == "Mentions à examiner"
    article = page.locator("article").last
    text = article.locator(".text").first.text_content()
    assert "<script>document.title = 'taken'</script><img src=x onerror=" in text
    assert "{{ 7 * 7 }}" in text
    assert [sign for sign in ("U+202E", "U+202C", "U+200B×2", "U+0000", "U+001B", "U+D800") if sign not in text] == []
    assert page.locator("script").count() == 1
    assert article.locator("img, script, [href^=javascript]").count() == 0


# Where the first and the last letter of a word stand on the screen.
PLACES = """(word) => {
  const walker = document.createTreeWalker(document.querySelector(".text"), NodeFilter.SHOW_TEXT);
  for (let node; (node = walker.nextNode());) {
    const at = node.data.indexOf(word);
    if (at < 0) continue;
    return [at, at + word.length - 1].map((start) => {
      const range = document.createRange();
      range.setStart(node, start);
      range.setEnd(node, start + 1);
      return range.getBoundingClientRect().x;
    });
  }
}"""


def test_a_bidi_override_turns_nothing_round(opened: Callable[..., Any]) -> None:
    page = opened([("\u202eDr", mentions.check(f"\u202egauche {REFUSAL}"))])
    first, last = page.evaluate(PLACES, "gauche")
    assert first < last


def test_the_policy_of_the_page_stops_even_a_script_that_is_in_it(chromium: Any, tmp_path: Path) -> None:
    path = tmp_path / "page.html"
    document = mentions.check(REFUSAL).to_html()
    path.write_text(document.replace("</main>", "<script>document.title = 'taken'</script></main>"), encoding="utf-8")
    page = chromium.new_page()
    page.goto(path.as_uri())
    assert page.title() == "Mentions à examiner"
    page.close()


def test_a_huge_text_stays_inside_its_frame(opened: Callable[..., Any]) -> None:
    page = opened([("Dr " + "x" * 10_000, mentions.check("mot " * 25_000 + REFUSAL + "y" * 10_000))])
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    frame = page.locator(".text").first
    assert frame.evaluate("e => e.clientHeight < 600 && e.scrollHeight > 10000")
    page.locator("ol .number").click()
    assert frame.evaluate("e => e.scrollTop > 1000")  # the number leads to the mention at its end


# -- filters -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("category", "subject", "name", "expected"),
    [
        ("", "", "", ["Dr Refus", "Dr Apparent", "Dr Neutre", "Dr Rien", "Dr <script>document.title"]),
        ("explicit_refusal", "", "", ["Dr Refus", "Dr <script>document.title"]),
        ("apparently_neutral", "", "", ["Dr Apparent"]),
        ("neutral", "", "", ["Dr Refus", "Dr Neutre", "Dr Rien"]),
        ("", "css", "", ["Dr Apparent"]),
        ("neutral", "tiers-payant", "", ["Dr Refus", "Dr Neutre"]),
        ("explicit_refusal", "tiers-payant", "", []),
        ("", "", "dr r", ["Dr Refus", "Dr Rien"]),
        ("", "cmu", "REFUS", ["Dr Refus"]),
    ],
)
def test_filters(opened: Callable[..., Any], category: str, subject: str, name: str, expected: list[str]) -> None:
    page = opened()
    page.select_option("[name=category]", category)
    page.select_option("[name=subject]", subject)
    page.fill("[name=name]", name)
    assert shown_names(page) == expected
    assert page.locator("output").inner_text() == f"{len(expected)} textes affichés sur {len(TEXTS)}"


def test_texts_are_filtered_by_field_where_any_has_one(opened: Callable[..., Any]) -> None:
    fields: list[Any] = ["presentation", "instructions", None]
    page = opened([(f"Dr {field}", mentions.check(REFUSAL, field=field)) for field in fields])
    assert page.locator("[name=field]").is_visible()
    page.select_option("[name=field]", "instructions")
    assert shown_names(page) == ["Dr instructions"]
    assert page.locator("article:visible .field").all_inner_texts() == ["consignes"]
    page.click("[type=reset]")
    playwright.expect(page.locator("article[hidden]")).to_have_count(0)


def test_there_is_no_choice_of_fields_where_none_is_known(opened: Callable[..., Any]) -> None:
    assert opened().locator("[name=field]").is_hidden()


def test_a_filter_leaves_only_its_mentions_and_showing_all_brings_back_the_rest(opened: Callable[..., Any]) -> None:
    page = opened()
    article = page.locator("article").first
    page.select_option("[name=category]", "explicit_refusal")
    assert article.locator("li:visible").count() == 1
    assert article.locator("mark.dimmed").count() == 1
    page.click("[type=reset]")
    playwright.expect(page.locator("article[hidden], li[hidden], mark.dimmed")).to_have_count(0)
    assert page.locator("output").inner_text() == f"{len(TEXTS)} textes affichés sur {len(TEXTS)}"


def test_five_thousand_profiles_are_filtered(opened: Callable[..., Any], reports: list[tuple[str, Report]]) -> None:
    (_, refused), (_, apparent), (_, neutral), (_, clear), (_, hostile) = reports
    batch = [refused, apparent, hostile, *[neutral] * 10, *[clear] * 37]
    page = opened([(f"Dr {number}", report) for number, report in enumerate(batch * 100, start=1)])
    assert page.locator("article").count() == 5000
    page.select_option("[name=subject]", "css")
    assert page.locator("output").inner_text() == "100 textes affichés sur 5000"
    page.fill("[name=name]", "Dr 4952")
    assert shown_names(page) == ["Dr 4952"]
    page.locator("article:visible").get_by_role("button", name="2018-269 §97").click()
    assert page.locator(".paragraph:popover-open").count() == 1


# -- copying -----------------------------------------------------------------------------------------------------------


def test_copying_gives_the_exact_text(opened: Callable[..., Any], reports: list[tuple[str, Report]]) -> None:
    page = opened(permissions=["clipboard-read", "clipboard-write"])
    report = reports[-1][1]
    page.locator("article").last.locator("h3 .copy").click()
    playwright.expect(page.locator("#said")).to_have_text("Copié.")
    copied = page.evaluate("navigator.clipboard.readText()")
    # A clipboard holds no lone surrogate.
    assert copied == report.rewrite().replace("\ud800", "\ufffd")
    first = page.locator("article").nth(1).locator("li .copy").first
    first.click()
    playwright.expect(first).to_have_class(re.compile(r"\bdone\b"))
    rewording = reports[1][1].mentions[0].rewording
    assert rewording is not None
    assert page.evaluate("navigator.clipboard.readText()") == rewording.text


def test_where_copying_is_not_possible_the_text_is_selected(
    opened: Callable[..., Any], reports: list[tuple[str, Report]]
) -> None:
    page = opened()
    page.evaluate("Object.defineProperty(navigator, 'clipboard', { value: undefined })")
    page.locator("article").nth(1).locator("h3 .copy").click()
    playwright.expect(page.locator("#said")).to_contain_text("Ctrl+C")
    assert page.evaluate("getSelection().toString()") == reports[1][1].rewrite()


# -- for everyone ------------------------------------------------------------------------------------------------------

# Every text that is shown, with the contrast of its colour against what lies behind it.
CONTRASTS = """() => {
  const light = ([r, g, b]) => [r, g, b].map(v => (v /= 255) <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4)
    .reduce((sum, v, i) => sum + v * [0.2126, 0.7152, 0.0722][i], 0);
  const parts = (colour) => colour.match(/[\\d.]+/g).map(Number);
  const behind = (e) => { for (; e; e = e.parentElement) { const c = parts(getComputedStyle(e).backgroundColor);
    if (c.length === 3 || c[3] === 1) return c; } throw new Error("no background"); };
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  const found = [];
  for (let node; (node = walker.nextNode());) {
    const element = node.parentElement;
    if (!node.data.trim() || !element.checkVisibility() || element.closest("script, .unseen, .skip")) continue;
    const [one, other] = [light(parts(getComputedStyle(element).color)), light(behind(element))].sort((a, b) => b - a);
    found.push([(one + 0.05) / (other + 0.05), element.className || element.tagName]);
  }
  return found;
}"""


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_every_text_stands_out(opened: Callable[..., Any], scheme: str) -> None:
    page = opened(color_scheme=scheme)
    page.evaluate("document.querySelectorAll('details').forEach(d => d.open = true)")
    page.evaluate("document.querySelector('.sources button').click()")
    contrasts = page.evaluate(CONTRASTS)
    assert len(contrasts) > 100
    assert [(round(ratio, 2), what) for ratio, what in contrasts if ratio < 4.5] == []


def test_the_keyboard_reaches_everything(opened: Callable[..., Any]) -> None:
    page = opened()
    reached: list[str] = []
    for _ in range(300):
        page.keyboard.press("Tab")
        reached.append(page.evaluate("document.activeElement.dataset.reached ??= String(Math.random())"))
        if page.evaluate("document.activeElement === document.body"):
            break
    missed = "[...document.querySelectorAll('a, button, select, input, summary, .text')]" + (
        ".filter(e => e.checkVisibility() && !e.dataset.reached).map(e => e.outerHTML)"
    )
    assert page.evaluate(missed) == []
    assert len(set(reached)) > 40


def test_the_keyboard_filters_opens_and_closes(opened: Callable[..., Any]) -> None:
    page = opened()
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    assert page.evaluate("location.hash") == "#texts"
    page.focus("[name=category]")
    page.keyboard.press("ArrowDown")
    assert shown_names(page)[0] == "Dr Refus"
    button = page.locator(".sources button:visible").first
    button.focus()
    page.keyboard.press("Enter")
    assert page.locator(".paragraph:popover-open blockquote").inner_text().startswith("Les mentions conduisant")
    page.keyboard.press("Escape")
    assert page.locator(".paragraph:popover-open").count() == 0
    assert button.evaluate("e => e === document.activeElement")


def test_everything_that_is_operated_has_a_name(opened: Callable[..., Any]) -> None:
    page = opened()
    lines = [line.strip(" -") for line in page.locator("body").aria_snapshot().splitlines()]
    for role in ("link", "button", "combobox", "searchbox", "article", "form"):
        of_role = [line for line in lines if re.match(rf"{role}\b", line)]
        assert of_role, role
        assert [line for line in of_role if not line.startswith(f'{role} "')] == []
    assert page.get_by_role("group", name="Texte tel").count() == page.locator(".text:visible").count()


@pytest.mark.parametrize("width", [320, 1600])
def test_nothing_leaves_the_window_sideways(opened: Callable[..., Any], width: int) -> None:
    page = opened(viewport={"width": width, "height": 800})
    page.evaluate("document.querySelectorAll('article').forEach(a => a.style.contentVisibility = 'visible')")
    assert page.evaluate("document.documentElement.scrollWidth") <= width


def test_on_paper_everything_is_there_and_no_control(opened: Callable[..., Any]) -> None:
    page = opened([(name, mentions.check(text + "\nmot" * 200)) for name, text in TEXTS.items()])
    page.emulate_media(media="print")
    assert page.locator("form").is_hidden()
    assert page.locator(".copy").first.is_hidden()
    assert page.locator(".text").first.evaluate("e => e.scrollHeight <= e.clientHeight + 1")
    assert page.locator(".paragraph").first.is_visible()
    assert page.locator("details .text").first.is_visible()


def test_without_scripts_everything_can_be_read(opened: Callable[..., Any]) -> None:
    page = opened(java_script_enabled=False)
    assert page.locator("form").is_hidden()
    assert page.locator(".copy").first.is_hidden()
    assert page.locator("article").first.locator("li").first.is_visible()


def test_the_page_in_english(opened: Callable[..., Any]) -> None:
    page = opened(lang="en")
    assert page.title() == "Mentions to examine"
    assert page.locator("output").inner_text() == "5 of 5 texts shown"
