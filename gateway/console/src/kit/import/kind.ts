/** What an import brings in; an area declares one and hands it to `ImportWizard` and `ImportJob`. */
import type { Resource, Row } from "@api/records";
import type { FileColumn } from "./mapping";

export interface ImportKind {
  /** Where files are uploaded, for example `/v1/lead-files`. */
  files: string;
  jobs: Resource;
  /** Locale file of the job and its verdicts. */
  namespace: string;
  /** Records that come out of it; its locale file names the fields. */
  records: Resource;
  recordNamespace: string;
  /** Fields a column may go to, besides the custom ones of `records`. */
  fields: string[];
  /** Fields of the job that hold for all rows. */
  settings: string[];
  /** Verdicts in the order they are shown, with the counter of the job each is counted in. */
  verdicts: { verdict: string; counter: string; tone: "good" | "active" | "idle" | "warn" | "bad" }[];
}

export interface UploadedFile {
  id: string;
  filename: string;
  size: string;
  encoding: string;
  delimiter: string;
  row_count: number;
  columns: FileColumn[];
}

const key = (id: string): string => `import.${id}`;

/** What the server said about a file, for going back to its columns in the same window. */
export const keepFile = (file: UploadedFile): void => sessionStorage.setItem(key(file.id), JSON.stringify(file));

export function keptFile(id: string): UploadedFile | undefined {
  const text = id ? sessionStorage.getItem(key(id)) : null;
  return text ? (JSON.parse(text) as UploadedFile) : undefined;
}

export const running = (job: Row): boolean => ["QUEUED", "RUNNING"].includes(String(job.state));
