/** Finishing a task: `const finish = useFinish()`, then `void finish(task)`; what was done can be taken back from the toast. */
import { useTranslation } from "react-i18next";
import { type Row, useVerb } from "@api/records";
import { tasks } from "@api/resources";
import { toast } from "../toasts";

export function useFinish() {
  const { t } = useTranslation("tasks");
  const verb = useVerb(tasks);
  return async (task: Row): Promise<void> => {
    try {
      const done = await verb.mutateAsync({ id: task.id, verb: "complete", etag: task.etag });
      toast.undo(t("done.complete", { name: task.subject }), () => verb.mutateAsync({ id: task.id, verb: "reopen", etag: done.etag }));
    } catch (refusal) {
      toast.refused(refusal);
    }
  };
}
