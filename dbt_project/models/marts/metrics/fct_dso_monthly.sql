{{ config(meta={'key': ['company_id', 'month_end']}) }}

{{ dso_by_scope('company') }}
