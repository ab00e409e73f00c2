/** What is promised for which tickets, tried from the first to the last, and the hours by which promises count. */
import { useTranslation } from "react-i18next";
import { Link } from "react-router";
import { type Row, useRecords } from "@api/records";
import { calendars, slaPolicies, tickets } from "@api/resources";
import { useAccess } from "@app/access";
import { ConditionText } from "@kit/catalogue/ConditionText";
import { NewRecord } from "@kit/catalogue/NewRecord";
import { OrderedTable } from "@kit/catalogue/OrderedTable";
import { PageHeader } from "@kit/PageHeader";
import { PlainTable } from "@kit/PlainTable";
import { Related } from "@kit/record/RecordPage";
import { Failed, Loading } from "@kit/states";
import { StateTag } from "@kit/values";
import { CALENDAR, policyForm } from "./form";
import { Minutes } from "./Minutes";
import { Week } from "./Week";
import "@kit/catalogue/catalogue.css";
import "@kit/form.css";
import "./promises.css";

/** Policies and calendars of an enterprise are few: one page holds them. */
const MOST = 200;
const STEP = 10;

export default function PromisesPage() {
  const { t } = useTranslation(["promises", "tickets"]);
  const { can } = useAccess();
  const found = useRecords(slaPolicies, { order_by: "position", page_size: MOST });
  const policies = found.data?.pages[0]?.rows ?? [];
  const behind = Math.max(0, ...policies.filter((policy) => !policy.is_default).map((policy) => Number(policy.position))) + STEP;
  return (
    <div className="crm-stack">
      <PageHeader title={t("title")} actions={<NewRecord resource={slaPolicies} namespace="promises" form={policyForm(false)} prepare={(values) => ({ ...values, position: behind })} />} />
      <p className="crm-muted promise-text">{t("text")}</p>
      {found.isPending ? <Loading /> : found.isError ? <Failed error={found.error} retry={() => void found.refetch()} /> : (
        <Related title={t("policies")}>
          <OrderedTable resource={slaPolicies} namespace="promises" caption={t("policies")} rows={policies} last={(policy) => Boolean(policy.is_default)} columns={[
            { key: "name", title: t("fields.name"), render: (policy) => <Link to={slaPolicies.page(policy.id)}>{policy.name}</Link> },
            { key: "filter", title: t("fields.filter"), render: (policy) => <ConditionText resource={tickets} namespace="tickets" filter={policy.filter} none={t(policy.is_default ? "all_others" : "everything")} /> },
            { key: "targets", title: t("brief"), render: (policy) => <Targets policy={policy} /> },
            { key: "state", title: t("fields.disabled"), render: (policy) => <StateTag tone={policy.disabled ? "done" : policy.is_default ? "active" : "good"}>{t(policy.disabled ? "state.off" : policy.is_default ? "state.default" : "state.on")}</StateTag> },
          ]} />
        </Related>
      )}
      {can("service_desk.calendar.list") ? <Calendars /> : null}
    </div>
  );
}

/** First response and solution of each priority in a line. */
function Targets({ policy }: { policy: Row }) {
  const { t } = useTranslation(["promises", "tickets"]);
  return (
    <ul className="promise-brief">
      {((policy.targets ?? []) as Row[]).map((target) => (
        <li key={target.priority}><span>{t(`tickets:values.priority.${target.priority}`)}</span><span><Minutes value={target.first_response_minutes} /> / <Minutes value={target.resolution_minutes} /></span></li>
      ))}
    </ul>
  );
}

function Calendars() {
  const { t } = useTranslation("promises");
  const found = useRecords(calendars, { order_by: "name", page_size: MOST });
  const known = found.data?.pages[0]?.rows ?? [];
  // A calendar opens at some time: a new one begins with the hours of the default.
  const weekly = known.find((calendar) => calendar.is_default)?.weekly;
  if (found.isPending) return <Loading />;
  if (found.isError) return <Failed error={found.error} retry={() => void found.refetch()} />;
  return (
    <Related title={t("calendars")} action={<NewRecord quiet texts="create_calendar" resource={calendars} namespace="promises" form={CALENDAR} prepare={(values) => ({ ...values, weekly })} />}>
      <PlainTable caption={t("calendars")} rows={known} rowKey={(calendar) => calendar.id} columns={[
        { key: "name", title: t("fields.name"), render: (calendar) => <Link to={calendars.page(calendar.id)}>{calendar.name}</Link> },
        { key: "week", title: t("fields.weekly"), render: (calendar) => <Week weekly={calendar.weekly} /> },
        { key: "days", title: t("fields.overrides"), render: (calendar) => t("special_days", { count: (calendar.overrides ?? []).length }) },
        { key: "zone", title: t("fields.time_zone"), render: (calendar) => calendar.time_zone },
        { key: "default", title: t("fields.disabled"), render: (calendar) => (calendar.is_default ? <StateTag tone="active">{t("state.default")}</StateTag> : <StateTag tone="good">{t("state.on")}</StateTag>) },
      ]} />
    </Related>
  );
}
