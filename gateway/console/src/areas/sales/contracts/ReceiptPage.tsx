/** One receipt: what arrived, what it paid, and whether finance has checked it. */
import { useTranslation } from "react-i18next";
import { useParams } from "react-router";
import { useRecord } from "@api/records";
import { receipts } from "@api/resources";
import { Reference } from "@kit/FieldValue";
import { Facts } from "@kit/record/Facts";
import { RecordPage } from "@kit/record/RecordPage";
import { Verbs } from "@kit/record/Verbs";
import { Failed, Loading } from "@kit/states";
import { Amount, DateTime, Day, PersonName } from "@kit/values";
import { PaperState } from "./states";
import { useReceiptVerbs } from "./useReceiptVerbs";

export default function ReceiptPage() {
  const { t } = useTranslation("contracts");
  const { id = "" } = useParams();
  const found = useRecord(receipts, id);
  const { verbsOf, dialog } = useReceiptVerbs();
  const receipt = found.data;
  if (found.isPending) return <Loading rows={8} />;
  if (!receipt) return <Failed error={found.error} retry={() => void found.refetch()} />;
  return (
    <>
      <RecordPage
        back="/app/sales/receipts"
        title={receipt.payer || receipt.number}
        above={receipt.number}
        state={<PaperState of={receipt} />}
        verbs={<Verbs verbs={verbsOf(receipt)} />}
        highlights={[
          { label: t("fields.amount_received"), value: <Amount value={receipt.amount} /> },
          { label: t("fields.receive_date"), value: <Day value={receipt.receive_date} /> },
          { label: t("fields.contract_id"), value: <Reference field="contract_id" id={receipt.contract_id} /> },
          { label: t("fields.customer_id"), value: <Reference field="customer_id" id={receipt.customer_id} /> },
          { label: t("fields.confirm_time"), value: <DateTime value={receipt.confirm_time} /> },
          { label: t("fields.owner_id"), value: <PersonName id={receipt.owner_id} /> },
        ]}
        facts={
          <Facts resource={receipts} namespace="contracts" record={receipt} editable={receipt.state === "RECORDED"} groups={[
            { title: t("groups.receipt"), fields: ["amount", "receive_date", "payer", "reference", "method", "exchange_rate", "custom_fields"] },
            { title: t("groups.settled"), fields: ["settled_amount", "advance_amount", "state_reason", "create_time", "update_time"] },
          ]} />
        }
      />
      {dialog}
    </>
  );
}
