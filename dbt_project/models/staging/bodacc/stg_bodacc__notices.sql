select
    notice_id,
    siren,
    publication_date,
    family,
    judgment_date,
    judgment_nature,
    judgment_kind,
    court,
    notice_type,
    parent_notice_id
from {{ source('bodacc', 'bodacc_notices') }}
