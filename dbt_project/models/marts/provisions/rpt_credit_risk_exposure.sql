{{ config(meta={'key': ['company_id', 'closing_date', 'bucket']}) }}

with

closings as (
    select * from {{ ref('int_provisions__closings') }}
),

lines as (
    select * from {{ ref('expected_credit_loss_lines') }}
),

losses as (
    select * from {{ ref('int_provisions__expected_credit_loss') }}
),

open_items as (
    select * from {{ ref('int_provisions__open_items') }}
),

-- Where each item stands by age, on whichever line of the provision it is.
placed as (
    select
        open_items.company_id,
        open_items.closing_number,
        case when lines.section = 'credit' then open_items.bucket else open_items.age_bucket end as age_line,
        open_items.bucket,
        open_items.open_amount
    from open_items
    inner join lines
        on open_items.bucket = lines.bucket
),

aged as (
    select
        company_id,
        closing_number,
        age_line,
        bucket,
        sum(open_amount) as gross_amount
    from placed
    group by company_id, closing_number, age_line, bucket
),

-- A line's loss is spread over ages by running totals, so that the parts add up to the line to the cent.
running as (
    select
        aged.company_id,
        aged.closing_number,
        aged.age_line,
        aged.bucket,
        losses.section,
        aged.gross_amount,
        losses.gross_amount as line_gross_amount,
        losses.expected_loss as line_expected_loss,
        sum(aged.gross_amount) over (
            partition by aged.company_id, aged.closing_number, aged.bucket
            order by lines.rank
            rows between unbounded preceding and current row
        ) as gross_so_far
    from aged
    inner join lines
        on aged.age_line = lines.bucket
    inner join losses
        on
            aged.company_id = losses.company_id
            and aged.closing_number = losses.closing_number
            and aged.bucket = losses.bucket
),

spread as (
    select
        company_id,
        closing_number,
        age_line,
        section,
        gross_amount,
        coalesce({{ prorated('line_expected_loss', 'gross_so_far', 'line_gross_amount') }}, 0)
        - coalesce({{ prorated('line_expected_loss', 'gross_so_far - gross_amount', 'line_gross_amount') }}, 0)
            as loss_allowance
    from running
),

summed as (
    select
        company_id,
        closing_number,
        age_line,
        sum(case when section = 'matrix' then gross_amount else 0 end) as matrix_gross_amount,
        sum(case when section = 'matrix' then loss_allowance else 0 end) as matrix_loss_allowance,
        sum(case when section = 'individual' then gross_amount else 0 end) as individual_gross_amount,
        sum(case when section = 'individual' then loss_allowance else 0 end) as individual_loss_allowance,
        sum(case when section in ('apart', 'credit') then gross_amount else 0 end) as apart_gross_amount,
        sum(case when section in ('apart', 'credit') then loss_allowance else 0 end) as apart_loss_allowance
    from spread
    group by company_id, closing_number, age_line
),

exposure as (
    select
        closings.company_id,
        closings.closing_date,
        closings.fiscal_year,
        cast(lines.rank as integer) as line_number,
        lines.bucket,
        {{ money('coalesce(summed.matrix_gross_amount, 0)') }} as matrix_gross_amount,
        {{ money('coalesce(summed.matrix_loss_allowance, 0)') }} as matrix_loss_allowance,
        {{ money('coalesce(summed.individual_gross_amount, 0)') }} as individual_gross_amount,
        {{ money('coalesce(summed.individual_loss_allowance, 0)') }} as individual_loss_allowance,
        {{ money('coalesce(summed.apart_gross_amount, 0)') }} as apart_gross_amount,
        {{ money('coalesce(summed.apart_loss_allowance, 0)') }} as apart_loss_allowance
    from closings
    cross join lines
    left join summed
        on
            closings.company_id = summed.company_id
            and closings.closing_number = summed.closing_number
            and lines.bucket = summed.age_line
    where lines.section in ('matrix', 'credit')
),

totals as (
    select
        company_id,
        closing_date,
        fiscal_year,
        line_number,
        bucket,
        matrix_gross_amount,
        matrix_loss_allowance,
        individual_gross_amount,
        individual_loss_allowance,
        apart_gross_amount,
        apart_loss_allowance,
        {{ money('matrix_gross_amount + individual_gross_amount + apart_gross_amount') }} as gross_amount,
        {{ money('matrix_loss_allowance + individual_loss_allowance + apart_loss_allowance') }} as loss_allowance,
        'lifetime' as horizon
    from exposure
),

rated as (
    select
        *,
        {{ ratio('matrix_loss_allowance', 'matrix_gross_amount') }} as matrix_loss_rate,
        {{ ratio('loss_allowance', 'gross_amount') }} as loss_rate
    from totals
)

select * from rated
