"""Codes as people read them; the contract's own enumerations, each whole."""

from collections.abc import Mapping

from crm_reporting.domain.reports.report import Words

LEAD_STATES: Mapping[str, Words] = {
    "RECEIVED": Words("Received", "待处理"),
    "REJECTED": Words("Rejected", "校验未通过"),
    "POOLED": Words("In pool", "公海"),
    "ASSIGNED": Words("Assigned", "待跟进"),
    "WORKING": Words("Working", "跟进中"),
    "QUALIFIED": Words("Qualified", "已确认"),
    "CONVERTING": Words("Converting", "转换中"),
    "CONVERTED": Words("Converted", "已转客户"),
    "DISQUALIFIED": Words("Disqualified", "已关闭"),
    "OVERWRITTEN": Words("Taken over", "已被覆盖"),
    "MERGED": Words("Merged", "已合并"),
    "DUPLICATE_CLOSED": Words("Duplicate", "重复关闭"),
    "HELD": Words("Held: conflict", "撞单待裁"),
    "OFFERED": Words("Offered", "待接收"),
    "UNPLACED": Words("To be placed by hand", "待人工分发"),
}
LEAD_CHANNELS: Mapping[str, Words] = {
    "manual": Words("By hand", "手工录入"),
    "import": Words("Import", "批量导入"),
    "web_form": Words("Web form", "网页表单"),
    "partner_api": Words("Partner API", "合作方接口"),
}
DEAL_STATES: Mapping[str, Words] = {
    "OPEN": Words("Open", "进行中"),
    "WON": Words("Won", "赢单"),
    "LOST": Words("Lost", "输单"),
}
FORECAST_CATEGORIES: Mapping[str, Words] = {
    "OMITTED": Words("Omitted", "不计入"),
    "PIPELINE": Words("Pipeline", "储备"),
    "BEST_CASE": Words("Best case", "乐观"),
    "COMMIT": Words("Commit", "承诺"),
    "CLOSED": Words("Closed", "已成交"),
}
CONTRACT_STATES: Mapping[str, Words] = {
    "DRAFT": Words("Draft", "草稿"),
    "IN_APPROVAL": Words("To approve", "待审批"),
    "APPROVED": Words("Approved", "已批准"),
    "PENDING_SIGN": Words("To be signed", "待签署"),
    "SIGNED": Words("Signed", "已签订"),
    "EXECUTING": Words("Delivering", "履行中"),
    "FULFILLED": Words("Fulfilled", "已履行"),
    "ARCHIVED": Words("Archived", "已归档"),
    "VOIDED": Words("Void", "已作废"),
    "TERMINATED": Words("Terminated", "已终止"),
    "EXPIRED": Words("Expired", "已过期"),
}
PLAN_LINE_STATES: Mapping[str, Words] = {
    "INACTIVE": Words("Not yet active", "未生效"),
    "PENDING": Words("To be paid", "待付"),
    "PART_PAID": Words("Part paid", "部分已付"),
    "PAID": Words("Paid", "已付清"),
    "OVERDUE": Words("Overdue", "逾期"),
    "CANCELLED": Words("Cancelled", "已取消"),
    "WRITTEN_OFF": Words("Written off", "已核销"),
}
RECEIPT_STATES: Mapping[str, Words] = {
    "RECORDED": Words("To confirm", "待确认"),
    "CONFIRMED": Words("Confirmed", "已确认"),
    "REJECTED": Words("Rejected", "已退回"),
    "REVERSED": Words("Reversed", "已冲销"),
}
TICKET_STATES: Mapping[str, Words] = {
    "NEW": Words("New", "新建"),
    "OPEN": Words("Open", "处理中"),
    "PENDING_CUSTOMER": Words("Waiting for customer", "等待客户"),
    "PENDING_THIRD_PARTY": Words("Waiting for third party", "等待第三方"),
    "ON_HOLD": Words("On hold", "挂起"),
    "RESOLVED": Words("Solved", "已解决"),
    "CLOSED": Words("Closed", "已关闭"),
    "CANCELLED": Words("Cancelled", "已取消"),
}
TICKET_KINDS: Mapping[str, Words] = {
    "ENQUIRY": Words("Enquiry", "咨询"),
    "COMPLAINT": Words("Complaint", "投诉"),
    "REPAIR": Words("Repair", "维修"),
}
TICKET_PRIORITIES: Mapping[str, Words] = {
    "LOW": Words("Low", "低"),
    "NORMAL": Words("Normal", "普通"),
    "HIGH": Words("High", "高"),
    "URGENT": Words("Urgent", "紧急"),
}
TICKET_CHANNELS: Mapping[str, Words] = {
    "email": Words("E-mail", "邮件"),
    "phone": Words("Phone", "电话"),
    "web": Words("Web", "网站"),
    "chat": Words("Chat", "即时消息"),
    "visit": Words("Visit", "上门"),
    "social": Words("Social media", "社交媒体"),
    "sms": Words("SMS", "短信"),
}
CAMPAIGN_STATES: Mapping[str, Words] = {
    "DRAFT": Words("Draft", "草稿"),
    "PLANNED": Words("Planned", "已计划"),
    "RUNNING": Words("Running", "进行中"),
    "PAUSED": Words("Paused", "已暂停"),
    "FINISHED": Words("Finished", "已结束"),
    "SETTLED": Words("Settled", "已结算"),
    "CANCELLED": Words("Cancelled", "已取消"),
}
CUSTOMER_TYPES: Mapping[str, Words] = {
    "ORGANIZATION": Words("Organisation", "组织"),
    "PERSON": Words("Person", "个人"),
}
CUSTOMER_PHASES: Mapping[str, Words] = {
    "PRESALE": Words("Pre-sales", "售前跟踪"),
    "EXECUTING": Words("Under contract", "合同执行"),
    "AFTER_SALE": Words("After sales", "售后服务"),
    "EXPIRED": Words("Contract ended", "合同期满"),
}
