"""apply_client and export_client as people run them: lines on the right stream, and the exit code."""

from __future__ import annotations

import re
from io import StringIO
from pathlib import Path

import pytest
from django.conf import settings
from django.core.management import CommandError, call_command

from connectors.models import Store
from connectors.registry import all_vendors
from orchestrator.clientfile import schema
from tests.orchestrator.clientfile.files import FULL, STORE

pytestmark = pytest.mark.django_db
GUIDE = Path(settings.BASE_DIR) / "docs" / "client-file.md"


def run(file: Path | str, **options: bool) -> tuple[int, str, str]:
    """Exit code, standard output, standard error."""
    out, err = StringIO(), StringIO()
    code = 0
    try:
        call_command("apply_client", str(file), stdout=out, stderr=err, **options)
    except SystemExit as ended:
        code = int(str(ended.code))
    return code, out.getvalue(), err.getvalue()


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "client.yaml"
    path.write_text(FULL)
    return path


def test_a_good_file_is_applied_and_shown(file: Path):
    code, out, err = run(file)

    assert (code, err) == (0, "")
    assert out.startswith("client north-ridge: new\n")
    assert Store.objects.exists()


def test_a_check_says_that_nothing_was_written(file: Path):
    code, out, _ = run(file, check=True)

    assert code == 0
    assert out.endswith("4 created, 0 changed, 0 unchanged.\nOnly checked: nothing was written.\n")
    assert not Store.objects.exists()


def test_the_same_file_again_has_nothing_to_change(file: Path):
    run(file)

    assert run(file)[:2] == (0, run(file)[1])
    assert run(file)[1].endswith("Nothing to change.\n")


def test_every_fault_is_a_line_on_standard_error(file: Path):
    file.write_text(STORE.replace("USD", "usd") + "rule: []\n")

    code, out, err = run(file)

    assert (code, out) == (1, "")
    assert err.splitlines() == [
        f"{file}:1: currency: Write it in capital letters: USD.",
        f"{file}:2: There is no key “rule” in the file; did you mean “rules”? "
        "Allowed: store, connections, rules.",
    ]


@pytest.mark.parametrize(
    ("name", "reason"),
    [("missing.yaml", "No such file or directory"), ("", "Is a directory"), ("a\0b", "null byte")],
)
def test_a_file_that_cannot_be_read_is_one_line(tmp_path: Path, name: str, reason: str):
    code, _, err = run(f"{tmp_path}/{name}")

    assert code == 1
    assert reason in err
    assert len(err.splitlines()) == 1


def test_a_secret_is_taken_from_the_environment(file: Path, monkeypatch: pytest.MonkeyPatch):
    file.write_text(FULL.replace("key-1", "env:NR_KEY"))
    monkeypatch.setenv("NR_KEY", "from-outside")

    run(file)

    assert Store.objects.get().connections.get(vendor="gorgias").credentials()["api_key"] == "from-outside"


def test_the_documented_example_is_a_good_file(file: Path, monkeypatch: pytest.MonkeyPatch):
    (example,) = re.findall(r"```yaml\n(store:.*?)```", GUIDE.read_text(), flags=re.DOTALL)
    for name in re.findall(r"env:(\w+)", example):
        monkeypatch.setenv(name, "value")
    file.write_text(example)

    code, out, err = run(file)

    assert (code, err) == (0, "")
    assert out.endswith("4 created, 0 changed, 0 unchanged.\n")


def test_the_guide_names_every_key():
    text = GUIDE.read_text()

    for key in (*schema.TOP, *schema.STORE, *schema.KEEP, *schema.CONNECTION, *schema.RULE):
        assert f"`{key}`" in text
    for vendor in all_vendors().values():
        assert (
            f"| `{vendor.slug}` | {', '.join(f'`{name}`' for name in vendor.Credentials.base_fields)} |"
            in text
        )


def test_an_export_is_printed(file: Path):
    run(file)
    out = StringIO()

    call_command("export_client", "north-ridge", stdout=out)

    assert "store:\n  slug: north-ridge\n" in out.getvalue()


def test_exporting_an_unknown_client_names_the_closest(file: Path):
    run(file)

    with pytest.raises(CommandError, match=r"^There is no client “north”\. Did you mean north-ridge\?$"):
        call_command("export_client", "north")
