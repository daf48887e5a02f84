-- Table I is the ageing's past due at the closing less what is itemised: nothing else.
select *
from {{ ref('rpt_statutory_tie_out') }}
where item = 'difference' and amount <> 0
