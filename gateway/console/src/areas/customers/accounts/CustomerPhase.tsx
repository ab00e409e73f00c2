/** Where the relation with a customer stands; set by hand it says why, presale again says so. */
import { useTranslation } from "react-i18next";
import type { Row } from "@api/records";
import { StateTag, type Tone } from "@kit/values";

const TONES: Record<string, Tone> = { PRESALE: "new", EXECUTING: "active", AFTER_SALE: "good", EXPIRED: "done" };

export function CustomerPhase({ customer }: { customer: Row }) {
  const { t } = useTranslation("customers");
  const hint = customer.phase_reason || (customer.presale_again ? t("presale_again") : undefined);
  return (
    <StateTag tone={customer.presale_again ? "new" : (TONES[customer.phase] ?? "idle")} hint={hint}>
      {t(`values.phase.${customer.phase}`)}
    </StateTag>
  );
}
