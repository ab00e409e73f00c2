/** What can be done with a task in its present state; returns the verbs and the dialog that one of them opened. */
import { type ReactNode, useState } from "react";
import { useTranslation } from "react-i18next";
import { type Row, useVerb } from "@api/records";
import { tasks } from "@api/resources";
import { useGuardedChange } from "@kit/conflict";
import { VerbDialog } from "@kit/record/VerbDialog";
import type { Verb } from "@kit/record/Verbs";
import { isUndone } from "@kit/tasks/TaskState";
import { useFinish } from "@kit/tasks/useFinish";
import { toast } from "@kit/toasts";

type Dialog = "report" | "assign" | "repeat" | "";

/** ``keyed``: whether single keys work; beside a list they belong to the list. */
export function useTaskVerbs(task: Row | undefined, keyed: boolean): { verbs: Verb[]; dialog: ReactNode } {
  const { t } = useTranslation("tasks");
  const verb = useVerb(tasks);
  const finish = useFinish();
  const change = useGuardedChange(tasks, "tasks");
  const [dialog, open] = useState<Dialog>("");
  if (!task) return { verbs: [], dialog: null };
  const { id, etag, subject: name } = task;
  const undone = isUndone(task);
  const key = (shortcut: string, shortcutLabel: string) => (keyed ? { shortcut, shortcutLabel } : {});
  const act = (what: string, body: object = {}) => verb.mutateAsync({ id, verb: what, body, etag });
  const say = async (what: string, body: object = {}) => {
    await act(what, body);
    toast.done(t(`done.${what}`, { name }));
  };
  const cancel = async () => {
    const cancelled = await act("cancel");
    toast.undo(t("done.cancel", { name }), () => verb.mutateAsync({ id, verb: "reopen", etag: cancelled.etag }));
  };
  const verbs: Verb[] = [
    { key: "complete", label: t("verbs.complete"), permission: "sales.task.complete", enabled: undone, run: () => finish(task), ...key("d", "done") },
    { key: "start", label: t("verbs.start"), permission: "sales.task.start", enabled: task.state === "OPEN", run: () => say("start") },
    { key: "report", label: t("verbs.report"), permission: "sales.task.complete", enabled: undone, run: () => open("report") },
    { key: "assign", label: t("verbs.assign"), permission: "sales.task.assign", enabled: undone, run: () => open("assign"), ...key("a", "assign") },
    { key: "reopen", label: t("verbs.reopen"), permission: "sales.task.reopen", enabled: !undone, run: () => say("reopen") },
    { key: "repeat", label: t("verbs.repeat"), permission: "sales.task.update", enabled: undone && Boolean(task.due_time), rare: true, run: () => open("repeat") },
    { key: "cancel", label: t("verbs.cancel"), permission: "sales.task.cancel", enabled: undone, danger: true, run: cancel },
  ];
  const close = () => open("");
  const dialogs: Record<Dialog, ReactNode> = {
    "": null,
    report: <VerbDialog title={t("verbs.report")} operation="sales_CompleteTask" namespace="tasks" fields={["outcome"]} required={["outcome"]} onClose={close} onSubmit={(values) => say("complete", values)} />,
    assign: <VerbDialog title={t("verbs.assign")} operation="sales_AssignTask" namespace="tasks" fields={["owner_id"]} onClose={close} onSubmit={(values) => say("assign", values)} />,
    repeat: <VerbDialog title={t("verbs.repeat")} operation="sales.Task" namespace="tasks" fields={["repeat_every", "repeat_unit"]} intro={<p>{t("repeat_text")}</p>} initial={{ repeat_every: task.repeat_every || undefined, repeat_unit: task.repeat_unit }} onClose={close}
      onSubmit={(values) => change(task, { repeat_every: values.repeat_every ?? 0, repeat_unit: values.repeat_unit ?? "" })} />,
  };
  return { verbs, dialog: dialogs[dialog] };
}
