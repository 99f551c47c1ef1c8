"""Where subjects are named, where the same letters mean something else, and the gate in front."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator
from itertools import product
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mentions import load_rules
from mentions.corpus import read_cases
from mentions.lookalikes import LOOKALIKES
from mentions.normalize import fold
from mentions.rulefile import SubjectTable
from mentions.subjects import SubjectFinder

FINDER = SubjectFinder(load_rules().subjects)
TEXTS = [case.text for case in read_cases(Path(__file__).parent.parent / "corpus" / "cases")]


def found(text: str) -> list[tuple[str, str]]:
    """Each subject's id and how it stands in the text."""
    folded = fold(text)
    spans = [(named.id, folded.span(named.start, named.end)) for named in FINDER.find(folded)]
    return [(name, text[start:end]) for name, (start, end) in spans]


def how(text: str) -> list[str]:
    return [named.written for named in FINDER.find(fold(text))]


# -- named -------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "subject", "written"),
    [
        ("Pas de CMU", "cmu", "CMU"),
        ("pas de cmu ici", "cmu", "cmu"),
        ("pas de C.M.U. ici", "cmu", "C.M.U"),
        ("c m u refusée", "cmu", "c m u"),
        ("C-M-U non", "cmu", "C-M-U"),
        ("CMU/ALD refusés", "cmu", "CMU"),
        ("Les CMUistes", "cmu", "CMUistes"),
        ("les CMUs refusés", "cmu", "CMUs"),
        ("la CMU c'est non", "cmu", "CMU"),
        ("l'ex-CMU", "cmu", "CMU"),
        ("couverture maladie universelle", "cmu", "couverture maladie universelle"),
        ("Couverture Maladie\nUniverselle", "cmu", "Couverture Maladie\nUniverselle"),
        ("CMU-C refusée", "cmu-c", "CMU-C"),
        ("CMUC refusée", "cmu-c", "CMUC"),
        ("C.M.U.-C. refusée", "cmu-c", "C.M.U.-C"),
        ("CMU complémentaire", "cmu-c", "CMU complémentaire"),
        (
            "la couverture maladie universelle complémentaire",
            "cmu-c",
            "couverture maladie universelle complémentaire",
        ),
        ("ACS refusée", "acs", "ACS"),
        (
            "l'aide à l’acquisition d'une complémentaire santé",
            "acs",
            "aide à l’acquisition d'une complémentaire santé",
        ),
        ("l'AME", "ame", "AME"),
        ("ame: non", "ame", "ame"),
        ("A.M.E refusée", "ame", "A.M.E"),
        ("aide médicale de l'État", "ame", "aide médicale de l'État"),
        ("aide medicale d'etat", "ame", "aide medicale d'etat"),
        ("CSS refusée", "css", "CSS"),
        ("C2S refusée", "css", "C2S"),
        ("C.2.S refusée", "css", "C.2.S"),
        ("complémentaire santé solidaire", "css", "complémentaire santé solidaire"),
        ("PUMa refusée", "puma", "PUMa"),
        ("protection universelle maladie", "puma", "protection universelle maladie"),
        ("Tiers payant pratiqué", "tiers-payant", "Tiers payant"),
        ("tiers-payant", "tiers-payant", "tiers-payant"),
        ("1/3 payant", "tiers-payant", "1/3 payant"),
        ("T.P. refusé", "tiers-payant", "T.P."),
        ("dispense totale d'avance de frais", "tiers-payant", "dispense totale d'avance de frais"),
        ("votre carte Vitale", "carte-vitale", "carte Vitale"),
        ("pas de lecteur de carte", "carte-vitale", "lecteur de carte"),
        ("télétransmission", "carte-vitale", "télétransmission"),
    ],
)
def test_a_subject_is_found_where_it_stands(text: str, subject: str, written: str) -> None:
    assert found(text) == [(subject, written)]
    assert how(text) == ["as_written"]


@pytest.mark.parametrize(
    ("text", "subject", "written"),
    [
        ("СMU refusée", "cmu", "СMU"),  # Cyrillic
        ("ＣＭＵ refusée", "cmu", "ＣＭＵ"),
        ("Ⓒⓜⓤ refusée", "cmu", "Ⓒⓜⓤ"),
        ("🇨🇲🇺 refusée", "cmu", "🇨🇲🇺"),
        ("CΜU refusée", "cmu", "CΜU"),  # Greek
        ("C&#77;U refusée", "cmu", "C&#77;U"),
        ("C<b>M</b>U refusée", "cmu", "C<b>M</b>U"),
        ("C\u200bM\u200bU refusée", "cmu", "C\u200bM\u200bU"),
        ("C_M_U refusée", "cmu", "C_M_U"),
        ("C*M*U refusée", "cmu", "C*M*U"),
        ("P A S  D E  C M U", "cmu", "C M U"),
        ("ce aime u refusée", "cmu", "ce aime u"),
        ("\U0001d402\U0001d40c\U0001d414-C refusée", "cmu-c", "\U0001d402\U0001d40c\U0001d414-C"),
        ("ＡＣＳ refusée", "acs", "ＡＣＳ"),
        ("а.м.е refusée", "ame", "а.м.е"),
        ("𝔸𝕄𝔼 refusée", "ame", "𝔸𝕄𝔼"),
        ("c deux s refusée", "css", "c deux s"),
        ("P_U_M_A recalés", "puma", "P_U_M_A"),
        ("t.i.e.r.s p.a.y.a.n.t", "tiers-payant", "t.i.e.r.s p.a.y.a.n.t"),
        ("C A R T E V I T A L E", "carte-vitale", "C A R T E V I T A L E"),
    ],
    ids=ascii,
)
def test_a_disguised_subject_is_found_and_called_so(text: str, subject: str, written: str) -> None:
    assert found(text) == [(subject, written)]
    assert how(text) == ["disguised"]


@pytest.mark.parametrize(
    ("text", "subject"),
    [
        ("couverture maladie universele", "cmu"),
        ("la couverure maladie universelle", "cmu"),
        ("aide médical de l'etat", "ame"),
        ("aide à l'aquisition d'une complémentaire santé", "acs"),
        ("complémentaire santé solidère", "css"),
        ("protection universele maladie", "puma"),
        ("tier peyant", "tiers-payant"),
        ("Karte vital", "carte-vitale"),
    ],
)
def test_a_misspelt_subject_is_found_and_called_so(text: str, subject: str) -> None:
    assert [name for name, _ in found(text)] == [subject]
    assert how(text) == ["misspelt"]


@pytest.mark.parametrize(
    ("text", "subject", "written"),
    [
        ("pasdeCMU", "cmu", "CMU"),
        ("PASDECMU", "cmu", "CMU"),
        ("pasdeAME", "ame", "AME"),
        ("CCMMUU non", "cmu", "CCMMUU"),
        ("CMUUU non", "cmu", "CMUUU"),
    ],
)
def test_letters_run_together_or_doubled(text: str, subject: str, written: str) -> None:
    assert found(text) == [(subject, written)]


def test_all_subjects_of_a_text_are_found_in_order() -> None:
    text = "CMU, CMU-C, ACS, AME, C2S et PUMa refusées ; tiers payant et carte Vitale aussi."
    names = ["cmu", "cmu-c", "acs", "ame", "css", "puma", "tiers-payant", "carte-vitale"]
    assert [name for name, _ in found(text)] == names


# -- the same letters elsewhere ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "text",
    [
        "Votre médecin, corps et âme",
        "CORPS ET AME",
        "Sophrologue, retrouver le calme de votre ame",
        "l'âme d'un câble",
        "&acirc;me",
        "À M. E. Durand",
        "syndrome coronarien (ACS)",
        "Membre de l'American College of Surgeons (ACS)",
        "Ambulances de la Côte Sauvage (A.C.S.)",
        "Diplômé de CMU, Pittsburgh",
        "PhD, Carnegie Mellon University (CMU)",
        "Centre médical universitaire (CMU)",
        "Études au CMU de Genève",
        "Lit bariatrique, CMU 300 kg.",
        "charge maximale d'utilisation (CMU) du lit",
        "Valorisation du stock au CMUP",
        "Site réalisé en HTML et CSS",
        "Frontaliers assurés chez CSS, Helsana ou Assura",
        "conforme à l'art. L.162-45 CSS",
        "CSS de Roubaix (centre de santé sexuelle)",
        "CSS de Dakar (Sénégal)",
        "les établissements du groupe de cliniques C2S",
        "carte de visite",
        "carte Visale",
        "une urgence vitale",
        "signes vitaux",
        "Dr Vitale",
        "rendez-vous au tiers-lieu",
        "un tiers payeur",
        "deux tiers du parking sont gratuits, un tiers payant",
        "vos baskets usées (Asics, Puma)",
        "aide médicale urgente",
        "carte européenne d'assurance maladie (CEAM)",
        "couverture sanitaire universelle",
        "votre complémentaire santé",
        "sans avance de frais",
        "le parc s'agrandit",
        # spelt out by the text itself
        "ACS, sérum autologue conditionné : 450 € la série",
        "ACS = attestation de conformité sanitaire",
        "Quarante agents communautaires de santé, les ACS, vaccinent porte à porte",
        "AME (excès apparent en minéralocorticoïdes)",
        "CSS – Cabinet des Sages-femmes de Sète",
        "Conseil & Soins Santé – C2S –, cabinet infirmier",
        "Éveil et activités motrices pour l'enfant (AME)",
        "Toute la robinetterie porte l'ACS, attestation de conformité sanitaire ; les flexibles sans ACS sont refusés.",
        # a part of a name
        "Kiné du sport : ACS Mandelieu le mardi, ES Cannet le jeudi.",
        "CMU Serif et polices LaTeX non acceptées par l'imprimeur",
        "le serveur ACS rejette l'authentification",
        "Amicale ACS, bâtiment CMU",
        "Vos papiers et ceux du médecin",
    ],
)
def test_look_alikes_are_silent(text: str) -> None:
    assert found(text) == []


@pytest.mark.parametrize(
    ("text", "subject", "written"),
    [
        ("Corps et âme à votre service. AME refusée.", "ame", "AME"),
        ("Belle âme, l'AME n'est pas acceptée", "ame", "AME"),
        ("Lit bariatrique, CMU 300 kg. Pas de CMU au cabinet.", "cmu", "CMU"),
        ("La CMU du lit est de 300 kg ; la CMU n'est pas prise.", "cmu", "CMU"),
        ("Études au CMU de Genève. Pas de CMU.", "cmu", "CMU"),
        ("Diplômé de CMU, Pittsburgh. Bénéficiaires de la CMU acceptés.", "cmu", "CMU"),
        ("Syndrome coronarien (ACS) : suivi. Patients ACS non reçus.", "acs", "ACS"),
        ("Site en HTML et CSS. Les bénéficiaires de la CSS sont refusés.", "css", "CSS"),
        ("Chaussures Puma conseillées. Les assurés PUMa ne sont pas reçus.", "puma", "PUMa"),
        ("Une urgence vitale : le 15. Carte vitale refusée.", "carte-vitale", "Carte vitale"),
        ("Au tiers-lieu, pas de tiers payant", "tiers-payant", "tiers payant"),
        ("Centre Médical Ulysse (CMU). Nous ne prenons pas la CMU.", "cmu", "CMU"),
        ("Centre Médical Ulysse (CMU). Les patients à la CMU paient.", "cmu", "CMU"),
        ("Centre Médical Ulysse (CMU).\nCMU : non", "cmu", "CMU"),
        ("Congé sans solde de Romain. Le cabinet ne travaille plus avec la CSS.", "css", "CSS"),
        ("Commission de suivi de site (CSS). Vous avez la CSS ? Appelez-nous.", "css", "CSS"),
        ("Kiné de l'ACS Brive. Tous les patients sauf ACS.", "acs", "ACS"),
    ],
)
def test_both_senses_in_one_text(text: str, subject: str, written: str) -> None:
    folded = fold(text)
    spans = [(named.id, *folded.span(named.start, named.end)) for named in FINDER.find(folded)]
    start = text.rindex(written)
    assert spans == [(subject, start, start + len(written))]


@pytest.mark.parametrize(
    ("text", "subject"),
    [
        ("Centre médical urbain, CMU acceptée", "cmu"),
        ("Cabinet de Soins Sophie : CSS refusée", "css"),
        ("Dépistage, contraception, CSS acceptée", "css"),
        ("CMU : consultation mardi uniquement", "cmu"),
        ("CSS : consultations samedi seulement", "css"),
        ("AME : aucun mineur étranger reçu", "ame"),
        ("ACS : attestation chèque santé", "acs"),
        ("Je ne prends pas la CMU Désolée pour la gêne", "cmu"),
        ("Arrêt de la CMU au 1er janvier", "cmu"),
        ("Taxi CMU accepté", "cmu"),
    ],
)
def test_words_whose_initials_agree_by_chance_spell_nothing_out(text: str, subject: str) -> None:
    assert [name for name, _ in found(text)] == [subject]


@pytest.mark.parametrize(
    "table", [file.subject for file in load_rules().subjects if file.subject.acronyms], ids=lambda t: t.id
)
def test_the_own_name_of_a_status_spells_out_nothing_else(table: SubjectTable) -> None:
    for name, letters in product(table.names, table.acronyms):
        for text in (
            f"{name} ({letters.upper()}) refusée",
            f"{letters.upper()} ({name}) : non",
            f"{letters.upper()}, {name}",
        ):
            assert len(found(text)) == 2, text


# -- the gate ----------------------------------------------------------------------------------------------------------


def gate_fault(text: str) -> list[tuple[str, str]]:
    """What is found in a text that the gate keeps out; nothing where the gate is sound."""
    return [] if FINDER.might_name(text) else found(text)


def test_the_gate_keeps_plain_texts_out() -> None:
    # Without this the gate could be sound by letting everything through.
    plain = [
        "Cabinet ouvert du lundi au vendredi.",
        "Métro Étoile, 2e étage",
        "RDV au 01 23 45 67 89 \u2013 sans attente",
        "",
    ]
    assert [text for text in plain if FINDER.might_name(text)] == []


def test_the_gate_lets_every_named_subject_of_the_corpus_in() -> None:
    assert [text for text in TEXTS if gate_fault(text)] == []


def _by_fold() -> dict[str, list[str]]:
    """Characters beyond ASCII by what they fold to; « » for those that vanish."""
    by_fold: dict[str, list[str]] = {}
    for code in range(0x80, 0x20000):
        if unicodedata.category(chr(code)) not in ("Cn", "Co", "Lo"):
            by_fold.setdefault(fold(chr(code)).text, []).append(chr(code))
    return by_fold


def _one_letter_changed(name: str) -> Iterator[str]:
    listed = {letter: set(chars) for letter, chars in LOOKALIKES.items()}
    for at, letter in enumerate(name):
        for char in sorted(listed.get(letter.lower(), set()) | set(BY_FOLD.get(letter.lower(), []))):
            yield f"{name[:at]}{char}{name[at + 1 :]}"


SEPARATORS = [
    " ",
    ".",
    "-",
    "_",
    "*",
    "/",
    "·",
    "\n",
    "\t",
    "\u00a0",
    "\u2009",
    "’",
    "&nbsp;",
    "**",
    ". ",
    "&#32;",
    "<br>",
]
INVISIBLE = [
    "\u200b",
    "\u200d",
    "\u2060",
    "\ufeff",
    "\u00ad",
    "\u0301",
    "\u0336",
    "\ufe0f",
    "\0",
    "<b>",
    "</b>",
    "<!-- -->",
    "&shy;",
]

BY_FOLD = _by_fold()
NAMES = [
    "CMU",
    "CMU-C",
    "ACS",
    "AME",
    "CSS",
    "C2S",
    "PUMA",
    "tiers payant",
    "carte vitale",
    "couverture maladie universelle",
]


@pytest.mark.parametrize("name", NAMES)
def test_the_gate_lets_in_any_letter_put_for_one_that_looks_the_same(name: str) -> None:
    texts = [f"{changed} refusée" for changed in _one_letter_changed(name)]
    assert len([text for text in texts if found(text)]) > 100
    kept_out = [text for text in texts if gate_fault(text)]
    assert kept_out == []


@pytest.mark.parametrize("name", NAMES)
def test_the_gate_lets_in_letters_parted_by_anything_that_vanishes(name: str) -> None:
    texts = [f"{name[:2]}{char}{name[2:]} refusée" for char in BY_FOLD[""]]
    few = [*map(chr, range(32)), "\x7f", *INVISIBLE]
    texts += [f"{name[:at]}{char}{name[at:]} refusée" for char in few for at in range(1, len(name))]
    assert len([text for text in texts if found(text)]) > 100
    kept_out = [text for text in texts if gate_fault(text)]
    assert kept_out == []


def _wide(char: str) -> str:
    return chr(ord(char) + 0xFEE0) if "!" <= char <= "~" else char


@st.composite
def disguised(draw: st.DrawFn) -> str:
    """A name, or a piece of a corpus text, some characters of which are set apart, hidden, doubled or written otherwise."""
    text = draw(st.sampled_from(NAMES) | st.sampled_from(TEXTS).filter(bool))
    start = draw(st.integers(0, len(text) - 1)) if len(text) > 60 else 0
    chars = list(text[start : start + 60])
    for _ in range(draw(st.integers(1, 6))):
        at = draw(st.integers(0, len(chars) - 1))
        kind = draw(st.sampled_from(["separate", "hide", "case", "wide", "look", "double", "entity"]))
        char = chars[at]
        if kind == "separate":
            chars[at] = char + draw(st.sampled_from(SEPARATORS))
        elif kind == "hide":
            chars[at] = char + draw(st.sampled_from(INVISIBLE))
        elif kind == "case":
            chars[at] = char.swapcase()
        elif kind == "double":
            chars[at] = char * 2
        elif len(char) == 1 and kind == "wide":
            chars[at] = _wide(char)
        elif len(char) == 1 and kind == "entity" and not 0xD800 <= ord(char) < 0xE000:
            chars[at] = f"&#{ord(char)};"
        elif kind == "look" and char.lower() in LOOKALIKES:
            chars[at] = draw(st.sampled_from(LOOKALIKES[char.lower()]))
    return "".join(chars)


@pytest.mark.parametrize(
    "name",
    [
        "T.P. refusé",
        "1/3 payant",
        "tiers p.",
        "dispense d'avance des frais",
        "télétransmission",
        "lecteur de carte",
        "la vitale",
        "ce aime u",
        "c deux s",
        "CMU compl",
        "aide médicale d'État",
        "complémentaire santé solidaire",
        "t i e r s p a y a n t",
    ],
)
def test_the_gate_lets_in_other_forms_parted_by_what_vanishes(name: str) -> None:
    texts = [f"{name[:at]}{char}{name[at:]}" for char in ("", "\0", "\x1f", *INVISIBLE) for at in range(1, len(name))]
    assert found(name)
    assert [text for text in texts if gate_fault(text)] == []


@settings(derandomize=True, deadline=None, max_examples=1000)
@given(disguised())
def test_the_gate_is_sound_for_disguised_texts(text: str) -> None:
    assert gate_fault(text) == []


def test_the_gate_is_sound_for_every_pair_of_separators() -> None:
    pairs = list(product([*SEPARATORS, *INVISIBLE], repeat=2))
    texts = [text for a, b in pairs for text in (f"A{a}{b}M{a}{b}E non", f"A{a}M{b}E non", f"A{a}{b}M{a}E non")]
    assert len([text for text in texts if found(text)]) > 100
    kept_out = [text for text in texts if gate_fault(text)]
    assert kept_out == []


@settings(derandomize=True, deadline=None, max_examples=300)
@given(st.text(st.characters(exclude_categories=[])) | st.sampled_from(TEXTS))
def test_what_is_found_lies_in_the_text_in_order_and_apart(text: str) -> None:
    folded = fold(text)
    named = FINDER.find(folded)
    places = [0, *(place for n in named for place in (n.start, n.end)), len(folded.text)]
    assert places == sorted(places)
    assert all(n.start < n.end for n in named)


def test_a_version_finds_only_its_own_subjects() -> None:
    older = SubjectFinder(load_rules("2018-11").subjects)
    folded = fold("Pas de CMU, CSS ni PUMa refusées")
    assert [named.id for named in older.find(folded)] == ["cmu"]
    assert [named.id for named in FINDER.find(folded)] == ["cmu", "css", "puma"]
