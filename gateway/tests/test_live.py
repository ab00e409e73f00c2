"""Live changes: who is told what, from where a browser goes on, and what stays bounded."""

import hashlib
import signal
import socket
import threading
import time
from uuid import uuid4

import httpx
import pytest
from crm.identity.v1 import role_pb2, session_service_pb2, user_pb2
from crm.identity.v1.identity_events_pb2 import AccessChanged, NotificationCreated, SavedViewUpdated
from crm.identity.v1.notification_pb2 import Notification
from crm.identity.v1.restriction_rule_pb2 import Restriction
from crm.identity.v1.saved_view_pb2 import SavedView
from crm.leads.v1.leads_events_pb2 import LeadCaptured, LeadClaimed
from crm.reporting.v1.dashboard_pb2 import Dashboard
from crm.reporting.v1.reporting_events_pb2 import DashboardUpdated
from gateway_wire import Backend
from live_wire import ACTOR, Browser, a_lead, announce, announce_batch

from crm_kit.errors import Unauthenticated
from crm_kit.keys import Keys
from crm_kit.testing.processes import free_port
from crm_kit.testing.servers import NatsServer

from .conftest import AUTHENTICATE, Running, environment

ANN = "01990000-0000-7000-8000-0000000000a1"
BO = "01990000-0000-7000-8000-0000000000b1"
SPARED, BOUND = "01990000-0000-7000-8000-0000000000c1", "01990000-0000-7000-8000-0000000000d1"
PEOPLE = {
    "dealer-a": ("01990000-0000-7000-8000-00000000000a", "/hq/a/", "subtree"),
    "dealer-b": ("01990000-0000-7000-8000-00000000000b", "/hq/b/", "subtree"),
    "ann": (ANN, "/hq/a/", "own"),
    "bo": (BO, "/hq/a/", "own"),
    "spared": (SPARED, "/hq/a/", "subtree"),
    "bound": (BOUND, "/hq/a/", "subtree"),
    "headquarters": ("01990000-0000-7000-8000-00000000000c", "/hq/", "all"),
}


class World:
    """Identity at the wire, whose answers a test may change."""

    def __init__(self, backend: Backend) -> None:
        self.backend = backend
        self.ended: set[str] = set()
        self.epoch = 1

    def authenticate(self, request):
        known = {hashlib.sha256(token.encode()).digest(): token for token in PEOPLE}
        token = known.get(request.token_digest, "")
        if not token or token in self.ended:
            raise Unauthenticated
        key, unit_path, scope = PEOPLE[token]
        user = user_pb2.User(id=key, display_name=token, unit_path=unit_path, language="en")
        grants = [
            role_pb2.Grant(permission=pattern, scope=scope) for pattern in ("leads.*", "identity.*", "reporting.*")
        ]
        rules = [Restriction(rule_id=key, resource="leads.lead", filter="tags : vip", binds_owner=token == "bound")]
        return session_service_pb2.CurrentUser(
            user=user,
            grants=grants,
            session_id=f"s-{token}",
            epoch=self.epoch,
            restrictions=rules if token in {"spared", "bound"} else [],
        )


@pytest.fixture(scope="module")
def identity_world(keys_dir):
    backend = Backend("identity", Keys.load(keys_dir, "identity"))
    world = World(backend)
    backend.standing[AUTHENTICATE] = world.authenticate
    backend.start()
    yield world
    backend.stop()


@pytest.fixture(scope="module")
def broker(nats_accounts):
    return nats_accounts.next_url()


@pytest.fixture(scope="module")
def live(keys_dir, identity_world, broker, tmp_path_factory):
    announce(broker, LeadCaptured(lead=a_lead("/hq/a/")))
    settings = environment(keys_dir, {"identity": identity_world.backend.port}, CRM_NATS_URL=broker)
    running = Running(settings, tmp_path_factory.mktemp("live") / "log")
    time.sleep(1.5)
    yield running
    assert running.stop() == 0


@pytest.fixture
def listen(live):
    opened = []

    def open_(token, position="", url=live.url):
        opened.append(Browser(url, token, position))
        return opened[-1]

    yield open_
    for each in opened:
        each.leave()


def test_a_change_tells_the_record_its_version_and_who_and_no_value(listen, broker):
    page = listen("dealer-a")
    lead = a_lead("/hq/a/east/")
    announce(broker, LeadClaimed(lead=lead))
    change = page.next()
    assert change.name == "change"
    assert change.data == {"type": "leads.lead", "id": lead.id, "etag": "7", "actor": ACTOR}


def test_neither_dealer_hears_the_others_changes(listen, broker):
    a, b, above = listen("dealer-a"), listen("dealer-b"), listen("headquarters")
    of_a, of_b = a_lead("/hq/a/"), a_lead("/hq/b/")
    announce(broker, LeadClaimed(lead=of_a), LeadClaimed(lead=of_b))
    assert [change.data["id"] for change in a.hears()] == [of_a.id]
    assert [change.data["id"] for change in b.hears()] == [of_b.id]
    assert [change.data["id"] for change in above.hears()] == [of_a.id, of_b.id]


def test_who_sees_only_their_own_hears_of_their_own_and_of_what_nobody_owns_in_the_unit(listen, broker):
    ann, bo = listen("ann"), listen("bo")
    of_ann, pooled, elsewhere = a_lead("/hq/a/", ANN), a_lead("/hq/a/"), a_lead("/hq/a/east/")
    announce(broker, *(LeadClaimed(lead=lead) for lead in (of_ann, pooled, elsewhere)))
    assert [change.data["id"] for change in ann.hears()] == [of_ann.id, pooled.id]
    assert [change.data["id"] for change in bo.hears()] == [pooled.id]


def test_a_shared_view_is_told_to_whom_it_is_shared_with_and_to_nobody_above_or_beside(listen, broker):
    ann, beside, above = listen("ann"), listen("dealer-b"), listen("headquarters")

    def share(audience, unit_path):
        view = SavedView(id=str(uuid4()), etag="2", owner_id=BO, audience=audience, unit_path=unit_path)
        announce(broker, SavedViewUpdated(saved_view=view), unit_path=unit_path, domain="identity")
        return view.id

    units, everyones = share(SavedView.UNIT, "/hq/a/"), share(SavedView.EVERYONE, "/hq/a/")
    kept = share(SavedView.PRIVATE, "/hq/a/")
    assert [change.data["id"] for change in ann.hears()] == [units, everyones]
    for page in (beside, above):
        heard = [change.data["id"] for change in page.hears()]
        assert heard == [everyones]
        assert kept not in heard


def test_a_dashboard_of_a_unit_is_told_in_the_unit_alone(listen, broker):
    ann, above = listen("ann"), listen("headquarters")
    board = Dashboard(id=str(uuid4()), etag="1", owner_id=BO, audience=Dashboard.UNIT, unit_path="/hq/a/")
    announce(broker, DashboardUpdated(dashboard=board), unit_path="/hq/a/", domain="reporting")
    everyones = Dashboard(id=str(uuid4()), etag="1", owner_id=BO, audience=Dashboard.EVERYONE, unit_path="/hq/a/")
    announce(broker, DashboardUpdated(dashboard=everyones), unit_path="/hq/a/", domain="reporting")
    assert [(change.data["type"], change.data["id"]) for change in ann.hears()] == [
        ("reporting.dashboard", board.id),
        ("reporting.dashboard", everyones.id),
    ]
    assert [change.data["id"] for change in above.hears()] == [everyones.id]


def test_of_records_a_restriction_rule_may_hide_only_owners_are_told_whom_the_rule_spares(listen, broker):
    spared, bound, colleague = listen("spared"), listen("bound"), listen("dealer-a")
    leads = [a_lead("/hq/a/", owner) for owner in ("", SPARED, BOUND)]
    announce(broker, *(LeadClaimed(lead=lead) for lead in leads))
    assert [change.data["id"] for change in colleague.hears()] == [lead.id for lead in leads]
    assert [change.data["id"] for change in spared.hears()] == [leads[1].id]
    assert bound.hears(0.3) == []


def test_a_notification_is_told_to_its_owner_alone(listen, broker):
    ann, above = listen("ann"), listen("headquarters")
    notification = Notification(id=str(uuid4()), owner_id=ANN, kind="lead_assigned")
    announce(broker, NotificationCreated(notification=notification), unit_path="/hq/a/", domain="identity")
    assert [change.data["type"] for change in ann.hears()] == ["identity.notification"]
    assert above.hears(0.3) == []


def test_an_event_whose_record_cannot_be_judged_here_is_told_to_nobody_but_those_who_see_all(listen, broker):
    a, above = listen("dealer-a"), listen("headquarters")
    lead = a_lead("")
    announce(broker, LeadClaimed(lead=lead))
    assert [change.data["id"] for change in above.hears()] == [lead.id]
    assert a.hears(0.3) == []


def test_a_browser_goes_on_where_it_stopped(listen, broker):
    page = listen("dealer-a")
    first = a_lead("/hq/a/")
    announce(broker, LeadClaimed(lead=first))
    assert page.next().data["id"] == first.id
    page.leave()
    missed = [a_lead("/hq/a/"), a_lead("/hq/a/")]
    announce(broker, *(LeadClaimed(lead=lead) for lead in missed))
    time.sleep(0.5)
    again = listen("dealer-a", page.position)
    assert [change.data["id"] for change in again.hears()] == [lead.id for lead in missed]


@pytest.mark.parametrize("position", ["leads-99999999", "leads--1", "nonsense", "a" * 3000])
def test_a_position_that_is_not_known_means_reading_everything_again(listen, position):
    assert listen("dealer-a", position).next().name == "reset"


def test_a_burst_is_told_as_one_reset_and_the_stream_goes_on(listen, broker):
    a, b = listen("dealer-a"), listen("dealer-b")
    announce_batch(broker, [LeadCaptured(lead=a_lead("/hq/a/")) for _ in range(6000)], "/hq/a/")
    heard = a.hears(2)
    assert any(each.name == "reset" for each in heard)
    assert len(heard) < 1200
    lead = a_lead("/hq/b/")
    announce(broker, LeadClaimed(lead=lead))
    assert b.hears()[-1].data.get("id") == lead.id


def test_who_does_not_read_holds_up_nobody(live, listen, broker):
    host, port = live.url.removeprefix("http://").split(":")
    with socket.create_connection((host, int(port))) as sleeper:
        sleeper.sendall(b"GET /v1/live HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer dealer-a\r\n\r\n")
        time.sleep(0.3)
        page = listen("dealer-a")
        for _ in range(3):
            announce_batch(broker, [LeadCaptured(lead=a_lead("/hq/a/")) for _ in range(400)], "/hq/a/")
        assert page.hears()[-1].name == "reset"
        lead = a_lead("/hq/a/")
        announce(broker, LeadClaimed(lead=lead))
        assert page.hears()[-1].data.get("id") == lead.id


def test_one_caller_has_six_streams_and_the_oldest_gives_way(listen, broker):
    pages = [listen("bo") for _ in range(7)]
    announce(broker, LeadClaimed(lead=a_lead("/hq/a/", BO)))
    assert all(page.next() is not None for page in pages[1:])
    assert pages[0].next() is None or pages[0].next() is None


def test_the_stream_ends_when_the_session_ends(listen, broker, identity_world):
    page = listen("ann")
    identity_world.ended.add("ann")
    try:
        announce(broker, AccessChanged(ids=["s-ann"], epoch=identity_world.epoch + 1), domain="identity")
        assert page.next() is None
        assert listen("ann").status == 401
    finally:
        identity_world.ended.clear()


def test_the_stream_ends_when_rights_change_and_the_next_one_has_the_new_ones(listen, broker, identity_world):
    page, other = listen("dealer-a"), listen("dealer-b")
    identity_world.epoch += 5
    PEOPLE["dealer-a"], kept = (*PEOPLE["dealer-a"][:1], "/hq/c/", "subtree"), PEOPLE["dealer-a"]
    try:
        announce(broker, AccessChanged(ids=[kept[0]], epoch=identity_world.epoch), domain="identity")
        assert page.next() is None
        again = listen("dealer-a", page.position)
        lead = a_lead("/hq/c/")
        announce(broker, LeadClaimed(lead=a_lead("/hq/a/")), LeadClaimed(lead=lead))
        assert [change.data["id"] for change in again.hears()] == [lead.id]
        assert other.hears(0.3) == [], "somebody else's rights are no reason to end"
    finally:
        PEOPLE["dealer-a"] = kept
        identity_world.epoch += 1
        announce(broker, AccessChanged(everybody=True, epoch=identity_world.epoch), domain="identity")
        time.sleep(0.5)


def test_without_a_session_there_is_no_stream(live):
    assert httpx.get(f"{live.url}/v1/live", trust_env=False).status_code == 401


def test_two_hundred_idle_streams_leave_the_api_its_turns(keys_dir, identity_world, broker, tmp_path):
    settings = environment(keys_dir, {"identity": identity_world.backend.port}, CRM_NATS_URL=broker)
    running = Running(settings | {"CRM_LIVE_STREAMS": "200"}, tmp_path / "log")
    host, port = running.url.removeprefix("http://").split(":")
    everybody = {f"many-{number}": (str(uuid4()), "/hq/a/", "subtree") for number in range(40)}
    PEOPLE.update(everybody)
    streams = []
    try:
        for token in everybody:
            for _ in range(5):
                one = socket.create_connection((host, int(port)))
                one.sendall(f"GET /v1/live HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {token}\r\n\r\n".encode())
                streams.append(one)
        assert all(one.recv(15).startswith(b"HTTP/1.1 200") for one in streams)
        refused = httpx.get(f"{running.url}/v1/live", headers={"Authorization": "Bearer bo"}, trust_env=False)
        assert (refused.status_code, refused.json()["reason"]) == (503, "LIVE_FULL")
        started = time.monotonic()
        answers = [httpx.get(f"{running.url}/health/live", trust_env=False).status_code for _ in range(20)]
        assert answers == [200] * 20
        assert time.monotonic() - started < 5
    finally:
        for one in streams:
            one.close()
        for token in everybody:
            del PEOPLE[token]
        running.process.send_signal(signal.SIGTERM)
        assert running.process.wait(25) == 0


def test_a_broker_that_was_killed_is_followed_again_and_nothing_is_missed(keys_dir, identity_world, tmp_path):
    server = NatsServer(tmp_path / "store", port=free_port())
    (tmp_path / "store").mkdir()
    server.start(tmp_path / "nats-1.log")
    url = server.url()
    announce(url, LeadCaptured(lead=a_lead("/hq/a/")))
    settings = environment(keys_dir, {"identity": identity_world.backend.port}, CRM_NATS_URL=url)
    running = Running(settings, tmp_path / "log")
    page = Browser(running.url, "dealer-a")
    try:
        time.sleep(1.5)
        page.hears(0.3)
        server.child.process.kill()
        server.stop()
        server.start(tmp_path / "nats-2.log")
        leads = [a_lead("/hq/a/") for _ in range(3)]
        announce(url, *(LeadClaimed(lead=lead) for lead in leads))
        assert [change.data["id"] for change in page.hears(8)] == [lead.id for lead in leads]
    finally:
        page.leave()
        stopping = threading.Thread(target=running.stop)
        stopping.start()
        stopping.join(30)
        server.stop()
