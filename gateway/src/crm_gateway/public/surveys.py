"""Surveys: customers rate a solved ticket under the link they were sent."""

import re
from collections.abc import Callable, Mapping
from typing import Final

from crm.service_desk.v1 import survey_intake_service_pb2 as pb
from flask import Request, Response

from crm_gateway.backends import Backends
from crm_gateway.bodies import read_form
from crm_gateway.problems import Problem
from crm_gateway.public.pages import LANGUAGES, asked_language, page
from crm_gateway.public.questions import Fault
from crm_gateway.public.visitor_rates import VisitorRates
from crm_gateway.public.visitors import Visitors, refusal, too_many
from crm_gateway.public.words import word
from crm_kit.principal import Principal, Scope

INTAKE: Final = "crm.service_desk.v1.SurveyIntakeService"
CUSTOMERS: Final = Principal(
    "surveys", kind="service", name="surveys", grants=(("service_desk.survey_answer.create", Scope.ALL),)
)
"""Who acts when somebody follows a link: whoever has it, with this one right."""
SCORES: Final = (5, 4, 3, 2, 1)
USUAL: Final = "zh-CN"
_PATH: Final = re.compile(r"/survey/([A-Za-z0-9_.-]{1,400})(/thanks)?")

Handler = Callable[[Request, str, str], Response]


class Surveys:
    """The paths ``/survey/{token}`` and ``/survey/{token}/thanks``; ``address`` tells where a request comes from."""

    def __init__(self, backends: Backends, rates: VisitorRates, address: Callable[[Request], str]) -> None:
        self._visitors = Visitors(backends, "service-desk", INTAKE, CUSTOMERS)
        self._rates, self._address = rates, address

    def find(self, path: str) -> Mapping[str, Handler] | None:
        """What can be done at the path, by verb; None when it is not one of these."""
        match = _PATH.fullmatch(path)
        if match is None:
            return None
        token = match[1]
        if match[2]:
            return {"GET": self._explained(self._thanks, token)}
        return {"GET": self._explained(self._show, token), "POST": self._explained(self._take, token)}

    def _explained(self, answer: Callable[[Request, str, str, str], Response], token: str) -> Handler:
        """Refusals as pages, because a browser shows them to a person."""

        def answered(http: Request, request_id: str, _language: str) -> Response:
            language = asked_language(http, USUAL)
            try:
                return answer(http, token, request_id, language)
            except Problem as problem:
                return refusal(problem, language, "survey_over")

        return answered

    def _show(self, http: Request, token: str, request_id: str, language: str) -> Response:
        wait = self._rates.ask("survey", self._address(http))
        if wait:
            return too_many(language, wait)
        return self._page(token, self._survey(token, request_id), language)

    def _take(self, http: Request, token: str, request_id: str, language: str) -> Response:
        wait = self._rates.send("survey", self._address(http))
        if wait:
            return too_many(language, wait)
        sent = read_form(http)
        survey = self._survey(token, request_id)
        score, comment = sent.get("score", ""), sent.get("comment", "")
        if score not in {str(each) for each in SCORES}:
            faults = [Fault(f"score-{SCORES[0]}", word("survey_score", language), word("score_missing", language))]
            return self._page(token, survey, language, status=422, comment=comment, errors=faults)
        request = pb.AnswerSurveyRequest(token=token, score=int(score), comment=comment)
        try:
            self._visitors.call("AnswerSurvey", request, request_id, language)
        except Problem as problem:
            if not problem.violations:
                raise
            faults = [
                Fault("comment", word("survey_comment", language), each.text(language)) for each in problem.violations
            ]
            return self._page(token, survey, language, status=422, given=int(score), comment=comment, errors=faults)
        return Response(status=303, headers={"Location": f"/survey/{token}/thanks?lang={language}"})

    def _thanks(self, _http: Request, token: str, request_id: str, language: str) -> Response:
        day = _day(self._survey(token, request_id))
        action = f"/survey/{token}?lang={language}"
        links = _links(f"/survey/{token}/thanks")
        return page("survey_thanks.html", language, day=day, action=action, links=links)

    def _page(
        self,
        token: str,
        survey: pb.PublicSurvey,
        language: str,
        *,
        status: int = 200,
        given: int = 0,
        comment: str = "",
        errors: list[Fault] | None = None,
    ) -> Response:
        return page(
            "survey.html",
            language,
            status,
            number=survey.number,
            subject=survey.subject,
            day=_day(survey),
            scores=SCORES,
            given=given,
            comment=comment,
            errors=errors or [],
            notice=word("survey_rated", language) if survey.rated and not errors else "",
            action=f"/survey/{token}?lang={language}",
            links=_links(f"/survey/{token}"),
        )

    def _survey(self, token: str, request_id: str) -> pb.PublicSurvey:
        survey: pb.PublicSurvey = self._visitors.call("ShowSurvey", pb.ShowSurveyRequest(token=token), request_id, "en")
        return survey


def _day(survey: pb.PublicSurvey) -> str:
    return survey.expire_time.ToDatetime().date().isoformat()


def _links(path: str) -> dict[str, str]:
    return {language: f"{path}?lang={language}" for language in LANGUAGES}
