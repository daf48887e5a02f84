{{ settle_named_in_group('carried_named', 'spanning_key') }}
