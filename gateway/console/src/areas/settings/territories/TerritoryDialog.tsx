/** Draws a territory or changes one; of a model in force only its name, as the rules say. */
import { useQueryClient } from "@tanstack/react-query";
import { Select } from "antd";
import { useTranslation } from "react-i18next";
import { useNavigate } from "react-router";
import { useFields } from "@api/metadata";
import { create, type Row } from "@api/records";
import { customers, territories } from "@api/resources";
import { useGuardedChange } from "@kit/conflict";
import { useLabels } from "@kit/labels";
import { ConditionInput } from "@kit/list/ConditionInput";
import { VerbDialog } from "@kit/record/VerbDialog";
import { pathOf } from "@kit/territories";
import { toast } from "@kit/toasts";
import { ruleFields } from "./rule";

interface Props {
  model: Row;
  known: Row[];
  /** The one to change; a new one when absent. */
  territory?: Row;
  /** Where a new one begins. */
  parent?: string;
  onClose: () => void;
}

export function TerritoryDialog({ model, known, territory, parent, onClose }: Props) {
  const { t } = useTranslation("territories");
  const navigate = useNavigate();
  const client = useQueryClient();
  const change = useGuardedChange(territories, "territories");
  const labels = useLabels("customers");
  const fields = ruleFields(useFields(customers.schema));
  const drawn = model.state === "PLANNING";
  const places = known.filter((each) => each.id !== territory?.id && !(each.ancestor_ids ?? []).includes(territory?.id));
  const reload = () => client.invalidateQueries({ queryKey: [territories.schema] });
  const save = async (values: Record<string, unknown>) => {
    // What was emptied is not among the values of a form, and yet meant.
    const plan = drawn ? { parent_id: "", priority: 0, rule: "", inherit: false, ...values } : { name: values.name };
    if (territory) {
      const before = Object.fromEntries(Object.keys(plan).map((name) => [name, territory[name]]));
      const saved = await change(territory, plan);
      await reload();
      if (saved) toast.undo(t("territory.saved", { name: saved.name }), async () => { await change(saved, before); await reload(); });
    } else {
      const made = await create(territories, { ...plan, model_id: model.id });
      await reload();
      toast.done(t("territory.added", { name: made.name }));
      void navigate(territories.page(made.id));
    }
  };
  return (
    <VerbDialog
      title={territory ? t("territory.edit_title", { name: territory.name }) : t("territory.add")}
      operation={territories.schema}
      namespace="territories"
      fields={drawn ? ["name", ...(territory ? [] : ["code"]), "parent_id", "priority", "rule", "inherit"] : ["name"]}
      initial={territory ? { name: territory.name, parent_id: territory.parent_id, priority: territory.priority, rule: territory.rule, inherit: territory.inherit } : { parent_id: parent, inherit: Boolean(parent) }}
      inputs={{
        parent_id: ({ value, onChange, ...rest }) => <Select {...rest} className="crm-wide" allowClear showSearch={{ optionFilterProp: "label" }} placeholder={t("territory.top")} options={places.map((each) => ({ value: each.id, label: pathOf(each, known) }))} value={(value as string) || undefined} onChange={(next) => onChange(next ?? "")} />,
        rule: ({ id, value, onChange }) => <ConditionInput id={id} value={String(value ?? "")} onChange={onChange} fields={fields} labels={labels} />,
      }}
      intro={drawn ? null : <p>{t("territory.in_force")}</p>}
      submitLabel={t(territory ? "territory.save" : "territory.submit")}
      onSubmit={save}
      onClose={onClose}
    />
  );
}
