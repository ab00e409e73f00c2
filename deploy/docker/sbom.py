# ruff: noqa: INP001 - programs of the images, no package
"""The bill of materials of an image: every Python package in it, as CycloneDX 1.6.

What the base image brings is the base image's to declare.
"""

import re
import uuid
from collections.abc import Container, Iterable, Mapping
from importlib.metadata import Distribution
from typing import Any

NAME = re.compile(r"^[A-Za-z0-9._-]+")
OURS = "crm-"
LONGEST_NAME = 100


class NotInLock(Exception):
    """Something is installed that the lock does not name: nobody has checked its hash."""


def canonical(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()


def bill(service: str, installed: Iterable[Distribution], locked: Container[tuple[str, str]]) -> dict[str, Any]:
    """The bill of one image; ``locked`` has every canonical name and version of the lock. Raises NotInLock."""
    found = {canonical(each.metadata["Name"]): each for each in installed}
    for name, each in found.items():
        if not name.startswith(OURS) and (name, each.version) not in locked:
            raise NotInLock(f"{name} {each.version} is installed and not in requirements.lock")
    components = [_component(name, found[name]) for name in sorted(found)]
    facts = "\n".join(component["purl"] for component in components)
    return {
        "bomFormat": "CycloneDX",
        "specVersion": "1.6",
        # The same content has the same number, so that an unchanged image has an unchanged bill.
        "serialNumber": f"urn:uuid:{uuid.uuid5(uuid.NAMESPACE_URL, facts)}",
        "version": 1,
        "metadata": {
            "component": {
                "type": "application",
                "bom-ref": f"tributary-{service}",
                "name": f"tributary-{service}",
                "version": found[f"{OURS}{service}"].version,
            }
        },
        "components": components,
        "dependencies": [
            {"ref": f"tributary-{service}", "dependsOn": [_url(f"{OURS}{service}", found)]},
            *({"ref": _url(name, found), "dependsOn": _needs(name, found)} for name in sorted(found)),
        ],
    }


def _component(name: str, each: Distribution) -> dict[str, Any]:
    component: dict[str, Any] = {
        "type": "library",
        "bom-ref": _url(name, {name: each}),
        "name": name,
        "version": each.version,
        "purl": _url(name, {name: each}),
    }
    stated = each.metadata.json
    expression, name_of_licence = stated.get("license_expression"), str(stated.get("license", ""))
    if expression:
        component["licenses"] = [{"expression": expression}]
    elif name_of_licence and len(name_of_licence) < LONGEST_NAME:
        # Some packages put the whole text of their licence here; that is no name.
        component["licenses"] = [{"license": {"name": name_of_licence}}]
    return component


def _url(name: str, found: Mapping[str, Distribution]) -> str:
    return f"pkg:pypi/{name}@{found[name].version}"


def _needs(name: str, found: Mapping[str, Distribution]) -> list[str]:
    """What a package declares of what is installed; needs of its extras count only where somebody installed them."""
    named = (NAME.match(requirement) for requirement in found[name].requires or ())
    return sorted({_url(needed, found) for each in named if each and (needed := canonical(each.group())) in found})
