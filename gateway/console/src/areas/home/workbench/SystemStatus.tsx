/** What operators look at first: per service, events that could not be applied and commands that wait for a person. */
import { useQueries } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";
import { answer, api } from "@api/client";
import { useAccess } from "@app/access";
import { StateTag } from "@kit/values";

const SERVICES = ["leads", "customers", "sales", "service-desk", "marketing", "reporting", "identity"];
const MOST = 50;

export function SystemStatus() {
  const { t } = useTranslation("workbench");
  const { can } = useAccess();
  const found = useQueries({
    queries: SERVICES.map((service) => ({
      queryKey: ["ops", service],
      queryFn: async () => {
        const at = { params: { path: { service }, query: { page_size: MOST } } };
        const letters = await answer(api.GET("/v1/services/{service}/dead-letters", at));
        const operations = can("ops.operation.list") ? await answer(api.GET("/v1/services/{service}/operations", at)) : {};
        return { letters: letters.dead_letters?.length ?? 0, operations: operations.operations?.length ?? 0 };
      },
      refetchInterval: 60_000,
      retry: false,
    })),
  });
  const figure = (n: number) => (n >= MOST ? `${MOST}+` : String(n));
  return (
    <section className="crm-panel workbench-system" aria-label={t("system")}>
      <div className="crm-panel-head"><h2>{t("system")}</h2></div>
      <table>
        <thead><tr><th scope="col">{t("service")}</th><th scope="col">{t("state")}</th><th scope="col">{t("dead_letters")}</th><th scope="col">{t("stuck")}</th></tr></thead>
        <tbody>
          {SERVICES.map((service, at) => {
            const { data, isPending, isError } = found[at] ?? { data: undefined, isPending: true, isError: false };
            const trouble = data && data.letters + data.operations > 0;
            return (
              <tr key={service}>
                <th scope="row">{t(`services.${service}`)}</th>
                <td><StateTag tone={isError ? "bad" : isPending ? "idle" : trouble ? "warn" : "good"}>{t(isError ? "unreachable" : isPending ? "asking" : trouble ? "attention" : "fine")}</StateTag></td>
                <td className="crm-number">{data ? figure(data.letters) : ""}</td>
                <td className="crm-number">{data ? figure(data.operations) : ""}</td>
              </tr>
            );
          })}
        </tbody>
      </table>
    </section>
  );
}
