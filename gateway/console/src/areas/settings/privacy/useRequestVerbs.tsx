/** What the officer does about a request: discover, start once the findings were seen, fetch the file, refuse, take back. */
import { type ReactNode, useState } from "react";
import { useTranslation } from "react-i18next";
import { download } from "@api/files";
import { type Row, useVerb } from "@api/records";
import { subjectRequests } from "@api/resources";
import { VerbDialog } from "@kit/record/VerbDialog";
import type { Verb } from "@kit/record/Verbs";
import { toast } from "@kit/toasts";
import { OPEN } from "./RequestState";

type Asked = "start" | "refuse" | "cancel" | "";
const CONSEQUENCES = { ERASURE: ["forever", "kept", "held", "services"], ACCESS: ["file", "audited"] };

export function useRequestVerbs(request: Row | undefined): { verbs: Verb[]; dialog: ReactNode } {
  const { t } = useTranslation("privacy");
  const verb = useVerb(subjectRequests);
  const [asked, ask] = useState<Asked>("");
  if (!request) return { verbs: [], dialog: null };
  const { id, number, etag, state } = request;
  const kind = request.kind as keyof typeof CONSEQUENCES;
  const open = OPEN.includes(state);
  const discovered = state === "DISCOVERED";
  const run = async (name: string, body = {}) => {
    await verb.mutateAsync({ id, verb: name, body, etag });
    toast.done(t(`done.${name}`, { number }));
  };
  const verbs: Verb[] = [
    { key: "start", label: t(`verbs.start.${kind}`), permission: "customers.subject_request.start", enabled: discovered, run: () => ask("start") },
    { key: "discover", label: t(discovered ? "verbs.discover_again" : "verbs.discover"), permission: "customers.subject_request.discover", enabled: open, run: () => run("discover") },
    { key: "download", label: t("verbs.download"), permission: "customers.subject_request.download", enabled: state === "DONE" && kind === "ACCESS" && new Date(request.export_expire_time) > new Date(), run: () => download(`${subjectRequests.path}/${id}/export`, `${number}.json`) },
    { key: "refuse", label: t("verbs.refuse"), permission: "customers.subject_request.refuse", enabled: open, rare: true, run: () => ask("refuse") },
    { key: "cancel", label: t("verbs.cancel"), permission: "customers.subject_request.cancel", enabled: open, rare: true, run: () => ask("cancel") },
  ];
  const close = () => ask("");
  const dialog = (): ReactNode => {
    if (asked === "start") {
      const intro = <><p>{t(`start.${kind}.text`, { count: (request.subjects ?? []).length })}</p><ul className="privacy-consequences">{CONSEQUENCES[kind].map((each) => <li key={each}>{t(`start.${kind}.${each}`)}</li>)}</ul></>;
      return <VerbDialog title={t(`verbs.start.${kind}`)} operation="customers_StartSubjectRequest" namespace="privacy" fields={[]} intro={intro} submitLabel={t(`start.${kind}.submit`)} onSubmit={() => run("start")} onClose={close} />;
    }
    if (asked === "refuse") return <VerbDialog title={t("verbs.refuse")} operation="customers_RefuseSubjectRequest" namespace="privacy" fields={["reason"]} intro={<p>{t("refuse_text")}</p>} onSubmit={(values) => run("refuse", values)} onClose={close} />;
    if (asked === "cancel") return <VerbDialog title={t("verbs.cancel")} operation="customers_CancelSubjectRequest" namespace="privacy" fields={["reason"]} intro={<p>{t("cancel_text")}</p>} onSubmit={(values) => run("cancel", values)} onClose={close} />;
    return null;
  };
  return { verbs, dialog: dialog() };
}
