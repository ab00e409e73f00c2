"""What counts for whom, and who may say so, through the RPCs."""

from typing import Any

import pytest
from crm.identity.v1 import identity_events_pb2 as events
from crm.identity.v1 import preference_service_pb2 as pb
from crm.identity.v1.preferences_pb2 import Preferences

from crm_kit.principal import Principal
from crm_kit.rpc.channels import RemoteError
from crm_kit.testing.service import RunningService, somebody

from .test_identity import a_unit, a_user, acting_as, refused, sign_in, update, who_is

SERVICE = "crm.identity.v1.PreferenceService"


async def say(identity: RunningService, who: Principal, holder: str, *forget: str, **values: Any) -> Preferences:
    request = pb.UpdatePreferencesRequest(
        preferences=Preferences(holder=holder, **values),
        update_mask={"paths": [*(name for name in values if name != "etag"), *forget]},
    )
    return await identity.call(f"{SERVICE}/UpdatePreferences", request, who)


async def effective(identity: RunningService, who: Principal) -> Preferences:
    return await identity.call(f"{SERVICE}/GetEffectivePreferences", pb.GetEffectivePreferencesRequest(), who)


async def test_a_persons_word_counts_before_the_units_and_the_nearest_units_before_the_rest(
    identity: RunningService,
) -> None:
    east = await a_unit(identity, "east")
    shop = await a_unit(identity, "shop", parent_id=east.id)
    await a_user(identity, "li.na", shop)
    me = await acting_as(identity, "li.na")
    assert (await effective(identity, me)).time_zone == "Asia/Shanghai"
    await say(
        identity, somebody(), "enterprise", time_zone="Asia/Tokyo", currency="JPY", theme="light", density="compact"
    )
    await say(identity, somebody(), f"unit:{east.id}", time_zone="Europe/Berlin", currency="EUR")
    await say(identity, somebody(), f"unit:{shop.id}", currency="CHF")
    await say(identity, me, "me", theme="contrast", console={"menu": ["leads"]})
    found = await effective(identity, me)
    assert (found.density, found.time_zone, found.currency, found.theme) == (
        "compact",
        "Europe/Berlin",
        "CHF",
        "contrast",
    )
    assert list(found.console["menu"]) == ["leads"]
    await say(identity, me, "me", "theme")
    assert (await effective(identity, me)).theme == "light"


async def test_a_persons_language_is_one_fact_wherever_it_is_changed(identity: RunningService) -> None:
    user = await a_user(identity, "li.na", await a_unit(identity, "east"))
    me = await acting_as(identity, "li.na")
    token = (await sign_in(identity, "li.na")).token
    assert (await who_is(identity, token)).user.language == "zh-CN"
    await say(identity, somebody(), "enterprise", language="en")
    assert (await who_is(identity, token)).user.language == "en"
    said = await say(identity, me, "me", language="zh-CN")
    assert said.language == "zh-CN"
    assert (await identity.announced(events.UserUpdated))[-1].message.user.language == "zh-CN"
    assert (await update(identity, user, language="en")).language == "en"
    read = await identity.call(f"{SERVICE}/GetPreferences", pb.GetPreferencesRequest(holder="me"), me)
    assert (read.holder, read.language) == (f"user:{user.id}", "en")


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("language", "fr"),
        ("date_format", "DD/YY"),
        ("time_zone", "Mars/Olympus"),
        ("currency", "XXX"),
        ("first_weekday", 8),
        ("font_scale", 151),
        ("start_page", "https://evil.example"),
        ("start_page", "//evil.example"),
        ("console", {"widths": "x" * 40_000}),
    ],
)
async def test_a_value_nobody_could_show_is_refused_by_field(identity: RunningService, field: str, value: Any) -> None:
    with pytest.raises(RemoteError) as found:
        await say(identity, somebody(), "enterprise", **{field: value})
    assert field in str(found.value)


async def test_people_speak_for_themselves_managers_for_their_units_administrators_for_all(
    identity: RunningService,
) -> None:
    east, west = await a_unit(identity, "east"), await a_unit(identity, "west")
    colleague = await a_user(identity, "wang", east)
    await a_user(identity, "li.na", east)
    await a_user(identity, "boss", east, roles=["sales_manager"])
    me, boss = await acting_as(identity, "li.na"), await acting_as(identity, "boss")
    for holder in (f"unit:{east.id}", f"user:{colleague.id}", "enterprise", "user:nobody"):
        assert await refused(say(identity, me, holder, theme="dark")) == "NOT_FOUND", holder
    await say(identity, boss, f"unit:{east.id}", theme="dark")
    for holder in (f"unit:{west.id}", "enterprise"):
        assert await refused(say(identity, boss, holder, theme="dark")) == "NOT_FOUND", holder
    assert await refused(say(identity, me, "moon", theme="dark")) == "INVALID_ARGUMENT"


async def test_a_stale_word_is_refused(identity: RunningService) -> None:
    first = await say(identity, somebody(), "enterprise", theme="dark")
    await say(identity, somebody(), "enterprise", theme="light", etag=first.etag)
    assert await refused(say(identity, somebody(), "enterprise", theme="dark", etag=first.etag)) == "STALE_ETAG"
