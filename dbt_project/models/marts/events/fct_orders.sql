{{ config(meta={'key': ['company_id', 'order_id']}) }}

with

orders as (
    select * from {{ ref('stg_events__orders') }}
),

subjects as (
    select * from {{ ref('int_events__subjects') }}
    where event = 'orders'
)

select
    orders.company_id,
    orders.order_id,
    subjects.subject,
    subjects.customer_id,
    orders.ordered_on,
    orders.amount
from orders
inner join subjects
    on
        orders.company_id = subjects.company_id
        and orders.order_id = subjects.event_id
