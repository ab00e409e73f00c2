/** Which columns a list shows and in which order: ticked ones first, moved by the arrows beside them. */
import { ArrowDownOutlined, ArrowUpOutlined } from "@ant-design/icons";
import { Button, Checkbox } from "antd";
import { useTranslation } from "react-i18next";
import type { Columns } from "./ColumnMenu";

const HIDDEN = new Set(["id", "etag", "custom_fields"]);

export default function ColumnChooser({ fields, labels, shown, onChoose, onReset }: Columns) {
  const { t } = useTranslation("kit");
  const rest = fields.filter((field) => !shown.includes(field.name) && !HIDDEN.has(field.name) && field.kind !== "other").map((field) => field.name);
  const name = (field: string) => labels.label(fields.find((each) => each.name === field) ?? field);
  const move = (at: number, by: number) => {
    const next = [...shown];
    const [moved] = next.splice(at, 1);
    if (moved) next.splice(at + by, 0, moved);
    onChoose(next);
  };
  return (
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
}
