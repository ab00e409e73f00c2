/** Finds a person among contacts, customers that are persons, and leads; values are `customers.contact:<id>`. */
import { useQuery } from "@tanstack/react-query";
import { Select } from "antd";
import { useEffect, useState } from "react";
import { useTranslation } from "react-i18next";
import { listPage, type Resource, type Row } from "@api/records";
import { contacts, customers, leads } from "@api/resources";
import { useAccess } from "@app/access";

const KINDS: { resource: Resource; filter?: string }[] = [{ resource: contacts }, { resource: customers, filter: "type = PERSON" }, { resource: leads }];
const SHORTEST = 2;

interface Props {
  id: string;
  autoFocus: boolean;
  value: unknown;
  onChange: (value: unknown) => void;
  multiple?: boolean;
}

interface Option {
  value: string;
  label: string;
}

/** What tells two people of one name apart. */
const described = (resource: Resource, row: Row): string => [resource.title(row), row.company || row.job_title || row.city, row.mobile || row.phone || row.email].filter(Boolean).join(" · ");

export function SubjectPicker({ value, onChange, multiple = false, ...rest }: Props) {
  const { t } = useTranslation("privacy");
  const { can } = useAccess();
  const [typed, type] = useState("");
  const [search, setSearch] = useState("");
  const [chosen, setChosen] = useState<Option[]>([]);
  useEffect(() => {
    const timer = setTimeout(() => setSearch(typed.trim()), 200);
    return () => clearTimeout(timer);
  }, [typed]);
  const found = useQuery({
    queryKey: ["subjects", search],
    queryFn: ({ signal }) =>
      Promise.all(
        KINDS.filter(({ resource }) => can(`${resource.permission}.list`)).map(async ({ resource, filter }) =>
          (await listPage(resource, { search, filter, page_size: 8 }, "", signal)).rows.map((row): Option => ({ value: `${resource.permission}:${row.id}`, label: `${described(resource, row)} · ${t(`values.resource.${resource.permission}`)}` })),
        ),
      ),
    enabled: search.length >= SHORTEST,
  });
  const listed = search.length >= SHORTEST ? (found.data ?? []).flat() : [];
  const held = chosen.filter((option) => !listed.some((each) => each.value === option.value));
  const values = (multiple ? (value ?? []) : value ? [value] : []) as string[];
  const choose = (next: string | string[] | undefined) => {
    const wanted = [next ?? []].flat();
    setChosen([...chosen, ...listed].filter((option, index, all) => wanted.includes(option.value) && all.findIndex((each) => each.value === option.value) === index));
    onChange(multiple ? wanted : (wanted[0] ?? ""));
  };
  return (
    <Select
      {...rest}
      className="crm-wide crm-whole"
      mode={multiple ? "multiple" : undefined}
      allowClear
      showSearch={{ filterOption: false, onSearch: type }}
      value={multiple ? values : values[0]}
      placeholder={t("subjects.search")}
      notFoundContent={search.length < SHORTEST ? t("subjects.type") : found.isFetching ? t("subjects.looking") : t("subjects.nobody")}
      options={[...listed, ...held]}
      onChange={choose}
    />
  );
}

/** `customers.contact:<id>` as the contract writes it. */
export function subjectOf(value: string): { resource: string; id: string } {
  const [resource = "", id = ""] = value.split(":");
  return { resource, id };
}
