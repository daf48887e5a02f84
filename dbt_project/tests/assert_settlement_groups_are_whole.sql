-- No tie between lettering codes may join two groups: the rounds of labelling were enough.
select links.*
from {{ ref('int_settlement__links') }} as links
inner join {{ ref('int_settlement__labels') }} as here
    on links.node = here.node
inner join {{ ref('int_settlement__labels') }} as there
    on links.linked_node = there.node
where here.label <> there.label
