/**
 * People of a record, added by name and taken out one by one:
 * `<PeopleList ids={team.member_ids} editable={mayChange} add={t("add")} remove={t("take_out")} none={t("nobody")} onChange={(ids, added) => …} />`.
 */
import { CloseOutlined } from "@ant-design/icons";
import { Button } from "antd";
import { Link } from "react-router";
import { users } from "@api/resources";
import { ReferencePicker } from "./ReferencePicker";
import { PersonName } from "./values";
import "./people.css";

interface Props {
  ids: string[];
  editable: boolean;
  add: string;
  remove: string;
  none: string;
  onChange: (ids: string[], added: boolean) => void;
}

export function PeopleList({ ids, editable, add, remove, none, onChange }: Props) {
  return (
    <>
      {editable ? <ReferencePicker aria-label={add} resource={users} filter="disabled = false" value="" onChange={(user) => { if (user && !ids.includes(user)) onChange([...ids, user], true); }} /> : null}
      {ids.length === 0 ? <p className="crm-muted">{none}</p> : null}
      <ul className="crm-people">
        {ids.map((id) => (
          <li key={id}>
            <Link to={users.page(id)} className="crm-quiet"><PersonName id={id} /></Link>
            {editable ? <Button type="text" size="small" icon={<CloseOutlined />} aria-label={remove} title={remove} onClick={() => onChange(ids.filter((each) => each !== id), false)} /> : null}
          </li>
        ))}
      </ul>
    </>
  );
}
