/** A qualified lead becomes a customer, a contact and an opportunity. */
import { Alert, Checkbox, Modal } from "antd";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { useNavigate } from "react-router";
import type { Row } from "@api/records";
import { customers, opportunities } from "@api/resources";
import { FormFromMeta } from "@kit/FormFromMeta";
import { toast } from "@kit/toasts";

interface Props {
  lead: Row;
  onClose: () => void;
  onConvert: (body: object) => Promise<Row>;
}

export default function ConvertDialog({ lead, onClose, onConvert }: Props) {
  const { t } = useTranslation("leads");
  const navigate = useNavigate();
  const [deal, setDeal] = useState(true);
  const fields = deal ? ["customer_id", "opportunity_name", "expected_amount", "currency"] : ["customer_id"];
  const submit = async (values: Record<string, unknown>) => {
    const allowed = Object.fromEntries(Object.entries(values).filter(([name]) => [...fields, "duplicate_reason"].includes(name)));
    const converted = await onConvert({ ...allowed, without_opportunity: !deal });
    onClose();
    toast.done(t(converted.state === "CONVERTED" ? "done.converted" : "done.converting", { name: lead.name || lead.company }));
    const target = converted.opportunity_id ? opportunities.page(converted.opportunity_id) : converted.customer_id ? customers.page(converted.customer_id) : "";
    if (converted.opportunity_id) void navigate(target);
  };
  return (
    <Modal open title={t("verbs.convert")} footer={null} onCancel={onClose} width={640} destroyOnHidden>
      <p>{t("convert.text")}</p>
      {lead.customer_id ? <Alert type="info" showIcon title={t("convert.known")} /> : null}
      <FormFromMeta schema="leads_ConvertLead" namespace="leads" fields={fields} more={["duplicate_reason"]} initial={{ customer_id: lead.customer_id, opportunity_name: lead.need || lead.company }} submitLabel={t("verbs.convert")} onCancel={onClose} onSubmit={submit}>
        <Checkbox checked={deal} onChange={(event) => setDeal(event.target.checked)}>{t("convert.with_opportunity")}</Checkbox>
      </FormFromMeta>
    </Modal>
  );
}
