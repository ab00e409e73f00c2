"""Log lines as an operator's tool reads them."""

import io
import logging
import subprocess
import sys
from collections.abc import Iterator
from contextvars import copy_context
from dataclasses import dataclass
from typing import Any

import orjson
import pytest
import structlog
from crm.leads.v1 import lead_pb2
from google.protobuf.json_format import MessageToDict

from crm_kit import logging as crm_logging
from crm_kit import telemetry
from crm_kit.logging import REDACTED, bind_request, get_logger, hide_fields, personal_fields


@dataclass
class Settings:
    otlp_endpoint: str = ""
    trace_sample: float = 1.0
    trace_file: str = ""


class Lines(io.StringIO):
    def last(self) -> dict[str, Any]:
        return orjson.loads(self.getvalue().splitlines()[-1])


@pytest.fixture
def lines() -> Iterator[Lines]:
    root, stream = logging.getLogger(), Lines()
    handlers, level = root.handlers[:], root.level
    crm_logging.setup("leads", service_version="1.2", stream=stream)
    yield stream
    structlog.reset_defaults()
    logging.basicConfig(handlers=handlers, level=level, force=True)


log = get_logger("crm_leads.usecases")


def failed(error: Exception) -> Exception:
    """The error after it was raised, with its stack."""
    try:
        raise error
    except type(error) as raised:
        return raised


def test_a_line_carries_trace_span_request_and_service(lines: Lines) -> None:
    running = telemetry.setup("leads", Settings())
    with telemetry.span("work"), bind_request("r-1", method="crm.x.v1.S/Get"):
        log.info("file.read", message="Read 3 rows.", rows=3)
        expected = (telemetry.trace_id_hex(), telemetry.span_id_hex())
    running.shutdown()
    line = lines.last()
    assert (line["trace_id"], line["span_id"]) == expected
    assert line["request_id"] == "r-1"
    assert line["method"] == "crm.x.v1.S/Get"
    assert line["service.name"] == "leads"
    assert line["service.version"] == "1.2"
    assert (line["severity"], line["event"], line["message"], line["rows"]) == ("INFO", "file.read", "Read 3 rows.", 3)
    assert line["timestamp"].endswith("Z")


def test_the_request_ends_with_its_block(lines: Lines) -> None:
    with bind_request("r-1"):
        pass
    log.info("after")
    assert "request_id" not in lines.last()


def test_a_task_keeps_its_request_to_its_end(lines: Lines) -> None:
    def task() -> None:
        bind_request("r-3")
        log.info("inside")

    copy_context().run(task)
    assert lines.last()["request_id"] == "r-3"
    log.info("outside")
    assert "request_id" not in lines.last()


def test_a_library_that_logs_its_own_way_is_read_the_same_way(lines: Lines) -> None:
    with bind_request("r-2"):
        logging.getLogger("some.library").warning("disk %s is full", "b", extra={"free": 0})
    line = lines.last()
    assert (line["severity"], line["message"], line["logger"]) == ("WARN", "disk b is full", "some.library")
    assert (line["request_id"], line["free"]) == ("r-2", 0)


def test_personal_values_and_secrets_never_reach_a_line_however_deep(lines: Lines) -> None:
    log.info(
        "seen", Email="ada@example.com", request={"leads": [{"phone": "+8613800138000", "city": "上海"}]}, token="t"
    )
    text = lines.getvalue()
    assert "ada@example.com" not in text
    assert "+8613800138000" not in text
    line = lines.last()
    assert line["Email"] == line["token"] == REDACTED
    assert line["request"] == {"leads": [{"phone": REDACTED, "city": "上海"}]}


def test_what_the_contract_calls_personal_is_hidden_in_every_process_from_its_start(lines: Lines) -> None:
    assert {"name", "job_title", "other_phones", "password"} <= personal_fields()
    assert "city" not in personal_fields()
    lead = lead_pb2.Lead(name="王小明", job_title="采购经理", other_phones=["+8613800138000"], city="上海")
    log.info("seen", lead=MessageToDict(lead, preserving_proto_field_name=True))
    assert lines.last()["lead"] == {"name": REDACTED, "job_title": REDACTED, "other_phones": REDACTED, "city": "上海"}


def test_a_process_of_its_own_hides_them_in_the_records_of_libraries_too() -> None:
    program = (
        "import logging; from crm_kit import logging as crm; crm.setup('crm-leads'); "
        "logging.getLogger('library').warning('refused', extra={'job_title': 'Buyer', 'rows': 3})"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    line = orjson.loads(done.stdout)
    assert (line["message"], line["job_title"], line["rows"]) == ("refused", REDACTED, 3)


def test_more_fields_can_be_hidden(lines: Lines) -> None:
    hide_fields(["Shoe_Size"])
    log.info("seen", shoe_size=44)
    assert lines.last()["shoe_size"] == REDACTED


def test_an_exception_shows_its_chain_and_stack(lines: Lines) -> None:
    inner, outer = failed(KeyError("inner")), ValueError("outer")
    outer.__cause__ = inner
    log.error("work.failed", exc_info=failed(outer))
    line = lines.last()
    assert line["severity"] == "ERROR"
    assert line["exception.type"] == "ValueError"
    stack = line["exception.stacktrace"]
    assert stack.index("KeyError") < stack.index("ValueError: outer")
    assert "test_telemetry_logs" in stack


def test_a_database_error_does_not_quote_the_row_it_refused(lines: Lines) -> None:
    class UniqueViolationError(Exception):
        sqlstate = "23505"
        constraint_name = "uq_lead_phone"

    log.error("work.failed", exc_info=failed(UniqueViolationError("Key (phone)=(+8613800138000) already exists.")))
    assert "+8613800138000" not in lines.getvalue()
    assert "SQLSTATE 23505, constraint uq_lead_phone" in lines.last()["exception.stacktrace"]


def test_a_person_at_a_terminal_gets_a_readable_line() -> None:
    stream = io.StringIO()
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    crm_logging.setup("leads", log_format="console", stream=stream)
    log.info("file.read", message="Read 3 rows.", rows=3)
    structlog.reset_defaults()
    logging.basicConfig(handlers=handlers, level=level, force=True)
    assert "Read 3 rows." in stream.getvalue()
    assert "rows=3" in stream.getvalue()
    assert not stream.getvalue().startswith("{")
