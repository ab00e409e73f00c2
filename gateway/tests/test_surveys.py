"""The page of a survey: what it shows, what it takes, and what it says of links that lead nowhere."""

import re
from collections.abc import Iterator
from typing import Any

import httpx
import pytest
from crm.service_desk.v1 import survey_intake_service_pb2 as pb
from gateway_wire import Backend
from google.protobuf.timestamp_pb2 import Timestamp

from crm_gateway.public.visitor_rates import SENT_BY_ADDRESS
from crm_kit.errors import FailedPrecondition, InvalidArgument, NotFound

from .conftest import Running

INTAKE = "crm.service_desk.v1.SurveyIntakeService"
SHOW, ANSWER = f"{INTAKE}/ShowSurvey", f"{INTAKE}/AnswerSurvey"
TOKEN = "payload.key.signature"
PAGE = f"/survey/{TOKEN}"


class SurveyOver(FailedPrecondition):
    """As the service desk says it."""


def a_survey(_: Any = None, **facts: Any) -> pb.PublicSurvey:
    usual = {"number": "TK-1", "subject": "No <b>sound</b>", "expire_time": Timestamp(seconds=1_800_000_000)}
    return pb.PublicSurvey(**{**usual, **facts})


@pytest.fixture
def desk(backends: dict[str, Backend]) -> Iterator[Backend]:
    desk = backends["service-desk"]
    desk.answers[SHOW] = a_survey
    desk.answers[ANSWER] = lambda _: pb.AnswerSurveyResponse()
    yield desk
    desk.clear()


@pytest.fixture
def visitor(gateway: Running) -> Iterator[httpx.Client]:
    with httpx.Client(base_url=gateway.url, trust_env=False, timeout=20) as client:
        yield client


@pytest.mark.parametrize(("query", "words"), [("?lang=en", "Very satisfied"), ("", "非常满意")])
def test_a_page_asks_in_words_and_shows_number_and_subject(
    visitor: httpx.Client, desk: Backend, query: str, words: str
) -> None:
    answer = visitor.get(f"{PAGE}{query}")
    assert (answer.status_code, words in answer.text) == (200, True)
    assert "TK-1" in answer.text
    assert "No &lt;b&gt;sound&lt;/b&gt;" in answer.text
    assert len(re.findall(r'type="radio"', answer.text)) == 5
    assert answer.headers["Cache-Control"] == "no-store"
    assert answer.headers["Referrer-Policy"] == "no-referrer"
    assert "frame-ancestors 'none'" in answer.headers["Content-Security-Policy"]
    assert desk.calls(SHOW)[0].principal.grants[0][0] == "service_desk.survey_answer.create"


def test_a_rating_is_handed_on_and_thanked_for(visitor: httpx.Client, desk: Backend) -> None:
    answer = visitor.post(f"{PAGE}?lang=en", data={"score": "4", "comment": "<i>fine</i>", "ticket_id": "another"})
    assert (answer.status_code, answer.headers["Location"]) == (303, f"{PAGE}/thanks?lang=en")
    [call] = desk.calls(ANSWER)
    assert (call.request.token, call.request.score, call.request.comment) == (TOKEN, 4, "<i>fine</i>")
    thanks = visitor.get(answer.headers["Location"])
    assert "until 2027-01-15" in thanks.text


@pytest.mark.parametrize("score", ["", "0", "6", "five", "٣"])
def test_without_a_score_the_page_comes_back_with_the_comment(visitor: httpx.Client, desk: Backend, score: str) -> None:
    answer = visitor.post(f"{PAGE}?lang=en", data={"score": score, "comment": "</textarea><script>"})
    assert (answer.status_code, "Choose one of the five" in answer.text) == (422, True)
    assert "&lt;/textarea&gt;&lt;script&gt;" in answer.text
    assert desk.calls(ANSWER) == []


def test_what_the_service_finds_wrong_is_told_at_the_comment(visitor: httpx.Client, desk: Backend) -> None:
    def refuse(_: Any) -> None:
        raise InvalidArgument.of("comment", "TOO_LONG", "At most 2000 characters.", "最多 2000 个字符。")

    desk.answers[ANSWER] = refuse
    answer = visitor.post(f"{PAGE}?lang=en", data={"score": "4", "comment": "long"})
    assert answer.status_code == 422
    assert re.search('<a href="#comment">[^<]*</a>: At most 2000 characters', answer.text)
    assert 'value="4" checked' in answer.text


def test_links_that_lead_nowhere_or_nowhere_any_more_are_friendly_pages(visitor: httpx.Client, desk: Backend) -> None:
    def unknown(_: Any) -> None:
        raise NotFound(resource="survey", id="")

    def over(_: Any) -> None:
        raise SurveyOver

    for refuse, status, words in ((unknown, 404, "页面不存在"), (over, 410, "评价已结束")):
        desk.answers[SHOW] = refuse
        for answer in (visitor.get(PAGE), visitor.get(f"{PAGE}/thanks")):
            assert (answer.status_code, words in answer.text) == (status, True)
    assert visitor.get("/survey/").status_code == 404


def test_ratings_come_no_faster_than_people_give_them(visitor: httpx.Client, desk: Backend) -> None:
    statuses = [visitor.post(PAGE, data={"score": "1"}).status_code for _ in range(2 * SENT_BY_ADDRESS.most + 2)]
    assert statuses[-1] == 429
    assert len(desk.calls(ANSWER)) <= SENT_BY_ADDRESS.most + 2
