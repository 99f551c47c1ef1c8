"""Negation: which words of a statement are denied, which are affirmed, which are restricted (« ne … que »).

A reading of French negation in the manner of NegEx (Chapman et al., 2001) and its French kin: openers, the words they
reach, what ends their reach, and expressions that look like a negation and are none (the word class ``not_negation``).
Negations are counted, so that « nous ne refusons pas de recevoir » affirms.
"""

from __future__ import annotations

from collections.abc import Sequence

from .tokens import FUNCTION_WORDS, NUMBERS, Token

_NE = frozenset({"ne", "n"})
_CLITICS = frozenset(
    ["me", "m", "te", "t", "se", "s", "le", "la", "les", "l", "lui", "leur", "y", "en", "nous", "vous"]
)
_AUXILIARIES = frozenset(
    [
        "est",
        "sont",
        "sera",
        "seront",
        "serait",
        "seraient",
        "etait",
        "etaient",
        "soit",
        "soient",
        "suis",
        "sommes",
        "etes",
        "ai",
        "as",
        "a",
        "avons",
        "avez",
        "ont",
        "aura",
        "auront",
        "aurait",
        "avait",
        "avaient",
        "ete",
        "etre",
        "avoir",
        "peut",
        "peux",
        "pouvons",
        "peuvent",
        "pourra",
        "pourront",
        "pourrait",
        "puisse",
        "puissent",
        "va",
        "vais",
        "vont",
        "vient",
    ]
)
_BEFORE_NOUN = ("les", "la", "des", "une", "toute", "chaque", "ces", "cette")
_HESITANT = ("jamais", "personne", "rien", "ni")
_CLOSERS = frozenset(
    [
        "pas",
        "plus",
        "jamais",
        "guere",
        "point",
        "nullement",
        "aucunement",
        "personne",
        "rien",
        "aucun",
        "aucune",
        "nul",
        "nulle",
        "ni",
        "pu",
        "pa",
        "plu",
    ]
)
_DENIES = _CLOSERS | _NE | frozenset(["non", "sans", "hors", "trop", "peu", "mal", "peut", "peuvent", "faute", "meme"])
"""Words with which a fixed expression is a negation by itself, or one that a negation does not turn."""
_TURNS = _NE | {"sans"}
_ARTICLES = frozenset(["de", "d", "la", "le", "les", "l"])
_SPOKEN = frozenset(["pas", "pa", "jamais", "plus", "plu", "pu"])
_OPEN_NOUN = frozenset(["aucun", "aucune", "nul", "nulle", "zero"])
_LIGHT = frozenset(
    [
        "de",
        "d",
        "du",
        "des",
        "la",
        "le",
        "les",
        "l",
        "a",
        "au",
        "aux",
        "en",
        "sous",
        "par",
        "avec",
        "un",
        "une",
        "ce",
        "ces",
        "cet",
        "cette",
        "tout",
        "toute",
        "tous",
        "toutes",
        "nos",
        "notre",
        "mes",
        "mon",
        "si",
        "vous",
        "ou",
        "avez",
        "etes",
        "beneficiez",
        "relevez",
        "quand",
        "lorsque",
        "cas",
        "vos",
        "votre",
        "nouveau",
        "nouveaux",
        "nouvelle",
        "nouvelles",
        "ayant",
        "qui",
        "ont",
        "chez",
        "sont",
        "est",
        "toutefois",
        "cependant",
        "neanmoins",
        "malheureusement",
        "helas",
        "bien",
        "entendu",
        "pour",
        "autre",
        "autres",
        "ceux",
        "celles",
        "que",
        "couvre",
        "couvrent",
        "concerne",
        "protege",
    ]
)
_BREAKS = frozenset(
    ["semicolon", "colon", "stop", "question", "bang", "bar", "contrast", "because", "condition", "dots", "arrow"]
)
_ENDS_CLAUSE = _BREAKS - {"because"}
_STRONG_BREAKS = frozenset(["semicolon", "colon", "stop", "question", "bang", "bar", "dots", "comma", "dash"])
_REACH = 14
_THEY = ("elle", "elles", "lui", "eux", "celle", "ci")
_NE_LE = (["ne", "l"], ["ne", "le"])
_LEAVES = (
    "laisser",
    "abandonner",
    "priver",
    "repousser",
    "delaisser",
    "negliger",
    "oublier",
)  # « hors de question de laisser un patient CMU sans soins »
_BOXES = {"o": "yes", "n": "no"}
_ASKS = ("question", "colon", "equals", "arrow")
_TURNING = _SPOKEN | _OPEN_NOUN | _BOXES.keys() | {"point", "si", "sans", "loin", "lieu", "ni", "non"}
"""The words that :func:`mark` reads without « ne »; most words are none, and are passed over at once."""
_BEARERS = frozenset(["carte", "cartes", "dossier"])
_FINITE_ENDINGS = ("ons", "ez", "ent", "oit", "ait", "ient", "end", "aque", "rons", "rez")


def mark(tokens: Sequence[Token], polar: frozenset[str]) -> None:
    """Set ``sign`` on every polar token and add ``-``, ``+`` or ``~`` labels; mark denied and excepted subjects."""
    denials = [0] * len(tokens)
    restricted = [False] * len(tokens)
    verbal: set[int] = set()  # closers that belong to a « ne »
    at = 0
    while at < len(tokens):
        word = tokens[at].word
        if word in _NE and not tokens[at].subject and _elides(tokens, at):
            at = _open_ne(tokens, at, denials, restricted, verbal)
            continue
        at += 1
    for i, token in enumerate(tokens):
        if i in verbal or token.subject or (token.word not in _TURNING and token.labels.isdisjoint(("plus", "no"))):
            continue
        if (
            "plus" in token.labels
            and i
            and "accept" in tokens[i - 1].labels
            and i + 1 < len(tokens)
            and tokens[i + 1].word in _ARTICLES
        ):
            denials[i - 1] += 1  # « on prend + les CMU »
        elif (token.word in _SPOKEN or _point(tokens, i)) and "not_negation" not in token.labels:
            if i == 0 or tokens[i - 1].word != "ou":  # « CMU ou pas »
                _bare(tokens, i, denials, polar)
        elif "amount" in token.labels:
            continue
        elif token.word == "si" and i > 0 and "comma" in tokens[i - 1].labels and _ends(tokens, i):
            token.labels = {"yes"}  # « …, mais la CMU, si ! »
        elif token.word in _OPEN_NOUN and i == 0 and _ends(tokens, i):
            token.labels.add("no")  # « Aucun. », an answer
        elif token.word in _BOXES and _ends(tokens, i) and (i == 0 or tokens[i - 1].has(*_ASKS)):
            token.labels.add(_BOXES[token.word])  # « Tiers payant : O »
        elif token.word in ("sans", "loin", "lieu") and _governs(tokens, i):
            for j in _reach(tokens, i, 9):
                denials[j] += 1
                if tokens[j].word in _OPEN_NOUN or tokens[j].word in _HESITANT:
                    verbal.add(j)  # « sans qu'aucun patient soit jamais éconduit »: one negation
        elif token.word in _OPEN_NOUN or token.word in ("ni", "sans", "non"):
            if i and token.word in _OPEN_NOUN and tokens[i - 1].has("refuse"):
                denials[i - 1] += 1  # « on refuse aucun patient CMU »
                verbal.add(i)
                continue
            if token.word not in ("non", "sans"):
                token.labels.add("nominal")
            if token.word == "sans" and i and tokens[i - 1].word in ("meme", "ou"):
                continue  # « même sans rendez-vous », « avec ou sans carte »
            for j in _reach(tokens, i, 4 if token.word in ("non", "sans") else 8):
                if token.word == "sans" and j > i + 1 and _beyond_noun(tokens, j, polar):
                    break
                denials[j] += 1
            if (
                token.word == "non"
                and 0 < i + 1 < len(tokens)
                and tokens[i + 1].word not in FUNCTION_WORDS
                and not tokens[i + 1].subject
                and tokens[i + 1].word.isalpha()
            ):
                if tokens[i + 1].labels & polar or tokens[i + 1].word.endswith(
                    ("e", "es", "s", "ee", "ees", "i", "u", "is", "us")
                ):
                    token.labels.discard("no")  # « non consentie »: an adjective's negation
                    tokens[i + 1].labels.add("negated")
        elif (
            "no" in token.labels
            and token.word.startswith("non ")
            and i + 1 < len(tokens)
            and tokens[i + 1].labels & polar
        ):
            token.labels.discard("no")
    _governed_infinitives(tokens, denials, polar)
    _condemn(tokens, denials)
    for i, token in enumerate(tokens):
        if denials[i] % 2:
            _turn_fixed(tokens, i)
        if "pay+" in token.labels:
            continue
        classes = token.labels & polar
        if classes:
            token.sign = -1 if denials[i] % 2 else 0 if restricted[i] else 1
            sign = {1: "+", -1: "-", 0: "~"}[token.sign]
            token.labels |= {name + sign for name in classes}
    _echoes(tokens)
    for i, token in enumerate(tokens):
        if token.subject is not None:
            _mark_subject(tokens, i, verbal)


def _echoes(tokens: Sequence[Token]) -> None:
    """« La CMU est prise, l'AME ne l'est pas »: what is said of the one is denied of the other."""
    for i, token in enumerate(tokens):
        if token.word not in ("est", "sont") or [t.word for t in tokens[max(i - 2, 0) : i]] not in _NE_LE:
            continue
        of_it = (t for t in reversed(tokens[: i - 2]) if not t.has("comma") and t.word not in _THEY)
        if (topic := next(of_it, None)) is None or topic.subject is None:
            continue  # « …, le retard ne l'est pas »
        said = next((t for t in reversed(tokens[:i]) if t.sign and t.has("accept", "refuse")), None)
        if said is not None:
            token.sign = -said.sign
            name = "accept" if said.has("accept") else "refuse"
            token.labels |= {name, f"{name}{'+' if token.sign > 0 else '-'}"}


def _turn_fixed(tokens: Sequence[Token], at: int) -> None:
    """Turn a fixed expression that is denied, and holds no negation of its own, into what it then says.

    It is turned by a negation word close before it; farther off, it speaks for itself.
    """
    token = tokens[at]
    words = token.word.split()
    if token.has("refuse_fixed") and _DENIES.isdisjoint(words) and _near(tokens, at, 4, _TURNS):
        token.labels = (token.labels - {"refuse_fixed", "negated"}) | {"refuse"}  # « jamais laissé de côté »
    if token.has("accept_fixed") and _CLOSERS.isdisjoint(words) and _near(tokens, at, 2, _NE):
        token.labels = (token.labels - {"accept_fixed", "negated", "yes"}) | {"accept"}  # « ne peuvent réserver »
    if token.has("free") and _DENIES.isdisjoint(words):
        token.labels = (token.labels - {"free", "negated"}) | {"pay", "pay+"}  # « ce n'est pas gratuit »
        token.sign = 1


def _near(tokens: Sequence[Token], at: int, distance: int, words: frozenset[str]) -> bool:
    return any(t.word in words for t in tokens[max(0, at - distance) : at])


def _governs(tokens: Sequence[Token], at: int) -> bool:
    """Whether a clause hangs on the word: « sans que … », « loin de refuser », « au lieu de trier »."""
    following = [t.word for t in tokens[at + 1 : at + 3]]
    if tokens[at].word == "sans":
        return following[:1] in (["que"], ["qu"])
    return len(following) == 2 and following[0] in ("de", "d") and _infinitive(following[1])


def _point(tokens: Sequence[Token], at: int) -> bool:
    """« Point de dépassement … »: the noun's negation; not « un point de vue »."""
    follows = tokens[at + 1].word if at + 1 < len(tokens) else ""
    return tokens[at].word == "point" and follows in ("de", "d") and (at == 0 or _after_mark(tokens, at))


def _ends(tokens: Sequence[Token], at: int) -> bool:
    return at + 1 == len(tokens) or tokens[at + 1].has("stop", "bang", "close", "semicolon")


def _elides(tokens: Sequence[Token], at: int) -> bool:
    """Whether « n » stands for « ne »: before a vowel; not « n° 3 » nor « O/N »."""
    if tokens[at].word == "ne":
        return True
    following = tokens[at + 1].word if at + 1 < len(tokens) else ""
    return following[:1] in ("a", "e", "i", "o", "u", "y", "h")


def _open_ne(tokens: Sequence[Token], at: int, denials: list[int], restricted: list[bool], verbal: set[int]) -> int:
    """Read one « ne … pas » or « ne … que » from ``at``; the index where reading goes on."""
    closer = -1
    que = -1
    commas = 0
    opened = 0
    for j in range(at + 1, min(at + _REACH + 8, len(tokens))):
        token = tokens[j]
        if token.has("open"):
            opened += 1
        elif token.has("close"):
            opened -= 1
        if opened > 0:
            continue
        if token.has("comma", "dash"):
            commas += 1
            continue
        if token.has_of(_BREAKS) or token.word in _NE:
            break
        if token.has("not_negation", "accept_fixed") and token.word.split()[0] in _CLOSERS:
            return j + 1  # « ne voit aucun inconvénient », « n'y a pas de souci »: nothing is denied
        if token.word == "guere" and j + 1 < len(tokens) and tokens[j + 1].word in ("que", "qu"):
            continue  # « il n'y a guère que »: only
        if token.word in _CLOSERS and (commas != 1 or j <= at + 5):
            closer = j
            break
        if token.word in ("que", "qu") and que < 0 and commas in (0, 2) and j > at + 1:
            que = j
    opener = next(
        (
            k
            for k in range(at - 1, max(-1, at - 14), -1)
            if (tokens[k].word in _OPEN_NOUN or _nobody(tokens, k) or tokens[k].word == "pas")
            and k not in verbal
            and not any(
                tokens[m].has("contrast", *(_BREAKS if tokens[k].word == "jamais" else _STRONG_BREAKS))
                for m in range(k, at)
            )
        ),
        -1,
    )
    before = opener >= 0 and (closer < 0 or tokens[closer].word not in ("pas", "plus"))
    if closer >= 0 and 0 <= que < closer and tokens[closer].word not in ("pas", "jamais"):
        closer = -1
    stop = at + 1
    if closer >= 0:
        verbal.add(closer)
    if _not_only(tokens, closer):
        return closer + 1
    only = closer < 0 and que >= 0 and not before
    if only and tokens[que - 1].has("able"):
        return que + 1  # « ne peut que » affirms
    nested = -1  # « il n'est aucun patient que nous ne recevions »
    for j in _reach(tokens, at, _REACH + 10, insertions=True):
        if nested < 0 and j > at + 1 and tokens[j].word in _NE and _elides(tokens, j) and closer < j:
            nested = j
            if closer == at + 1:
                break  # « ne pas avoir de mutuelle n'empêche pas … »: an infinitive, then the verb that it is subject of
        if only:
            restricted[j] = True
        else:
            denials[j] += 1
        if j > at and tokens[j].word in ("ni",):
            verbal.add(j)
        stop = j + 1
    silent = _CLITICS | _CLOSERS
    verb = next((k for k in range(at + 1, min(at + 6, len(tokens))) if tokens[k].word not in silent), -1)
    if verb >= 0 and not tokens[verb].subject and tokens[verb].word[:1].isalpha():
        tokens[verb].labels.add("restricted" if only else "negated")
    if before:  # « aucun patient ne sera reçu »: one negation; it reaches what stands between its two words
        verbal.add(opener)
        for k in range(opener + 1, at):
            denials[k] += 1
        for k in range(max(0, opener - 8), opener):
            if tokens[k].word == "ni" or tokens[k].word in _HESITANT:
                verbal.add(k)
    if closer >= stop:
        stop = closer + 1
    return nested if nested > 0 else max(stop, at + 1)


def _nobody(tokens: Sequence[Token], at: int) -> bool:
    """« Personne », « rien », « jamais »; not « les personne[s] » nor « une personne »."""
    return tokens[at].word in _HESITANT and not (
        at and tokens[at].word == "personne" and tokens[at - 1].word in _BEFORE_NOUN
    )


def _not_only(tokens: Sequence[Token], closer: int) -> bool:
    """« n'est pas consenti qu'aux patients AME », « pas que pour vous »: not only, hence nothing is denied."""
    if closer < 0 or tokens[closer].word != "pas":
        return False
    words = [t.word for t in tokens[closer + 1 : closer + 4]]
    at = next((k for k, word in enumerate(words[:2]) if word in ("que", "qu")), -1)
    return 0 <= at < len(words) - 1 and words[at + 1] in ("aux", "au", "a", "pour", "avec", "en")


def _reach(tokens: Sequence[Token], at: int, length: int, *, insertions: bool = False) -> list[int]:
    """The indices that a negation at ``at`` reaches: up to a break, past insertions between commas or parentheses."""
    out: list[int] = []
    depth = 0
    inside = False
    j = at + 1
    while j < len(tokens) and len(out) < length:
        token = tokens[j]
        if token.has("open"):
            depth += 1
        elif token.has("close"):
            depth -= 1
            if depth < 0:
                break
        elif depth == 0:
            if token.has_of(_BREAKS) or (
                token.word in _NE and j > at + 1 and tokens[j - 1].word in ("de", "d", "a", "qui", "ni")
            ):
                break
            if token.has("comma", "dash"):
                if inside:
                    inside = False
                elif insertions and _next_comma(tokens, j) is not None and not _complete(tokens, at, j):
                    inside = True
                else:
                    break
            elif not inside and token.word in ("et", "ou") and _starts_clause(tokens, j + 1):
                break
            elif not inside:
                out.append(j)
        j += 1
    return out


def _complete(tokens: Sequence[Token], at: int, stop: int) -> bool:
    """Whether the stretch before a comma is complete: a negation word closed it and something was said after."""
    closers = [k for k in range(at, stop) if tokens[k].word in _CLOSERS]
    return bool(closers) and stop - closers[-1] > 2


def _next_comma(tokens: Sequence[Token], at: int) -> int | None:
    for j in range(at + 1, min(at + 16, len(tokens))):
        if tokens[j].has("comma", "dash"):
            return j
        if tokens[j].has_of(_BREAKS):
            return None
    return None


def _starts_clause(tokens: Sequence[Token], at: int) -> bool:
    """Whether a new finite verb or a new subject pronoun stands at ``at``: the negation ends before it."""
    for token in tokens[at : at + 3]:
        if token.word in ("nous", "je", "j", "vous", "on", "il", "elle", "ils", "elles"):
            return True
        if token.has("accept", "refuse", "pay", "ask_paper", "contact", "away"):
            return token.word.split()[0].endswith(_FINITE_ENDINGS)
        if token.word in _NE:
            return True
    return False


def _bare(tokens: Sequence[Token], at: int, denials: list[int], polar: frozenset[str]) -> None:
    """« pas », « plus », « jamais » without « ne »: telegraphic (« pas acceptée ») or spoken (« on prend pas »)."""
    word = tokens[at].word
    follows = tokens[at + 1].word if at + 1 < len(tokens) else ""
    previous = tokens[at - 1] if at else None
    spoken = previous is not None and bool(previous.labels & polar) and not previous.has("paper", "patient")
    if word == "pu" and not spoken:
        return
    if word in ("plus", "plu"):
        ends = (
            spoken
            or (at == 0 or _after_mark(tokens, at))
            or (follows in ("de", "d", "aucun", "aucune") and not _quantity(tokens, at))
        )
        if not ends or _counts(tokens, at):
            return
    if word in ("pas", "jamais") and (
        at + 1 == len(tokens) or tokens[at + 1].has("stop", "comma", "bang", "semicolon", "close", "bar")
    ):
        if previous is None or not previous.labels & polar:
            tokens[at].labels.add("no")  # « AME : malheureusement pas »
    if spoken and previous is not None:
        denials[at - 1] += 1
        if at >= 2 and follows not in ("de", "d") and tokens[at - 2].labels & polar:
            denials[at - 2] += 1
        for j in _reach(tokens, at, 10):
            denials[j] += 1
        return
    if follows in ("de", "d", "un", "une"):
        tokens[at].labels.add("nominal")
    elif (
        follows.isalpha()
        and follows not in FUNCTION_WORDS
        and not tokens[at + 1].subject
        and not tokens[at + 1].labels & polar
    ):
        tokens[at + 1].labels.add("negated")
    for j in _reach(tokens, at, 9):
        denials[j] += 1


def _after_mark(tokens: Sequence[Token], at: int) -> bool:
    return tokens[at - 1].has(
        "comma", "colon", "dash", "open", "bullet", "semicolon", "stop", "bang", "slash", "arrow", "equals"
    )


def _quantity(tokens: Sequence[Token], at: int) -> bool:
    """« # de plus de … », « le plus de »: a quantity, not an end."""
    return at > 0 and tokens[at - 1].word in ("de", "le", "les", "des", "en", "beaucoup", "bien")


def _counts(tokens: Sequence[Token], at: int) -> bool:
    """« Plus de deux cents mutuelles »: more than a number."""
    de, number = ([t.word.partition(" ")[0] for t in tokens[at + 1 : at + 3]] + ["", ""])[:2]
    return de == "de" and (number in NUMBERS or number == "#")


def _governed_infinitives(tokens: Sequence[Token], denials: list[int], polar: frozenset[str]) -> None:
    """« refuser de facturer », « hors de question d'écarter »: the verb that the refusal governs is denied in its stead."""
    for i, token in enumerate(tokens):
        if not (
            token.has("refuse", "refuse_fixed", "quit", "exempt") or (token.has("worry") and denials[i])
        ) or i + 1 >= len(tokens):
            continue
        if token.has("exempt"):
            _exempted(tokens, i, denials)
            continue
        start = _past_insertion(tokens, i + 1)
        after = [t.word for t in tokens[start : start + 3]]
        if after[:1] == ["pour"]:
            after = after[2:]
        elif after[:1] in (["personne"], ["quiconque"]):
            after = after[1:]
        finite = after[:1] in (["que"], ["qu"])
        governs = after[:1] in (["de"], ["d"], ["a"]) or token.word.split()[-1] in ("de", "d")
        if not governs and not finite:
            continue
        for j in range(start, min(start + 8, len(tokens))):
            if tokens[j].has("comma", *_BREAKS) or tokens[j].subject:
                break
            passive = any(t.word in ("etre", "ete", "soit", "soient") for t in tokens[max(i + 1, j - 2) : j])
            if (finite or passive or _infinitive(tokens[j].word)) and (
                tokens[j].labels & (polar - {"able", "book"}) or tokens[j].has("bill") or tokens[j].word in _LEAVES
            ):
                if not (token.has("worry") and denials[j] % 2):  # « aucune raison d'écarter »: denied already
                    denials[j] += 1
                if tokens[j].word in _LEAVES:
                    for k in _reach(tokens, j, 8):
                        denials[k] += 1  # « pas question de laisser un CMU à la porte »
                token.labels -= {"refuse", "refuse_fixed", "quit", "no", "worry"}
                for k in range(max(0, i - 4), j + 1):
                    tokens[k].labels.discard("negated")
                if tokens[j].has("doing") and not token.has("exempt"):
                    tokens[j].labels.add("negated")  # « impossible d'assurer ce suivi »: what is not done is refused


def _condemn(tokens: Sequence[Token], denials: list[int]) -> None:
    """« Refuser la CMU est impensable », « le refus n'existe pas ici »: an act that opens the clause, and is refused itself."""
    for i, token in enumerate(tokens):
        if (not token.has("refuse") and not (token.has("accept") and denials[i])) or not _opens_clause(tokens, i):
            continue
        for j in range(i + 1, min(i + 1 + _REACH, len(tokens))):
            said = tokens[j]
            not_done = said.has("doing") and denials[j] > 0  # « …, nous ne le ferons jamais »
            if said.has("condemned", "refuse_fixed") or not_done or (said.has("refuse") and not denials[j]):
                denials[i] += 1
                token.labels.discard("negated")
                said.labels = {"condemned"}
                break
            if said.has_of(_ENDS_CLAUSE) or said.has("refuse", "accept"):
                break


def _opens_clause(tokens: Sequence[Token], at: int) -> bool:
    """Whether the clause begins with the act at ``at``: « (Ne pas) refuser … », « Le refus … »."""
    act = tokens[at].word.split(maxsplit=1)[0]
    start = at
    if _infinitive(act):
        while start and tokens[start - 1].word in ("ne", "pas", "plus"):
            start -= 1
    elif (
        act in ("refus", "exclusion", "renvoi", "rejet", "tri", "selection")
        and start
        and tokens[start - 1].word in ("le", "l", "la", "tout")
    ):
        start -= 1
    else:
        return False
    return start == 0 or _after_mark(tokens, start)


def _exempted(tokens: Sequence[Token], at: int, denials: list[int]) -> None:
    """« Dispensé de payer », « ne dispense pas de réserver »: what one is let off is denied, and not let off affirmed."""
    of = next((k for k in range(at + 1, min(at + 4, len(tokens))) if tokens[k].word in ("de", "d")), len(tokens))
    if of + 1 < len(tokens) and _infinitive(tokens[of + 1].word):
        for token in tokens[max(at - 2, 0) : at + 1]:
            token.labels.discard("negated")
        for k in _reach(tokens, of, 8):
            denials[k] += 1


def _past_insertion(tokens: Sequence[Token], at: int) -> int:
    """Where reading goes on behind « chez nous » or « , pour nous, » at ``at``."""
    comma = at < len(tokens) and tokens[at].has("comma")
    words = [t.word for t in tokens[at + comma : at + comma + 2]]
    if len(words) < 2 or words[0] not in ("chez", "pour") or words[1] not in ("nous", "moi", "lui", "elle"):
        return at
    behind = at + comma + 2
    return behind + (behind < len(tokens) and tokens[behind].has("comma"))


def _infinitive(word: str) -> bool:
    return word.split(maxsplit=1)[0].endswith(("er", "ir", "re"))


def _beyond_noun(tokens: Sequence[Token], at: int, polar: frozenset[str]) -> bool:
    """Whether what stands at ``at`` is said of more than « sans »'s noun: « les assurés sans mutuelle règlent, sont reçus »."""
    word = tokens[at].word
    if tokens[at - 1].labels & polar or tokens[at - 1].word in ("etre", "avoir"):
        return False  # « sans accueil possible »
    if tokens[at].has("accept") and not _infinitive(word) and not word.endswith(("able", "ible")):
        return True
    finite = word.endswith(_FINITE_ENDINGS) and not word.endswith(("ment", "ions"))
    return finite and bool(tokens[at].labels & polar)


def _mark_subject(tokens: Sequence[Token], at: int, verbal: set[int]) -> None:
    """Label a subject that a nominal negation or an exception governs: « pas de CMU », « sauf les patients AME »."""
    subject = tokens[at]
    kind = "STATUS" if subject.has("STATUS") else "ENT"
    j = at - 1
    steps = 0
    while j >= 0 and steps < 9:
        token = tokens[j]
        if (
            token.word in ("pas", "plus", "jamais", "non", "sans", "pa")
            and j > 0
            and tokens[j - 1].word in ("ou", "non")
        ):
            return
        if token.word == "ni" and any(t.sign < 0 or t.has("accept_fixed") for t in tokens[:j]):
            return  # « je n'exclus personne, ni CMU ni AME »: it goes on with a negation that says what is denied
        if token.has("comma") and not (j > 0 and tokens[j - 1].subject):
            break  # what stands before is of something else
        if token.word in ("pas", "plus", "jamais", "point", "pa", "plu") and j not in verbal:
            verb = j > 0 and tokens[j - 1].has("accept", "refuse", "doing", "pay", "able")
            if not verb or tokens[j + 1].word in ("de", "d"):
                subject.labels.add(f"{kind}-")
            return
        if token.word == "non" and tokens[j + 1].has("comma", "stop", "bang"):
            return  # an answer, not a negation of what follows
        if token.word in _OPEN_NOUN or token.word in ("ni", "sans", "non", "stop", "halte", "0", "fini", "finie", "no"):
            if token.word == "ni" and j in verbal:
                subject.labels.add(f"{kind}ni")
            elif token.word in ("sans", "non") and any(t.has("paper") or t.word in _BEARERS for t in tokens[j:at]):
                return
            elif j not in verbal or token.word in _OPEN_NOUN:
                subject.labels.add(f"{kind}-" if not (token.word in _OPEN_NOUN and j in verbal) else f"{kind}none")
            return
        if token.has("except"):
            subject.labels.add(f"{kind}^")
            return
        if not (
            token.word in _LIGHT
            or token.subject is not None
            or token.has("patient", "partial", "including")
            or token.word in ("carte", "dossier", "dossiers", "cartes", "et", "ou", "comme", ",", "/", "(")
        ):
            break
        j -= 1
        steps += 1
    if _excepted(tokens, at):
        subject.labels.add(f"{kind}^")
        return
    for j in range(at + 1, min(at + 6, len(tokens))):
        token = tokens[j]
        if token.has("except"):
            rest = tokens[j + 1 : j + 4]
            ends = next(
                (k for k, t in enumerate(rest) if t.has("stop", "comma", "close", "bang", "semicolon", "dots")),
                len(rest),
            )
            if not any(t.subject for t in rest[:ends]) and (ends < len(rest) or len(tokens) <= j + 4):
                subject.labels.add(f"{kind}^")
            return
        if token.subject is None and token.word not in ("et", "ou", ",", "la", "l", "/", "les", "ni"):
            return


def _excepted(tokens: Sequence[Token], at: int) -> bool:
    """Whether an exception reaches the subject over an insertion: « hormis ceux — on me le reproche — des AME ».

    Or over what names its bearers: « hormis les porteurs d'une attestation C2S ».
    """
    marks = 0
    bearers = True
    for j in range(at - 1, max(-1, at - 18), -1):
        token = tokens[j]
        if token.has("comma", "dash"):
            marks += 1
        elif token.has(*_BREAKS, "accept", "refuse", "pay", "contact", "ask_paper", "doing", "slot", "time", "only"):
            return False
        elif token.has("except"):
            return marks == 2 or (marks == 0 and bearers)
        elif token.word not in _LIGHT and not token.has("patient", "paper", "partial", "condition"):
            bearers = False
    return False
