/** A lead beside the list: enough to decide and act without leaving it. */
import { useTranslation } from "react-i18next";
import { useRecord } from "@api/records";
import { leads } from "@api/resources";
import { Facts } from "@kit/record/Facts";
import { Verbs } from "@kit/record/Verbs";
import { Failed, Loading } from "@kit/states";
import { LeadState } from "./LeadState";
import { LeadTimeline } from "./LeadTimeline";
import { useLeadVerbs } from "./useLeadVerbs";
import "./leads.css";

export default function LeadPeek({ id }: { id: string }) {
  const { t } = useTranslation("leads");
  const lead = useRecord(leads, id);
  const { verbs, dialog } = useLeadVerbs(lead.data);
  if (lead.isPending) return <Loading />;
  if (!lead.data) return <Failed error={lead.error} retry={() => void lead.refetch()} />;
  return (
    <div className="lead-peek">
      <h2>{leads.title(lead.data)}</h2>
      <p>{[lead.data.job_title, lead.data.company].filter(Boolean).join(" · ")}</p>
      <LeadState lead={lead.data} />
      <div className="lead-peek-verbs"><Verbs verbs={verbs} /></div>
      <Facts resource={leads} namespace="leads" record={lead.data} groups={[{ title: t("groups.contact"), fields: ["phone", "email", "city"] }, { title: t("groups.need"), fields: ["need", "product_line", "source", "tags"] }]} />
      <LeadTimeline lead={lead.data} />
      {dialog}
    </div>
  );
}
