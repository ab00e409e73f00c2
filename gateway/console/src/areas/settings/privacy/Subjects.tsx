/** Records that are the person, and those proposed: the officer ticks what is the person's, nothing is added by itself. */
import { CloseOutlined } from "@ant-design/icons";
import { Button, Checkbox } from "antd";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { type Row, useVerb } from "@api/records";
import { subjectRequests } from "@api/resources";
import { useAccess } from "@app/access";
import { useGuardedChange } from "@kit/conflict";
import { toast } from "@kit/toasts";
import { SubjectLink } from "./SubjectLink";

interface Subject {
  resource: string;
  id: string;
}

interface Match {
  record: Subject;
  because?: string[];
}

export function Subjects({ request, editable }: { request: Row; editable: boolean }) {
  const { t } = useTranslation("privacy");
  const { can } = useAccess();
  const change = useGuardedChange(subjectRequests, "privacy");
  const verb = useVerb(subjectRequests);
  const [ticked, tick] = useState<string[]>([]);
  const [busy, setBusy] = useState(false);
  const subjects = (request.subjects ?? []) as Subject[];
  const matches = ((request.matches ?? []) as Match[]).filter((match) => !subjects.some((each) => each.id === match.record.id));
  const mayChange = editable && can("customers.subject_request.update");
  const set = async (next: Subject[]) => {
    setBusy(true);
    try {
      const saved = await change(request, { subjects: next });
      // Other records hold other data: what was found before no longer says it all.
      if (saved && can("customers.subject_request.discover")) await verb.mutateAsync({ id: request.id, verb: "discover", etag: saved.etag });
      tick([]);
    } catch (refusal) {
      toast.refused(refusal);
    } finally {
      setBusy(false);
    }
  };
  return (
    <>
      <section>
        <div className="crm-panel-head"><h2>{t("subjects.title", { count: subjects.length })}</h2></div>
        <ul className="privacy-subjects">
          {subjects.map((subject) => (
            <li key={subject.id}>
              <SubjectLink {...subject} />
              {mayChange && subjects.length > 1 ? <Button type="text" size="small" icon={<CloseOutlined />} disabled={busy} aria-label={t("subjects.take_out")} title={t("subjects.take_out")} onClick={() => void set(subjects.filter((each) => each.id !== subject.id))} /> : null}
            </li>
          ))}
        </ul>
      </section>
      {matches.length > 0 ? (
        <section>
          <div className="crm-panel-head"><h2>{t("matches.title", { count: matches.length })}</h2></div>
          <p className="crm-muted">{t("matches.text")}</p>
          <ul className="privacy-subjects">
            {matches.map(({ record, because }) => (
              <li key={record.id}>
                {mayChange ? <Checkbox checked={ticked.includes(record.id)} onChange={(event) => tick(event.target.checked ? [...ticked, record.id] : ticked.filter((each) => each !== record.id))}><SubjectLink {...record} /></Checkbox> : <SubjectLink {...record} />}
                <small>{(because ?? []).map((reason) => t(`matches.because.${reason}`, { defaultValue: reason })).join(" · ")}</small>
              </li>
            ))}
          </ul>
          {mayChange ? <Button disabled={ticked.length === 0} loading={busy} onClick={() => void set([...subjects, ...matches.filter((match) => ticked.includes(match.record.id)).map((match) => match.record)])}>{t("matches.add")}</Button> : null}
        </section>
      ) : null}
    </>
  );
}
