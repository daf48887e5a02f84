{{ config(meta={'key': ['company_id', 'month_end', 'bucket']}) }}

with

rolled as (
    select * from {{ ref('int_metrics__rolled_monthly') }}
),

roll_rates as (
    select
        company_id,
        month_end,
        bucket,
        {{ money('sum(amount_before)') }} as amount_before,
        {{ money('sum(amount_rolled)') }} as amount_rolled,
        {{ ratio('sum(amount_rolled)', 'sum(amount_before)') }} as roll_rate
    from rolled
    group by company_id, month_end, bucket
)

select * from roll_rates
