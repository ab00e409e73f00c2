/** Finds a kept report to put onto a dashboard. */
import { PlusOutlined } from "@ant-design/icons";
import { Button, Popover } from "antd";
import { useId, useState } from "react";
import { useTranslation } from "react-i18next";
import { reportDefinitions } from "@api/resources";
import { ReferencePicker } from "@kit/ReferencePicker";

export function AddTile({ onAdd }: { onAdd: (id: string) => void }) {
  const { t } = useTranslation("dashboards");
  const id = useId();
  const [open, setOpen] = useState(false);
  const add = (value: unknown) => {
    setOpen(false);
    if (value) onAdd(String(value));
  };
  return (
    <Popover trigger="click" placement="bottomRight" open={open} onOpenChange={setOpen} destroyOnHidden content={
      <div className="dashboard-add">
        <label className="crm-field-label" htmlFor={id}>{t("add_hint")}</label>
        <ReferencePicker id={id} autoFocus resource={reportDefinitions} onChange={add} />
      </div>
    }>
      <Button type="primary" icon={<PlusOutlined />}>{t("add")}</Button>
    </Popover>
  );
}
