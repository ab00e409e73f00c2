"""Passwords, keys and databases are made once and kept apart."""

import asyncpg
import pytest
from cryptography.hazmat.primitives.serialization import load_pem_private_key, load_pem_public_key

from crm_local.credentials import Secrets, make_keys
from crm_local.databases import make_databases


def test_a_password_stays_the_same_and_only_its_owner_may_read_it(tmp_path):
    file = tmp_path / "passwords.json"
    first = Secrets(file).password("leads")
    assert Secrets(file).password("leads") == first
    assert Secrets(file).password("sales") != first
    assert file.stat().st_mode & 0o777 == 0o600


def test_a_given_password_replaces_the_one_made_before(tmp_path):
    secrets = Secrets(tmp_path / "passwords.json")
    secrets.password("administrator")
    assert secrets.password("administrator", "chosen by a person") == "chosen by a person"
    assert secrets.password("administrator") == "chosen by a person"


def test_each_process_has_its_own_private_key_and_everybodys_public_key(tmp_path):
    make_keys(tmp_path, ["leads", "gateway"])
    assert not (tmp_path / "leads" / "gateway.private.pem").exists()
    private = load_pem_private_key((tmp_path / "gateway" / "gateway.private.pem").read_bytes(), None)
    public = load_pem_public_key((tmp_path / "leads" / "gateway.public.pem").read_bytes())
    public.verify(private.sign(b"said"), b"said")


def test_a_process_added_later_leaves_the_other_keys_alone(tmp_path):
    make_keys(tmp_path, ["leads"])
    before = (tmp_path / "leads" / "leads.private.pem").read_bytes()
    make_keys(tmp_path, ["leads", "sales"])
    assert (tmp_path / "leads" / "leads.private.pem").read_bytes() == before
    assert (tmp_path / "leads" / "sales.public.pem").exists()


async def test_a_role_reaches_its_own_database_only_and_owns_nothing_in_it(postgres, tmp_path):
    names = ["first-desk", "second-desk"]
    try:
        urls, refused = await make_databases(postgres, names, Secrets(tmp_path / "passwords.json"))
        assert refused == ""
        again, _ = await make_databases(postgres, names, Secrets(tmp_path / "passwords.json"))
        assert again == urls
        owner = await asyncpg.connect(urls["first-desk"].owner)
        await owner.execute("CREATE TABLE fruit (name text)")
        await owner.close()
        own = await asyncpg.connect(urls["first-desk"].serving)
        assert await own.fetchval("SELECT current_database() || ' ' || current_user") == "first_desk first_desk"
        await own.execute("INSERT INTO fruit VALUES ('plum')")
        for statement in ("DROP TABLE fruit", "CREATE TABLE more (name text)", "CREATE SCHEMA mine"):
            with pytest.raises(asyncpg.InsufficientPrivilegeError):
                await own.execute(statement)
        await own.close()
        with pytest.raises(asyncpg.InsufficientPrivilegeError):
            await asyncpg.connect(urls["first-desk"].serving.removesuffix("first_desk") + "second_desk")
    finally:
        admin = await asyncpg.connect(postgres)
        for name in ("first_desk", "second_desk"):
            await admin.execute(f"DROP DATABASE IF EXISTS {name}")
            await admin.execute(f"DROP ROLE IF EXISTS {name}, {name}_owner")
        await admin.close()
