/** The tick that finishes a task where it is listed; nothing for a task that is finished, or for who may not. */
import { CheckOutlined } from "@ant-design/icons";
import { Button } from "antd";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import type { Row } from "@api/records";
import { useAccess } from "@app/access";
import { isUndone } from "./TaskState";
import { useFinish } from "./useFinish";

export function FinishButton({ task }: { task: Row }) {
  const { t } = useTranslation("tasks");
  const { can } = useAccess();
  const finish = useFinish();
  const [busy, setBusy] = useState(false);
  if (!isUndone(task) || !can("sales.task.complete")) return null;
  const run = async () => {
    setBusy(true);
    await finish(task);
    setBusy(false);
  };
  const label = t("finish", { name: task.subject });
  return <Button type="text" size="small" icon={<CheckOutlined />} loading={busy} aria-label={label} title={label} onClick={() => void run()} />;
}
