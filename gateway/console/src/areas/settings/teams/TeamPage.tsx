/** One team and its members. */
import { useQueryClient } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";
import { useNavigate, useParams } from "react-router";
import { create, type Row, useRecord } from "@api/records";
import { teams } from "@api/resources";
import { call } from "@api/transport";
import { useAccess } from "@app/access";
import { useGuardedChange } from "@kit/conflict";
import { PeopleList } from "@kit/PeopleList";
import { Facts } from "@kit/record/Facts";
import { RecordPage } from "@kit/record/RecordPage";
import { Verbs } from "@kit/record/Verbs";
import { Failed, Loading } from "@kit/states";
import { toast } from "@kit/toasts";

export default function TeamPage() {
  const { t } = useTranslation("teams");
  const { id = "" } = useParams();
  const navigate = useNavigate();
  const client = useQueryClient();
  const found = useRecord(teams, id);
  const team = found.data;
  if (found.isPending) return <Loading rows={8} />;
  if (!team) return <Failed error={found.error} retry={() => void found.refetch()} />;
  const remove = async () => {
    await call("DELETE", `${teams.path}/${id}`, { query: { etag: team.etag } });
    await client.invalidateQueries({ queryKey: [teams.schema] });
    void navigate("/app/settings/teams");
    toast.undo(t("removed", { name: team.name }), async () => {
      await create(teams, { name: team.name, unit_id: team.unit_id, member_ids: team.member_ids });
      await client.invalidateQueries({ queryKey: [teams.schema] });
    });
  };
  return (
    <RecordPage
      back="/app/settings/teams"
      title={team.name}
      verbs={<Verbs verbs={[{ key: "remove", label: t("remove"), permission: "identity.team.delete", enabled: true, danger: true, rare: true, run: remove }]} />}
      facts={<Facts resource={teams} namespace="teams" record={team} groups={[{ title: t("group"), fields: ["name", "unit_id", "external_id", "create_time", "update_time"] }]} />}
      timeline={<Members team={team} />}
    />
  );
}

function Members({ team }: { team: Row }) {
  const { t } = useTranslation("teams");
  const { can } = useAccess();
  const change = useGuardedChange(teams, "teams");
  const members = (team.member_ids ?? []) as string[];
  const mayChange = can("identity.team.update") && !team.external_id;
  const set = async (record: Row, member_ids: string[], text: string) => {
    try {
      const saved = await change(record, { member_ids });
      if (saved) toast.undo(text, () => change(saved, { member_ids: members }));
    } catch (refusal) {
      toast.refused(refusal);
    }
  };
  return (
    <>
      <div className="crm-panel-head"><h2>{t("members", { count: members.length })}</h2></div>
      {team.external_id ? <p className="crm-muted">{t("provisioned")}</p> : null}
      <PeopleList ids={members} editable={mayChange} add={t("add")} remove={t("take_out")} none={t("nobody")} onChange={(ids, added) => void set(team, ids, t(added ? "added" : "taken_out"))} />
    </>
  );
}
