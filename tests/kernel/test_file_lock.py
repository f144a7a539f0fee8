"""One holder at a time, and none after the file is closed."""

from pathlib import Path

from liuke.kernel.file_lock import try_lock


def test_one_at_a_time(tmp_path: Path) -> None:
    with (tmp_path / "x.lock").open("a+b") as first:
        assert try_lock(first)
        with (tmp_path / "x.lock").open("a+b") as second:
            assert not try_lock(second)
    with (tmp_path / "x.lock").open("a+b") as third:
        assert try_lock(third)
