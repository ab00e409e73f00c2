"""What proves a person, and which passwords are good enough to do so.

Kept as argon2id with 19 MiB, two passes and one lane, the first recommendation of OWASP's password storage cheat sheet;
a hash of other parameters is made anew at the next sign-in. A new password has 12 to 256 characters and is not easily
guessed: zxcvbn, which knows the commonest passwords, names, words, keyboard runs and dates, must need a million guesses.
"""

from collections.abc import Sequence

from argon2 import PasswordHasher, Type
from argon2.exceptions import InvalidHashError, VerificationError
from zxcvbn_rs_py import zxcvbn

from crm_kit.errors import Violation

SHORTEST_PASSWORD = 12
LONGEST_PASSWORD = 256
FEWEST_GUESSES = 1_000_000
_LOOKED_AT = 100

_hasher = PasswordHasher(time_cost=2, memory_cost=19 * 1024, parallelism=1, type=Type.ID)


def hashed(password: str) -> str:
    """What is kept of a password."""
    return _hasher.hash(password)


def proves(kept: str, password: str) -> bool:
    """Whether it is the password; takes alike long when nothing is kept."""
    if len(password) > LONGEST_PASSWORD:
        password = ""
    try:
        return _hasher.verify(kept or _DECOY, password) and bool(kept)
    except (VerificationError, InvalidHashError):
        return False


def outdated(kept: str) -> bool:
    """Whether it was made with other parameters than today's."""
    return _hasher.check_needs_rehash(kept)


def weaknesses(password: str, about: Sequence[str] = ()) -> list[Violation]:
    """Why the password is refused; ``about`` are words an attacker would try first: login, name, e-mail address."""
    if len(password) < SHORTEST_PASSWORD:
        en = f"Use at least {SHORTEST_PASSWORD} characters."
        return [Violation("password", "TOO_SHORT", en, f"至少 {SHORTEST_PASSWORD} 个字符。")]
    if len(password) > LONGEST_PASSWORD:
        en = f"Use at most {LONGEST_PASSWORD} characters."
        return [Violation("password", "TOO_LONG", en, f"最多 {LONGEST_PASSWORD} 个字符。")]
    if zxcvbn(password[:_LOOKED_AT], [word for word in about if word]).guesses < FEWEST_GUESSES:
        en = "This password is easily guessed. Use several words that do not belong together."
        return [Violation("password", "TOO_COMMON", en, "此密码很容易被猜到，请使用几个互不相关的词语。")]
    return []


_DECOY = _hasher.hash("of nobody at all")
