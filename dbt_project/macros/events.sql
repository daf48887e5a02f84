{#- One row per event of the tables whose rows may name a document and, unless told otherwise, of those about customers alone. -#}
{% macro dated_events(about_documents_only=false) -%}
    {%- set about_documents = {
        'disputes': ('dispute_id', 'opened_on'),
        'promises': ('promise_id', 'promised_on'),
        'reminders': ('reminder_id', 'sent_on'),
        'instalments': ('instalment_id', 'agreed_on'),
    } -%}
    {%- set about_customers = {
        'orders': ('order_id', 'ordered_on'),
        'insured_limits': ('limit_id', 'valid_from'),
        'overrides': ('override_id', 'decided_on'),
    } -%}
    {%- set tables = about_documents.items() | list
        + ([] if about_documents_only else about_customers.items() | list) -%}
    {%- for event, (key, date) in tables %}
    select
        company_id,
        '{{ event }}' as event,
        {{ key }} as event_id,
        {{ date }} as event_date,
        {{ 'document_reference' if event in about_documents else 'cast(null as varchar(255)) as document_reference' }},
        customer_id
    from {{ ref('stg_events__' ~ event) }}
    {%- if not loop.last %}
    union all
    {%- endif %}
    {%- endfor %}
{%- endmacro %}

{#-
    The last day of what holds until its own last day, or until the next of its kind begins: the earlier of the two.
-#}
{% macro last_day_in_force(valid_to, next_start) -%}
    least({{ valid_to }}, {{ add_days(next_start, -1) }})
{%- endmacro %}
