"""Chinese for every sentence ``crm`` says; the English sentence is the key. A test finds the missing ones."""

from typing import Final

CHINESE: Final[dict[str, str]] = {
    # names of things
    "resource": "资源",
    "method": "方法",
    "verb": "动作",
    "operation": "操作",
    "field": "字段",
    "value": "取值",
    "column": "列",
    "dead letter": "死信",
    "part": "组成部分",
    "There is no {kind} {name}. Did you mean {offered}?": "没有名为 {name} 的{kind}。您是否想用：{offered}？",
    "There is no {kind} {name}. There are: {offered}.": "没有名为 {name} 的{kind}。可用的有：{offered}。",
    "There is no {kind} {name} in {within}. Did you mean {offered}?": (
        "{within} 中没有名为 {name} 的{kind}。您是否想用：{offered}？"
    ),
    "There is no {kind} {name} in {within}. There are: {offered}.": (
        "{within} 中没有名为 {name} 的{kind}。可用的有：{offered}。"
    ),
    # values
    "{word} is not field=value.": "{word} 不是“字段=值”的形式。",
    "{name} is set by the server and cannot be given.": "{name} 由服务器设置，不能指定。",
    "{name}: {field} has no parts.": "{name}：{field} 没有下级字段。",
    "{name} expects a whole number, not {given}.": "{name} 应为整数，而不是 {given}。",
    "{name} expects a number, not {given}.": "{name} 应为数字，而不是 {given}。",
    "{name} expects true or false, not {given}.": "{name} 应为 true 或 false，而不是 {given}。",
    "{name} expects a date or time such as 2026-11-23 or 2026-11-23T14:30, not {given}.": (
        "{name} 应为日期或时间，例如 2026-11-23 或 2026-11-23T14:30，而不是 {given}。"
    ),
    "{name} expects JSON: {fault}.": "{name} 应为 JSON：{fault}。",
    "{file} cannot be read: {fault}.": "无法读取 {file}：{fault}。",
    "{file} is not JSON: {fault}.": "{file} 不是合法的 JSON：{fault}。",
    "{file} must hold one JSON object.": "{file} 必须包含一个 JSON 对象。",
    # server
    "{url} does not answer: {fault}.": "{url} 没有响应：{fault}。",
    "{url} answered {status} without a reason. Is it the address of Tributary's gateway?": (
        "{url} 返回 {status}，未说明原因。这是 Tributary 网关的地址吗？"
    ),
    "{url} answered something that is not Tributary's. Is it the address of its gateway?": (
        "{url} 的响应不是来自 Tributary。这是其网关的地址吗？"
    ),
    "{operation} answers no list.": "{operation} 不返回列表。",
    "{operation} needs {field}.": "{operation} 需要 {field}。",
    "Some fields need attention:": "以下字段需要修改：",
    "Sign in with: crm login": "请先登录：crm login",
    "Request {id}": "请求编号 {id}",
    # crm
    "Tributary from your terminal.": "在终端中使用 Tributary。",
    "Address of the server; CRM_URL or the one used last when absent.": "服务器地址；缺省为 CRM_URL 或上次使用的地址。",
    "Language of messages; the locale's when absent.": "提示语言；缺省取系统语言。",
    "Form of the answer.": "输出格式。",
    # account
    "Signs in and keeps the token for further commands.": "登录并保存令牌，供后续命令使用。",
    "Address of the server.": "服务器地址。",
    "Name to sign in with; asked for when absent.": "登录名；缺省时询问。",
    "The password, or - to read it from standard input; asked for when absent.": (
        "密码；- 表示从标准输入读取；缺省时询问。"
    ),
    "Signs out here and on the server.": "在本机和服务器上退出登录。",
    "Shows who you are and what you may do.": "显示当前用户及其权限。",
    "Login": "登录名",
    "An API key instead of login and password, or - to read it from standard input.": (
        "以 API 密钥代替用户名和密码；- 表示从标准输入读取。"
    ),
    "Password": "密码",
    "Signed in to {url} as {login}.": "已以 {login} 登录 {url}。",
    "Signed out of {url}.": "已退出 {url}。",
    "The sign-in lasts until {time}.": "登录有效期至 {time}。",
    "{url} is no address; it begins with https:// or http://.": "{url} 不是有效地址，应以 https:// 或 http:// 开头。",
    "Warning: {url} is not encrypted; others can read your password on the way.": (
        "警告：{url} 未加密，密码在传输途中可能被他人读取。"
    ),
    # records
    "Shows one record, or a part of it: crm get campaigns ID results. FIELD=VALUE names what it lies in.": (
        "显示一条记录或其组成部分，例如：crm get campaigns ID results；其所属对象用“字段=值”给出。"
    ),
    "Lists records; FIELD=VALUE gives what a nested list needs, for example lead_id=….": (
        "列出记录；嵌套列表所需的参数用“字段=值”给出，例如 lead_id=…。"
    ),
    'For example: state = POOLED AND score >= 60 AND tags:"vip".': (
        '例如：state = POOLED AND score >= 60 AND tags:"vip"。'
    ),
    "For example: score desc, create_time.": "例如：score desc, create_time。",
    "Text to find; two characters or more.": "要查找的文字，至少两个字符。",
    "Fields to show, separated by commas.": "要显示的字段，以逗号分隔。",
    "All records instead of the first ones.": "显示全部记录，而不只是前面的。",
    "Most records.": "最多显示的记录数。",
    "Makes a record from FIELD=VALUE pairs or JSON.": "用“字段=值”或 JSON 创建记录。",
    "A JSON object; - for standard input.": "JSON 对象文件；- 表示标准输入。",
    "Changes the given fields of a record.": "修改记录的指定字段。",
    "Removes a record; it can be restored within the retention period.": "删除记录；在保留期内可以恢复。",
    "Do not ask.": "不再询问。",
    "Version the change is meant for; the present one when absent.": "要修改的版本；缺省为当前版本。",
    "Does what a record can do: crm do leads ID claim. ID - stands for several, given as a field.": (
        "执行记录支持的动作：crm do leads ID claim。ID 为 - 表示多条记录，由字段给出。"
    ),
    "Remove {id} from {resource}?": "确定从 {resource} 中删除 {id}？",
    "Removed {id}.": "已删除 {id}。",
    "There are more than {limit}; use --limit or --all.": "超过 {limit} 条；请使用 --limit 或 --all。",
    "Nothing to change: give FIELD=VALUE pairs or --json.": "没有要修改的内容：请给出“字段=值”或 --json。",
    "The list of {resource} has no {option}.": "{resource} 的列表不支持 {option}。",
    # leads
    "Leads: imports and lists.": "线索：导入与列表。",
    "Lists leads; options as in crm list.": "列出线索；选项与 crm list 相同。",
    "Imports leads from a CSV file and shows what became of every row.": (
        "从 CSV 文件导入线索，并显示每一行的处理结果。"
    ),
    "Where a column goes; empty to skip it.": "列对应的字段；留空则跳过该列。",
    "Check every row, write nothing.": "只检查每一行，不写入。",
    "Source of rows without one of their own.": "未注明来源的行所用的来源。",
    "Campaign id of rows without one of their own.": "未注明活动的行所用的活动编号。",
    "Country of phones without a country code; CN when absent.": "无国家代码的电话所属国家；缺省为 CN。",
    "File for the refused rows.": "保存被拒绝行的文件。",
    "Wait for the end and show the result.": "等待完成并显示结果。",
    "{name}: {rows} rows, {encoding}.": "{name}：{rows} 行，编码 {encoding}。",
    "Column": "列",
    "Field": "字段",
    "Samples": "示例",
    "Import {id} started.": "导入 {id} 已开始。",
    "Rows": "行",
    "New leads": "新建线索",
    "Merged into an older lead": "合并到已有线索",
    "Took over from a stale lead": "覆盖过期线索",
    "Reopened or held": "重新打开或待处理",
    "Attached to a customer": "归入已有客户",
    "Repeats that said nothing new": "无新信息的重复",
    "Refused": "被拒绝",
    "Line {line}: {field}: {message}": "第 {line} 行：{field}：{message}",
    "Line {line}: {message}": "第 {line} 行：{message}",
    "Nothing was written: this was a dry run.": "这是试运行，未写入任何数据。",
    "The import failed: {error}": "导入失败：{error}",
    "The import was cancelled; rows already written stay.": "导入已取消；已写入的行予以保留。",
    "The import goes on. See it with: crm get lead-imports {id}": "导入仍在继续。查看进度：crm get lead-imports {id}",
    "Stop it with: crm do lead-imports {id} cancel": "停止导入：crm do lead-imports {id} cancel",
    "The refused rows are in {file}; mend it and import it again.": "被拒绝的行已保存到 {file}；修改后请重新导入。",
    "Get all refused rows as a file with --errors FILE, mend it and import it again.": (
        "使用 --errors 文件名 可将全部被拒绝的行保存为文件，修改后请重新导入。"
    ),
    "{word} is not HEADING=FIELD.": "{word} 不是“列名=字段”的形式。",
    # events and dead letters
    "Events a service announced.": "服务发布的事件。",
    "Prints events as a service announces them, until Ctrl-C.": "实时显示服务发布的事件，按 Ctrl-C 结束。",
    "Only this type, for example crm.leads.v1.LeadClaimed.": "只显示该类型，例如 crm.leads.v1.LeadClaimed。",
    "Only events of this record.": "只显示该记录的事件。",
    "Print the history first.": "先显示历史事件。",
    "Print the history and stop.": "显示历史事件后结束。",
    "Print what each event says.": "显示事件内容。",
    "Operations over several services that are stuck.": "卡住的跨服务操作。",
    "Lists stuck operations of a service, oldest first.": "列出某服务卡住的操作，最早的在前。",
    "Also those that are at work or wait.": "也列出正在执行或等待中的操作。",
    "No operation of {service} is stuck.": "{service} 没有卡住的操作。",
    "Lets an operation go on where it stands, after the cause is gone.": "在原因排除后，让操作从当前步骤继续执行。",
    "Undoes what an operation has made so far.": "撤销操作到目前为止所做的一切。",
    "Why; kept for audit.": "原因；留作审计。",
    "Events a service could not apply.": "服务未能处理的事件。",
    "Lists dead and parked events of a service, oldest first.": "列出服务的死信和等待中的事件，最早的在前。",
    "Applies a dead event again, then those parked behind it.": "重新处理死信，随后处理其后等待的事件。",
    "Gives a dead event up for good and applies those parked behind it.": "永久放弃死信，并处理其后等待的事件。",
    "Consumer that failed; needed when several did.": "处理失败的消费者；有多个时必须指定。",
    "Why it may be lost; kept for audit.": "可以放弃的原因；保留备查。",
    "{service} has no dead letters.": "{service} 没有死信。",
    "Several consumers hold {id}: {consumers}. Say which with --consumer.": (
        "有多个消费者持有 {id}：{consumers}。请用 --consumer 指定。"
    ),
    # api and trace
    "Lists operations; NAME shows one of them, any other word searches.": (
        "列出操作；给出操作名则显示详情，其他词用于搜索。"
    ),
    "No operation mentions {word}.": "没有操作提到 {word}。",
    "Operation": "操作",
    "Route": "路径",
    "What it does": "说明",
    "Permission: {permission}": "权限：{permission}",
    ", required": "，必填",
    "Shows the spans of a trace; its id is in every log line and error.": (
        "显示一次调用的完整链路；编号见日志和错误信息。"
    ),
    "File of spans as processes write it to CRM_TRACE_FILE, or a directory of such files.": (
        "进程写入 CRM_TRACE_FILE 的链路文件，或存放此类文件的目录。"
    ),
    "No span of trace {id} is in {files}.": "{files} 中没有链路 {id} 的记录。",
    # audit
    "Who did what, and the proof of it.": "谁做了什么，以及相应的证明。",
    "Lists what happened in a service, newest first.": "列出服务中发生的事项，最新的在前。",
    'Condition, for example: action = "denied".': '条件，例如：action = "denied"。',
    "Most entries to show.": "最多显示的条数。",
    "Service to ask, for example leads; all when absent.": "要查询的服务，例如 leads；默认为全部。",
    "Prints the signed heads of the chains, one a line, to be kept where nobody can change them.": (
        "输出各审计链已签名的链头，每行一个，请保存在无人可改动之处。"
    ),
    "Recomputes the chain of hashes and compares it with every signed head; 1 when it is broken.": (
        "重新计算哈希链，并与每个已签名的链头比对；链被破坏时退出码为 1。"
    ),
    "Folder with the public keys.": "公钥所在文件夹。",
    "Heads kept elsewhere, by crm audit heads.": "由 crm audit heads 保存在别处的链头。",
    "Signatures are not checked: name the folder of the public keys with --keys.": (
        "未检查签名：请用 --keys 指定公钥文件夹。"
    ),
    "{service} is not installed.": "未安装 {service}。",
    "{service}: {entries} entries verified.": "{service}：已验证 {entries} 条记录。",
    "{service}: BROKEN at position {seq}. {why}": "{service}：链在位置 {seq} 处被破坏。{why}",
    "The entry is missing.": "该条目缺失。",
    "The entry, or one before it, was changed.": "该条目或其之前的条目被修改。",
    "The chain was computed anew: {keeper} keeps another head.": "链被重新计算：{keeper} 保存的链头不同。",
    "All from here is missing: {keeper} keeps a head of {last}.": "此后全部缺失：{keeper} 保存了位置 {last} 的链头。",
    "The details are gone and no entry tells of an erasure.": "详情缺失，且没有擦除记录。",
    "The head kept by {keeper} is not signed by a key of {service}.": "{keeper} 保存的链头不是由 {service} 的密钥签名。",
    # doctor
    "Checks address, server, clock, sign-in and every service, and says what to do.": (
        "检查地址、服务器、时钟、登录和各项服务，并给出处理建议。"
    ),
    "{url} answers.": "{url} 有响应。",
    "{url} does not answer.": "{url} 没有响应。",
    "Start the platform, or name its address with --url or CRM_URL.": "请启动平台，或用 --url 或 CRM_URL 指定地址。",
    "The gateway is ready.": "网关已就绪。",
    "The gateway is not ready.": "网关未就绪。",
    "It is starting, stopping or cannot reach identity; look at its log.": (
        "网关正在启动、停止，或无法连接身份服务；请查看其日志。"
    ),
    "The clocks agree.": "时钟一致。",
    "The clocks differ by {seconds} s.": "时钟相差 {seconds} 秒。",
    "Synchronise this machine or the server with a time server; tokens last only for a while.": (
        "请将本机或服务器与时间服务器同步；令牌仅在有限时间内有效。"
    ),
    "Signed in as {login}.": "已以 {login} 登录。",
    "Not signed in.": "未登录。",
    "{detail}": "{detail}",
    "{service} answers in {milliseconds} ms.": "{service} 有响应，用时 {milliseconds} 毫秒。",
    "{service} answers, but refuses the list: {detail}": "{service} 有响应，但拒绝列出记录：{detail}",
    "{service} does not answer: {detail}": "{service} 没有响应：{detail}",
    "The gateway does not know {service}.": "网关不认识 {service}。",
    "This client and the gateway are of different versions; bring them together.": "客户端与网关版本不一致，请统一版本。",
    "See whether the process runs and its log says why; other services work on.": (
        "请检查该进程是否在运行，并查看其日志；其他服务不受影响。"
    ),
}
