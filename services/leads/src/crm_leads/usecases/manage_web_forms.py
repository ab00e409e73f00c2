"""Forms on the web: written, opened to everybody, closed."""

import secrets
from typing import Any

from crm.leads.v1 import leads_events_pb2 as events

from crm_kit.access import in_reach
from crm_kit.custom_fields import CustomField
from crm_kit.errors import InvalidArgument
from crm_kit.tx import Tx
from crm_leads.domain.web_form import LANGUAGES, State, WebForm

KEY_BYTES = 12


async def draft_web_form(tx: Tx, form: WebForm) -> WebForm:
    """A new form, owned by who writes it, at an address nobody can guess."""
    form.key, form.state, form.publish_time = secrets.token_urlsafe(KEY_BYTES), State.DRAFT, None
    form.owner_id = tx.principal.user_id
    await _check(tx, form)
    return tx.add(form)


async def edit_web_form(tx: Tx, form: WebForm, changed: set[str]) -> WebForm:
    """What was changed holds for the next visitor; it has the new values already."""
    await _check(tx, form)
    if changed:
        tx.publish(form, events.WebFormUpdated())
    return form


async def publish_web_form(tx: Tx, id: str, *, etag: str = "") -> WebForm:
    form = await tx.load(WebForm, id, etag=etag)
    form.publish(tx.now)
    await _check(tx, form)
    tx.publish(form, events.WebFormPublished())
    return form


async def close_web_form(tx: Tx, id: str, *, etag: str = "") -> WebForm:
    form = await tx.load(WebForm, id, etag=etag)
    form.close()
    tx.publish(form, events.WebFormClosed())
    return form


async def remove_web_form(tx: Tx, id: str, *, etag: str = "") -> WebForm:
    """Its address answers as if it had never been; what came through it stays."""
    form = await tx.load(WebForm, id, etag=etag)
    form.delete_time = tx.now
    tx.publish(form, events.WebFormClosed())
    return form


async def _check(tx: Tx, form: WebForm) -> None:
    definitions = await tx.call.db.custom_fields.of("lead")
    form.check([each.name for each in definitions], required_of(definitions))
    _check_target(tx, form.target_unit_path)


def required_of(definitions: tuple[CustomField, ...]) -> list[str]:
    """The enterprise's own fields without which no lead is taken."""
    return [each.name for each in definitions if each.required]


def _check_target(tx: Tx, path: str) -> None:
    if path and not (path.startswith("/") and path.endswith("/")):
        en, zh = "Give a unit's path such as /hq/east/.", "请填写组织路径，例如 /hq/east/。"
        raise InvalidArgument.of("target_unit_path", "NOT_A_PATH", en, zh)
    if path and not in_reach(tx.principal, tx.call.reach, None, path):
        en, zh = "Choose a unit at or below yours.", "请选择本组织或下级组织。"
        raise InvalidArgument.of("target_unit_path", "OUT_OF_REACH", en, zh)


def public_facts(form: WebForm) -> dict[str, Any]:
    """What strangers are shown of a form, besides its fields."""
    texts = {f"{what}_{one}": getattr(form, f"{what}_{one}") for what in _TOLD for one in ("en", "zh")}
    return {**texts, "allowed_origins": form.allowed_origins, "default_language": form.default_language or LANGUAGES[0]}


_TOLD = ("title", "intro", "thanks", "consent")
