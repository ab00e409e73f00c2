"""Short statements that outlive a call and travel through strangers' hands: in the address of a page, in a form.

A token is readable by everybody and forged by nobody: it is signed by the process that made it, for one purpose.
"""

import base64
import binascii

from crm_kit.keys import Keys

LONGEST = 1_000


def sign_token(keys: Keys, purpose: str, statement: bytes) -> str:
    """The statement with this process's signature, in characters that need no quoting in a URL."""
    key_id, signature = keys.sign_bytes(_signed(purpose, statement))
    return ".".join((_text(statement), key_id, _text(signature)))


def read_token(keys: Keys, made_by: str, purpose: str, token: str) -> bytes | None:
    """The statement of a token that the process ``made_by`` signed for the purpose; None for any other text."""
    parts = token.split(".") if len(token) <= LONGEST else []
    if len(parts) != 3:
        return None
    try:
        statement, signature = _bytes(parts[0]), _bytes(parts[2])
    except (binascii.Error, ValueError):
        return None
    # One statement has one token: what decodes to the same bytes but is written differently is none of ours.
    if _text(statement) != parts[0] or _text(signature) != parts[2]:
        return None
    known = keys.signed_by(made_by, parts[1], signature, _signed(purpose, statement))
    return statement if known else None


def _signed(purpose: str, statement: bytes) -> bytes:
    return purpose.encode() + b"\0" + statement


def _text(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def _bytes(text: str) -> bytes:
    return base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True)
