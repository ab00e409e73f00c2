/** Which columns a list shows and in which order: ticked ones first, moved by the arrows beside them. */
import { ArrowDownOutlined, ArrowUpOutlined, SettingOutlined } from "@ant-design/icons";
import { Button, Checkbox, Popover } from "antd";
import { useTranslation } from "react-i18next";
import type { Field } from "@api/metadata";
import type { Labels } from "../labels";

const HIDDEN = new Set(["id", "etag", "custom_fields"]);

interface Props {
  fields: Field[];
  labels: Labels;
  shown: string[];
  onChoose: (fields: string[]) => void;
  onReset: () => void;
}

export function ColumnMenu({ fields, labels, shown, onChoose, onReset }: Props) {
  const { t } = useTranslation("kit");
  const rest = fields.filter((field) => !shown.includes(field.name) && !HIDDEN.has(field.name) && field.kind !== "other").map((field) => field.name);
  const name = (field: string) => labels.label(fields.find((each) => each.name === field) ?? field);
  const move = (at: number, by: number) => {
    const next = [...shown];
    const [moved] = next.splice(at, 1);
    if (moved) next.splice(at + by, 0, moved);
    onChoose(next);
  };
  const content = (
    <div className="crm-columns">
      <ul>
        {shown.map((field, at) => (
          <li key={field}>
            <Checkbox checked disabled={shown.length === 1} onChange={() => onChoose(shown.filter((each) => each !== field))}>{name(field)}</Checkbox>
            <span>
              <Button type="text" size="small" icon={<ArrowUpOutlined />} aria-label={`${t("board.move")} ↑ ${name(field)}`} disabled={at === 0} onClick={() => move(at, -1)} />
              <Button type="text" size="small" icon={<ArrowDownOutlined />} aria-label={`${t("board.move")} ↓ ${name(field)}`} disabled={at === shown.length - 1} onClick={() => move(at, 1)} />
            </span>
          </li>
        ))}
        {rest.map((field) => (
          <li key={field}>
            <Checkbox checked={false} onChange={() => onChoose([...shown, field])}>{name(field)}</Checkbox>
          </li>
        ))}
      </ul>
      <Button type="link" onClick={onReset}>{t("table.columns_reset")}</Button>
    </div>
  );
  return (
    <Popover content={content} trigger="click" placement="bottomRight" destroyOnHidden>
      <Button type="text" size="small" icon={<SettingOutlined />} aria-label={t("table.columns")} title={t("table.columns")} />
    </Popover>
  );
}
