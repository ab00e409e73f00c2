"""Uploads and downloads: the body of a request, or of an answer, as it is."""

import pytest
from crm.leads.v1 import lead_import_pb2
from google.api.httpbody_pb2 import HttpBody
from google.protobuf.any_pb2 import Any
from google.protobuf.wrappers_pb2 import StringValue

UPLOAD = "crm.leads.v1.LeadImportService/UploadLeadFile"
DOWNLOAD = "crm.leads.v1.LeadImportService/DownloadLeadImportErrors"
CONTENT = "姓名,电话\n王小明,13800000000\n".encode("gb18030")


@pytest.fixture
def uploads(leads):
    leads.answers[UPLOAD] = lambda request: lead_import_pb2.LeadFile(
        id="f1", filename=request.filename, size=len(request.content)
    )
    return leads


@pytest.mark.parametrize("content_type", ["text/csv", "application/octet-stream", "application/json"])
def test_the_body_is_the_file_whatever_its_type(http, uploads, content_type):
    answer = http.post("/v1/lead-files?filename=线索.csv", content=CONTENT, headers={"Content-Type": content_type})
    assert answer.status_code == 201
    assert answer.json()["size"] == str(len(CONTENT))
    request = uploads.calls(UPLOAD)[0].request
    assert (request.content, request.filename) == (CONTENT, "线索.csv")
    assert uploads.calls(UPLOAD)[0].seconds > 30


def test_a_form_with_one_file_is_taken_too(http, uploads):
    answer = http.post("/v1/lead-files", files={"file": ("leads.csv", CONTENT, "text/csv")})
    assert answer.status_code == 201
    request = uploads.calls(UPLOAD)[0].request
    assert (request.content, request.filename) == (CONTENT, "leads.csv")


def test_a_form_field_is_a_parameter(http, uploads):
    files = {"file": ("a.csv", CONTENT)}
    assert http.post("/v1/lead-files", files=files, data={"filename": "b.csv"}).status_code == 201
    assert uploads.calls(UPLOAD)[0].request.filename == "b.csv"
    assert http.post("/v1/lead-files", files=files, data={"nope": "x"}).status_code == 400


def test_two_files_in_one_form_are_refused(http, uploads):
    answer = http.post("/v1/lead-files", files=[("a", ("a.csv", b"a")), ("b", ("b.csv", b"b"))])
    assert answer.json()["reason"] == "ONE_FILE"


def test_a_large_file_passes_and_one_beyond_the_limit_does_not(http, uploads):
    large = http.post("/v1/lead-files?filename=a", content=b"x" * 20_000_000)
    assert large.json()["size"] == "20000000"
    too_large = http.post("/v1/lead-files?filename=a", content=b"x" * 50_000_001)
    assert too_large.status_code == 413
    assert too_large.json()["facts"] == {"limit": 50_000_000}


def test_a_file_is_answered_as_it_is_under_its_name(http, leads):
    named = Any()
    named.Pack(StringValue(value="错误 1.csv"))
    leads.answers[DOWNLOAD] = lambda _: HttpBody(
        content_type="text/csv; charset=utf-8", data=CONTENT, extensions=[named]
    )
    answer = http.get("/v1/lead-imports/i1/errors")
    assert answer.content == CONTENT
    assert answer.headers["Content-Type"] == "text/csv; charset=utf-8"
    assert answer.headers["Content-Disposition"] == "attachment; filename*=UTF-8''%E9%94%99%E8%AF%AF%201.csv"
    assert answer.headers["X-Content-Type-Options"] == "nosniff"


def test_a_file_without_a_name_is_still_an_attachment(http, leads):
    leads.answers[DOWNLOAD] = lambda _: HttpBody(content_type="text/html", data=b"<script>")
    assert http.get("/v1/lead-imports/i1/errors").headers["Content-Disposition"] == "attachment"
