/** What can be done with the present view. */
import { MoreOutlined } from "@ant-design/icons";
import { Button, Dropdown } from "antd";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { toast } from "../toasts";
import { useViewActions } from "./useViewActions";
import type { Saving } from "./ViewPicker";

export default function ViewMenu({ onDialog, ...saving }: Saving & { onDialog: (purpose: "save" | "share" | "edit") => void }) {
  const { t } = useTranslation("saved_views");
  const { state } = saving;
  const actions = useViewActions(saving);
  const [open, setOpen] = useState(true);
  const told = (work: () => Promise<void>) => () => void work().catch(toast.refused);
  const items = [
    { key: "save", label: t("save_as"), onClick: () => onDialog("save") },
    { key: "share", label: t("share_as"), onClick: () => onDialog("share") },
    ...(actions.mayUpdate ? [{ key: "update", label: t("update"), onClick: told(actions.update) }, { key: "edit", label: t("edit"), onClick: () => onDialog("edit") }] : []),
    { key: "default", label: t(actions.isDefault ? "clear_default" : "set_default"), onClick: actions.toggleDefault },
    ...(state.changed ? [{ key: "reset", label: t("kit:views.reset"), onClick: () => state.set({ view: state.view.id }) }] : []),
    ...(actions.mayDelete ? [{ key: "delete", label: t("delete"), danger: true, onClick: told(actions.remove) }] : []),
  ];
  return (
    <Dropdown menu={{ items, onClick: () => setOpen(false) }} trigger={["click"]} open={open} onOpenChange={setOpen} autoFocus>
      <Button type="text" size="small" icon={<MoreOutlined />} aria-label={t("menu")} />
    </Dropdown>
  );
}
