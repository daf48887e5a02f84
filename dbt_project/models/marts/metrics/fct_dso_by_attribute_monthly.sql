{{ config(meta={'key': ['company_id', 'attribute_name', 'attribute_value', 'month_end']}) }}

{{ dso_by_scope('attribute') }}
