"""``crm-local demo``: loads the demo data through the gateway and remembers who may log in."""

import json

from crm_local.credentials import Secrets, write_private
from crm_local.settings import Settings
from crm_local.storage import Storage


def load_demo(settings: Settings) -> int:
    """Run ``crm_local.demo.load`` against the running gateway; the mark that it is done is the file of its logins."""
    from crm_local import demo  # noqa: PLC0415 — knows the whole API, and `status` should answer at once

    storage = Storage(settings.run_dir)
    given = settings.environment.get("CRM_BOOTSTRAP_ADMIN_PASSWORD", "")
    password = Secrets(storage.passwords).password("administrator", given)
    demo.load(settings.url, administrator_password=password, report=lambda line: print(line, flush=True))
    write_private(storage.demo_logins, json.dumps([list(login) for login in demo.LOGINS]).encode())
    return 0
