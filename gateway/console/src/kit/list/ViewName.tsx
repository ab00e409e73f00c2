/** Asks what a view shall be called. */
import { Input, Modal } from "antd";
import { useState } from "react";
import { useTranslation } from "react-i18next";

export default function ViewName({ onSave, onClose }: { onSave: (name: string) => void; onClose: () => void }) {
  const { t } = useTranslation("kit");
  const [name, setName] = useState("");
  const save = () => name.trim() && onSave(name.trim());
  return (
    <Modal open title={t("views.save")} okText={t("save")} cancelText={t("cancel")} okButtonProps={{ disabled: !name.trim() }} onOk={save} onCancel={onClose}>
      <label className="crm-field-label" htmlFor="view-name">{t("views.name")}</label>
      <Input id="view-name" autoFocus maxLength={60} value={name} onChange={(event) => setName(event.target.value)} onPressEnter={save} />
    </Modal>
  );
}
