{{ config(meta={'key': ['company_id', 'country_code', 'month_end']}) }}

{{ dso_by_scope('country') }}
