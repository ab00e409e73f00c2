"""The error tree.

An error is named by the fact (``LeadAlreadyClaimed``). Its reason on the wire is the class name in UPPER_SNAKE, its
metadata are its attributes, its message says what the user can do next, in English and in Chinese. Domain errors
subclass one of these beside their rule.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, ClassVar

import grpc

LANGUAGES = ("en", "zh-CN")


@dataclass(frozen=True, slots=True)
class Violation:
    """One refused field: its path, a reason code, and what to do in both languages."""

    field: str
    reason: str
    en: str
    zh: str

    def text(self, language: str) -> str:
        return self.zh if language == "zh-CN" else self.en


class Error(Exception):
    """A refusal the caller can understand; everything else that escapes a handler is a bug and answers INTERNAL."""

    status: ClassVar[grpc.StatusCode] = grpc.StatusCode.UNKNOWN
    en: ClassVar[str] = "The request was refused."
    zh: ClassVar[str] = "请求被拒绝。"

    def __init__(self, **facts: Any) -> None:
        self.facts = facts
        super().__init__(self.text("en"))

    @property
    def reason(self) -> str:
        return re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", type(self).__name__).upper()

    @property
    def violations(self) -> tuple[Violation, ...]:
        return ()

    def text(self, language: str) -> str:
        return (self.zh if language == "zh-CN" else self.en).format(**self.facts)

    @property
    def metadata(self) -> dict[str, str]:
        return {name: str(value) for name, value in self.facts.items() if value is not None}


class InvalidArgument(Error):
    """The request itself is wrong, whatever the state; lists every refused field."""

    status = grpc.StatusCode.INVALID_ARGUMENT
    en = "Some fields need attention: {summary}"
    zh = "以下字段需要修改：{summary}"

    def __init__(self, violations: Iterable[Violation]) -> None:
        self._violations = tuple(violations)
        super().__init__()

    @property
    def violations(self) -> tuple[Violation, ...]:
        return self._violations

    def text(self, language: str) -> str:
        mark = "；" if language == "zh-CN" else "; "
        summary = mark.join(f"{v.field}: {v.text(language)}" for v in self._violations[:5])
        return (self.zh if language == "zh-CN" else self.en).format(summary=summary)

    @classmethod
    def of(cls, field: str, reason: str, en: str, zh: str) -> "InvalidArgument":
        return cls([Violation(field, reason, en, zh)])


class Unauthenticated(Error):
    """Nobody knows who is calling."""

    status = grpc.StatusCode.UNAUTHENTICATED
    en = "Sign in first."
    zh = "请先登录。"


class PrincipalOutdated(Unauthenticated):
    """Rights of the caller changed since the statement about them was made: whoever made it asks identity again."""


class PermissionDenied(Error):
    """The caller may not do this at all, on any record. Facts: permission."""

    status = grpc.StatusCode.PERMISSION_DENIED
    en = "You need the permission {permission}. Ask your administrator."
    zh = "您需要权限 {permission}，请联系管理员。"


class ReadOnly(PermissionDenied):
    """The caller may read this record, and not do this with it."""

    en = "You may read this record, but not do this with it. Ask its owner, or for a share that allows changes."
    zh = "您可以查看该记录，但不能执行此操作。请联系其负责人，或申请可修改的共享。"


class ModuleDisabled(PermissionDenied):
    """The enterprise has switched the module off: its records can be read, not changed. Facts: module."""

    en = "The module {module} is switched off. Ask your administrator."
    zh = "模块 {module} 已停用，请联系管理员。"


class FieldNotWritable(PermissionDenied):
    """The caller sees the field masked or not at all, or may only read it. Facts: field."""

    en = "You may not write the field {field}. Leave it out."
    zh = "您无权填写字段 {field}，请不要提交该字段。"


class NotFound(Error):
    """Absent, or hidden from the caller: the two must look alike. Facts: resource, id."""

    status = grpc.StatusCode.NOT_FOUND
    en = "There is no {resource} {id}, or you may not see it."
    zh = "{resource} {id} 不存在，或您无权查看。"


class AlreadyExists(Error):
    """Something that must be unique is taken. Facts: resource, field, value."""

    status = grpc.StatusCode.ALREADY_EXISTS
    en = "A {resource} with this {field} exists already. Choose another value."
    zh = "已存在相同 {field} 的 {resource}，请换一个值。"


class FailedPrecondition(Error):
    """Right request, wrong moment: the state does not allow it."""

    status = grpc.StatusCode.FAILED_PRECONDITION
    en = "The record's state does not allow this."
    zh = "记录当前状态不允许此操作。"


class StaleEtag(Error):
    """Somebody changed the record since it was read. Facts: etag (the present one)."""

    status = grpc.StatusCode.ABORTED
    en = "Somebody changed this record in the meantime. Read it again and repeat your change."
    zh = "该记录已被他人修改，请重新读取后再提交。"


class RequestInFlight(Error):
    """The same idempotency key is at work right now."""

    status = grpc.StatusCode.ABORTED
    en = "The same request is still at work. Try again in a moment."
    zh = "相同的请求正在处理中，请稍后重试。"


class IdempotencyKeyReused(Error):
    """The key was used for another request."""

    status = grpc.StatusCode.INVALID_ARGUMENT
    en = "This Idempotency-Key belongs to another request. Use a new key."
    zh = "此 Idempotency-Key 已用于其他请求，请使用新的键。"


class AnswerLost(Error):
    """A repeated request began its work earlier, and was interrupted before its answer was noted."""

    status = grpc.StatusCode.ABORTED
    en = "This request was carried out at least in part, but its answer was lost. Look at the records before you send it anew."
    zh = "该请求至少已部分执行，但其结果已丢失。请先核对相关记录，再决定是否重新提交。"


class ResourceExhausted(Error):
    """A limit was reached; trying later helps."""

    status = grpc.StatusCode.RESOURCE_EXHAUSTED
    en = "Too much at once. Try again later."
    zh = "请求过多，请稍后再试。"


class Overloaded(ResourceExhausted):
    """More is asked at once than can be answered in time; refused before anything was done, so a repeat is safe."""

    en = "The system is busy right now. Nothing was done; try again in a moment."
    zh = "系统当前繁忙，本次请求未执行，请稍后重试。"


class Unavailable(Error):
    """A part of the platform is down; trying again helps."""

    status = grpc.StatusCode.UNAVAILABLE
    en = "This part of the system is not available right now. Try again in a moment."
    zh = "系统的这一部分暂时不可用，请稍后重试。"


class DeadlineExceeded(Error):
    """The answer would have come too late."""

    status = grpc.StatusCode.DEADLINE_EXCEEDED
    en = "The answer took too long. Try again."
    zh = "响应超时，请重试。"


class Internal(Error):
    """A bug of ours; what it was is in the log, under the request id, and nowhere else."""

    status = grpc.StatusCode.INTERNAL
    en = "Something is broken on our side. Tell your administrator the request id."
    zh = "系统内部错误，请将请求编号告知管理员。"
