with

labels as (
    {{ connected_groups(ref('int_settlement__links')) }}
)

select * from labels
