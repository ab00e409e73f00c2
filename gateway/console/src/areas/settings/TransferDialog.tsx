/** Hands the records of one person to another, now or on a day; for a leaver also ends the access. */
import { useQueryClient } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";
import { create } from "@api/records";
import { transfers, users } from "@api/resources";
import { VerbDialog } from "@kit/record/VerbDialog";
import { toast } from "@kit/toasts";

export default function TransferDialog({ from, onClose }: { from?: string; onClose: () => void }) {
  const { t } = useTranslation("transfers");
  const client = useQueryClient();
  const submit = async (values: Record<string, unknown>) => {
    await create(transfers, { ...(from ? { from_user_id: from } : {}), ...values });
    await client.invalidateQueries({ queryKey: [transfers.schema] });
    await client.invalidateQueries({ queryKey: [users.schema] });
    toast.done(t("done.created"));
  };
  return (
    <VerbDialog
      title={t("create.title")}
      operation={transfers.schema}
      namespace="transfers"
      intro={<p>{t("create.text")}</p>}
      fields={[...(from ? [] : ["from_user_id"]), "to_user_id", "reason", "effective_time", "disable_user", "keep_reading"]}
      more={["kinds"]}
      within={{ to_user_id: `disabled = false${from ? ` AND id != "${from}"` : ""}` }}
      submitLabel={t("create.submit")}
      onSubmit={submit}
      onClose={onClose}
    />
  );
}
