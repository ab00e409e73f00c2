/** The button that opens the choice of columns. */
import { SettingOutlined } from "@ant-design/icons";
import { Button, Popover } from "antd";
import { lazy } from "react";
import { useTranslation } from "react-i18next";
import type { Field } from "@api/metadata";
import { Part } from "@app/Part";
import type { Labels } from "../labels";

const ColumnChooser = lazy(() => import("./ColumnChooser"));

export interface Columns {
  fields: Field[];
  labels: Labels;
  shown: string[];
  onChoose: (fields: string[]) => void;
  onReset: () => void;
}

export function ColumnMenu(columns: Columns) {
  const { t } = useTranslation("kit");
  return (
    <Popover content={<Part><ColumnChooser {...columns} /></Part>} trigger="click" placement="bottomRight" destroyOnHidden>
      <Button type="text" size="small" icon={<SettingOutlined />} aria-label={t("table.columns")} title={t("table.columns")} />
    </Popover>
  );
}
