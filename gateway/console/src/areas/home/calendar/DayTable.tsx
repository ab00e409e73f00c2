/** Days as a table, a week in a row; the arrows go from day to day, the chosen day's tasks stand whole below a month. */
import { type KeyboardEvent, useEffect, useRef } from "react";
import { useTranslation } from "react-i18next";
import type { Row } from "@api/records";
import { usePrefs } from "@app/prefs";
import { moved, noon } from "@kit/tasks/days";
import { DayList } from "./DayList";
import { TaskLine } from "./TaskLine";

interface Props {
  days: string[];
  tasks: Map<string, Row[]>;
  day: string;
  today: string;
  mode: "month" | "week";
  named: boolean;
  onDay: (day: string) => void;
}

const STEPS: Record<string, number> = { ArrowLeft: -1, ArrowRight: 1, ArrowUp: -7, ArrowDown: 7 };
const IN_A_CELL = 3;

export function DayTable({ days, tasks, day, today, mode, named, onDay }: Props) {
  const { t } = useTranslation("tasks");
  const { language } = usePrefs();
  const table = useRef<HTMLTableElement>(null);
  const weeks = Array.from({ length: days.length / 7 }, (_, at) => days.slice(7 * at, 7 * at + 7));
  const going = useRef("");
  // The address changes in its own time, and only then the day it names can be entered.
  useEffect(() => {
    if (going.current !== day) return;
    going.current = "";
    table.current?.querySelector<HTMLElement>(`[data-day="${day}"]`)?.focus();
  }, [day]);
  const onKey = (event: KeyboardEvent<HTMLButtonElement>) => {
    const step = STEPS[event.key];
    if (!step) return;
    event.preventDefault();
    going.current = moved(going.current || day, { days: step });
    onDay(going.current);
  };
  return (
    <>
      <table className="calendar" data-mode={mode} ref={table}>
        <caption className="crm-hidden">{t("calendar.title")}</caption>
        <thead><tr>{days.slice(0, 7).map((each) => <th key={each} scope="col">{noon(each).toLocaleDateString(language, { weekday: "short" })}</th>)}</tr></thead>
        <tbody>
          {weeks.map((week) => (
            <tr key={week[0]}>
              {week.map((each) => {
                const due = tasks.get(each) ?? [];
                const shown = mode === "week" ? due : due.slice(0, IN_A_CELL);
                return (
                  <td key={each} data-other={(mode === "month" && each.slice(0, 7) !== day.slice(0, 7)) || undefined} data-chosen={each === day || undefined}>
                    <button type="button" className="calendar-day" data-day={each} data-today={each === today || undefined} tabIndex={each === day ? 0 : -1} aria-current={each === today ? "date" : undefined} aria-pressed={each === day}
                      aria-label={t("calendar.day", { day: noon(each).toLocaleDateString(language, { month: "long", day: "numeric", weekday: "long" }), count: due.length })} onClick={() => onDay(each)} onKeyDown={onKey}>{Number(each.slice(8))}</button>
                    <ul>
                      {shown.map((task) => <TaskLine key={task.id} task={task} named={named} />)}
                      {due.length > shown.length ? <li className="calendar-more">{t("calendar.further", { count: due.length - shown.length })}</li> : null}
                    </ul>
                  </td>
                );
              })}
            </tr>
          ))}
        </tbody>
      </table>
      {mode === "month" && tasks.get(day)?.length ? <DayList days={[day]} tasks={tasks} named={named} /> : null}
    </>
  );
}
