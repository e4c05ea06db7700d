"""The report folder."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from pathlib import Path
from urllib.parse import unquote

import msgspec
import pytest

from conformance.report.model import Report
from conformance.report.views import UnreadableReport, UnwritableReport, encode, read, write
from tests.support.echoing import OBEYED
from tests.support.reports import clean, exchange, hostile, mixed

FILES = ["badge.json", "badge.svg", "junit.xml", "report.html", "report.json", "report.md"]


@pytest.mark.parametrize("of", [clean(), mixed(), hostile()])
def test_all_views_are_written_and_nothing_else(tmp_path: Path, of: Report) -> None:
    """All views are written, and nothing else; a missing folder is created."""
    folder = tmp_path / "a" / "b"
    write(of, folder)
    assert sorted(file.name for file in folder.iterdir() if file.is_file()) == FILES
    assert [file.name for file in folder.iterdir() if file.is_dir()] == ["exchanges"][: len(of.exchanges)]


@pytest.mark.parametrize("of", [clean(), mixed()])
def test_what_is_written_is_read_again(tmp_path: Path, of: Report) -> None:
    """A report that was written can be read again, from its folder or its file."""
    write(of, tmp_path)
    assert read(tmp_path) == of
    assert read(tmp_path / "report.json") == of


def test_lone_surrogates_are_spelled_out(tmp_path: Path) -> None:
    """Lone surrogates are replaced in report.json, because UTF-8 cannot hold them; all other text is kept."""
    write(hostile(), tmp_path)
    back = read(tmp_path)
    assert back.results[0].evidence[0].actual == (hostile().results[0].evidence[0].actual or "").replace(
        "\udc80", "\\udc80"
    )
    assert encode(back) == (tmp_path / "report.json").read_bytes()


def test_the_same_report_gives_the_same_bytes(tmp_path: Path) -> None:
    """Every view has the same bytes when it is made again from report.json."""
    write(mixed(), tmp_path / "one")
    write(read(tmp_path / "one"), tmp_path / "two")
    for name in FILES:
        assert (tmp_path / "one" / name).read_bytes() == (tmp_path / "two" / name).read_bytes()


def test_a_folder_that_can_not_be_written(tmp_path: Path) -> None:
    """A folder that cannot be written is an error that names the folder."""
    blocked = tmp_path / "file"
    blocked.write_text("")
    with pytest.raises(UnwritableReport, match=r"can't be written to .*file: File exists\.$"):
        write(clean(), blocked)
    (tmp_path / "report.json").mkdir()
    (tmp_path / "report.json" / "x").mkdir()
    with pytest.raises(UnwritableReport, match=r"report\.json"):
        write(clean(), tmp_path)
    assert not list(tmp_path.glob(".*.tmp"))


def test_the_json_is_safe_before_any_view_is_made(tmp_path: Path) -> None:
    """If a view cannot be written, report.json is complete all the same."""
    (tmp_path / "report.html").mkdir()
    with pytest.raises(UnwritableReport):
        write(clean(), tmp_path)
    assert read(tmp_path) == clean()


@pytest.mark.parametrize(
    ("content", "why"),
    [
        (b"", "isn't valid JSON"),
        (b"{", "isn't valid JSON"),
        (b"\xff\xfe", "isn't valid JSON"),
        (b'{"schema": 1, "x": ' + b"[" * 5000 + b"]" * 5000 + b"}", "isn't valid JSON"),
        (b"[]", "isn't a conformance report"),
        (b"{}", "isn't a conformance report"),
        (b'{"schema": 1}', "isn't a conformance report"),
        (b'{"schema": 2}', "its schema is 2, this suite reads 1; use the suite that wrote it"),
    ],
)
def test_what_is_no_report_is_refused(tmp_path: Path, content: bytes, why: str) -> None:
    """A file that is no report, or that of another suite, is refused with the reason."""
    (tmp_path / "report.json").write_bytes(content)
    with pytest.raises(UnreadableReport) as caught:
        read(tmp_path)
    assert why in str(caught.value)


def test_no_report_there(tmp_path: Path) -> None:
    """Without a report, the error names the missing file."""
    with pytest.raises(UnreadableReport, match=r"report\.json can't be read: No such file or directory\.$"):
        read(tmp_path)


def test_the_json_has_the_names_of_the_interface() -> None:
    """report.json has the keys that other programs rely on."""
    content = json.loads(encode(mixed()))
    assert {
        "schema",
        "suite_version",
        "target",
        "role",
        "scope",
        "seed",
        "store_versions",
        "started_at",
    } <= set(content)
    assert {"duration_s", "requests", "requirements", "results", "summary"} <= set(content)
    assert content["results"][0].keys() >= {"requirement", "version", "verdict", "reason", "evidence"}
    assert msgspec.json.decode(encode(mixed()), type=Report) == mixed()


def test_heavy_libraries_wait_until_they_are_used() -> None:
    """Importing every module of the package loads neither jinja2 nor rich."""
    code = (
        "import sys, pkgutil, importlib, conformance.report as r\n"
        "for m in pkgutil.iter_modules(r.__path__): importlib.import_module('conformance.report.' + m.name)\n"
        "assert not {'jinja2', 'rich', 'lxml'} & set(sys.modules)"
    )
    root = Path(__file__).parent.parent
    done = subprocess.run([sys.executable, "-c", code], cwd=root, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


def test_every_exchange_that_the_page_links_to_is_a_file(tmp_path: Path) -> None:
    """Each exchange that the page links to is a file, which begins with a curl command; older files are gone."""
    old = tmp_path / "exchanges" / "4.3.4" / "99999.txt"
    old.parent.mkdir(parents=True, exist_ok=True)
    old.write_text("of an earlier run")
    write(mixed(), tmp_path)
    page = (tmp_path / "report.html").read_text(encoding="utf-8")
    linked = set(re.findall(r'href="(exchanges/[^"]+)"', page))
    assert linked
    assert all((tmp_path / unquote(link)).is_file() for link in linked)
    assert not old.exists()
    assert (tmp_path / unquote(min(linked))).read_text(encoding="utf-8").startswith("curl ")


def test_no_file_has_a_character_that_a_terminal_obeys(tmp_path: Path) -> None:
    """Whatever a target sent: ``cat`` shows every file of the folder without side effects."""
    raw = exchange(3, "4.3.4", reason=OBEYED, reply_body=f"a\r\n{OBEYED}\r\n", request_body=OBEYED, curl=OBEYED)
    header = msgspec.structs.replace(raw, number=4, url=OBEYED, reply_headers=(("X", f"a\n{OBEYED}"),), error=OBEYED)
    write(hostile(), tmp_path / "a")
    write(mixed(("4.3.4",), exchanges=(raw, header), notices=(OBEYED,), target=OBEYED), tmp_path / "b")
    for file in (file for file in tmp_path.rglob("*") if file.is_file()):
        obeyed = "[\x00-\x08\x0b-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069]"
        assert not re.search(obeyed, file.read_bytes().decode())
    assert "X: a␊" in (tmp_path / "b" / "exchanges" / "4.3.4" / "4.txt").read_text()
    assert read(tmp_path / "b").target == OBEYED


@pytest.mark.parametrize("version", ["..", ".", "", "a/b", "../../x", "x" * 400, "\udc80"])
def test_the_name_of_a_version_is_one_folder(tmp_path: Path, version: str) -> None:
    """A report from somebody else cannot write beside its folder."""
    write(clean(exchanges=(exchange(1, version),)), tmp_path / "report")
    written = list(tmp_path.rglob("1.txt"))
    assert [file.parent.parent for file in written] == [tmp_path / "report" / "exchanges"]
    assert [path.name for path in tmp_path.iterdir()] == ["report"]


def test_a_link_in_the_report_folder_is_not_followed(tmp_path: Path) -> None:
    """Files of the reader are neither deleted nor overwritten."""
    mine = tmp_path / "mine"
    mine.mkdir()
    (mine / "1.txt").write_text("mine")
    (mine / "2.txt").write_text("mine")
    place = tmp_path / "report" / "exchanges"
    place.mkdir(parents=True)
    (place / "4.3.4").symlink_to(mine)
    write(clean(exchanges=(exchange(1, "4.3.4"),)), tmp_path / "report")
    assert {file.name: file.read_text() for file in mine.iterdir()} == {"1.txt": "mine", "2.txt": "mine"}
    assert (place / "4.3.4" / "1.txt").read_text().startswith("curl")
    other = tmp_path / "other"
    other.mkdir()
    (other / "exchanges").symlink_to(mine)
    with pytest.raises(UnwritableReport, match="a link to another folder"):
        write(clean(exchanges=(exchange(1, "4.3.4"),)), other)
