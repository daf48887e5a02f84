"""The statutory page and its workbooks: the law's tables on late payment, terms against the ceiling, penalties.

What belongs here: the layout of art. D441-6 (French in both languages: it is pasted into a French report) and what the
page says beside it. What does not: any figure (`dashboards.statutory_data` reads them).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal

from dashboards.common import fifo_basis, notices
from dashboards.data import Tables
from dashboards.facts import Facts
from dashboards.i18n import Fmt, typography
from dashboards.model import Block, Cell, Column, Page, Table
from dashboards.statutory_data import (
    DETAIL_LIMIT,
    LATE_BUCKETS,
    CustomerPenalties,
    CustomerTerms,
    LateTable,
    SemesterPenalties,
    all_customers,
    all_terms,
    count_rows,
    penalty_rows,
)
from dashboards.workbook import Field, Grid, Heading, Kind, Row, Sheet, Total, Typed, Value

LAW_COLUMNS = (
    "0 jour (indicatif)", "1 à 30 jours", "31 à 60 jours", "61 à 90 jours", "91 jours et plus",
    "Total (1 jour et plus)",
)  # fmt: skip
"""The columns of the law's tables, in its own words."""

CUSTOMERS_SHOWN = 20
"""Customers named in the table of penalties; the workbook names them all."""

_ORDER = ("0_days", *LATE_BUCKETS, "total")
_TITLES = {
    "I": "Factures émises non réglées à la date de clôture de l'exercice dont le terme est échu (art. D. 441-6, I, 2°)",
    "II": "Factures émises ayant connu un retard de paiement au cours de l'exercice (art. D. 441-6, II)",
}
_ISSUED = "Factures émises"
_A = "(A) Tranches de retard de paiement"
_B = "(B) Factures exclues du (A) relatives à des créances litigieuses ou non comptabilisées"
_C = "(C) Délais de paiement de référence utilisés (contractuel ou délai légal : art. L. 441-10 ou L. 441-11)"


@dataclass(frozen=True)
class LawRow:
    """A row of the law's table: a heading alone, one value for the whole width, or one a column."""

    label: str
    values: Sequence[Value] = ()
    kind: Kind = "text"


def law_rows(f: Fmt, table: LateTable, number: str) -> list[LawRow]:
    """The rows of table I or II, in the law's words. `f` writes French."""
    total, excluded = table.total, table.buckets["disputed"]
    basis = basis_name(f, total.tax_basis)
    cells = [table.buckets[name] for name in _ORDER]
    edges: list[Value] = [cells[0].invoice_count, None, None, None, None, total.invoice_count]
    amounts = [cell.amount for cell in cells]
    shares = [cell.share_of_amount for cell in cells]
    if number == "I":
        rows = [
            LawRow("Nombre de factures concernées", edges, "integer"),
            LawRow(f"Montant total des factures concernées ({basis})", amounts, "money"),
            LawRow(f"Pourcentage du chiffre d'affaires de l'exercice ({basis})", shares, "share"),
        ]
    else:
        counted: list[Value] = [cells[0].share_of_count, None, None, None, None, total.share_of_count]
        rows = [
            LawRow("Nombre cumulé de factures concernées", edges, "integer"),
            LawRow(f"Montant cumulé des factures concernées ({basis})", amounts, "money"),
            LawRow("Pourcentage du nombre total de factures émises dans l'année", counted, "share"),
            LawRow(
                f"Pourcentage du montant total des factures émises dans l'année ({basis})", shares, "share"
            ),
        ]
    used = f.t(
        "statutory.reference_terms",
        contractual=f.n("statutory.invoices", total.contractual_count),
        contractual_amount=f.cents(total.contractual_amount),
        legal=f.n("statutory.invoices", total.legal_count),
        legal_amount=f.cents(total.legal_amount),
    )
    rows = [
        LawRow(_A),
        *rows,
        LawRow(_B),
        LawRow("Nombre des factures exclues", [excluded.invoice_count], "integer"),
        LawRow(f"Montant total des factures exclues ({basis})", [excluded.amount], "money"),
        LawRow(_C),
        LawRow("Délais de paiement utilisés pour le calcul des retards de paiement", [used]),
    ]
    return [LawRow(typography(row.label, "fr"), row.values, row.kind) for row in rows]


def basis_name(f: Fmt, basis: str) -> str:
    """`HT` or `TTC`; in English `excl. VAT` or `incl. VAT`."""
    return f.t(f"statutory.basis.{basis}")


def year_name(f: Fmt, table: LateTable) -> str:
    """`exercice du 1er janvier au 31 décembre 2025`, marked when provisional."""
    cell = table.total
    if not cell.is_provisional:
        return f.t("statutory.year", start=f.day(cell.fiscal_year_start), end=f.day(cell.fiscal_year_end))
    return f.t("statutory.year.open", start=f.day(cell.fiscal_year_start), day=f.day(cell.closing_date))


# --- the page ------------------------------------------------------------------------------------------------------


def build(f: Fmt, facts: Facts) -> Page:
    """The statutory page of one company in one language."""
    found = facts.statutory
    latest = found.years[0]
    blocks = [
        Block(
            heading=f.t("statutory.unpaid"),
            lead=f"{f.sentence(year_name(f, found.tables[latest, 'I']))}. {unpaid_note(f, facts, latest)}",
            table=law_table(f, facts, latest, "I"),
            more=() if f.locale == "fr" else [gloss(f)],
            id="unpaid",
        ),
        Block(
            heading=f.t("statutory.late"),
            lead=late_note(f, facts, latest),
            table=law_table(f, facts, latest, "II"),
            id="late",
        ),
        Block(
            heading=f.t("statutory.tie"),
            lead=f.t("statutory.tie.lead"),
            table=tie_table(f, facts),
            id="tie",
        ),
    ]
    if len(found.years) > 1:
        blocks.append(
            Block(
                heading=f.t("statutory.earlier"),
                more=[
                    law_table(f, facts, year, number) for year in found.years[1:] for number in ("I", "II")
                ],
                id="earlier",
            )
        )
    blocks += [terms_block(f, facts), *penalties_blocks(f, facts)]
    return Page(
        slug="statutory",
        name=f.t("page.statutory"),
        title=headline(f, facts),
        lead=f.t(
            "statutory.lead", basis=f.t(f"statutory.basis.{found.tables[latest, 'I'].total.tax_basis}.long")
        ),
        notices=notices(f, facts),
        blocks=blocks,
        workbooks=("statutory", "penalties"),
    )


def headline(f: Fmt, facts: Facts) -> str:
    """What is unpaid and past due at the last closing, as a share of the year's turnover."""
    total = facts.statutory.tables[facts.statutory.years[0], "I"].total
    values = {"day": f.day(total.closing_date), "basis": basis_name(f, total.tax_basis)}
    if total.invoice_count == 0:
        return f.t("statutory.headline.none", day=values["day"])
    values |= {"amount": f.cents(total.amount), "invoices": f.n("statutory.invoices", total.invoice_count)}
    if total.share_of_amount is None:
        return f.t("statutory.headline.alone", **values)
    return f.t("statutory.headline", **values, share=f.percent(total.share_of_amount, 1))


def law_table(f: Fmt, facts: Facts, year: date, number: str) -> Table:
    """One of the law's tables, in French whatever the page's language."""
    french = replace(f, locale="fr")
    table = facts.statutory.tables[year, number]
    written = {"integer": french.integer, "money": french.cents, "text": str}

    def cell(value: Value, kind: Kind) -> str:
        if value is None:
            return ""
        if kind == "share":
            return french.percent(float(str(value)), 2)
        return str(written[kind](value))  # type: ignore[operator]

    rows: list[list[str | Cell]] = [
        [row.label, *(cell(value, row.kind) for value in row.values)]
        for row in law_rows(french, table, number)
    ]
    return Table(
        caption=typography(f"{_TITLES[number]} – {year_name(french, table)}", "fr"),
        columns=[Column(_ISSUED), *(Column(typography(name, "fr"), "number") for name in LAW_COLUMNS)],
        rows=rows,
        id=f"table-{number}-{year.isoformat()}",
        lang="fr",
    )


def gloss(f: Fmt) -> Table:
    """What the French headings mean."""
    words = (LAW_COLUMNS[0], "(A)", "(B)", "(C)", "Chiffre d'affaires", "HT / TTC")
    keys = ("zero", "a", "b", "c", "turnover", "basis")
    return Table(
        caption=f.t("statutory.gloss"),
        columns=[Column(f.t("col.french")), Column(f.t("col.meaning"))],
        rows=[
            [typography(word, "fr"), f.t(f"statutory.gloss.{key}")]
            for word, key in zip(words, keys, strict=True)
        ],
    )


def unpaid_note(f: Fmt, facts: Facts, year: date) -> str:
    """How to read table I, and what the ledger does not tell of it, each with its number."""
    table = facts.statutory.tables[year, "I"]
    said = [f.t("statutory.note.unpaid"), f.t("statutory.note.disputed")]
    unknown = table.buckets["due_date_unknown"]
    if unknown.invoice_count:
        said.append(f.n("statutory.note.undated", unknown.invoice_count, amount=f.cents(unknown.amount)))
    return " ".join([*said, *_vat_note(f, table)])


def late_note(f: Fmt, facts: Facts, year: date) -> str:
    """How to read table II, and what the ledger does not tell of it."""
    table = facts.statutory.tables[year, "II"]
    return " ".join([f.t("statutory.note.late"), *_vat_note(f, table)])


def _vat_note(f: Fmt, table: LateTable) -> list[str]:
    total = table.total
    if total.tax_basis == "including_vat" or not total.vat_unknown_count:
        return []
    return [f.n("statutory.note.vat", total.vat_unknown_count, amount=f.cents(total.vat_unknown_amount))]


def tie_table(f: Fmt, facts: Facts) -> Table:
    """From the ageing to table I, a column a fiscal year."""
    years = facts.statutory.years
    items = [item.item for item in facts.statutory.tie[years[0]]]
    amounts = {(year, item.item): item.amount for year in years for item in facts.statutory.tie[year]}
    rows: list[list[str | Cell]] = []
    for item in items:
        cells: list[str | Cell] = []
        for year in years:
            amount = amounts[year, item]
            if item == "difference" and amount is not None:
                cells.append(Cell(f.cents(amount), "late" if amount else "ok"))
            else:
                cells.append(f.cents(amount))
        rows.append([f.t(f"statutory.tie.{item}"), *cells])
    closings = [facts.statutory.tables[year, "I"].total.closing_date for year in years]
    return Table(
        caption=f.t("statutory.tie.caption"),
        columns=[Column(f.t("col.closing")), *(Column(f.day_short(day), "number") for day in closings)],
        rows=rows,
    )


def terms_block(f: Fmt, facts: Facts) -> Block:
    """Agreed terms against the legal ceiling, in the latest fiscal year."""
    found = facts.statutory
    if not found.verdicts:
        return Block(heading=f.t("statutory.terms"), lead=f.t("statutory.terms.none"), id="terms")
    year = found.verdicts[0].fiscal_year
    verdicts = [v for v in found.verdicts if v.fiscal_year == year]
    over = [v for v in verdicts if v.verdict == "over"]
    unjudged = sum((v.amount for v in verdicts if v.verdict == "not_judged"), Decimal(0))
    total = sum((v.amount for v in verdicts), Decimal(0))
    lead = (
        f.n("statutory.terms.over", over[0].customers, year=year)
        if over
        else f.t("statutory.terms.within", year=year)
    )
    if unjudged and total > 0:
        lead += " " + f.t(
            "statutory.terms.unjudged", amount=f.cents(unjudged), share=f.percent(unjudged / total, 0)
        )
    return Block(
        heading=f.t("statutory.terms"),
        lead=lead,
        table=Table(
            caption=f.t("statutory.terms.caption", year=year),
            columns=[
                Column(f.t("col.verdict")),
                Column(f.t("col.customers"), "number"),
                Column(f.t("col.invoices"), "number"),
                Column(f.t("col.amount_vat"), "number"),
            ],
            rows=[
                [verdict_name(f, v.verdict), f.integer(v.customers), f.integer(v.invoices), f.cents(v.amount)]
                for v in verdicts
            ],
        ),
        more=[terms_table(f, found.terms)] if found.terms else [],
        note=f.t("statutory.terms.note"),
        id="terms",
    )


def verdict_name(f: Fmt, verdict: str) -> str:
    return f.t(f"verdict.{verdict}")


def terms_table(f: Fmt, terms: Sequence[CustomerTerms]) -> Table:
    """Customers whose terms go beyond 60 days, or their sector's ceiling, in the latest fiscal year."""
    return Table(
        caption=f.t("statutory.terms.customers"),
        columns=[
            Column(f.t("col.customer")),
            Column(f.t("col.terms")),
            *(
                Column(f.t(f"col.{name}"), "number")
                for name in ("ceiling", "longest", "beyond_net", "beyond_45_eom", "beyond_eom_45")
            ),
            Column(f.t("col.verdict")),
            Column(f.t("col.amount_vat"), "number"),
            Column(f.t("col.of_which_over"), "number"),
        ],
        rows=[
            [
                t.name,
                agreed(f, t),
                f.integer(t.ceiling_days),
                f.integer(t.longest_term_days),
                f.integer(t.days_beyond_net),
                f.integer(t.days_beyond_45_then_end_of_month),
                f.integer(t.days_beyond_end_of_month_then_45),
                Cell(verdict_name(f, t.verdict), "late" if t.verdict == "over" else "plain"),
                f.cents(t.amount),
                f.cents(t.over_amount),
            ]
            for t in terms
        ],
    )


def agreed(f: Fmt, terms: CustomerTerms) -> str:
    """The terms as written, or where the due dates come from."""
    return terms.agreed_terms or f.t(f"due.{terms.due_date_source}")


def penalties_blocks(f: Fmt, facts: Facts) -> list[Block]:
    """What could be claimed for late payment: by customer, by semester."""
    found = facts.statutory
    if not found.semesters:
        return [
            Block(heading=f.t("statutory.penalties"), lead=f.t("statutory.penalties.none"), id="penalties")
        ]
    lead = f.t(
        "statutory.penalties.lead",
        total=f.cents(found.interest + found.indemnity),
        interest=f.cents(found.interest),
        indemnity=f.cents(found.indemnity),
        customers=f.n("statutory.customers", found.penalised_customers),
    )
    said = [f.t("statutory.penalties.rule")]
    if found.unpriced:
        names = f.names(sorted({semester_name(f, s.semester_start) for s in found.unpriced}))
        said.append(f.t("statutory.penalties.unpriced", semesters=names))
    refused = sorted({s.semester_start for s in found.semesters if s.is_contract_rate_refused})
    if refused:
        names = f.names([semester_name(f, day) for day in refused])
        said.append(f.t("statutory.penalties.refused", semesters=names))
    return [
        Block(
            heading=f.t("statutory.penalties"),
            lead=f"{lead} {fifo_basis(f, facts)}.",
            table=customers_table(f, facts),
            note=" ".join(said),
            id="penalties",
        ),
        Block(
            heading=f.t("statutory.semesters"),
            lead=f.t("statutory.semesters.lead"),
            table=semesters_table(f, found.semesters),
            id="semesters",
        ),
    ]


def semester_name(f: Fmt, start: date) -> str:
    """`1er semestre 2025`, `first half of 2025`."""
    return f.t("statutory.semester.1" if start.month == 1 else "statutory.semester.2", year=start.year)


def _penalty_amounts(c: CustomerPenalties) -> tuple[int, int, Decimal, Decimal, Decimal]:
    return c.invoices, c.open_invoices, c.interest, c.indemnity, c.interest + c.indemnity


def customers_table(f: Fmt, facts: Facts) -> Table:
    """The customers that owe the most penalties, the rest in one line, the total."""
    found = facts.statutory
    shown = found.customers[:CUSTOMERS_SHOWN]
    interest = sum((c.interest for c in shown), Decimal(0))
    indemnity = sum((c.indemnity for c in shown), Decimal(0))

    def amounts(interest: Decimal, indemnity: Decimal) -> list[str | Cell]:
        return [f.cents(interest), f.cents(indemnity), f.cents(interest + indemnity)]

    foot: list[list[str | Cell]] = []
    rest = found.penalised_customers - len(shown)
    if rest:
        others = amounts(found.interest - interest, found.indemnity - indemnity)
        foot.append([f.n("ageing.rest", rest), "", "", *others])
    foot.append([f.t("col.total"), "", "", *amounts(found.interest, found.indemnity)])
    return Table(
        caption=f.t("statutory.penalties.caption", day=f.day(facts.as_of)),
        columns=[
            Column(f.t("col.customer")),
            *(Column(f.t(f"col.{name}"), "number") for name in ("late_invoices", "still_open")),
            *(Column(f.t(f"col.{name}"), "number") for name in ("interest", "indemnity", "total")),
        ],
        rows=[
            [c.name, f.integer(c.invoices), f.integer(c.open_invoices), *amounts(c.interest, c.indemnity)]
            for c in shown
        ],
        foot=foot,
    )


def rate_text(f: Fmt, rate: Decimal | None) -> str:
    """`12,15 %`, or an en dash where no rate is confirmed."""
    return f.percent(None if rate is None else rate / 100, 2)


def semesters_table(f: Fmt, semesters: Sequence[SemesterPenalties]) -> Table:
    """Rates and amounts by semester and source of rate."""
    return Table(
        caption=f.t("statutory.semesters.caption"),
        columns=[
            Column(f.t("col.semester")),
            Column(f.t("col.rate_source")),
            *(Column(f.t(f"col.{name}"), "number") for name in ("rate", "minimum_rate", "late_invoices")),
            *(Column(f.t(f"col.{name}"), "number") for name in ("interest", "indemnity")),
        ],
        rows=[
            [
                semester_name(f, s.semester_start),
                f.t(f"rate.{s.rate_source}"),
                rate_text(f, s.rate_pct),
                rate_text(f, s.minimum_rate_pct),
                f.integer(s.invoices),
                f.cents(s.interest),
                f.cents(s.indemnity),
            ]
            for s in semesters
        ],
    )


# --- the workbooks -------------------------------------------------------------------------------------------------


def sheets(f: Fmt, facts: Facts, tables: Tables) -> list[Sheet]:
    """The law's tables, a sheet a fiscal year; the tie-out; every customer's terms."""
    found = facts.statutory
    company = facts.company
    made = [law_sheet(f, facts, year) for year in found.years]
    years = found.years
    amounts = {(year, item.item): item.amount for year in years for item in found.tie[year]}
    made.append(
        Sheet(
            f.t("statutory.tie"),
            [
                Grid(
                    columns=[
                        Field(f.t("col.closing"), width=44),
                        *(
                            Field(f.day_short(found.tables[year, "I"].total.closing_date), "money")
                            for year in years
                        ),
                    ],
                    rows=[
                        [f.t(f"statutory.tie.{item.item}"), *(amounts[year, item.item] for year in years)]
                        for item in found.tie[years[0]]
                    ],
                    title=f.t("statutory.tie.caption"),
                )
            ],
        )
    )
    terms = all_terms(tables, company.company_id)
    left_out = count_rows(tables, "rpt_payment_terms_compliance", company.company_id) - len(terms)
    made.append(
        Sheet(
            f.t("statutory.terms"),
            [
                Grid(
                    columns=[
                        Field(f.t("col.fiscal_year"), width=10),
                        Field(f.t("col.customer_id"), width=14),
                        Field(f.t("col.customer"), width=36),
                        Field(f.t("col.terms")),
                        *(
                            Field(f.t(f"col.{name}"), "integer", 14)
                            for name in ("ceiling", "longest", "beyond_net", "beyond_45_eom", "beyond_eom_45")
                        ),
                        Field(f.t("col.verdict"), width=52),
                        Field(f.t("col.invoices"), "integer"),
                        Field(f.t("col.amount_vat"), "money"),
                        Field(f.t("col.of_which_over"), "money"),
                    ],
                    rows=[
                        [
                            str(t.fiscal_year),
                            t.customer_id,
                            t.name,
                            agreed(f, t),
                            t.ceiling_days,
                            t.longest_term_days,
                            t.days_beyond_net,
                            t.days_beyond_45_then_end_of_month,
                            t.days_beyond_end_of_month_then_45,
                            verdict_name(f, t.verdict),
                            t.invoice_count,
                            t.amount,
                            t.over_amount,
                        ]
                        for t in terms
                    ],
                    notes=left_out_note(f, left_out, "rpt_payment_terms_compliance"),
                )
            ],
        )
    )
    return made


def law_sheet(f: Fmt, facts: Facts, year: date) -> Sheet:
    """Both tables of one fiscal year, in the law's layout."""
    french = replace(f, locale="fr")
    first = facts.statutory.tables[year, "I"]
    total = first.total
    lead = [
        facts.company.name,
        f.sentence(year_name(french, first)),
        french.t("statutory.sheet.basis", basis=basis_name(french, total.tax_basis), currency=f.currency),
    ]
    grids = []
    for number in ("I", "II"):
        rows: list[Row] = []
        for row in law_rows(french, facts.statutory.tables[year, number], number):
            if row.values:
                rows.append([row.label, *(Typed(value, row.kind) for value in row.values)])
            else:
                rows.append(Heading(row.label))
        grids.append(
            Grid(
                columns=[Field(_ISSUED, width=64), *(Field(name, "money", 18) for name in LAW_COLUMNS)],
                rows=rows,
                title=typography(_TITLES[number], "fr"),
                lead=lead,
                notes=[(unpaid_note if number == "I" else late_note)(french, facts, year)],
            )
        )
    return Sheet(
        french.t(
            "statutory.sheet", start=total.fiscal_year_start.isoformat(), end=total.closing_date.isoformat()
        ),
        grids,
    )


def left_out_note(f: Fmt, left_out: int, table: str) -> list[str]:
    """Says what a detail of `DETAIL_LIMIT` rows leaves out, and where it is."""
    if left_out <= 0:
        return []
    return [f.n("workbook.left_out", left_out, limit=f.integer(DETAIL_LIMIT), table=f"marts/{table}.parquet")]


def penalty_sheets(f: Fmt, facts: Facts, tables: Tables) -> list[Sheet]:
    """Penalties by customer, by semester, and by invoice and semester."""
    found = facts.statutory
    key = facts.company.company_id
    customers = all_customers(tables, key)
    rows: list[Row] = [[c.customer_id, c.name, *_penalty_amounts(c)] for c in customers]
    details = [
        [
            row["customer_id"],
            row["name"],
            row["document_number"],
            row["due_date"],
            semester_name(f, row["semester_start"]),
            row["first_day"],
            row["last_day"],
            row["days"],
            row["amount_days"],
            None if row["rate_pct"] is None else row["rate_pct"] / 100,
            f.t(f"rate.{row['rate_source']}"),
            row["interest"],
            row["indemnity"],
        ]
        for row in penalty_rows(tables, key)
    ]
    left_out = count_rows(tables, "fct_late_payment_penalties", key) - len(details)
    total = Total(
        [
            f.t("col.total"),
            None,
            None,
            None,
            found.interest,
            found.indemnity,
            found.interest + found.indemnity,
        ]
    )
    return [
        Sheet(
            f.t("statutory.sheet.customers"),
            [
                Grid(
                    columns=[
                        Field(f.t("col.customer_id"), width=14),
                        Field(f.t("col.customer"), width=36),
                        *(
                            Field(f.t(f"col.{name}"), "integer", 14)
                            for name in ("late_invoices", "still_open")
                        ),
                        *(Field(f.t(f"col.{name}"), "money") for name in ("interest", "indemnity", "total")),
                    ],
                    rows=[*rows, total],
                    notes=left_out_note(
                        f, found.penalised_customers - len(customers), "fct_late_payment_penalties"
                    ),
                )
            ],
        ),
        Sheet(
            f.t("statutory.semesters"),
            [
                Grid(
                    columns=[
                        Field(f.t("col.semester")),
                        Field(f.t("col.rate_source"), width=36),
                        *(Field(f.t(f"col.{name}"), "share") for name in ("rate", "minimum_rate")),
                        Field(f.t("col.late_invoices"), "integer", 14),
                        *(Field(f.t(f"col.{name}"), "money") for name in ("interest", "indemnity")),
                    ],
                    rows=[
                        [
                            semester_name(f, s.semester_start),
                            f.t(f"rate.{s.rate_source}"),
                            None if s.rate_pct is None else s.rate_pct / 100,
                            None if s.minimum_rate_pct is None else s.minimum_rate_pct / 100,
                            s.invoices,
                            s.interest,
                            s.indemnity,
                        ]
                        for s in found.semesters
                    ],
                    notes=[f.t("statutory.penalties.rule"), f.t("statutory.semesters.lead")],
                )
            ],
        ),
        Sheet(
            f.t("statutory.sheet.invoices"),
            [
                Grid(
                    columns=[
                        Field(f.t("col.customer_id"), width=14),
                        Field(f.t("col.customer"), width=36),
                        Field(f.t("col.document"), width=18),
                        Field(f.t("col.due_date"), "date"),
                        Field(f.t("col.semester"), width=20),
                        Field(f.t("col.first_day"), "date"),
                        Field(f.t("col.last_day"), "date"),
                        Field(f.t("col.days"), "integer"),
                        Field(f.t("col.amount_days"), "money", 18),
                        Field(f.t("col.rate"), "share"),
                        Field(f.t("col.rate_source"), width=30),
                        Field(f.t("col.interest"), "money"),
                        Field(f.t("col.indemnity"), "money"),
                    ],
                    rows=details,
                    notes=left_out_note(f, left_out, "fct_late_payment_penalties"),
                )
            ],
        ),
    ]
