"""Which legal unit a party is: by what is written, else by name and place, scored and never accepted when doubtful.

What belongs here: the order of the methods, candidates by blocks, the score. What does not: how names are brought to
one form (`names`), the file that the user decides in (`decisions`).

A score (0 to 1) says how much of the two names is the same, weighed by what tells companies apart, and how far the
place agrees. It is accepted from the configured threshold on, and only where no other company comes near.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from pipelines.identities import names
from pipelines.identities.decisions import Decision
from pipelines.identities.parties import customer_key
from pipelines.lake import quoted
from pipelines.sources.companies import ESTABLISHMENTS, UNITS

if TYPE_CHECKING:
    import duckdb

MARGIN = 0.04
"""What the best candidate is ahead of the next by, to be accepted."""
DOUBTFUL_FROM = 0.72
"""Score from which a match that is not accepted is shown to the user."""
CANDIDATES = 40
"""As many candidates of a party are looked at closely that share most keys with it, and as many that are likest."""
WIDEST_BLOCK = 1000
"""A key that more units share finds nobody by itself."""
A_WORD = 3
"""Units that bear a word from which on it is taken for one."""
CUT_FROM = 18
"""Letters from which on a name may have been cut off at the end of its field."""
LIKE_NAME = 0.6
"""Likeness of names from which a number found in a ledger is believed."""

IDENTITIES: Mapping[str, str] = {
    "company_id": "VARCHAR",
    "party_key": "VARCHAR",
    "legal_unit_id": "VARCHAR",  # null unless accepted
    "establishment_id": "VARCHAR",  # SIRET, where one was given
    "parent_id": "VARCHAR",  # legal unit of the parent, as customers.csv tells
    "method": "VARCHAR",  # decision, declared, vat_number, siret, ledger_id, name; null: nothing found
    "score": "DECIMAL(5,4)",
    "matched_name": "VARCHAR",  # the register's, of an accepted unit
    "status": "VARCHAR",  # accepted, doubtful, unmatched, refused
    "candidates": "INTEGER",  # units whose names were compared
    "runner_up_score": "DECIMAL(5,4)",
}
"""Columns of the identities: one row per party, sorted."""


@dataclass(frozen=True)
class Registers:
    """Parquet files of `companies.UNITS` and `ESTABLISHMENTS`, oldest version first."""

    units: Sequence[Path]
    establishments: Sequence[Path]


@dataclass(frozen=True)
class Matched:
    """What a matching gave.

    Attributes:
        doubtful: rows of the matches file but for its decision, sorted.
        cut: customers not found of whom more units share a key than were looked at closely.
    """

    counts: Mapping[str, int]
    doubtful: Sequence[Mapping[str, str]]
    cut: int


def match(
    parties: Path,
    registers: Registers,
    decisions: Mapping[tuple[str, str], Decision],
    threshold: float,
    target: Path,
) -> Matched:
    """Decide which unit each party is, and write `IDENTITIES`.

    Args:
        parties: as `write_parties` gives them.
        threshold: score from which a match by name is accepted.
    """
    import duckdb

    with duckdb.connect() as connection:
        connection.execute("set threads = 2")
        connection.execute(f"set temp_directory = {quoted(target.with_name('.spill'))}")
        connection.execute(f"create table parties as select * from read_parquet({quoted(parties)})")
        _registers(connection, registers)
        _decisions(connection, decisions)
        connection.execute(_GIVEN)
        _candidates(connection)
        _score(connection)
        connection.execute(_judged(threshold))
        connection.execute(f"copy ({_IDENTITIES}) to {quoted(target)} (format parquet, compression zstd)")
        counts = dict(connection.execute("select status, count(*) from judged group by 1").fetchall())
        doubtful = connection.execute(_DOUBTFUL)
        columns = [one[0] for one in doubtful.description or ()]
        rows = [dict(zip(columns, row, strict=True)) for row in doubtful.fetchall()]
        cut = connection.execute(
            """select id from searched inner join searchers using (id)
            inner join judged using (company_id, customer_key)
            where found > looked_at and status in ('doubtful', 'unmatched')"""
        ).fetchall()
    return Matched(counts, rows, len(cut))


def _registers(connection: duckdb.DuckDBPyConnection, registers: Registers) -> None:
    """Tables `units` and `establishments`: the last version of each."""
    for table, columns, key, paths in (
        ("units", UNITS, "legal_unit_id", registers.units),
        ("establishments", ESTABLISHMENTS, "establishment_id", registers.establishments),
    ):
        blank = ", ".join(f"cast(null as {kind}) as {name}" for name, kind in columns.items())
        selects = [f"select 0 as version, {blank} where false"]
        selects += [
            f"select {at}, {', '.join(columns)} from read_parquet({quoted(path)})"
            for at, path in enumerate(paths)
        ]
        connection.execute(
            f"""create table {table} as select * exclude (version) from ({" union all ".join(selects)})
            qualify row_number() over (partition by {key} order by version desc) = 1"""
        )


def _decisions(connection: duckdb.DuckDBPyConnection, decisions: Mapping[tuple[str, str], Decision]) -> None:
    connection.execute(
        "create table told (company VARCHAR, customer_key VARCHAR, decided_id VARCHAR, refused_id VARCHAR)"
    )
    if decisions:
        columns = [
            list(values)
            for values in zip(
                *((*key, one.legal_unit_id, one.refused_id) for key, one in sorted(decisions.items())),
                strict=True,
            )
        ]
        connection.execute("insert into told select unnest(?), unnest(?), unnest(?), unnest(?)", columns)
    connection.execute(
        f"""create table decisions as select distinct company_id, customer_key, told.decided_id, refused_id
        from told inner join parties using (customer_key) where company = {customer_key("company_id")}"""
    )


# What is written of a customer, the surest first. A number in a ledger is believed where the register's unit of that
# number bears a like name, or no register tells.
_GIVEN = """
create table customers as
select company_id, customer_key, any_value(name order by party_key) as name,
    min(party_key) as party_key,
    any_value(columns(['country_code', 'declared_id', 'siret', 'vat_id', 'postcode', 'city', 'parent_id',
        'first_invoice_date', 'ledger_ids'])),
    bool_or(is_consumer) as is_consumer
from parties group by all;

create table given as
with told as (
    select company_id, customer_key, 1 as rank, 'decision' as method, decided_id as unit, null as establishment
    from decisions where decided_id is not null
    union all
    select company_id, customer_key, 2, 'declared', declared_id, null from customers where declared_id is not null
    union all
    select company_id, customer_key, 3, 'siret', left(siret, 9), siret from customers where siret is not null
    union all
    select company_id, customer_key, 4, 'vat_number', vat_id, null from customers where vat_id is not null
    union all
    select company_id, customer_key, 5, 'ledger_id',
        case when starts_with(number, 'FR') then substr(number, 5) else left(number, 9) end,
        case when length(number) = 14 then number end
    from (select company_id, customer_key, unnest(ledger_ids) as number from customers)
)
select company_id, customer_key, method, unit, max(establishment) as establishment,
    count(*) over (partition by company_id, customer_key) as units
from (
    select told.* from told inner join customers using (company_id, customer_key)
    qualify rank = min(rank) over (partition by company_id, customer_key)
)
group by company_id, customer_key, method, unit;
"""


def _candidates(connection: duckdb.DuckDBPyConnection) -> None:
    """Table `pairs`: a customer and a name of a unit that share a key; `searched`: how many there were."""
    plain_city = names.place("city")
    connection.execute(
        f"""
create table searchers as
select row_number() over (order by company_id, customer_key) as id, company_id, customer_key, name, postcode,
    nullif({plain_city}, '') as city, country_code, first_invoice_date, {names.plain("name")} as plain_name,
    {names.core("name")} as core_name
from customers anti join (select * from given where method <> 'ledger_id') using (company_id, customer_key)
    anti join (select * from decisions where decided_id is null) using (company_id, customer_key)
where name is not null and not is_consumer;

create table unit_names as
with told as (
    select legal_unit_id, legal_name as name, 0 as rank from units
    union all select legal_unit_id, unnest(string_split(other_names, '|')), 1 from units
    union all select legal_unit_id, trade_name, 2 from establishments
)
select row_number() over (order by legal_unit_id, min(rank), name) as id, legal_unit_id, name,
    {names.plain("name")} as plain_name, {names.core("name")} as core_name,
    -- The same words in another order are the same name.
    array_to_string(list_sort(string_split(core_name, ' ')), ' ') as word_set
from told where trim(coalesce(name, '')) <> '' group by legal_unit_id, name;

create table places as
select distinct legal_unit_id, postcode, city from (
    select legal_unit_id, postcode, nullif({names.place("city")}, '') as city from units
    union all select legal_unit_id, postcode, nullif({names.place("city")}, '') from establishments
) where postcode is not null or city is not null;

create table searched_keys as select distinct id, key from (
    select id, unnest({names.blocks("name")}) as key from searchers
    union all
    -- A register writes the town behind the name where a ledger leaves it out.
    select id, unnest({names.blocks("name || ' ' || city")}) from searchers where city is not null
    union all
    select id, unnest({names.blocks(names.without_town("core_name", "city"))}) from searchers where city is not null
) where key is not null;

create table unit_keys as select distinct id, key from (
    select id, unnest({names.blocks("name")}) as key from unit_names
) where key in (select key from searched_keys);

create table key_widths as select key, count(*) as width from unit_keys group by key;

create table found_pairs as
select searched_keys.id as searcher, unit_keys.id as name_id, sum(cast(1 / sqrt(width) as decimal(9, 6))) as shared
from searched_keys
inner join key_widths using (key)
inner join unit_keys using (key)
where width <= {WIDEST_BLOCK} or starts_with(key, 'g')
group by all;

-- Those that share most, and those whose letters and place are likest: a word misspelt leaves few keys.
create table ranked as
select searcher, name_id,
    row_number() over (partition by searcher order by shared desc, name_id) as by_keys,
    row_number() over (partition by searcher order by likeness desc, name_id) as by_likeness
from (
    select searcher, name_id, any_value(shared) as shared,
        any_value(jaro_winkler_similarity(searchers.core_name, unit_names.core_name)) + max(case
            when searchers.postcode = places.postcode or searchers.city = places.city then 0.2
            when left(searchers.postcode, 2) = left(places.postcode, 2) then 0.1
            else 0 end) as likeness
    from found_pairs
    inner join searchers on searcher = searchers.id
    inner join unit_names on name_id = unit_names.id
    left join places using (legal_unit_id)
    group by searcher, name_id
);

create table searched as
select searcher as id, count(*) as found,
    count(*) filter (where least(by_keys, by_likeness) <= {CANDIDATES}) as looked_at
from ranked group by searcher;

create table pairs as select searcher, name_id from ranked where least(by_keys, by_likeness) <= {CANDIDATES}
union
-- A number of the ledger's is tried against its unit's name.
select searchers.id, unit_names.id from given
inner join searchers using (company_id, customer_key)
inner join unit_names on given.unit = unit_names.legal_unit_id
where given.method = 'ledger_id';
"""
    )


def _score(connection: duckdb.DuckDBPyConnection) -> None:
    """Table `scored`: customer and unit, how alike their names are, how far their places agree, the score."""
    import pyarrow as pa
    from rapidfuzz import process
    from rapidfuzz.distance import OSA

    common = ", ".join(map(quoted, sorted(names.common_words())))
    connection.execute(
        f"""
create table party_words as
select distinct id as searcher, unnest(string_split(core_name, ' ')) as word from searchers;
create table name_words as
select distinct name_id, unnest(string_split(core_name, ' ')) as word
from (select distinct name_id from pairs) inner join unit_names on name_id = unit_names.id;
create table weights as
select word, case
    when word in ({common}) then 1.0 when regexp_full_match(word, '[0-9]+') then 1.0 else 2.5 end as weight
from (select word from party_words union select word from name_words);
create table compared as
select distinct party_words.word as one, name_words.word as other
from pairs inner join party_words using (searcher) inner join name_words using (name_id);
"""
    )
    likeness: pa.Table = connection.sql("select one, other from compared order by all").to_arrow_table()
    ones, others = (likeness.column(name).to_pylist() for name in ("one", "other"))
    connection.register(
        "word_likeness",
        likeness.append_column(
            "osa", pa.array(process.cpdist(ones, others, scorer=OSA.normalized_similarity), pa.float64())
        ),
    )
    whole: pa.Table = connection.sql(
        """select searcher, name_id, replace(searchers.core_name, ' ', '') as one,
            replace(unit_names.core_name, ' ', '') as other
        from pairs inner join searchers on searcher = searchers.id inner join unit_names on name_id = unit_names.id
        order by all"""
    ).to_arrow_table()
    ones, others = (whole.column(name).to_pylist() for name in ("one", "other"))
    starts = [other[: len(one)] for one, other in zip(ones, others, strict=True)]
    for name, against in (("glued", others), ("start", starts)):
        alike = process.cpdist(ones, against, scorer=OSA.normalized_similarity)
        whole = whole.append_column(name, pa.array(alike, pa.float64()))
    connection.register("whole_likeness", whole)
    connection.execute(_SCORED)


# Words are alike by their letters; one may be the other's beginning (shortened, or cut off at the end of the field).
_SHORTENED = ", ".join(f"('{short}', '{word}')" for short, word in names.ABBREVIATIONS.items())
_FORMS = ", ".join(quoted(word) for word in (*names.LEGAL_FORMS, *names.WITHOUT_MEANING) if len(word) > 1)
_ENDS_OF_WORDS = (
    "list_transform(range(1, len(string_split(unit_names.core_name, ' ')) + 1), "
    "lambda n: length(array_to_string(string_split(unit_names.core_name, ' ')[:n], '')))"
)
_IS_TOWN = "list_contains(list_concat(coalesce(towns, []), coalesce(string_split(city, ' '), [])), {word})"
_SCORED = f"""
create table frequencies as
select word, count(distinct legal_unit_id) as units
from (select legal_unit_id, unnest(string_split(core_name, ' ')) as word from unit_names)
where word in (select word from party_words) group by word;

create table likeness as
select one, other, cast(case
    when one = other then 1
    when (one, other) in ({_SHORTENED}) then 0.95
    when (starts_with(one, other) and substr(one, length(other) + 1) in ({_FORMS}))
        or (ends_with(one, other) and left(one, length(one) - length(other)) in ({_FORMS})) then 0.98
    when length(one) >= 3 and starts_with(other, one) then 0.9
    when length(other) >= 4 and starts_with(one, other) and length(one) - length(other) <= 2 then 0.85
    -- A word that others bear is a word, and no misspelling of another.
    when least(length(one), length(other)) >= 4 and osa >= 0.7 and coalesce(units, 0) < {A_WORD}
    then case when translate(one, 'AEIOUYH', '') = translate(other, 'AEIOUYH', '') then greatest(osa, 0.9) else osa end
    else 0 end as decimal(5, 4)) as alike
from word_likeness left join frequencies on word = one;

create table unit_towns as
select legal_unit_id, list_distinct(flatten(list(string_split(city, ' ') order by city))) as towns
from places where city is not null group by legal_unit_id;

-- How far the place of a customer is one of the unit's: 3 town, 2 department, 1 unknown, 0 another.
create table placed as
select searcher, name_id, unit_names.legal_unit_id, any_value(searchers.city) as city, any_value(towns) as towns,
    max(case
        when searchers.postcode = places.postcode or searchers.city = places.city then 3
        when left(searchers.postcode, 2) = left(places.postcode, 2) then 2
        when searchers.postcode <> places.postcode or searchers.city <> places.city then 0
        else 1 end) as nearness
from pairs
inner join searchers on searcher = searchers.id
inner join unit_names on name_id = unit_names.id
left join places using (legal_unit_id)
left join unit_towns using (legal_unit_id)
group by searcher, name_id, unit_names.legal_unit_id;

create table party_side as
select searcher, name_id, any_value(weight) as weight, max(alike) as alike
from pairs
inner join party_words using (searcher)
inner join name_words using (name_id)
inner join likeness on one = party_words.word and other = name_words.word
inner join weights on weights.word = party_words.word
inner join placed using (searcher, name_id)
inner join searchers on searcher = searchers.id
group by searcher, name_id, party_words.word, placed.city, towns, searchers.core_name, searchers.plain_name
having max(alike) >= 0.5 or not (
    {_IS_TOWN.format(word="party_words.word").replace("city", "placed.city")}
    -- What is left of a word where the field ends.
    or length(searchers.plain_name) >= {CUT_FROM} and length(party_words.word) <= 3
    and ends_with(searchers.core_name, ' ' || party_words.word)
);

create table name_side as
select searcher, name_id, any_value(weight) as weight, max(alike) as alike, any_value(units) as units
from pairs
inner join party_words using (searcher)
inner join name_words using (name_id)
inner join likeness on one = party_words.word and other = name_words.word
inner join weights on weights.word = name_words.word
left join frequencies on frequencies.word = name_words.word
inner join placed using (searcher, name_id)
group by searcher, name_id, name_words.word, city, towns
having max(alike) >= 0.5 or not {_IS_TOWN.format(word="name_words.word")};

create table features as
with covered as (
    select searcher, name_id, sum(weight * alike) / sum(weight) as party_part,
        min(alike) as least_alike from party_side group by all
),
covering as (
    select searcher, name_id, sum(weight * alike) / sum(weight) as name_part, min(alike) as least_covered,
        count(*) filter (where alike = 1 and weight > 2) as telling,
        min(units) filter (where alike = 1 and weight > 2) as rarest
    from name_side group by all
),
cores as (select word_set, count(distinct legal_unit_id) as bearers from unit_names group by word_set)
select placed.*, bearers, telling, rarest, least(least_alike, least_covered) >= 0.7 as has_every_word,
    coalesce(2 * party_part * name_part / nullif(party_part + name_part, 0), 0) as by_words,
    -- Words glued or parted; with as many words on both sides, another letter is another word.
    case when len(string_split(searchers.core_name, ' ')) <> len(string_split(unit_names.core_name, ' '))
        and glued >= 0.9 then glued else 0 end as by_letters,
    -- A name cut off within a word of the other.
    case when length(searchers.plain_name) >= {CUT_FROM} and length(one) >= 8 and length(other) > length(one)
        and start >= 0.93 and not list_contains({_ENDS_OF_WORDS}, length(one))
        then 0.97 * start else 0 end as by_start,
    length(searchers.core_name) as letters,
    {names.family_in("searchers.plain_name")} as party_family, {names.family_in("unit_names.plain_name")} as name_family
from placed
inner join searchers on searcher = searchers.id
inner join unit_names on name_id = unit_names.id
inner join cores using (word_set)
inner join whole_likeness using (searcher, name_id)
left join covered using (searcher, name_id)
left join covering using (searcher, name_id);

-- How telling a name is: 2 by rare words, 1 as nobody else bears it, 0 of words that many bear. A name of rare words
-- is enough without a place; one of common words needs the town; a place that differs leaves any name doubtful. In
-- the same town half-alike words are forgiven in part, missing ones are not. Another legal form tells against a unit
-- a little (companies change it), a person where a company is written more.
create table scored as
with evidence as (
    select *, greatest(by_words, by_letters, by_start) as alike, case
        when telling >= 2 or (telling = 1 and rarest <= 10) then 2
        when bearers = 1 and letters >= 8 and (telling >= 1 or by_letters > 0) and not units.is_sole_trader then 1
        else 0 end as strength
    from features inner join (
        select legal_unit_id, coalesce(is_sole_trader or legal_category = '1000', false) as is_sole_trader from units
    ) as units using (legal_unit_id)
),
weighed as (
    select evidence.*, searchers.company_id, searchers.customer_key, units.legal_name, units.postcode, units.city,
        units.administrative_state is not distinct from 'C' as is_ceased,
        alike * case nearness
            when 3 then 1
            when 2 then case strength when 0 then 0.88 else 1 end
            when 1 then case strength when 2 then 1 when 1 then 0.95 else 0.82 end
            else case strength when 2 then 0.88 when 1 then 0.82 else 0.75 end
        end + case when nearness = 3 and (has_every_word or by_letters = alike) then (1 - alike) * 0.3 else 0 end
        - case when party_family = coalesce({names.family_of("units.legal_category")}, name_family, party_family)
            or party_family is null then 0
            when 'EI' in (party_family, {names.family_of("units.legal_category")}) then 0.08 else 0.03 end
        - case when units.administrative_state = 'C' then 0.02 else 0 end as points
    from evidence
    inner join searchers on searcher = searchers.id
    inner join units using (legal_unit_id)
    where not coalesce(units.administrative_state = 'C' and units.state_since < first_invoice_date, false)
        and not coalesce(searchers.country_code <> coalesce(units.country_code, 'FR'), false)
)
select searcher, company_id, customer_key, legal_unit_id, legal_name, postcode, city, is_ceased, nearness,
    cast(alike as decimal(5, 4)) as alike, cast(greatest(0, least(1, points)) as decimal(5, 4)) as score
from weighed
qualify row_number() over (partition by searcher, legal_unit_id order by points desc, alike desc, name_id) = 1;
"""


def _judged(threshold: float) -> str:
    """Table `judged`: a customer, its best answer and what becomes of it."""
    return f"""
create table best as
with ordered as (
    select *, row_number() over (partition by searcher order by score desc, is_ceased, legal_unit_id) as place
    from scored
)
select one.*, (
        select max(other.score) from ordered as other
        where other.searcher = one.searcher and other.place > 1 and (one.is_ceased or not other.is_ceased)
    ) as runner_up,
    -- What sets namesakes apart is the place alone: how rare a name is says nothing of which of them is meant.
    not exists (
        select 1 from ordered as other
        where other.searcher = one.searcher and other.place > 1 and (one.is_ceased or not other.is_ceased)
            and (other.score > one.score - {MARGIN}
                or other.nearness >= one.nearness and other.alike > one.alike - {MARGIN})
    ) as is_alone,
    (select count(*) from ordered as other where other.searcher = one.searcher) as candidates
from ordered as one where place = 1;

-- A number of the ledger's own is believed where its unit bears a like name, or where it is the only one and no
-- register tells; what else is written of a customer is.
create table believed as
with weighed as (
    select given.*, scored.alike, units.legal_unit_id is not null as is_known
    from given
    left join units on given.unit = units.legal_unit_id
    left join scored using (company_id, customer_key)
    where scored.legal_unit_id is null or scored.legal_unit_id = given.unit
    union all
    select given.*, null, units.legal_unit_id is not null from given
    left join units on given.unit = units.legal_unit_id
    where not exists (
        select 1 from scored
        where (scored.company_id, scored.customer_key, scored.legal_unit_id)
            = (given.company_id, given.customer_key, given.unit)
    )
)
select distinct company_id, customer_key, method, unit, establishment, alike from weighed
where method <> 'ledger_id' or coalesce(alike >= {LIKE_NAME}, not is_known and units = 1)
qualify count(distinct unit) over (partition by company_id, customer_key) = 1;

-- A number that is not believed is shown, whatever the names say.
create table claimed as
select company_id, customer_key, min(unit) as unit from given where method = 'ledger_id' group by all;

create table judged as
with answers as (
    select customers.*, believed.method as written, believed.unit, believed.alike, decisions.customer_key as decided,
        best.legal_unit_id as best_id, best.score as best_score, best.is_alone, best.runner_up, best.candidates,
        case when believed.unit is null then claimed.unit end as claimed_id, establishment
    from customers
    left join believed using (company_id, customer_key)
    left join decisions using (company_id, customer_key)
    left join best using (company_id, customer_key)
    left join claimed using (company_id, customer_key)
)
select customers.company_id, customers.customer_key, customers.party_key, customers.name,
    concat_ws(' ', customers.postcode, customers.city) as place,
    coalesce(claimed_id, best_id) as proposed_id,
    case
        when unit is not null then 'accepted'
        when decided is not null then 'refused'
        when claimed_id is not null then 'doubtful'
        when best_score >= {threshold} and is_alone then 'accepted'
        when best_score >= {DOUBTFUL_FROM} then 'doubtful'
        else 'unmatched' end as status,
    case
        when unit is not null then written
        when decided is not null then 'decision'
        when claimed_id is not null then 'ledger_id'
        when best_score >= {DOUBTFUL_FROM} then 'name' end as method,
    case when unit is not null then unit when status = 'accepted' then best_id end as legal_unit_id,
    case when unit is not null
        then coalesce(establishment, case when left(customers.siret, 9) = unit then customers.siret end)
    end as establishment_id,
    customers.parent_id,
    case when written = 'ledger_id' then coalesce(alike, 1) when unit is not null then 1
        when decided is null and method = 'name' then best_score end as score,
    coalesce(candidates, 0) as candidates, runner_up
from answers as customers;
"""


_FROM = {
    "company_id": "parties.company_id",
    "party_key": "parties.party_key",
    "legal_unit_id": "judged.legal_unit_id",
    "parent_id": "judged.parent_id",
    "matched_name": "units.legal_name",
    "runner_up_score": "judged.runner_up",
}
_IDENTITIES = f"""
select {", ".join(f"cast({_FROM.get(name, name)} as {kind}) as {name}" for name, kind in IDENTITIES.items())}
from parties inner join judged using (company_id, customer_key)
left join units on judged.legal_unit_id = units.legal_unit_id
order by parties.company_id, parties.party_key
"""
_DOUBTFUL = """
select company_id, customer_key as customer, coalesce(name, '') as name, place,
    coalesce(proposed_id, '') as proposed_id, coalesce(legal_name, '') as proposed_name,
    concat_ws(' ', units.postcode, units.city) as proposed_place, coalesce(cast(score as varchar), '') as score
from judged
left join units on proposed_id = units.legal_unit_id
where status = 'doubtful'
order by all
"""
__all__ = ["IDENTITIES", "Matched", "Registers", "match"]
