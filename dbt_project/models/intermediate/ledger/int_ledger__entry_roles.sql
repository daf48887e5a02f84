with

entry_lines as (
    select * from {{ ref('int_ledger__entry_lines') }}
),

openings as (
    select * from {{ ref('int_ledger__opening_entries') }}
),

-- The user's own roles come before the project's where both name the same start of an account.
prefixes as (
    select
        cast(null as varchar(40)) as company_id,
        cast(account_prefix as varchar(20)) as account_prefix,
        role,
        2 * length(account_prefix) as weight
    from {{ ref('counterpart_accounts') }}

    union all

    select
        company_id,
        account_prefix,
        role,
        2 * length(account_prefix) + 1 as weight
    from {{ ref('stg_config__account_roles') }}
),

accounts as (
    select distinct
        company_id,
        account_number
    from entry_lines
    where not is_receivable
),

-- The longest prefix names the role.
account_roles as (
    select
        accounts.company_id,
        accounts.account_number,
        coalesce(max_by(prefixes.role, prefixes.weight), 'other') as role
    from accounts
    left join prefixes
        on
            accounts.account_number like prefixes.account_prefix || '%'
            and (prefixes.company_id is null or accounts.company_id = prefixes.company_id)
    group by accounts.company_id, accounts.account_number
),

counterparts as (
    select
        entry_lines.entry_id,
        account_roles.role,
        entry_lines.account_number like '70%' as is_sale,
        entry_lines.debit - entry_lines.credit as amount
    from entry_lines
    inner join account_roles
        on
            entry_lines.company_id = account_roles.company_id
            and entry_lines.account_number = account_roles.account_number
    where not entry_lines.is_receivable
),

by_role as (
    select
        entry_id,
        role,
        bool_or(is_sale) as is_sale,
        {{ money('sum(amount)') }} as amount
    from counterparts
    group by entry_id, role
),

-- 658 and 758 alone are a rounding difference only within the tolerance; beyond it they are what their class
-- says: income billed, or a charge.
toleranced as (
    select
        entry_id,
        case
            when role = 'rounding' and abs(amount) > {{ var('rounding_tolerance') }}
                then case when amount < 0 then 'revenue' else 'other' end
            else role
        end as role,
        is_sale,
        amount
    from by_role
),

roles as (
    select
        entry_id,
        role,
        bool_or(is_sale) as is_sale,
        {{ money('sum(amount)') }} as amount
    from toleranced
    group by entry_id, role

    union all

    select
        entry_id,
        'opening' as role,
        false as is_sale,
        {{ money('0') }} as amount
    from openings
)

select * from roles
