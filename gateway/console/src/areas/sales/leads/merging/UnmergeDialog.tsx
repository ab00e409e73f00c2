/** Takes a merge back: what changed since is shown, and a person says for each where it belongs. */
import { useQuery, useQueryClient } from "@tanstack/react-query";
import { Button, Modal, Select } from "antd";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { leads } from "@api/resources";
import { useLabels } from "@kit/labels";
import { Failed, Loading } from "@kit/states";
import { toast } from "@kit/toasts";
import { type LeadMerge, previewUnmerge, unmergeLeads } from "./merges";

export default function UnmergeDialog({ merge, onClose }: { merge: LeadMerge; onClose: () => void }) {
  const { t } = useTranslation("lead_merges");
  const labels = useLabels("leads");
  const client = useQueryClient();
  const [given, give] = useState<Record<string, string>>({});
  const [busy, setBusy] = useState(false);
  const found = useQuery({ queryKey: [leads.schema, "unmerge", merge.id], queryFn: ({ signal }) => previewUnmerge(merge.id, signal), staleTime: 0 });
  const conflicts = found.data?.conflicts ?? [];
  const back = found.data?.leads ?? [];
  const submit = async () => {
    setBusy(true);
    try {
      const decisions = conflicts.filter((one) => given[`${one.kind} ${one.key}`]).map((one) => ({ kind: one.kind, key: one.key, give_back_to_id: given[`${one.kind} ${one.key}`] }));
      await unmergeLeads(merge.id, decisions);
      toast.done(t("unmerge.done"));
      onClose();
      await client.invalidateQueries({ queryKey: [leads.schema] });
      await client.invalidateQueries({ queryKey: ["leads.Touch"] });
    } catch (refusal) {
      toast.refused(refusal);
      setBusy(false);
    }
  };
  return (
    <Modal open title={t("unmerge.title")} onCancel={onClose} footer={null} width={640} destroyOnHidden>
      {found.isPending ? <Loading rows={4} /> : found.isError ? <Failed error={found.error} retry={() => void found.refetch()} /> : (
        <>
          <p>{t("unmerge.text", { names: back.map((lead) => leads.title(lead)).join(t("join")) })}</p>
          {conflicts.length === 0 ? <p>{t("unmerge.unchanged")}</p> : <p>{t("unmerge.changed", { count: conflicts.length })}</p>}
          <ul className="lead-decisions">
            {conflicts.map((one) => {
              const key = `${one.kind} ${one.key}`;
              const name = one.kind === "touch" ? t("unmerge.touch") : labels.label(one.key);
              return (
                <li key={key}>
                  <p><b>{name}</b> {one.kind === "field" ? t("unmerge.was", { value: one.merged_value || t("blank") }) : ""}</p>
                  <p>{one.present_value || t("blank")}</p>
                  <Select size="small" className="crm-wide" aria-label={t("unmerge.belongs", { name })} value={given[key] ?? ""} onChange={(value) => give({ ...given, [key]: value })} options={[{ value: "", label: t("unmerge.keep") }, ...back.map((lead) => ({ value: lead.id, label: t("unmerge.give", { name: leads.title(lead) }) }))]} />
                </li>
              );
            })}
          </ul>
          <div className="crm-form-actions">
            <Button onClick={onClose}>{t("kit:cancel")}</Button>
            <Button type="primary" danger loading={busy} onClick={() => void submit()}>{t("unmerge.submit")}</Button>
          </div>
        </>
      )}
    </Modal>
  );
}
