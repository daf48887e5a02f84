{{ config(meta={'key': ['company_id', 'reminder_id']}) }}

with

reminders as (
    select * from {{ ref('stg_events__reminders') }}
),

subjects as (
    select * from {{ ref('int_events__subjects') }}
    where event = 'reminders'
)

select
    reminders.company_id,
    reminders.reminder_id,
    subjects.subject,
    reminders.document_reference,
    subjects.customer_id,
    reminders.sent_on,
    reminders.level,
    reminders.channel
from reminders
inner join subjects
    on
        reminders.company_id = subjects.company_id
        and reminders.reminder_id = subjects.event_id
