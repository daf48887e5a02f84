"""Rules that every source obeys: its tables have their columns, its files are accounted for row by row.

What belongs here: rules that read the same for a ledger and for a list of customers. What does not: what a column
means (the source's own module).
"""

from __future__ import annotations

from data_quality.rules import Rule, Threshold


def column_rules(source: str) -> tuple[Rule, ...]:
    """The landed tables have the columns and types that the models are written for."""
    return (
        Rule(
            name=f"{source}_columns_are_as_declared",
            profile=f"{source}_columns",
            value="actual_type",
            expectation="ExpectColumnPairValuesToBeEqual",
            arguments={"column_A": "actual_type", "column_B": "declared_type"},
            unit="text",
            severity="error",
            table=None,
            column=None,
            subject="full_name",
            failed="{full_name}: the landed column is {actual_type} where {declared_type} is expected; "
            "land the files again with this version of the program.",
            failed_fr="{full_name} : la colonne chargée est de type {actual_type} au lieu de {declared_type} ; "
            "rechargez les fichiers avec cette version du programme.",
            passed="{table_name}: all {subjects:n} columns that the models read exist with their types.",
            passed_fr="{table_name} : les {subjects:n} colonnes lues par les modèles existent, avec leur type.",
        ),
    )


def landed_rule(source: str, table: str) -> Rule:
    """The table that the models read holds the rows that were accepted: neither more nor fewer."""
    return Rule(
        name=f"{source}_accepted_rows_are_landed",
        profile=source,
        value="rows_not_landed",
        severity="error",
        table=table,
        column=None,
        subject="file_name",
        count="rows_not_landed",
        optional=True,
        failed="{file_name}: {rows_accepted:count:row was|rows were} accepted but {rows_not_landed:n} more or fewer "
        "landed; land the file again, and report the fault if it stays.",
        failed_fr="{file_name} : {rows_accepted:count:ligne acceptée|lignes acceptées}, mais {rows_not_landed:n} de "
        "plus ou de moins dans la table chargée ; rechargez le fichier et signalez l'anomalie si elle persiste.",
        passed="Every accepted row is in the landed table.",
        passed_fr="Chaque ligne acceptée figure dans la table chargée.",
    )


def file_rules(source: str, table: str) -> tuple[Rule, ...]:
    """Every row of every file read is either accepted or refused, and each refused one can be looked up."""
    profile = f"{source}_files"
    return (
        Rule(
            name=f"{source}_rows_are_accounted",
            profile=profile,
            value="rows_unaccounted",
            severity="error",
            table="sources",
            column="rows_read",
            subject="file_name",
            failed="{file_name}: {rows_read:count:row was|rows were} read but {rows_accepted:n} accepted, "
            "{rows_rejected:n} refused and {rows_out_of_scope:n} left out, so {rows_unaccounted:n} cannot be "
            "accounted for; land the file again, and report the fault if it stays.",
            failed_fr="{file_name} : {rows_read:count:ligne lue|lignes lues}, {rows_accepted:n} acceptées, "
            "{rows_rejected:n} refusées et {rows_out_of_scope:n} écartées ; {rows_unaccounted:n} sans "
            "explication. Rechargez le fichier et signalez l'anomalie si elle persiste.",
            passed="Rows read = rows accepted + refused + left out (about nobody known), in "
            "{subjects:count:file|files}.",
            passed_fr="Lignes lues = acceptées + refusées + écartées (sans lien avec un client), dans "
            "{subjects:count:fichier|fichiers}.",
        ),
        Rule(
            name=f"{source}_rejected_rows_are_listed",
            profile=profile,
            value="rejects_unlisted",
            severity="error",
            table="rejected_rows",
            column="line_number",
            subject="file_name",
            failed="{file_name}: {rows_rejected:count:row was|rows were} refused but "
            "{listed_rows:count:is|are} listed with line and reason; land the file again so that each can be "
            "shown.",
            failed_fr="{file_name} : {rows_rejected:count:ligne refusée|lignes refusées}, mais {listed_rows:n} "
            "seulement dans la liste avec ligne et motif ; rechargez le fichier pour que chacune puisse être "
            "montrée.",
            passed="Every refused row is listed with its line, reason and text, in {subjects:count:file|files}.",
            passed_fr="Chaque ligne refusée figure dans la liste avec sa place, son motif et son texte "
            "({subjects:count:fichier|fichiers}).",
        ),
        Rule(
            name=f"{source}_rows_are_accepted",
            profile=profile,
            value="used_rows_rejected",
            severity="warning",
            table=table,
            column=None,
            subject="file_name",
            count="used_rows_rejected",
            optional=True,
            failed="{file_name}: {used_rows_rejected:count:row|rows} of {rows_read:n} "
            "{used_rows_rejected:plural:was|were} refused ({reject_examples:places}) and "
            "{used_rows_rejected:plural:enters|enter} no figure; correct them where the file comes from and export "
            "it again.",
            failed_fr="{file_name} : {used_rows_rejected:count:ligne refusée|lignes refusées} sur {rows_read:n} "
            "({reject_examples:places}) ; aucun chiffre n'en tient compte. Corrigez dans le logiciel d'origine, "
            "puis exportez de nouveau.",
            passed="No row was refused, in {subjects:count:file|files}.",
            passed_fr="Aucune ligne refusée ({subjects:count:fichier|fichiers}).",
        ),
        Rule(
            name=f"{source}_rejected_rows_are_few",
            profile=profile,
            value="rejected_share",
            arguments={"min_value": 0, "max_value": Threshold("rejected_share")},
            unit="share",
            severity="error",
            table=table,
            column=None,
            subject="file_name",
            count="used_rows_rejected",
            optional=True,
            failed="{file_name}: {rejected_share:pct} of its rows were refused ({judged_rejected:n} of "
            "{judged_rows:n}; {reject_examples:places}), more than the {maximum:pct} allowed; correct the export, "
            "its "
            "figures would be incomplete.",
            failed_fr="{file_name} : {rejected_share:pct} des lignes sont refusées ({judged_rejected:n} sur "
            "{judged_rows:n} ; {reject_examples:places}), au-delà de la limite de {maximum:pct} ; corrigez "
            "l'export : "
            "les chiffres seraient incomplets.",
            passed="At most {maximum:pct} of the rows were refused, in {subjects:count:file|files}.",
            passed_fr="Au plus {maximum:pct} de lignes refusées ({subjects:count:fichier|fichiers}).",
        ),
        Rule(
            name=f"{source}_status_is_known",
            profile=profile,
            value="unknown_status",
            severity="error",
            table="sources",
            column="status",
            subject="file_name",
            failed="{file_name}: landing does not say whether the file was used, superseded or a duplicate; "
            "land it "
            "again.",
            failed_fr="{file_name} : le chargement ne dit pas si le fichier est utilisé, remplacé ou en double ; "
            "rechargez-le.",
            passed="Each of {subjects:count:file|files} is known as used, superseded or duplicate.",
            passed_fr="Le statut de chaque fichier est connu : utilisé, remplacé ou en double "
            "({subjects:count:fichier|fichiers}).",
        ),
        Rule(
            name=f"{source}_files_are_read_once",
            profile=profile,
            value="is_set_aside",
            severity="warning",
            table="sources",
            column="status",
            subject="file_name",
            failed="{file_name}: not used, {status} (the file that counts: {kept_file}); remove it from the "
            "folder if "
            "that is expected.",
            failed_fr="{file_name} : non utilisé, {status_fr} (fichier retenu : {kept_file}) ; retirez-le du "
            "dossier "
            "si c'est attendu.",
            passed="No file repeats or replaces another ({subjects:count:file|files}).",
            passed_fr="Aucun fichier n'en répète ni n'en remplace un autre ({subjects:count:fichier|fichiers}).",
        ),
        Rule(
            name=f"{source}_reader_has_no_remark",
            profile=profile,
            value="remark_count",
            severity="warning",
            table="sources",
            column="warnings",
            subject="file_name",
            count="remark_count",
            failed="{file_name}: the reader remarks: {remarks:list}.",
            failed_fr="{file_name} : remarque du lecteur : {remarks:list}.",
            passed="The reader has no remark on {subjects:count:file|files}.",
            passed_fr="Aucune remarque du lecteur ({subjects:count:fichier|fichiers}).",
        ),
    )
