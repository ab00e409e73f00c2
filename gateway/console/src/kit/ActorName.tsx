/** Who did something, as events and trails write it: `user:<id>`, `key:<id>`, `job:<kind>`, `timer:<kind>`, `event:<type>`. */
import { useTranslation } from "react-i18next";
import { apiKeys } from "@api/resources";
import { useName } from "./names";
import { Nothing, PersonName } from "./values";

export function ActorName({ actor }: { actor?: string }) {
  const { t } = useTranslation("kit");
  const [kind = "", ...rest] = (actor ?? "").split(":");
  const id = rest.join(":");
  const key = useName(kind === "key" ? apiKeys : undefined, id);
  if (!actor) return <Nothing />;
  if (kind === "user") return <PersonName id={id} />;
  if (kind === "key") return <span>{t("actor.key", { name: key })}</span>;
  const subject = kind === "event" ? (id.split(".").pop() ?? id) : id;
  return <span title={actor}>{subject ? t(`actor.${kind}`, { name: subject, defaultValue: actor }) : actor}</span>;
}
