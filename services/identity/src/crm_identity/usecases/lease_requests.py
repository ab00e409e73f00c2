"""How many requests a key may still make in this second; every process of the edge asks here, so the limit is one for all."""

from typing import NamedTuple

from sqlalchemy import text

from crm_identity.domain.api_key import RATES, ApiKey
from crm_kit.access import unscoped
from crm_kit.call import Call
from crm_kit.errors import InvalidArgument, Unauthenticated
from crm_kit.tx import parse_id

MOST_AT_ONCE = 100
_OF_ANYBODY = unscoped("a limit holds for every key, whoever may see it")


class Leased(NamedTuple):
    """``granted`` requests now; of ``most`` a second ``remaining`` are left; ``left_ms`` until the second is over."""

    granted: int
    rate_class: str
    most: int
    remaining: int
    left_ms: int


async def lease_requests(call: Call, api_key_id: str, wanted: int) -> Leased:
    """Up to ``wanted``, fewer where the second is used up; what is leased counts, used or not."""
    if not 1 <= wanted <= MOST_AT_ONCE:
        en, zh = f"Ask for 1 to {MOST_AT_ONCE}.", f"请填写 1 到 {MOST_AT_ONCE}。"
        raise InvalidArgument.of("wanted", "OUT_OF_RANGE", en, zh)
    asked = {
        "id": parse_id(ApiKey, api_key_id),
        "wanted": wanted,
        "classes": list(RATES),
        "rates": list(RATES.values()),
    }
    async with call.db.connect() as connection:
        row = (await connection.execute(_LEASE, asked, execution_options=_OF_ANYBODY)).one_or_none()
    if row is None:
        raise Unauthenticated
    return Leased(row.granted, row.rate_class, row.most, row.remaining, row.left_ms)


_LEASE = text("""
    WITH one AS (
        SELECT k.id, k.rate_class, c.most, clock_timestamp() AS now
        FROM api_key k
        JOIN unnest(CAST(:classes AS text[]), CAST(:rates AS integer[])) AS c (rate_class, most) USING (rate_class)
        WHERE k.id = :id AND k.revoke_time IS NULL
    ), counted AS (
        INSERT INTO api_key_rate AS r (api_key_id, second, most, granted)
        SELECT id, date_trunc('second', now), most, least(CAST(:wanted AS integer), most) FROM one
        ON CONFLICT (api_key_id) DO UPDATE SET
            second = greatest(r.second, excluded.second),
            most = excluded.most,
            granted = CASE WHEN r.second < excluded.second THEN excluded.granted
                           ELSE greatest(r.granted, least(r.granted + CAST(:wanted AS integer), excluded.most)) END
        RETURNING new.most, new.granted AS used,
            new.granted - CASE WHEN old.second = new.second THEN old.granted ELSE 0 END AS granted
    )
    SELECT counted.granted, one.rate_class, one.most, greatest(0, counted.most - counted.used) AS remaining,
        1000 - CAST(extract(milliseconds FROM one.now) AS integer) % 1000 AS left_ms
    FROM counted CROSS JOIN one
""")
