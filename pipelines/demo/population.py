"""The customers of the demo company: who they are, what they buy, how they pay, how fragile they are.

Belongs here: everything drawn once per customer. Does not belong here: anything that happens over time.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from stdnum import luhn
from stdnum.es import cif
from stdnum.iso7064 import mod_11_10

from pipelines.demo.calendar import day

Ints = NDArray[np.int64]
Floats = NDArray[np.float64]
Bools = NDArray[np.bool_]
Texts = NDArray[Any]

SIZES = ("TPE", "PME", "ETI", "GE")
_SIZE_SHARE = (0.42, 0.40, 0.11, 0.07)
# Days beyond terms by size: the largest pay later (Observatoire des délais de paiement).
_SIZE_DELAY = (1.0, 3.0, 3.5, 11.5)
_SIZE_VOLUME = (1.0, 1.9, 3.4, 5.5)
_SIZE_AMOUNT = (420.0, 760.0, 1150.0, 1500.0)
_SIZE_RISK = (1.5, 1.0, 0.45, 0.15)


@dataclass(frozen=True)
class Sector:
    """A sector of customers: NAF code, share of customers, default risk (1 = average), season, trade names."""

    naf: str
    share: float
    risk: float
    season: str
    words: tuple[str, ...]


SECTORS = (
    Sector("43.22A", 0.08, 1.8, "building", ("Plomberie", "Chauffage", "Sanitaire")),
    Sector("41.20B", 0.07, 1.9, "building", ("Constructions", "Bâtiment", "Maçonnerie")),
    Sector("43.34Z", 0.05, 1.7, "building", ("Peinture", "Vitrerie", "Ravalement")),
    Sector("56.10A", 0.06, 1.7, "summer", ("Restaurant", "Brasserie", "Auberge")),
    Sector("47.71Z", 0.07, 1.4, "winter", ("Boutique", "Prêt-à-porter", "Maison")),
    Sector("10.71C", 0.05, 1.1, "flat", ("Boulangerie", "Fournil", "Pâtisserie")),
    Sector("46.69B", 0.12, 0.9, "flat", ("Négoce", "Distribution", "Comptoir")),
    Sector("25.62B", 0.12, 0.8, "industry", ("Mécanique", "Usinage", "Tôlerie")),
    Sector("49.41A", 0.06, 1.2, "flat", ("Transports", "Messagerie", "Logistique")),
    Sector("62.02A", 0.08, 0.7, "office", ("Informatique", "Numérique", "Systèmes")),
    Sector("70.22Z", 0.06, 0.8, "office", ("Conseil", "Cabinet", "Études")),
    Sector("81.21Z", 0.05, 1.1, "flat", ("Propreté", "Nettoyage", "Hygiène")),
    Sector("68.20B", 0.04, 0.6, "flat", ("Foncière", "Immobilière", "Résidence")),
    Sector("85.59A", 0.04, 0.9, "office", ("Formation", "Institut", "École")),
    Sector("84.11Z", 0.05, 0.0, "office", ("Mairie de", "Communauté de communes", "Département de")),
)

# Billing by calendar month, January first; each about 1 on average.
SEASONS = {
    "flat": (0.97, 0.96, 1.04, 1.0, 1.0, 1.04, 1.0, 0.86, 1.04, 1.05, 1.02, 1.02),
    "building": (0.78, 0.88, 1.05, 1.1, 1.12, 1.18, 1.12, 0.6, 1.12, 1.15, 1.05, 0.85),
    "summer": (0.75, 0.8, 0.9, 1.0, 1.15, 1.3, 1.4, 1.25, 1.0, 0.85, 0.75, 0.85),
    "winter": (0.85, 0.8, 0.95, 0.95, 0.95, 0.95, 0.9, 0.75, 1.1, 1.2, 1.35, 1.25),
    "industry": (1.0, 1.0, 1.08, 1.03, 1.0, 1.1, 0.98, 0.5, 1.1, 1.12, 1.07, 1.02),
    "office": (1.0, 1.0, 1.1, 0.98, 0.95, 1.12, 0.9, 0.55, 1.05, 1.12, 1.08, 1.15),
}

_SURNAMES = (
    "Martin", "Bernard", "Dubois", "Thomas", "Robert", "Richard", "Petit", "Durand", "Leroy", "Moreau",
    "Simon", "Laurent", "Lefèvre", "Michel", "Garcia", "David", "Bertrand", "Roux", "Vincent", "Fournier",
    "Morel", "Girard", "André", "Mercier", "Dupont", "Lambert", "Bonnet", "François", "Martinez", "Legrand",
    "Garnier", "Faure", "Rousseau", "Blanc", "Guérin", "Müller", "Henry", "Roussel", "Nicolas", "Perrin",
    "Morin", "Mathieu", "Clément", "Gauthier", "Dumont", "Lopez", "Fontaine", "Chevalier", "Robin",
    "Masson", "Sanchez", "Gérard", "Nguyen", "Boyer", "Denis", "Lemaire", "Duval", "Joly", "Gautier",
    "Roger", "Roche", "Roy", "Noël", "Meyer", "Lucas", "Meunier", "Jean", "Pérez", "Marchand", "Dufour",
    "Blanchard", "Marie", "Barbier", "Brun", "Dumas", "Brunet", "Schmitt", "Leroux", "Colas", "Fernandez",
    "Pierre", "Renard", "Arnaud", "Rolland", "Caron", "Aubert", "Giraud", "Leclerc", "Vidal", "Bourgeois",
    "Renaud", "Lemoine", "Picard", "Gaillard", "Philippe", "Leclercq", "Lacroix", "Fabre", "Dupuis",
    "Olivier", "Rodriguez", "Da-Silva", "Hubert", "Louis", "Charles", "Guillot", "Rivière", "Le-Gall",
    "Guillaume", "Adam", "Rey", "Moulin", "Gonzalez", "Berger", "Lecomte", "Menard",
)  # fmt: skip
_TOWNS = (
    ("Lyon", "69003", "Rhône", "69"), ("Nantes", "44000", "Loire-Atlantique", "44"),
    ("Angers", "49000", "Maine-et-Loire", "49"), ("Bordeaux", "33000", "Gironde", "33"),
    ("Lille", "59000", "Nord", "59"), ("Rennes", "35000", "Ille-et-Vilaine", "35"),
    ("Toulouse", "31000", "Haute-Garonne", "31"), ("Strasbourg", "67000", "Bas-Rhin", "67"),
    ("Besançon", "25000", "Doubs", "25"), ("Saint-Étienne", "42000", "Loire", "42"),
    ("Orléans", "45000", "Loiret", "45"), ("Nîmes", "30000", "Gard", "30"),
)  # fmt: skip
_FORMS = (("SARL", 5499), ("SAS", 5710), ("EURL", 5498), ("SA", 5599))
_PUBLIC_FORM, _SOLE_TRADER = 7210, 1000

# Index of each terms in TERMS and its share, by size: larger customers obtain longer terms.
_TERMS_SHARE = {
    "TPE": (0.56, 0.10, 0.08, 0.02, 0.02, 0.02, 0.06, 0.02, 0.03, 0.09),
    "PME": (0.42, 0.14, 0.12, 0.05, 0.04, 0.03, 0.11, 0.03, 0.04, 0.02),
    "ETI": (0.30, 0.17, 0.14, 0.10, 0.07, 0.05, 0.11, 0.04, 0.02, 0.00),
    "GE": (0.24, 0.20, 0.15, 0.12, 0.08, 0.06, 0.09, 0.05, 0.01, 0.00),
}
_RUN_SHARE = {
    "TPE": (0.52, 0.08, 0.07, 0.05, 0.02, 0.08, 0.16, 0.02),
    "PME": (0.24, 0.16, 0.20, 0.12, 0.04, 0.14, 0.08, 0.02),
    "ETI": (0.06, 0.20, 0.34, 0.16, 0.06, 0.16, 0.00, 0.02),
    "GE": (0.04, 0.24, 0.36, 0.16, 0.06, 0.14, 0.00, 0.00),
}
# Average days that a payment ready to leave waits for its run, taken off the intended delay.
# In the order of RUNS.
RUN_WAITS = np.array([0.7, 3.4, 6.2, 9.5, 9.5, 8.0, 0.0, 0.0])


@dataclass(frozen=True)
class Customers:
    """One element per customer; hidden parameters included.

    size, sector, terms, run: indices in SIZES, SECTORS, TERMS, RUNS. start, stop: first and last day of trade.
    volume: relative number of documents; amount: median amount excluding tax in cents; spread: log spread.
    vat_bp: VAT rate in basis points. delay, noise: location and scale (logistic) of the intended delay, days.
    hazard: monthly probability that a healthy customer becomes stressed. reference: 0 names its documents,
    1 never, 2 sometimes, 3 without hyphen. opening: 0 open lines, 1 residuals, 2 a bare balance.
    """

    code: Texts
    name: Texts
    siren: Texts
    vat_number: Texts
    country: Texts
    town: Ints
    legal_form: Ints
    form_name: Texts
    creation: Ints
    size: Ints
    sector: Ints
    terms: Ints
    has_terms: Bools
    run: Ints
    start: Ints
    stop: Ints
    volume: Floats
    amount: Floats
    spread: Floats
    is_subscription: Bools
    vat_bp: Ints
    delay: Floats
    noise: Floats
    hazard: Floats
    reference: Ints
    is_split: Bools
    is_discount: Bools
    is_project: Bools
    is_consumer: Bools
    is_group: Bools
    is_lettered: Bools
    opening: Ints
    bank: Ints
    bills_at_month_end: Bools

    def __len__(self) -> int:
        return len(self.code)


def luhn_siren(first_eight: int) -> str:
    """The nine-digit SIREN (Luhn key) whose first eight digits are given."""
    digits = [int(c) for c in f"{first_eight:08d}"]
    total = sum(sum(divmod(2 * d, 10)) if i % 2 else d for i, d in enumerate(digits))
    return f"{first_eight:08d}{-total % 10}"


def french_vat(siren: str) -> str:
    """The intra-community VAT number of a SIREN: FR, key (12 + 3 × SIREN mod 97) mod 97, SIREN."""
    return f"FR{(12 + 3 * (int(siren) % 97)) % 97:02d}{siren}"


def foreign_vat(country: str, serial: int) -> str:
    """A VAT number with valid check digits for BE, DE, ES or IT, from a serial below ten million."""
    base = f"{serial:07d}"
    if country == "BE":
        return f"BE0{base}{97 - int('0' + base) % 97:02d}"
    if country == "DE":
        return f"DE1{base}{mod_11_10.calc_check_digit('1' + base)}"
    if country == "ES":
        return f"ESB{base}{cif.calc_check_digits('B' + base)[0]}"
    if country == "IT":
        return f"IT{base}015{luhn.calc_check_digit(base + '015')}"
    raise ValueError(f"No VAT number is known for {country}.")


def town(index: int) -> tuple[str, str, str, str]:
    """Name, postcode, département and its number of a customer's town."""
    return _TOWNS[index]


def _choice(rng: np.random.Generator, shares: tuple[float, ...], n: int) -> Ints:
    p = np.asarray(shares, dtype=float)
    return rng.choice(len(p), size=n, p=p / p.sum()).astype(np.int64)


def draw_customers(rng: np.random.Generator, n: int) -> Customers:
    """Draw `n` customers. The same generator state gives the same customers."""
    if n < 5:
        raise ValueError(f"The demo company needs at least 5 customers, {n} asked.")
    sector = _choice(rng, tuple(s.share for s in SECTORS), n)
    size = _choice(rng, _SIZE_SHARE, n)
    public = np.array([s.naf == "84.11Z" for s in SECTORS])[sector]
    size = np.where(public, np.maximum(size, 1), size)
    size = np.where(public & (size == 3), 2, size)
    foreign = ~public & (rng.random(n) < 0.045)
    consumer = ~public & ~foreign & (size == 0) & (rng.random(n) < 0.05)
    sole = ~public & ~foreign & (size == 0) & (rng.random(n) < 0.35) & ~consumer

    terms = np.empty(n, dtype=np.int64)
    run = np.empty(n, dtype=np.int64)
    for s, label in enumerate(SIZES):
        chosen = size == s
        terms[chosen] = _choice(rng, _TERMS_SHARE[label], int(chosen.sum()))
        run[chosen] = _choice(rng, _RUN_SHARE[label], int(chosen.sum()))
    run = np.where(public & (run >= 6), 1, run)
    terms = np.where(public | consumer, 0, terms)
    has_terms = rng.random(n) >= 0.18
    # Whoever has no written terms is mostly used to the company's own 30 days.
    terms = np.where(~has_terms & (rng.random(n) < 0.7), 0, terms)

    first = day(2022, 7, 1)
    joined = rng.random(n) >= 0.66
    start = np.where(joined, first + rng.integers(30, 1180, n), first - 400)
    lifetime = rng.exponential(1 / 0.0055, n) * 30.4
    stop = np.maximum(start, first).astype(np.int64) + np.maximum(lifetime, 120).astype(np.int64)
    age_days = np.where(rng.random(n) < 0.18, rng.integers(60, 900, n), rng.integers(1000, 12000, n))
    creation = np.where(public, day(1983, 3, 1), np.minimum(start, day(2023, 6, 1)) - age_days)

    fragility = rng.normal(0.0, 0.75, n)
    sector_risk = np.array([s.risk for s in SECTORS])[sector]
    young = np.where(day(2024, 1, 1) - creation < 3 * 365, 1.7, 1.0)
    hazard = 0.0031 * sector_risk * np.array(_SIZE_RISK)[size] * young * np.exp(fragility)
    hazard = np.where(foreign, hazard * 0.6, np.minimum(hazard, 0.05))

    wait = RUN_WAITS[run]
    # Most pay about on time, a third much later: habits differ more than sizes.
    habit = np.where(rng.random(n) < 0.36, rng.gamma(2.0, 8.5, n), rng.normal(-9.5, 4.0, n))
    delay = np.array(_SIZE_DELAY)[size] + habit + 2.2 * fragility + np.where(public, 3.0, 0.0)
    opening = _choice(rng, (0.5, 0.5), n)
    is_lettered = rng.random(n) >= 0.12
    code = np.array([f"C{i + 1:0{max(5, len(str(n)))}d}" for i in range(n)], dtype=object)
    serial = rng.choice(4_000_000, size=n, replace=False)
    siren = np.array([luhn_siren(87_000_000 + int(v)) for v in serial], dtype=object)
    has_siren = ~foreign & ~consumer & (rng.random(n) >= 0.03)
    country = np.where(foreign, np.array(["BE", "DE", "ES", "IT"], dtype=object)[rng.integers(0, 4, n)], "FR")
    vat_number = np.array([french_vat(s) for s in siren], dtype=object)
    vat_number[foreign] = [
        foreign_vat(c, int(v)) for c, v in zip(country[foreign], serial[foreign], strict=True)
    ]
    vat_number[consumer] = ""
    form = rng.integers(0, len(_FORMS), n)
    legal_form = np.array([f[1] for f in _FORMS])[form]
    form_name = np.array([f[0] for f in _FORMS], dtype=object)[form]
    legal_form = np.where(public, _PUBLIC_FORM, np.where(sole, _SOLE_TRADER, legal_form))
    form_name[public | sole | consumer | foreign] = ""
    towns = rng.integers(0, len(_TOWNS), n)
    names = _names(rng, sector, towns, form_name, consumer, sole, public)
    is_group = np.zeros(n, dtype=bool)
    _plant_names(names, siren, has_siren, is_group)
    siren[~has_siren] = ""
    vat_number[~has_siren & ~foreign] = ""

    building = np.array([s.season == "building" for s in SECTORS])[sector]
    food = np.array([s.naf in ("56.10A", "10.71C") for s in SECTORS])[sector]
    vat_bp = np.where(
        building & (rng.random(n) < 0.3), 1000, np.where(food & (rng.random(n) < 0.2), 550, 2000)
    )
    vat_bp = np.where(foreign, 0, vat_bp)
    return Customers(
        code=code,
        name=names,
        siren=siren,
        vat_number=vat_number,
        country=country,
        town=towns,
        legal_form=legal_form,
        form_name=form_name,
        creation=creation.astype(np.int64),
        size=size,
        sector=sector,
        terms=terms,
        has_terms=has_terms,
        run=run,
        start=start.astype(np.int64),
        stop=stop,
        volume=np.array(_SIZE_VOLUME)[size] * np.exp(rng.normal(0, 0.55, n)),
        amount=np.array(_SIZE_AMOUNT)[size] * 100 * np.exp(rng.normal(0, 0.45, n)),
        spread=rng.uniform(0.35, 0.8, n),
        is_subscription=rng.random(n) < 0.08,
        vat_bp=vat_bp,
        delay=np.where(run >= 6, 0.0, delay - wait),
        noise=rng.uniform(1.8, 5.5, n),
        hazard=hazard,
        reference=_choice(rng, (0.46, 0.18, 0.24, 0.12), n),
        is_split=rng.random(n) < 0.25,
        is_discount=(rng.random(n) < 0.015) & (run < 6),
        is_project=(rng.random(n) < 0.05) & ~consumer & (run < 6),
        is_consumer=consumer,
        is_group=is_group,
        is_lettered=is_lettered,
        opening=np.where(is_lettered, opening, 2),
        bank=(rng.random(n) < 0.3).astype(np.int64),
        bills_at_month_end=rng.random(n) < 0.35,
    )


def _names(
    rng: np.random.Generator,
    sector: Ints,
    towns: Ints,
    form_name: Texts,
    consumer: Bools,
    sole: Bools,
    public: Bools,
) -> Texts:
    n = len(sector)
    surname = rng.integers(0, len(_SURNAMES), n)
    other = rng.integers(0, len(_SURNAMES), n)
    word = rng.integers(0, 3, n)
    seen: dict[str, int] = {}
    names = np.empty(n, dtype=object)
    for i in range(n):
        family, trade = _SURNAMES[surname[i]].replace("-", " "), SECTORS[sector[i]].words[word[i]]
        if public[i]:
            name = f"{trade} {_SURNAMES[surname[i]]}-sur-{_SURNAMES[other[i]]}"
        elif consumer[i] or sole[i]:
            name = f"{_SURNAMES[other[i]].replace('-', ' ')} {family}" + ("" if consumer[i] else f" {trade}")
        else:
            name = f"{trade} {family} {form_name[i]}".strip()
        seen[name] = seen.get(name, 0) + 1
        if seen[name] > 1:
            name = f"{name} {_TOWNS[towns[i]][0]}"
            seen[name] = seen.get(name, 0) + 1
            if seen[name] > 1:
                name = f"{name} {seen[name]}"
        names[i] = name
    return names


def _plant_names(names: Texts, siren: Texts, has_siren: Bools, is_group: Bools) -> None:
    """Give the first customers the names that break careless pages, sheets and encodings."""
    names[0] = "Établissements Noël & Frères, L'Œuvre façonnée SARL"
    names[1] = "<script>alert('Encours')</script> Traiteur"
    names[2] = "=cmd|' /C calc'!A0"
    names[3] = "Démo Participations SAS"
    is_group[3] = True
    has_siren[:4] = True
