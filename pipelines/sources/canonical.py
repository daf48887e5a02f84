"""The tables of a sub-ledger and of the events around it: their columns, types and keys.

What belongs here: the one declaration that readers, mappings, presets, checks and docs share. What does not: reading
a file (`table_files`, `table_query`), typing its texts (`table_parse`), where a configuration says so (`config`).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum


class Kind(StrEnum):
    """What a column holds, and so how its texts are read."""

    TEXT = "text"
    DATE = "date"
    TIMESTAMP = "timestamp"
    MONEY = "money"
    RATE = "rate"
    INTEGER = "integer"
    FLAG = "flag"


DUCKDB_TYPES: Mapping[Kind, str] = {
    Kind.TEXT: "VARCHAR",
    Kind.DATE: "DATE",
    Kind.TIMESTAMP: "TIMESTAMP",
    Kind.MONEY: "DECIMAL(18,2)",
    Kind.RATE: "DECIMAL(18,8)",
    Kind.INTEGER: "INTEGER",
    Kind.FLAG: "BOOLEAN",
}


@dataclass(frozen=True)
class Column:
    """One column of a canonical table.

    Attributes:
        is_required: a row without it is refused, and so is a file whose mapping names no column for it.
        aliases: headers that mean it, lower case letters and digits only, English and French: what `encours map`
            proposes from.
    """

    kind: Kind
    description: str
    is_required: bool = False
    aliases: str = ""


@dataclass(frozen=True)
class Table:
    """One canonical table.

    Attributes:
        key: the column that names a row across files and days; where no column is mapped to it, rows are told apart
            by their content, and a correction cannot find the row it corrects.
        one_of: of these columns a row needs one at least.
        date: the column whose first and last day are told of a file.
        amount: the column whose sums are told of a file, positive as debit and negative as credit; None without.
    """

    description: str
    columns: Mapping[str, Column]
    key: str
    date: str
    amount: str | None = None
    one_of: tuple[str, ...] = ()


_VERSION_COLUMNS = {
    "updated_at": Column(
        Kind.TIMESTAMP,
        "When the row was last changed at its source: of two versions the later counts.",
        aliases="updatedat updated modified lastmodified writedate updateddateutc changedon tms datemodification",
    ),
    "is_cancelled": Column(
        Kind.FLAG,
        "The row was withdrawn at its source: it counts no longer.",
        aliases="iscancelled cancelled canceled isdeleted deleted voided annule supprime",
    ),
}
_CURRENCY_COLUMNS = {
    "currency": Column(
        Kind.TEXT,
        "Three-letter code; the company's where absent.",
        aliases="currency currencycode devise codedevise waers monnaie",
    ),
    "exchange_rate": Column(
        Kind.RATE,
        "Company currency for one unit of the document's.",
        aliases="exchangerate conversionrate taux tauxdechange rate currencyrate kursf",
    ),
    "company_amount": Column(
        Kind.MONEY,
        "The amount in the company's currency, same sign.",
        aliases="companyamount baseamount localamount amountcompanycurrency montantdevisesociete dmbtr",
    ),
}
_MATCHING_NUMBER = Column(
    Kind.TEXT,
    "Rows of one customer that share it are settled against each other, as a lettering code does.",
    aliases="matchingnumber lettrage lettering letter clearingdocument augbl fullreconcileid",
)
_INVOICE_ID = "invoiceid docid documentid facture idfacture factureid"
_CUSTOMER_ID = (
    "customerid customer cust custnumber customernumber customercode client clientid codeclient idclient tiers "
    "codetiers partner partnerid contactid kunnr accountnumber numeroclient debtor debtorid"
)

INVOICES = Table(
    description="One invoice, credit note, deposit or opening item of a customer.",
    key="invoice_id",
    date="issue_date",
    amount="amount",
    one_of=("issue_date", "due_date"),
    columns={
        "invoice_id": Column(Kind.TEXT, "Names the document within its sub-ledger.", aliases=_INVOICE_ID),
        "customer_id": Column(Kind.TEXT, "The customer.", is_required=True, aliases=_CUSTOMER_ID),
        "issue_date": Column(
            Kind.DATE,
            "Date on the document. Where no column is mapped: the due date less the customer's terms.",
            aliases="issuedate invoicedate date docdate documentdate datefacture datepiece bldat postingdate datef",
        ),
        "due_date": Column(
            Kind.DATE,
            "Due date on the document: it comes before any terms.",
            aliases="duedate due dueindate invoicedatedue dateecheance echeance datelimreglement netduedate maturity",
        ),
        "amount": Column(
            Kind.MONEY,
            "Total, tax included, in the document's currency; credit notes negative.",
            is_required=True,
            aliases="amount total invoiceamount totalamount grandtotal amounttotal montant montantttc totalttc wrbtr "
            "totalopenamount amountincltax",
        ),
        "customer_name": Column(
            Kind.TEXT,
            "Name of the customer.",
            aliases="customername name partnername nomclient raisonsociale intitule clientname",
        ),
        "document_type": Column(
            Kind.TEXT,
            "invoice, credit_note, deposit, opening_item or other; told from the sign where absent.",
            aliases="documenttype doctype type movetype typepiece blart transactiontype",
        ),
        "document_number": Column(
            Kind.TEXT,
            "The number customers quote; the id where absent.",
            aliases="documentnumber invoicenumber number numero numerofacture numfacture ref no piece numeropiece",
        ),
        **_CURRENCY_COLUMNS,
        "open_amount": Column(
            Kind.MONEY,
            "What is still open on the day of the export, signed as the amount.",
            aliases="openamount amountdue amountresidual residual outstanding outstandingamount balance openbalance "
            "soldedu resteapayer restearegler solde balancedue",
        ),
        "paid_date": Column(
            Kind.DATE,
            "Day the document was wholly paid; blank while it is not.",
            aliases="paiddate cleardate settleddate fullypaidondate paidon clearingdate augdt datepaiement "
            "datereglement datelettrage paymentdate",
        ),
        "is_disputed": Column(
            Kind.FLAG,
            "Disputed on the day of the export.",
            aliases="isdisputed disputed dispute enlitige litige",
        ),
        "reference": Column(
            Kind.TEXT,
            "The customer's own reference, or the wording.",
            aliases="reference xblnr customerreference pono libelle label memo description",
        ),
        "entry_date": Column(
            Kind.DATE,
            "Day it enters the books; the issue date where absent.",
            aliases="entrydate postingdate accountingdate budat datecomptable",
        ),
        "baseline_date": Column(
            Kind.DATE, "Day from which `terms_days` run.", aliases="baselinedate zfbdt baselinepaymentdate"
        ),
        "terms_days": Column(
            Kind.INTEGER,
            "Net days of the document's own terms.",
            aliases="termsdays zbd1t netdays paymentdays",
        ),
        "vat_amount": Column(
            Kind.MONEY,
            "Tax inside the amount, same sign and currency.",
            aliases="vatamount taxamount amounttax totaltax tva montanttva totaltaxesandcharges",
        ),
        "delivery_method": Column(
            Kind.TEXT,
            "How the document was sent: paper, email, portal, e-invoice…",
            aliases="deliverymethod deliverytype sendingmethod invoicedelivery paperlessbill modeenvoi modedenvoi "
            "canalenvoi canaldenvoi",
        ),
        "matching_number": _MATCHING_NUMBER,
        "snapshot_date": Column(
            Kind.DATE,
            "The day the export speaks of.",
            aliases="snapshotdate exportdate extractdate asof asofdate datedextraction",
        ),
        **_VERSION_COLUMNS,
    },
)

PAYMENTS = Table(
    description="One movement of money: a customer's payment, or a refund or rejection (negative).",
    key="payment_id",
    date="payment_date",
    amount="amount",
    columns={
        "payment_id": Column(
            Kind.TEXT,
            "Names the payment within its sub-ledger.",
            aliases="paymentid idpaiement receiptid rowid",
        ),
        "customer_id": Column(Kind.TEXT, "The customer.", is_required=True, aliases=_CUSTOMER_ID),
        "payment_date": Column(
            Kind.DATE,
            "Day of the bank's line.",
            is_required=True,
            aliases="paymentdate date receiptdate valuedate datepaiement datereglement datep postingdate budat",
        ),
        "amount": Column(
            Kind.MONEY,
            "Money in positive, money out negative, in the payment's currency.",
            is_required=True,
            aliases="amount paidamount paymentamount montant receivedamount totalamount",
        ),
        "customer_name": Column(
            Kind.TEXT, "Name of the customer.", aliases="customername partnername nomclient"
        ),
        **_CURRENCY_COLUMNS,
        "reference": Column(
            Kind.TEXT,
            "The wording: documents it names are settled by it.",
            aliases="reference memo label libelle communication ref remarks description",
        ),
        "invoice_id": Column(
            Kind.TEXT,
            "The one document it pays, where each row names its own.",
            aliases=_INVOICE_ID + " invoicenumber",
        ),
        "matching_number": _MATCHING_NUMBER,
        **_VERSION_COLUMNS,
    },
)

ALLOCATIONS = Table(
    description="Which part of which payment, or credit note, settles which document.",
    key="allocation_id",
    date="allocation_date",
    amount="amount",
    columns={
        "allocation_id": Column(Kind.TEXT, "Names the row within its sub-ledger.", aliases="allocationid id"),
        "invoice_id": Column(
            Kind.TEXT,
            "The document settled.",
            is_required=True,
            aliases=_INVOICE_ID + " referencename debitmoveid",
        ),
        "payment_id": Column(
            Kind.TEXT,
            "The payment, or the credit note, that settles it.",
            is_required=True,
            aliases="paymentid idpaiement parent creditmoveid creditnoteid",
        ),
        "amount": Column(
            Kind.MONEY,
            "In the document's currency, positive; negative takes an earlier allocation back.",
            is_required=True,
            aliases="amount allocatedamount amountapplied montant allocated",
        ),
        "allocation_date": Column(
            Kind.DATE, "Day it was recorded.", aliases="allocationdate date maxdate datelettrage"
        ),
        **_VERSION_COLUMNS,
    },
)

EXCHANGE_RATES = Table(
    description="The rate of a currency from a day on.",
    key="rate_id",
    date="rate_date",
    columns={
        "rate_id": Column(Kind.TEXT, "Names the row.", aliases="rateid"),
        "currency": Column(
            Kind.TEXT, "Three-letter code.", is_required=True, aliases="currency currencycode devise"
        ),
        "rate_date": Column(Kind.DATE, "First day it holds.", is_required=True, aliases="ratedate date"),
        "exchange_rate": Column(
            Kind.RATE,
            "Company currency for one unit.",
            is_required=True,
            aliases="exchangerate rate taux tauxdechange",
        ),
    },
)

_ABOUT = {
    "invoice_id": Column(Kind.TEXT, "The document it is about.", aliases=_INVOICE_ID + " invoicenumber"),
    "customer_id": Column(Kind.TEXT, "The customer it is about.", aliases=_CUSTOMER_ID),
}
_ABOUT_ONE = ("invoice_id", "customer_id")


def _event_id(aliases: str) -> Column:
    return Column(Kind.TEXT, "Names the event.", aliases=aliases)


EVENTS: Mapping[str, Table] = {
    "disputes": Table(
        description="A dispute about a document, or about all of a customer's.",
        key="dispute_id",
        date="opened_on",
        amount="amount",
        one_of=_ABOUT_ONE,
        columns={
            "dispute_id": _event_id("disputeid id"),
            **_ABOUT,
            "opened_on": Column(
                Kind.DATE, "First day.", is_required=True, aliases="openedon opened date dateouverture"
            ),
            "closed_on": Column(
                Kind.DATE, "Day it ended; blank while open.", aliases="closedon closed datecloture"
            ),
            "reason": Column(Kind.TEXT, "Why.", aliases="reason motif cause"),
            "amount": Column(
                Kind.MONEY, "The part disputed; all of it where absent.", aliases="amount montant"
            ),
        },
    ),
    "promises": Table(
        description="A customer's promise to pay; kept or broken is computed.",
        key="promise_id",
        date="promised_on",
        amount="amount",
        one_of=_ABOUT_ONE,
        columns={
            "promise_id": _event_id("promiseid id"),
            **_ABOUT,
            "promised_on": Column(
                Kind.DATE,
                "Day it was given.",
                is_required=True,
                aliases="promisedon promised date datepromesse",
            ),
            "due_on": Column(
                Kind.DATE,
                "Day by which it is to be paid.",
                is_required=True,
                aliases="dueon due duedate echeance promisedate datereglementpromise",
            ),
            "amount": Column(
                Kind.MONEY, "What was promised; all that is open where absent.", aliases="amount montant"
            ),
        },
    ),
    "reminders": Table(
        description="A reminder sent to a customer.",
        key="reminder_id",
        date="sent_on",
        one_of=_ABOUT_ONE,
        columns={
            "reminder_id": _event_id("reminderid id"),
            **_ABOUT,
            "sent_on": Column(
                Kind.DATE, "Day it was sent.", is_required=True, aliases="senton sent date dateenvoi"
            ),
            "level": Column(
                Kind.INTEGER,
                "First, second, third… reminder.",
                aliases="level niveau relance dunninglevel mahns",
            ),
            "channel": Column(Kind.TEXT, "Letter, email, telephone…", aliases="channel canal medium moyen"),
        },
    ),
    "orders": Table(
        description="A customer's order.",
        key="order_id",
        date="ordered_on",
        amount="amount",
        columns={
            "order_id": _event_id("orderid id commande"),
            "customer_id": Column(Kind.TEXT, "The customer.", is_required=True, aliases=_CUSTOMER_ID),
            "ordered_on": Column(
                Kind.DATE,
                "Day of the order.",
                is_required=True,
                aliases="orderedon orderdate date datecommande",
            ),
            "amount": Column(
                Kind.MONEY,
                "Total, company currency.",
                is_required=True,
                aliases="amount total montant totalttc",
            ),
        },
    ),
    "instalments": Table(
        description="One instalment of a plan agreed with a customer.",
        key="instalment_id",
        date="due_on",
        amount="amount",
        one_of=_ABOUT_ONE,
        columns={
            "instalment_id": _event_id("instalmentid id"),
            "plan_id": Column(Kind.TEXT, "The plan it belongs to.", aliases="planid plan echeancier"),
            **_ABOUT,
            "agreed_on": Column(
                Kind.DATE,
                "Day the plan was agreed.",
                is_required=True,
                aliases="agreedon agreed date dateaccord",
            ),
            "due_on": Column(
                Kind.DATE,
                "Day the instalment is due.",
                is_required=True,
                aliases="dueon due duedate echeance",
            ),
            "amount": Column(Kind.MONEY, "What is due that day.", is_required=True, aliases="amount montant"),
        },
    ),
    "insured_limits": Table(
        description="What a credit insurer covers of a customer, from a day to a day.",
        key="limit_id",
        date="valid_from",
        amount="amount",
        columns={
            "limit_id": _event_id("limitid id"),
            "customer_id": Column(Kind.TEXT, "The customer.", is_required=True, aliases=_CUSTOMER_ID),
            "valid_from": Column(
                Kind.DATE, "First day.", is_required=True, aliases="validfrom from start datedebut"
            ),
            "valid_to": Column(Kind.DATE, "Last day; blank while it runs.", aliases="validto to end datefin"),
            "amount": Column(
                Kind.MONEY,
                "The limit, company currency.",
                is_required=True,
                aliases="amount limit insuredlimit montant plafond",
            ),
            "insured_share": Column(
                Kind.RATE, "Share of a loss the insurer bears, 0 to 1.", aliases="insuredshare quotite cover"
            ),
            "insurer": Column(Kind.TEXT, "Who insures.", aliases="insurer assureur"),
        },
    ),
    "overrides": Table(
        description="A person's decision in place of the action proposed for a customer.",
        key="override_id",
        date="decided_on",
        columns={
            "override_id": _event_id("overrideid id"),
            "customer_id": Column(Kind.TEXT, "The customer.", is_required=True, aliases=_CUSTOMER_ID),
            "decided_on": Column(
                Kind.DATE, "Day of the decision.", is_required=True, aliases="decidedon date datedecision"
            ),
            "action": Column(Kind.TEXT, "What is done instead.", is_required=True, aliases="action decision"),
            "reason": Column(Kind.TEXT, "Why.", is_required=True, aliases="reason motif comment"),
            "decided_by": Column(Kind.TEXT, "Who decided.", aliases="decidedby user author auteur"),
            "valid_to": Column(
                Kind.DATE, "Last day it holds; blank: until the next.", aliases="validto until datefin"
            ),
        },
    ),
}

CUSTOMERS = Table(
    description="One customer, from a day on where its terms or limits changed.",
    key="customer_id",
    date="valid_from",
    columns={
        "customer_id": Column(
            Kind.TEXT,
            "The customer, as the ledgers number it.",
            is_required=True,
            aliases="customerid customer customercode customernumber customerno clientid client codeclient code "
            "codetiers tiers numeroclient noclient nclient numclient idclient identifiant compauxnum "
            "compteauxiliaire auxiliaire numerotiers accountnumber",
        ),
        "ledger_customer_id": Column(
            Kind.TEXT,
            "Its number in the statutory ledger, where another.",
            aliases="ledgercustomerid",
        ),
        "valid_from": Column(
            Kind.DATE,
            "First day of what the row says; blank: from the beginning.",
            aliases="validfrom validefrom valablede valabledu apartirdu",
        ),
        "name": Column(
            Kind.TEXT,
            "Name of the customer.",
            aliases="name customername nom nomclient raisonsociale denomination libelle intitule societe clientname "
            "company companyname compauxlib nomtiers",
        ),
        "siren": Column(
            Kind.TEXT,
            "Legal unit: SIREN, or a SIRET that tells it.",
            aliases="siren numerosiren nosiren nsiren sirensiret codesiren idsiren sirennumber",
        ),
        "siret": Column(
            Kind.TEXT,
            "Establishment: SIRET.",
            aliases="siret numerosiret nosiret nsiret codesiret siretnumber l10nfrsiret",
        ),
        "parent_siren": Column(
            Kind.TEXT,
            "Legal unit of its parent company.",
            aliases="parentsiren sirenparent sirenmere sirenmaisonmere sirendugroupe sirengroupe groupsiren sirentete "
            "sirentetedegroupe parentcompanysiren",
        ),
        "postcode": Column(
            Kind.TEXT,
            "Postal code.",
            aliases="postcode postalcode zip zipcode cp codepostal codepost cpostal cpville pstlz billingpostalcode "
            "billingzip postalzip partnerzip adressecodepostal cpclient",
        ),
        "city": Column(
            Kind.TEXT,
            "Town.",
            aliases="city town ville commune localite ort01 billingcity addresscity adresseville villeclient cityname "
            "libellecommune",
        ),
        "vat_number": Column(
            Kind.TEXT,
            "VAT number.",
            aliases="vatnumber vat vatid tva numerotva notva tvaintracommunautaire tvaintracom "
            "numerotvaintracommunautaire identifianttva ntvaintracommunautaire ntva numtva",
        ),
        "country": Column(Kind.TEXT, "Country.", aliases="country countrycode pays codepays"),
        "payment_terms": Column(
            Kind.TEXT,
            "Terms of payment, as `30 EOM`.",
            aliases="paymentterms terms paymentterm conditions condition conditionsdepaiement conditionspaiement "
            "conditiondepaiement conditionsdereglement conditionsreglement conditionreglement delaidepaiement "
            "delaipaiement delaireglement delaidereglement delai delais echeance modalites modalitesdepaiement "
            "conditionsdereglements",
        ),
        "credit_limit": Column(
            Kind.MONEY,
            "Limit of credit, company currency.",
            aliases="creditlimit limit limitedecredit limitecredit plafond plafonddecredit plafondcredit "
            "encoursautorise encoursmax encoursmaximum creditmax",
        ),
        "sector_code": Column(
            Kind.TEXT,
            "Sector, by its NAF code.",
            aliases="sectorcode sector naf codenaf ape codeape secteur codesecteur nafape activite",
        ),
        "is_consumer": Column(
            Kind.FLAG,
            "A private person.",
            aliases="isconsumer consumer particulier estparticulier consommateur b2c",
        ),
        "is_group": Column(
            Kind.FLAG,
            "A company of the same group.",
            aliases="isgroup group groupe intragroupe estgroupe societedugroupe filiale",
        ),
        "is_insured": Column(
            Kind.FLAG,
            "Covered by a credit insurer.",
            aliases="isinsured insured assure estassure clientassure assurancecredit creditinsured",
        ),
        "is_public": Column(
            Kind.FLAG,
            "A public buyer.",
            aliases="ispublic public acheteurpublic estpublic secteurpublic administration",
        ),
    },
)

SUBLEDGER: Mapping[str, Table] = {
    "invoices": INVOICES,
    "payments": PAYMENTS,
    "allocations": ALLOCATIONS,
    "exchange_rates": EXCHANGE_RATES,
}
TABLES: Mapping[str, Table] = {**SUBLEDGER, **EVENTS, "customers": CUSTOMERS}


class Contains(StrEnum):
    """What each export of a table holds."""

    EVERYTHING = "everything"
    """All rows: a row that is gone was withdrawn."""
    CHANGES = "changes"
    """Rows that are new or changed since the export before: a row that is not there is unchanged."""
    OPEN_ITEMS = "open_items"
    """Documents still open: one that is gone was settled since the export before."""


@dataclass(frozen=True)
class Condition:
    """Rows by what stands in one column of the source, case and blanks around ignored.

    Attributes:
        headers: names that the column may bear; the first that is there counts.
        values: the row meets the condition where its text is one of them.
        is_required: a file without the column is refused; else the condition is left out of its reading.
    """

    headers: tuple[str, ...]
    values: tuple[str, ...]
    is_required: bool = True


@dataclass(frozen=True)
class TableSpec:
    """How one configured table is read: the mapping, with what was declared about its formats.

    Attributes:
        table: its name in `TABLES`.
        where: where the configuration says so, for messages: `encours.yml, line 7, key ledgers[0].invoices`.
        columns: canonical column → header, given by the user: each must be there. `BELNR + GJAHR` means the texts of
            both, with a dash between them, where no header is written so: a key of several columns.
        known_columns: canonical column → headers that a preset knows for it, the first that is there counts; a
            canonical name itself is always known.
        only: a row that does not meet all of them is out of scope (counted, not refused).
        leave_out: a row that meets one of them is out of scope.
        negate: a row that meets one of them has the signs of its amounts (`Kind.MONEY`) turned, before anything else.
        values: canonical column → (value as written → what it means).
        date_format: strptime format; None: told from the file, refused where two formats fit.
        decimal: `.` or `,`; None: told from the file, refused where both fit.
        rate_is_inverse: the file's exchange rate is units of the document's currency for one of the company's.
        contains: what each export holds.
    """

    table: str
    where: str
    columns: Mapping[str, str] = field(default_factory=dict)
    known_columns: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    only: tuple[Condition, ...] = ()
    leave_out: tuple[Condition, ...] = ()
    negate: tuple[Condition, ...] = ()
    values: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    date_format: str | None = None
    decimal: str | None = None
    encoding: str | None = None
    separator: str | None = None
    sheet: str | None = None
    header_row: int | None = None
    rate_is_inverse: bool = False
    contains: Contains = Contains.EVERYTHING


@dataclass(frozen=True)
class TableInput:
    """Where one configured table comes from, and how it is read.

    Attributes:
        spec: how it is read.
        pattern: path or glob, relative to the configuration; None for a query.
        database: SQLAlchemy URL, secrets resolved: never shown, logged or written.
        query: SQL; `:cursor` in it stands for the last value landed.
        cursor: column of the query whose highest value is remembered.
        snapshot_format: strptime format of the day in a file's name, where the rows do not bear it.
        max_age_days: beyond this age of the last landing the table is stale; None: never judged.
        ignored: starts of SHA-256 of landed versions that must not count.
    """

    spec: TableSpec
    key: str
    line: int
    pattern: str | None = None
    database: str | None = field(default=None, repr=False)
    query: str | None = None
    cursor: str | None = None
    snapshot_format: str | None = None
    max_age_days: int | None = None
    ignored: tuple[str, ...] = ()


@dataclass(frozen=True)
class Subledger:
    """One sub-ledger of a company: its name tells it from others, its tables are named as in `SUBLEDGER`."""

    name: str
    preset: str | None
    tables: Mapping[str, TableInput]
