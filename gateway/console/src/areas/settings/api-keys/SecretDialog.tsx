/** The secret of a key, shown this once: copied, then gone for good. */
import { CopyOutlined } from "@ant-design/icons";
import { Alert, Button, Modal } from "antd";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import "../settings.css";

export default function SecretDialog({ name, secret, onClose }: { name: string; secret: string; onClose: () => void }) {
  const { t } = useTranslation("api_keys");
  const [copied, setCopied] = useState(false);
  const copy = async () => {
    await navigator.clipboard.writeText(secret);
    setCopied(true);
  };
  return (
    <Modal open title={t("secret.title", { name })} onCancel={onClose} mask={{ closable: false }} width={600} footer={<Button type={copied ? "primary" : "default"} onClick={onClose}>{t("secret.close")}</Button>}>
      <Alert type="warning" showIcon title={t("secret.text")} />
      <p className="settings-secret">
        <code>{secret}</code>
        <Button type="primary" icon={<CopyOutlined />} autoFocus onClick={() => void copy()}>{t(copied ? "kit:copied" : "kit:copy")}</Button>
      </p>
      <span role="status" className="crm-hidden">{copied ? t("kit:copied") : ""}</span>
    </Modal>
  );
}
