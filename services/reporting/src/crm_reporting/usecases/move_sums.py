"""A unit moved: the sums of its open deals are added to what is known at its new place."""

from sqlalchemy import text

from crm_kit.ownership import Span
from crm_kit.tx import Tx


async def move_sums(tx: Tx, span: Span) -> int:
    """Answers how many sums there were at the former place."""
    return int((await tx.session.execute(_MOVE, span.values)).scalar_one())


_MOVE = text("""
    WITH gone AS (
        DELETE FROM pipeline_rollup WHERE unit_path >= :former AND unit_path < :end RETURNING *
    ), come AS (
        INSERT INTO pipeline_rollup AS r
            (pipeline_id, stage, currency, owner_id, unit_path, deal_count, amount, weighted)
        SELECT pipeline_id, stage, currency, owner_id, CAST(:path AS text) || substr(unit_path, CAST(:cut AS integer)),
               deal_count, amount, weighted FROM gone
        ON CONFLICT (unit_path, owner_id, pipeline_id, stage, currency) DO UPDATE
        SET deal_count = r.deal_count + excluded.deal_count, amount = r.amount + excluded.amount,
            weighted = r.weighted + excluded.weighted
    )
    SELECT count(*) FROM gone
""")
