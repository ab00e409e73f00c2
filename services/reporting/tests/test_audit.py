"""A report that was run is known afterwards: by whom, which, and how many rows it showed."""

from sqlalchemy import text

from crm_kit.testing.service import RunningService

from .chronicle import HQ, Run


async def test_a_run_report_leaves_an_entry_with_what_was_asked(reporting: RunningService, run: Run) -> None:
    await run("campaign_roi", from_date="2026-01-01", to_date="2026-02-01")
    await reporting.db.notes.flush()
    async with reporting.db.connect() as connection:
        statement = text("SELECT actor, details FROM audit_entry WHERE action = 'report'")
        ((actor, details),) = (await connection.execute(statement)).all()
    assert actor == HQ.actor
    assert details["asked"] == {"name": "campaign_roi", "from_date": "2026-01-01", "to_date": "2026-02-01"}
    assert details["rows"] == 0
