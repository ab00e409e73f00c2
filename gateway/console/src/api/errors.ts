/** A refusal of the API as a typed error: what was refused, why, which fields, and the id support needs. */

export interface Violation {
  field: string;
  reason: string;
  message: string;
}

interface Problem {
  title?: string;
  detail?: string;
  reason?: string;
  request_id?: string;
  errors?: Violation[];
  facts?: Record<string, unknown>;
}

export type Failure =
  | "invalid"
  | "signed-out"
  | "forbidden"
  | "missing"
  | "conflict"
  | "stale"
  | "busy"
  | "down"
  | "offline"
  | "broken";

const KINDS: Record<number, Failure> = {
  400: "invalid",
  401: "signed-out",
  403: "forbidden",
  404: "missing",
  409: "conflict",
  412: "stale",
  413: "invalid",
  422: "invalid",
  428: "stale",
  429: "busy",
  502: "down",
  503: "down",
  504: "down",
};

export class ApiError extends Error {
  readonly kind: Failure;
  readonly reason: string;
  readonly violations: Violation[];
  readonly requestId: string;
  readonly facts: Record<string, unknown>;

  constructor(
    readonly status: number,
    problem: Problem,
  ) {
    super(problem.detail ?? problem.title ?? `HTTP ${status}`);
    this.kind = status === 0 ? "offline" : (KINDS[status] ?? "broken");
    this.reason = problem.reason ?? "";
    this.violations = problem.errors ?? [];
    this.requestId = problem.request_id ?? "";
    this.facts = problem.facts ?? {};
  }

  /** The message for one field; `lead.phone` answers for `phone`. */
  violation(field: string): string | undefined {
    return this.violations.find((each) => each.field === field || each.field.endsWith(`.${field}`))?.message;
  }
}

export async function errorOf(response: Response): Promise<ApiError> {
  let problem: Problem = {};
  try {
    problem = (await response.json()) as Problem;
  } catch {
    // A proxy in between answers with a page of its own; the status says enough.
  }
  return new ApiError(response.status, problem);
}

export const isApiError = (error: unknown): error is ApiError => error instanceof ApiError;
