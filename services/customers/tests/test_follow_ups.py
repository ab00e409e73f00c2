"""Contact moments logged by hand."""

from datetime import UTC, datetime, timedelta
from uuid import uuid4

from crm_kit.principal import Scope

from .clerk import Clerk, days_ago, refused


async def test_a_follow_up_shows_in_the_timeline_at_once(clerk: Clerk) -> None:
    made = await clerk.customer()
    contact = await clerk.contact(made)
    spoke, due = days_ago(1), datetime.now(UTC) + timedelta(days=7)
    logged = await clerk.follow_up(
        made, contact_id=contact.id, kind="visit", outcome="interested", note="看了样机", occur_time=spoke,
        next_step="寄报价", next_time=due,
    )  # fmt: skip
    assert logged.author_id == clerk.principal.subject
    (told,) = await clerk.timeline(made.id, filter="subject_type = follow_up")
    assert (told.kind, told.subject_id, told.contact_id) == ("visit", logged.id, contact.id)
    assert told.summary == "Visit to the customer: interested · 看了样机"
    assert told.actor == f"user:{clerk.principal.subject}"
    assert (await clerk.get(made.id)).last_contact_time.ToDatetime(tzinfo=UTC) == spoke
    assert (await clerk.events())[-1] == "FollowUpLogged"


async def test_a_backdated_follow_up_says_when_it_was_recorded(clerk: Clerk) -> None:
    made = await clerk.customer()
    await clerk.follow_up(made, occur_time=days_ago(30))
    (told,) = await clerk.timeline(made.id, filter="kind = call")
    assert told.record_time.ToDatetime(tzinfo=UTC) - told.occur_time.ToDatetime(tzinfo=UTC) > timedelta(days=29)


async def test_follow_ups_are_listed_latest_first(clerk: Clerk) -> None:
    made = await clerk.customer()
    for day in (1, 3, 2):
        await clerk.follow_up(made, occur_time=days_ago(day), note=str(day))
    listed = await clerk.ask("FollowUpService/ListFollowUps", customer_id=made.id)
    assert [one.note for one in listed.follow_ups] == ["1", "2", "3"]
    visits = await clerk.ask("FollowUpService/ListFollowUps", customer_id=made.id, filter="kind = visit")
    assert not visits.follow_ups


async def test_follow_ups_are_listed_across_the_customers_one_may_see(clerk: Clerk) -> None:
    first, second = await clerk.customer("甲"), await clerk.customer("乙")
    for made, day in ((first, 3), (second, 1), (first, 2)):
        await clerk.follow_up(made, occur_time=days_ago(day), note=str(day))
    listed = await clerk.ask("FollowUpService/ListAllFollowUps", page_size=2, count="COUNT_MODE_EXACT")
    assert ([one.note for one in listed.follow_ups], listed.total_size) == (["1", "2"], 3)
    rest = await clerk.ask("FollowUpService/ListAllFollowUps", page_size=2, page_token=listed.next_page_token)
    assert [one.note for one in rest.follow_ups] == ["3"]
    of_one = await clerk.ask("FollowUpService/ListAllFollowUps", filter=f'customer_id = "{second.id}"')
    assert [one.note for one in of_one.follow_ups] == ["1"]
    stranger = clerk.as_(scope=Scope.OWN)
    assert not (await stranger.ask("FollowUpService/ListAllFollowUps")).follow_ups


async def test_wrong_follow_ups_are_refused(clerk: Clerk) -> None:
    made, other = await clerk.customer("甲"), await clerk.customer("乙")
    stranger = await clerk.contact(other)
    tomorrow = datetime.now(UTC) + timedelta(days=1)
    for wrong in (
        {"kind": "telepathy"},
        {"direction": "sideways"},
        {"occur_time": tomorrow},
        {"next_time": days_ago(1)},
        {"contact_id": stranger.id},
        {"contact_id": str(uuid4())},
    ):
        async with refused("INVALID_ARGUMENT"):
            await clerk.follow_up(made, **wrong)


async def test_a_person_is_followed_up_itself(clerk: Clerk) -> None:
    person = await clerk.person()
    logged = await clerk.follow_up(person, contact_id=person.main_contact_id)
    assert logged.contact_id == person.main_contact_id


async def test_a_hidden_customer_cannot_be_followed_up(clerk: Clerk) -> None:
    made = await clerk.customer()
    dealer = clerk.as_(unit_path="/hq/d1/", scope=Scope.SUBTREE)
    async with refused("NOT_FOUND"):
        await dealer.follow_up(made)
    async with refused("NOT_FOUND"):
        await dealer.ask("FollowUpService/ListFollowUps", customer_id=made.id)
