/** The record a task is about, by the name its own service tells this reader; who may not read it sees only its kind. */
import { useTranslation } from "react-i18next";
import { Link } from "react-router";
import type { Row } from "@api/records";
import { resourceOf } from "@api/resources";
import { useAccess } from "@app/access";
import { useName } from "@kit/names";
import { Nothing } from "@kit/values";

export function About({ task }: { task: Row }) {
  const { t } = useTranslation("tasks");
  const { can } = useAccess();
  const resource = task.record_type ? resourceOf(task.record_type) : undefined;
  const readable = Boolean(resource && can(`${resource.permission}.list`));
  const name = useName(readable ? resource : undefined, task.record_id);
  if (!resource) return <Nothing />;
  const kind = t(`records.${task.record_type.replace(".", "_")}`);
  return readable && !name.startsWith("…") ? <Link to={resource.page(task.record_id)} title={kind}>{name || "…"}</Link> : <>{kind}</>;
}
