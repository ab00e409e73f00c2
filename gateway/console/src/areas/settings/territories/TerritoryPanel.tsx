/** One territory: which customers lie in it, what comes first, who works in it. */
import { useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { Link, useNavigate } from "react-router";
import { useFields } from "@api/metadata";
import { create, type Row } from "@api/records";
import { customers, territories, territoryModels } from "@api/resources";
import { call } from "@api/transport";
import { useAccess } from "@app/access";
import { useGuardedChange } from "@kit/conflict";
import { useLabels } from "@kit/labels";
import { parse } from "@kit/list/aip160";
import { ChipText } from "@kit/list/ChipText";
import { PeopleList } from "@kit/PeopleList";
import { Facts } from "@kit/record/Facts";
import { type Verb, Verbs } from "@kit/record/Verbs";
import { pathOf } from "@kit/territories";
import { toast } from "@kit/toasts";
import { TerritoryDialog } from "./TerritoryDialog";
import { ruleFields } from "./rule";

const PEOPLE = ["writer_ids", "reader_ids"] as const;

export function TerritoryPanel({ territory, model, known }: { territory: Row; model: Row; known: Row[] }) {
  const { t } = useTranslation("territories");
  const { can } = useAccess();
  const navigate = useNavigate();
  const client = useQueryClient();
  const change = useGuardedChange(territories, "territories");
  const [dialog, open] = useState<"add" | "edit" | "">("");
  const reload = () => client.invalidateQueries({ queryKey: [territories.schema] });
  const planning = model.state === "PLANNING";
  const changeable = model.state !== "ARCHIVED";
  const remove = async () => {
    await call("DELETE", `${territories.path}/${territory.id}`, { query: { etag: territory.etag } });
    void navigate(territoryModels.page(model.id));
    await reload();
    toast.undo(t("territory.removed", { name: territory.name }), async () => {
      const { model_id, parent_id, code, name, priority, rule, inherit, writer_ids, reader_ids } = territory;
      await create(territories, { model_id, parent_id, code, name, priority, rule, inherit, writer_ids, reader_ids });
      await reload();
    });
  };
  const setPeople = async (field: (typeof PEOPLE)[number], ids: string[], added: boolean) => {
    try {
      const saved = await change(territory, { [field]: ids });
      await reload();
      if (saved) toast.undo(t(added ? "people.added" : "people.removed"), async () => { await change(saved, { [field]: territory[field] }); await reload(); });
    } catch (refusal) {
      toast.refused(refusal);
    }
  };
  const verbs: Verb[] = [
    { key: "edit", label: t("territory.edit"), permission: "identity.territory.update", enabled: changeable, run: () => open("edit") },
    { key: "below", label: t("territory.add_below"), permission: "identity.territory.create", enabled: planning, run: () => open("add") },
    { key: "remove", label: t("territory.remove"), permission: "identity.territory.delete", enabled: planning && !known.some((each) => each.parent_id === territory.id), danger: true, rare: true, run: remove },
  ];
  return (
    <div className="territory-panel">
      <div className="crm-panel-head"><h2>{territory.name}</h2><span className="crm-page-actions"><Verbs verbs={verbs} /></span></div>
      {territory.parent_id ? <p className="crm-muted">{pathOf(territory, known)}</p> : null}
      <section>
        <h3>{t("fields.rule")}</h3>
        <Rule territory={territory} />
        {model.state === "ACTIVE" && can("customers.customer.list") ? <p><Link to={`/app/customers/accounts?view=all&f=${encodeURIComponent(`territory_ids : "${territory.id}"`)}`}>{t("territory.customers")}</Link></p> : null}
      </section>
      <Facts resource={territories} namespace="territories" record={territory} editable={false} groups={[{ title: t("territory.one"), fields: ["code", "priority", "inherit", "update_time"] }]} />
      {PEOPLE.map((field) => (
        <section key={field}>
          <h3>{t(`people.${field}`, { count: (territory[field] ?? []).length })}</h3>
          <PeopleList ids={territory[field] ?? []} editable={changeable && can("identity.territory.update")} add={t(`people.add_${field}`)} remove={t("people.take_out")} none={t("people.nobody")} onChange={(ids, added) => void setPeople(field, ids, added)} />
        </section>
      ))}
      {dialog === "edit" ? <TerritoryDialog model={model} known={known} territory={territory} onClose={() => open("")} /> : null}
      {dialog === "add" ? <TerritoryDialog model={model} known={known} parent={territory.id} onClose={() => open("")} /> : null}
    </div>
  );
}

/** The rule as its chips say it, or as its text where it says more than chips can. */
function Rule({ territory }: { territory: Row }) {
  const { t } = useTranslation("territories");
  const labels = useLabels("customers");
  const fields = ruleFields(useFields(customers.schema));
  const terms = parse(String(territory.rule ?? ""));
  return (
    <>
      {terms === null ? <code>{territory.rule}</code> : terms.length === 0 ? <p className="crm-muted">{t("rule.none")}</p> : (
        <p className="territory-rule">{terms.map((term) => <span key={term.field}><ChipText term={term} fields={fields} labels={labels} /></span>)}</p>
      )}
      {territory.inherit && territory.parent_id ? <p className="crm-muted">{t("rule.inherits")}</p> : null}
    </>
  );
}
