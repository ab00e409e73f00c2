/** A new task; `?record_type=…&record_id=…` in the address says what it is about, `?day=…` when it is due. */
import { useQueryClient } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";
import { useNavigate, useSearchParams } from "react-router";
import { create } from "@api/records";
import { tasks } from "@api/resources";
import { useAccess } from "@app/access";
import { FormFromMeta } from "@kit/FormFromMeta";
import { PageHeader } from "@kit/PageHeader";
import { noon } from "@kit/tasks/days";
import { toast } from "@kit/toasts";
import { type Chosen, RecordChoice } from "./RecordChoice";
import "./tasks.css";

export default function NewTaskPage() {
  const { t } = useTranslation("tasks");
  const [params] = useSearchParams();
  const { id: own, can } = useAccess();
  const navigate = useNavigate();
  const client = useQueryClient();
  const about: Chosen | undefined = params.get("record_id") ? { type: params.get("record_type") ?? "", id: params.get("record_id") ?? "" } : undefined;
  const day = params.get("day");
  const save = async ({ record_id: chosen, ...values }: Record<string, unknown>) => {
    const record = chosen as Chosen | undefined;
    const task = await create(tasks, record?.id ? { ...values, record_type: record.type, record_id: record.id } : values);
    await client.invalidateQueries({ queryKey: [tasks.schema] });
    toast.done(t("create.done", { name: task.subject }));
    if (about) void navigate(-1);
    else void navigate("/app/tasks", { replace: true });
  };
  return (
    <div className="crm-narrow">
      <PageHeader title={t("create.title")} />
      <FormFromMeta schema={tasks.schema} resource={tasks} namespace="tasks" draft={`task.new.${about?.id ?? ""}`} initial={{ owner_id: own, record_id: about, kind: "TO_DO", priority: "NORMAL", ...(day ? { due_time: noon(day).toISOString(), all_day: true } : {}) }}
        fields={["subject", "due_time", "all_day", "kind", "priority", "record_id", ...(can("sales.task.assign") && can("identity.user.list") ? ["owner_id"] : []), "custom_fields"]} more={["description", "remind_time", "repeat_every", "repeat_unit"]}
        inputs={{ record_id: (props) => <RecordChoice {...props} /> }} submitLabel={t("create.submit")} onSubmit={save} onCancel={() => void navigate("/app/tasks")} />
    </div>
  );
}
