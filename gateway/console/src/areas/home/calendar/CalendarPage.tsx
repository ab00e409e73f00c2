/** The tasks of a month or a week on the days they are due; on a phone a list of those days. */
import { LeftOutlined, RightOutlined } from "@ant-design/icons";
import { useQuery } from "@tanstack/react-query";
import { Button, Segmented } from "antd";
import { useMemo } from "react";
import { useTranslation } from "react-i18next";
import { Link, useSearchParams } from "react-router";
import { listPage, type Row } from "@api/records";
import { tasks } from "@api/resources";
import { useAccess } from "@app/access";
import { usePrefs } from "@app/prefs";
import { PageHeader } from "@kit/PageHeader";
import { Empty, Failed, Loading } from "@kit/states";
import { dayOf, moved, noon, shownDays } from "@kit/tasks/days";
import { useNarrow } from "@kit/useNarrow";
import { DayList } from "./DayList";
import { DayTable } from "./DayTable";
import "./calendar.css";

const MOST = 200;

export default function CalendarPage() {
  const { t } = useTranslation("tasks");
  const { id: own, can, scope } = useAccess();
  const { language, time_zone } = usePrefs();
  const [params, setParams] = useSearchParams();
  const narrow = useNarrow();
  const today = dayOf(new Date(), time_zone);
  const day = /^\d{4}-\d{2}-\d{2}$/.test(params.get("day") ?? "") ? (params.get("day") ?? today) : today;
  const mode = params.get("mode") === "week" ? "week" : "month";
  const team = params.get("whose") === "team";
  const set = (changes: Record<string, string>) => setParams((before) => new URLSearchParams({ ...Object.fromEntries(before), ...changes }), { replace: true });
  const days = useMemo(() => shownDays(day, mode), [day, mode]);
  const filter = [
    "state = (OPEN OR DOING OR DONE)",
    ...(team ? [] : [`owner_id = "${own}"`]),
    // A day more on both sides: days begin and end by the reader's clock.
    `due_time >= ${moved(days[0] ?? day, { days: -1 })} AND due_time < ${moved(days.at(-1) ?? day, { days: 2 })}`,
  ].join(" AND ");
  const found = useQuery({ queryKey: [tasks.schema, "calendar", filter], queryFn: ({ signal }) => listPage(tasks, { filter, order_by: "due_time", page_size: MOST }, "", signal), placeholderData: (before) => before });
  const byDay = useMemo(() => {
    const gathered = new Map<string, Row[]>(days.map((each) => [each, []]));
    found.data?.rows.forEach((task) => gathered.get(dayOf(new Date(task.due_time), time_zone))?.push(task));
    return gathered;
  }, [days, found.data, time_zone]);
  const turn = (by: 1 | -1) => set({ day: moved(day, mode === "week" ? { days: 7 * by } : { months: by }) });
  const title = noon(mode === "week" ? (days[0] ?? day) : day).toLocaleDateString(language, mode === "week" ? { year: "numeric", month: "long", day: "numeric" } : { year: "numeric", month: "long" });
  const body = () => {
    if (found.isPending) return <Loading rows={8} />;
    if (found.isError) return <Failed error={found.error} retry={() => void found.refetch()} />;
    if (!narrow) return <DayTable days={days} tasks={byDay} day={day} today={today} mode={mode} named={team} onDay={(chosen) => set({ day: chosen })} />;
    return found.data.rows.length > 0 ? <DayList days={days.filter((each) => byDay.get(each)?.length)} tasks={byDay} named={team} /> : <Empty title={t("calendar.none")} text={t("calendar.none_text")} />;
  };
  return (
    <>
      <PageHeader title={t("calendar.title")} actions={<>
        <Link to="/app/tasks"><Button tabIndex={-1}>{t("title")}</Button></Link>
        {can("sales.task.create") ? <Link to={`/app/tasks/new?day=${day}`}><Button type="primary" tabIndex={-1}>{t("create.title")}</Button></Link> : null}
      </>} />
      <div className="calendar-bar">
        <Button icon={<LeftOutlined />} aria-label={t(`calendar.before_${mode}`)} onClick={() => turn(-1)} />
        <Button onClick={() => set({ day: today })}>{t("calendar.today")}</Button>
        <Button icon={<RightOutlined />} aria-label={t(`calendar.after_${mode}`)} onClick={() => turn(1)} />
        <h2 aria-live="polite">{title}</h2>
        <span className="calendar-tools">
          {scope("sales.task.list") === "own" ? null : <Segmented aria-label={t("calendar.whose")} value={team ? "team" : "mine"} options={[{ value: "mine", label: t("calendar.mine") }, { value: "team", label: t("calendar.team") }]} onChange={(whose) => set({ whose })} />}
          <Segmented aria-label={t("calendar.mode")} value={mode} options={[{ value: "month", label: t("calendar.month") }, { value: "week", label: t("calendar.week") }]} onChange={(next) => set({ mode: next })} />
        </span>
      </div>
      {body()}
      {found.data?.next ? <p role="status">{t("calendar.more", { count: MOST })}</p> : null}
    </>
  );
}
