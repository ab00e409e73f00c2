/** The menu at the left: six groups and Home, only what exists and is permitted. */
import { AppstoreOutlined, BarChartOutlined, CustomerServiceOutlined, DoubleLeftOutlined, DoubleRightOutlined, FundOutlined, NotificationOutlined, SettingOutlined, TeamOutlined } from "@ant-design/icons";
import { Tooltip } from "antd";
import type { ReactNode } from "react";
import { useTranslation } from "react-i18next";
import { Link, NavLink } from "react-router";
import type { Group } from "./area";
import mark from "./mark.svg";
import { useNavigation } from "./navigation";

const ICONS: Record<Group, ReactNode> = {
  home: <AppstoreOutlined />,
  customers: <TeamOutlined />,
  sales: <FundOutlined />,
  marketing: <NotificationOutlined />,
  service: <CustomerServiceOutlined />,
  analytics: <BarChartOutlined />,
  settings: <SettingOutlined />,
};

export function Nav({ collapsed, hidden, onCollapse }: { collapsed: boolean; hidden: boolean; onCollapse: () => void }) {
  const { t } = useTranslation();
  const groups = useNavigation();
  return (
    <nav className="crm-nav" id="menu" aria-label={t("landmarks.nav")} hidden={hidden}>
      <Link to="/" className="crm-brand">
        <img src={mark} alt="" width={24} height={24} />
        <span>{t("product")}</span>
      </Link>
      <div className="crm-nav-groups">
        {groups.map(({ group, title, items }) =>
          collapsed ? (
            <Tooltip key={group} placement="right" title={title}>
              <NavLink to={items[0]?.to ?? "/"} className="crm-nav-icon" aria-label={title}>{ICONS[group]}</NavLink>
            </Tooltip>
          ) : (
            <section key={group} aria-label={title} data-single={group === "home" || undefined}>
              {group === "home" ? null : <p className="crm-nav-group"><span className="crm-nav-mark" aria-hidden="true">{ICONS[group]}</span>{title}</p>}
              <ul>
                {items.map((item) => (
                  <li key={item.to}>
                    <NavLink to={item.to} end={group === "home"}>{item.label}</NavLink>
                  </li>
                ))}
              </ul>
            </section>
          ),
        )}
      </div>
      <button type="button" className="crm-nav-collapse" onClick={onCollapse} aria-label={t(collapsed ? "menu.expand" : "menu.collapse")} title={t(collapsed ? "menu.expand" : "menu.collapse")}>
        {collapsed ? <DoubleRightOutlined /> : <DoubleLeftOutlined />}
      </button>
    </nav>
  );
}
