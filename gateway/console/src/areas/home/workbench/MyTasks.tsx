/** What this person has to do by tonight, what is overdue first. */
import { useTranslation } from "react-i18next";
import { tasks } from "@api/resources";
import { useAccess } from "@app/access";
import { usePrefs } from "@app/prefs";
import { ShortList } from "@kit/list/ShortList";
import { dayOf, moved } from "@kit/tasks/days";
import { FinishButton } from "@kit/tasks/FinishButton";
import { TaskDue, UNDONE } from "@kit/tasks/TaskState";

export default function MyTasks() {
  const { t } = useTranslation("workbench");
  const { id } = useAccess();
  const { time_zone } = usePrefs();
  const filter = `owner_id = "${id}" AND ${UNDONE} AND due_time < ${moved(dayOf(new Date(), time_zone), { days: 1 })}`;
  return <ShortList resource={tasks} title={t("my_tasks")} filter={filter} order_by="due_time" to="/app/tasks" empty={t("my_tasks_none")} aside={(task) => <><TaskDue task={task} /><FinishButton task={task} /></>} />;
}
