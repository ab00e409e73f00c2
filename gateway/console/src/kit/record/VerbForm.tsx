/** The body of `VerbDialog`, loaded when a verb first asks something. */
import { Modal } from "antd";
import type { ReactNode } from "react";
import type { Resource } from "@api/records";
import { FormFromMeta, type OwnInput } from "../FormFromMeta";

export interface VerbDialogProps {
  title: string;
  /** Operation of the contract, or a message such as `leads.Touch`. */
  operation: string;
  namespace: string;
  fields: string[];
  more?: string[];
  required?: string[];
  /** Gives the custom fields of the resource. */
  resource?: Resource;
  initial?: Record<string, unknown>;
  within?: Record<string, string>;
  inputs?: Record<string, (props: OwnInput) => ReactNode>;
  draft?: string;
  submitLabel?: string;
  intro?: ReactNode;
  onValues?: (values: Record<string, unknown>) => void;
  onSubmit: (values: Record<string, unknown>) => Promise<unknown>;
  onClose: () => void;
}

export default function VerbForm({ title, operation, namespace, submitLabel, intro, onSubmit, onClose, ...form }: VerbDialogProps) {
  return (
    <Modal open title={title} footer={null} onCancel={onClose} destroyOnHidden width={600}>
      {intro}
      <FormFromMeta
        {...form}
        schema={operation}
        namespace={namespace}
        submitLabel={submitLabel ?? title}
        onCancel={onClose}
        onSubmit={async (values) => {
          await onSubmit(values);
          onClose();
        }}
      />
    </Modal>
  );
}
