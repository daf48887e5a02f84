{#-
    The one home of the metrics by month: every table of them, whatever it is about, is this text with the columns
    that name a scope. A figure of a scope is that of the ledger of its customers alone.
-#}

{#- What a scope's rows are named by, beside the company. -#}
{% macro scope_columns(scope) -%}
    {{ return({
        'company': [],
        'customer': ['customer_id'],
        'sector': ['sector_code'],
        'country': ['country_code'],
        'size': ['size_category'],
        'attribute': ['attribute_name', 'attribute_value'],
    }[scope]) }}
{%- endmacro %}

{#- Metrics that are one division: numerator and denominator, over the columns of a scope's month. -#}
{% macro ratio_metrics() -%}
    {%- set metrics = {
        'collection_effectiveness_index': [
            '100 * (receivables_begin + billed - receivables)', 'receivables_begin + billed - not_due'
        ],
        'collection_effectiveness_index_without_write_offs': [
            '100 * (receivables_begin + billed - written_off - receivables)', 'receivables_begin + billed - not_due'
        ],
        'percent_current': ['not_due', 'receivables'],
        'turnover_12m': ['12 * billed_12m', 'sum_receivables_12m'],
    } -%}
    {%- for n in ['3m', '12m'] -%}
        {%- do metrics.update({
            'dso_' ~ n: ['receivables * window_days_' ~ n, 'billed_' ~ n],
            'best_possible_dso_' ~ n: ['not_due * window_days_' ~ n, 'billed_' ~ n],
            'dso_restated_' ~ n: [
                '(receivables + assigned_not_due + discounted_not_due) * window_days_' ~ n, 'billed_' ~ n
            ],
            'one_day_of_dso_' ~ n: ['billed_' ~ n, 'window_days_' ~ n],
            'days_to_pay_' ~ n: ['paid_days_' ~ n, 'paid_' ~ n],
            'days_late_' ~ n: ['paid_days_late_' ~ n, 'paid_' ~ n],
            'days_late_net_' ~ n: ['paid_days_late_net_' ~ n, 'paid_' ~ n],
            'share_paid_late_amount_' ~ n: ['paid_late_' ~ n, 'paid_' ~ n],
            'share_paid_late_count_' ~ n: ['paid_late_count_' ~ n, 'paid_count_' ~ n],
            'share_fifo_' ~ n: ['paid_fifo_' ~ n, 'paid_' ~ n],
            'share_billing_due_assumed_' ~ n: ['invoiced_due_assumed_' ~ n, 'invoiced_' ~ n],
        }) -%}
    {%- endfor -%}
    {{ return(metrics) }}
{%- endmacro %}

{#- `a.x = b.x and a.y = b.y` for the columns that name a row. -#}
{% macro same(left, right, columns) -%}
    {%- for column in columns -%}
        {{ left }}.{{ column }} = {{ right }}.{{ column }}{{ ' and ' if not loop.last }}
    {%- endfor -%}
{%- endmacro %}

{#- Each customer's value of an attribute; customers without one are a group of their own, so that groups add up. -#}
{% macro customer_scopes(scope) -%}
    {%- if scope == 'attribute' -%}
    select
        customers.company_id,
        customers.customer_id,
        names.attribute_name,
        coalesce(attributes.attribute_value, 'unknown') as attribute_value
    from {{ ref('dim_customers') }} as customers
    inner join (
        select distinct company_id, attribute_name from {{ ref('stg_config__customer_attributes') }}
    ) as names
        on customers.company_id = names.company_id
    left join {{ ref('stg_config__customer_attributes') }} as attributes
        on
            customers.company_id = attributes.company_id
            and customers.customer_id = attributes.customer_id
            and names.attribute_name = attributes.attribute_name
    {%- else -%}
    select
        company_id,
        customer_id,
        coalesce({{ scope_columns(scope)[0] }}, 'unknown') as {{ scope_columns(scope)[0] }}
    from {{ ref('dim_customers') }}
    {%- endif -%}
{%- endmacro %}

{#- A table of customers with the scope's columns. -#}
{% macro in_scope(relation, scope) -%}
    {%- if scope in ('company', 'customer') -%}
        {{ relation }}
    {%- else -%}
        (
        select
            {{ relation }}.*{% for column in scope_columns(scope) %},
            scopes.{{ column }}{% endfor %}
        from {{ relation }}
        inner join scopes
            on {{ same(relation, 'scopes', ['company_id', 'customer_id']) }}
    )
    {%- endif -%}
{%- endmacro %}

{#- Customers' tables hold one row a customer and month: there is nothing to sum. -#}
{% macro total(column, scope) -%}
    {{ column if scope == 'customer' else 'sum(' ~ column ~ ')' }}
{%- endmacro %}

{% macro grouped_by(columns, scope) -%}
    {{ '' if scope == 'customer' else 'group by ' ~ columns }}
{%- endmacro %}

{% macro dso_by_scope(scope) -%}
{%- set columns = scope_columns(scope) -%}
{%- set keys = ['company_id'] + columns -%}
{%- set key_list = keys | join(', ') -%}
{%- set windows = {'3m': 2, '12m': 11} -%}
{%- set payment_sums = [
    'paid', 'paid_days', 'paid_days_late', 'paid_days_late_net', 'paid_late', 'paid_fifo', 'paid_count',
    'paid_late_count',
] -%}
with

month_ends as (
    select * from {{ ref('int_metrics__month_ends') }}
),

ageing as (
    select * from {{ ref('fct_ageing_monthly') }}
),

open_items as (
    select * from {{ ref('int_metrics__open_items_monthly') }}
),

billing as (
    select * from {{ ref('int_metrics__billing_monthly') }}
),

payment_windows as (
    select * from {{ ref('int_metrics__payment_windows') }}
),

financed as (
    select * from {{ ref('int_metrics__financed_monthly') }}
),

{% if scope == 'customer' -%}
customer_months as (
    select * from {{ ref('int_metrics__customer_months') }}
),

{% elif columns -%}
scopes as (
    {{ customer_scopes(scope) }}
),

{% endif -%}
-- The calendar: a window of n months ends with the row's month; it says nothing before the ledger covers it --------

calendar as (
    select
        company_id,
        month_index,
        month_end,
        is_month_end,
        month_days,
        first_month_index,
        {%- for name, back in windows.items() %}
        month_index - {{ back }} >= first_month_index as has_{{ name }},
        sum(month_days) over (
            partition by company_id order by month_index rows between {{ back }} preceding and current row
        ) as days_{{ name }},
        {%- endfor %}
        sum(month_days) over (
            partition by company_id order by month_index rows between 23 preceding and current row
        ) as days_24m
    from month_ends
),

financing_companies as (
    select distinct company_id from financed
),

-- One row per scope and month. A customer's months go on for two years after its last movement: what lies further
-- back than any window is nothing, whether it has rows or not.
spine as (
    {%- if scope == 'company' %}
    select * from calendar
    {%- else %}
    select
        calendar.*{% for column in columns %},
        scope_values.{{ column }}{% endfor %}
    from {{ 'customer_months' if scope == 'customer' else '(select distinct ' ~ key_list ~ ' from scopes)' }} as scope_values
    inner join calendar
        on
            scope_values.company_id = calendar.company_id
            {%- if scope == 'customer' %}
            and scope_values.month_index = calendar.month_index
            {%- endif %}
    {%- endif %}
),

-- What adds up over customers --------------------------------------------------------------------------------------

aged as (
    select
        {{ key_list }},
        month_end,
        {{ total('balance', scope) }} as receivables,
        {{ total('not_due', scope) }} as not_due,
        {{ total('overdue', scope) }} as overdue,
        {{ total('due_date_unknown', scope) }} as due_date_unknown,
        {{ total('unallocated', scope) }} as unallocated
    from {{ in_scope('ageing', scope) }} as ageing
    {{ grouped_by(key_list ~ ', month_end', scope) }}
),

billed_months as (
    select
        {{ key_list }},
        month_index,
        {{ total('billed', scope) }} as billed,
        {{ total('invoiced', scope) }} as invoiced,
        {{ total('invoiced_due_assumed', scope) }} as invoiced_due_assumed,
        {{ total('written_off', scope) }} as written_off
    from {{ in_scope('billing', scope) }} as billing
    {{ grouped_by(key_list ~ ', month_index', scope) }}
),

paid as (
    select
        {{ key_list }},
        month_index
        {%- for name in windows %}{% for column in payment_sums %},
        {{ total(column ~ '_' ~ name, scope) }} as {{ column }}_{{ name }}
        {%- endfor %}{% endfor %}
    from {{ in_scope('payment_windows', scope) }} as payment_windows
    {{ grouped_by(key_list ~ ', month_index', scope) }}
),

financed_months as (
    select
        {{ key_list }},
        month_index,
        {{ total('assigned_not_due', scope) }} as assigned_not_due,
        {{ total('discounted_not_due', scope) }} as discounted_not_due
    from {{ in_scope('financed', scope) }} as financed
    {{ grouped_by(key_list ~ ', month_index', scope) }}
),

monthly as (
    select
        spine.*,
        {%- for column in ['receivables', 'not_due', 'overdue', 'due_date_unknown', 'unallocated'] %}
        {{ money('coalesce(aged.' ~ column ~ ', 0)') }} as {{ column }},
        {%- endfor %}
        {%- for column in ['billed', 'invoiced', 'invoiced_due_assumed', 'written_off'] %}
        {{ money('coalesce(billed_months.' ~ column ~ ', 0)') }} as {{ column }},
        {%- endfor %}
        {%- for name in windows %}{% for column in payment_sums %}
        case when spine.has_{{ name }} then coalesce(paid.{{ column }}_{{ name }}, 0) end as {{ column }}_{{ name }},
        {%- endfor %}{% endfor %}
        -- Null where the company sells no receivable and discounts no bill: there is nothing to restate.
        {%- for column in ['assigned_not_due', 'discounted_not_due'] %}
        case
            when financing_companies.company_id is not null
                then {{ money('coalesce(financed_months.' ~ column ~ ', 0)') }}
        end as {{ column }}{{ ',' if not loop.last }}
        {%- endfor %}
    from spine
    left join aged
        on {{ same('spine', 'aged', keys + ['month_end']) }}
    {%- for relation in ['billed_months', 'paid', 'financed_months'] %}
    left join {{ relation }}
        on {{ same('spine', relation, keys + ['month_index']) }}
    {%- endfor %}
    left join financing_companies
        on spine.company_id = financing_companies.company_id
),

running as (
    select
        *,
        {%- for name in windows %}
        {{ money('case when has_' ~ name ~ ' then sum(billed) over last_' ~ name ~ ' end') }} as billed_{{ name }},
        {{ money('case when has_' ~ name ~ ' then sum(invoiced) over last_' ~ name ~ ' end') }} as invoiced_{{ name }},
        {{ money('case when has_' ~ name ~ ' then sum(invoiced_due_assumed) over last_' ~ name ~ ' end') }}
            as invoiced_due_assumed_{{ name }},
        cast(case when has_{{ name }} then days_{{ name }} end as integer) as window_days_{{ name }},
        {%- endfor %}
        case when has_12m then sum(receivables) over last_12m end as sum_receivables_12m,
        -- Who was not there the month before owed nothing then; before the ledger's first month nobody knows.
        {{ money('case
            when month_index > first_month_index
                then coalesce(lag(receivables) over (partition by ' ~ key_list ~ ' order by month_index), 0)
        end') }} as receivables_begin,
        sum(greatest(billed, 0)) over (
            partition by {{ key_list }} order by month_index rows between unbounded preceding and current row
        ) as billed_so_far,
        sum(greatest(billed, 0)) over (
            partition by {{ key_list }} order by month_index rows between 23 preceding and current row
        ) as billed_24m
    from monthly
    window
        last_3m as (partition by {{ key_list }} order by month_index rows between 2 preceding and current row),
        last_12m as (partition by {{ key_list }} order by month_index rows between 11 preceding and current row)
),

-- Count-back: months are laid end to end by what they billed; what is owed reaches back from the row's own end into
-- one of them, the last that begins at or before that point. One sort, however many months lie between.
reaches as (
    select
        {{ key_list }},
        month_index,
        false as is_reach,
        month_index as reached_index,
        billed_so_far - billed as point,
        billed_so_far as month_ends_at
    from running
    where billed > 0

    union all

    select
        {{ key_list }},
        month_index,
        true as is_reach,
        cast(null as integer) as reached_index,
        billed_so_far - receivables as point,
        cast(null as decimal(38, 2)) as month_ends_at
    from running
    where receivables > 0 and receivables <= billed_24m
),

reached as (
    select
        {{ key_list }},
        month_index,
        is_reach,
        point,
        max(reached_index) over so_far as reached_index,
        max(month_ends_at) over so_far as month_ends_at,
        max(case when not is_reach then point end) over so_far as month_begins_at
    from reaches
    window so_far as (
        partition by {{ key_list }}
        order by point, is_reach, month_index
        rows between unbounded preceding and current row
    )
),

countback as (
    select
        {% for key in keys %}reached.{{ key }}, {% endfor %}
        reached.month_index,
        cast(
            {{ days_between('back.month_end', 'calendar.month_end') }}
            + {{ ratio(
                '(reached.month_ends_at - reached.point) * back.month_days',
                '(reached.month_ends_at - reached.month_begins_at)'
            ) }} as decimal(28, 4)
        ) as days
    from reached
    inner join calendar
        on {{ same('reached', 'calendar', ['company_id', 'month_index']) }}
    inner join calendar as back
        on
            reached.company_id = back.company_id
            and reached.reached_index = back.month_index
    where reached.is_reach
),

-- True DSO ---------------------------------------------------------------------------------------------------------

open_by_billing_month as (
    select
        {{ key_list }},
        month_index,
        case when document_type in ('invoice', 'deposit') then {{ month_index('entry_date') }} end as billed_index,
        sum(open_amount) as open_amount,
        sum(open_amount * {{ days_between('issue_date', 'month_end') }}) as open_days
    from {{ in_scope('open_items', scope) }} as open_items
    where item_kind = 'document' and open_amount > 0
    group by
        {{ key_list }},
        month_index,
        case when document_type in ('invoice', 'deposit') then {{ month_index('entry_date') }} end
),

true_dso_parts as (
    select
        open_by_billing_month.*,
        {{ ratio('open_by_billing_month.open_days', 'billed_months.billed', 8) }} as days
    from open_by_billing_month
    left join billed_months
        on
            {{ same('open_by_billing_month', 'billed_months', keys) }}
            and open_by_billing_month.billed_index = billed_months.month_index
),

-- One open invoice of a month without net billing and the measure is not defined.
true_dso as (
    select
        {{ key_list }},
        month_index,
        cast(
            case
                when count(case when billed_index is not null and days is null then 1 end) = 0
                    then round(sum(case when billed_index is not null then days else 0 end), 4)
            end as decimal(28, 4)
        ) as true_dso,
        {{ money('sum(case when billed_index is null then open_amount else 0 end)') }} as true_dso_not_covered
    from true_dso_parts
    group by {{ key_list }}, month_index
),

-- Concentration ----------------------------------------------------------------------------------------------------

{% if scope == 'customer' -%}
concentration as (
    select
        {{ key_list }},
        month_end,
        cast(1 as decimal(28, 4)) as top_10_share,
        cast(1 as decimal(28, 4)) as herfindahl_index
    from ageing
    where balance > 0
),
{%- else -%}
customer_shares as (
    select
        {{ key_list }},
        month_end,
        balance,
        row_number() over (
            partition by {{ key_list }}, month_end order by balance desc, customer_id
        ) as customer_rank,
        sum(balance) over (partition by {{ key_list }}, month_end) as owed
    from {{ in_scope('ageing', scope) }} as ageing
    where balance > 0
),

concentration as (
    select
        {{ key_list }},
        month_end,
        {{ ratio('sum(case when customer_rank <= 10 then balance else 0 end)', 'max(owed)') }} as top_10_share,
        cast(round(sum(share * share), 4) as decimal(28, 4)) as herfindahl_index
    from (
        select
            *,
            cast({{ ratio('balance', 'owed', 8) }} as decimal(18, 8)) as share
        from customer_shares
    ) as shares
    group by {{ key_list }}, month_end
),
{%- endif %}

-- The figures ------------------------------------------------------------------------------------------------------

figures as (
    select
        running.*,
        case
            when running.receivables > running.billed_24m then cast(running.days_24m as decimal(28, 4))
            else coalesce(countback.days, 0)
        end as dso_countback,
        {{ money('greatest(running.receivables - running.billed_24m, 0)') }} as countback_unexplained,
        case when true_dso.company_id is null then 0 else true_dso.true_dso end as true_dso,
        coalesce(true_dso.true_dso_not_covered, 0) as true_dso_not_covered,
        concentration.top_10_share,
        concentration.herfindahl_index
    from running
    left join countback
        on {{ same('running', 'countback', keys + ['month_index']) }}
    left join true_dso
        on {{ same('running', 'true_dso', keys + ['month_index']) }}
    left join concentration
        on {{ same('running', 'concentration', keys + ['month_end']) }}
),

ratios as (
    select
        *,
        {%- for metric, parts in ratio_metrics().items() %}
        {{ ratio('(' ~ parts[0] ~ ')', '(' ~ parts[1] ~ ')') }} as {{ metric }}{{ ',' if not loop.last }}
        {%- endfor %}
    from figures
),

final as (
    select
        {{ key_list }},
        month_end,
        is_month_end,
        receivables,
        not_due,
        overdue,
        due_date_unknown,
        unallocated,
        receivables_begin,
        billed,
        billed_3m,
        billed_12m,
        window_days_3m,
        window_days_12m,
        written_off,
        assigned_not_due,
        discounted_not_due,
        {{ money('paid_3m') }} as paid_3m,
        {{ money('paid_12m') }} as paid_12m,
        dso_countback,
        countback_unexplained,
        true_dso,
        true_dso_not_covered,
        top_10_share,
        herfindahl_index,
        {%- for metric in ratio_metrics() %}
        {{ metric }},
        {%- endfor %}
        -- The difference of the two printed figures, so that the three add up on the page.
        cast(dso_3m - best_possible_dso_3m as decimal(28, 4)) as average_days_delinquent_3m,
        cast(dso_12m - best_possible_dso_12m as decimal(28, 4)) as average_days_delinquent_12m
    from ratios
)

select * from final
{%- endmacro %}
