/** One contract: what was promised, what was paid, what happened. */
import { CheckOutlined, DollarOutlined, EditOutlined, FlagOutlined } from "@ant-design/icons";
import { useQuery } from "@tanstack/react-query";
import { useEffect } from "react";
import { useTranslation } from "react-i18next";
import { Link, useParams } from "react-router";
import { answer, api } from "@api/client";
import { type Row, useRecord, useRecords } from "@api/records";
import { contracts, receipts } from "@api/resources";
import { useAccess } from "@app/access";
import { usePrefs } from "@app/prefs";
import { visited } from "@app/recent";
import { Reference } from "@kit/FieldValue";
import { money } from "@kit/format";
import { Facts } from "@kit/record/Facts";
import { RecordPage, Related } from "@kit/record/RecordPage";
import { type Entry, Timeline } from "@kit/record/Timeline";
import { Verbs } from "@kit/record/Verbs";
import { Failed, Loading } from "@kit/states";
import { Amount, Day, PersonName } from "@kit/values";
import { PaymentPlan } from "./PaymentPlan";
import { PaperState } from "./states";
import { useContractVerbs } from "./useContractVerbs";
import { useReceiptVerbs } from "./useReceiptVerbs";
import "./contracts.css";

export default function ContractPage() {
  const { t } = useTranslation("contracts");
  const { id = "" } = useParams();
  const { id: own, can } = useAccess();
  const found = useRecord(contracts, id);
  const contract = found.data;
  const { verbs, dialog } = useContractVerbs(contract);
  useEffect(() => {
    if (contract) visited(own, contracts, contract);
  }, [own, contract]);
  if (found.isPending) return <Loading rows={8} />;
  if (!contract) return <Failed error={found.error} retry={() => void found.refetch()} />;
  return (
    <>
      <RecordPage
        back="/app/sales/contracts"
        title={contract.name || contract.number}
        above={contract.number}
        state={<PaperState of={contract} />}
        verbs={<Verbs verbs={verbs} />}
        highlights={[
          { label: t("fields.amount"), value: <Amount value={contract.amount} /> },
          { label: t("fields.open_amount"), value: <Amount value={contract.open_amount} /> },
          { label: t("fields.customer_id"), value: <Reference field="customer_id" id={contract.customer_id} /> },
          { label: t("fields.quote_id"), value: <Reference field="quote_id" id={contract.quote_id} /> },
          ...(contract.effective_date ? [{ label: t("fields.effective_date"), value: <Day value={contract.effective_date} /> }] : []),
          { label: t("fields.owner_id"), value: <PersonName id={contract.owner_id} /> },
        ]}
        body={<PaymentPlan contract={contract} />}
        facts={
          <Facts resource={contracts} namespace="contracts" record={contract} editable={contract.state === "DRAFT"} groups={[
            { title: t("groups.contract"), fields: ["name", "opportunity_id", "contact_id", "original_amount", "payment_method", "terms", "custom_fields"] },
            { title: t("groups.dates"), fields: ["start_date", "end_date", "delivery_date", "our_sign_date", "their_sign_date", "effective_date", "termination_date"] },
            { title: t("groups.more"), fields: ["state_reason", "approver_id", "time_zone", "create_time", "update_time"] },
          ]} />
        }
        timeline={<History contract={contract} />}
        related={can("sales.receipt.list") ? <Receipts contract={contract} /> : null}
      />
      {dialog}
    </>
  );
}

/** Money that came in on this contract, newest first. */
function Receipts({ contract }: { contract: Row }) {
  const { t } = useTranslation("contracts");
  const found = useRecords(receipts, { filter: `contract_id = "${contract.id}"`, order_by: "receive_date desc", page_size: 50 });
  const { verbsOf, dialog } = useReceiptVerbs();
  const rows = found.data?.pages.flatMap((page) => page.rows) ?? [];
  return (
    <Related title={t("receipts.title")}>
      {found.isError ? <Failed error={found.error} retry={() => void found.refetch()} /> : null}
      {found.isSuccess && rows.length === 0 ? <p className="crm-second">{t("receipts.none")}</p> : null}
      <ul className="contract-receipts">
        {rows.map((receipt) => (
          <li key={receipt.id}>
            <span><Link to={receipts.page(receipt.id)}>{receipt.number}</Link><PaperState of={receipt} /></span>
            <span><Day value={receipt.receive_date} /><Amount value={receipt.amount} /></span>
            <span className="contract-receipt-verbs"><Verbs verbs={verbsOf(receipt)} /></span>
          </li>
        ))}
      </ul>
      {dialog}
    </Related>
  );
}

/** Signatures, change orders and the day it was written. */
function History({ contract }: { contract: Row }) {
  const { t } = useTranslation("contracts");
  const { language } = usePrefs();
  const found = useQuery({
    queryKey: [contracts.schema, "amendments", contract.id, contract.etag],
    queryFn: () => answer(api.GET("/v1/contracts/{contract_id}/amendments", { params: { path: { contract_id: contract.id }, query: { page_size: 100 } } })),
  });
  const noon = (day: string) => `${day}T12:00:00`;
  const days = (["our_sign_date", "their_sign_date", "effective_date", "termination_date"] as const).filter((field) => contract[field]);
  const entries: Entry[] = [
    { id: "created", time: contract.create_time, kind: "milestone", title: t("history.created"), icon: <EditOutlined /> },
    ...days.map((field) => ({ id: field, time: noon(contract[field]), kind: "milestone", title: t(`history.${field}`), icon: field === "effective_date" ? <CheckOutlined /> : <FlagOutlined /> })),
    ...(found.data?.amendments ?? []).map((each): Entry => ({
      id: each.id ?? "",
      time: each.create_time ?? "",
      kind: "amendment",
      title: t("history.amended", { number: each.number, change: money(language, each.value_change?.amount ?? "0", each.value_change?.currency ?? "") }),
      body: each.reason,
      actor: each.actor_id,
      icon: <DollarOutlined />,
    })),
  ];
  return <Timeline entries={found.isPending ? undefined : entries} error={found.error} retry={() => void found.refetch()} kinds={{ milestone: t("history.milestones"), amendment: t("history.amendments") }} />;
}
