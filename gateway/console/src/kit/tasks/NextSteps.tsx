/** What is to be done about a record: `<NextSteps of={opportunities} id={deal.id} />`; of a customer, about its deals and contracts too. */
import { PlusOutlined } from "@ant-design/icons";
import { Button } from "antd";
import { useTranslation } from "react-i18next";
import { Link } from "react-router";
import { type Resource, useRecords } from "@api/records";
import { customers, tasks } from "@api/resources";
import { useAccess } from "@app/access";
import { Related } from "../record/RecordPage";
import { Failed, Loading } from "../states";
import { PersonName } from "../values";
import { FinishButton } from "./FinishButton";
import { TaskDue, UNDONE } from "./TaskState";

const MOST = 10;

export default function NextSteps({ of, id }: { of: Resource; id: string }) {
  const { t } = useTranslation("tasks");
  const { can } = useAccess();
  const about = of === customers ? `customer_id = "${id}"` : `record_type = "${of.permission}" AND record_id = "${id}"`;
  const found = useRecords(tasks, { filter: `${about} AND ${UNDONE}`, order_by: "due_time", page_size: MOST });
  const page = found.data?.pages[0];
  const add = t("next_steps.add");
  return (
    <Related title={t("next_steps.title")} action={can("sales.task.create") ? <Link to={`/app/tasks/new?record_type=${of.permission}&record_id=${id}`} aria-label={add} title={add}><Button type="text" size="small" icon={<PlusOutlined />} tabIndex={-1} /></Link> : null}>
      {found.isPending ? <Loading rows={2} /> : found.isError ? <Failed error={found.error} retry={() => void found.refetch()} /> : page?.rows.length === 0 ? <p className="crm-second">{t("next_steps.none")}</p> : (
        <ul className="crm-lines">
          {page?.rows.map((task) => (
            <li key={task.id}>
              <div><Link to={tasks.page(task.id)}>{task.subject}</Link><small><TaskDue task={task} /> <PersonName id={task.owner_id} /></small></div>
              <span><FinishButton task={task} /></span>
            </li>
          ))}
        </ul>
      )}
      {page?.next ? <Link to={`/app/tasks?view=all&f=${encodeURIComponent(about)}`}>{t("next_steps.all")}</Link> : null}
    </Related>
  );
}
