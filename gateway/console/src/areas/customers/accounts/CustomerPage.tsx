/** A customer at a glance (360°): facts, everything that happened, everything that belongs to it; nothing leaves the page. */
import { useQuery } from "@tanstack/react-query";
import { lazy, useEffect } from "react";
import { useTranslation } from "react-i18next";
import { useParams } from "react-router";
import { answer, api } from "@api/client";
import { useRecord } from "@api/records";
import { customers } from "@api/resources";
import { useAccess } from "@app/access";
import { Part } from "@app/Part";
import { visited } from "@app/recent";
import { Reference } from "@kit/FieldValue";
import { Facts } from "@kit/record/Facts";
import { RecordPage } from "@kit/record/RecordPage";
import { Verbs } from "@kit/record/Verbs";
import { Failed, Loading } from "@kit/states";
import { TerritoryNames } from "@kit/territories";
import { DateTime, Nothing, PersonName } from "@kit/values";
import { Belongings } from "./Belongings";
import { CustomerPhase } from "./CustomerPhase";
import { CustomerTimeline, useFollowUps } from "./CustomerTimeline";
import { useCustomerVerbs } from "./useCustomerVerbs";
import "./customers.css";

const NextSteps = lazy(() => import("@kit/tasks/NextSteps"));

export default function CustomerPage() {
  const { t } = useTranslation("customers");
  const { id = "" } = useParams();
  const { id: own, can } = useAccess();
  const found = useRecord(customers, id);
  const customer = found.data;
  const overview = useQuery({
    queryKey: [customers.schema, "overview", id],
    queryFn: () => answer(api.GET("/v1/customers/{id}/overview", { params: { path: { id } } })),
  });
  const { verbs, dialog, open } = useCustomerVerbs(customer);
  const planned = useFollowUps(id).data?.follow_ups?.find((each) => each.next_step || each.next_time);
  useEffect(() => {
    if (customer) visited(own, customers, customer);
  }, [own, customer]);
  if (found.isPending) return <Loading rows={8} />;
  if (!customer) return <Failed error={found.error} retry={() => void found.refetch()} />;
  const organisation = customer.type === "ORGANIZATION";
  return (
    <>
      <RecordPage
        back="/app/customers/accounts"
        title={customer.name}
        above={customer.code}
        state={<CustomerPhase customer={customer} />}
        verbs={<Verbs verbs={verbs} />}
        highlights={[
          { label: t("fields.main_contact_id"), value: organisation ? <Reference field="contact_id" id={customer.main_contact_id} /> : t("values.type.PERSON") },
          { label: t("fields.value_rating"), value: customer.value_rating ? t(`values.value_rating.${customer.value_rating}`, { defaultValue: customer.value_rating }) : <Nothing /> },
          { label: t("fields.last_contact_time"), value: <DateTime value={customer.last_contact_time} mode="relative" /> },
          { label: t("fields.next_step"), value: planned ? <span className="customer-next">{planned.next_step} <DateTime value={planned.next_time} overdue /></span> : <Nothing /> },
          { label: t("fields.owner_id"), value: <PersonName id={customer.owner_id} /> },
          ...(customer.territory_ids?.length && can("identity.territory.get") ? [{ label: t("fields.territory_ids"), value: <TerritoryNames ids={customer.territory_ids} /> }] : []),
          ...(customer.source ? [{ label: t("fields.source"), value: t(`values.source.${customer.source}`, { defaultValue: customer.source }) }] : []),
          ...(customer.parent_id ? [{ label: t("fields.parent_id"), value: <Reference field="customer_id" id={customer.parent_id} /> }] : []),
        ]}
        facts={
          <Facts
            resource={customers}
            namespace="customers"
            // The wire cannot tell "no employees" from "not known".
            record={{ ...customer, headcount: customer.headcount || undefined }}
            groups={[
              { title: t("groups.reach"), fields: ["name", "phone", "email", "website", "fax"] },
              { title: t("groups.rating"), fields: ["kind", "value_rating", "credit_rating", "relationship_level", "tags"] },
              { title: t("groups.business"), fields: [...(organisation ? ["credit_code", "industry", "headcount"] : ["gender"]), "custom_fields"] },
              { title: t("groups.address"), fields: ["country_code", "province", "city", "address", "postal_code"] },
              { title: t("groups.more"), fields: ["mnemonic", "remark", "phase_reason", "lead_id", "owner_id", "create_time", "update_time"] },
            ]}
          />
        }
        timeline={<CustomerTimeline customer={customer} />}
        related={<>{can("sales.task.list") ? <Part><NextSteps of={customers} id={id} /></Part> : null}<Belongings customer={customer} overview={overview} onAdd={open} /></>}
      />
      {dialog}
    </>
  );
}
