{{ config(meta={'key': ['company_id', 'fiscal_year_start', 'table_number', 'bucket_rank']}) }}

with

documents as (
    select * from {{ ref('int_statutory__late_documents') }}
),

years as (
    select * from {{ ref('int_statutory__fiscal_years') }}
),

buckets as (
    select
        cast(bucket_rank as integer) as bucket_rank,
        bucket,
        cast(first_day as integer) as first_day,
        cast(last_day as integer) as last_day
    from {{ ref('late_payment_buckets') }}
),

-- What stands apart from the law's columns: disputed, or without a due date to be late against.
all_buckets as (
    select * from buckets
    union all
    select 7 as bucket_rank, 'disputed' as bucket, cast(null as integer) as first_day, cast(null as integer) as last_day
    union all
    select 8 as bucket_rank, 'due_date_unknown' as bucket, cast(null as integer), cast(null as integer)
),

placed as (
    select
        documents.*,
        all_buckets.bucket_rank
    from documents
    inner join all_buckets
        on
            case
                when documents.is_disputed then all_buckets.bucket = 'disputed'
                when documents.days_late is null then all_buckets.bucket = 'due_date_unknown'
                when documents.days_late = 0 then all_buckets.bucket = '0_days'
                else documents.days_late between all_buckets.first_day and coalesce(all_buckets.last_day, 1000000)
            end
),

summed as (
    select
        company_id,
        fiscal_year_start,
        table_number,
        bucket_rank,
        count(*) as invoice_count,
        sum(amount) as amount,
        sum(amount_including_vat) as amount_including_vat,
        count(case when not is_legal_term then 1 end) as contractual_count,
        sum(case when not is_legal_term then amount else 0 end) as contractual_amount,
        count(case when is_legal_term then 1 end) as legal_count,
        sum(case when is_legal_term then amount else 0 end) as legal_amount,
        count(case when is_vat_unknown then 1 end) as vat_unknown_count,
        sum(case when is_vat_unknown then amount else 0 end) as vat_unknown_amount
    from placed
    group by company_id, fiscal_year_start, table_number, bucket_rank
),

issued as (
    select
        company_id,
        fiscal_year_start,
        count(*) as invoice_count,
        sum(amount) as amount
    from documents
    where is_issued_in_year
    group by company_id, fiscal_year_start
),

-- Table I is measured against the year's turnover, table II against the invoices issued in the year.
references_of_years as (
    select
        years.*,
        'I' as table_number,
        cast(null as bigint) as reference_count,
        case
            when years.tax_basis = 'including_vat' then years.turnover_excluding_vat + years.turnover_vat
            else years.turnover_excluding_vat
        end as reference_amount
    from years

    union all

    select
        years.*,
        'II' as table_number,
        coalesce(issued.invoice_count, 0) as reference_count,
        coalesce(issued.amount, 0) as reference_amount
    from years
    left join issued
        on
            years.company_id = issued.company_id
            and years.fiscal_year_start = issued.fiscal_year_start
),

final as (
    select
        references_of_years.company_id,
        references_of_years.fiscal_year_start,
        references_of_years.fiscal_year_end,
        references_of_years.fiscal_year,
        references_of_years.closing_date,
        references_of_years.is_provisional,
        references_of_years.table_number,
        all_buckets.bucket,
        all_buckets.bucket_rank,
        references_of_years.tax_basis,
        cast(coalesce(summed.invoice_count, 0) as bigint) as invoice_count,
        {{ money('coalesce(summed.amount, 0)') }} as amount,
        {{ money('coalesce(summed.amount_including_vat, 0)') }} as amount_including_vat,
        {{ ratio('coalesce(summed.amount, 0)', 'references_of_years.reference_amount') }} as share_of_amount,
        {{ ratio('coalesce(summed.invoice_count, 0)', 'references_of_years.reference_count') }} as share_of_count,
        {{ money('references_of_years.reference_amount') }} as reference_amount,
        cast(references_of_years.reference_count as bigint) as reference_count,
        cast(coalesce(summed.contractual_count, 0) as bigint) as contractual_count,
        {{ money('coalesce(summed.contractual_amount, 0)') }} as contractual_amount,
        cast(coalesce(summed.legal_count, 0) as bigint) as legal_count,
        {{ money('coalesce(summed.legal_amount, 0)') }} as legal_amount,
        cast(coalesce(summed.vat_unknown_count, 0) as bigint) as vat_unknown_count,
        {{ money('coalesce(summed.vat_unknown_amount, 0)') }} as vat_unknown_amount
    from references_of_years
    cross join all_buckets
    left join summed
        on
            references_of_years.company_id = summed.company_id
            and references_of_years.fiscal_year_start = summed.fiscal_year_start
            and references_of_years.table_number = summed.table_number
            and all_buckets.bucket_rank = summed.bucket_rank
)

select * from final
