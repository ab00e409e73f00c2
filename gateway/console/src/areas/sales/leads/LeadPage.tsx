/** One lead: facts, what happened, and why the system decided what it decided. */
import { useQuery } from "@tanstack/react-query";
import { lazy, useEffect } from "react";
import { useTranslation } from "react-i18next";
import { Navigate, useParams } from "react-router";
import { answer, api } from "@api/client";
import { useRecord } from "@api/records";
import { leads } from "@api/resources";
import { useAccess } from "@app/access";
import { Part } from "@app/Part";
import { visited } from "@app/recent";
import { Reference } from "@kit/FieldValue";
import { Facts } from "@kit/record/Facts";
import { RecordPage, Related } from "@kit/record/RecordPage";
import { useSharing } from "@kit/record/useSharing";
import { Verbs } from "@kit/record/Verbs";
import { Failed, Loading } from "@kit/states";
import { toast } from "@kit/toasts";
import { UnitName } from "@kit/units";
import { DateTime, PersonName } from "@kit/values";
import { LeadScore, ScoreReasons } from "./LeadScore";
import { LeadState } from "./LeadState";
import { LeadTimeline } from "./LeadTimeline";
import { useLeadVerbs } from "./useLeadVerbs";

const LeadMerging = lazy(() => import("./merging/LeadMerging"));
const NextSteps = lazy(() => import("@kit/tasks/NextSteps"));
const CLOSED = ["CONVERTING", "CONVERTED", "MERGED", "OVERWRITTEN", "DUPLICATE_CLOSED"];

export default function LeadPage() {
  const { t } = useTranslation("leads");
  const { id = "" } = useParams();
  const { id: own, can } = useAccess();
  const found = useRecord(leads, id);
  const lead = found.data;
  const { verbs, dialog } = useLeadVerbs(lead);
  const sharing = useSharing(leads, lead);
  useEffect(() => {
    if (lead && lead.state !== "MERGED") visited(own, leads, lead);
  }, [own, lead]);
  const merged = found.isSuccess && !found.isPlaceholderData && lead?.state === "MERGED";
  useEffect(() => {
    if (merged) toast.done(t("redirected"));
  }, [merged, t]);
  if (found.isPending) return <Loading rows={8} />;
  if (!lead) return <Failed error={found.error} retry={() => void found.refetch()} />;
  if (merged && lead.merged_into_id) return <Navigate to={leads.page(String(lead.merged_into_id))} replace />;
  return (
    <>
      <RecordPage
        back="/app/sales/leads"
        title={[lead.name, lead.company].filter(Boolean).join(" · ") || lead.number}
        above={lead.number}
        state={<LeadState lead={lead} />}
        verbs={<Verbs verbs={[...verbs, ...sharing.verbs]} />}
        highlights={[
          { label: t("fields.score"), value: <LeadScore lead={lead} /> },
          { label: t("fields.owner_id"), value: <PersonName id={lead.owner_id} /> },
          { label: t("fields.last_touch_time"), value: <DateTime value={lead.last_touch_time} mode="relative" /> },
          { label: t("fields.recycle_due_time"), value: <DateTime value={lead.recycle_due_time} mode="relative" overdue /> },
          ...(["customer_id", "opportunity_id", "merged_into_id", "conflict_id"] as const).filter((field) => lead[field]).map((field) => ({ label: t(`fields.${field}`), value: <Reference field={field === "merged_into_id" ? "lead_id" : field} id={lead[field]} /> })),
        ]}
        facts={
          <Facts
            resource={leads}
            namespace="leads"
            record={lead}
            editable={!CLOSED.includes(lead.state)}
            groups={[
              { title: t("groups.contact"), fields: ["name", "company", "job_title", "phone", "email", "other_phones", "other_emails", "website"] },
              { title: t("groups.need"), fields: ["need", "product_line", "source", "channel", "campaign_id", "tags"] },
              { title: t("groups.address"), fields: ["country_code", "province", "city", "address", "postal_code", "credit_code"] },
              { title: t("groups.more"), fields: ["custom_fields", "opt_outs", "recycle_count", "protect_until_time", "create_time", "update_time"] },
            ]}
          />
        }
        timeline={<LeadTimeline lead={lead} />}
        related={
          <>
            {can("sales.task.list") ? <Part><NextSteps of={leads} id={id} /></Part> : null}
            <Related title={t("related.score")}><ScoreReasons lead={lead} /></Related>
            <Part><LeadMerging lead={lead} /></Part>
            <Decisions id={id} />
          </>
        }
      />
      {dialog}
      {sharing.dialog}
    </>
  );
}

/** Why the system merged, scored, routed or assigned the lead so. */
function Decisions({ id }: { id: string }) {
  const { t } = useTranslation("leads");
  const found = useQuery({
    queryKey: ["leads.Decision", id],
    queryFn: () => answer(api.GET("/v1/leads/{lead_id}/decisions", { params: { path: { lead_id: id } } })),
  });
  const decisions = found.data?.decisions ?? [];
  return (
    <Related title={t("related.decisions")}>
      {found.isError ? <Failed error={found.error} retry={() => void found.refetch()} /> : null}
      {found.isSuccess && decisions.length === 0 ? <p>{t("decisions.none")}</p> : null}
      <ul className="lead-decisions">
        {decisions.map((decision) => {
          const [rule = "", version] = (decision.rule ?? "").split("@");
          const person = rule.startsWith("user:") ? rule.slice(5) : "";
          return (
            <li key={decision.id}>
              <p>
                {t(`decisions.${decision.kind}.${decision.outcome}`, { defaultValue: "" }) || (
                  <>{t(`decisions.kinds.${decision.kind}`, { defaultValue: decision.kind })} · {decision.kind === "distribution" ? <UnitName path={decision.outcome} /> : t(`values.reason.${decision.outcome}`, { defaultValue: decision.outcome })}</>
                )}
              </p>
              <small>
                {person ? <PersonName id={person} /> : t("decisions.rule", { rule: t(`decisions.rules.${rule}`, { defaultValue: rule }), version: version ?? "1" })}
                {decision.runner_up ? ` · ${t("decisions.runner_up", { outcome: t(`decisions.outcomes.${decision.runner_up}`, { defaultValue: decision.runner_up }) })}` : ""}{" · "}
                <DateTime value={decision.decide_time} mode="relative" />
              </small>
            </li>
          );
        })}
      </ul>
    </Related>
  );
}
