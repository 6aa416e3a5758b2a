"""The stubs say what the extension has, and the package is a typed one."""

import subprocess
import sys
from pathlib import Path

import edge


def test_stubs_match_the_extension(tmp_path: Path) -> None:
    allowed = tmp_path / "allowed"
    # Python says from 3.12 on that an object is a buffer; type checkers want to hear it always.
    allowed.write_text("edge._edge.Memory.__buffer__\n" if sys.version_info < (3, 12) else "")
    command = [sys.executable, "-m", "mypy.stubtest", "edge", "--allowlist", str(allowed)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


def test_the_package_says_that_it_is_typed() -> None:
    assert Path(edge.__file__).with_name("py.typed").exists()


def test_everything_exported_is_there() -> None:
    assert sorted(edge.__all__) == sorted(set(edge.__all__))
    assert all(hasattr(edge, name) for name in edge.__all__)
