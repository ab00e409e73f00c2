/** A task on its day: the time, the subject, and who does it where that is not plain. */
import type { ReactNode } from "react";
import { Link } from "react-router";
import type { Row } from "@api/records";
import { tasks } from "@api/resources";
import { usePrefs } from "@app/prefs";
import { isUndone } from "@kit/tasks/TaskState";
import { PersonName } from "@kit/values";

export function TaskLine({ task, named, children }: { task: Row; named: boolean; children?: ReactNode }) {
  const { language, time_zone } = usePrefs();
  const clock = task.all_day ? "" : new Date(task.due_time).toLocaleTimeString(language, { hour: "2-digit", minute: "2-digit", hour12: false, timeZone: time_zone || undefined });
  const late = isUndone(task) && new Date(task.due_time) < new Date();
  return (
    <li className="calendar-task" data-done={task.state === "DONE" || undefined} data-late={late || undefined}>
      {named ? <PersonName id={task.owner_id} compact /> : null}
      <Link to={tasks.page(task.id)} title={task.subject}>{clock ? <span className="crm-number">{clock}</span> : null} {task.subject}</Link>
      {children}
    </li>
  );
}
