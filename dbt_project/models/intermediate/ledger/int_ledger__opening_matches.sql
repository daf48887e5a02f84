with

receivable_lines as (
    select * from {{ ref('int_ledger__receivable_lines') }}
),

years as (
    select * from {{ ref('int_ledger__fiscal_years') }}
),

-- Opening lines of a year whose previous year is loaded: they carry items already known.
carried as (
    select
        receivable_lines.*,
        years.previous_year_start
    from receivable_lines
    inner join years
        on
            receivable_lines.company_id = years.company_id
            and receivable_lines.fiscal_year_start = years.fiscal_year_start
    where
        receivable_lines.line_type = 'opening_item'
        and not years.is_first_year
),

-- What they can carry: any line of an earlier year that is itself no carried opening. A transfer's line stands for the
-- item it moved.
originals as (
    select receivable_lines.*
    from receivable_lines
    inner join years
        on
            receivable_lines.company_id = years.company_id
            and receivable_lines.fiscal_year_start = years.fiscal_year_start
    where receivable_lines.line_type <> 'opening_item' or years.is_first_year
),

later_years as (
    select distinct
        company_id,
        fiscal_year_start
    from carried
),

-- The k-th opening line of a (customer, reference, amount) carries the k-th such original: those left unlettered
-- first, then the latest.
ranked_carried as (
    select
        *,
        row_number() over (
            partition by company_id, fiscal_year_start, customer_id, document_number, amount
            order by coalesce(document_date, entry_date), line_id
        ) as occurrence
    from carried
    where document_number is not null
),

ranked_originals as (
    select
        later_years.fiscal_year_start as opening_year_start,
        originals.company_id,
        originals.customer_id,
        originals.document_number,
        originals.amount,
        originals.line_id,
        originals.line_type,
        row_number() over (
            partition by
                originals.company_id, later_years.fiscal_year_start, originals.customer_id,
                originals.document_number, originals.amount
            order by
                case when originals.lettering_code is null then 0 else 1 end,
                case when originals.line_type = 'transfer' then 1 else 0 end,
                originals.entry_date desc,
                originals.line_id
        ) as occurrence
    from originals
    inner join later_years
        on
            originals.company_id = later_years.company_id
            and originals.fiscal_year_start < later_years.fiscal_year_start
    where originals.document_number is not null
),

by_amount as (
    select
        ranked_carried.company_id,
        ranked_carried.line_id as opening_line_id,
        ranked_originals.line_id as original_line_id,
        'amount' as matched_on
    from ranked_carried
    inner join ranked_originals
        on
            ranked_carried.company_id = ranked_originals.company_id
            and ranked_carried.fiscal_year_start = ranked_originals.opening_year_start
            and ranked_carried.customer_id = ranked_originals.customer_id
            and ranked_carried.document_number = ranked_originals.document_number
            and ranked_carried.amount = ranked_originals.amount
            and ranked_carried.occurrence = ranked_originals.occurrence
),

-- A ledger may carry what remains of an item instead: the only earlier line of that reference, same sign, larger.
by_residual as (
    select
        ranked_carried.company_id,
        ranked_carried.line_id as opening_line_id,
        min(ranked_originals.line_id) as original_line_id,
        'residual' as matched_on
    from ranked_carried
    inner join ranked_originals
        on
            ranked_carried.company_id = ranked_originals.company_id
            and ranked_carried.fiscal_year_start = ranked_originals.opening_year_start
            and ranked_carried.customer_id = ranked_originals.customer_id
            and ranked_carried.document_number = ranked_originals.document_number
            and sign(ranked_carried.amount) = sign(ranked_originals.amount)
            and abs(ranked_carried.amount) < abs(ranked_originals.amount)
            and ranked_originals.line_type <> 'transfer'
    left join by_amount
        on ranked_carried.line_id = by_amount.opening_line_id
    where by_amount.opening_line_id is null
    group by ranked_carried.company_id, ranked_carried.line_id
    having count(*) = 1
),

matched as (
    select * from by_amount
    union all
    select * from by_residual
),

joined as (
    select
        carried.company_id,
        carried.line_id as opening_line_id,
        carried.customer_id,
        carried.fiscal_year_start,
        {{ lettering_key('carried') }} as lettering_key,
        carried.amount,
        matched.original_line_id,
        coalesce(matched.matched_on, 'none') as matched_on
    from carried
    left join matched
        on carried.line_id = matched.opening_line_id
)

select * from joined
