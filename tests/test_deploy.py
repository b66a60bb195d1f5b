"""The files of the large form agree with each other, with the settings, and with the guide."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.test_house import ROOT, SETTING

OURS = ("release", "web", "worker", "beat")
SERVERS = ("postgres", "redis", "rabbitmq")


def compose() -> dict[str, Any]:
    return dict(yaml.safe_load((ROOT / "compose.yaml").read_text()))


def procfile() -> dict[str, str]:
    lines = (ROOT / "Procfile").read_text().splitlines()
    return {name: command for name, _, command in (line.partition(": ") for line in lines)}


@pytest.mark.parametrize("part", ["web", "worker", "beat"])
def test_compose_runs_what_the_procfile_runs(part: str) -> None:
    command = compose()["services"][part]["command"]

    assert command == ["sh", "-c", f"exec {procfile()[part]}".replace("${", "$${")]


def test_the_release_step_leaves_out_only_what_the_image_has_done() -> None:
    steps = procfile()["release"].split(" && ")
    image = (ROOT / "Dockerfile").read_text()

    assert compose()["services"]["release"]["command"][-1].split(" && ") == [steps[0], steps[2]]
    assert steps[1] in image


def test_the_image_serves_as_the_procfile_does() -> None:
    assert f'CMD ["sh", "-c", "exec {procfile()["web"]}"]' in (ROOT / "Dockerfile").read_text()


def test_the_guide_shows_the_lines_of_the_procfile() -> None:
    guide = (ROOT / "docs/operating.md").read_text()

    assert [name for name, command in procfile().items() if command not in guide] == []


@pytest.mark.parametrize("name", [*OURS, *SERVERS])
def test_every_service_comes_back_and_has_its_bounds(name: str) -> None:
    service = compose()["services"][name]

    assert service["restart"] in {"unless-stopped", "on-failure"}
    assert service["logging"]["options"]["max-size"]
    if name != "release":
        assert set(service["deploy"]["resources"]["limits"]) == {"cpus", "memory"}


@pytest.mark.parametrize("name", ["web", *SERVERS])
def test_what_others_call_says_whether_it_answers(name: str) -> None:
    assert compose()["services"][name]["healthcheck"]["test"]


def test_only_the_webs_are_reached_from_outside_and_only_from_this_machine() -> None:
    ports = {name: each.get("ports", []) for name, each in compose()["services"].items()}

    assert {name for name, given in ports.items() if given} == {"web"}
    assert all(given.startswith("127.0.0.1:") for given in ports["web"])


def test_there_is_one_beat_and_everybody_waits_for_the_tables() -> None:
    services = compose()["services"]

    assert services["beat"]["deploy"]["replicas"] == 1
    for part in ("web", "worker", "beat"):
        assert services[part]["depends_on"]["release"]["condition"] == "service_completed_successfully"


def test_compose_sets_only_what_is_explained_and_holds_no_secret() -> None:
    explained = set(SETTING.findall((ROOT / ".env.example").read_text()))
    text = (ROOT / "compose.yaml").read_text()

    for part in OURS:
        assert set(compose()["services"][part]["environment"]) <= explained
    assert set(re.findall(r"(\w*PASSWORD\w*|\w*PASS): +(\S)", text)) == {
        ("POSTGRES_PASSWORD", "$"),
        ("RABBITMQ_DEFAULT_PASS", "$"),
    }


def test_the_image_runs_as_nobody_special_and_has_no_tools_of_development() -> None:
    lines = (ROOT / "Dockerfile").read_text().splitlines()

    assert "USER orchestrator" in lines
    assert not any("requirements-dev" in line or "tests" in line for line in lines)


def test_the_image_gets_what_it_copies_and_nothing_else() -> None:
    copied = re.findall(r"^COPY (.+) \S+$", (ROOT / "Dockerfile").read_text(), re.MULTILINE)
    ignored = (ROOT / ".dockerignore").read_text().splitlines()
    names = {name for line in copied for name in line.split()}

    assert names == {line[1:] for line in ignored if line.startswith("!")}
    assert all((ROOT / name).exists() for name in names)
    assert Path(ROOT / "orchestrator/wsgi.py").exists()
