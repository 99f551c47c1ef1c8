"""Negation: which words of a statement are denied, which are affirmed, which are restricted (« ne … que »).

A reading of French negation in the manner of NegEx (Chapman et al., 2001) and its French kin: openers, the words they
reach, what ends their reach, and expressions that look like a negation and are none (the word class ``not_negation``).
Negations are counted, so that « nous ne refusons pas de recevoir » affirms.
"""

from __future__ import annotations

from collections.abc import Sequence

from .tokens import Token

_NE = frozenset({"ne", "n"})
_CLOSERS = frozenset(
    "pas plus jamais guere point nullement aucunement personne rien aucun aucune nul nulle ni pu pa plu".split()
)
_OPEN_NOUN = frozenset("aucun aucune nul nulle zero".split())
_LIGHT = frozenset(
    "de d du des la le les l a au aux en sous par avec un une ce ces cet cette tout toute tous toutes nos notre mes mon "
    "vos votre nouveau nouveaux nouvelle nouvelles ayant qui ont chez pour autre autres".split()
)
_BREAKS = ("semicolon", "colon", "stop", "question", "bang", "bar", "contrast", "because", "condition", "dots", "arrow")
_REACH = 14
_FINITE_ENDINGS = ("ons", "ez", "ent", "oit", "ait", "ient", "end", "aque", "rons", "rez")


def mark(tokens: Sequence[Token], polar: frozenset[str]) -> None:
    """Set ``sign`` on every polar token and add ``-``, ``+`` or ``~`` labels; mark denied and excepted subjects."""
    denials = [0] * len(tokens)
    restricted = [False] * len(tokens)
    verbal: set[int] = set()  # closers that belong to a « ne »
    at = 0
    while at < len(tokens):
        word = tokens[at].word
        if word in _NE and not tokens[at].subject:
            at = _open_ne(tokens, at, denials, restricted, verbal)
            continue
        at += 1
    for i, token in enumerate(tokens):
        if i in verbal or token.subject:
            continue
        if token.word in ("pas", "pa", "jamais", "plus", "plu") and not token.labels & {"not_negation"}:
            _bare(tokens, i, denials, polar)
        elif token.word in _OPEN_NOUN or token.word in ("ni", "sans", "non", "0"):
            if token.word in _OPEN_NOUN and _joins_ne(tokens, i, verbal):
                continue
            for j in _reach(tokens, i, 4 if token.word in ("non", "sans") else 8):
                denials[j] += 1
    _refused_infinitives(tokens, denials)
    for i, token in enumerate(tokens):
        classes = token.labels & polar
        if classes:
            token.sign = -1 if denials[i] % 2 else 0 if restricted[i] else 1
            sign = {1: "+", -1: "-", 0: "~"}[token.sign]
            token.labels |= {name + sign for name in classes}
    for i, token in enumerate(tokens):
        if token.subject is not None:
            _mark_subject(tokens, i, verbal)


def _open_ne(
    tokens: Sequence[Token], at: int, denials: list[int], restricted: list[bool], verbal: set[int]
) -> int:
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
        if token.has(*_BREAKS) or token.word in _NE:
            break
        if token.word in _CLOSERS and (commas != 1 or j <= at + 5):
            closer = j
            break
        if token.word in ("que", "qu") and que < 0 and commas == 0 and j > at + 1:
            que = j
    before = any(tokens[k].word in _OPEN_NOUN or tokens[k].word in ("ni", "personne", "rien", "jamais") for k in range(max(0, at - 12), at))
    if closer >= 0 and 0 <= que < closer and tokens[closer].word not in ("pas", "jamais"):
        closer = -1
    stop = at + 1
    if closer >= 0:
        verbal.add(closer)
    only = closer < 0 and que >= 0 and not before
    for j in _reach(tokens, at, _REACH + 10):
        if only:
            restricted[j] = True
        else:
            denials[j] += 1
        if j > at and tokens[j].word in ("ni",):
            verbal.add(j)
        stop = j + 1
    for k in range(at):  # « aucun patient ne sera reçu »: one negation, already counted at « ne »
        if tokens[k].word in _OPEN_NOUN and at - k <= 12 and not any(tokens[m].has(*_BREAKS) for m in range(k, at)):
            verbal.add(k)
    if closer >= stop:
        stop = closer + 1
    return max(stop, at + 1)


def _reach(tokens: Sequence[Token], at: int, length: int) -> list[int]:
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
            if token.has(*_BREAKS):
                break
            if token.has("comma", "dash"):
                closing = _next_comma(tokens, j)
                if inside:
                    inside = False
                elif closing is not None and not out_has_verb(tokens, at, j):
                    inside = True
                else:
                    break
            elif not inside and token.word in ("et", "ou") and _starts_clause(tokens, j + 1):
                break
            elif not inside:
                out.append(j)
        j += 1
    return out


def out_has_verb(tokens: Sequence[Token], at: int, stop: int) -> bool:
    """Whether the stretch before a comma is complete: a negation word closed it and something was said after."""
    closers = [k for k in range(at, stop) if tokens[k].word in _CLOSERS]
    return bool(closers) and stop - closers[-1] > 2


def _next_comma(tokens: Sequence[Token], at: int) -> int | None:
    for j in range(at + 1, min(at + 16, len(tokens))):
        if tokens[j].has("comma", "dash"):
            return j
        if tokens[j].has(*_BREAKS):
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


def _joins_ne(tokens: Sequence[Token], at: int, verbal: set[int]) -> bool:
    return at in verbal


def _bare(tokens: Sequence[Token], at: int, denials: list[int], polar: frozenset[str]) -> None:
    """« pas », « plus », « jamais » without « ne »: telegraphic (« pas acceptée ») or spoken (« on prend pas »)."""
    word = tokens[at].word
    follows = tokens[at + 1].word if at + 1 < len(tokens) else ""
    previous = tokens[at - 1] if at else None
    spoken = previous is not None and bool(previous.labels & polar) and not previous.has("paper", "patient")
    if word in ("plus", "plu") and not (spoken or (at == 0 or _after_mark(tokens, at)) or follows in ("de", "d", "aucun", "aucune") and not _quantity(tokens, at)):
        return
    if spoken and previous is not None:
        denials[at - 1] += 1
        if at >= 2 and follows not in ("de", "d") and tokens[at - 2].labels & polar:
            denials[at - 2] += 1
        for j in _reach(tokens, at, 10):
            denials[j] += 1
        return
    for j in _reach(tokens, at, 9):
        denials[j] += 1


def _after_mark(tokens: Sequence[Token], at: int) -> bool:
    return tokens[at - 1].has("comma", "colon", "dash", "open", "bullet", "semicolon", "stop", "bang", "slash", "arrow", "equals")


def _quantity(tokens: Sequence[Token], at: int) -> bool:
    """« # de plus de … », « le plus de »: a quantity, not an end."""
    return at > 0 and tokens[at - 1].word in ("de", "le", "les", "des", "en", "beaucoup", "bien")


def _refused_infinitives(tokens: Sequence[Token], denials: list[int]) -> None:
    """« refuser de recevoir », « impossible d'accueillir »: the refusal reaches the verb it governs."""
    for i, token in enumerate(tokens):
        if token.has("refuse") and i + 1 < len(tokens) and tokens[i + 1].word in ("de", "d"):
            for j in range(i + 2, min(i + 7, len(tokens))):
                if tokens[j].has("comma", *_BREAKS) or tokens[j].subject:
                    break
                if tokens[j].has("accept", "doing") and tokens[j].word.split()[0].endswith(("er", "ir", "re")):
                    denials[j] += 1 - 2 * (denials[i] % 2 and denials[j] % 2)
                    break


def _mark_subject(tokens: Sequence[Token], at: int, verbal: set[int]) -> None:
    """Label a subject that a nominal negation or an exception governs: « pas de CMU », « sauf les patients AME »."""
    subject = tokens[at]
    kind = "STATUS" if subject.has("STATUS") else "ENT"
    j = at - 1
    steps = 0
    while j >= 0 and steps < 9:
        token = tokens[j]
        if token.word in ("pas", "plus", "jamais", "point", "pa", "plu") and j not in verbal:
            verb = j > 0 and tokens[j - 1].has("accept", "refuse", "doing", "pay", "able")
            if not verb or tokens[j + 1].word in ("de", "d"):
                subject.labels.add(f"{kind}-")
            return
        if token.word in _OPEN_NOUN or token.word in ("ni", "sans", "non", "stop", "halte", "0", "fini", "finie", "no"):
            if token.word == "ni" and j in verbal:
                subject.labels.add(f"{kind}ni")
            elif token.word in ("sans", "non") and any(t.has("paper") for t in tokens[j:at]):
                return
            elif j not in verbal or token.word in _OPEN_NOUN:
                subject.labels.add(f"{kind}-" if not (token.word in _OPEN_NOUN and j in verbal) else f"{kind}none")
            return
        if token.has("except"):
            subject.labels.add(f"{kind}^")
            return
        if not (
            token.word in _LIGHT or token.subject is not None or token.has("patient", "partial", "including") or token.word in ("carte", "dossier", "dossiers", "cartes", "et", "ou", "comme", ",", "/", "(")
        ):
            break
        j -= 1
        steps += 1
    after = tokens[at + 1 : at + 4]
    for token in after:
        if token.has("except"):
            nxt = tokens[tokens.index(token) + 1 : tokens.index(token) + 2]
            if not nxt or nxt[0].has("stop", "comma", "close", "bang", "semicolon"):
                subject.labels.add(f"{kind}^")
            return
        if token.subject is None and token.word not in ("et", "ou", ",", "la", "l", "/"):
            return
