"""Finding customers: by whom, by what, and by which index."""

from typing import Any

import pytest
from sqlalchemy import select, text
from sqlalchemy.dialects import postgresql

from crm_customers.domain.customer import Customer as StoredCustomer
from crm_customers.rpc.customer_service import customers as resource
from crm_kit.access import unscoped, visible
from crm_kit.filtering import search
from crm_kit.principal import Scope
from crm_kit.testing.service import somebody

from .clerk import Clerk, names, refused


async def test_a_customer_is_found_by_what_anybody_would_type(clerk: Clerk) -> None:
    made = await clerk.customer("上海华东机械有限公司", phone="021-62345678", email="info@huadong.cn")
    await clerk.customer("北京西部电子有限公司")
    for typed in ("华东", "机械有限", "shhd", made.code, "62345678", "5678", "huadong.cn", "Info@HuaDong.cn"):
        assert names(await clerk.find(search=typed)) == ["上海华东机械有限公司"], typed


async def test_a_calling_contact_finds_its_customer(clerk: Clerk) -> None:
    made = await clerk.customer("华东机械")
    contact = await clerk.contact(made, "韩梅梅", mobile="13900139000")
    assert names(await clerk.find(search="13900139000")) == ["华东机械"]
    assert names(await clerk.find(search="韩梅")) == ["华东机械"]
    await clerk.change_contact(contact, mobile="13700137000")
    assert names(await clerk.find(search="13700137000")) == ["华东机械"]
    await clerk.ask("ContactService/DeleteContact", id=contact.id)
    assert await clerk.find(search="13700137000") == []


async def test_contacts_leave_the_etag_of_their_customer_alone_once_it_has_a_main_one(clerk: Clerk) -> None:
    made = await clerk.customer()
    await clerk.contact(made, "李雷")
    before = (await clerk.get(made.id)).etag
    await clerk.contact(made, "韩梅梅")
    assert (await clerk.get(made.id)).etag == before


async def test_everyone_sees_what_lies_in_their_scope(clerk: Clerk) -> None:
    east = clerk.as_(unit_path="/hq/east/", scope=Scope.SUBTREE)
    dealer = clerk.as_(unit_path="/hq/east/d1/", scope=Scope.UNIT)
    own = clerk.as_(unit_path="/hq/east/d1/", scope=Scope.OWN)
    for who, name in ((clerk, "总部"), (east, "华东"), (dealer, "经销商"), (own, "我的")):
        await who.customer(name)
    assert names(await clerk.find()) == ["我的", "经销商", "华东", "总部"]
    assert names(await east.find()) == ["我的", "经销商", "华东"]
    assert names(await dealer.find()) == ["我的", "经销商"]
    assert names(await own.find()) == ["我的"]
    assert (await dealer.ask("CustomerService/ListCustomers", count="COUNT_MODE_EXACT")).total_size == 2


async def test_customers_are_filtered_by_their_enumerations(clerk: Clerk) -> None:
    await clerk.customer("甲", value_rating="high", kind="vip", tags=["重点"])
    await clerk.person("乙", value_rating="low")
    assert names(await clerk.find(filter='value_rating = "high" AND kind = vip AND tags:"重点"')) == ["甲"]
    assert names(await clerk.find(filter="type = PERSON AND phase = PRESALE")) == ["乙"]
    async with refused("INVALID_ARGUMENT"):
        await clerk.find(filter="search_text = x")


PLANS: list[tuple[str, dict[str, Any]]] = [
    ("ix_customer_scope", {"scope": Scope.SUBTREE}),
    ("ix_customer_newest", {"scope": Scope.ALL}),
    ("ix_customer_search_text", {"scope": Scope.ALL, "search": "huadong"}),
    ("ix_customer_search_grams", {"scope": Scope.ALL, "search": "13900139000"}),
    ("ix_customer_search_grams", {"scope": Scope.ALL, "search": "华东"}),
]


@pytest.mark.parametrize(("index", "asked"), PLANS)
async def test_lists_and_searches_use_their_index(clerk: Clerk, index: str, asked: dict[str, Any]) -> None:
    call = clerk.service.work().as_principal(
        somebody(unit_path="/hq/east/", scope=asked["scope"]), "customers.customer.list"
    )
    clauses = [visible(call, StoredCustomer)]
    if "search" in asked:
        clauses.append(search(asked["search"], resource.fields.marking(clerk.service.db.subjects.mark)))
    statement = (
        select(StoredCustomer.__table__)
        .where(*clauses)
        .order_by(StoredCustomer.create_time.desc(), StoredCustomer.id.desc())
        .limit(51)
    )
    written = str(statement.compile(dialect=postgresql.dialect(), compile_kwargs={"literal_binds": True}))
    async with clerk.service.db.connect() as connection:
        await connection.execute(text(FILL))
        await clerk.service.administer("ANALYZE customer")
        plan = (await connection.execute(text(f"EXPLAIN {written}"), execution_options=unscoped("a plan"))).scalars()
        assert index in "\n".join(plan)


FILL = """
    INSERT INTO customer (id, code, type, name, name_key, mnemonic, ancestor_ids, credit_code, industry, headcount,
      source, kind, value_rating, credit_rating, relationship_level, phase, phase_reason, presale_again, phone, phone_index,
      email, email_index, fax, website, country_code, province, city, postal_code, address, gender, remark, tags, search_text, search_grams,
      version, event_seq, unit_path, custom_fields, create_time, update_time)
    SELECT uuidv7(), 'F-' || n, 'ORGANIZATION', 'n' || n, 'n' || n, '', '{}', '', '', 0, '', 'prospect', '', '', '',
      'PRESALE', '', false, '', '', '', '', '', '', '', '', '', '', '', '', '', '{}', ' n' || md5(n::text) || E'\\n', ARRAY['g' || n],
      1, 0, CASE WHEN n % 1000 = 0 THEN '/hq/east/' ELSE '/hq/west/' END, '{}', now() - n * interval '1 minute', now()
    FROM generate_series(1, 20000) n
"""
