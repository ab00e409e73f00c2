/** A task beside the list: enough to do it and say what came of it. */
import { useTranslation } from "react-i18next";
import { useRecord } from "@api/records";
import { tasks } from "@api/resources";
import { Verbs } from "@kit/record/Verbs";
import { Failed, Loading } from "@kit/states";
import { TaskDue, TaskState } from "@kit/tasks/TaskState";
import { TaskFacts } from "./TaskFacts";
import { useTaskVerbs } from "./useTaskVerbs";

export default function TaskPeek({ id }: { id: string }) {
  const { t } = useTranslation("tasks");
  const found = useRecord(tasks, id);
  const { verbs, dialog } = useTaskVerbs(found.data, false);
  if (found.isPending) return <Loading />;
  if (!found.data) return <Failed error={found.error} retry={() => void found.refetch()} />;
  return (
    <div className="task-peek">
      <h2>{found.data.subject}</h2>
      <p><TaskState task={found.data} /> {t("fields.due_time")} <TaskDue task={found.data} /></p>
      <div className="task-peek-verbs"><Verbs verbs={verbs} /></div>
      <TaskFacts task={found.data} />
      {dialog}
    </div>
  );
}
