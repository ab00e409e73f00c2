/** One task: what is to be done, by when, about what, and what came of it. */
import { useTranslation } from "react-i18next";
import { Link, useParams } from "react-router";
import { useRecord } from "@api/records";
import { tasks } from "@api/resources";
import { RecordPage } from "@kit/record/RecordPage";
import { Verbs } from "@kit/record/Verbs";
import { Failed, Loading } from "@kit/states";
import { TaskDue, TaskState } from "@kit/tasks/TaskState";
import { DateTime, PersonName } from "@kit/values";
import { About } from "./About";
import { Priority } from "./Priority";
import { TaskFacts } from "./TaskFacts";
import { useTaskVerbs } from "./useTaskVerbs";
import "./tasks.css";

export default function TaskPage() {
  const { t } = useTranslation("tasks");
  const { id = "" } = useParams();
  const found = useRecord(tasks, id);
  const task = found.data;
  const { verbs, dialog } = useTaskVerbs(task, true);
  if (found.isPending) return <Loading rows={8} />;
  if (!task) return <Failed error={found.error} retry={() => void found.refetch()} />;
  return (
    <>
      <RecordPage
        back="/app/tasks"
        title={task.subject}
        above={task.number}
        state={<TaskState task={task} />}
        verbs={<Verbs verbs={verbs} />}
        highlights={[
          { label: t("fields.due_time"), value: <TaskDue task={task} /> },
          { label: t("fields.priority"), value: <Priority task={task} /> },
          { label: t("fields.record_id"), value: <About task={task} /> },
          { label: t("fields.owner_id"), value: <PersonName id={task.owner_id} /> },
          ...(task.complete_time ? [{ label: t("fields.complete_time"), value: <DateTime value={task.complete_time} /> }] : []),
          ...(task.next_task_id ? [{ label: t("fields.next_task_id"), value: <Link to={tasks.page(task.next_task_id)}>{t("next_of_series")}</Link> }] : []),
        ]}
        facts={<TaskFacts task={task} />}
      />
      {dialog}
    </>
  );
}
