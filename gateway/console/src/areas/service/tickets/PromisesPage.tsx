/** What is promised for which tickets, and by which hours the promises count; administrators change it in the settings. */
import { useQuery } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";
import { answer, api } from "@api/client";
import { useAccess } from "@app/access";
import { PageHeader } from "@kit/PageHeader";
import { PlainTable } from "@kit/PlainTable";
import { Related } from "@kit/record/RecordPage";
import { Empty, Failed, Loading } from "@kit/states";
import { Nothing, StateTag } from "@kit/values";
import "./tickets.css";

export default function PromisesPage() {
  const { t } = useTranslation("tickets");
  const { can } = useAccess();
  const policies = useQuery({ queryKey: ["service_desk.SlaPolicy"], queryFn: () => answer(api.GET("/v1/sla-policies", { params: { query: { page_size: 100, order_by: "position" } } })) });
  const calendars = useQuery({ queryKey: ["service_desk.Calendar"], queryFn: () => answer(api.GET("/v1/calendars", { params: { query: { page_size: 100 } } })), enabled: can("service_desk.calendar.list") });
  const span = (minutes = 0) => (minutes === 0 ? <Nothing /> : minutes % 60 === 0 ? t("promises.hours", { count: minutes / 60 }) : t("promises.minutes", { count: minutes }));
  const known = calendars.data?.calendars ?? [];
  return (
    <div className="ticket-promises">
      <PageHeader title={t("promises.title")} />
      {policies.isPending ? <Loading /> : policies.isError ? <Failed error={policies.error} retry={() => void policies.refetch()} /> : policies.data.sla_policies?.length ? null : <Empty title={t("promises.none")} />}
      {policies.data?.sla_policies?.map((policy) => (
        <Related key={policy.id} title={policy.name} action={<StateTag tone={policy.disabled ? "done" : "good"}>{t(policy.disabled ? "promises.off" : "promises.on")}</StateTag>}>
          <p className="ticket-quiet">{policy.filter ? <>{t("promises.for")} <code>{policy.filter}</code></> : t("promises.everything")}{" · "}{t("promises.counts_by", { calendar: known.find((each) => (policy.calendar_id ? each.id === policy.calendar_id : each.is_default))?.name ?? t("promises.default_calendar") })}</p>
          <PlainTable caption={policy.name} rows={policy.targets ?? []} rowKey={(target) => target.priority ?? ""} columns={[
            { key: "priority", title: t("fields.priority"), render: (target) => t(`values.priority.${target.priority}`) },
            { key: "first", title: t("sla.FIRST_RESPONSE"), align: "end", render: (target) => span(target.first_response_minutes) },
            { key: "next", title: t("sla.NEXT_RESPONSE"), align: "end", render: (target) => span(target.next_response_minutes) },
            { key: "resolution", title: t("sla.RESOLUTION"), align: "end", render: (target) => span(target.resolution_minutes) },
          ]} />
        </Related>
      ))}
      {known.map((calendar) => (
        <Related key={calendar.id} title={calendar.name} action={calendar.is_default ? <StateTag tone="active">{t("promises.default_calendar")}</StateTag> : null}>
          <p className="ticket-quiet">{calendar.time_zone}</p>
          <dl className="ticket-hours">
            {[...new Set((calendar.weekly ?? []).map((each) => each.weekday))].map((weekday) => (
              <div key={weekday}><dt>{t(`weekdays.${weekday}`)}</dt><dd className="crm-number">{(calendar.weekly ?? []).filter((each) => each.weekday === weekday).map((each) => `${each.start}–${each.end}`).join("  ")}</dd></div>
            ))}
          </dl>
        </Related>
      ))}
    </div>
  );
}
