/** Whether people can sign in with it. */
import { useTranslation } from "react-i18next";
import type { Row } from "@api/records";
import { StateTag } from "@kit/values";

export function ProviderState({ provider }: { provider: Row }) {
  const { t } = useTranslation("identity_providers");
  return <StateTag tone={provider.disabled ? "done" : "good"}>{t(provider.disabled ? "state.off" : "state.on")}</StateTag>;
}
