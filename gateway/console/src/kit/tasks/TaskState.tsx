/** Where a task is, and how urgent: `<TaskState task={task} />`, `<TaskDue task={task} />`. */
import { useTranslation } from "react-i18next";
import type { Row } from "@api/records";
import { usePrefs } from "@app/prefs";
import { day } from "../format";
import { DateTime, Nothing, StateTag, type Tone } from "../values";
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
  // The day ends by the enterprise's clock, not by the reader's.
  if (task.all_day) return <time dateTime={task.due_time} className={isOverdue(task) ? "crm-overdue" : "crm-number"}>{day(language, dayOf(new Date(task.due_time), time_zone))}</time>;
  return <DateTime value={task.due_time} overdue={isUndone(task)} />;
}
