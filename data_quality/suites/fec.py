"""The ledger (FEC): what must hold before a figure is drawn from it. DOMAIN §1 gives the meaning.

Severities: what makes a figure wrong or unaccountable is an error; what is usual in real ledgers, or only widens
what has to be assumed, is a warning that the auditor reads.
"""

from __future__ import annotations

from data_quality.results import Severity
from data_quality.rules import Rule, Threshold
from data_quality.suites.common import column_rules, file_rules


def _line_rule(
    name: str,
    value: str,
    severity: Severity,
    column: str | None,
    what: tuple[str, str],
    remedy: tuple[str, str],
    passed: tuple[str, str],
) -> Rule:
    """A rule that no line of a file may break.

    Args:
        what: English and French, after the number: `line|lines without account`, split where singular and plural
            differ.
        remedy: English and French: consequence and what to do.
        passed: English and French: what holds of every line.
    """
    return Rule(
        name=name,
        profile="fec_files",
        value=value,
        severity=severity,
        table="fec_lines",
        column=column,
        subject="file_name",
        count=value,
        optional=True,
        failed=f"{{file_name}}: {{{value}:count:{what[0]}}} (first: line {{{value}_first_line:n}}); {remedy[0]}",
        failed_fr=f"{{file_name}} : {{{value}:count:{what[1]}}} (la première : ligne {{{value}_first_line:n}}) ; "
        f"{remedy[1]}",
        passed=f"{passed[0]}, in {{subjects:count:file|files}}.",
        passed_fr=f"{passed[1]} ({{subjects:count:fichier|fichiers}}).",
    )


_LANDED = (
    Rule(
        name="fec_files_are_registered",
        profile="fec_files",
        value="is_not_registered",
        severity="error",
        table="fec_files",
        column="source_id",
        subject="file_name",
        failed="{file_name}: landing says that the file is used, but it is not among the files of this run, so "
        "none "
        "of its lines would count; land it again.",
        failed_fr="{file_name} : le chargement dit ce fichier utilisé, mais il ne figure pas parmi ceux de ce "
        "traitement : aucune de ses lignes ne compterait. Rechargez-le.",
        passed="Every ledger file said to be used is in this run ({subjects:count:file|files}).",
        passed_fr="Chaque fichier comptable utilisé figure dans ce traitement ({subjects:count:fichier|fichiers}).",
    ),
    Rule(
        name="fec_accepted_rows_are_landed",
        profile="fec_files",
        value="rows_not_landed",
        severity="error",
        table="fec_lines",
        column="line_number",
        subject="file_name",
        count="rows_not_landed",
        optional=True,
        failed="{file_name}: {rows_accepted:count:row was|rows were} accepted but {line_count:n} landed; land the "
        "file again, and report the fault if it stays.",
        failed_fr="{file_name} : {rows_accepted:count:ligne acceptée|lignes acceptées} mais {line_count:n} "
        "chargées ; "
        "rechargez le fichier et signalez l'anomalie si elle persiste.",
        passed="Every accepted row is in the landed table, in {subjects:count:file|files}.",
        passed_fr="Chaque ligne acceptée figure dans la table chargée ({subjects:count:fichier|fichiers}).",
    ),
    Rule(
        name="fec_debits_are_landed",
        profile="fec_files",
        value="debit_cents_not_landed",
        unit="cents",
        severity="error",
        table="fec_lines",
        column="Debit",
        subject="file_name",
        optional=True,
        failed="{file_name}: accepted debits are {debit_cents:money} but landed ones "
        "{landed_debit_cents:money}; land "
        "the file again, and report the fault if it stays.",
        failed_fr="{file_name} : débits acceptés {debit_cents:money}, débits chargés {landed_debit_cents:money} ; "
        "rechargez le fichier et signalez l'anomalie si elle persiste.",
        passed="Debits landed equal debits accepted to the cent, in {subjects:count:file|files}.",
        passed_fr="Débits chargés = débits acceptés, au centime ({subjects:count:fichier|fichiers}).",
    ),
    Rule(
        name="fec_credits_are_landed",
        profile="fec_files",
        value="credit_cents_not_landed",
        unit="cents",
        severity="error",
        table="fec_lines",
        column="Credit",
        subject="file_name",
        optional=True,
        failed="{file_name}: accepted credits are {credit_cents:money} but landed ones "
        "{landed_credit_cents:money}; "
        "land the file again, and report the fault if it stays.",
        failed_fr="{file_name} : crédits acceptés {credit_cents:money}, crédits chargés "
        "{landed_credit_cents:money} ; "
        "rechargez le fichier et signalez l'anomalie si elle persiste.",
        passed="Credits landed equal credits accepted to the cent, in {subjects:count:file|files}.",
        passed_fr="Crédits chargés = crédits acceptés, au centime ({subjects:count:fichier|fichiers}).",
    ),
    Rule(
        name="fec_rejected_cents_are_listed",
        profile="fec_files",
        value="rejected_cents_unlisted",
        unit="cents",
        severity="error",
        table="rejected_rows",
        column="debit",
        subject="file_name",
        failed="{file_name}: the refused rows hold {debit_rejected_cents:money} of debits and "
        "{credit_rejected_cents:money} of credits, which their list does not add up to "
        "({rejected_cents_unlisted:money} apart); land the file again.",
        failed_fr="{file_name} : les lignes refusées portent {debit_rejected_cents:money} au débit et "
        "{credit_rejected_cents:money} au crédit, mais leur liste n'y conduit pas (écart : "
        "{rejected_cents_unlisted:money}) ; rechargez le fichier.",
        passed="The amounts of refused rows add up to what landing states, in {subjects:count:file|files}.",
        passed_fr="Les montants des lignes refusées s'additionnent au total annoncé "
        "({subjects:count:fichier|fichiers}).",
    ),
    Rule(
        name="fec_file_has_lines",
        profile="fec_files",
        value="line_count",
        arguments={"min_value": 1},
        severity="error",
        table="fec_lines",
        column=None,
        subject="file_name",
        optional=True,
        failed="{file_name}: no line was landed; check that the export covers the year, or remove the file.",
        failed_fr="{file_name} : aucune ligne chargée ; vérifiez que l'export couvre l'exercice, ou retirez le "
        "fichier.",
        passed="Each of {subjects:count:file|files} has ledger lines.",
        passed_fr="Chaque fichier contient des écritures ({subjects:count:fichier|fichiers}).",
    ),
    Rule(
        name="fec_line_numbers_are_unique",
        profile="fec_files",
        value="repeated_line_numbers",
        severity="error",
        table="fec_lines",
        column="line_number",
        subject="file_name",
        count="repeated_line_numbers",
        optional=True,
        failed="{file_name}: {repeated_line_numbers:count:line was|lines were} landed more than once; land the "
        "file "
        "again.",
        failed_fr="{file_name} : {repeated_line_numbers:count:ligne chargée|lignes chargées} plusieurs fois ; "
        "rechargez le fichier.",
        passed="Every line of a file was landed once, in {subjects:count:file|files}.",
        passed_fr="Chaque ligne est chargée une seule fois ({subjects:count:fichier|fichiers}).",
    ),
)

_LINES = (
    _line_rule(
        "fec_accounts_are_given",
        "null_accounts",
        "error",
        "CompteNum",
        ("line has no account|lines have no account", "ligne sans compte|lignes sans compte"),
        (
            "give them their CompteNum, no balance can be drawn from them.",
            "renseignez CompteNum : aucun solde ne peut en être tiré.",
        ),
        ("Every line has an account", "Chaque ligne a un compte"),
    ),
    _line_rule(
        "fec_entry_dates_are_given",
        "null_entry_dates",
        "error",
        "EcritureDate",
        ("line has no accounting date|lines have no accounting date", "ligne sans date|lignes sans date"),
        (
            "give them their EcritureDate, they belong to no month.",
            "renseignez EcritureDate : elles n'appartiennent à aucun mois.",
        ),
        ("Every line has an accounting date", "Chaque ligne a une date comptable"),
    ),
    _line_rule(
        "fec_amounts_are_given",
        "null_amounts",
        "error",
        "Debit",
        (
            "line lacks its debit or credit|lines lack their debit or credit",
            "ligne sans montant|lignes sans montant",
        ),
        (
            "land the file again: a blank amount must be read as 0.00.",
            "rechargez le fichier : un montant vide vaut 0,00.",
        ),
        (
            "Every line has a debit and a credit, 0.00 included",
            "Chaque ligne a un débit et un crédit, 0,00 compris",
        ),
    ),
    _line_rule(
        "fec_journals_are_given",
        "null_journals",
        "warning",
        "JournalCode",
        ("line has no journal|lines have no journal", "ligne sans journal|lignes sans journal"),
        (
            "they are grouped into entries by their number alone; give them their JournalCode.",
            "elles sont regroupées en écritures par leur seul numéro ; renseignez JournalCode.",
        ),
        ("Every line has a journal", "Chaque ligne a un journal"),
    ),
    _line_rule(
        "fec_entry_numbers_are_given",
        "null_entry_numbers",
        "warning",
        "EcritureNum",
        (
            "line has no entry number|lines have no entry number",
            "ligne sans numéro d'écriture|lignes sans numéro d'écriture",
        ),
        (
            "which lines belong together is deduced; have the software number its entries (art. A47 A-1 LPF).",
            "leur regroupement est déduit ; faites numéroter les écritures (art. A47 A-1 LPF).",
        ),
        ("Every line has an entry number", "Chaque ligne a un numéro d'écriture"),
    ),
    _line_rule(
        "fec_dates_are_in_fiscal_year",
        "dates_outside",
        "warning",
        "EcritureDate",
        (
            "line is dated outside {fiscal_year_start:date} to {fiscal_year_end:date}|"
            "lines are dated outside {fiscal_year_start:date} to {fiscal_year_end:date}",
            "ligne datée hors de l'exercice, du {fiscal_year_start:date} au {fiscal_year_end:date}|"
            "lignes datées hors de l'exercice, du {fiscal_year_start:date} au {fiscal_year_end:date}",
        ),
        (
            "they count at the edge of the year; check the dates or the year that was exported.",
            "elles comptent à la borne de l'exercice ; vérifiez les dates ou l'exercice exporté.",
        ),
        ("Every accounting date lies in the fiscal year", "Chaque date comptable est dans l'exercice"),
    ),
    _line_rule(
        "fec_accounts_are_of_a_known_class",
        "unknown_classes",
        "warning",
        "CompteNum",
        (
            "line is on an account outside classes 1 to 8|lines are on accounts outside classes 1 to 8",
            "ligne sur un compte hors des classes 1 à 8|lignes sur des comptes hors des classes 1 à 8",
        ),
        (
            "they are kept and read as neither sale nor payment; check the chart of accounts.",
            "elles sont gardées sans être lues comme vente ni paiement ; vérifiez le plan de comptes.",
        ),
        ("Every account belongs to classes 1 to 8", "Chaque compte est des classes 1 à 8"),
    ),
    _line_rule(
        "fec_amounts_are_not_negative",
        "negative_amounts",
        "warning",
        "Debit",
        (
            "line has a negative debit or credit|lines have a negative debit or credit",
            "ligne au débit ou crédit négatif|lignes au débit ou crédit négatif",
        ),
        (
            "a negative debit is read as a credit, and the reverse; balances are not affected.",
            "un débit négatif est lu comme un crédit, et inversement ; les soldes n'en dépendent pas.",
        ),
        ("No debit or credit is negative", "Aucun débit ni crédit n'est négatif"),
    ),
    _line_rule(
        "fec_lines_carry_an_amount",
        "zero_lines",
        "warning",
        "Debit",
        (
            "line has neither debit nor credit|lines have neither debit nor credit",
            "ligne sans débit ni crédit|lignes sans débit ni crédit",
        ),
        ("they are kept and weigh nothing.", "elles sont gardées et ne pèsent rien."),
        ("Every line has an amount other than zero", "Chaque ligne porte un montant non nul"),
    ),
    _line_rule(
        "fec_lines_have_one_side",
        "two_sided_lines",
        "warning",
        "Credit",
        (
            "line has both a debit and a credit|lines have both a debit and a credit",
            "ligne à la fois au débit et au crédit|lignes à la fois au débit et au crédit",
        ),
        (
            "their difference is used; have the software export one side a line.",
            "leur différence est retenue ; faites exporter un seul sens par ligne.",
        ),
        ("No line has both a debit and a credit", "Aucune ligne n'est à la fois au débit et au crédit"),
    ),
    _line_rule(
        "fec_lines_are_validated",
        "draft_lines",
        "warning",
        "ValidDate",
        (
            "line is a draft, without validation date|lines are drafts, without validation date",
            "ligne en brouillard, sans date de validation|lignes en brouillard, sans date de validation",
        ),
        (
            "they count, and may still change: validate the period before relying on its figures.",
            "elles comptent et peuvent encore changer : validez la période avant de vous fier à ses chiffres.",
        ),
        ("Every line is validated", "Chaque ligne est validée"),
    ),
    _line_rule(
        "fec_document_dates_are_plausible",
        "late_documents",
        "warning",
        "PieceDate",
        (
            "receivable line has a document dated over 31 days after its entry|"
            "receivable lines have documents dated over 31 days after their entry",
            "ligne client dont la pièce est datée plus de 31 jours après l'écriture|"
            "lignes clients dont la pièce est datée plus de 31 jours après l'écriture",
        ),
        (
            "due dates and ages count from that date; check the dates of those documents.",
            "échéances et âges partent de cette date ; vérifiez la date de ces pièces.",
        ),
        (
            "No receivable's document is dated long after its entry",
            "Aucune pièce client n'est datée bien après son écriture",
        ),
    ),
)

_ENTRIES = (
    Rule(
        name="fec_file_balances",
        profile="fec_files",
        value="difference_cents",
        unit="cents",
        severity="error",
        table="fec_lines",
        column="Debit",
        subject="file_name",
        optional=True,
        failed="{file_name}: debits are {landed_debit_cents:money} and credits {landed_credit_cents:money}, "
        "{difference_cents:money} apart, so the file is not a whole ledger ({rows_rejected:count:row|rows} "
        "refused); "
        "mend the refused rows and export the year again, all journals included.",
        failed_fr="{file_name} : débits {landed_debit_cents:money}, crédits {landed_credit_cents:money}, soit "
        "un écart "
        "de {difference_cents:money} : le fichier n'est pas une comptabilité complète "
        "({rows_rejected:count:ligne refusée|lignes refusées}) ; corrigez les lignes refusées et exportez de "
        "nouveau "
        "l'exercice, tous journaux compris.",
        passed="Debits equal credits to the cent, in {subjects:count:file|files}.",
        passed_fr="Débits = crédits au centime ({subjects:count:fichier|fichiers}).",
    ),
    Rule(
        name="fec_entries_balance",
        profile="fec_files",
        value="unbalanced_entries",
        severity="warning",
        table="fec_lines",
        column="EcritureNum",
        subject="file_name",
        count="unbalanced_entries",
        optional=True,
        failed="{file_name}: {unbalanced_entries:count:entry does|entries do} not balance, of {entries:n}: "
        "{unbalanced_examples:entries}; they are kept and listed in quality.unbalanced_entries; have the "
        "accountant "
        "correct them.",
        failed_fr="{file_name} : {unbalanced_entries:count:écriture déséquilibrée|écritures déséquilibrées} sur "
        "{entries:n} : {unbalanced_examples:entries} ; elles sont gardées et listées dans "
        "quality.unbalanced_entries ; "
        "faites-les corriger en comptabilité.",
        passed="Every entry balances to the cent, in {subjects:count:file|files}.",
        passed_fr="Chaque écriture est équilibrée au centime ({subjects:count:fichier|fichiers}).",
    ),
    Rule(
        name="fec_unbalanced_entries_are_few",
        profile="fec_files",
        value="unbalanced_share",
        arguments={"min_value": 0, "max_value": Threshold("unbalanced_share")},
        unit="share",
        severity="error",
        table="fec_lines",
        column="EcritureNum",
        subject="file_name",
        count="unbalanced_entries",
        optional=True,
        failed="{file_name}: {unbalanced_share:pct} of the entries do not balance ({unbalanced_entries:n} of "
        "{entries:n}, such as {unbalanced_examples:entries}), more than the {maximum:pct} allowed: sales could "
        "not be "
        "told from payments; check EcritureNum in the export, or correct the entries.",
        failed_fr="{file_name} : {unbalanced_share:pct} des écritures sont déséquilibrées "
        "({unbalanced_entries:n} sur "
        "{entries:n}, dont {unbalanced_examples:entries}), au-delà de la limite de {maximum:pct} : ventes et "
        "paiements "
        "ne pourraient être distingués ; vérifiez EcritureNum dans l'export, ou corrigez les écritures.",
        passed="At most {maximum:pct} of the entries do not balance, in {subjects:count:file|files}.",
        passed_fr="Au plus {maximum:pct} d'écritures déséquilibrées ({subjects:count:fichier|fichiers}).",
    ),
    Rule(
        name="fec_unbalanced_entries_are_listed",
        profile="fec_files",
        value="unbalanced_unlisted",
        severity="error",
        table="unbalanced_entries",
        column="entry_number",
        subject="file_name",
        count="unbalanced_unlisted",
        optional=True,
        failed="{file_name}: {unbalanced_entries:count:entry does|entries do} not balance in the landed table but "
        "quality.unbalanced_entries lists {unbalanced_listed:n}; land the file again.",
        failed_fr="{file_name} : {unbalanced_entries:count:écriture déséquilibrée|écritures déséquilibrées} "
        "dans la "
        "table chargée, mais quality.unbalanced_entries en liste {unbalanced_listed:n} ; rechargez le fichier.",
        passed="The list of unbalanced entries is complete, for {subjects:count:file|files}.",
        passed_fr="La liste des écritures déséquilibrées est complète ({subjects:count:fichier|fichiers}).",
    ),
    Rule(
        name="fec_entries_have_one_date",
        profile="fec_files",
        value="entries_of_several_dates",
        severity="warning",
        table="fec_lines",
        column="EcritureDate",
        subject="file_name",
        count="entries_of_several_dates",
        optional=True,
        failed="{file_name}: {entries_of_several_dates:count:entry spans|entries span} several dates (first: line "
        "{entries_of_several_dates_first_line:n}): a number may be used twice; check the numbering of that "
        "journal.",
        failed_fr="{file_name} : {entries_of_several_dates:count:écriture porte|écritures portent} plusieurs "
        "dates (la "
        "première : ligne {entries_of_several_dates_first_line:n}) : un numéro sert peut-être deux fois ; "
        "vérifiez la "
        "numérotation de ce journal.",
        passed="Every entry has one date, in {subjects:count:file|files}.",
        passed_fr="Chaque écriture a une seule date ({subjects:count:fichier|fichiers}).",
    ),
    Rule(
        name="fec_entry_numbers_identify_entries",
        profile="fec_files",
        value="entry_key",
        expectation="ExpectColumnValuesToBeInSet",
        arguments={"value_set": ["journal_number"]},
        unit="text",
        severity="warning",
        table="fec_lines",
        column="EcritureNum",
        subject="file_name",
        optional=True,
        failed="{file_name}: EcritureNum is constant or blank, so entries are told apart by journal, number, "
        "date and "
        "document reference; have the software number its entries (art. A47 A-1 LPF).",
        failed_fr="{file_name} : EcritureNum est constant ou vide ; les écritures sont distinguées par journal, "
        "numéro, "
        "date et référence de pièce. Faites numéroter les écritures (art. A47 A-1 LPF).",
        passed="Journal and entry number identify the entries, in {subjects:count:file|files}.",
        passed_fr="Journal et numéro identifient les écritures ({subjects:count:fichier|fichiers}).",
    ),
)

_YEARS = (
    Rule(
        name="fec_no_year_is_missing",
        profile="fec_years",
        value="gap_days",
        arguments={"min_value": 0, "max_value": Threshold("gap_days")},
        unit="days",
        severity="error",
        table="fec_files",
        column="fiscal_year_start",
        subject="fiscal_year_name",
        count="gap_days",
        optional=True,
        failed="{file_names}: no ledger covers {gap_start:date} to {gap_end:date}, between fiscal years "
        "{previous_year} "
        "and {fiscal_year}; add the file of that period, or remove the years before it.",
        failed_fr="{file_names} : aucune comptabilité ne couvre la période du {gap_start:date} au "
        "{gap_end:date}, entre "
        "les exercices {previous_year} et {fiscal_year} ; ajoutez le fichier de cette période, ou retirez les "
        "exercices antérieurs.",
        passed="No period is missing between the fiscal years loaded.",
        passed_fr="Aucune période ne manque entre les exercices chargés.",
    ),
    Rule(
        name="fec_years_do_not_overlap",
        profile="fec_years",
        value="overlap_days",
        unit="days",
        severity="error",
        table="fec_files",
        column="fiscal_year_start",
        subject="fiscal_year_name",
        count="overlap_days",
        optional=True,
        failed="{file_names}: fiscal year {fiscal_year} starts on {fiscal_year_start:date}, before "
        "{previous_year} ends "
        "on {previous_end:date}, so lines would count twice; keep one file for those "
        "{overlap_days:count:day|days}.",
        failed_fr="{file_names} : l'exercice {fiscal_year} commence le {fiscal_year_start:date}, avant la fin de "
        "{previous_year} le {previous_end:date} : des lignes compteraient deux fois ; gardez un seul fichier pour "
        "{overlap_days:plural:ce jour|ces jours}.",
        passed="No two fiscal years overlap.",
        passed_fr="Les exercices ne se chevauchent pas.",
    ),
    Rule(
        name="fec_has_receivables",
        profile="fec_years",
        value="receivable_lines",
        arguments={"min_value": 1},
        severity="warning",
        table="fec_lines",
        column="CompteNum",
        subject="fiscal_year_name",
        failed="{file_names}: fiscal year {fiscal_year} has no line on accounts 411, 413 or 416, so there is no "
        "receivable to analyse; check that the export includes the customer accounts.",
        failed_fr="{file_names} : l'exercice {fiscal_year} n'a aucune ligne sur les comptes 411, 413 ou 416 : "
        "il n'y a "
        "pas de créance à analyser ; vérifiez que l'export comprend les comptes clients.",
        passed="There are lines on accounts 411, 413 or 416 in {subjects:count:fiscal year|fiscal years}.",
        passed_fr="Des lignes existent sur les comptes 411, 413 ou 416 ({subjects:count:exercice|exercices}).",
    ),
    Rule(
        name="fec_sales_go_through_customers",
        profile="fec_years",
        value="customer_sales_share",
        arguments={"min_value": Threshold("customer_sales_share")},
        unit="share",
        severity="warning",
        table="fec_lines",
        column="CompteNum",
        subject="fiscal_year_name",
        optional=True,
        failed="{file_names}: almost no receivables: {customer_sales_cents:money} of the {sales_cents:money} of "
        "sales "
        "(accounts 70) of fiscal year {fiscal_year} are booked against a customer ({customer_sales_share:pct}); "
        "the "
        "rest is till sales or booked elsewhere, and DSO says nothing of it.",
        failed_fr="{file_names} : presque aucune créance : sur {sales_cents:money} de ventes (comptes 70) de "
        "l'exercice {fiscal_year}, {customer_sales_cents:money} passent par un compte client "
        "({customer_sales_share:pct}) ; le reste est vendu au comptant ou comptabilisé ailleurs, et le DSO n'en "
        "dit "
        "rien.",
        passed="At least {minimum:pct} of sales are booked against customers, in "
        "{subjects:count:fiscal year|fiscal years}.",
        passed_fr="Au moins {minimum:pct} des ventes passent par un compte client "
        "({subjects:count:exercice|exercices}).",
    ),
    Rule(
        name="fec_receivables_move_regularly",
        profile="fec_years",
        value="customer_months_share",
        arguments={"min_value": Threshold("customer_months_share")},
        unit="share",
        severity="warning",
        table="fec_lines",
        column="CompteNum",
        subject="fiscal_year_name",
        count="receivable_lines",
        optional=True,
        failed="{file_names}: almost no receivables: accounts 411, 413 and 416 move in {customer_months:n} of the "
        "{active_months:count:month|months} of fiscal year {fiscal_year} ({receivable_lines:count:line|lines} in "
        "all); DSO, ageing and risk rest on those alone, and nothing is made up for the other sales.",
        failed_fr="{file_names} : presque aucune créance : les comptes 411, 413 et 416 ne bougent que sur "
        "{customer_months:n} des {active_months:n} mois de l'exercice {fiscal_year} "
        "({receivable_lines:count:ligne|lignes} en tout) ; DSO, balance âgée et risque ne reposent que sur elles, "
        "et rien n'est supposé des autres ventes.",
        passed="Customer accounts move in at least {minimum:pct} of the months, in "
        "{subjects:count:fiscal year|fiscal years}.",
        passed_fr="Les comptes clients bougent sur au moins {minimum:pct} des mois "
        "({subjects:count:exercice|exercices}).",
    ),
    Rule(
        name="fec_receivables_name_a_customer",
        profile="fec_years",
        value="unidentified_share",
        arguments={"min_value": 0, "max_value": Threshold("unidentified_share")},
        unit="share",
        severity="warning",
        table="fec_lines",
        column="CompAuxNum",
        subject="fiscal_year_name",
        count="unidentified_lines",
        optional=True,
        failed="{file_names}: {unidentified_lines:count:receivable line|receivable lines} of fiscal year "
        "{fiscal_year} "
        "({unidentified_share:pct}, {unidentified_cents:money}; first: line {unidentified_first_line:n}) "
        "{unidentified_lines:plural:names|name} no customer and "
        "{unidentified_lines:plural:stands|stand} under UNIDENTIFIED; export the auxiliary account (CompAuxNum).",
        failed_fr="{file_names} : {unidentified_lines:count:ligne client|lignes clients} de l'exercice "
        "{fiscal_year} "
        "({unidentified_share:pct}, {unidentified_cents:money} ; la première : ligne "
        "{unidentified_first_line:n}) sans "
        "client désigné, sous UNIDENTIFIED ; exportez le compte auxiliaire (CompAuxNum).",
        passed="At most {maximum:pct} of the receivable lines name no customer, in "
        "{subjects:count:fiscal year|fiscal years}.",
        passed_fr="Au plus {maximum:pct} des lignes clients sont sans client désigné "
        "({subjects:count:exercice|exercices}).",
    ),
    Rule(
        name="fec_receivables_are_lettered",
        profile="fec_years",
        value="lettering_groups",
        arguments={"min_value": 1},
        severity="warning",
        table="fec_lines",
        column="EcritureLet",
        subject="fiscal_year_name",
        optional=True,
        failed="{file_names}: none of the {receivable_lines:n} receivable lines of fiscal year {fiscal_year} is "
        "lettered, so payments are matched by reference, amount and age alone; letter the customer accounts before "
        "exporting for firmer payment delays.",
        failed_fr="{file_names} : aucune des {receivable_lines:n} lignes clients de l'exercice {fiscal_year} n'est "
        "lettrée : les paiements sont rapprochés par référence, montant et ancienneté ; lettrez les comptes "
        "clients "
        "avant l'export pour des délais plus sûrs.",
        passed="Customer accounts are lettered, in {subjects:count:fiscal year|fiscal years}.",
        passed_fr="Les comptes clients sont lettrés ({subjects:count:exercice|exercices}).",
    ),
    Rule(
        name="fec_lettering_follows_documents",
        profile="fec_years",
        value="early_letterings",
        severity="warning",
        table="fec_lines",
        column="EcritureLet",
        subject="fiscal_year_name",
        count="early_letterings",
        optional=True,
        failed="{file_names}: in fiscal year {fiscal_year}, {early_letterings:count:lettering|letterings} "
        "{early_letterings:plural:settles|settle} documents with money dated before any of them (first: code "
        "{early_example}, line {early_first_line:n}); settlement counts from the document's date: book deposits on "
        "4191, or check those dates.",
        failed_fr="{file_names} : exercice {fiscal_year}, {early_letterings:count:lettrage solde|lettrages soldent} "
        "des pièces par des règlements qui leur sont tous antérieurs (le premier : code {early_example}, ligne "
        "{early_first_line:n}) ; le règlement compte à la date de la pièce : passez les acomptes en 4191, ou vérifiez "
        "ces dates.",
        passed="No lettering settles documents with money dated before all of them, in "
        "{subjects:count:fiscal year|fiscal years}.",
        passed_fr="Aucun lettrage ne solde des pièces par des règlements qui leur sont tous antérieurs "
        "({subjects:count:exercice|exercices}).",
    ),
    Rule(
        name="fec_document_dates_are_given",
        profile="fec_years",
        value="undated_share",
        arguments={"min_value": 0, "max_value": Threshold("undated_share")},
        unit="share",
        severity="warning",
        table="fec_lines",
        column="PieceDate",
        subject="fiscal_year_name",
        count="undated_lines",
        optional=True,
        failed="{file_names}: {undated_lines:count:receivable line|receivable lines} of fiscal year {fiscal_year} "
        "({undated_share:pct}; first: line {undated_first_line:n}) {undated_lines:plural:has|have} no usable "
        "PieceDate: "
        "age and due date count from EcritureDate; export the date of the document.",
        failed_fr="{file_names} : {undated_lines:count:ligne client|lignes clients} de l'exercice {fiscal_year} "
        "({undated_share:pct} ; la première : ligne {undated_first_line:n}) sans PieceDate exploitable : âge et "
        "échéance "
        "partent d'EcritureDate ; exportez la date de la pièce.",
        passed="At most {maximum:pct} of the receivable lines lack a document date, in "
        "{subjects:count:fiscal year|fiscal years}.",
        passed_fr="Au plus {maximum:pct} des lignes clients sont sans date de pièce "
        "({subjects:count:exercice|exercices}).",
    ),
    Rule(
        name="fec_openings_are_present",
        profile="fec_years",
        value="opening_lines",
        arguments={"min_value": 1},
        severity="warning",
        table="fec_lines",
        column="JournalCode",
        subject="fiscal_year_name",
        optional=True,
        failed="{file_names}: fiscal year {fiscal_year} brings no receivable forward although "
        "{previous_closing_cents:money}"
        " stood open at the end of {previous_year}; the years are chained as if they were one: book the "
        "openings, or add "
        "their journal to opening_journals.",
        failed_fr="{file_names} : l'exercice {fiscal_year} ne reprend aucune créance alors que "
        "{previous_closing_cents:money} restaient ouverts à la fin de {previous_year} ; les exercices sont "
        "enchaînés comme "
        "un seul : passez les à-nouveaux, ou ajoutez leur journal à opening_journals.",
        passed="Each year brings the receivables of the previous one forward "
        "({subjects:count:fiscal year|fiscal years}).",
        passed_fr="Chaque exercice reprend les créances du précédent ({subjects:count:exercice|exercices}).",
    ),
    Rule(
        name="fec_openings_continue_closings",
        profile="fec_years",
        value="opening_difference_cents",
        unit="cents",
        severity="warning",
        table="fec_lines",
        column="Debit",
        subject="fiscal_year_name",
        optional=True,
        failed="{file_names}: fiscal year {fiscal_year} opens with {opening_cents:money} on 411, 413 and 416 where "
        "{previous_year} closes with {previous_closing_cents:money}, {opening_difference_cents:money} apart; the "
        "difference is itemised as opening_difference: use the final export of {previous_year}.",
        failed_fr="{file_names} : l'exercice {fiscal_year} s'ouvre sur {opening_cents:money} en 411, 413 et "
        "416, alors "
        "que {previous_year} se clôt sur {previous_closing_cents:money} (écart : "
        "{opening_difference_cents:money}) ; la "
        "différence figure en opening_difference : fournissez l'export définitif de {previous_year}.",
        passed="Openings equal the previous closing on 411, 413 and 416, in "
        "{subjects:count:fiscal year|fiscal years}.",
        passed_fr="Les à-nouveaux égalent la clôture précédente en 411, 413 et 416 "
        "({subjects:count:exercice|exercices}).",
    ),
)

_COMPANY = (
    Rule(
        name="fec_lines_belong_to_a_used_file",
        profile="fec_company",
        value="orphan_lines",
        severity="error",
        table="fec_lines",
        column="source_id",
        count="orphan_lines",
        failed="{company_name}: {orphan_lines:count:ledger line belongs|ledger lines belong} to no file of this "
        "run "
        "(source {orphan_source}); land the files again.",
        failed_fr="{company_name} : {orphan_lines:count:ligne n'appartient|lignes n'appartiennent} à aucun "
        "fichier de ce "
        "traitement (source {orphan_source}) ; rechargez les fichiers.",
        passed="Every ledger line belongs to a file of this run.",
        passed_fr="Chaque ligne comptable appartient à un fichier de ce traitement.",
    ),
    Rule(
        name="fec_has_lines_by_as_of",
        profile="fec_company",
        value="lines_by_as_of",
        arguments={"min_value": 1},
        severity="error",
        table="companies",
        column="as_of",
        failed="{company_name}: no ledger line is dated on or before {as_of:date} (the first is of "
        "{first_date:date}); "
        "choose a later as-of date, or add the ledger of that time.",
        failed_fr="{company_name} : aucune ligne comptable au {as_of:date} ou avant (la première est du "
        "{first_date:date}) ; choisissez une date d'arrêté plus tardive, ou ajoutez la comptabilité de cette "
        "période.",
        passed="The ledger reaches back before the as-of date.",
        passed_fr="La comptabilité commence avant la date d'arrêté.",
    ),
)

RULES: tuple[Rule, ...] = (
    *column_rules("fec"),
    *file_rules("fec", "fec_lines"),
    *_LANDED,
    *_LINES,
    *_ENTRIES,
    *_YEARS,
    *_COMPANY,
)
