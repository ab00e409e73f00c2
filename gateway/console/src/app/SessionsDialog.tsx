/** Where the reader is signed in. */
import { Modal } from "antd";
import { useTranslation } from "react-i18next";
import SessionList from "@kit/SessionList";

export default function SessionsDialog({ onClose }: { onClose: () => void }) {
  const { t } = useTranslation();
  return (
    <Modal open title={t("user.sessions")} footer={null} width={640} onCancel={onClose}>
      <SessionList />
    </Modal>
  );
}
