{{ config(meta={'key': ['company_id', 'invoice_id', 'semester_start']}) }}

with

stretches as (
    select * from {{ ref('int_statutory__overdue_stretches') }}
),

invoices as (
    select * from {{ ref('fct_invoices') }}
),

customers as (
    select * from {{ ref('int_statutory__customers') }}
),

rules as (
    select * from {{ ref('stg_statutory__rules') }}
),

rates as (
    select * from {{ ref('int_statutory__reference_rates') }}
),

judgments as (
    select * from {{ ref('fct_receivables_by_proceeding') }}
    where state <> 'annulled'
),

-- The judgment that opens proceedings stops the interest of every claim born before it, from that day on.
stops as (
    select
        invoices.company_id,
        invoices.invoice_id,
        min(judgments.judgment_date) as judgment_date
    from invoices
    inner join judgments
        on
            invoices.company_id = judgments.company_id
            and invoices.customer_id = judgments.customer_id
            and invoices.issue_date < judgments.judgment_date
    group by invoices.company_id, invoices.invoice_id
),

claimed as (
    select
        stretches.company_id,
        stretches.customer_id,
        stretches.invoice_id,
        stretches.due_date,
        stretches.first_day,
        case
            when stops.judgment_date <= stretches.last_day then {{ add_days('stops.judgment_date', -1) }}
            else stretches.last_day
        end as last_day,
        stretches.open_amount,
        stops.judgment_date
    from stretches
    inner join customers
        on
            stretches.company_id = customers.company_id
            and stretches.customer_id = customers.customer_id
    left join stops
        on
            stretches.company_id = stops.company_id
            and stretches.invoice_id = stops.invoice_id
    where not customers.is_consumer
),

spread as (
    select
        *,
        {{ explode_range(semester_index('first_day'), semester_index('last_day')) }} as semester_index
    from claimed
    where first_day <= last_day
),

split as (
    select
        company_id,
        customer_id,
        invoice_id,
        open_amount,
        {{ semester_start_of_index('semester_index') }} as semester_start,
        greatest(first_day, {{ semester_start_of_index('semester_index') }}) as first_day,
        least(last_day, {{ add_days(semester_start_of_index('semester_index + 1'), -1) }}) as last_day
    from spread
),

interest_days as (
    select
        company_id,
        customer_id,
        invoice_id,
        semester_start,
        first_day,
        last_day,
        {{ days_between('first_day', 'last_day') }} + 1 as days,
        open_amount * ({{ days_between('first_day', 'last_day') }} + 1) as amount_days,
        0 as indemnity
    from split

    union all

    -- Once per invoice, when it is not paid by its due date; not where a judgment forbade to pay it then.
    select
        company_id,
        customer_id,
        invoice_id,
        {{ semester_start_of_index(semester_index('min(first_day)')) }} as semester_start,
        cast(null as date) as first_day,
        cast(null as date) as last_day,
        0 as days,
        0 as amount_days,
        {{ var('recovery_indemnity') }} as indemnity
    from claimed
    where judgment_date is null or judgment_date > due_date
    group by company_id, customer_id, invoice_id
),

semesters as (
    select
        company_id,
        customer_id,
        invoice_id,
        cast(semester_start as date) as semester_start,
        min(first_day) as first_day,
        max(last_day) as last_day,
        cast(sum(days) as integer) as days,
        cast(sum(amount_days) as decimal(26, 2)) as amount_days,
        {{ money('sum(indemnity)') }} as indemnity
    from interest_days
    group by company_id, customer_id, invoice_id, semester_start
),

-- Public buyers owe the decree's rate. A contract's rate under three times the legal rate is void: the law's applies.
rated as (
    select
        semesters.*,
        rates.ecb_rate_pct,
        cast(3 * rates.legal_rate_pct as decimal(9, 4)) as minimum_rate_pct,
        case
            when customers.is_public then 'ecb_plus_8'
            when
                rules.contract_rate_pct is not null
                and coalesce(rules.contract_rate_pct >= 3 * rates.legal_rate_pct, true)
                then 'contract'
            else 'ecb_plus_10'
        end as rate_source,
        rules.contract_rate_pct,
        not customers.is_public
        and coalesce(rules.contract_rate_pct < 3 * rates.legal_rate_pct, false) as is_contract_rate_refused
    from semesters
    inner join customers
        on
            semesters.company_id = customers.company_id
            and semesters.customer_id = customers.customer_id
    inner join rules
        on semesters.company_id = rules.company_id
    left join rates
        on
            semesters.company_id = rates.company_id
            and semesters.semester_start = rates.semester_start
),

priced as (
    select
        *,
        cast(
            case rate_source
                when 'contract' then contract_rate_pct
                when 'ecb_plus_8' then ecb_rate_pct + 8
                else ecb_rate_pct + 10
            end as decimal(9, 4)
        ) as rate_pct
    from rated
),

penalties as (
    select
        priced.company_id,
        priced.customer_id,
        priced.invoice_id,
        priced.semester_start,
        invoices.document_number,
        invoices.due_date,
        invoices.is_due_date_assumed,
        priced.first_day,
        priced.last_day,
        priced.days,
        priced.amount_days,
        priced.rate_pct,
        priced.rate_source,
        priced.ecb_rate_pct,
        priced.minimum_rate_pct,
        priced.is_contract_rate_refused,
        -- Rates have four decimals: counted in ten-thousandths of a percent, the divisor is 365 x 100 x 10,000.
        {{ money(ratio('priced.amount_days * cast(priced.rate_pct * 10000 as bigint)', 'cast(365000000 as decimal(18, 2))', 2)) }}
            as interest,
        case when invoices.currency = 'EUR' then priced.indemnity end as indemnity
    from priced
    inner join invoices
        on
            priced.company_id = invoices.company_id
            and priced.invoice_id = invoices.invoice_id
)

select * from penalties
