/** What is to be done, most urgent first; D finishes a task and goes on to the next. */
import { Button } from "antd";
import { useMemo } from "react";
import { useTranslation } from "react-i18next";
import { Link } from "react-router";
import { tasks } from "@api/resources";
import { useAccess } from "@app/access";
import { usePrefs } from "@app/prefs";
import type { BulkAction } from "@kit/list/bulk";
import type { Column } from "@kit/list/columns";
import { RecordList } from "@kit/list/RecordList";
import type { RowShortcut } from "@kit/list/RowKey";
import type { View } from "@kit/list/state";
import { Empty } from "@kit/states";
import { dayOf, moved } from "@kit/tasks/days";
import { FinishButton } from "@kit/tasks/FinishButton";
import { isUndone, TaskDue, TaskState, UNDONE } from "@kit/tasks/TaskState";
import { useFinish } from "@kit/tasks/useFinish";
import { About } from "./About";
import { Priority } from "./Priority";
import TaskPeek from "./TaskPeek";
import "./tasks.css";

export default function TasksPage() {
  const { t } = useTranslation("tasks");
  const { id: own, can, scope } = useAccess();
  const { time_zone } = usePrefs();
  const finish = useFinish();
  const wide = scope("sales.task.list") !== "own";
  const today = dayOf(new Date(), time_zone);
  // To the minute, so that the list is asked for once and not with every drawing.
  const now = `${new Date().toISOString().slice(0, 16)}:00Z`;
  const views = useMemo<View[]>(
    () => [
      { id: "mine", name: t("views.mine"), filter: `owner_id = "${own}" AND ${UNDONE}`, order_by: "due_time" },
      { id: "overdue", name: t("views.overdue"), filter: `${UNDONE} AND due_time < "${now}"`, order_by: "due_time" },
      { id: "today", name: t("views.today"), filter: `owner_id = "${own}" AND ${UNDONE} AND due_time >= ${today} AND due_time < ${moved(today, { days: 1 })}`, order_by: "due_time" },
      ...(wide ? [{ id: "team", name: t("views.team"), filter: UNDONE, order_by: "due_time" }] : []),
      { id: "done", name: t("views.done"), filter: `owner_id = "${own}" AND state = DONE`, order_by: "complete_time desc" },
      { id: "all", name: t("views.all"), filter: "", order_by: "due_time desc" },
    ],
    [t, own, wide, now, today],
  );
  const columns = useMemo<Column[]>(
    () => [
      { field: "subject", width: 280, primary: true },
      { field: "state", width: 128, render: (task) => <span className="task-state"><TaskState task={task} /><FinishButton task={task} /></span> },
      { field: "due_time", width: 140, render: (task) => <TaskDue task={task} />, edit: true },
      { field: "priority", width: 80, render: (task) => <Priority task={task} />, edit: true },
      { field: "kind", width: 80, edit: true },
      { field: "record_id", width: 180, sort: false, render: (task) => <About task={task} /> },
      { field: "owner_id", width: 130 },
    ],
    [],
  );
  const keys: RowShortcut[] = can("sales.task.complete") ? [{ keys: "d", label: "done", enabled: isUndone, run: (task) => void finish(task) }] : [];
  const bulk: BulkAction[] = [
    { key: "complete", label: t("verbs.complete"), permission: "sales.task.complete", verb: "complete", enabled: isUndone, within: UNDONE },
    { key: "assign", label: t("verbs.assign"), permission: "sales.task.assign", verb: "assign", enabled: isUndone, within: UNDONE, ask: { operation: "sales_AssignTask", fields: ["owner_id"] } },
  ];
  const create = can("sales.task.create") ? <Link to="/app/tasks/new"><Button type="primary" tabIndex={-1}>{t("create.title")}</Button></Link> : null;
  return (
    <RecordList resource={tasks} namespace="tasks" title={t("title")} views={views} columns={columns} bulk={bulk} keys={keys} peek={(id) => <TaskPeek id={id} />}
      actions={<Link to="/app/calendar"><Button tabIndex={-1}>{t("calendar.title")}</Button></Link>} empty={<Empty title={t("empty.title")} text={t("empty.text")} action={create} />} />
  );
}
