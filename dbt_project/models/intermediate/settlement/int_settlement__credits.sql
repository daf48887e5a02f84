{{ settlement_side('credits') }}
