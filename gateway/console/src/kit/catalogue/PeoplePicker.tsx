/** Several people as an input of a form, in their order. */
import { useTranslation } from "react-i18next";
import type { OwnInput } from "../FormFromMeta";
import { PeopleList } from "../PeopleList";
import "../form.css";

export function PeoplePicker({ value, onChange }: OwnInput) {
  const { t } = useTranslation("catalogue");
  return <div className="crm-whole"><PeopleList ids={(value as string[] | undefined) ?? []} editable add={t("add_person")} remove={t("remove_person")} none={t("no_person")} onChange={onChange} /></div>;
}
