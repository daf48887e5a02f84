{{ config(meta={'key': ['company_id', 'size_category', 'month_end']}) }}

{{ dso_by_scope('size') }}
