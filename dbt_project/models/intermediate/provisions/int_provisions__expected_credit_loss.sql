with

closings as (
    select * from {{ ref('int_provisions__closings') }}
),

lines as (
    select * from {{ ref('expected_credit_loss_lines') }}
),

rates as (
    select * from {{ ref('int_provisions__loss_rates') }}
),

open_items as (
    select * from {{ ref('int_provisions__open_items') }}
),

gross as (
    select
        company_id,
        closing_number,
        bucket,
        sum(open_amount) as gross_amount,
        sum(open_amount_excluding_vat) as gross_amount_excluding_vat,
        sum(case when is_vat_known then 0 else open_amount end) as vat_unknown_amount,
        count(*) as items
    from open_items
    group by company_id, closing_number, bucket
),

joined as (
    select
        closings.company_id,
        closings.closing_number,
        closings.closing_date,
        closings.fiscal_year,
        closings.is_as_of,
        lines.rank,
        lines.bucket,
        lines.section,
        lines.reason,
        {{ money('coalesce(gross.gross_amount, 0)') }} as gross_amount,
        {{ money('coalesce(gross.gross_amount_excluding_vat, 0)') }} as gross_amount_excluding_vat,
        {{ money('coalesce(gross.vat_unknown_amount, 0)') }} as vat_unknown_amount,
        cast(coalesce(gross.items, 0) as bigint) as items,
        rates.closed_cohorts,
        rates.first_cohort_month,
        rates.last_cohort_month,
        rates.cohort_billed,
        rates.cohort_reached,
        rates.cohort_lost,
        rates.cohort_lost_excluding_vat,
        rates.cohort_open_amount,
        rates.floor_rate,
        rates.is_floor_configured,
        rates.rate_source,
        rates.rate_part,
        rates.rate_whole,
        rates.applied_part,
        rates.forward_looking_factor,
        rates.overlay_reason
    from closings
    cross join lines
    inner join rates
        on
            closings.company_id = rates.company_id
            and closings.closing_number = rates.closing_number
            and lines.bucket = rates.bucket
    left join gross
        on
            closings.company_id = gross.company_id
            and closings.closing_number = gross.closing_number
            and lines.bucket = gross.bucket
),

assessed as (
    select
        *,
        {{ prorated('gross_amount', 'rate_part', 'rate_whole') }} as expected_loss_before_overlay,
        {{ prorated('gross_amount', 'applied_part', 'rate_whole') }} as expected_loss,
        {{ prorated('gross_amount_excluding_vat', 'applied_part', 'rate_whole') }} as expected_loss_excluding_vat
    from joined
),

rated as (
    select
        company_id,
        closing_number,
        closing_date,
        fiscal_year,
        is_as_of,
        cast(rank as integer) as line_number,
        section,
        bucket,
        reason,
        gross_amount,
        gross_amount_excluding_vat,
        vat_unknown_amount,
        items,
        cast(closed_cohorts as bigint) as closed_cohorts,
        first_cohort_month,
        last_cohort_month,
        cohort_billed,
        cohort_reached,
        cohort_lost,
        cohort_lost_excluding_vat,
        cohort_open_amount,
        case when cohort_lost > 0 then {{ ratio('cohort_lost', 'cohort_reached') }} end as observed_loss_rate,
        {{ ratio('cohort_lost + cohort_open_amount', 'cohort_reached') }} as loss_rate_if_open_lost,
        cast(floor_rate as decimal(28, 4)) as floor_rate,
        is_floor_configured,
        rate_source,
        case
            when rate_source <> 'not_assessed'
                then cast({{ prorated('100', 'rate_part', 'rate_whole') }} * 0.01 as decimal(28, 4))
        end as loss_rate,
        cast(forward_looking_factor as decimal(28, 4)) as forward_looking_factor,
        overlay_reason,
        case
            when rate_source <> 'not_assessed'
                then cast({{ prorated('100', 'applied_part', 'rate_whole') }} * 0.01 as decimal(28, 4))
        end as applied_loss_rate,
        expected_loss_before_overlay,
        {{ money('expected_loss - expected_loss_before_overlay') }} as overlay_amount,
        expected_loss,
        expected_loss_excluding_vat,
        'lifetime' as horizon,
        rate_part,
        rate_whole,
        applied_part
    from assessed
),

-- Rates rise with age unless a floor or the data say otherwise: then it is said.
compared as (
    select
        *,
        coalesce(
            section = 'matrix'
            and bucket <> 'due_date_unknown'
            and applied_loss_rate < lag(applied_loss_rate) over (
                partition by company_id, closing_number order by line_number
            ),
            false
        ) as is_rate_below_younger_bucket
    from rated
)

select * from compared
