/** The rules that place new leads, tried from the first to the last; the first whose condition holds wins. */
import { Button } from "antd";
import { useTranslation } from "react-i18next";
import { Link } from "react-router";
import { distributionRules } from "@api/catalogue";
import { useRecords } from "@api/records";
import { leads } from "@api/resources";
import { ConditionText } from "@kit/catalogue/ConditionText";
import { NewRecord } from "@kit/catalogue/NewRecord";
import { OrderedTable } from "@kit/catalogue/OrderedTable";
import { PageHeader } from "@kit/PageHeader";
import { Empty, Failed, Loading } from "@kit/states";
import { UnitName } from "@kit/units";
import { RULE } from "./form";
import { RuleState } from "./RuleState";
import "@kit/form.css";
import "@kit/record/record.css";

/** Behind all there are, so that the others keep winning what they win. */
const STEP = 10;

export default function RulesPage() {
  const { t } = useTranslation(["distribution_rules", "catalogue"]);
  const found = useRecords(distributionRules, { order_by: "position", page_size: 200 });
  const rules = found.data?.pages.flatMap((page) => page.rows) ?? [];
  const behind = Math.max(0, ...rules.map((rule) => Number(rule.position))) + STEP;
  const action = <NewRecord resource={distributionRules} namespace="distribution_rules" form={RULE} prepare={(values) => ({ ...values, position: behind })} />;
  const body = () => {
    if (found.isPending) return <Loading rows={6} />;
    if (found.isError) return <Failed error={found.error} retry={() => void found.refetch()} />;
    if (rules.length === 0) return <Empty title={t("empty.title")} text={t("empty.text")} action={action} />;
    return (
      <div className="crm-panel">
        <OrderedTable resource={distributionRules} namespace="distribution_rules" caption={t("title")} rows={rules} columns={[
          { key: "name", title: t("fields.name"), render: (rule) => <Link to={distributionRules.page(rule.id)}>{rule.name}</Link> },
          { key: "filter", title: t("fields.filter"), render: (rule) => <ConditionText resource={leads} namespace="leads" filter={rule.filter} none={t("every")} /> },
          { key: "method", title: t("fields.method"), render: (rule) => t(`values.method.${rule.method}`) },
          { key: "target", title: t("fields.target_unit_path"), render: (rule) => <UnitName path={rule.target_unit_path} /> },
          { key: "state", title: t("fields.disabled"), render: (rule) => <RuleState rule={rule} /> },
        ]} />
        {found.hasNextPage ? <Button block loading={found.isFetchingNextPage} onClick={() => void found.fetchNextPage()}>{t("catalogue:more")}</Button> : null}
      </div>
    );
  };
  return (
    <>
      <PageHeader title={t("title")} actions={action} />
      <p className="crm-muted">{t("text")}</p>
      {body()}
    </>
  );
}
