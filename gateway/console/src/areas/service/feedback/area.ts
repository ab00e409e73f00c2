import type { Area } from "@app/area";

export const area: Area = {
  group: "service",
  pages: [
    { path: "/service/feedback", nav: "feedback", permission: "service_desk.survey_answer.list", load: () => import("./FeedbackPage") },
    { path: "/service/feedback/:id", permission: "service_desk.survey_answer.get", load: () => import("./AnswerPage") },
  ],
};
