"""What the README of this SDK shows does what it says."""

import re

import pytest
from conftest import ROOT

README = (ROOT / "sdk-python" / "README.md").read_text()
#: Programs that need nothing but themselves; the others are pieces.
PROGRAMS = [block for block in re.findall(r"```python\n(.*?)```", README, re.DOTALL) if "from_text" in block]


@pytest.mark.parametrize("program", PROGRAMS)
def test_a_program(program: str) -> None:
    exec(compile(program, "README.md", "exec"), {"__name__": "__main__"})


def test_there_are_programs() -> None:
    assert len(PROGRAMS) >= 6
