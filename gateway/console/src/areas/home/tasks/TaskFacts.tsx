/** The facts of a task, on its page and beside the list. */
import { useTranslation } from "react-i18next";
import type { Row } from "@api/records";
import { tasks } from "@api/resources";
import { Facts } from "@kit/record/Facts";
import { isUndone } from "@kit/tasks/TaskState";
import { Nothing, PersonName } from "@kit/values";
import { About } from "./About";

export function TaskFacts({ task }: { task: Row }) {
  const { t } = useTranslation("tasks");
  return (
    <Facts resource={tasks} namespace="tasks" record={task} editable={isUndone(task)}
      shown={{
        record_id: (each) => <About task={each} />,
        repeat_every: (each) => (each.repeat_every ? <>{t(`every.${each.repeat_unit}`, { count: each.repeat_every })}</> : <Nothing />),
        creator_id: (each) => <PersonName id={each.creator_id} />,
      }}
      groups={[
        { title: t("groups.task"), fields: ["subject", "description", "kind", "priority", "record_id"] },
        { title: t("groups.time"), fields: ["due_time", "all_day", "remind_time", "repeat_every", "original_due_time"] },
        { title: t("groups.end"), fields: ["outcome", "complete_time"] },
        { title: t("groups.more"), fields: ["custom_fields", "creator_id", "create_time", "update_time"] },
      ]} />
  );
}
