{#-
    The value in company currency of a sub-ledger's row (`row`: invoices or payments, `rates`: the joined exchange
    rate): as stated, else at the row's own rate, else at the rate of its day; null where nothing tells.
-#}
{% macro company_value(row, rates) -%}
    {{ money(
        'case'
        ~ ' when ' ~ row ~ '.is_company_currency then ' ~ row ~ '.amount'
        ~ ' else coalesce(' ~ row ~ '.company_amount, ' ~ row ~ '.amount * coalesce('
        ~ row ~ '.exchange_rate, ' ~ rates ~ '.exchange_rate))'
        ~ ' end'
    ) }}
{%- endmacro %}

{#- The share of an amount that a part is of a whole, rounded to the cent; the part's sign, null without a whole. -#}
{% macro share_of(amount, part, whole) -%}
    case
        when {{ whole }} <> 0
            then {{ prorata('abs(' ~ amount ~ ')', part, 'abs(' ~ whole ~ ')') }}
    end
{%- endmacro %}

{#- What a matching number belongs to: company, sub-ledger and customer; null without a number. -#}
{% macro matching_key(row) -%}
    {{ row }}.company_id || '|' || {{ row }}.ledger_name || '|' || {{ row }}.customer_id || '|' || {{ row }}.matching_number
{%- endmacro %}

{#- What a balance of items is compared with, in words. -#}
{% macro balance_of_what(items='Open items less unallocated payments') -%}
    case
        when has_subledger then '{{ items }} against the rows of the sub-ledger'
        else '{{ items }} against 411 + 413 + 416'
    end
{%- endmacro %}
