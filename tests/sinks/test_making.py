import os
from pathlib import Path

import pytest

from rc_tail.config.tail_options import SinkRequest
from rc_tail.errors import UsageError
from rc_tail.sinks.making import File, check_files, make_sinks
from rc_tail.sinks.sink import SinkContext

CONTEXT = SinkContext({}, lambda _: None, lambda _: None)


def append(file: Path) -> SinkRequest:
    return SinkRequest("append", str(file))


def test_they_are_made_in_order_and_nothing_is_opened(tmp_path: Path):
    requests = [append(tmp_path / "b"), append(tmp_path / "a")]
    made = make_sinks(requests, CONTEXT, inputs=[tmp_path / "c"], outputs=[tmp_path / "d", None])
    assert [request for request, _ in made] == requests
    assert [sink.name for _, sink in made] == [f"append:{tmp_path}/b", f"append:{tmp_path}/a"]
    assert list(tmp_path.iterdir()) == []


def test_one_that_is_named_twice_is_refused(tmp_path: Path):
    with pytest.raises(UsageError, match="given twice"):
        make_sinks([append(tmp_path / "a"), SinkRequest("append", f"file:{tmp_path}/a")], CONTEXT)


@pytest.mark.parametrize("is_there", [True, False])
def test_a_file_for_two_outputs_is_refused_under_any_name(tmp_path: Path, is_there: bool):
    file, link = tmp_path / "a", tmp_path / "b"
    link.symlink_to(file)
    if is_there:
        file.touch()
        (hard := tmp_path / "c").hardlink_to(file)
        with pytest.raises(UsageError, match="for two outputs"):
            make_sinks([append(file), append(hard)], CONTEXT)
    with pytest.raises(UsageError, match="for two outputs"):
        make_sinks([append(file), SinkRequest("sqlite", str(link))], CONTEXT)
    with pytest.raises(UsageError, match="for two outputs"):
        make_sinks([append(link)], CONTEXT, outputs=[None, file])
    with pytest.raises(UsageError, match="both input and output"):
        make_sinks([append(link)], CONTEXT, inputs=[file])
    assert file.exists() == is_there


def test_open_files_are_known_by_their_numbers(tmp_path: Path):
    (file := tmp_path / "a").touch()
    with file.open() as one, file.open() as other:
        with pytest.raises(UsageError, match="both input and output"):
            check_files([one.fileno()], [other.fileno()])
        check_files([one.fileno()], [tmp_path / "b"])


def test_devices_and_closed_files_may_be_named_often():
    number = os.open(os.devnull, os.O_RDWR)
    devices: list[File] = [number, Path(os.devnull), Path(os.devnull)]
    assert make_sinks([], CONTEXT, inputs=devices, outputs=devices) == []
    os.close(number)
    assert make_sinks([], CONTEXT, inputs=[number], outputs=[number, number]) == []
