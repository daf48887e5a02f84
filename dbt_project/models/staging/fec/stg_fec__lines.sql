with

lines as (
    select * from {{ source('fec', 'fec_lines') }}
),

files as (
    select * from {{ ref('stg_fec__files') }}
),

renamed as (
    select
        lines.company_id,
        lines.source_id,
        lines.line_number,
        files.file_name,
        files.fiscal_year,
        files.fiscal_year_start,
        files.fiscal_year_end,
        -- An entry is the lines sharing journal and number; where numbers repeat or are blank, date and
        -- reference too.
        lines.company_id
        || '|' || cast(files.fiscal_year_start as varchar(10))
        || '|' || coalesce(lines.JournalCode, '')
        || '|' || coalesce(lines.EcritureNum, '')
        || case
            when files.entry_key = 'journal_number' and lines.EcritureNum is not null then ''
            else '|' || cast(lines.EcritureDate as varchar(10)) || '|' || coalesce(lines.PieceRef, '')
        end as entry_id,
        upper(lines.JournalCode) as journal_code,
        lines.JournalLib as journal_label,
        lines.EcritureNum as entry_number,
        -- A date outside the file's fiscal year (reported at the gate) counts at the year's edge: a closed
        -- year's balance cannot be moved by another year's file.
        least(greatest(lines.EcritureDate, files.fiscal_year_start), files.fiscal_year_end) as entry_date,
        lines.EcritureDate as written_entry_date,
        lines.CompteNum as account_number,
        lines.CompteLib as account_label,
        lines.CompAuxNum as auxiliary_number,
        lines.CompAuxLib as auxiliary_label,
        lines.PieceRef as document_number,
        lines.PieceDate as document_date,
        lines.EcritureLib as line_label,
        {{ money('lines.Debit') }} as debit,
        {{ money('lines.Credit') }} as credit,
        lines.EcritureLet as lettering_code,
        lines.DateLet as lettering_date,
        lines.ValidDate as validation_date,
        {{ money('lines.Montantdevise') }} as foreign_amount,
        lines.Idevise as foreign_currency
    from lines
    inner join files
        on
            lines.company_id = files.company_id
            and lines.source_id = files.source_id
)

select * from renamed
