/** The session ended under the page: sign in over it; the refused requests go on by themselves, nothing typed is lost. */
import { Modal } from "antd";
import { useTranslation } from "react-i18next";
import { useAccess } from "./access";
import { SignInForm } from "./SignInForm";

export default function SignInAgain({ onDone }: { onDone: () => void }) {
  const { t } = useTranslation();
  const { me } = useAccess();
  return (
    <Modal open title={t("sign_in.again")} footer={null} closable={false} keyboard={false} mask={{ closable: false }} width={400} zIndex={1200}>
      <p>{t("sign_in.again_text")}</p>
      <SignInForm login={me.user?.login} providers={false} onDone={onDone} />
    </Modal>
  );
}
