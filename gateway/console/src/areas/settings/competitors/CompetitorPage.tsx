/** One competitor: what is known of it, and the deals it was met in. */
import { useTranslation } from "react-i18next";
import { competitors } from "@api/catalogue";
import type { Row } from "@api/records";
import { opportunities } from "@api/resources";
import { useAccess } from "@app/access";
import { Loaded } from "@kit/catalogue/Loaded";
import { useCatalogueVerbs } from "@kit/catalogue/useCatalogueVerbs";
import { ShortList } from "@kit/list/ShortList";
import { Facts } from "@kit/record/Facts";
import { RecordPage } from "@kit/record/RecordPage";
import { Verbs } from "@kit/record/Verbs";
import { Amount, Day } from "@kit/values";
import { FORM } from "./form";

const LIST = "/app/settings/competitors";

export default function CompetitorPage() {
  return <Loaded resource={competitors} Body={Competitor} />;
}

function Competitor({ record }: { record: Row }) {
  const { t } = useTranslation("competitors");
  const { can } = useAccess();
  const { edit, remove, dialog } = useCatalogueVerbs({ resource: competitors, namespace: "competitors", record, form: FORM, back: LIST });
  const lost = `competitor_id = "${record.id}"`;
  return (
    <>
      <RecordPage
        back={LIST}
        title={record.name}
        verbs={<Verbs verbs={[edit, remove]} />}
        facts={
          <Facts resource={competitors} namespace="competitors" record={record} groups={[
            { title: t("groups.seller"), fields: ["name", "website", "products"] },
            { title: t("groups.compared"), fields: ["strengths", "weaknesses", "price_notes"] },
            { title: t("groups.more"), fields: ["custom_fields", "create_time", "update_time"] },
          ]} />
        }
        related={can("sales.opportunity.list") ? <ShortList resource={opportunities} title={t("deals")} filter={lost} order_by="close_date desc" to={`/app/sales/opportunities?view=all&f=${encodeURIComponent(lost)}`} second={(deal) => deal.number} empty={t("deals_none")} aside={(deal) => <><Amount value={deal.amount} short /><Day value={deal.close_date} /></>} /> : null}
      />
      {dialog}
    </>
  );
}
