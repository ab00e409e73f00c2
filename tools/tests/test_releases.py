"""A step that takes something away is refused until a release lies between it and the step that replaced it."""

import importlib.util
import sys
from pathlib import Path

import pytest

SPEC = importlib.util.spec_from_file_location("releases", Path(__file__).parents[1] / "releases.py")
releases = importlib.util.module_from_spec(SPEC)
sys.modules["releases"] = releases
SPEC.loader.exec_module(releases)

HEAD = 'revision, down_revision = "lamps_0002", "lamps_0001"\n'


def judged(folder, upgrade, *, head=HEAD, released=("lamps_0001",)):
    file = folder / "0002_lamps.py"
    file.write_text(f"{head}\n\ndef upgrade():\n    {upgrade}\n\n\ndef downgrade():\n    op.drop_table('lamp')\n")
    first = releases.Revision("0001_lamps.py", "lamps_0001", [], "")
    return releases.faults([first, releases.read(file)], {"0.1.0": list(released)})


@pytest.mark.parametrize(
    "upgrade",
    [
        "op.add_column('lamp', sa.Column('colour', sa.Text(), nullable=True))",
        "op.add_column('lamp', sa.Column('colour', sa.Text(), nullable=False, server_default=''))",
        "op.create_table('shade', sa.Column('id', sa.Uuid(), nullable=False))",
        "op.drop_index('ix_lamp_colour', 'lamp')",
        "op.alter_column('lamp', 'colour', nullable=True)",
        "op.execute('UPDATE lamp SET shade = colour')",
    ],
)
def test_what_only_adds_is_no_finding(tmp_path, upgrade):
    assert judged(tmp_path, upgrade) == []


@pytest.mark.parametrize(
    "upgrade",
    [
        "op.drop_column('lamp', 'colour')",
        "op.drop_table('lamp')",
        "op.rename_table('lamp', 'light')",
        "op.alter_column('lamp', 'colour', nullable=False)",
        "op.alter_column('lamp', 'colour', new_column_name='shade')",
        "op.alter_column('lamp', 'colour', type_=sa.Integer())",
        "op.add_column('lamp', sa.Column('colour', sa.Text(), nullable=False))",
        "op.execute('ALTER TABLE lamp DROP COLUMN colour')",
        "op.execute('alter table lamp alter column colour set not null')",
        "op.execute('ALTER TABLE lamp RENAME TO light')",
    ],
)
def test_what_takes_away_narrows_or_renames_is_refused(tmp_path, upgrade):
    [said] = judged(tmp_path, upgrade)
    assert said.startswith("0002_lamps.py: ")


def test_a_contraction_is_let_through_when_its_expansion_came_with_an_earlier_release(tmp_path):
    says = HEAD + 'contracts = "lamps_0001"\n'
    assert judged(tmp_path, "op.drop_column('lamp', 'colour')", head=says) == []


def test_expansion_and_contraction_in_one_release_are_refused(tmp_path):
    says = HEAD + 'contracts = "lamps_0001"\n'
    [said] = judged(tmp_path, "op.drop_column('lamp', 'colour')", head=says, released=())
    assert "lamps_0001 came with no earlier release" in said


def test_what_was_released_is_not_taken_back(tmp_path):
    assert judged(tmp_path, "pass", released=("lamps_0001", "lamps_0000")) == ["lamps_0000 was released and is gone"]


def test_what_is_in_this_checkout_keeps_the_rule():
    assert releases.main(["check"]) == 0
