-- Each rate holds until the day before the next one of its currency.
select
    company_id,
    ledger_name,
    upper(currency) as currency,
    rate_date,
    cast(exchange_rate as decimal(18, 8)) as exchange_rate,
    lead(rate_date) over (
        partition by company_id, ledger_name, upper(currency) order by rate_date
    ) as next_rate_date
from {{ source('subledger', 'subledger_exchange_rates') }}
