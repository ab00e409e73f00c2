"""A form's questions as its page shows them, with what was typed and what is wrong with it."""

from collections.abc import Mapping, Sequence
from typing import Any, Final, NamedTuple

from crm.leads.v1.web_form_intake_service_pb2 import PublicWebForm

from crm_gateway.public.words import LABELS, told, word
from crm_kit.errors import Violation

Kind = PublicWebForm.Field.Kind
CONSENT: Final = "consent"
KINDS: Final = {Kind.LINES: "lines", Kind.CHOICE: "choice", Kind.TICK: "tick"}
TYPES: Final = {Kind.PHONE: "tel", Kind.EMAIL: "email", Kind.DAY: "date"}
INPUT_MODES: Final = {Kind.WEBSITE: "url", Kind.NUMBER: "decimal"}
AUTOCOMPLETE: Final = {
    "name": "name",
    "company": "organization",
    "job_title": "organization-title",
    "phone": "tel",
    "email": "email",
    "country_code": "country",
    "province": "address-level1",
    "city": "address-level2",
    "postal_code": "postal-code",
    "address": "street-address",
    "website": "url",
}
"""What browsers fill in by themselves (WCAG 1.3.5)."""


class Question(NamedTuple):
    """One question; ``id`` is its place in the page, which the summary of errors links to."""

    id: str
    field: str
    kind: str
    label: str
    help: str
    required: bool
    value: str
    wrong: str
    type: str = "text"
    inputmode: str = ""
    autocomplete: str = ""
    options: Sequence[str] = ()


class Fault(NamedTuple):
    """A line of the summary; ``id`` is empty when it is about the form as a whole."""

    id: str
    label: str
    text: str


def questions(
    form: PublicWebForm, language: str, typed: Mapping[str, str], violations: Sequence[Violation]
) -> tuple[list[Question], list[Fault]]:
    """All questions, the consent last, and the faults in their order; those of no question come first."""
    wrong = {each.field: each.text(language) for each in violations}
    asked = [
        Question(
            id=f"q{number}",
            field=each.field,
            kind=KINDS.get(each.kind, "line"),
            label=_label(each, language),
            help=told(each, "help", language),
            required=each.required,
            value=typed.get(each.field, ""),
            wrong=wrong.get(each.field, ""),
            type=TYPES.get(each.kind, "text"),
            inputmode=INPUT_MODES.get(each.kind, ""),
            autocomplete=AUTOCOMPLETE.get(each.field, ""),
            options=list(each.options),
        )
        for number, each in enumerate(form.fields)
    ]
    consent = Question(
        id=CONSENT,
        field=CONSENT,
        kind="tick",
        label=f"{told(form, CONSENT, language)} {word('required', language)}",
        help="",
        required=True,
        value=typed.get(CONSENT, ""),
        wrong=wrong.get(CONSENT, ""),
    )
    everything = [*asked, consent]
    shown = {each.field for each in everything}
    whole = [Fault("", "", each.text(language)) for each in violations if each.field not in shown]
    named = [Fault(each.id, _name(each, language), each.wrong) for each in everything if each.wrong]
    return everything, [*whole, *named]


def typed_in(form: PublicWebForm, sent: Mapping[str, Any]) -> dict[str, str]:
    """What was typed into this form's questions; everything else a page sends is nobody's."""
    return {name: sent[name] for name in (*(each.field for each in form.fields), CONSENT) if sent.get(name)}


def _label(field: PublicWebForm.Field, language: str) -> str:
    """The maker's words in the language, else the field's usual ones, else the maker's in the other."""
    own = field.label_zh if language == "zh-CN" else field.label_en
    usual = LABELS[field.field][language == "zh-CN"] if field.field in LABELS else ""
    return own or usual or told(field, "label", language) or field.field


def _name(question: Question, language: str) -> str:
    return LABELS[CONSENT][language == "zh-CN"] if question.field == CONSENT else question.label
