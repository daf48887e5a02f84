{{ config(meta={'key': ['company_id', 'sector_code', 'month_end']}) }}

{{ dso_by_scope('sector') }}
