{#-
    The connected parts of a graph given by its links (node, linked_node): each node with the smallest node it is tied
    to. Each round takes the smallest label among the neighbours, then the label of that label, so that a chain of n
    links is labelled after about log2(n) rounds; a data test holds that no link joins two labels.
-#}
{% macro connected_groups(links, rounds=8) -%}
with

links as (
    select node, linked_node from {{ links }}
    union
    select linked_node as node, node as linked_node from {{ links }}
),

labels_0 as (
    select node, node as label from links group by node
),
{% for round in range(1, rounds + 1) %}
nearest_{{ round }} as (
    select
        own.node,
        least(min(own.label), min(neighbour.label)) as label
    from labels_{{ round - 1 }} as own
    inner join links
        on own.node = links.node
    inner join labels_{{ round - 1 }} as neighbour
        on links.linked_node = neighbour.node
    group by own.node
),

labels_{{ round }} as (
    select
        nearest.node,
        least(nearest.label, further.label) as label
    from nearest_{{ round }} as nearest
    inner join nearest_{{ round }} as further
        on nearest.label = further.node
){{ ',' if not loop.last }}
{% endfor %}
select node, label from labels_{{ rounds }}
{%- endmacro %}
