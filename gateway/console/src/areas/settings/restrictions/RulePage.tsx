/** One restriction rule: what it hides and from whom; switched on, it is in force within seconds. */
import { useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { useNavigate, useParams } from "react-router";
import { useRecord } from "@api/records";
import { restrictionRules, units } from "@api/resources";
import { call } from "@api/transport";
import { useGuardedChange } from "@kit/conflict";
import { useName } from "@kit/names";
import { Facts } from "@kit/record/Facts";
import { RecordPage } from "@kit/record/RecordPage";
import { VerbDialog } from "@kit/record/VerbDialog";
import { Verbs } from "@kit/record/Verbs";
import { Failed, Loading } from "@kit/states";
import { toast } from "@kit/toasts";
import { RoleNames } from "../RolePicker";
import { inputs, MAIN, useResourceNames } from "./form";
import { RuleState } from "./RuleState";

export default function RulePage() {
  const { t } = useTranslation("restriction_rules");
  const { id = "" } = useParams();
  const navigate = useNavigate();
  const client = useQueryClient();
  const found = useRecord(restrictionRules, id);
  const change = useGuardedChange(restrictionRules, "restriction_rules");
  const names = useResourceNames();
  const [dialog, open] = useState<"edit" | "remove" | "">("");
  const rule = found.data;
  if (found.isPending) return <Loading rows={8} />;
  if (!rule) return <Failed error={found.error} retry={() => void found.refetch()} />;
  const on = Boolean(rule.active);
  const turn = async () => {
    try {
      const saved = await change(rule, { active: !on });
      if (saved) toast.undo(t(on ? "done.off" : "done.on", { name: rule.name }), () => change(saved, { active: on }));
    } catch (refusal) {
      toast.refused(refusal);
    }
  };
  const remove = async () => {
    await call("DELETE", `${restrictionRules.path}/${id}`, { query: { etag: rule.etag } });
    await client.invalidateQueries({ queryKey: [restrictionRules.schema] });
    toast.done(t("done.remove", { name: rule.name }));
    void navigate("/app/settings/restriction-rules");
  };
  const initial = Object.fromEntries(MAIN.map((name) => [name, rule[name]]));
  const places = (rule.unit_ids ?? []) as string[];
  return (
    <>
      <RecordPage
        back="/app/settings/restriction-rules"
        title={rule.name}
        above={names.title(String(rule.resource))}
        state={<RuleState rule={rule} />}
        verbs={<Verbs verbs={[
          { key: "turn", label: t(on ? "verbs.off" : "verbs.on"), permission: "identity.restriction_rule.update", enabled: true, run: turn },
          { key: "edit", label: t("verbs.edit"), permission: "identity.restriction_rule.update", enabled: true, run: () => open("edit") },
          { key: "remove", label: t("verbs.remove"), permission: "identity.restriction_rule.delete", enabled: !on, danger: true, run: () => open("remove") },
        ]} />}
        facts={<Facts resource={restrictionRules} namespace="restriction_rules" record={rule} groups={[{ title: t("group"), fields: ["name", "filter", "binds_owner", "reason", "create_time", "update_time"] }]} />}
        timeline={
          <>
            <div className="crm-panel-head"><h2>{t("whom")}</h2></div>
            <p>{rule.roles?.length ? <RoleNames codes={rule.roles} /> : t("every_role")}</p>
            {places.length > 0 ? <ul>{places.map((place) => <li key={place}><UnitTitle id={place} /></li>)}</ul> : <p>{t("every_unit")}</p>}
            <p className="crm-muted">{t("never_administrators")}</p>
          </>
        }
      />
      {dialog === "edit" ? <VerbDialog title={t("verbs.edit")} operation={restrictionRules.schema} namespace="restriction_rules" fields={MAIN} inputs={inputs} initial={initial} submitLabel={t("kit:save")} onClose={() => open("")} onSubmit={async (values) => { if (await change(rule, values)) toast.done(t("done.edit")); }} /> : null}
      {dialog === "remove" ? <VerbDialog title={t("verbs.remove")} operation={restrictionRules.schema} namespace="restriction_rules" fields={[]} intro={<p>{t("remove_text")}</p>} onClose={() => open("")} onSubmit={remove} /> : null}
    </>
  );
}

function UnitTitle({ id }: { id: string }) {
  return <span>{useName(units, id) || "…"}</span>;
}
