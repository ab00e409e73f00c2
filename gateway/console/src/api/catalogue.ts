/** Resources that administrators keep and their pages alone need; those that other records refer to are in `resources.ts`. */
import type { Resource } from "./records";
import { competitors as seller, define, named, pipelines as wayOfSelling, pools as pool } from "./resources";

export const pools: Resource = { ...pool, textIn: ["name"] };
export const pipelines: Resource = { ...wayOfSelling, textIn: ["name"] };
export const competitors: Resource = { ...seller, textIn: ["name", "website"] };
export const distributionRules: Resource = { ...define("leads.DistributionRule", "/v1/distribution-rules", "leads.distribution_rule", "/app/settings/distribution-rules", named), textIn: ["name"] };
export const surveyAnswers = define("service_desk.SurveyAnswer", "/v1/survey-answers", "service_desk.survey_answer", "/app/service/feedback", (answer) => String(answer.comment || answer.score || ""));
export const followUps: Resource = { ...define("customers.FollowUp", "/v1/follow-ups", "customers.follow_up", "/app/customers/follow-ups", (followUp) => String(followUp.kind || "")), plain: true, fixed: true };
export const touchpoints: Resource = { ...define("marketing.Touchpoint", "/v1/touchpoints", "marketing.touchpoint", "/app/marketing/touchpoints", (touchpoint) => String(touchpoint.kind || "")), plain: true };
