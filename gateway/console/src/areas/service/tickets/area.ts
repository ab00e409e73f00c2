import type { Area } from "@app/area";

export const area: Area = {
  group: "service",
  pages: [
    { path: "/service/inbox", nav: "inbox", shortcut: "i", permission: "service_desk.ticket.list", load: () => import("./InboxPage") },
    { path: "/service/tickets", nav: "tickets", shortcut: "t", permission: "service_desk.ticket.list", load: () => import("./TicketsPage") },
    { path: "/service/tickets/new", permission: "service_desk.ticket.create", load: () => import("./NewTicketPage") },
    { path: "/service/tickets/:id", permission: "service_desk.ticket.get", load: () => import("./TicketPage") },
    { path: "/service/articles/:id", permission: "service_desk.article.get", load: () => import("./ArticlePage") },
  ],
  creations: [{ key: "ticket", permission: "service_desk.ticket.create", to: "/app/service/tickets/new" }],
};
