"""``crm leads import`` from the file to its refused rows."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

Gateway = Any
"""The server at the wire of conftest.py."""
Crm = Callable[..., Any]

CONTENT = "姓名,手机,备注\n王小明,13800138000,vip\nAda,1,\n".encode("gb18030")
UPLOADED = {
    "id": "f-1",
    "filename": "leads.csv",
    "encoding": "gb18030",
    "row_count": 2,
    "columns": [
        {"heading": "姓名", "field": "name", "samples": ["王小明", "Ada"]},
        {"heading": "手机", "field": "phone", "samples": ["13800138000", "1"]},
        {"heading": "备注", "field": "", "samples": ["vip"]},
    ],
}
DONE = {"id": "i-1", "state": "DONE", "row_count": 2, "processed_count": 2, "created_count": 2}


@pytest.fixture
def file(tmp_path: Path) -> str:
    path = tmp_path / "leads.csv"
    path.write_bytes(CONTENT)
    return str(path)


@pytest.fixture(autouse=True)
def uploads(gateway: Gateway) -> None:
    gateway.on("POST /v1/lead-files", UPLOADED)
    gateway.on("POST /v1/lead-imports", gateway.reply({"id": "i-1", "state": "QUEUED", "row_count": 2}, 201))
    gateway.on("GET /v1/lead-imports/i-1", {**DONE, "state": "RUNNING", "processed_count": 1}, DONE)


def test_a_file_is_uploaded_as_it_is_and_watched_to_its_end(crm: Crm, gateway: Gateway, file: str) -> None:
    run = crm("leads", "import", file, "--source", "exhibition", "--campaign", "c-1")
    assert run.code == 0
    upload, started = gateway.asked[:2]
    assert upload.body == CONTENT
    assert upload.query == {"filename": ["leads.csv"]}
    assert started.json == {"file_id": "f-1", "source": "exhibition", "campaign_id": "c-1"}
    assert started.headers["idempotency-key"]
    assert "New leads" in run.out
    assert "gb18030" in run.err


def test_a_decision_about_one_column_keeps_the_proposals_for_the_others(crm: Crm, gateway: Gateway, file: str) -> None:
    crm("leads", "import", file, "--map", "备注=custom_fields.note", "--map", "姓名=", "--no-watch")
    assert gateway.asked[1].json["mappings"] == [
        {"heading": "姓名", "field": ""},
        {"heading": "手机", "field": "phone"},
        {"heading": "备注", "field": "custom_fields.note"},
    ]


def test_an_import_nobody_waits_for_prints_its_id(crm: Crm, gateway: Gateway, file: str) -> None:
    run = crm("leads", "import", file, "--no-watch")
    assert run.out == "i-1\n"
    assert gateway.asked_for("GET /v1/lead-imports/i-1") == []


@pytest.mark.parametrize(
    ("mapping", "complaint"),
    [("手机号=phone", "no column"), ("手机=fone", "Did you mean phone"), ("手机=score", "no field score")],
)
def test_a_mapping_that_fits_neither_file_nor_lead_starts_nothing(
    crm: Crm, gateway: Gateway, file: str, mapping: str, complaint: str
) -> None:
    run = crm("leads", "import", file, "--map", mapping)
    assert run.code == 2
    assert complaint in run.err
    assert gateway.asked_for("POST /v1/lead-imports") == []


def test_refused_rows_are_shown_saved_and_end_with_1(crm: Crm, gateway: Gateway, file: str, tmp_path: Path) -> None:
    gateway.on("GET /v1/lead-imports/i-1", {**DONE, "created_count": 1, "error_count": 1})
    row = {"line": 3, "verdict": "error", "field": "phone", "reason": "PHONE_INVALID", "message": "Give 11 digits."}
    gateway.on("GET /v1/lead-imports/i-1/rows", {"rows": [row]})
    gateway.on("GET /v1/lead-imports/i-1/errors", gateway.reply(b"a,b\n", content_type="text/csv"))
    target = tmp_path / "errors.csv"
    run = crm("leads", "import", file, "--errors", str(target))
    assert run.code == 1
    assert "Line 3: phone: Give 11 digits." in run.err
    assert target.read_bytes() == b"a,b\n"
    assert gateway.asked_for("GET /v1/lead-imports/i-1/rows")[0].query["verdict"] == ["error"]


def test_a_dry_run_says_that_nothing_was_written(crm: Crm, gateway: Gateway, file: str) -> None:
    gateway.on("GET /v1/lead-imports/i-1", {**DONE, "state": "DRY_RUN_DONE"})
    run = crm("leads", "import", file, "--dry-run")
    assert gateway.asked[1].json["dry_run"] is True
    assert "dry run" in run.err


def test_a_failed_import_says_why(crm: Crm, gateway: Gateway, file: str) -> None:
    gateway.on("GET /v1/lead-imports/i-1", {**DONE, "state": "FAILED", "error": "The file ends in a quote."})
    run = crm("leads", "import", file)
    assert run.code == 1
    assert "ends in a quote" in run.err


def test_leads_have_a_list_of_their_own(crm: Crm, gateway: Gateway) -> None:
    gateway.on("GET /v1/leads", {"leads": [{"id": "1", "name": "Ada"}]})
    run = crm("leads", "list", "--filter", "score > 1", "-o", "json")
    assert '"Ada"' in run.out
    assert gateway.asked[0].query["filter"] == ["score > 1"]
