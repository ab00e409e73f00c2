"""Generates the ``crm`` package from the .proto files whenever ``crm-protos`` is built or installed."""

import shutil
import sys
from importlib import resources
from pathlib import Path

from hatchling.builders.hooks.plugin.interface import BuildHookInterface


class CustomBuildHook(BuildHookInterface):
    def initialize(self, version: str, build_data: dict) -> None:
        root = Path(self.root)
        generate(root, root / "gen")


def generate(root: Path, out: Path) -> None:
    """Compile every .proto under ``root/crm`` into ``out/crm``: messages and type stubs.

    Service stubs are not generated: the kit serves and calls RPCs from the descriptors.
    """
    from google.api import annotations_pb2
    from grpc_tools import protoc

    google = Path(annotations_pb2.__file__).parents[2]
    well_known = Path(str(resources.files("grpc_tools"))) / "_proto"
    protos = sorted((root / "crm").rglob("*.proto"))
    fresh = out.with_name("gen.new")
    shutil.rmtree(fresh, ignore_errors=True)
    fresh.mkdir(parents=True)
    plugin = Path(sys.executable).with_name("protoc-gen-mypy")
    arguments = ["protoc", f"-I{root}", f"-I{google}", f"-I{well_known}", f"--python_out={fresh}"]
    if plugin.exists():
        arguments += [f"--plugin=protoc-gen-mypy={plugin}", f"--mypy_out=quiet:{fresh}"]
    # Descriptor sets keep the comments, which become the API reference.
    arguments += ["--include_source_info", "--include_imports", f"--descriptor_set_out={fresh / 'descriptors.binpb'}"]
    if protoc.main([*arguments, *map(str, protos)]) != 0:
        raise SystemExit("protoc failed; see the messages above")
    for folder in [fresh / "crm", *(path for path in (fresh / "crm").rglob("*") if path.is_dir())]:
        (folder / "__init__.py").touch()
    (fresh / "crm" / "py.typed").touch()
    (fresh / "descriptors.binpb").rename(fresh / "crm" / "descriptors.binpb")
    shutil.rmtree(out, ignore_errors=True)
    fresh.rename(out)


if __name__ == "__main__":
    here = Path(__file__).parent
    generate(here, here / "gen")
