/** Several leads side by side: which goes on, which value each field has then, what follows; differing fields first. */
import { keepPreviousData, useQuery, useQueryClient } from "@tanstack/react-query";
import { Alert, Button, Segmented } from "antd";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { Link, useNavigate, useSearchParams } from "react-router";
import type { Row } from "@api/records";
import { leads } from "@api/resources";
import { useLabels } from "@kit/labels";
import { PageHeader } from "@kit/PageHeader";
import { Failed, Loading } from "@kit/states";
import { toast } from "@kit/toasts";
import { LeadState } from "../LeadState";
import { mergeLeads, type Preview, previewMerge, unmergeLeads } from "./merges";
import { MovedText } from "./MovedText";
import "./merging.css";

const PLAIN = ["name", "company", "job_title", "phone", "email", "need", "product_line", "source", "website", "credit_code", "open_id"];
const ADDRESS = ["province", "city", "address", "postal_code"];
const POLICIES = ["SURVIVOR", "MOST_RECENT", "MOST_COMPLETE"];
const UNITED = ["other_phones", "other_emails", "tags"];

export default function MergePage() {
  const { t } = useTranslation("lead_merges");
  const labels = useLabels("leads");
  const navigate = useNavigate();
  const client = useQueryClient();
  const [params] = useSearchParams();
  const ids = (params.get("ids") ?? "").split(",").filter(Boolean);
  const [survivor, survive] = useState("");
  const [policy, follow] = useState("SURVIVOR");
  const [chosen, choose] = useState<Record<string, string>>({});
  const [busy, setBusy] = useState(false);
  const wanted = { leads: ids.map((id) => ({ id })), survivor_id: survivor, policy: `MERGE_POLICY_${policy}`, choices: Object.entries(chosen).map(([field, lead_id]) => ({ field, lead_id })) };
  const found = useQuery({ queryKey: [leads.schema, "merge", wanted], queryFn: ({ signal }) => previewMerge(wanted, signal), placeholderData: keepPreviousData, enabled: ids.length > 1 });
  if (ids.length < 2) return <Alert type="info" showIcon title={t("choose_more")} />;
  if (found.isPending) return <Loading rows={10} />;
  if (!found.data) return <Failed error={found.error} retry={() => void found.refetch()} />;
  const seen = found.data;
  const merge = async () => {
    setBusy(true);
    try {
      const made = await mergeLeads({ ...wanted, survivor_id: seen.survivor_id, leads: seen.leads.map((lead) => ({ id: lead.id, etag: lead.etag })) });
      const refresh = () => client.invalidateQueries({ queryKey: [leads.schema] });
      await refresh();
      toast.undo(t("done", { count: seen.leads.length, name: leads.title(seen.lead) }), async () => { await unmergeLeads(made.id); await refresh(); });
      void navigate(leads.page(made.survivor_id), { replace: true });
    } catch (refusal) {
      toast.refused(refusal);
      setBusy(false);
    }
  };
  const rows = rowsOf(seen, labels.option);
  const differing = rows.filter((row) => row.differs);
  const equal = rows.filter((row) => !row.differs);
  const table = (some: typeof rows, caption: string) => (
    // What scrolls sideways is scrolled by the keyboard, too.
    // eslint-disable-next-line jsx-a11y/no-noninteractive-tabindex
    <div className="lead-merge-scroll" role="region" aria-label={caption} tabIndex={0}>
      <table className="lead-merge-table">
        <caption className="crm-hidden">{caption}</caption>
        <thead>
          <tr>
            <th scope="col">{t("field")}</th>
            {seen.leads.map((lead) => (
              <th key={lead.id} scope="col">
                <Link to={leads.page(lead.id)}>{lead.number}</Link> <LeadState lead={lead} />
              </th>
            ))}
            <th scope="col">{t("result")}</th>
          </tr>
        </thead>
        <tbody>
          {some.map((row) => (
            <tr key={row.field}>
              <th scope="row">{row.field.startsWith("custom_fields.") ? row.field.slice(14) : labels.label(row.field)}</th>
              {row.values.map((value, place) => {
                const lead = seen.leads[place];
                if (!lead) return null;
                return (
                  <td key={lead.id}>
                    <label className="lead-merge-value">
                      <input type="radio" name={row.field} checked={row.from === lead.id} onChange={() => choose({ ...chosen, [row.field]: lead.id })} />
                      <span>{value || t("blank")}</span>
                    </label>
                  </td>
                );
              })}
              <td className="lead-merge-result">{row.result || t("blank")}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
  return (
    <div className="lead-merge">
      <PageHeader title={t("title", { count: seen.leads.length })} actions={<><Link to="/app/sales/leads"><Button tabIndex={-1}>{t("kit:cancel")}</Button></Link><Button type="primary" loading={busy} disabled={found.isPlaceholderData} onClick={() => void merge()}>{t("merge")}</Button></>} />
      <p className="crm-muted">{t("text")}</p>
      {found.isError ? <Failed error={found.error} retry={() => void found.refetch()} /> : null}
      <fieldset className="lead-merge-survivors">
        <legend>{t("survivor")}</legend>
        {seen.leads.map((lead) => (
          <label key={lead.id} className="lead-merge-value">
            <input type="radio" name="survivor" checked={seen.survivor_id === lead.id} onChange={() => { survive(lead.id); choose({}); }} />
            <span>{leads.title(lead)} · {lead.number}</span>
          </label>
        ))}
      </fieldset>
      <Segmented aria-label={t("policy")} value={policy} options={POLICIES.map((value) => ({ value, label: t(`policies.${value}`) }))} onChange={(value) => { follow(value); choose({}); }} />
      <h2>{t("differing", { count: differing.length })}</h2>
      {differing.length > 0 ? table(differing, t("differing", { count: differing.length })) : <p>{t("no_difference")}</p>}
      {equal.length > 0 ? <details><summary>{t("equal", { count: equal.length })}</summary>{table(equal, t("equal", { count: equal.length }))}</details> : null}
      <h2>{t("united")}</h2>
      <ul className="lead-merge-united">
        {UNITED.filter((field) => seen.lead[field]?.length).map((field) => <li key={field}><div>{labels.label(field)}</div><span>{(seen.lead[field] as string[]).join(t("join"))}</span></li>)}
        <li><div>{labels.label("intent_count")}</div><span>{seen.lead.intent_count}</span></li>
      </ul>
      <h2>{t("moves")}</h2>
      <MovedText moved={seen.moved} />
      <p className="crm-muted">{t("moves_more")}</p>
    </div>
  );
}

interface Line {
  field: string;
  values: string[];
  from: string;
  result: string;
  differs: boolean;
}

/** One line per field that any of the leads fills; the address is one. */
function rowsOf(seen: Preview, option: (field: string, value: string) => string): Line[] {
  const custom = [...new Set(seen.leads.flatMap((lead) => Object.keys((lead.custom_fields ?? {}) as object)))].map((name) => `custom_fields.${name}`);
  const said = (lead: Row, field: string): string => {
    if (field === "address") return ADDRESS.map((part) => lead[part]).filter(Boolean).join(" ");
    if (field === "source") return lead.source ? option("source", String(lead.source)) : "";
    const value: unknown = field.startsWith("custom_fields.") ? (lead.custom_fields as Record<string, unknown> | undefined)?.[field.slice(14)] : lead[field];
    return typeof value === "string" || typeof value === "number" || typeof value === "boolean" ? String(value) : value ? JSON.stringify(value) : "";
  };
  return [...PLAIN, "address", ...custom]
    .map((field) => {
      const values = seen.leads.map((lead) => said(lead, field));
      return { field, values, from: seen.choices?.find((each) => each.field === field)?.lead_id ?? "", result: said(seen.lead, field), differs: new Set(values).size > 1 };
    })
    .filter((line) => line.values.some(Boolean));
}
