with

group_members as (
    select * from {{ ref('int_legal__group_members') }}
),

-- Other companies of a customer's group: customers of the same head, the parent, the head itself.
relatives as (
    select
        mine.company_id,
        mine.customer_id,
        others.legal_unit_id as relative_id
    from group_members as mine
    inner join group_members as others
        on
            mine.company_id = others.company_id
            and mine.group_id = others.group_id
            and mine.legal_unit_id <> others.legal_unit_id
    union
    select
        company_id,
        customer_id,
        parent_id as relative_id
    from group_members
    where parent_id is not null
    union
    select
        company_id,
        customer_id,
        group_id as relative_id
    from group_members
    where group_id <> legal_unit_id
)

select * from relatives
