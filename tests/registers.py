"""An invented national register of companies, and names spoilt as ledgers spoil them. Seeded; nothing here is real."""

from __future__ import annotations

import random
import re
import unicodedata
from collections.abc import Callable, Sequence
from dataclasses import dataclass

TRADES = (
    "BOULANGERIE", "GARAGE", "TRANSPORTS", "RESTAURANT", "PHARMACIE", "BOUCHERIE", "COIFFURE", "CABINET", "AGENCE",
    "MENUISERIE", "PLOMBERIE", "MACONNERIE", "PEINTURE", "ELECTRICITE", "COUVERTURE", "CHARPENTE", "CONSTRUCTIONS",
    "TERRASSEMENT", "NETTOYAGE", "LOCATION", "CONSEIL", "INFORMATIQUE", "FORMATION", "IMPRIMERIE", "AMBULANCES",
    "TAXI", "OPTIQUE", "FLEURS", "HOTEL", "BRASSERIE", "CAFE", "LIBRAIRIE", "SERRURERIE", "CARROSSERIE", "MECANIQUE",
    "METALLERIE", "SCIERIE", "JARDINS", "PAYSAGES", "IMMOBILIER", "ASSURANCES", "TRAITEUR", "PISCINES", "DECORATION",
    "DISTRIBUTION", "NEGOCE", "NUMERIQUE", "SYSTEMES", "LOGISTIQUE", "PROPRETE", "FONCIERE", "INSTITUT", "VITRERIE",
    "TOLERIE", "USINAGE", "BATIMENT", "CHAUFFAGE", "ETUDES", "AUBERGE", "BOUTIQUE",
)  # fmt: skip
COMMON_SURNAMES = (
    "MARTIN", "BERNARD", "DUBOIS", "THOMAS", "ROBERT", "RICHARD", "PETIT", "DURAND", "LEROY", "MOREAU", "SIMON",
    "LAURENT", "LEFEVRE", "MICHEL", "GARCIA", "DAVID", "BERTRAND", "ROUX", "VINCENT", "FOURNIER", "MOREL", "GIRARD",
    "ANDRE", "MERCIER", "DUPONT", "LAMBERT", "BONNET", "FRANCOIS", "MARTINEZ", "LEGRAND", "GARNIER", "FAURE",
    "ROUSSEAU", "BLANC", "GUERIN", "MULLER", "HENRY", "ROUSSEL", "NICOLAS", "PERRIN", "MORIN", "MATHIEU", "CLEMENT",
    "GAUTHIER", "DUMONT", "LOPEZ", "FONTAINE", "CHEVALIER", "ROBIN", "MASSON", "BOYER", "DENIS", "LEMAIRE", "DUVAL",
)  # fmt: skip
FIRST_NAMES = (
    "JEAN", "MARIE", "PIERRE", "NATHALIE", "MICHEL", "ISABELLE", "PHILIPPE", "SYLVIE", "ALAIN", "CATHERINE", "NICOLAS",
    "JULIEN", "THOMAS", "CAMILLE", "LAURA", "KEVIN", "SOPHIE", "BRUNO", "ANNE", "OLIVIER", "PATRICK", "LUCIE",
)  # fmt: skip
FORMS = {
    "SARL": "5499",
    "SAS": "5710",
    "EURL": "5498",
    "SA": "5599",
    "SCI": "6540",
    "SASU": "5720",
    "SNC": "5202",
}
_SYLLABLES = re.findall(
    r"\w+",
    "BA BAR BEL BO BOU BRI CA CAR CHA CHE CLO CO COU DA DE DES DO DU FA FER FLO FOU GA GAR GI GRAN GUI HU JA JO "
    "LA LAM LE LER LO MA MAL MAR MEN MO MON NA NI PA PEL PE PI POU PRE RA RE RI RO ROU SA SAN SE SO TA TE TI TOU "
    "TRE VA VAL VE VI VOI ZA",
)
_ENDINGS = re.findall(
    r"\w+", "CHE DON EAU ET IER LET LIN LOT MONT NET RAND RET RON SON TEL TIER TIN VILLE VOIS ZEL"
)


@dataclass(frozen=True)
class Unit:
    """One legal unit; `ceased_on` in ISO, or None."""

    legal_unit_id: str
    name: str
    legal_category: str
    postcode: str
    city: str
    ceased_on: str | None = None
    other_names: str | None = None


def _invented(rng: random.Random) -> str:
    return "".join(rng.choice(_SYLLABLES) for _ in range(rng.randint(1, 3))) + rng.choice(_ENDINGS)


def stock(seed: int, size: int, known: Sequence[Unit] = ()) -> list[Unit]:
    """A register of about `size` units, the known ones among their namesakes.

    Of each known unit: units of the same name elsewhere, ceased predecessors in its town, the same surname in another
    trade, names that begin alike.
    """
    rng = random.Random(seed)
    surnames = [_invented(rng) for _ in range(max(200, size // 25))]
    weights = [1 / (rank + 20) for rank in range(len(surnames))]
    towns = sorted(
        {(one.postcode, one.city) for one in known}
        | {(f"{rng.randint(1, 95):02d}{rng.randint(0, 9)}00", _invented(rng)) for _ in range(400)}
    )
    picked = iter(rng.choices(surnames, weights, k=size * 3))
    units: list[Unit] = list(known)

    def add(
        name: str,
        category: str,
        place: tuple[str, str],
        ceased_on: str | None = None,
        other: str | None = None,
    ) -> None:
        units.append(Unit(f"{len(units):09d}", name, category, *place, ceased_on, other))

    def surname() -> str:
        return rng.choice(COMMON_SURNAMES) if rng.random() < 0.2 else next(picked)

    def name_of() -> tuple[str, str]:
        form, kind = rng.choice(list(FORMS)), rng.random()
        if kind < 0.22:
            return f"{rng.choice(TRADES)} {surname()}", FORMS[form]
        if kind < 0.30:
            return f"{surname()} {rng.choice(TRADES)}", FORMS[form]
        if kind < 0.36:
            shop = rng.choice(("ETABLISSEMENTS", "ETS", "SOCIETE"))
            return f"{shop} {surname()} {rng.choice(('ET FILS', 'FRERES', ''))}".strip(), FORMS[form]
        if kind < 0.58:
            return f"{rng.choice(FIRST_NAMES)} {surname()}", "1000"
        if kind < 0.64:
            return f"SCI {rng.choice(('LES', 'LA', 'DU', 'DE LA'))} {surname()}", "6540"
        if kind < 0.80:
            ends = ("", rng.choice(TRADES), "FRANCE", "GROUPE", "INTERNATIONAL", "SERVICES", "CONSULTING")
            return f"{_invented(rng)} {rng.choice(ends)}".strip(), FORMS[form]
        if kind < 0.86:
            return f"{rng.choice(TRADES)} {rng.choice(TRADES)} {surname()}", FORMS[form]
        if kind < 0.92:
            return f"{rng.choice(TRADES)} DE {rng.choice(towns)[1]}", FORMS[form]
        if kind < 0.96:
            return "".join(rng.choice("ABCDEFGHILMNPRST") for _ in range(rng.randint(2, 4))), FORMS[form]
        whom = rng.choice(("DES AMIS DE", "SPORTIVE DE", "POUR LA FORMATION DE"))
        return f"ASSOCIATION {whom} {_invented(rng)}", "9220"

    for one in known:
        words = _words(one.name)
        for _ in range(rng.choice((0, 0, 1, 2, 4))):
            add(one.name.upper(), rng.choice(list(FORMS.values())), rng.choice(towns))
        if rng.random() < 0.3:
            add(one.name.upper(), one.legal_category, (one.postcode, one.city), "2015-06-30")
        if rng.random() < 0.5:
            add(f"{rng.choice(TRADES)} {words[-1]}", one.legal_category, (one.postcode, one.city))
        if rng.random() < 0.3:
            add(f"{words[0]} {surname()}", one.legal_category, (one.postcode, one.city))
        if rng.random() < 0.2:
            add(f"{one.name.upper()} HOLDING", "5710", (one.postcode, one.city))
    while len(units) < size:
        name, category = name_of()
        ceased = f"{rng.randint(1995, 2025)}-0{rng.randint(1, 9)}-15" if rng.random() < 0.45 else None
        other = _invented(rng) if rng.random() < 0.05 else None
        add(name, category, rng.choice(towns), ceased, other)
    rng.shuffle(units)
    return units


def _words(name: str) -> list[str]:
    return [word for word in re.split(r"[^A-Z0-9]+", _bare(name).upper()) if word and word not in FORMS] or [
        "X"
    ]


def _bare(text: str) -> str:
    text = text.replace("œ", "oe").replace("Œ", "OE")
    return "".join(c for c in unicodedata.normalize("NFKD", text) if not unicodedata.combining(c))


# --- what ledgers do to names --------------------------------------------------------------------------------------

_SHORT = {
    "ETABLISSEMENTS": "ETS", "SOCIETE": "STE", "SAINT": "ST", "SAINTE": "STE", "COMPAGNIE": "CIE", "ET": "&",
    "TRANSPORTS": "TRANSP", "BOULANGERIE": "BOUL", "CONSTRUCTIONS": "CONSTR", "RESTAURANT": "REST",
    "INTERNATIONAL": "INTL", "DISTRIBUTION": "DISTRIB", "INFORMATIQUE": "INFO", "IMMOBILIER": "IMMO",
    "ELECTRICITE": "ELEC", "ASSOCIATION": "ASSO", "FRERES": "FRES", "CHAUFFAGE": "CHAUF", "SYSTEMES": "SYST",
    "MECANIQUE": "MECA", "LOGISTIQUE": "LOGIST", "FORMATION": "FORMAT", "NETTOYAGE": "NETT", "COMMUNAUTE": "COM",
}  # fmt: skip
_FORM = re.compile(r"\b(SARL|SASU|SAS|EURL|SA|SCI|SNC)\b", re.IGNORECASE)


def _case(name: str, rng: random.Random, town: str) -> str:
    return rng.choice((str.upper, str.lower, str.title))(_bare(name))


def _form(name: str, rng: random.Random, town: str) -> str:
    found = _FORM.search(name)
    bare = " ".join(_FORM.sub(" ", name).split())
    form = found[0].upper() if found else rng.choice(("SARL", "SAS"))
    dotted = "".join(f"{letter}." for letter in form)
    if found:
        return rng.choice(
            (bare, f"{form} {bare}", f"{dotted} {bare}", f"{bare} {dotted}", f"{bare} ({form})")
        )
    return bare


def _abbreviated(name: str, rng: random.Random, town: str) -> str:
    return " ".join(_SHORT.get(_bare(word).upper(), word) for word in name.split())


def _punctuated(name: str, rng: random.Random, town: str) -> str:
    mark = rng.choice(("-", ".", " - ", ", ", "/", "'", " & " if " ET " in name.upper() else "-"))
    at = [place.start() for place in re.finditer(" ", name)]
    if not at:
        return f"{name}."
    chosen = rng.choice(at)
    return name[:chosen] + mark + name[chosen + 1 :]


def _reordered(name: str, rng: random.Random, town: str) -> str:
    words = name.split()
    turn = rng.randrange(1, len(words)) if len(words) > 1 else 0
    return " ".join(words[turn:] + words[:turn])


def _cut(name: str, rng: random.Random, town: str) -> str:
    return name[: rng.choice((20, 24, 30))].rstrip()


def _mistyped(name: str, rng: random.Random, town: str) -> str:
    at = [place for word in re.finditer(r"\w{5,}", name) for place in range(word.start() + 1, word.end() - 1)]
    if not at:
        return name
    chosen = rng.choice(at)
    how = rng.randrange(4)
    before, letter, after = name[:chosen], name[chosen], name[chosen + 1 :]
    if how == 0:
        return before + after
    if how == 1:
        return before + letter + letter + after
    if how == 2:
        return before + after[:1] + letter + after[1:]
    return before + rng.choice("AEIORSTLNM") + after


def _with_town(name: str, rng: random.Random, town: str) -> str:
    return rng.choice((f"{name} {town}", f"{name} - {town}", f"{name} ({town})"))


def _glued(name: str, rng: random.Random, town: str) -> str:
    at = [place.start() for place in re.finditer(" ", name)]
    chosen = rng.choice(at) if at else 0
    return name[:chosen] + name[chosen + 1 :] if at else name


DAMAGE: dict[str, Callable[[str, random.Random, str], str]] = {
    "case and accents": _case,
    "legal form": _form,
    "abbreviations": _abbreviated,
    "punctuation": _punctuated,
    "word order": _reordered,
    "cut off": _cut,
    "typing error": _mistyped,
    "town appended": _with_town,
    "words glued": _glued,
}
"""What is done to a name, by kind."""


def spoil(name: str, kind: str, rng: random.Random, town: str) -> str:
    """A name as a ledger might bear it: one kind of damage, or two or three of them (`together`)."""
    if kind == "none":
        return name
    kinds = [kind]
    if kind == "together":
        kinds = rng.sample([one for one in DAMAGE if one != "cut off"], rng.choice((2, 3)))
        if rng.random() < 0.3:
            kinds.append("cut off")
    for one in kinds:
        name = DAMAGE[one](name, rng, town)
    return name


KINDS = ("none", *DAMAGE, "together")
