/** Days one below the other with all their tasks, each to be finished here. */
import type { Row } from "@api/records";
import { usePrefs } from "@app/prefs";
import { FinishButton } from "@kit/tasks/FinishButton";
import { noon } from "@kit/tasks/days";
import { TaskLine } from "./TaskLine";

export function DayList({ days, tasks, named }: { days: string[]; tasks: Map<string, Row[]>; named: boolean }) {
  const { language } = usePrefs();
  return (
    <>
      {days.map((day) => {
        const title = noon(day).toLocaleDateString(language, { month: "long", day: "numeric", weekday: "long" });
        return (
          <section key={day} className="crm-panel calendar-list" aria-label={title}>
            <h2>{title}</h2>
            <ul>{tasks.get(day)?.map((task) => <TaskLine key={task.id} task={task} named={named}><FinishButton task={task} /></TaskLine>)}</ul>
          </section>
        );
      })}
    </>
  );
}
