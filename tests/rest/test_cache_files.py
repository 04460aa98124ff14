import threading
from pathlib import Path

from rc_tail.rest.cache_files import first_file, remove_stale
from rc_tail.system.locks import locked


def files(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def test_the_own_file_comes_first_then_any_that_fits(tmp_path: Path) -> None:
    own, other = tmp_path / "own.json", tmp_path / "other.json"
    assert first_file(own, Path.exists) == own
    other.touch()
    assert first_file(own, Path.exists) == other
    own.touch()
    assert first_file(own, Path.exists) == own
    assert first_file(own, lambda _: False) == own
    assert first_file(tmp_path / "none" / "own.json", Path.exists).name == "own.json"


def test_stale_files_go_with_their_locks(tmp_path: Path) -> None:
    for name in ("a-1.json", "a-1.lock", "a-2.lock", "a-3.json", "b-1.json", "b-1.lock"):
        (tmp_path / name).touch()
    remove_stale(tmp_path, "a-", lambda path: path.stem != "a-3")
    assert files(tmp_path) == ["a-3.json", "a-3.lock", "b-1.json", "b-1.lock"]
    remove_stale(tmp_path / "none", "", lambda _: True)


def test_a_file_in_use_is_skipped(tmp_path: Path) -> None:
    for name in ("a.json", "a.lock", "b.json", "b.lock"):
        (tmp_path / name).touch()
    with locked(tmp_path / "a.lock", 0):
        remove_stale(tmp_path, "", lambda _: True)
    assert files(tmp_path) == ["a.json", "a.lock"]


def test_locks_hold_while_others_delete_them(tmp_path: Path) -> None:
    lock = tmp_path / "a.lock"
    inside: list[int] = []
    most: list[int] = []

    def work() -> None:
        for _ in range(50):
            with locked(lock, 30):
                inside.append(1)
                most.append(len(inside))
                inside.pop()
            remove_stale(tmp_path, "", lambda _: True)

    threads = [threading.Thread(target=work) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert max(most) == 1
    assert len(most) == 150
