"""What narrowed a result, in the reader's language: what they may see first."""

from crm_kit.call import Call
from crm_kit.principal import Scope
from crm_reporting.domain.reports.report import Words
from crm_reporting.usecases.question import Question

SCOPES = {
    Scope.ALL: Words("You see all units.", "您可查看全部组织单元。"),
    Scope.SUBTREE: Words("You see {unit} and the units below.", "您可查看 {unit} 及其下级单元。"),
    Scope.UNIT: Words("You see {unit}.", "您可查看 {unit}。"),
    Scope.OWN: Words(
        "You see what is yours, and what is nobody's in {unit}.", "您可查看本人的及 {unit} 内无负责人的记录。"
    ),
}
PERIOD = Words("From {first} up to, not including, {end}, in {zone}.", "{first} 起至 {end}（不含），时区 {zone}。")
PRESENT = Words("As it stands now, {today} in {zone}.", "当前状态，{today}（{zone}）。")
PARTIAL = Words("The period is not over yet.", "期间尚未结束。")
UNIT = Words("Only {unit} and the units below.", "仅 {unit} 及其下级单元。")
CURRENCY = Words("Only {currency}.", "仅 {currency}。")


def filters_in_words(question: Question, call: Call) -> list[str]:
    period = question.period
    said = [SCOPES[call.scope]]
    said.append(PERIOD if question.report.uses_period else PRESENT)
    if question.report.uses_period and period.is_partial:
        said.append(PARTIAL)
    facts = {
        "unit": call.principal.unit_path,
        "first": period.first.isoformat(),
        "end": period.end.isoformat(),
        "today": period.today.isoformat(),
        "zone": period.zone.key,
    }
    lines = [each.in_language(call.language).format(**facts) for each in said]
    if question.unit_path:
        lines.append(UNIT.in_language(call.language).format(unit=question.unit_path))
    if question.currency:
        lines.append(CURRENCY.in_language(call.language).format(currency=question.currency))
    given = [parameter for parameter in question.report.parameters if question.params[parameter.name]]
    return lines + [f"{each.description.in_language(call.language)}: {question.params[each.name]}" for each in given]
