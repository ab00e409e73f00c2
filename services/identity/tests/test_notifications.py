"""What people are told of, through events as they arrive and the RPCs by which they read."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest
from crm.identity.v1 import notification_service_pb2 as pb
from crm.identity.v1 import preference_service_pb2 as preference_pb
from crm.identity.v1.identity_events_pb2 import NotificationCreated, TransferCompleted
from crm.identity.v1.preferences_pb2 import Preferences
from crm.identity.v1.transfer_pb2 import Transfer
from crm.identity.v1.user_pb2 import User
from crm.leads.v1 import leads_events_pb2 as leads
from crm.leads.v1.conflict_pb2 import Conflict
from crm.leads.v1.lead_pb2 import Lead
from crm.sales.v1.plan_line_pb2 import PlanLine
from crm.sales.v1.sales_events_pb2 import PlanLineOverdue, TaskAssigned, TaskReminderDue
from crm.sales.v1.task_pb2 import Task
from crm.service_desk.v1 import service_desk_events_pb2 as desk
from crm.service_desk.v1.knowledge_article_pb2 import KnowledgeArticle
from crm.service_desk.v1.ticket_pb2 import Ticket
from google.protobuf.message import Message
from sqlalchemy import func, select, update

from crm_identity.consumers import notifications
from crm_identity.domain.notification import WORDINGS, notification, worded
from crm_kit.envelope import headers, unpack
from crm_kit.intake import Intake
from crm_kit.outbox import outbox
from crm_kit.principal import Principal, Scope
from crm_kit.rpc.channels import RemoteError
from crm_kit.testing.service import RunningService, envelope, somebody
from crm_kit.tx import begin

from .test_identity import a_user, headquarters

NOTIFICATIONS = "crm.identity.v1.NotificationService"


async def person(identity: RunningService, *roles: str) -> tuple[User, Principal]:
    unit = await headquarters(identity)
    user = await a_user(identity, uuid4().hex, unit, roles=list(roles or ("sales_rep",)))
    who = somebody(user_id=UUID(user.id), scope=Scope.OWN, permissions=("identity.notification.*",))
    return user, who


async def told(identity: RunningService, who: Principal, **asked: Any) -> pb.ListNotificationsResponse:
    return await identity.call(f"{NOTIFICATIONS}/ListNotifications", pb.ListNotificationsRequest(**asked), who)


async def kinds(identity: RunningService, who: Principal) -> list[str]:
    return sorted(one.kind for one in (await told(identity, who)).notifications)


async def arrive(identity: RunningService, *messages: Message, actor: str = "user:test") -> None:
    """The events come together, as one batch."""
    events = [envelope(uuid4(), 1, message, actor) for message in messages]
    await Intake(notifications, identity.db).apply(events)


def assigned(user: User, **facts: Any) -> leads.LeadAssigned:
    return leads.LeadAssigned(lead=Lead(id=str(uuid4()), owner_id=user.id, **facts))


async def test_whoever_is_given_a_lead_is_told_once_in_their_language_and_nobody_else_is(
    identity: RunningService,
) -> None:
    ann, as_ann = await person(identity)
    _, as_bo = await person(identity)
    lead_id = uuid4()
    await identity.deliver((lead_id, 3, assigned(ann)), seed=7)
    [one] = (await told(identity, as_ann)).notifications
    assert (one.kind, one.record_type, one.record_id, one.record_count) == (
        "lead_assigned",
        "leads.lead",
        str(lead_id),
        1,
    )
    assert (one.text, one.actor, one.HasField("read_time")) == ("A lead was assigned to you.", "user:test", False)
    [chinese] = (await told(identity, replace(as_ann, language="zh-CN"))).notifications
    assert chinese.text == "有一条线索分配给您。"
    assert await kinds(identity, as_bo) == []


async def test_nobody_is_told_of_what_they_did_themselves(identity: RunningService) -> None:
    ann, as_ann = await person(identity)
    await arrive(identity, assigned(ann), actor=f"user:{ann.id}")
    assert await kinds(identity, as_ann) == []


async def test_everything_that_concerns_a_person_reaches_that_person(identity: RunningService) -> None:
    ann, as_ann = await person(identity)
    ticket = Ticket(id=str(uuid4()), owner_id=ann.id)
    await arrive(
        identity,
        leads.LeadCaptured(lead=Lead(id=str(uuid4()), owner_id=ann.id)),
        leads.ConflictDecided(conflict=Conflict(submitted_by=f"user:{ann.id}", lead_id=str(uuid4()))),
        desk.TicketAssigned(ticket=ticket),
        desk.CustomerReplied(ticket=ticket),
        desk.SlaBreached(ticket=ticket),
        desk.KnowledgeArticleBecameStale(knowledge_article=KnowledgeArticle(id=str(uuid4()), owner_id=ann.id)),
        PlanLineOverdue(plan_line=PlanLine(owner_id=ann.id, contract_id=str(uuid4()))),
        TransferCompleted(transfer=Transfer(id=str(uuid4()), to_user_id=ann.id)),
        TaskAssigned(task=Task(id=str(uuid4()), owner_id=ann.id)),
        TaskReminderDue(task=Task(id=str(uuid4()), owner_id=ann.id)),
        TaskReminderDue(task=Task(id=str(uuid4()))),
    )
    expected = {"lead_assigned", "conflict_decided", "ticket_assigned", "ticket_answered", "sla_breached"}
    assert await kinds(identity, as_ann) == sorted(
        expected | {"payment_overdue", "records_received", "knowledge_stale", "task_assigned", "task_due"}
    )


async def test_what_waits_for_a_unit_is_told_to_those_who_may_take_it(identity: RunningService) -> None:
    _, as_manager = await person(identity, "sales_manager")
    _, as_agent = await person(identity, "service_agent")
    _, as_seller = await person(identity, "sales_rep")
    await arrive(
        identity,
        leads.LeadOffered(lead=Lead(id=str(uuid4()), state=Lead.OFFERED)),
        leads.ConflictOpened(conflict=Conflict(id=str(uuid4()))),
        desk.SlaBreached(ticket=Ticket(id=str(uuid4()))),
    )
    assert await kinds(identity, as_manager) == ["conflict_opened", "lead_offered"]
    assert await kinds(identity, as_agent) == ["sla_breached"]
    assert await kinds(identity, as_seller) == []


async def test_many_of_a_kind_at_once_are_told_as_one(identity: RunningService) -> None:
    ann, as_ann = await person(identity)
    await arrive(identity, *(assigned(ann) for _ in range(30)))
    [one] = (await told(identity, as_ann)).notifications
    assert (one.record_count, one.record_id, one.text) == (30, "", "30 leads were assigned to you.")


async def test_old_events_are_no_news(identity: RunningService) -> None:
    ann, as_ann = await person(identity)
    late = envelope(uuid4(), 1, assigned(ann))
    late = replace(late, occur_time=datetime.now(UTC) - timedelta(days=2))
    await Intake(notifications, identity.db).apply([late])
    assert await kinds(identity, as_ann) == []


async def test_who_has_left_is_told_of_nothing(identity: RunningService) -> None:
    nobody = User(id=str(uuid4()))
    await arrive(identity, assigned(nobody))
    async with identity.db.connect() as connection:
        assert (await connection.execute(select(func.count()).select_from(notification))).scalar_one() == 0


async def mute(identity: RunningService, holder: str, kinds: Sequence[str], who: Principal) -> None:
    words = Preferences(holder=holder, muted_notifications=kinds)
    request = preference_pb.UpdatePreferencesRequest(preferences=words, update_mask={"paths": ["muted_notifications"]})
    await identity.call("crm.identity.v1.PreferenceService/UpdatePreferences", request, who)


async def test_the_nearest_word_about_kinds_one_does_not_want_counts(identity: RunningService) -> None:
    ann, as_ann = await person(identity)
    bo, as_bo = await person(identity)
    await mute(identity, "enterprise", ["lead_assigned"], somebody())
    await mute(identity, "me", ["ticket_assigned"], somebody(user_id=UUID(ann.id)))
    ticket = desk.TicketAssigned(ticket=Ticket(id=str(uuid4()), owner_id=ann.id))
    await arrive(identity, assigned(ann), ticket, assigned(bo))
    assert await kinds(identity, as_ann) == ["lead_assigned"]
    assert await kinds(identity, as_bo) == []


async def test_a_kind_there_is_not_cannot_be_muted(identity: RunningService) -> None:
    with pytest.raises(RemoteError) as refused:
        await mute(identity, "me", ["weather"], somebody(user_id=UUID((await person(identity))[0].id)))
    assert refused.value.reason == "INVALID_ARGUMENT"


async def test_what_was_read_can_be_unread_and_the_first_reading_counts(identity: RunningService) -> None:
    ann, as_ann = await person(identity)
    await arrive(identity, assigned(ann))
    [one] = (await told(identity, as_ann)).notifications
    read = await identity.call(f"{NOTIFICATIONS}/ReadNotification", pb.ReadNotificationRequest(id=one.id), as_ann)
    again = await identity.call(f"{NOTIFICATIONS}/ReadNotification", pb.ReadNotificationRequest(id=one.id), as_ann)
    assert read.HasField("read_time")
    assert again.read_time == read.read_time
    assert (await told(identity, as_ann)).unread_count == 0
    await identity.call(f"{NOTIFICATIONS}/UnreadNotification", pb.UnreadNotificationRequest(id=one.id), as_ann)
    assert (await told(identity, as_ann, unread=True)).unread_count == 1


async def test_marking_all_leaves_what_came_after_it_was_looked_at(identity: RunningService) -> None:
    ann, as_ann = await person(identity)
    await arrive(identity, assigned(ann), assigned(ann))
    seen = (await told(identity, as_ann)).notifications[0].create_time
    await arrive(identity, assigned(ann))
    request = pb.ReadAllNotificationsRequest(until_time=seen)
    assert (await identity.call(f"{NOTIFICATIONS}/ReadAllNotifications", request, as_ann)).read_count == 2
    assert (await told(identity, as_ann)).unread_count == 1


async def test_nobody_reads_anothers_whatever_the_rights(identity: RunningService) -> None:
    ann, as_ann = await person(identity)
    await arrive(identity, assigned(ann))
    [one] = (await told(identity, as_ann)).notifications
    administrator = somebody()
    assert await kinds(identity, administrator) == []
    for verb in ("Get", "Read", "Unread"):
        request = getattr(pb, f"{verb}NotificationRequest")(id=one.id)
        with pytest.raises(RemoteError) as refused:
            await identity.call(f"{NOTIFICATIONS}/{verb}Notification", request, administrator)
        assert refused.value.reason == "NOTIFICATION_GONE"
    assert (
        await identity.call(f"{NOTIFICATIONS}/GetNotification", pb.GetNotificationRequest(id=one.id), as_ann)
    ) == one


async def test_nobody_reads_them_in_anothers_name(identity: RunningService) -> None:
    ann, as_ann = await person(identity)
    deputy = replace(as_ann, subject=str(uuid4()), on_behalf_of=ann.id)
    with pytest.raises(RemoteError) as refused:
        await told(identity, deputy)
    assert refused.value.reason == "NOT_IN_ANOTHERS_NAME"


async def test_pages_go_on_where_the_last_one_ended(identity: RunningService) -> None:
    ann, as_ann = await person(identity)
    for _ in range(5):
        await arrive(identity, assigned(ann))
    found, token = [], ""
    for _ in range(3):
        page = await told(identity, as_ann, page_size=2, page_token=token)
        found += [one.create_time.ToDatetime() for one in page.notifications]
        token = page.next_page_token
    assert token == ""
    assert len(found) == 5
    assert found == sorted(found, reverse=True)
    assert len((await told(identity, as_ann, filter='kind = "sla_breached"')).notifications) == 0


async def test_a_notification_is_announced_to_its_owner(identity: RunningService) -> None:
    ann, as_ann = await person(identity)
    await arrive(identity, assigned(ann))
    [one] = (await told(identity, as_ann)).notifications
    async with identity.db.connect() as connection:
        rows = (await connection.execute(select(outbox).where(outbox.c.event_type.like("%NotificationCreated")))).all()
    [event] = [event for row in rows for event in unpack(headers(row), row.payload)]
    said = NotificationCreated.FromString(event.payload).notification
    assert (said.id, said.owner_id, said.text, event.unit_path) == (one.id, ann.id, "", "/hq/")


async def test_what_is_older_than_ninety_days_goes_when_news_comes(identity: RunningService) -> None:
    ann, as_ann = await person(identity)
    await arrive(identity, assigned(ann))
    async with begin(identity.work()) as tx:
        old = datetime.now(UTC) - timedelta(days=91)
        await tx.session.execute(update(notification).values(create_time=old))
    await arrive(identity, desk.TicketAssigned(ticket=Ticket(id=str(uuid4()), owner_id=ann.id)))
    assert await kinds(identity, as_ann) == ["ticket_assigned"]


@pytest.mark.parametrize("kind", WORDINGS)
def test_every_kind_is_told_in_both_languages_for_one_and_for_many(kind: str) -> None:
    told = {worded(kind, count, language) for count in (1, 12) for language in ("en", "zh-CN")}
    assert len(told) == 4
    assert {"12" in text for text in told} == {True, False}
    assert all("{" not in text for text in told)
