/** What promises and calendars are made of, besides the lines they have editors for. */
import { Select } from "antd";
import { useTranslation } from "react-i18next";
import { tickets } from "@api/resources";
import type { CatalogueForm } from "@kit/catalogue/form";
import { condition, timeZone } from "@kit/catalogue/inputs";
import type { OwnInput } from "@kit/FormFromMeta";

/** Fields of tickets that conditions may ask about. */
const ASKED = ["kind", "priority", "channel", "customer_id", "contact_id", "tags", "owner_id", "reopen_count", "custom_fields"];
/** States in which a clock may stand still. */
const WAITING = ["PENDING_CUSTOMER", "PENDING_THIRD_PARTY", "ON_HOLD"];

function PauseStates({ value, onChange, ...rest }: OwnInput) {
  const { t } = useTranslation("tickets");
  return <Select {...rest} mode="multiple" className="crm-wide" options={WAITING.map((state) => ({ value: state, label: t(`values.state.${state}`) }))} value={(value as string[] | undefined) ?? []} onChange={onChange} />;
}

export const policyForm = (isDefault: boolean): CatalogueForm => ({
  fields: ["name", ...(isDefault ? [] : ["filter"]), "calendar_id", "pause_states", "close_after_minutes", "reopen_days"],
  inputs: { filter: condition(tickets, "tickets", ASKED), pause_states: (props) => <PauseStates {...props} /> },
});

export const CALENDAR: CatalogueForm = { fields: ["name", "time_zone"], inputs: { time_zone: timeZone }, initial: { time_zone: "Asia/Shanghai" } };
