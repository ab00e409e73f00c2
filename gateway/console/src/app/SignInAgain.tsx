/** The session ended under the page: sign in over it; the refused requests go on by themselves, nothing typed is lost. */
import { Alert, Button, Modal } from "antd";
import { useEffect, useState } from "react";
import { useTranslation } from "react-i18next";
import { type CurrentUser, session } from "@api/session";
import { useAccess } from "./access";
import { SignInForm } from "./SignInForm";

export default function SignInAgain({ onDone }: { onDone: () => void }) {
  const { t } = useTranslation();
  const { me, id } = useAccess();
  const [stranger, setStranger] = useState(false);
  useEffect(
    () =>
      session.onSignedInElsewhere(() => {
        void whoIsSignedIn().then((now) => {
          if (now === id) session.resume();
          // What this person began must not go on in another one's name.
          else setStranger(now !== "");
        });
      }),
    [id],
  );
  return (
    <Modal open title={t("sign_in.again")} footer={null} closable={false} keyboard={false} mask={{ closable: false }} width={400} zIndex={1200}>
      <p>{t("sign_in.again_text")}</p>
      {stranger ? <Alert type="warning" showIcon title={t("sign_in.other_person")} action={<Button size="small" onClick={() => location.reload()}>{t("sign_in.reload")}</Button>} /> : null}
      <SignInForm login={me.user?.login} onDone={onDone} />
    </Modal>
  );
}

async function whoIsSignedIn(): Promise<string> {
  try {
    const response = await fetch("/v1/users/me", { headers: { Accept: "application/json" } });
    return response.ok ? (((await response.json()) as CurrentUser).user?.id ?? "") : "";
  } catch {
    return "";
  }
}
