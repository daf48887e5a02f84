{{ config(meta={'key': ['company_id', 'closing_date']}) }}

with

closings as (
    select * from {{ ref('int_provisions__closings') }}
),

losses as (
    select * from {{ ref('int_provisions__expected_credit_loss') }}
),

open_items as (
    select * from {{ ref('int_provisions__open_items') }}
),

write_offs as (
    select * from {{ ref('int_provisions__settlements') }}
    where outcome = 'lost'
),

written_off as (
    select
        closings.company_id,
        closings.closing_number,
        write_offs.invoice_id,
        sum(write_offs.amount) as amount
    from write_offs
    inner join closings
        on
            write_offs.company_id = closings.company_id
            and write_offs.known_date > closings.previous_closing_date
            and write_offs.known_date <= closings.closing_date
    group by closings.company_id, closings.closing_number, write_offs.invoice_id
),

-- Each item as it stood at both closings; credits carry no allowance.
both_closings as (
    select
        company_id,
        closing_number,
        item_id,
        max(opening_bucket) as opening_bucket,
        max(closing_bucket) as closing_bucket,
        sum(opening_amount) as opening_amount,
        sum(closing_amount) as closing_amount
    from (
        select
            company_id,
            closing_number + 1 as closing_number,
            item_id,
            bucket as opening_bucket,
            cast(null as varchar(30)) as closing_bucket,
            open_amount as opening_amount,
            0 as closing_amount
        from open_items
        where open_amount > 0 and item_kind = 'document'

        union all

        select
            company_id,
            closing_number,
            item_id,
            cast(null as varchar(30)) as opening_bucket,
            bucket as closing_bucket,
            0 as opening_amount,
            open_amount as closing_amount
        from open_items
        where open_amount > 0 and item_kind = 'document'
    ) as sides
    group by company_id, closing_number, item_id
),

parts as (
    select
        both_closings.company_id,
        both_closings.closing_number,
        both_closings.opening_bucket,
        both_closings.closing_bucket,
        sum(least(both_closings.opening_amount, both_closings.closing_amount)) as kept,
        sum(both_closings.closing_amount - least(both_closings.opening_amount, both_closings.closing_amount))
            as originated,
        sum(greatest(least(
            coalesce(written_off.amount, 0),
            both_closings.opening_amount - least(both_closings.opening_amount, both_closings.closing_amount)
        ), 0)) as used,
        sum(both_closings.opening_amount - least(both_closings.opening_amount, both_closings.closing_amount))
            as reduced
    from both_closings
    left join written_off
        on
            both_closings.company_id = written_off.company_id
            and both_closings.closing_number = written_off.closing_number
            and both_closings.item_id = written_off.invoice_id
    group by
        both_closings.company_id, both_closings.closing_number, both_closings.opening_bucket,
        both_closings.closing_bucket
),

-- Rates of both closings: those of the opening for what ages or leaves, those of the closing for what is new.
valued as (
    select
        parts.company_id,
        parts.closing_number,
        coalesce({{ prorated('parts.originated', 'now.applied_part', 'now.rate_whole') }}, 0) as originated,
        coalesce({{ prorated('parts.used', 'before.applied_part', 'before.rate_whole') }}, 0) as used,
        coalesce({{ prorated('parts.reduced - parts.used', 'before.applied_part', 'before.rate_whole') }}, 0)
            as collected,
        coalesce({{ prorated('parts.kept', 'before.applied_part', 'before.rate_whole') }}, 0) as kept_before,
        coalesce({{ prorated('parts.kept', 'aged.applied_part', 'aged.rate_whole') }}, 0) as kept_aged,
        coalesce({{ prorated('parts.kept', 'now.applied_part', 'now.rate_whole') }}, 0) as kept_now
    from parts
    left join losses as before
        on
            parts.company_id = before.company_id
            and parts.closing_number - 1 = before.closing_number
            and parts.opening_bucket = before.bucket
    left join losses as aged
        on
            parts.company_id = aged.company_id
            and parts.closing_number - 1 = aged.closing_number
            and parts.closing_bucket = aged.bucket
    left join losses as now
        on
            parts.company_id = now.company_id
            and parts.closing_number = now.closing_number
            and parts.closing_bucket = now.bucket
),

movements as (
    select
        company_id,
        closing_number,
        sum(originated) as originated,
        sum(collected) as collected,
        sum(used) as used,
        sum(kept_aged - kept_before) as aged,
        sum(kept_now - kept_aged) as remeasured
    from valued
    group by company_id, closing_number
),

allowances as (
    select
        company_id,
        closing_number,
        sum(expected_loss) as loss_allowance
    from losses
    group by company_id, closing_number
),

losses_of_the_period as (
    select
        company_id,
        closing_number,
        sum(amount) as amount
    from written_off
    group by company_id, closing_number
),

reconciled as (
    select
        closings.company_id,
        closings.closing_date,
        closings.fiscal_year,
        closings.previous_closing_date as opening_date,
        {{ money('opening.loss_allowance') }} as opening_loss_allowance,
        {{ money('coalesce(movements.originated, 0)') }} as originated,
        {{ money('-coalesce(movements.collected, 0)') }} as collected,
        {{ money('-coalesce(movements.used, 0)') }} as written_off,
        {{ money('coalesce(movements.aged, 0)') }} as aged,
        {{ money('coalesce(movements.remeasured, 0)') }} as remeasured,
        {{ money('closing.loss_allowance') }} as closing_loss_allowance,
        {{ money('coalesce(losses_of_the_period.amount, 0)') }} as receivables_written_off
    from closings
    inner join allowances as opening
        on
            closings.company_id = opening.company_id
            and closings.closing_number - 1 = opening.closing_number
    inner join allowances as closing
        on
            closings.company_id = closing.company_id
            and closings.closing_number = closing.closing_number
    left join movements
        on
            closings.company_id = movements.company_id
            and closings.closing_number = movements.closing_number
    left join losses_of_the_period
        on
            closings.company_id = losses_of_the_period.company_id
            and closings.closing_number = losses_of_the_period.closing_number
),

-- Each part is rounded by itself: the cents that leaves are shown.
rounded as (
    select
        company_id,
        closing_date,
        fiscal_year,
        opening_date,
        opening_loss_allowance,
        originated,
        collected,
        written_off,
        aged,
        remeasured,
        {{ money('closing_loss_allowance - opening_loss_allowance - originated - collected - written_off - aged
            - remeasured') }} as rounding,
        closing_loss_allowance,
        receivables_written_off,
        {{ money('closing_loss_allowance - opening_loss_allowance + receivables_written_off') }} as impairment_loss,
        'lifetime' as horizon
    from reconciled
)

select * from rounded
