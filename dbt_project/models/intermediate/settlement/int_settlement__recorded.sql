-- What a sub-ledger records, cut to what each side has: a document recorded as paid twice keeps the surplus on account.
with

debits as (
    {{ residuals('debits', before='recorded') }}
),

credits as (
    {{ residuals('credits', before='recorded') }}
),

offered as (
    select
        debits.company_id,
        debits.customer_id,
        debits.item_id as debit_id,
        credits.item_id as credit_id,
        credits.entry_date as credit_date,
        debits.entry_date as debit_date,
        credits.residual as credit_residual,
        least(
            recorded.amount,
            greatest(
                debits.residual - coalesce(sum(recorded.amount) over (
                    partition by debits.item_id order by credits.entry_date, credits.item_id
                    rows between unbounded preceding and 1 preceding
                ), 0),
                0
            )
        ) as amount
    from {{ ref('int_subledger__recorded') }} as recorded
    inner join debits
        on recorded.debit_id = debits.item_id
    inner join credits
        on recorded.credit_id = credits.item_id
),

cut as (
    select
        company_id,
        customer_id,
        debit_id,
        credit_id,
        {{ money('least(
            amount,
            greatest(
                credit_residual - coalesce(sum(amount) over (
                    partition by credit_id order by debit_date, debit_id
                    rows between unbounded preceding and 1 preceding
                ), 0),
                0
            )
        )') }} as amount,
        'recorded' as step_name
    from offered
)

select * from cut
where amount > 0
