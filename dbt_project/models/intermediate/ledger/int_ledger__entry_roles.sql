with

entry_lines as (
    select * from {{ ref('int_ledger__entry_lines') }}
),

openings as (
    select * from {{ ref('int_ledger__opening_entries') }}
),

prefixes as (
    select
        cast(account_prefix as varchar(20)) as account_prefix,
        role
    from {{ ref('counterpart_accounts') }}
),

accounts as (
    select distinct
        account_number,
        factor_accounts
    from entry_lines
    where not is_receivable
),

-- The longest prefix names the role; a configured factor's account comes before all of them.
account_roles as (
    select
        accounts.account_number,
        accounts.factor_accounts,
        case
            when
                length(accounts.factor_accounts) > 0
                and {{ starts_with_any('accounts.account_number', 'accounts.factor_accounts') }}
                then 'factor'
            else coalesce(max_by(prefixes.role, length(prefixes.account_prefix)), 'other')
        end as role
    from accounts
    left join prefixes
        on accounts.account_number like prefixes.account_prefix || '%'
    group by accounts.account_number, accounts.factor_accounts
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
            entry_lines.account_number = account_roles.account_number
            and entry_lines.factor_accounts = account_roles.factor_accounts
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
