/** The people at customers. */
import { Button } from "antd";
import { useMemo } from "react";
import { useTranslation } from "react-i18next";
import { Link } from "react-router";
import { contacts } from "@api/resources";
import { useAccess } from "@app/access";
import type { Column } from "@kit/list/columns";
import { RecordList } from "@kit/list/RecordList";
import type { View } from "@kit/list/state";
import { Empty } from "@kit/states";

export default function ContactsPage() {
  const { t } = useTranslation("contacts");
  const { id: own, can } = useAccess();
  const views = useMemo<View[]>(
    () => [
      { id: "mine", name: t("views.mine"), filter: `owner_id = "${own}"`, order_by: "name" },
      { id: "main", name: t("views.main"), filter: "is_main = true", order_by: "name" },
      { id: "important", name: t("views.important"), filter: "classification = (very_important OR important)", order_by: "name" },
      { id: "all", name: t("views.all"), filter: "", order_by: "create_time desc" },
    ],
    [t, own],
  );
  const columns = useMemo<Column[]>(
    () => [
      { field: "name", width: 160, primary: true },
      { field: "customer_id", width: 240 },
      { field: "job_title", width: 140, edit: true },
      { field: "department", width: 130, edit: true },
      { field: "mobile", width: 150, edit: true },
      { field: "phone", width: 150, edit: true },
      { field: "email", width: 220, edit: true },
      { field: "classification", width: 110, edit: true },
      { field: "is_main", width: 110 },
      { field: "owner_id", width: 140 },
    ],
    [],
  );
  const create = can("customers.contact.create") ? <Link to="/app/customers/contacts/new"><Button type="primary" tabIndex={-1}>{t("create.title")}</Button></Link> : null;
  return <RecordList resource={contacts} namespace="contacts" title={t("title")} views={views} columns={columns} empty={<Empty title={t("empty.title")} text={t("empty.text")} action={create} />} />;
}
