-- Open items less unallocated payments equal 411 + 413 + 416, per customer and month end and in total, to the cent.
select *
from {{ ref('reconciliation') }}
where not passed and difference <> 0 and {{ adapter.quote('check') }} <> 'opening_difference'
