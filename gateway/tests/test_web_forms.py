"""Forms for strangers: what their pages say, what is taken from them, and what attacks come to."""

import gzip
import re
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlencode
from uuid import uuid4

import grpc
import httpx
import pytest
from crm.leads.v1 import web_form_intake_service_pb2 as pb
from gateway_wire import Backend, Refusal

from crm_gateway.public.page_tokens import PURPOSE
from crm_gateway.public.visitor_rates import SENT_BY_ADDRESS, SENT_TO_PAGE, VisitorRates
from crm_gateway.public.web_forms import TRAP
from crm_kit.errors import FailedPrecondition, IdempotencyKeyReused, InvalidArgument, NotFound, Violation
from crm_kit.keys import Keys
from crm_kit.signed_tokens import sign_token

from .conftest import Running

INTAKE = "crm.leads.v1.WebFormIntakeService"
SHOW, SUBMIT, SPAM = (f"{INTAKE}/{name}" for name in ("ShowWebForm", "SubmitWebForm", "CountSpam"))
ANSWERS = {"name": "Ada <b>Lovelace</b>", "email": "ada@example.com", "consent": "true"}
TOO_SOON = 2.1
Field = pb.PublicWebForm.Field


class WebFormClosed(FailedPrecondition):
    """As the leads service says it."""

    en = zh = "closed"


def a_form(**facts: Any) -> pb.PublicWebForm:
    fields = [
        Field(field="name", kind=Field.LINE, required=True, help_en="As on your card"),
        Field(field="email", kind=Field.EMAIL, label_zh="工作邮箱"),
        Field(field="need", kind=Field.LINES),
        Field(field="custom_fields.size", kind=Field.CHOICE, options=["small", "<large>"], label_en="Size"),
        Field(field="custom_fields.news", kind=Field.TICK, label_en="News"),
    ]
    usual = {"title_en": "Ask <us>", "consent_en": "You may call.", "default_language": "zh-CN", "fields": fields}
    return pb.PublicWebForm(**{**usual, **facts})


@pytest.fixture
def key(leads: Backend) -> str:
    """A form of its own for every test, so that nobody's rate is another's."""
    leads.answers[SHOW] = lambda _: a_form()
    leads.answers[SUBMIT] = lambda _: pb.SubmitWebFormResponse()
    leads.answers[SPAM] = lambda _: pb.CountSpamResponse()
    return uuid4().hex


@pytest.fixture
def visitor(gateway: Running) -> Iterator[httpx.Client]:
    with httpx.Client(base_url=gateway.url, trust_env=False, timeout=20, headers={"Accept-Language": "en"}) as client:
        yield client


@pytest.fixture
def token(keys_dir: Path, key: str) -> Callable[..., str]:
    """Tokens as the gateway makes them, of any age."""
    keys = Keys.load(keys_dir, "gateway")

    def make(*, form: str = "", age: float = 60.0, page_id: str = "", purpose: str = PURPOSE) -> str:
        statement = f"{form or key}\n{page_id or uuid4().hex}\n{time.time() - age:.3f}"
        return sign_token(keys, purpose, statement.encode())

    return make


def hidden(answer: httpx.Response, name: str) -> str:
    found = re.search(f'name="{name}" value="([^"]*)"', answer.text)
    assert found is not None, answer.text
    return found[1]


def test_a_page_is_whole_without_script_and_small(visitor: httpx.Client, key: str, leads: Backend) -> None:
    answer = visitor.get(f"/forms/{key}")
    assert answer.status_code == 200
    assert answer.headers["Content-Type"] == "text/html; charset=utf-8"
    assert "<script" not in answer.text
    assert "style=" not in answer.text
    styles = visitor.get(re.search(r'href="(/public/[^"]+)"', answer.text)[1])  # type: ignore[index]
    assert "immutable" in styles.headers["Cache-Control"]
    assert len(gzip.compress(answer.content)) + len(gzip.compress(styles.content)) < 15_000
    assert [call.request.counted for call in leads.calls(SHOW)] == [True]
    assert leads.calls(SHOW)[0].principal.grants[0][0] == "leads.web_form.submit"


def test_a_page_is_never_stored_nor_framed_nor_run(visitor: httpx.Client, key: str) -> None:
    headers = visitor.get(f"/forms/{key}").headers
    assert headers["Cache-Control"] == "no-store"
    assert "Set-Cookie" not in headers
    policy = dict(part.strip().split(" ", 1) for part in headers["Content-Security-Policy"].split(";"))
    assert policy == {
        "default-src": "'none'",
        "style-src": "'self'",
        "form-action": "'self'",
        "base-uri": "'none'",
        "frame-ancestors": "'none'",
    }


def test_only_named_sites_may_frame_a_form(visitor: httpx.Client, key: str, leads: Backend) -> None:
    leads.answers[SHOW] = lambda _: a_form(allowed_origins=["https://www.example.com"])
    headers = visitor.get(f"/forms/{key}").headers
    assert "frame-ancestors 'self' https://www.example.com" in headers["Content-Security-Policy"]
    assert "X-Frame-Options" not in headers


@pytest.mark.parametrize(
    ("query", "accepted", "shown"),
    [
        ("", "en-GB", "en"),
        ("", "zh-TW,en;q=0.5", "zh-CN"),
        ("", "fr", "zh-CN"),
        ("?lang=en", "zh", "en"),
        ("?lang=x", "fr", "zh-CN"),
    ],
)
def test_the_language_is_the_visitors(visitor: httpx.Client, key: str, query: str, accepted: str, shown: str) -> None:
    answer = visitor.get(f"/forms/{key}{query}", headers={"Accept-Language": accepted})
    assert f'<html lang="{shown}">' in answer.text
    assert ("工作邮箱" if shown == "zh-CN" else "E-mail") in answer.text or shown == "en"


def test_what_is_sent_is_taken_once_and_answered_by_a_page_of_its_own(
    visitor: httpx.Client, key: str, leads: Backend
) -> None:
    page = visitor.get(
        f"/forms/{key}?utm_source=ads&utm_term=x", headers={"Referer": "https://news.example/a?secret=1"}
    )
    time.sleep(TOO_SOON)
    sent = {**ANSWERS, "page": hidden(page, "page"), "utm_source": hidden(page, "utm_source")}
    sent["referrer"] = hidden(page, "referrer")
    sent |= {"owner_id": "me", "state": "CONVERTED"}
    answers = [visitor.post(f"/forms/{key}?lang=en", data=sent) for _ in range(2)]
    assert [(each.status_code, each.headers["Location"]) for each in answers] == [
        (303, f"/forms/{key}/thanks?lang=en")
    ] * 2
    first, second = leads.calls(SUBMIT)
    assert first.metadata["idempotency-key"] == second.metadata["idempotency-key"] == first.request.page_id
    assert dict(first.request.answers) == {"name": "Ada <b>Lovelace</b>", "email": "ada@example.com"}
    assert (first.request.consented, first.request.language) == (True, "en")
    assert (first.request.utm_source, first.request.referrer) == ("ads", "https://news.example/a")
    thanks = visitor.get(answers[0].headers["Location"])
    assert (thanks.status_code, "Thank you" in thanks.text) == (200, True)
    assert [call.request.counted for call in leads.calls(SHOW)].count(True) == 1


def test_faults_come_back_with_everything_typed_and_each_is_linked(
    visitor: httpx.Client, key: str, leads: Backend, token: Callable[..., str]
) -> None:
    wrong = [Violation("email", "X", "No such host.", "没有此域名。"), Violation("contact", "X", "Nobody.", "无人。")]

    def refuse(_: Any) -> None:
        raise InvalidArgument(wrong)

    leads.answers[SUBMIT] = refuse
    page = token()
    sent = {**ANSWERS, "custom_fields.size": "<large>", "custom_fields.news": "true", "page": page}
    answer = visitor.post(f"/forms/{key}?lang=en", data=sent)
    assert answer.status_code == 422
    assert 'value="Ada &lt;b&gt;Lovelace&lt;/b&gt;"' in answer.text
    assert "<option selected>&lt;large&gt;</option>" in answer.text
    assert '<a href="#q1">E-mail</a>: No such host.' in answer.text
    assert 'aria-invalid="true" aria-describedby="q1-wrong"' in answer.text
    assert "<title>Error: Ask &lt;us&gt;</title>" in answer.text
    assert answer.text.count(" checked") == 2
    assert hidden(answer, "page") == page
    chinese = visitor.post(f"/forms/{key}?lang=zh-CN", data=sent)
    assert leads.calls(SUBMIT)[-1].metadata["accept-language"] == "zh-CN"
    assert "请修改以下内容" in chinese.text


@pytest.mark.parametrize(
    ("made", "words", "counted"),
    [
        ({"age": 0.0}, "faster than anybody", 1),
        ({"age": 12 * 3600 + 5.0}, "open for too long", 0),
        ({"form": "another-form-12345"}, "not made here", 1),
        ({"purpose": "another page"}, "not made here", 1),
    ],
)
def test_a_page_that_is_not_believed_comes_back_with_what_was_typed(
    visitor: httpx.Client,
    key: str,
    leads: Backend,
    token: Callable[..., str],
    made: dict[str, Any],
    words: str,
    counted: int,
) -> None:
    page = token(**made)
    answer = visitor.post(f"/forms/{key}?lang=en", data={**ANSWERS, "page": page})
    assert (answer.status_code, words in answer.text) == (400, True)
    assert 'value="ada@example.com"' in answer.text
    assert hidden(answer, "page") != page
    assert (len(leads.calls(SUBMIT)), len(leads.calls(SPAM))) == (0, counted)


@pytest.mark.parametrize("change", ["", "x", "a.b.c", "x" * 5000, "é.é.é"])
def test_a_forged_token_is_not_believed(visitor: httpx.Client, key: str, leads: Backend, change: str) -> None:
    answer = visitor.post(f"/forms/{key}?lang=en", data={**ANSWERS, "page": change})
    assert (answer.status_code, leads.calls(SUBMIT)) == (400, [])


def test_no_letter_of_a_token_can_be_changed(visitor: httpx.Client, key: str, token: Callable[..., str]) -> None:
    page = token()
    for place in (0, 20, len(page) // 2, len(page) - 1):
        forged = page[:place] + ("A" if page[place] != "A" else "B") + page[place + 1 :]
        assert visitor.post(f"/forms/{key}", data={**ANSWERS, "page": forged}).status_code == 400


def test_who_fills_in_what_nobody_sees_is_thanked_and_not_heard(
    visitor: httpx.Client, key: str, leads: Backend, token: Callable[..., str]
) -> None:
    answer = visitor.post(f"/forms/{key}?lang=en", data={**ANSWERS, "page": token(), TRAP: "1"})
    honest = visitor.post(f"/forms/{key}?lang=en", data={**ANSWERS, "page": token()})
    assert (answer.status_code, answer.headers["Location"]) == (honest.status_code, honest.headers["Location"])
    assert (len(leads.calls(SPAM)), len(leads.calls(SUBMIT))) == (1, 1)


def test_a_thousand_posts_are_ten_leads_and_an_honest_refusal(
    visitor: httpx.Client, key: str, leads: Backend, token: Callable[..., str]
) -> None:
    answers = [visitor.post(f"/forms/{key}?lang=en", data={**ANSWERS, "page": token()}) for _ in range(1000)]
    taken = [answer for answer in answers if answer.status_code == 303]
    assert {answer.status_code for answer in answers} == {303, 429}
    assert SENT_BY_ADDRESS.most <= len(taken) == len(leads.calls(SUBMIT)) <= SENT_BY_ADDRESS.most + 2
    refused = answers[-1]
    seconds = int(refused.headers["Retry-After"])
    assert 0 < seconds <= 30
    assert f"wait {seconds} seconds" in refused.text


def test_a_page_takes_only_so_much_from_everybody_together() -> None:
    rates = VisitorRates()
    waits = [rates.send("page", f"203.0.{number // 250}.{number % 250}") for number in range(SENT_TO_PAGE.most + 1)]
    assert [bool(wait) for wait in waits] == [False] * SENT_TO_PAGE.most + [True]
    assert rates.send("another page", "203.0.113.1") == 0


def test_one_network_of_version_six_counts_as_one_address() -> None:
    rates = VisitorRates()
    waits = [rates.send("page", f"2001:db8::{number:x}") for number in range(1, SENT_BY_ADDRESS.most + 2)]
    assert [bool(wait) for wait in waits] == [False] * SENT_BY_ADDRESS.most + [True]


@pytest.mark.parametrize(
    ("body", "kind", "status"),
    [
        (b"name=" + b"x" * 200_000, "application/x-www-form-urlencoded", 413),
        (b'{"name": "x"}', "application/json", 415),
        (b"name=%00", "application/x-www-form-urlencoded", 400),
        (b"name=%ff%fe", "application/x-www-form-urlencoded", 400),
        (b"\xff\xfe", "application/x-www-form-urlencoded", 400),
        (urlencode([(str(n), "x") for n in range(500)]).encode(), "application/x-www-form-urlencoded", 400),
    ],
)
def test_what_is_no_form_is_refused_as_a_page(
    visitor: httpx.Client, key: str, leads: Backend, body: bytes, kind: str, status: int
) -> None:
    answer = visitor.post(f"/forms/{key}?lang=en", content=body, headers={"Content-Type": kind})
    assert (answer.status_code, answer.headers["Content-Type"]) == (status, "text/html; charset=utf-8")
    assert leads.calls(SUBMIT) == []


NASTY = "<script>alert(1)</script>\"'><img src=x onerror=y> {{7*7}} '; DROP TABLE lead; --"


def test_nothing_typed_and_nothing_a_form_says_is_markup(
    visitor: httpx.Client, key: str, leads: Backend, token: Callable[..., str]
) -> None:
    texts = {f"{what}_en": NASTY for what in ("title", "intro", "thanks", "consent")}
    fields = [Field(field="name", kind=kind, label_en=NASTY, help_en=NASTY, options=[NASTY]) for kind in range(1, 10)]
    leads.answers[SHOW] = lambda _: a_form(**texts, fields=fields)

    def refuse(_: Any) -> None:
        raise InvalidArgument.of("name", "X", NASTY, NASTY)

    leads.answers[SUBMIT] = refuse
    sent = {"name": NASTY, "page": token(), "utm_source": NASTY, "referrer": NASTY}
    pages = [
        visitor.get(f"/forms/{key}?lang=en&utm_source={NASTY}"),
        visitor.post(f"/forms/{key}?lang=en", data=sent),
        visitor.get(f"/forms/{key}/thanks?lang=en"),
    ]
    assert [page.status_code for page in pages] == [200, 422, 200]
    for page in pages:
        assert not re.search(r"<script|<img|\"'>|49 ", page.text)


def test_a_wrong_host_is_said_nowhere(visitor: httpx.Client, key: str, token: Callable[..., str]) -> None:
    evil = {"Host": "evil.example", "X-Forwarded-Host": "evil.example"}
    shown = visitor.get(f"/forms/{key}", headers=evil)
    sent = visitor.post(f"/forms/{key}", data={**ANSWERS, "page": token()}, headers=evil)
    assert "evil.example" not in shown.text
    assert "evil.example" not in str(sent.headers)


def test_absent_and_closed_forms_are_friendly_pages(visitor: httpx.Client, key: str, leads: Backend) -> None:
    def absent(_: Any) -> None:
        raise NotFound(resource="web_form", id=key)

    def closed(_: Any) -> None:
        raise WebFormClosed

    for refuse, status, words in ((absent, 404, "There is nothing here"), (closed, 410, "This form is closed")):
        leads.answers[SHOW] = refuse
        answer = visitor.get(f"/forms/{key}")
        assert (answer.status_code, words in answer.text) == (status, True)
    assert visitor.get("/forms/short").status_code == 404


def test_while_the_house_is_away_nothing_typed_is_lost(
    visitor: httpx.Client, key: str, leads: Backend, token: Callable[..., str]
) -> None:
    def away(_: Any) -> None:
        raise Refusal(grpc.StatusCode.INTERNAL, "a secret of ours")

    leads.answers[SUBMIT] = away
    page = token()
    answer = visitor.post(f"/forms/{key}?lang=en", data={**ANSWERS, "page": page})
    assert (answer.status_code, hidden(answer, "page")) == (503, page)
    assert 'value="ada@example.com"' in answer.text
    assert "secret" not in answer.text


def test_a_page_sent_before_with_other_answers_can_be_sent_as_a_new_one(
    visitor: httpx.Client, key: str, leads: Backend, token: Callable[..., str]
) -> None:
    def reused(_: Any) -> None:
        raise IdempotencyKeyReused

    leads.answers[SUBMIT] = reused
    page = token()
    answer = visitor.post(f"/forms/{key}?lang=en", data={**ANSWERS, "page": page})
    assert (answer.status_code, "has been sent already" in answer.text) == (409, True)
    assert hidden(answer, "page") != page


def test_a_preview_is_for_people_of_the_house_and_sends_nothing(
    http: httpx.Client, visitor: httpx.Client, leads: Backend, key: str
) -> None:
    path = f"/forms/preview/{uuid4()}"
    shown = http.get(path)
    assert shown.status_code == 200
    assert "<button disabled>" in shown.text
    assert 'name="page"' not in shown.text
    assert leads.calls(SHOW)[-1].principal.kind == "user"
    assert visitor.get(path).status_code == 401
    assert http.post(path, data=ANSWERS).status_code == 405
