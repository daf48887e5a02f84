with

instalments as (
    select * from {{ ref('stg_events__instalments') }}
),

subjects as (
    select * from {{ ref('int_events__subjects') }}
    where event = 'instalments'
),

tied as (
    select
        instalments.*,
        subjects.subject,
        subjects.customer_id as agreeing_customer_id,
        -- What shares plan, day of agreement and subject is paid by the same money, oldest instalment first.
        md5(
            instalments.company_id || '|' || coalesce(instalments.plan_id, '')
            || '|' || cast(instalments.agreed_on as varchar(10))
            || '|' || coalesce(subjects.customer_id, '') || '|' || coalesce(instalments.document_reference, '')
        ) as schedule_id
    from instalments
    inner join subjects
        on
            instalments.company_id = subjects.company_id
            and instalments.instalment_id = subjects.event_id
),

scheduled as (
    select
        company_id,
        instalment_id,
        schedule_id,
        plan_id,
        subject,
        document_reference,
        agreeing_customer_id as customer_id,
        agreed_on,
        due_on,
        amount,
        sum(amount) over (
            partition by company_id, schedule_id
            order by due_on, instalment_id
            rows between unbounded preceding and current row
        ) as due_so_far
    from tied
)

select * from scheduled
