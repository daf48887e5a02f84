{{ settlement_side('debits') }}
