"""spaCy: the component, its extensions, and what is saved and loaded."""

from __future__ import annotations

import pickle
import subprocess
import sys
from pathlib import Path

import pytest
import spacy
from hypothesis import given, settings
from hypothesis import strategies as st
from spacy.tokens import Doc, DocBin
from spacy.vocab import Vocab

import mentions
from mentions import RulesError

TEXT = "Tiers payant pratiqué. Les CMU ne sont pas acceptés au cabinet."


@pytest.fixture(scope="module")
def nlp() -> spacy.Language:
    made = spacy.blank("xx")
    made.add_pipe("mentions")
    return made


def test_the_component_is_found_without_an_import_of_ours() -> None:
    code = (
        "import spacy; nlp = spacy.blank('xx'); nlp.add_pipe('mentions'); print(nlp('Pas de CMU')._.mentions[0].code)"
    )
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout == "E1\n"


def test_a_doc_holds_mentions_report_and_spans(nlp: spacy.Language) -> None:
    doc = nlp(TEXT)
    report = mentions.check(TEXT)
    assert doc._.mentions == report.mentions
    assert doc._.mentions_report == report
    assert [(s.text, s.label_, s.id_) for s in doc.spans["mentions"]] == [
        (m.text, m.category.value, m.code) for m in report.mentions
    ]


def test_a_doc_that_was_not_checked_has_nothing() -> None:
    doc = Doc(Vocab(), words=["Bonjour"])
    assert doc._.mentions == ()
    assert doc._.mentions_report is None


@settings(max_examples=50, deadline=None)
@given(st.text(st.sampled_from("CMUAME .,\n«»é\u200b🙂"), max_size=40))
def test_a_span_covers_its_mention_whatever_the_tokens(nlp: spacy.Language, text: str) -> None:
    doc = nlp(text + " Pas de CMU")
    spans = doc.spans["mentions"]
    assert len(spans) == len(doc._.mentions)
    for span, mention in zip(spans, doc._.mentions, strict=True):
        assert span.start_char <= mention.start < mention.end <= span.end_char


def test_a_doc_is_saved_and_loaded(nlp: spacy.Language, tmp_path: Path) -> None:
    doc = nlp(TEXT)
    doc.to_disk(tmp_path / "doc")
    stored = DocBin(docs=[doc], store_user_data=True).to_bytes()
    (again,) = DocBin().from_bytes(stored).get_docs(nlp.vocab)
    for loaded in (Doc(nlp.vocab).from_disk(tmp_path / "doc"), again):
        assert loaded._.mentions_report == doc._.mentions_report
        assert [(s.text, s.label_, s.id_) for s in loaded.spans["mentions"]] == [
            (s.text, s.label_, s.id_) for s in doc.spans["mentions"]
        ]


def test_a_pipeline_is_saved_and_loaded_with_its_rules(tmp_path: Path) -> None:
    nlp = spacy.blank("xx")
    nlp.add_pipe("mentions", config={"rules": "2018-11"})
    nlp.to_disk(tmp_path)
    loaded = spacy.load(tmp_path)
    assert loaded("C2S acceptée.")._.mentions == ()
    assert loaded(TEXT)._.mentions_report.rules.version == "2018-11"


def test_the_component_goes_to_other_processes(nlp: spacy.Language) -> None:
    component = pickle.loads(pickle.dumps(nlp.get_pipe("mentions")))
    assert component(nlp.make_doc(TEXT))._.mentions == nlp(TEXT)._.mentions


def test_rules_that_are_not_there_are_said_when_the_component_is_added() -> None:
    with pytest.raises(RulesError, match="no such version"):
        spacy.blank("xx").add_pipe("mentions", config={"rules": "1918-11"})
