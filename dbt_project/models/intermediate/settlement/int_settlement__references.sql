with

items as (
    select * from {{ ref('int_ledger__items') }}
    where customer_id <> 'UNIDENTIFIED'
),

documents as (
    select
        company_id,
        customer_id,
        item_id,
        {{ regexp_replace_all('upper(document_number)', '[^A-Z0-9]', '') }} as full_number,
        {{ regexp_replace_all('upper(document_number)', '^.*[^0-9]', '') }} as digits
    from items
    where amount > 0 and not is_bank_line and document_number is not null
),

-- How a document can be named: its whole number, or the digits it ends with if they are long enough to mean it.
-- A bare number needs five digits, else any year or amount in a text would name one.
names as (
    select company_id, customer_id, item_id, full_number as name, false as is_digits_only
    from documents
    where
        {{ regexp_contains('full_number', '[0-9]') }}
        and (length(full_number) >= 5 or {{ regexp_contains('full_number', '[A-Z]') }})
        and length(full_number) >= 2

    union all

    select company_id, customer_id, item_id, digits as name, true as is_digits_only
    from documents
    where length(digits) >= 5 and digits <> full_number
),

credits as (
    select
        company_id,
        customer_id,
        item_id,
        upper(document_number) as number_text,
        upper(line_label) as label_text
    from items
    where amount < 0
),

-- The number of the piece names what the line is for; its wording may name the whole transfer's documents.
words as (
    select item_id, true as is_number, position, token
    from (
        {{ tokens('credits', 'item_id', 'number_text') }}
    ) as number_words
    union all
    select item_id, false as is_number, position, token
    from (
        {{ tokens('credits', 'item_id', 'label_text') }}
    ) as label_words
),

-- Numbers written with blanks, dashes or slashes are several words: up to four in a row are tried as one.
neighbours as (
    select
        item_id,
        is_number,
        position,
        token,
        lag(token, 1) over in_text as previous_token,
        lead(token, 1) over in_text as token_2,
        lead(token, 2) over in_text as token_3,
        lead(token, 3) over in_text as token_4
    from words
    window in_text as (partition by item_id, is_number order by position)
),

phrases as (
    select
        item_id,
        is_number,
        position,
        token as name,
        -- After a word with digits of its own ("F2024-01992") they are the end of another number.
        not coalesce({{ regexp_contains('previous_token', '[0-9]') }}, false) as may_be_digits_only
    from neighbours
    union all
    select item_id, is_number, position, token || token_2 as name, false as may_be_digits_only
    from neighbours
    where token_2 is not null
    union all
    select item_id, is_number, position, token || token_2 || token_3 as name, false as may_be_digits_only
    from neighbours
    where token_3 is not null
    union all
    select item_id, is_number, position, token || token_2 || token_3 || token_4 as name, false as may_be_digits_only
    from neighbours
    where token_4 is not null
),

named as (
    select
        credits.company_id,
        credits.customer_id,
        names.item_id as debit_id,
        credits.item_id as credit_id,
        bool_or(phrases.is_number) as is_number,
        cast(min(phrases.position + case when phrases.is_number then 0 else 1000 end) as integer) as position
    from phrases
    inner join credits
        on phrases.item_id = credits.item_id
    inner join names
        on
            credits.company_id = names.company_id
            and credits.customer_id = names.customer_id
            and phrases.name = names.name
            and (phrases.may_be_digits_only or not names.is_digits_only)
    group by credits.company_id, credits.customer_id, names.item_id, credits.item_id
)

select * from named
