/** Whether a person may sign in. */
import { useTranslation } from "react-i18next";
import type { Row } from "@api/records";
import { StateTag } from "@kit/values";

export function UserState({ user }: { user: Row }) {
  const { t } = useTranslation("users");
  return <StateTag tone={user.disabled ? "done" : "good"}>{t(user.disabled ? "state.disabled" : "state.active")}</StateTag>;
}
