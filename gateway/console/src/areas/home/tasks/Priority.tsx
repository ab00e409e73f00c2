/** What is done first; the usual priority is not worth a word's weight. */
import { useTranslation } from "react-i18next";
import type { Row } from "@api/records";

export function Priority({ task }: { task: Row }) {
  const { t } = useTranslation("tasks");
  return <span className="task-priority" data-priority={task.priority}>{t(`values.priority.${task.priority}`)}</span>;
}
