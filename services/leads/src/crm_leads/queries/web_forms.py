"""Reads of web forms: by the key in their address, with their counts, and what was sent through them."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from crm.leads.v1.web_form_pb2 import WebForm as Message
from sqlalchemy import Table, select
from sqlalchemy.dialects.postgresql import insert

from crm_kit import paging
from crm_kit.access import scoped, unscoped, visible
from crm_kit.call import Call
from crm_kit.filtering import Fields
from crm_kit.loading import Choice
from crm_leads.domain.web_form import WebForm, web_form_count, web_form_submission

_FORMS: Table = WebForm.__table__  # type: ignore[assignment]
_BY_KEY = "whoever has the address of a form may see it"
_FORM = Choice(WebForm, _FORMS.c.key == "", why=_BY_KEY, lock="")
SUBMISSION_FIELDS = Fields.of_entity(web_form_submission, ["id"])
COUNTS = ("shown", "submitted", "refused")


async def form_of_key(call: Call, key: str) -> WebForm | None:
    """The form with this key, whatever its state; None when there is none or it was removed."""
    statement = select(_FORMS).where(_FORMS.c.key == key, _FORMS.c.delete_time.is_(None))
    async with call.db.connect() as connection:
        row = (await connection.execute(statement, execution_options=unscoped(_BY_KEY))).one_or_none()
    return None if row is None else _FORM.entity_of(row)


async def form_seen(call: Call, id: UUID) -> WebForm | None:
    """The form, if the call may see it."""
    statement = select(_FORMS).where(_FORMS.c.id == id, visible(call, WebForm))
    async with call.db.connect() as connection:
        row = (await connection.execute(statement, execution_options=scoped(call))).one_or_none()
    return None if row is None else _FORM.entity_of(row)


async def count(connection: Any, form_id: UUID, what: str) -> None:
    """One more: ``shown``, ``submitted`` or ``refused``. ``connection``: of a transaction or on its own."""
    counts = web_form_count
    first = insert(counts).values(web_form_id=form_id, **{name: int(name == what) for name in COUNTS})
    more = first.on_conflict_do_update(index_elements=["web_form_id"], set_={what: counts.c[what] + 1})
    await connection.execute(more)


async def count_once(call: Call, form_id: UUID, what: str) -> None:
    """The same in a statement of its own."""
    async with call.db.connect() as connection:
        await count(connection, form_id, what)


async def add_counts(call: Call, forms: Sequence[Message]) -> None:
    """Fill the counts of forms that were read."""
    if not forms:
        return
    counts = web_form_count.c
    statement = select(web_form_count).where(counts.web_form_id.in_([UUID(form.id) for form in forms]))
    async with call.db.connect() as connection:
        found = {str(row.web_form_id): row for row in (await connection.execute(statement)).all()}
    for form in forms:
        row = found.get(form.id)
        if row is not None:
            form.shown_count, form.submitted_count, form.refused_count = row.shown, row.submitted, row.refused


async def submissions_of(call: Call, lead_id: str, page_size: int, page_token: str) -> tuple[Sequence[Any], str]:
    """One page of what a lead sent through forms, newest first, and the token of the next."""
    asked = paging.query_hash("web_form_submission", lead_id)
    page = paging.page("id desc", page_size, page_token, SUBMISSION_FIELDS, asked)
    statement = select(web_form_submission, *page.columns).where(web_form_submission.c.lead_id == UUID(lead_id))
    if page.after is not None:
        statement = statement.where(page.after)
    async with call.db.connect() as connection:
        rows = (await connection.execute(statement.order_by(*page.order_by).limit(page.limit))).all()
    token = page.token_for([rows[page.size - 1].id]) if len(rows) > page.size else ""
    return rows[: page.size], token
