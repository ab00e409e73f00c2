/**
 * A condition over records as an input of a form: chips as in the bar of a list, or the AIP-160 text itself.
 * `<ConditionInput id={id} value={rule} onChange={set} fields={fields} labels={labels} />`
 */
import { CodeOutlined } from "@ant-design/icons";
import { Button, Input } from "antd";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { parse, write } from "./aip160";
import { Chips } from "./Chips";
import type { ChipProps } from "./ChipText";
import "./list.css";

interface Props extends ChipProps {
  id: string;
  value: string;
  onChange: (value: string) => void;
}

export function ConditionInput({ id, value, onChange, fields, labels }: Props) {
  const { t } = useTranslation("kit");
  const terms = parse(value);
  const [expert, setExpert] = useState(terms === null);
  if (expert || terms === null) {
    return (
      <div className="crm-condition crm-whole">
        <Input.TextArea id={id} className="crm-growing" value={value} placeholder={t("filter.expert_hint")} onChange={(event) => onChange(event.target.value)} />
        {terms === null ? null : <Button type="link" size="small" onClick={() => setExpert(false)}>{t("filter.chips")}</Button>}
      </div>
    );
  }
  return (
    <div className="crm-condition crm-whole">
      <Chips id={id} terms={terms} fields={fields} labels={labels} onChange={(next) => onChange(write(next))} />
      <Button type="text" icon={<CodeOutlined />} aria-label={t("filter.edit_expert")} title={t("filter.edit_expert")} onClick={() => setExpert(true)} />
    </div>
  );
}
