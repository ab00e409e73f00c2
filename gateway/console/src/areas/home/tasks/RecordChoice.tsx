/** Chooses what a task is about: a kind of record, then the record. */
import { Select } from "antd";
import { useTranslation } from "react-i18next";
import { contacts, contracts, customers, leads, opportunities, resourceOf, tickets } from "@api/resources";
import { useAccess } from "@app/access";
import type { OwnInput } from "@kit/FormFromMeta";
import { ReferencePicker } from "@kit/ReferencePicker";

export interface Chosen {
  type: string;
  id: string;
}

const KINDS = [customers, opportunities, leads, contacts, contracts, tickets];

export function RecordChoice({ id, value, onChange }: OwnInput) {
  const { t } = useTranslation("tasks");
  const { can } = useAccess();
  const chosen = (value as Chosen | undefined) ?? { type: customers.permission, id: "" };
  const options = KINDS.filter((each) => can(`${each.permission}.list`)).map((each) => ({ value: each.permission, label: t(`records.${each.permission.replace(".", "_")}`) }));
  const resource = resourceOf(chosen.type);
  return (
    <span className="task-about">
      <Select aria-label={t("about_kind")} value={chosen.type} options={options} onChange={(type) => onChange({ type, id: "" })} />
      {resource ? <ReferencePicker key={chosen.type} id={id} resource={resource} value={chosen.id} onChange={(record) => onChange(record ? { ...chosen, id: record } : undefined)} /> : null}
    </span>
  );
}
