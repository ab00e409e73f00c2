/** A record that is a person: its name, linked, and its kind. */
import { useTranslation } from "react-i18next";
import { Link } from "react-router";
import { resourceOf } from "@api/resources";
import { useAccess } from "@app/access";
import { useName } from "@kit/names";

export function SubjectLink({ resource, id }: { resource: string; id: string }) {
  const { t } = useTranslation("privacy");
  const { can } = useAccess();
  const known = resourceOf(resource);
  const name = useName(known, id) || "…";
  return <span>{known && can(`${resource}.get`) ? <Link to={known.page(id)}>{name}</Link> : name} <small>{t(`values.resource.${resource}`, { defaultValue: resource })}</small></span>;
}
