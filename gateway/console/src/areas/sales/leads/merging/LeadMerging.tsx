/** What may be the same party as a lead, and the merges it went through, with the way back. */
import { useQuery } from "@tanstack/react-query";
import { Button } from "antd";
import { lazy, Suspense, useState } from "react";
import { useTranslation } from "react-i18next";
import { Link } from "react-router";
import type { Row } from "@api/records";
import { leads } from "@api/resources";
import { useAccess } from "@app/access";
import { usePrefs } from "@app/prefs";
import { useLabels } from "@kit/labels";
import { Related } from "@kit/record/RecordPage";
import { Failed } from "@kit/states";
import { DateTime, PersonName, StateTag, type Tone } from "@kit/values";
import { type LeadMerge, MERGEABLE, mergePage, mergesOf, possibleDuplicates } from "./merges";
import { MovedText } from "./MovedText";
import "./merging.css";

const UnmergeDialog = lazy(() => import("./UnmergeDialog"));
const ASK_MS = 2000;
const TONES: Record<LeadMerge["state"], Tone> = { SETTLING: "active", SETTLED: "good", UNMERGING: "active", UNMERGED: "done" };
const isUnderWay = (merge: LeadMerge): boolean => merge.state === "SETTLING" || merge.state === "UNMERGING";

export default function LeadMerging({ lead }: { lead: Row }) {
  return (
    <>
      {MERGEABLE.includes(lead.state) ? <Duplicates lead={lead} /> : null}
      <History lead={lead} />
    </>
  );
}

function Duplicates({ lead }: { lead: Row }) {
  const { t } = useTranslation("lead_merges");
  const { t: evidence } = useTranslation("conflicts");
  const labels = useLabels("conflicts");
  const { language } = usePrefs();
  const { can } = useAccess();
  const found = useQuery({ queryKey: [leads.schema, "duplicates", lead.id, lead.etag], queryFn: ({ signal }) => possibleDuplicates(lead.id, signal) });
  const near = found.data?.possible_duplicates ?? [];
  if (found.isError) return <Related title={t("duplicates.title")}><Failed error={found.error} retry={() => void found.refetch()} /></Related>;
  if (near.length === 0) return null;
  return (
    <Related title={t("duplicates.title")}>
      <ul className="lead-decisions">
        {near.map((one) => (
          <li key={one.lead.id} className="lead-duplicate">
            <p><Link to={leads.page(one.lead.id)}>{leads.title(one.lead)}</Link> <span className="crm-number">{one.score.toLocaleString(language, { style: "percent" })}</span> <span>{t(`duplicates.bands.${one.band}`)}</span></p>
            <small>{(one.reasons ?? []).map((reason) => `${labels.label(reason.field)}${t("duplicates.says")}${evidence(`evidence.${reason.says}`, { defaultValue: reason.says })}`).join(t("join"))}</small>
            {can("leads.lead.merge") && MERGEABLE.includes(one.lead.state) ? <Link to={mergePage([lead.id, one.lead.id])}>{t("duplicates.compare")}</Link> : null}
          </li>
        ))}
      </ul>
    </Related>
  );
}

function History({ lead }: { lead: Row }) {
  const { t } = useTranslation("lead_merges");
  const { can } = useAccess();
  const [undoing, undo] = useState<LeadMerge>();
  const found = useQuery({
    queryKey: [leads.schema, "merges", lead.id, lead.etag],
    queryFn: ({ signal }) => mergesOf(lead.id, signal),
    refetchInterval: (query) => (query.state.data?.lead_merges?.some(isUnderWay) ? ASK_MS : false),
  });
  const merges = found.data?.lead_merges ?? [];
  if (merges.length === 0) return null;
  return (
    <Related title={t("history.title")}>
      <ul className="lead-decisions" aria-live="polite">
        {merges.map((merge) => (
          <li key={merge.id}>
            <p>{t("history.merged", { count: merge.merged_ids.length })} <StateTag tone={TONES[merge.state]}>{t(`history.states.${merge.state}`)}</StateTag></p>
            <small><PersonName id={merge.merged_by.replace("user:", "")} /> · <DateTime value={merge.create_time} mode="relative" /></small>
            <MovedText moved={merge.moved} />
            {["SETTLING", "SETTLED"].includes(merge.state) && can("leads.lead.merge") && new Date(merge.undo_until_time) > new Date() ? <Button size="small" onClick={() => undo(merge)}>{t("history.undo")}</Button> : null}
          </li>
        ))}
      </ul>
      <Suspense fallback={null}>{undoing ? <UnmergeDialog merge={undoing} onClose={() => undo(undefined)} /> : null}</Suspense>
    </Related>
  );
}
