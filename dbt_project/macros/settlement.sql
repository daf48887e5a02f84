{#-
    The ways in which credits settle debits. Each works on residuals: what earlier steps left of each item.
    All are set-based, deterministic and, bar the sorting, linear in the number of items.
    Items bring: company_id, customer_id, item_id, residual (> 0), entry_date, sort_key, and the column that groups them:
    group_key (what the ledger letters together) or customer_key.
-#}

{#- The steps in their order: the one place that holds it (the seed settlement_methods describes each). -#}
{% macro settlement_steps(before=none) -%}
    {%- set steps = [
        'recorded', 'ledger_named', 'ledger_equal', 'ledger_oldest',
        'reference', 'refund_paired', 'exact_amount', 'amount_subset', 'fifo',
    ] -%}
    {{ return(steps[:steps.index(before)] if before else steps) }}
{%- endmacro %}

{#-
    What the steps before the named one left of one side's items (`debits` or `credits`). Steps that assume leave alone
    the items of a sub-ledger that says itself what settles what.
-#}
{% macro residuals(side, before) -%}
    {%- set steps = settlement_steps(before) %}
    {%- set assumes = 'ledger_oldest' in steps %}
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
    where
        items.amount - coalesce(settled.amount, 0) > 0
        {%- if assumes %}
        and items.is_matched_by_record is not true
        {%- endif %}
    {%- else %}
    cross join (select 0 as amount) as settled
    {%- endif %}
{%- endmacro %}

{#-
    Oldest first within each group: both sides are laid end to end by their running totals, and each stretch
    where one debit and one credit overlap is an allocation. The cut points are sorted once, so that one customer
    with 100,000 items costs a sort, not 100,000 squared.
-#}
{% macro settle_by_running_total(debits, credits, step, group='customer_key') -%}
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
                    {{ running_totals(debits, group) }}
                ) as debit_points
                union all
                select group_key, upper_bound as point, 0 as debit_ends, 1 as credit_ends from (
                    {{ running_totals(credits, group) }}
                ) as credit_points
            ) as ends
            group by group_key, point
        ) as points
    ) as stretch
    inner join (
        {{ running_totals(debits, group) }}
    ) as debit
        on
            stretch.group_key = debit.group_key
            and stretch.debit_rank = debit.item_rank
    inner join (
        {{ running_totals(credits, group) }}
    ) as credit
        on
            stretch.group_key = credit.group_key
            and stretch.credit_rank = credit.item_rank
{%- endmacro %}

{% macro running_totals(items, group) -%}
    select
        company_id,
        customer_id,
        item_id,
        {{ group }} as group_key,
        row_number() over (
            partition by {{ group }} order by entry_date, sort_key nulls last, item_id
        ) as item_rank,
        cast(sum(residual) over (
            partition by {{ group }} order by entry_date, sort_key nulls last, item_id
            rows between unbounded preceding and current row
        ) as decimal(38, 2)) as upper_bound
    from {{ items }}
{%- endmacro %}

{#- Equal amounts within each group: the k-th debit of an amount with the k-th credit of that amount. -#}
{% macro settle_by_equal_amount(debits, credits, step, group='customer_key') -%}
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
                partition by {{ group }}, residual order by entry_date, sort_key nulls last, item_id
            ) as occurrence
        from {{ debits }}
    ) as debit
    inner join (
        select
            *,
            row_number() over (
                partition by {{ group }}, residual order by entry_date, sort_key nulls last, item_id
            ) as occurrence
        from {{ credits }}
    ) as credit
        on
            debit.{{ group }} = credit.{{ group }}
            and debit.residual = credit.residual
            and debit.occurrence = credit.occurrence
{%- endmacro %}

{#-
    Named documents: `pairs` brings (debit_id, credit_id, position, is_number). First what the number of the credit's
    piece names, then what its wording names, then that once more for what offers crossed: a document named by several
    credits is offered to them by date, and what each credit takes is cut to what it has, in the order it names them.
    Neither side can be over-settled; what this leaves goes on to the next step.
-#}
{% macro settle_by_name(debits, credits, pairs, step) -%}
    select
        company_id,
        customer_id,
        debit_id,
        credit_id,
        {{ money('sum(amount)') }} as amount,
        '{{ step }}' as step_name
    from (
        with
        {%- for names in ['is_number', 'true', 'true'] %}
        {%- set before = namespace(settled='') %}
        {%- for round in range(1, loop.index) %}
        {%- set before.settled = before.settled ~ (' union all ' if round > 1) ~ 'select * from round_' ~ round %}
        {%- endfor %}

        round_{{ loop.index }} as (
            select
                company_id,
                customer_id,
                debit_id,
                credit_id,
                least(taken, greatest(credit_residual - taken_before, 0)) as amount
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
                            *,
                            coalesce(sum(credit_residual) over (
                                partition by debit_id order by credit_date, credit_sort_key nulls last, credit_id
                                rows between unbounded preceding and 1 preceding
                            ), 0) as offered_before
                        from (
                            select
                                debit.company_id,
                                debit.customer_id,
                                debit.item_id as debit_id,
                                credit.item_id as credit_id,
                                debit.entry_date as debit_date,
                                credit.entry_date as credit_date,
                                credit.sort_key as credit_sort_key,
                                pairs.position,
                                debit.residual {%- if before.settled %} - coalesce(debit_settled.amount, 0) {%- endif %}
                                    as debit_residual,
                                credit.residual {%- if before.settled %} - coalesce(credit_settled.amount, 0) {%- endif %}
                                    as credit_residual
                            from {{ pairs }} as pairs
                            inner join {{ debits }} as debit
                                on pairs.debit_id = debit.item_id
                            inner join {{ credits }} as credit
                                on pairs.credit_id = credit.item_id
                            {%- if before.settled %}
                            left join (
                                select debit_id, sum(amount) as amount from ({{ before.settled }}) as earlier
                                group by debit_id
                            ) as debit_settled
                                on debit.item_id = debit_settled.debit_id
                            left join (
                                select credit_id, sum(amount) as amount from ({{ before.settled }}) as earlier
                                group by credit_id
                            ) as credit_settled
                                on credit.item_id = credit_settled.credit_id
                            {%- endif %}
                            where {{ 'pairs.is_number' if names == 'is_number' else 'true' }}
                        ) as residuals
                        where debit_residual > 0 and credit_residual > 0
                    ) as offers
                ) as takes
            ) as cuts
            where least(taken, greatest(credit_residual - taken_before, 0)) > 0
        ){{ ',' if not loop.last }}
        {%- endfor %}

        select * from round_1 union all select * from round_2 union all select * from round_3
    ) as settled
    group by company_id, customer_id, debit_id, credit_id
{%- endmacro %}

{#-
    One and only one: a credit settles the open document of its exact amount if, on its day, there is exactly one.
    Walking one customer's items of one amount by date, a document raises the count of open ones and a credit takes one
    off (one that finds none changes nothing). So a credit matches if the item before it is a document that found the
    count at zero. Where two were open no credit can choose; when as many credits have come as documents, the next
    document stands alone again. The count that stops at zero is the running total less its lowest value so far.
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
            lag(is_credit) over of_amount as previous_is_credit,
            lag(item_id) over of_amount as previous_id,
            coalesce(lag(open_count, 2) over of_amount, 0) as open_before_previous
        from (
            select
                *,
                running_count - least(0, min(running_count) over (
                    partition by customer_key, residual
                    order by entry_date, is_credit, sort_key nulls last, item_id
                    rows between unbounded preceding and current row
                )) as open_count
            from (
                select
                    *,
                    sum(case when is_credit then -1 else 1 end) over (
                        partition by customer_key, residual
                        order by entry_date, is_credit, sort_key nulls last, item_id
                        rows between unbounded preceding and current row
                    ) as running_count
                from (
                    select
                        company_id, customer_id, item_id, customer_key, residual, entry_date, sort_key,
                        false as is_credit
                    from {{ documents }}
                    union all
                    select
                        company_id, customer_id, item_id, customer_key, residual, entry_date, sort_key,
                        true as is_credit
                    from {{ credits }}
                ) as both_sides
            ) as walk
        ) as counted
        window of_amount as (
            partition by customer_key, residual order by entry_date, is_credit, sort_key nulls last, item_id
        )
    ) as matched
    where is_credit and previous_is_credit = false and open_before_previous = 0
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

groups as (
    select * from {{ ref('int_settlement__groups') }}
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
        items.is_matched_by_record,
        groups.group_key,
        items.company_id || '|' || items.customer_id as customer_key
    from items
    left join groups
        on items.item_id = groups.item_id
    left join returned
        on items.item_id = returned.item_id
    -- A receipt and the return that undid it settle nothing lastingly: they are paired apart.
    where returned.item_id is null
)

select * from sided
{%- endmacro %}

{#-
    The open documents that a credit may be the sum of: those of its customer that exist on its day and are no larger
    than it, ranked by age.
    With `presumed`, the oldest documents that earlier credits without a match would have paid are taken as paid: else
    one month nobody can tell apart would stay open, and hide every later one.
    Only so many documents from the first open one are looked at, by rank: one customer with 100,000 items costs a
    sort and a fixed number of rows for each credit.
-#}
{% macro subset_candidates(documents, credits, presumed) -%}
    {%- set window = var('subset_open_documents') | int %}
    select
        pairs.*,
        row_number() over (partition by credit_id order by document_rank) as candidate_rank,
        count(*) over (partition by credit_id) as candidate_count
    from (
        select
            credits.company_id,
            credits.customer_id,
            credits.item_id as credit_id,
            credits.entry_date as credit_date,
            credits.residual as credit_residual,
            documents.item_id as debit_id,
            documents.residual,
            documents.document_rank
        from (
            select
                *,
                {{ explode_range('closed_documents + 1', 'existing_documents') }} as document_rank
            from (
                select
                    *,
                    {% if presumed -%}
                    cast(sum(is_document) over (
                        partition by customer_key order by running_total range between unbounded preceding and current row
                    ) as integer)
                    {%- else %}0{% endif %} as closed_documents
                from (
                    select
                        *,
                        cast(sum(is_document) over (
                            partition by customer_key order by entry_date
                            range between unbounded preceding and current row
                        ) as integer) as existing_documents
                    from (
                        select
                            company_id, customer_id, customer_key, item_id, entry_date, residual, 1 as is_document,
                            sum(residual) over (
                                partition by customer_key order by entry_date, sort_key nulls last, item_id
                                rows between unbounded preceding and current row
                            ) as running_total
                        from {{ documents }}
                        union all
                        select
                            company_id, customer_id, customer_key, item_id, entry_date, residual, 0 as is_document,
                            coalesce(sum(residual) over (
                                partition by customer_key order by entry_date, sort_key nulls last, item_id
                                rows between unbounded preceding and 1 preceding
                            ), 0) as running_total
                        from {{ credits }}
                    ) as both_sides
                ) as dated
            ) as counted
            where is_document = 0 and existing_documents - closed_documents between 1 and {{ window }}
        ) as credits
        inner join (
            select
                *,
                row_number() over (
                    partition by customer_key order by entry_date, sort_key nulls last, item_id
                ) as document_rank
            from {{ documents }}
        ) as documents
            on
                credits.customer_key = documents.customer_key
                and credits.document_rank = documents.document_rank
        where documents.residual <= credits.residual
    ) as pairs
{%- endmacro %}

{#-
    The one set of open documents that adds up to a credit. The candidates are cut in two halves, whose sums are listed
    (64 at most each) and met: two short lists instead of 4,096 subsets. Beyond the cap so many subsets exist that one
    fits by chance: there only runs of consecutive documents are tried, as a statement or a month is paid. A credit is
    settled if exactly one set fits;
    where two credits claim one document the earlier has it, and the other is looked at again. The last rounds presume
    that older documents are paid.
-#}
{% macro settle_by_subset(documents, credits, step, rounds=4) -%}
    {%- set cap = var('subset_candidates') | int -%}
    {%- set half = cap // 2 -%}
    select
        company_id,
        customer_id,
        debit_id,
        credit_id,
        amount,
        '{{ step }}' as step_name
    from (
        with
        {%- for round in range(1, rounds + 1) %}

        documents_{{ round }} as (
            select documents.* from {{ documents if round == 1 else 'documents_' ~ (round - 1) }} as documents
            {%- if round > 1 %}
            left join settled_{{ round - 1 }} as settled
                on documents.item_id = settled.debit_id
            where settled.debit_id is null
            {%- endif %}
        ),

        credits_{{ round }} as (
            select credits.* from {{ credits if round == 1 else 'credits_' ~ (round - 1) }} as credits
            {%- if round > 1 %}
            left join (select distinct credit_id from settled_{{ round - 1 }}) as settled
                on credits.item_id = settled.credit_id
            where settled.credit_id is null
            {%- endif %}
        ),

        candidates_{{ round }} as (
            {{ subset_candidates('documents_' ~ round, 'credits_' ~ round, presumed=round > 2) }}
        ),

        laid_out_{{ round }} as (
            select
                credit_id,
                {%- for rank in range(1, cap + 1) %}
                coalesce(max(case when candidate_rank = {{ rank }} then residual end), 0) as amount_{{ rank }},
                {%- endfor %}
                max(credit_residual) as credit_residual,
                max(candidate_count) as candidate_count
            from candidates_{{ round }}
            where candidate_count <= {{ cap }}
            group by credit_id
        ),

        older_sums_{{ round }} as (
            select
                credit_id,
                mask,
                {{ money('credit_residual') }} as credit_residual,
                {{ money(subset_sum(1, half)) }} as amount
            from laid_out_{{ round }}
            cross join ({{ subset_masks(half) }}) as masks
            where mask < power(2, least(candidate_count, {{ half }}))
        ),

        newer_sums_{{ round }} as (
            select
                credit_id,
                mask,
                {{ money(subset_sum(half + 1, cap)) }} as amount
            from laid_out_{{ round }}
            cross join ({{ subset_masks(cap - half) }}) as masks
            where mask < power(2, greatest(candidate_count - {{ half }}, 0))
        ),

        only_sets_{{ round }} as (
            select
                older.credit_id,
                min(older.mask) as older_mask,
                min(newer.mask) as newer_mask
            from older_sums_{{ round }} as older
            inner join newer_sums_{{ round }} as newer
                on
                    older.credit_id = newer.credit_id
                    and newer.amount = older.credit_residual - older.amount
            group by older.credit_id
            having count(*) = 1
        ),

        run_ends_{{ round }} as (
            select
                credit_id,
                candidate_rank,
                credit_residual,
                residual,
                sum(residual) over (
                    partition by credit_id order by candidate_rank rows between unbounded preceding and current row
                ) as running_total
            from candidates_{{ round }}
            where candidate_count > {{ cap }}
        ),

        only_runs_{{ round }} as (
            select
                first_of_run.credit_id,
                min(first_of_run.candidate_rank) as first_rank,
                min(last_of_run.candidate_rank) as last_rank
            from run_ends_{{ round }} as first_of_run
            inner join run_ends_{{ round }} as last_of_run
                on
                    first_of_run.credit_id = last_of_run.credit_id
                    and last_of_run.running_total
                    = first_of_run.running_total - first_of_run.residual + first_of_run.credit_residual
            group by first_of_run.credit_id
            having count(*) = 1
        ),

        only_{{ round }} as (
            select
                credit_id, older_mask, newer_mask, 0 as first_rank, 0 as last_rank
            from only_sets_{{ round }}
            union all
            select
                credit_id, 0 as older_mask, 0 as newer_mask, first_rank, last_rank
            from only_runs_{{ round }}
        ),

        claims_{{ round }} as (
            select
                candidates.*,
                row_number() over (
                    partition by candidates.debit_id order by candidates.credit_date, candidates.credit_id
                ) as claim_rank
            from only_{{ round }} as chosen
            inner join candidates_{{ round }} as candidates
                on chosen.credit_id = candidates.credit_id
            where
                candidates.candidate_rank between chosen.first_rank and chosen.last_rank
                or case
                    when candidates.candidate_rank <= {{ half }}
                        then chosen.older_mask & cast(power(2, candidates.candidate_rank - 1) as integer) <> 0
                    when candidates.candidate_rank <= {{ cap }}
                        then chosen.newer_mask & cast(power(2, candidates.candidate_rank - {{ half + 1 }}) as integer) <> 0
                    else false
                end
        ),

        settled_{{ round }} as (
            select
                company_id,
                customer_id,
                debit_id,
                credit_id,
                {{ money('residual') }} as amount
            from (
                select
                    *,
                    max(claim_rank) over (partition by credit_id) as worst_claim
                from claims_{{ round }}
            ) as claims
            where worst_claim = 1
        ){{ ',' if not loop.last }}
        {%- endfor %}

        {% for round in range(1, rounds + 1) -%}
        select * from settled_{{ round }}
        {{ 'union all' if not loop.last }}
        {% endfor %}
    ) as settled
{%- endmacro %}

{#- What the documents of a mask add up to, those ranked from the first to the last. -#}
{% macro subset_sum(first, last) -%}
    {%- for rank in range(first, last + 1) -%}
    case when mask & {{ 2 ** (rank - first) }} <> 0 then amount_{{ rank }} else 0 end{{ ' + ' if not loop.last }}
    {%- endfor -%}
{%- endmacro %}

{#- The subsets of so many documents, as whole numbers whose bits name them. -#}
{% macro subset_masks(size) -%}
    select cast({{ explode_range(0, 2 ** size - 1) }} as integer) as mask
{%- endmacro %}
