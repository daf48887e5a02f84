{{ settle_named_in_group('ledger_named', 'year_key') }}
