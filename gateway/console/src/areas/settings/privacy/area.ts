import type { Area } from "@app/area";

export const area: Area = {
  group: "settings",
  pages: [
    { path: "/settings/subject-requests", nav: "subject_requests", permission: "customers.subject_request.list", whole: true, load: () => import("./SubjectRequestsPage") },
    { path: "/settings/subject-requests/:id", permission: "customers.subject_request.get", whole: true, load: () => import("./SubjectRequestPage") },
    { path: "/settings/legal-holds", nav: "legal_holds", permission: "customers.legal_hold.list", whole: true, load: () => import("./LegalHoldsPage") },
    { path: "/settings/legal-holds/:id", permission: "customers.legal_hold.get", whole: true, load: () => import("./LegalHoldPage") },
  ],
};
