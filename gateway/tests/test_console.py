"""The console's files: how long browsers keep them, how small they travel, and which paths are theirs."""

import gzip
from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskClient

from crm_gateway.browser_sessions import Site
from crm_gateway.console import console_folder, register

SCRIPT = b"console.log('a script of some length');" * 40


@pytest.fixture
def browser(tmp_path: Path) -> FlaskClient:
    (tmp_path / "assets").mkdir()
    (tmp_path / "index.html").write_text("<!doctype html><title>Tributary</title>")
    (tmp_path / "assets" / "main-1a2b.js").write_bytes(SCRIPT)
    (tmp_path / "assets" / "main-1a2b.js.gz").write_bytes(gzip.compress(SCRIPT))
    (tmp_path / ".stamp").write_text("secret of the build")
    app = Flask("test")
    app.add_url_rule("/<path:_path>", "api", lambda _path: ("the API", 404))
    register(app, tmp_path, Site())
    client = app.test_client()
    client.set_cookie("session-local", "a session")
    return client


@pytest.mark.parametrize(
    ("path", "there"),
    [("/", ""), ("/app/sales/leads?view=pool", "?next=%2Fapp%2Fsales%2Fleads%3Fview%3Dpool")],
)
def test_who_has_no_session_is_sent_to_the_sign_in_page(browser: FlaskClient, path: str, there: str) -> None:
    browser.delete_cookie("session-local")
    answer = browser.get(path)
    assert (answer.status_code, answer.headers["Location"]) == (302, f"/sign-in{there}")
    assert answer.headers["Cache-Control"] == "no-store"


@pytest.mark.parametrize("path", ["/", "/app", "/app/sales/leads/1?view=pool"])
def test_the_page_answers_for_every_path_of_the_console(browser: FlaskClient, path: str) -> None:
    answer = browser.get(path)
    assert answer.status_code == 200
    assert b"Tributary" in answer.data
    assert answer.headers["Cache-Control"] == "no-cache"


@pytest.mark.parametrize("path", ["/v1/leads", "/docs", "/sign-in", "/apples", "/openapi.json"])
def test_other_paths_stay_with_the_api(browser: FlaskClient, path: str) -> None:
    assert browser.get(path).data == b"the API"


def test_hashed_files_are_kept_for_good_and_travel_compressed(browser: FlaskClient) -> None:
    answer = browser.get("/console/assets/main-1a2b.js", headers={"Accept-Encoding": "gzip"})
    assert gzip.decompress(answer.data) == SCRIPT
    assert answer.headers["Content-Encoding"] == "gzip"
    assert answer.headers["Content-Type"].startswith("text/javascript")
    assert "immutable" in answer.headers["Cache-Control"]
    assert browser.get("/console/assets/main-1a2b.js").data == SCRIPT


def test_nothing_inline_and_nothing_from_elsewhere_may_run(browser: FlaskClient) -> None:
    headers = browser.get("/").headers
    policy = headers["Content-Security-Policy"]
    assert "default-src 'none'" in policy
    assert "unsafe" not in policy
    assert headers["X-Content-Type-Options"] == "nosniff"


def test_a_browser_that_has_the_page_gets_no_body(browser: FlaskClient) -> None:
    etag = browser.get("/").headers["ETag"]
    assert browser.get("/", headers={"If-None-Match": etag}).status_code == 304


@pytest.mark.parametrize("path", ["/console/.stamp", "/console/../secret", "/console/assets/gone.js"])
def test_files_that_were_not_built_do_not_exist(browser: FlaskClient, path: str) -> None:
    assert browser.get(path).status_code == 404


def test_commands_never_reach_the_console(browser: FlaskClient) -> None:
    assert browser.post("/app/sales/leads").status_code != 200


def test_without_a_built_console_the_api_is_alone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    app = Flask("test")
    register(app, tmp_path, Site())
    assert app.test_client().get("/").status_code == 404
    monkeypatch.setenv("CRM_CONSOLE", "off")
    assert not (console_folder() / "index.html").exists()
