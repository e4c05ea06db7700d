"""The templates for CI systems: their schemas, and the commands that they run, against a mock store.

Installing is left to ``make test-long``: here a stub of ``python3 -m venv`` makes an environment with the suite.
"""

from __future__ import annotations

import os
import re
import shlex
import subprocess
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import check_jsonschema
import pytest
import yaml
from click.testing import CliRunner
from lxml import etree

from tests.support.processes import (
    CODE,
    PASSWORD,
    ROOT,
    TOKEN,
    USERNAME,
    Served,
    environment,
    free_port,
    mock_store,
    process,
)

ACTION, GITLAB, JENKINS = ROOT / "action.yml", ROOT / "ci" / "gitlab.yml", ROOT / "ci" / "Jenkinsfile"
COMPOSE = ROOT / "examples" / "compose.yaml"
GUIDE = ROOT / "docs" / "how-to" / "ci.md"
STUB = """#!/bin/sh
# python3 -m venv DIR
[ "$1 $2" = "-m venv" ] || {{ echo "python3 $*" >&2; exit 9; }}
mkdir -p "$3/bin"
printf '#!/bin/sh\\n[ "$1 $2 $3" = "-m pip install" ]\\n' > "$3/bin/python"
printf '#!/bin/sh\\nexec {python} -m conformance "$@"\\n' > "$3/bin/conformance"
chmod +x "$3/bin/python" "$3/bin/conformance"
"""


@pytest.fixture(scope="module")
def store() -> Iterator[Served]:
    """Run a mock store that conforms."""
    with mock_store("--orders", "40") as where:
        yield where


@pytest.fixture
def machine(tmp_path: Path) -> Path:
    """Return an empty folder with a ``python3`` whose environments have the suite."""
    stub = tmp_path / "bin" / "python3"
    stub.parent.mkdir()
    stub.write_text(STUB.format(python=sys.executable), encoding="utf-8")
    stub.chmod(0o755)
    return tmp_path


def shell(folder: Path, script: str, **variables: str) -> subprocess.CompletedProcess[str]:
    """Run a script as the CI systems do: it ends at the first command that fails."""
    return subprocess.run(
        ["bash", "--noprofile", "--norc", "-eo", "pipefail", "-c", script],
        cwd=folder,
        env=environment(PATH=f"{folder / 'bin'}{os.pathsep}{os.environ['PATH']}", **variables),
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )


def assert_valid(schema: str, file: Path) -> None:
    """Check a file with the schema of its system, as check-jsonschema has it."""
    done = CliRunner().invoke(check_jsonschema.main, ["--builtin-schema", f"vendor.{schema}", str(file)])
    assert done.exit_code == 0, done.output


@pytest.mark.parametrize(
    ("schema", "file"), [("github-actions", ACTION), ("gitlab-ci", GITLAB), ("compose-spec", COMPOSE)]
)
def test_templates_follow_the_schemas(schema: str, file: Path) -> None:
    """The systems would refuse a template that does not."""
    assert_valid(schema, file)


def test_the_examples_of_the_guide_follow_the_schemas(tmp_path: Path) -> None:
    """The workflow and the include can be copied, and give the action only inputs that it has."""
    workflow, include = re.findall(r"^```yaml\n(.*?)^```", GUIDE.read_text(encoding="utf-8"), re.MULTILINE | re.DOTALL)
    for schema, text in (("github-workflows", workflow), ("gitlab-ci", include)):
        file = tmp_path / f"{schema}.yaml"
        file.write_text(text, encoding="utf-8")
        assert_valid(schema, file)
    (step,) = [step for step in yaml.safe_load(workflow)["jobs"]["conformance"]["steps"] if "with" in step]
    assert step["with"].keys() <= yaml.safe_load(ACTION.read_text(encoding="utf-8"))["inputs"].keys()
    assert yaml.safe_load(include)["include"][0]["file"] == f"/{GITLAB.relative_to(ROOT)}"


def evaluated(text: str, inputs: Mapping[str, str], env: Mapping[str, str]) -> str:
    """Return a text of the action with its expressions evaluated: ``inputs.x`` and ``inputs.x || env.Y``."""

    def value(found: re.Match[str]) -> str:
        return inputs.get(found[1], "") or (env.get(found[2], "") if found[2] else "")

    return re.sub(r"\$\{\{ inputs\.([\w-]+)(?: \|\| env\.(\w+))? \}\}", value, text)


def run_action(machine: Path, inputs: Mapping[str, str], **env: str) -> subprocess.CompletedProcess[str]:
    """Run the two scripts of the action with these inputs, as a step of a job with this environment."""
    action: dict[str, Any] = yaml.safe_load(ACTION.read_text(encoding="utf-8"))
    assert inputs.keys() <= action["inputs"].keys()
    given = {name: each.get("default", "") for name, each in action["inputs"].items()} | dict(inputs)
    github = {
        "RUNNER_TEMP": str(machine / "temp"),
        "GITHUB_ACTION_PATH": str(ROOT),
        "GITHUB_OUTPUT": str(machine / "output"),
        "GITHUB_STEP_SUMMARY": str(machine / "summary.md"),
    }
    for step in action["runs"]["steps"]:
        if "run" in step:
            variables = {name: evaluated(text, given, env) for name, text in step.get("env", {}).items()}
            done = shell(machine, step["run"], **(env | github | variables))
            if done.returncode:
                break
    return done


def test_the_action_judges_a_store(store: Served, machine: Path) -> None:
    """Summary, annotation and exit status appear; what the inputs leave open, the job's environment says."""
    inputs = {"url": store.url, "password": PASSWORD, "scope": "observation", "args": "--only CON-1 --only ORD-2"}
    done = run_action(machine, inputs, CONFORMANCE_RUN_USERNAME=USERNAME)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "::notice title=CONFORMS::2 of 2 MUST" in done.stdout
    assert (machine / "summary.md").read_text(encoding="utf-8").startswith("## ✅ CONFORMS")
    assert (machine / "output").read_text(encoding="utf-8") == "exit-status=0\n"
    assert (machine / "conformance-report" / "junit.xml").is_file()


def test_the_action_fails_with_the_status_of_the_run(machine: Path) -> None:
    """A secret that is not set is missing, not empty. The message is an annotation."""
    inputs = {"url": "http://127.0.0.1:9/?dispatch=shipstation", "username": USERNAME}
    done = run_action(machine, inputs, CONFORMANCE_PASSWORD="")
    assert done.returncode == 2, done.stdout + done.stderr
    assert "::error title=conformance::the password is missing" in done.stdout
    assert (machine / "output").read_text(encoding="utf-8") == "exit-status=2\n"


def test_the_gitlab_job_judges_a_store(store: Served, machine: Path) -> None:
    """The artifacts that the job names exist, and junit.xml is red where a store deviates."""
    job = yaml.safe_load(GITLAB.read_text(encoding="utf-8"))["conformance"]
    variables = {
        "CONFORMANCE_SOURCE": str(ROOT),
        "CONFORMANCE_RUN_URL": store.url,
        "CONFORMANCE_RUN_USERNAME": USERNAME,
        "CONFORMANCE_PASSWORD": f"{PASSWORD}-wrong",
        "CONFORMANCE_ARGS": "--scope observation --only CON-1",
    }
    done = shell(machine, "\n".join(job["script"]), **variables)
    assert done.returncode in (1, 3), done.stdout + done.stderr
    for path in (*job["artifacts"]["paths"], job["artifacts"]["reports"]["junit"]):
        assert (machine / path).exists()
    suites = etree.parse(machine / job["artifacts"]["reports"]["junit"]).getroot()
    assert next(suites.iter("failure", "error"), None) is not None

    done = shell(machine, "\n".join(job["script"]), **(variables | {"CONFORMANCE_SOURCE": ""}))
    assert "set it to a git URL" in done.stderr


def test_the_jenkins_pipeline_judges_a_store(store: Served, machine: Path) -> None:
    """Its script runs with the variables that it declares; what it archives exists. Its braces are balanced."""
    text = JENKINS.read_text(encoding="utf-8")
    assert text.count("{") == text.count("}")
    (script,) = re.findall(r"sh '''(.*?)'''", text, re.DOTALL)
    declared = dict(re.findall(r"^ +(CONFORMANCE_\w+) = '([^']*)'$", text, re.MULTILINE))
    (secret,) = re.findall(r"^ +(\w+) = credentials\(", text, re.MULTILINE)
    variables = {**declared, "CONFORMANCE_RUN_URL": store.url, secret: PASSWORD, "CONFORMANCE_RUN_ONLY": "CON-1 ORD-2"}
    done = shell(machine, script, **variables)
    assert done.returncode == 0, done.stdout + done.stderr
    for path in re.findall(r"(?:testResults|artifacts): '([^'*]+)", text):
        assert (machine / path).exists()


def test_the_compose_file_serves_a_store() -> None:
    """The command line of its service serves a store, and the health check notices that it listens."""
    service = yaml.safe_load(COMPOSE.read_text(encoding="utf-8"))["services"]["mockstore"]
    *_, last = service["command"][-1].strip().splitlines()
    port = str(free_port())
    words = shlex.split(last.removeprefix("exec /venv/bin/").replace("8080", port))
    assert (words[0], service["ports"]) == ("mockstore", ["127.0.0.1:8080:8080"])
    words[words.index("0.0.0.0")] = "127.0.0.1"
    code = CODE.format("mockstore")
    with process([sys.executable, "-c", code, *words[1:]], f"http://127.0.0.1:{port}/", MOCKSTORE_PASSWORD=PASSWORD):
        check = [word.replace("8080", port) for word in service["healthcheck"]["test"]]
        assert check[:2] == ["CMD", "python"]
        subprocess.run([sys.executable, *check[2:]], check=True)


@pytest.mark.long
def test_the_action_installs_the_suite(store: Served, tmp_path: Path) -> None:
    """With a real environment and pip: the checkout is all that it needs."""
    inputs = {"url": store.url, "username": USERNAME, "password": PASSWORD, "python": sys.executable}
    inputs |= {"control": store.control, "control-token": TOKEN, "allow-writes": "true"}
    done = run_action(tmp_path, inputs, PYTHONPATH="")
    assert done.returncode == 0, done.stdout + done.stderr
    assert "::notice title=CONFORMS::" in done.stdout
