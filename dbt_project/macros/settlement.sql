{#-
    The three ways in which credits settle debits. Each works on residuals: what earlier steps left of each item.
    All are set-based, deterministic and, bar the sorting, linear in the number of items.
    Items bring: company_id, customer_id, item_id, group_key, residual (> 0), entry_date, sort_key.
-#}

{#- The steps in their order: the one place that holds it (the seed settlement_methods describes each). -#}
{% macro settlement_steps(before=none) -%}
    {%- set steps = [
        'ledger_named', 'ledger_equal', 'ledger_oldest',
        'carried_named', 'carried_equal', 'carried_oldest',
        'reference', 'refund_paired', 'exact_amount', 'fifo',
    ] -%}
    {{ return(steps[:steps.index(before)] if before else steps) }}
{%- endmacro %}

{#- What the steps before the named one left of one side's items (`debits` or `credits`). -#}
{% macro residuals(side, before) -%}
    {%- set steps = settlement_steps(before) %}
    select
        items.*,
        {{ money('items.amount - coalesce(settled.amount, 0)') }} as residual
    from {{ ref('int_settlement__' ~ side) }} as items
    {%- if steps %}
    left join (
        select
            item_id,
            sum(amount) as amount
        from (
            {%- for step in steps %}
            select {{ side[:-1] }}_id as item_id, amount from {{ ref('int_settlement__' ~ step) }}
            {%- if not loop.last %}
            union all
            {%- endif %}
            {%- endfor %}
        ) as allocations
        group by item_id
    ) as settled
        on items.item_id = settled.item_id
    where items.amount - coalesce(settled.amount, 0) > 0
    {%- else %}
    cross join (select 0 as amount) as settled
    {%- endif %}
{%- endmacro %}

{#-
    Oldest first within each group: both sides are laid end to end by their running totals, and each stretch
    where one debit and one credit overlap is an allocation. The cut points are sorted once, so that one customer
    with 100,000 items costs a sort, not 100,000 squared.
-#}
{% macro settle_by_running_total(debits, credits, step) -%}
    select
        debit.company_id,
        debit.customer_id,
        debit.item_id as debit_id,
        credit.item_id as credit_id,
        {{ money('stretch.point - stretch.previous_point') }} as amount,
        '{{ step }}' as step_name
    from (
        select
            group_key,
            point,
            lag(point, 1, cast(0 as decimal(38, 2))) over (partition by group_key order by point) as previous_point,
            1 + sum(debit_ends) over (
                partition by group_key order by point rows between unbounded preceding and current row
            ) - debit_ends as debit_rank,
            1 + sum(credit_ends) over (
                partition by group_key order by point rows between unbounded preceding and current row
            ) - credit_ends as credit_rank
        from (
            select
                group_key,
                point,
                sum(debit_ends) as debit_ends,
                sum(credit_ends) as credit_ends
            from (
                select group_key, upper_bound as point, 1 as debit_ends, 0 as credit_ends from (
                    {{ running_totals(debits) }}
                ) as debit_points
                union all
                select group_key, upper_bound as point, 0 as debit_ends, 1 as credit_ends from (
                    {{ running_totals(credits) }}
                ) as credit_points
            ) as ends
            group by group_key, point
        ) as points
    ) as stretch
    inner join (
        {{ running_totals(debits) }}
    ) as debit
        on
            stretch.group_key = debit.group_key
            and stretch.debit_rank = debit.item_rank
    inner join (
        {{ running_totals(credits) }}
    ) as credit
        on
            stretch.group_key = credit.group_key
            and stretch.credit_rank = credit.item_rank
{%- endmacro %}

{% macro running_totals(items) -%}
    select
        company_id,
        customer_id,
        item_id,
        group_key,
        row_number() over (
            partition by group_key order by entry_date, sort_key nulls last, item_id
        ) as item_rank,
        cast(sum(residual) over (
            partition by group_key order by entry_date, sort_key nulls last, item_id
            rows between unbounded preceding and current row
        ) as decimal(38, 2)) as upper_bound
    from {{ items }}
{%- endmacro %}

{#- Equal amounts within each group: the k-th debit of an amount with the k-th credit of that amount. -#}
{% macro settle_by_equal_amount(debits, credits, step) -%}
    select
        debit.company_id,
        debit.customer_id,
        debit.item_id as debit_id,
        credit.item_id as credit_id,
        debit.residual as amount,
        '{{ step }}' as step_name
    from (
        select
            *,
            row_number() over (
                partition by group_key, residual order by entry_date, sort_key nulls last, item_id
            ) as occurrence
        from {{ debits }}
    ) as debit
    inner join (
        select
            *,
            row_number() over (
                partition by group_key, residual order by entry_date, sort_key nulls last, item_id
            ) as occurrence
        from {{ credits }}
    ) as credit
        on
            debit.group_key = credit.group_key
            and debit.residual = credit.residual
            and debit.occurrence = credit.occurrence
{%- endmacro %}

{#-
    Named documents: `pairs` brings (debit_id, credit_id, position). A document named by several credits is
    offered to them by date; what each credit then takes is cut to what it has, in the order it names them.
    Neither side can be over-settled; what this leaves goes on to the next step.
-#}
{% macro settle_by_name(debits, credits, pairs, step) -%}
    select
        company_id,
        customer_id,
        debit_id,
        credit_id,
        {{ money('least(taken, greatest(credit_residual - taken_before, 0))') }} as amount,
        '{{ step }}' as step_name
    from (
        select
            *,
            coalesce(sum(taken) over (
                partition by credit_id order by position, debit_date, debit_id
                rows between unbounded preceding and 1 preceding
            ), 0) as taken_before
        from (
            select
                *,
                least(credit_residual, greatest(debit_residual - offered_before, 0)) as taken
            from (
                select
                    debit.company_id,
                    debit.customer_id,
                    debit.item_id as debit_id,
                    credit.item_id as credit_id,
                    debit.entry_date as debit_date,
                    pairs.position,
                    debit.residual as debit_residual,
                    credit.residual as credit_residual,
                    coalesce(sum(credit.residual) over (
                        partition by debit.item_id
                        order by credit.entry_date, credit.sort_key nulls last, credit.item_id
                        rows between unbounded preceding and 1 preceding
                    ), 0) as offered_before
                from {{ pairs }} as pairs
                inner join {{ debits }} as debit
                    on pairs.debit_id = debit.item_id
                inner join {{ credits }} as credit
                    on pairs.credit_id = credit.item_id
            ) as offers
        ) as takes
    ) as cuts
    where least(taken, greatest(credit_residual - taken_before, 0)) > 0
{%- endmacro %}

{#-
    One and only one: a credit settles the open document of its exact amount if, on its day, there is exactly one.
    Walking one customer's items of one amount by date, a document raises the count of open ones, and a credit
    takes it back to zero when it stands at one. Once two are open no credit of that amount can choose between
    them: from there on nothing is matched. A credit at zero finds nothing and changes nothing. So a credit matches
    if and only if the item before it is a document and no document has yet followed a document.
-#}
{% macro settle_by_only_amount(documents, credits, step) -%}
    select
        company_id,
        customer_id,
        previous_id as debit_id,
        item_id as credit_id,
        residual as amount,
        '{{ step }}' as step_name
    from (
        select
            *,
            max(case when not is_credit and previous_is_credit = false then 1 else 0 end) over (
                partition by group_key, residual
                order by entry_date, is_credit, sort_key nulls last, item_id
                rows between unbounded preceding and current row
            ) as is_ambiguous
        from (
            select
                *,
                lag(is_credit) over (
                    partition by group_key, residual order by entry_date, is_credit, sort_key nulls last, item_id
                ) as previous_is_credit,
                lag(item_id) over (
                    partition by group_key, residual order by entry_date, is_credit, sort_key nulls last, item_id
                ) as previous_id
            from (
                select company_id, customer_id, item_id, group_key, residual, entry_date, sort_key, false as is_credit
                from {{ documents }}
                union all
                select company_id, customer_id, item_id, group_key, residual, entry_date, sort_key, true as is_credit
                from {{ credits }}
            ) as both_sides
        ) as walk
    ) as counted
    where is_credit and previous_is_credit = false and is_ambiguous = 0
{%- endmacro %}

{#-
    One side of the settlement, amounts positive: `debits` are what is owed (documents, and money that went back out),
    `credits` what settles (money in, credit notes, losses, discounts, set-offs).
-#}
{% macro settlement_side(side) -%}
with

items as (
    select * from {{ ref('int_ledger__items') }}
    where {{ 'amount > 0' if side == 'debits' else 'amount < 0' }}
),

returned as (
    select {{ 'return_id' if side == 'debits' else 'receipt_id' }} as item_id from {{ ref('int_settlement__returns') }}
),

carried as (
    select
        original_line_id as line_id,
        -- The lettering that the latest year's opening line carries passes to the item itself.
        max(
            company_id
            || '|' || cast(fiscal_year_start as varchar(10))
            || '|' || account_number
            || '|' || customer_id
            || '|' || lettering_code
        ) as carried_key
    from {{ ref('int_ledger__opening_matches') }}
    where original_line_id is not null and lettering_code is not null
    group by original_line_id
),

-- Groups that reach back over a year end: they can only be settled whole, with the items their openings carry.
spanning as (
    select distinct carried_key from carried
),

sided as (
    select
        items.company_id,
        items.item_id,
        items.customer_id,
        items.line_type,
        items.is_bank_line,
        {{ money('amount' if side == 'debits' else '-amount') }} as amount,
        items.entry_date,
        items.document_number as sort_key,
        items.document_number,
        items.line_label,
        case when spanning.carried_key is null then items.lettering_key end as year_key,
        case when spanning.carried_key is null then carried.carried_key else items.lettering_key end as spanning_key,
        items.company_id || '|' || items.customer_id as customer_key
    from items
    left join carried
        on items.line_id = carried.line_id
    left join spanning
        on items.lettering_key = spanning.carried_key
    left join returned
        on items.item_id = returned.item_id
    -- A receipt and the return that undid it settle nothing lastingly: they are paired apart.
    where returned.item_id is null
)

select * from sided
{%- endmacro %}

{#- A step that settles, inside each lettering group of the given key, the documents that credits name. -#}
{% macro settle_named_in_group(step, key) -%}
with

debits as (
    {{ residuals('debits', before=step) }}
),

credits as (
    {{ residuals('credits', before=step) }}
),

pairs as (
    select
        names.debit_id,
        names.credit_id,
        names.position
    from {{ ref('int_settlement__references') }} as names
    inner join debits
        on names.debit_id = debits.item_id
    inner join credits
        on
            names.credit_id = credits.item_id
            and debits.{{ key }} = credits.{{ key }}
),

settled as (
    {{ settle_by_name('debits', 'credits', 'pairs', step) }}
)

select * from settled
{%- endmacro %}
