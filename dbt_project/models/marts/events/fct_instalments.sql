{{ config(meta={'key': ['company_id', 'instalment_id']}) }}

with

instalments as (
    select * from {{ ref('int_events__instalment_plans') }}
),

received as (
    select * from {{ ref('int_events__instalments_received') }}
),

companies as (
    select * from {{ ref('stg_config__companies') }}
),

reached as (
    select
        instalments.company_id,
        instalments.instalment_id,
        max(received.received_amount) as received_amount,
        min(case when received.received_so_far >= instalments.due_so_far then received.received_on end) as reached_on
    from instalments
    inner join received
        on
            instalments.company_id = received.company_id
            and instalments.schedule_id = received.schedule_id
    group by instalments.company_id, instalments.instalment_id
),

paid as (
    select
        instalments.*,
        companies.as_of,
        reached.reached_on,
        {{ money('greatest(least(
            instalments.amount,
            coalesce(reached.received_amount, 0) - (instalments.due_so_far - instalments.amount)
        ), 0)') }} as paid_amount
    from instalments
    inner join companies
        on instalments.company_id = companies.company_id
    left join reached
        on
            instalments.company_id = reached.company_id
            and instalments.instalment_id = reached.instalment_id
),

final as (
    select
        company_id,
        instalment_id,
        plan_id,
        subject,
        document_reference,
        customer_id,
        agreed_on,
        due_on,
        amount,
        paid_amount,
        case
            when subject not in ('document', 'customer') then 'not_tied'
            when paid_amount >= amount then 'paid'
            when due_on < as_of then 'late'
            else 'pending'
        end as status,
        case when paid_amount >= amount then reached_on end as paid_on,
        case
            when paid_amount >= amount then {{ days_between('due_on', 'reached_on') }}
            when subject in ('document', 'customer') and due_on < as_of then {{ days_between('due_on', 'as_of') }}
        end as days_late
    from paid
)

select * from final
