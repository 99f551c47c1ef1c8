"""The texts that everything is measured on: seeded, so that they are the same in every run and on every machine.

Profiles of 100 to 1,500 characters, 585 in the mean: sentences that a practice writes about itself, one in ten of the
profiles in HTML. 90 % name no subject, 8 % hold a sentence of the corpus about an entitlement, 2 % one about a status.
"""

from __future__ import annotations

import html
import random
from collections.abc import Iterator
from pathlib import Path

from mentions.corpus import Case, read_cases

SEED = 20181122
COUNT = 2_000
CORPUS = Path(__file__).parent.parent / "corpus" / "cases"

_NAMES = [
    "Martin",
    "Bernard",
    "Le",
    "Goff",
    "Petit",
    "Nguyen",
    "Durand",
    "Moreau",
    "Benali",
    "Garcia",
    "Roux",
    "Lefèvre",
    "Fontaine",
    "Diallo",
    "Marchand",
    "Perrin",
]
_TOWNS = [
    "Rennes",
    "Lyon",
    "Montpellier",
    "Nantes",
    "Lille",
    "Brest",
    "Grenoble",
    "Toulouse",
    "Angers",
    "Dijon",
    "Reims",
    "Pau",
    "Nîmes",
    "Créteil",
    "Bayonne",
]
_WORK = (
    "médecine générale",
    "cardiologie",
    "gynécologie médicale",
    "kinésithérapie",
    "ophtalmologie",
    "pédiatrie",
    "rhumatologie",
    "psychiatrie",
    "dermatologie",
    "médecine du sport",
    "chirurgie dentaire",
    "ostéopathie",
)
_DAYS = ["lundi", "mardi", "mercredi", "jeudi", "vendredi", "samedi"]
_SENTENCES = (
    "Le docteur {name} vous accueille à son cabinet de {work}, à {town}.",
    "Bienvenue au cabinet du Dr {name}, spécialisé en {work}.",
    "Installée à {town} depuis {year}, Mme {name} exerce la {work}.",
    "Diplômé de l'université de {town} en {year}, le praticien a exercé {n} ans à l'hôpital.",
    "Les consultations ont lieu du {day} au {day}, de {n}h à {m}h, sur rendez-vous.",
    "Le cabinet est fermé le {day} après-midi et pendant les vacances scolaires.",
    "Merci de prévenir au moins 24 heures à l’avance en cas d’empêchement.",
    "Tout rendez-vous non annulé prive un autre patient d'un créneau.",
    "Le secrétariat médical répond au 02 99 {n} {m} {n} tous les matins.",
    "L'accès est de plain-pied ; un parking gratuit se trouve à proximité.",
    "Accès : métro ligne {n}, arrêt République, bus {m} et {n}.",
    "Le cabinet se trouve au {n}e étage avec ascenseur, digicode {m}B{n}.",
    "Tarif de la consultation : {n}{m} €. Secteur {digit}, conventionné.",
    "Paiement par chèque, en espèces ou par carte bancaire.",
    "Langues parlées : français, anglais, espagnol et un peu de portugais.",
    "Elle prend en charge les douleurs chroniques, les troubles du sommeil et l’anxiété.",
    "Suivi de grossesse, contraception, ménopause, frottis de dépistage.",
    "Échographie, électrocardiogramme et épreuve d’effort sont réalisés sur place.",
    "Ancien interne des hôpitaux de {town}, il est titulaire d’un diplôme universitaire de {work}.",
    "Le Dr {name} participe à des programmes de recherche et enseigne à la faculté.",
    "Pour un premier rendez-vous, prévoyez environ {m} minutes.",
    "Pensez à apporter vos derniers résultats d’analyses, vos ordonnances et le courrier de votre médecin.",
    "Les nourrissons et les enfants sont les bienvenus.",
    "Téléconsultation possible le {day} pour les patients déjà suivis au cabinet.",
    "En cas d’urgence vitale, composez le 15 ; la nuit, appelez le 116 117.",
    "Le renouvellement des ordonnances ne se fait pas par téléphone.",
    "Vaccination, certificats sportifs, petite chirurgie, pose d’implants.",
    "Visites à domicile dans un rayon de {n} km, le {day} matin.",
    "Notre équipe compte {n} médecins, une infirmière et deux assistantes.",
    "Nous travaillons avec les pharmacies et les laboratoires du quartier {town}-Centre.",
    "Formée à l'hypnose et à la méditation, elle propose un accompagnement en douceur.",
    "Merci de venir à l’heure et de porter un masque si vous toussez.",
    "Salle d'attente climatisée, wifi, jouets pour les petits.",
    "Aucun certificat ne sera délivré sans examen.",
    "La séance dure {m} minutes et coûte {n}0 euros.",
    "Membre de la Société française de {work}.",
    "Consultations de nutrition et d’éducation thérapeutique – bilan complet en {n} séances.",
    "Bilan orthophonique, rééducation du langage oral et écrit, bégaiement.",
    "Le médecin adapte les traitements et les médicaments à chaque situation.",
    "« Écouter, comprendre, soigner » : c’est la devise de notre maison de santé.",
    "Les dépassements d'honoraires sont pratiqués avec tact et mesure.",
    "Le parking de l'immeuble est réservé aux personnes à mobilité réduite.",
    "Cabinet entièrement rénové en {year}, matériel récent.",
    "Prise en charge des sportifs : entorses, tendinites, lombalgies, reprise de la course.",
    "Le {day}, la permanence est assurée par un remplaçant, le Dr {name}.",
    "😊 À très bientôt au cabinet !",
    "✔ Soins conservateurs ✔ Prothèses ✔ Implants",
    "• Adultes et adolescents • Couples • Familles",
)


def _sentence(rng: random.Random) -> str:
    return rng.choice(_SENTENCES).format(
        name=rng.choice(_NAMES),
        town=rng.choice(_TOWNS),
        work=rng.choice(_WORK),
        day=rng.choice(_DAYS),
        year=rng.randint(1975, 2019),
        n=rng.randint(10, 19),
        m=rng.randint(20, 60),
        digit=rng.randint(1, 2),
    )


def _marked_up(sentences: list[str], rng: random.Random) -> str:
    escape = rng.random() < 0.5
    parts = []
    for sentence in sentences:
        if escape:
            sentence = html.escape(sentence).encode("ascii", "xmlcharrefreplace").decode()
        parts.append(f"<p>{sentence}</p>" if rng.random() < 0.6 else f"<strong>{sentence}</strong><br />")
    return "\n".join(parts)


def _profile(rng: random.Random, inside: str | None) -> str:
    length = min(1_500, max(160, int(rng.gammavariate(3.2, 184))))
    sentences: list[str] = [] if inside is None else [inside]
    while sum(map(len, sentences)) + len(sentences) < length - 40:
        sentences.insert(rng.randint(0, len(sentences)), _sentence(rng))
    if rng.random() < 0.5:  # typed, not typeset
        sentences = [sentence.replace("’", "'") for sentence in sentences]
    if rng.random() < 0.1:
        return _marked_up(sentences, rng)
    joint = rng.choice([" ", "\n", "\n\n"])
    return joint.join(sentences)


def _short(cases: tuple[Case, ...], *, status: bool) -> list[str]:
    entitlements = {"tiers-payant", "carte-vitale"}
    return [
        case.text
        for case in cases
        if case.mentions
        and len(case.text) < 400
        and any(set(m.subjects) - entitlements for m in case.mentions) is status
    ]


def texts(count: int = COUNT, seed: int = SEED) -> Iterator[tuple[str, str]]:
    """``count`` texts with their kind: ``clean``, ``entitlement`` or ``status``."""
    rng = random.Random(seed)
    cases = read_cases(CORPUS)
    about = {
        "status": _short(cases, status=True),
        "entitlement": _short(cases, status=False),
    }
    for _ in range(count):
        kind = rng.choices(["clean", "entitlement", "status"], [90, 8, 2])[0]
        yield kind, _profile(rng, rng.choice(about[kind]) if kind in about else None)
