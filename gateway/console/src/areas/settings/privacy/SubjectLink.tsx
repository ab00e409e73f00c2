/** A record that is a person: its name, linked, and its kind. */
import { useTranslation } from "react-i18next";
import { Link } from "react-router";
import { useRecord } from "@api/records";
import { contacts, resourceOf } from "@api/resources";
import { useAccess } from "@app/access";
import { useName } from "@kit/names";

export function SubjectLink({ resource, id }: { resource: string; id: string }) {
  const { t } = useTranslation("privacy");
  const { can } = useAccess();
  const known = resourceOf(resource) ?? contacts;
  const readable = can(`${resource}.get`);
  const listed = useName(known, id);
  // The contact that stands for a customer that is a person is in no list, and yet it can be read.
  const unlisted = useRecord(known, readable && listed.startsWith("…") ? id : undefined).data;
  const name = (unlisted && known.title(unlisted)) || listed || "…";
  return <span className="crm-names">{readable ? <Link to={known.page(id)}>{name}</Link> : name}<small>{t(`values.resource.${resource}`, { defaultValue: resource })}</small></span>;
}
