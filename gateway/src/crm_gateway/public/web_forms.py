"""Forms of leads on the web: shown, sent, taken; in the name of visitors who are nobody yet."""

import re
from collections.abc import Callable, Mapping
from typing import Final
from urllib.parse import urlsplit

from crm.leads.v1 import web_form_intake_service_pb2 as pb
from flask import Request, Response

from crm_gateway.backends import Backends
from crm_gateway.bodies import read_form
from crm_gateway.problems import Problem
from crm_gateway.public.page_tokens import Doubt, PageTokens
from crm_gateway.public.pages import LANGUAGES, asked_language, page
from crm_gateway.public.questions import CONSENT, questions, typed_in
from crm_gateway.public.visitor_rates import VisitorRates
from crm_gateway.public.visitors import Visitors, refusal, too_many
from crm_gateway.public.words import told, word
from crm_kit.keys import Keys
from crm_kit.principal import Principal, Scope

INTAKE: Final = "crm.leads.v1.WebFormIntakeService"
VISITORS: Final = Principal(
    "web-forms", kind="service", name="web-forms", grants=(("leads.web_form.submit", Scope.ALL),)
)
"""Who acts when a stranger sends a form: somebody with this one right."""
TRAP: Final = "fax_number_2"
"""A field nobody sees: only programs fill it in."""
UTM: Final = ("utm_source", "utm_medium", "utm_campaign", "utm_content", "utm_term")
LONGEST_MARK: Final = 200
_PATH: Final = re.compile(r"/forms/([A-Za-z0-9_-]{8,64})(/thanks)?")
_PREVIEW: Final = re.compile(r"/forms/preview/([0-9a-f-]{36})")

Handler = Callable[[Request, str, str], Response]


class WebForms:
    """The paths ``/forms/{key}``, ``/forms/{key}/thanks`` and ``/forms/preview/{id}``.

    ``asker`` tells who of the house is asking; ``address`` where a request comes from.
    """

    def __init__(
        self,
        backends: Backends,
        keys: Keys,
        rates: VisitorRates,
        asker: Callable[[Request], Principal],
        address: Callable[[Request], str],
    ) -> None:
        self._visitors = Visitors(backends, "leads", INTAKE, VISITORS)
        self._tokens, self._rates = PageTokens(keys), rates
        self._asker, self._address = asker, address

    def find(self, path: str) -> Mapping[str, Handler] | None:
        """What can be done at the path, by verb; None when it is not one of these."""
        preview = _PREVIEW.fullmatch(path)
        if preview is not None:
            return {"GET": self._explained(lambda http, request_id: self._preview(http, preview[1], request_id))}
        match = _PATH.fullmatch(path)
        if match is None:
            return None
        key = match[1]
        if match[2]:
            return {"GET": self._explained(lambda http, request_id: self._thanks(http, key, request_id))}
        return {
            "GET": self._explained(lambda http, request_id: self._show(http, key, request_id)),
            "POST": self._explained(lambda http, request_id: self._take(http, key, request_id)),
        }

    def _explained(self, answer: Callable[[Request, str], Response]) -> Handler:
        """Refusals as pages, because a browser shows them to a person."""

        def answered(http: Request, request_id: str, _language: str) -> Response:
            try:
                return answer(http, request_id)
            except Problem as problem:
                return refusal(problem, asked_language(http), "closed")

        return answered

    def _show(self, http: Request, key: str, request_id: str) -> Response:
        wait = self._rates.ask(key, self._address(http))
        if wait:
            return too_many(asked_language(http), wait)
        form = self._form(pb.ShowWebFormRequest(key=key, counted=http.method == "GET"), request_id)
        hidden = {name: http.args.get(name, "")[:LONGEST_MARK] for name in UTM}
        hidden["referrer"] = _referrer(http)
        return self._page(http, key, form, {}, hidden)

    def _preview(self, http: Request, form_id: str, request_id: str) -> Response:
        asker = self._asker(http)
        form = self._form(pb.ShowWebFormRequest(preview_id=form_id), request_id, asker)
        return self._page(http, "", form, {}, {}, preview=True)

    def _take(self, http: Request, key: str, request_id: str) -> Response:
        wait = self._rates.send(key, self._address(http))
        if wait:
            return too_many(asked_language(http), wait)
        sent = read_form(http)
        form = self._form(pb.ShowWebFormRequest(key=key), request_id)
        language = asked_language(http, form.default_language)
        thanks = Response(status=303, headers={"Location": f"/forms/{key}/thanks?lang={language}"})
        if sent.get(TRAP):
            self._visitors.call("CountSpam", pb.CountSpamRequest(key=key), request_id, language)
            return thanks
        typed = typed_in(form, sent)
        hidden = {name: sent.get(name, "") for name in (*UTM, "referrer")}
        read = self._tokens.read(key, sent.get("page", ""))
        if isinstance(read, Doubt):
            if read is not Doubt.EXPIRED:
                self._visitors.call("CountSpam", pb.CountSpamRequest(key=key), request_id, language)
            return self._page(http, key, form, typed, hidden, status=400, notice=word(read.value, language))
        request = pb.SubmitWebFormRequest(
            key=key,
            page_id=read.page_id,
            answers={name: text for name, text in typed.items() if name != CONSENT},
            consented=bool(typed.get(CONSENT)),
            language=language,
            **hidden,
        )
        try:
            self._visitors.call("SubmitWebForm", request, request_id, language, page_id=read.page_id)
        except Problem as problem:
            return self._not_taken(http, key, form, typed, hidden, sent["page"], problem)
        return thanks

    def _not_taken(
        self,
        http: Request,
        key: str,
        form: pb.PublicWebForm,
        typed: Mapping[str, str],
        hidden: Mapping[str, str],
        token: str,
        problem: Problem,
    ) -> Response:
        """The page again with everything typed: what is wrong with it, or that the house is at fault."""
        language = asked_language(http, form.default_language)
        if problem.violations:
            # The same page: it becomes one lead, however often it is mended.
            return self._page(http, key, form, typed, hidden, status=422, problem=problem, token=token)
        if problem.reason == "IDEMPOTENCY_KEY_REUSED":
            return self._page(http, key, form, typed, hidden, status=409, notice=word("sent_before", language))
        if problem.reason == "REQUEST_IN_FLIGHT":
            notice = word("in_flight", language)
            return self._page(http, key, form, typed, hidden, status=409, notice=notice, token=token)
        if problem.status >= 500:
            notice = word("away_kept", language)
            return self._page(http, key, form, typed, hidden, status=503, notice=notice, token=token)
        raise problem

    def _thanks(self, http: Request, key: str, request_id: str) -> Response:
        form = self._form(pb.ShowWebFormRequest(key=key), request_id)
        language = asked_language(http, form.default_language)
        return page(
            "message.html",
            language,
            framed_by=form.allowed_origins,
            title=word("thanks", language),
            text=told(form, "thanks", language) or word("thanks_more", language),
            links=_links(f"/forms/{key}/thanks"),
        )

    def _page(
        self,
        http: Request,
        key: str,
        form: pb.PublicWebForm,
        typed: Mapping[str, str],
        hidden: Mapping[str, str],
        *,
        status: int = 200,
        notice: str = "",
        problem: Problem | None = None,
        token: str = "",
        preview: bool = False,
    ) -> Response:
        language = asked_language(http, form.default_language)
        asked, errors = questions(form, language, typed, problem.violations if problem else ())
        token = token or (self._tokens.issue(key) if key else "")
        return page(
            "form.html",
            language,
            status,
            framed_by=form.allowed_origins,
            title=told(form, "title", language),
            intro=told(form, "intro", language),
            questions=asked,
            errors=errors,
            notice=notice,
            preview=preview,
            action=f"/forms/{key}?lang={language}" if key else "",
            hidden={**hidden, "page": token},
            trap=TRAP,
            links=_links(http.path),
        )

    def _form(
        self, request: pb.ShowWebFormRequest, request_id: str, asker: Principal | None = None
    ) -> pb.PublicWebForm:
        form: pb.PublicWebForm = self._visitors.call("ShowWebForm", request, request_id, "en", principal=asker)
        return form


def _links(path: str) -> dict[str, str]:
    return {language: f"{path}?lang={language}" for language in LANGUAGES}


def _referrer(http: Request) -> str:
    """The page that led here, without its query; our own pages are none."""
    parts = urlsplit(http.headers.get("Referer", "")[:2000])
    if parts.scheme not in ("http", "https") or parts.netloc == http.host:
        return ""
    return f"{parts.scheme}://{parts.netloc}{parts.path}"[:500]
