import pyarrow as pa

from liuke.kernel.memory import give_back


def test_what_is_in_use_stays_as_it_is() -> None:
    kept = pa.array(range(100_000))
    for _ in range(3):
        pa.array(range(300_000))
    give_back()
    assert kept[99_999].as_py() == 99_999
    assert pa.default_memory_pool().bytes_allocated() >= kept.nbytes
