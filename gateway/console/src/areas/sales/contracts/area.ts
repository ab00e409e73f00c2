import type { Area } from "@app/area";

export const area: Area = {
  group: "sales",
  pages: [
    { path: "/sales/contracts", nav: "contracts", shortcut: "k", permission: "sales.contract.list", load: () => import("./ContractsPage") },
    { path: "/sales/contracts/:id", permission: "sales.contract.get", load: () => import("./ContractPage") },
    { path: "/sales/receipts", nav: "receipts", permission: "sales.receipt.list", load: () => import("./ReceiptsPage") },
    { path: "/sales/receipts/:id", permission: "sales.receipt.get", load: () => import("./ReceiptPage") },
    { path: "/sales/receivables", permission: "sales.plan_line.list", load: () => import("./ReceivablesPage") },
    { path: "/sales/receivables/:id", permission: "sales.plan_line.get", load: () => import("./ReceivablePage") },
  ],
};
