{#- Shown on the table it guards. -#}
{{ config(meta={'dagster': {'ref': {'name': 'restatements'}}}) }}

-- On the as-of day no line is later: no customer then has open documents and money on account side by side.
select
    restatements.*
from {{ ref('restatements') }} as restatements
inner join {{ ref('stg_config__companies') }} as companies
    on
        restatements.company_id = companies.company_id
        and restatements.month_end = companies.as_of
where restatements.set_apart <> 0
