/** A customer beside the list: how to reach them and what happened lately. */
import { useTranslation } from "react-i18next";
import { useRecord } from "@api/records";
import { customers } from "@api/resources";
import { Facts } from "@kit/record/Facts";
import { Verbs } from "@kit/record/Verbs";
import { Failed, Loading } from "@kit/states";
import { CustomerPhase } from "./CustomerPhase";
import { CustomerTimeline } from "./CustomerTimeline";
import { useCustomerVerbs } from "./useCustomerVerbs";
import "./customers.css";

export default function CustomerPeek({ id }: { id: string }) {
  const { t } = useTranslation("customers");
  const found = useRecord(customers, id);
  const { verbs, dialog } = useCustomerVerbs(found.data);
  if (found.isPending) return <Loading />;
  if (!found.data) return <Failed error={found.error} retry={() => void found.refetch()} />;
  return (
    <div className="customer-peek">
      <h2>{found.data.name}</h2>
      <CustomerPhase customer={found.data} />
      <div className="customer-peek-verbs"><Verbs verbs={verbs.slice(0, 3)} /></div>
      <Facts resource={customers} namespace="customers" record={found.data} groups={[{ title: t("groups.reach"), fields: ["phone", "email", "city", "address"] }, { title: t("groups.rating"), fields: ["kind", "value_rating", "owner_id"] }]} />
      <CustomerTimeline customer={found.data} />
      {dialog}
    </div>
  );
}
