"""What a worker sees of its own service's troubles, and that it says them when they change and not each minute."""

from collections.abc import AsyncIterator, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from crm_kit.backup.folder import BackupFolder
from crm_kit.backup.manifest import FILE, Manifest
from crm_kit.call import Call
from crm_kit.incidents import BACKUP_HOURS, LATE_SECONDS, Incidents
from crm_kit.keys import Keys
from crm_kit.rpc.channels import Channels
from crm_kit.testing.databases import DatabaseFactory
from crm_kit.testing.service import RunningService

from .shelf import running_shelf

DEAD = """
    INSERT INTO inbox (consumer, event_id, source, event_type, aggregate_type, aggregate_id, event_seq, state, received_at)
    VALUES ('c', uuidv7(), '/crm/leads', 'e', 'lead', uuidv7(), 1, '{}', now() - make_interval(secs => {}))
"""
UNSENT = """
    INSERT INTO outbox (shard, aggregate_type, aggregate_id, event_seq, event_type, payload, occurred_at)
    VALUES (0, 'box', uuidv7(), 1, 'e', '', now() - make_interval(secs => {}))
"""


class Noted:
    """Whoever keeps incidents, and what it was told."""

    def __init__(self) -> None:
        self.told: list[list[str]] = []

    async def keep(self, call: Call, service: str, kinds: Sequence[str]) -> None:
        assert (call.principal.kind, service) == ("service", "shelf")
        self.told.append(list(kinds))


@pytest.fixture
async def shelf(database_factory: DatabaseFactory, tmp_path: Path) -> AsyncIterator[RunningService]:
    async with running_shelf(database_factory, tmp_path / "keys") as made:
        yield made


def lookout(shelf: RunningService, keeper: Noted, backups: BackupFolder | None = None) -> Incidents:
    channels = Channels({}, Keys.load(shelf.keys_dir, "shelf"))
    return Incidents(shelf.db, "shelf", channels, keeper, backups)


async def test_what_goes_wrong_is_told_when_it_begins_and_when_it_is_over(shelf: RunningService) -> None:
    keeper = Noted()
    watching = lookout(shelf, keeper)
    for change in (
        "SELECT 1",
        "SELECT 1",
        DEAD.format("dead", 0),
        DEAD.format("parked", LATE_SECONDS - 60),
        UNSENT.format(LATE_SECONDS + 60),
        "DELETE FROM inbox",
        "UPDATE outbox SET published_at = now()",
    ):
        await shelf.administer(change)
        await watching.look()
    assert keeper.told == [[], ["events_dead"], ["events_dead", "events_late"], ["events_late"], []]


async def test_an_event_that_waits_behind_another_for_ten_minutes_is_late(shelf: RunningService) -> None:
    keeper = Noted()
    await shelf.administer(DEAD.format("parked", LATE_SECONDS + 60))
    await lookout(shelf, keeper).look()
    assert keeper.told == [["events_late"]]


@pytest.mark.parametrize(("hours", "told"), [(None, []), (1, []), (BACKUP_HOURS + 1, ["backup_old"])])
async def test_a_backup_that_was_missed_is_told(
    shelf: RunningService, tmp_path: Path, hours: int | None, told: list[str]
) -> None:
    folder = BackupFolder(tmp_path / "backups")
    if hours is not None:
        cut = datetime.now(UTC) - timedelta(hours=hours)
        with folder.new("monday") as draft:
            (draft / FILE).write_bytes(Manifest("monday", "cut", cut, 1.0, "0.1.0", "18.6", [], {}, []).written())
    keeper = Noted()
    await lookout(shelf, keeper, folder).look()
    assert keeper.told == [told]


async def test_what_could_not_be_told_is_told_later(shelf: RunningService) -> None:
    keeper, away = Noted(), True

    async def refuse(call: Call, service: str, kinds: Sequence[str]) -> None:
        if away:
            raise ConnectionError("nobody there")
        await Noted.keep(keeper, call, service, kinds)

    keeper.keep = refuse  # type: ignore[method-assign]
    watching = lookout(shelf, keeper)
    await shelf.administer(DEAD.format("dead", 0))
    with pytest.raises(ConnectionError):
        await watching.look()
    away = False
    await watching.look()
    assert keeper.told == [["events_dead"]]
