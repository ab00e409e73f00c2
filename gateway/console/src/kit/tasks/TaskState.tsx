/** Where a task is, and how urgent: `<TaskState task={task} />`, `<TaskDue task={task} />`. */
import { useTranslation } from "react-i18next";
import type { Row } from "@api/records";
import { usePrefs } from "@app/prefs";
import { day, exact } from "../format";
import { Nothing, StateTag, type Tone } from "../values";
import { dayOf } from "./days";

export const UNDONE = "state = (OPEN OR DOING)";
const TONES: Record<string, Tone> = { OPEN: "new", DOING: "active", DONE: "good", CANCELLED: "done" };

export const isUndone = (task: Row): boolean => task.state === "OPEN" || task.state === "DOING";
const isOverdue = (task: Row): boolean => isUndone(task) && Boolean(task.due_time) && new Date(task.due_time) < new Date();

export function TaskState({ task }: { task: Row }) {
  const { t } = useTranslation("tasks");
  if (isOverdue(task)) return <StateTag tone="bad" hint={t(`values.state.${task.state}`)}>{t("overdue")}</StateTag>;
  if (task.state === "DONE" && task.completed_late) return <StateTag tone="warn">{t("done_late")}</StateTag>;
  return <StateTag tone={TONES[task.state] ?? "idle"}>{t(`values.state.${task.state}`)}</StateTag>;
}

/** When it is due: the day of an all-day task, the moment of another. */
export function TaskDue({ task }: { task: Row }) {
  const { language, time_zone } = usePrefs();
  if (!task.due_time) return <Nothing />;
  const at = new Date(task.due_time);
  const on = dayOf(at, time_zone);
  const clock = task.all_day ? "" : at.toLocaleTimeString(language, { hour: "2-digit", minute: "2-digit", hour12: false, timeZone: time_zone || undefined });
  const shown = [clock && on === dayOf(new Date(), time_zone) ? "" : day(language, on), clock].filter(Boolean).join(" ");
  // An all-day task is late when the enterprise's day has ended, not the reader's.
  return <time dateTime={task.due_time} title={exact(language, task.due_time, time_zone || undefined)} className={isOverdue(task) ? "crm-overdue" : "crm-number"}>{shown}</time>;
}
