"""The words of the record of processing. French, then English.

What belongs here: the messages of `dashboards.processing`. What does not: any other message (`dashboards.messages`).
"""

from __future__ import annotations

PROCESSING_MESSAGES: dict[str, tuple[str, str]] = {
    "processing": ("Registre des traitements", "Record of processing"),
    "processing.lead.one": (
        "{n} client sur {customers} est une personne physique. Registre tenu selon l'article 30 du RGPD, "
        "d'après la "
        "configuration et les données de cette publication.",
        "{n} customer of {customers} is a natural person. Record kept by article 30 GDPR, from the "
        "configuration and "
        "the data of this release.",
    ),
    "processing.lead.other": (
        "{n} clients sur {customers} sont des personnes physiques. Registre tenu selon l'article 30 du "
        "RGPD, d'après la "
        "configuration et les données de cette publication.",
        "{n} customers of {customers} are natural persons. Record kept by article 30 GDPR, from the "
        "configuration and "
        "the data of this release.",
    ),
    "processing.caption": (
        "Registre des traitements, article 30 du RGPD",
        "Record of processing, article 30 GDPR",
    ),
    "processing.col.item": ("Rubrique", "Item"),
    "processing.col.told": ("Contenu", "Content"),
    "processing.controller": ("Responsable du traitement", "Controller"),
    "processing.controller.told": ("{name}, SIREN {siren}.", "{name}, SIREN {siren}."),
    "processing.controller.no_siren": ("{name}.", "{name}."),
    "processing.contact": ("Contact", "Contact"),
    "processing.contact.none": (
        "Non indiqué : à écrire dans la configuration (privacy, contact).",
        "Not given: write it into the configuration (privacy, contact).",
    ),
    "processing.purposes": ("Finalités et bases légales", "Purposes and legal bases"),
    "processing.purposes.told": (
        "Tenue des comptes clients et pièces comptables (obligation légale, art. L123-22 du code de "
        "commerce) ; "
        "recouvrement et pénalités de retard (exécution du contrat, art. L441-10) ; appréciation du "
        "risque de crédit, "
        "dépréciations et déclaration de créances (intérêt légitime).",
        "Keeping customers' accounts and vouchers (legal obligation, art. L123-22 code de commerce); "
        "collection and "
        "penalties for late payment (performance of the contract, art. L441-10); credit risk, impairment "
        "and filing of "
        "claims (legitimate interest).",
    ),
    "processing.persons": ("Personnes concernées", "Data subjects"),
    "processing.kind.sole_trader": ("entrepreneurs individuels {n}", "sole traders {n}"),
    "processing.kind.consumer": ("particuliers {n}", "consumers {n}"),
    "processing.kind.undisclosed": ("opposés à la diffusion {n}", "who object to publication {n}"),
    "processing.kind.restricted": ("effacés sur demande {n}", "erased on request {n}"),
    "processing.persons.limits": (
        "Est reconnu qui l'est par le répertoire SIRENE ou le fichier des clients ; un autre ne l'est pas.",
        "Known as such by the SIRENE register or the customers' file; nobody else is.",
    ),
    "processing.data": ("Catégories de données", "Categories of data"),
    "processing.row.documents": ("factures et avoirs {n}", "invoices and credit notes {n}"),
    "processing.row.payments": ("règlements {n}", "payments {n}"),
    "processing.row.notes": (
        "litiges, promesses, relances et autres notes {n}",
        "disputes, promises, reminders, notes {n}",
    ),
    "processing.row.registers": ("faits des registres publics {n}", "facts of public registers {n}"),
    "processing.row.warnings": ("signaux d'alerte {n}", "early warnings {n}"),
    "processing.data.limits": (
        "Lignes de cette publication. Ni date de naissance, ni adresse postale complète, ni dirigeant "
        "n'est repris des "
        "sources publiques.",
        "Rows of this release. No date of birth, no street, no manager is taken over from public sources.",
    ),
    "processing.sources": ("Sources", "Sources"),
    "processing.source.fec": ("comptabilité (FEC)", "ledger (FEC)"),
    "processing.source.subledger": ("comptabilité auxiliaire", "sub-ledger"),
    "processing.source.events": ("notes de l'entreprise", "the company's notes"),
    "processing.source.customers": ("fichier des clients", "customers' file"),
    "processing.source.sirene": ("SIRENE", "SIRENE"),
    "processing.source.bodacc": ("BODACC", "BODACC"),
    "processing.source.accounts": ("comptes déposés (INPI)", "filed accounts (INPI)"),
    "processing.source.companies_house": ("Companies House", "Companies House"),
    "processing.source.gleif": ("GLEIF", "GLEIF"),
    "processing.source.asked": ("{name} (API, {host})", "{name} (API, {host})"),
    "processing.recipients": ("Destinataires", "Recipients"),
    "processing.recipients.withheld": (
        "Les services comptables et le commissaire aux comptes. Pages, classeurs et exports désignent les "
        "personnes par leur "
        "numéro ; les tables (marts, warehouse.duckdb) gardent les noms et sont à réserver à qui doit les "
        "lire.",
        "Accountants and the auditor. Pages, workbooks and exports name persons by their number; the "
        "tables (marts, "
        "warehouse.duckdb) keep the names and are for those alone who must read them.",
    ),
    "processing.recipients.shown": (
        "Les services comptables et le commissaire aux comptes. La configuration affiche les noms des "
        "personnes dans les "
        "pages et les classeurs.",
        "Accountants and the auditor. The configuration shows persons' names on pages and in workbooks.",
    ),
    "processing.transfers": ("Transferts", "Transfers"),
    "processing.transfers.none": (
        "Aucun : tout est lu dans des fichiers, rien ne quitte la machine.",
        "None: everything is read from files, nothing leaves the machine.",
    ),
    "processing.transfers.asked": (
        "Les numéros SIREN, et pour {host} les noms et codes postaux de clients sans numéro, sont envoyés "
        "aux API {hosts}. "
        "Jamais ceux des particuliers ni des personnes effacées. Rien d'autre ne quitte la machine.",
        "SIREN numbers, and to {host} names and postcodes of customers without one, are sent to the APIs "
        "{hosts}. Never "
        "those of consumers nor of persons erased. Nothing else leaves the machine.",
    ),
    "processing.transfers.numbers": (
        "Les numéros SIREN sont envoyés aux API {hosts} ; jamais ceux des particuliers ni des personnes "
        "effacées. Rien "
        "d'autre ne quitte la machine.",
        "SIREN numbers are sent to the APIs {hosts}; never those of consumers nor of persons erased. "
        "Nothing else leaves "
        "the machine.",
    ),
    "processing.retention": ("Durées de conservation", "Retention"),
    "processing.retention.books": (
        "Comptabilité, factures et règlements : dix ans.",
        "Ledger, invoices and payments: ten years.",
    ),
    "processing.retention.external": (
        "Versions dépassées des sources publiques : {n} mois.",
        "Superseded versions of public sources: {n} months.",
    ),
    "processing.retention.external.none": (
        "Versions dépassées des sources publiques : sans limite (privacy, retention, external_months).",
        "Superseded versions of public sources: without limit (privacy, retention, external_months).",
    ),
    "processing.retention.quarantine": (
        "Lignes refusées qui ne comptent plus : {n} mois.",
        "Refused rows that no longer count: {n} months.",
    ),
    "processing.retention.quarantine.none": (
        "Lignes refusées : sans limite (privacy, retention, quarantine_months).",
        "Refused rows: without limit (privacy, retention, quarantine_months).",
    ),
    "processing.retention.releases": (
        "Publications : les {n} dernières, et celles qui sont épinglées.",
        "Releases: the last {n}, and those that are pinned.",
    ),
    "processing.rights": ("Droits des personnes", "Rights"),
    "processing.rights.told": (
        "Accès et portabilité : encours person export. Effacement : encours person erase ; ce que la loi "
        "oblige à garder est "
        "alors limité, sans nom affiché, sans recherche dans les registres et sans score. Effacements "
        "enregistrés : {n}.",
        "Access and portability: encours person export. Erasure: encours person erase; what the law "
        "obliges to keep is "
        "then restricted, with no name shown, no register asked and no score. Erasures on record: {n}.",
    ),
    "processing.rights.last": ("Le dernier date du {day}.", "The last one is of {day}."),
    "processing.decisions": ("Décisions automatisées", "Automated decisions"),
    "processing.decisions.told": (
        "Aucune (art. 22 du RGPD) : scores et actions proposées aident une personne qui décide. Personnes "
        "notées : {scored} ; "
        "décisions humaines enregistrées à leur sujet : {decided}.",
        "None (art. 22 GDPR): scores and proposed actions help a person who decides. Persons scored: "
        "{scored}; human "
        "decisions on record about them: {decided}.",
    ),
    "processing.security": ("Sécurité", "Security"),
    "processing.security.told": (
        "Traitement local, sans service en ligne ; publications empreintes par SHA-256 et chaînées "
        "(encours verify) ; clés "
        "d'accès prises dans l'environnement, jamais écrites. Les droits d'accès au dossier de travail "
        "sont ceux du système.",
        "Processed locally, by no online service; releases hashed by SHA-256 and chained (encours "
        "verify); keys taken from "
        "the environment, never written. Access to the workspace is what the system grants.",
    ),
}
