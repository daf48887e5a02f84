{{ config(meta={'key': ['company_id', 'customer_id', 'month_end']}) }}

{{ dso_by_scope('customer') }}
