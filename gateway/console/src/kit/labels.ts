/**
 * Names of fields and values: `fields.<name>` and `values.<field>.<value>` of the resource's locale file, the labels of
 * a custom field, or the name itself in readable form.
 */
import { useCallback } from "react";
import { useTranslation } from "react-i18next";
import type { Field } from "@api/metadata";
import { usePrefs } from "@app/prefs";
import { humanised } from "./format";

export interface Labels {
  label: (field: Field | string) => string;
  option: (field: Field | string, value: string) => string;
}

export function useLabels(namespace: string): Labels {
  const { t } = useTranslation(namespace);
  const { language } = usePrefs();
  const label = useCallback(
    (field: Field | string) => {
      const custom = typeof field === "string" ? undefined : field.labels;
      if (custom) return language === "en" ? custom.en : custom.zh;
      const name = typeof field === "string" ? field : field.name;
      return t(`fields.${name}`, { defaultValue: humanised(name) });
    },
    [t, language],
  );
  const option = useCallback(
    (field: Field | string, value: string) =>
      t(`values.${typeof field === "string" ? field : field.name}.${value}`, { defaultValue: humanised(value) }),
    [t],
  );
  return { label, option };
}
