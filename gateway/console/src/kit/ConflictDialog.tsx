/** Theirs and mine per field of a record somebody else changed, and a choice for each; see `conflict.ts`. */
import "virtual:antd-radio.css";
import { Button, Modal, Radio } from "antd";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { useFields } from "@api/metadata";
import { type Row, useChange } from "@api/records";
import { type Conflict, settleConflict } from "./conflict";
import { FieldValue } from "./FieldValue";
import { useLabels } from "./labels";
import { toast } from "./toasts";
import "./form.css";

export default function ConflictDialog({ resource, namespace, latest, changes, settle }: Conflict) {
  const { t } = useTranslation("kit");
  const labels = useLabels(namespace);
  const fields = useFields(resource.schema);
  const change = useChange(resource);
  const names = Object.keys(changes);
  const [mine, keepMine] = useState<Record<string, boolean>>(() => Object.fromEntries(names.map((name) => [name, true])));
  const close = (saved?: Row) => {
    settleConflict();
    settle(saved);
  };
  const apply = async () => {
    const kept = Object.fromEntries(names.filter((name) => mine[name]).map((name) => [name, changes[name]]));
    if (Object.keys(kept).length === 0) return close(latest);
    try {
      close(await change.mutateAsync({ record: latest, changes: kept }));
    } catch (refusal) {
      toast.refused(refusal);
    }
  };
  const merged = { ...latest, ...changes } as Row;
  return (
    <Modal open title={t("conflict.title")} onCancel={() => close()} width={640} footer={[
      <Button key="discard" onClick={() => close(latest)}>{t("conflict.discard")}</Button>,
      <Button key="apply" type="primary" loading={change.isPending} onClick={() => void apply()}>{t("conflict.apply")}</Button>,
    ]}>
      <p>{t("conflict.text")}</p>
      <table className="crm-conflict">
        <thead>
          <tr><th scope="col">{t("conflict.field")}</th><th scope="col">{t("conflict.theirs")}</th><th scope="col">{t("conflict.mine")}</th></tr>
        </thead>
        <tbody>
          {names.map((name) => {
            const field = fields.find((each) => each.name === name);
            const choice = (own: boolean, record: Row) => (
              <Radio checked={mine[name] === own} onChange={() => keepMine({ ...mine, [name]: own })}>
                {field ? <FieldValue field={field} record={record} labels={labels} /> : String(record[name])}
              </Radio>
            );
            return (
              <tr key={name}><th scope="row">{labels.label(name)}</th><td>{choice(false, latest)}</td><td>{choice(true, merged)}</td></tr>
            );
          })}
        </tbody>
      </table>
    </Modal>
  );
}
