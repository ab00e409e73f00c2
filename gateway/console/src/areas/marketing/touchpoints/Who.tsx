/** The person of a touchpoint: contact, lead, customer, or a visitor nobody has named yet. */
import { useTranslation } from "react-i18next";
import type { Row } from "@api/records";
import { Reference } from "@kit/FieldValue";

export function Who({ touchpoint }: { touchpoint: Row }) {
  const { t } = useTranslation("touchpoints");
  const field = ["contact_id", "lead_id", "customer_id"].find((each) => touchpoint[each]);
  return field ? <Reference field={field} id={touchpoint[field]} /> : <>{t("visitor")}</>;
}
