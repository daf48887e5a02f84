-- No tie between lettering codes may join two groups: the rounds of labelling were enough.
with

labels as (
    {{ connected_groups(ref('int_settlement__links')) }}
)

select links.*
from {{ ref('int_settlement__links') }} as links
inner join labels as here
    on links.node = here.node
inner join labels as there
    on links.linked_node = there.node
where here.label <> there.label
