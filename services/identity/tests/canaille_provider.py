"""A real OpenID Connect provider as a process: Canaille with its people in memory.

``python canaille_provider.py <port> <redirect_uri>`` serves until it is ended. Ada's address is verified, Bob's is not.
"""

import sys

from canaille import create_app
from canaille.app import models
from canaille.backends import Backend
from werkzeug.serving import make_server

CLIENT_ID, CLIENT_SECRET, PASSWORD = "tributary", "client secret of tributary", "correct horse battery"


def main(port: int, redirect_uri: str) -> None:
    app = create_app(
        {
            "SECRET_KEY": "of a test",
            "SERVER_NAME": f"127.0.0.1:{port}",
            "PREFERRED_URL_SCHEME": "http",
            "SESSION_COOKIE_SECURE": False,
            "CANAILLE": {"DATABASE": "memory", "LOGGING": {"version": 1}},
            "CANAILLE_OIDC": {"TRUSTED_DOMAINS": ["127.0.0.1"]},
        }
    )
    mapping = app.config["CANAILLE_OIDC"]["USERINFO_MAPPING"]
    mapping["EMAIL_VERIFIED"] = "{{ 'true' if user.user_name != 'bob' else '' }}"
    with app.app_context(), Backend.instance.session():
        backend = Backend.instance
        for name in ("ada", "bob", "boss"):
            person = models.User(
                user_name=name,
                given_name=name.title(),
                family_name="Example",
                formatted_name=f"{name.title()} Example",
                emails=[f"{name}@example.com"],
                password=PASSWORD,
            )
            backend.save(person)
            if name == "ada":
                backend.save(models.Group(display_name="crm-sellers", members=[person]))
                backend.save(models.Group(display_name="crm-admins", members=[person]))
        client = models.Client(
            client_id=CLIENT_ID,
            client_secret=CLIENT_SECRET,
            client_name="Tributary",
            client_uri="http://127.0.0.1",
            redirect_uris=[redirect_uri],
            response_types=["code"],
            grant_types=["authorization_code"],
            scope=["openid", "profile", "email", "groups"],
            token_endpoint_auth_method="client_secret_basic",
        )
        backend.save(client)
        client.audience = [client]
        backend.save(client)
    make_server("127.0.0.1", port, app, threaded=True).serve_forever()


if __name__ == "__main__":
    main(int(sys.argv[1]), sys.argv[2])
