"""Builds of ministack's CodeBuild that a test ends.

ministack's builds have succeeded when they start, know none of a request's
overrides, and are made again for a token that was used already. Here a build goes
on until it is stopped, or until the test says through a door of the launcher how
it ends. Nothing runs, and nothing is told on the bus: what a build stores and
CodeBuild sends is the test's to put.
"""

import threading
import time
from typing import Any

import permissions
from ministack.core.responses import json_response
from ministack.services import codebuild

# By idempotency token, the ID of the build that it has started.
started: dict[str, str] = {}
# Cleared while StartBuild keeps its answers back: what a build does can come before who starts it knows its ID.
answering = threading.Event()
answering.set()
# No answer is kept back for longer, in seconds: a test that has failed ends all the same.
PATIENCE = 60

ministack_start = codebuild._start_build


def apply() -> None:
    codebuild._start_build = start
    permissions.resources["codebuild"] = project_of


def start(data: dict[str, Any]) -> tuple:
    """StartBuild: the build goes on, and a token that comes again is answered with its build."""
    known = codebuild._builds.get(started.get(data.get("idempotencyToken", ""), ""))
    if known:
        return json_response({"build": known})
    before = set(codebuild._builds)
    answer = ministack_start(data)
    for name in set(codebuild._builds) - before:
        begin(codebuild._builds[name], data)
        answer = json_response({"build": codebuild._builds[name]})
    answering.wait(PATIENCE)
    return answer


def begin(build: dict[str, Any], data: dict[str, Any]) -> None:
    """Has a build go on, with what the request overrides."""
    if data.get("idempotencyToken"):
        started[data["idempotencyToken"]] = build["id"]
    del build["endTime"]
    variables = {v["name"]: v for v in build["environment"].get("environmentVariables") or []}
    variables |= {v["name"]: v for v in data.get("environmentVariablesOverride") or []}
    build.update(
        buildStatus="IN_PROGRESS",
        currentPhase="QUEUED",
        phases=[{"phaseType": "SUBMITTED", "phaseStatus": "SUCCEEDED", "startTime": build["startTime"], "endTime": build["startTime"]}],
        source={"type": data.get("sourceTypeOverride"), "location": data.get("sourceLocationOverride")},
        secondarySources=data.get("secondarySourcesOverride") or [],
        secondarySourceVersions=data.get("secondarySourcesVersionOverride") or [],
        artifacts=stored(data.get("artifactsOverride") or {}),
        secondaryArtifacts=[stored(to) for to in data.get("secondaryArtifactsOverride") or []],
        environment={**build["environment"], "environmentVariables": list(variables.values())},
        encryptionKey=data.get("encryptionKeyOverride") or build["encryptionKey"],
    )


def stored(to: dict[str, Any]) -> dict[str, Any]:
    """Where a build tells that it stores an artifact."""
    if to.get("type") != "S3":
        return {}
    path = "/".join(part for part in (to["location"], to.get("path", "").strip("/"), to["name"]) if part)
    return {"location": f"arn:aws:s3:::{path}", "artifactIdentifier": to.get("artifactIdentifier")}


def door(asked: dict[str, Any]) -> dict[str, Any]:
    """What a test asks: to keep StartBuild's answers back or to give them, and how a build ends."""
    if "answer" in asked:
        (answering.set if asked["answer"] else answering.clear)()
    if "id" in asked:
        build, now = codebuild._builds[asked["id"]], int(time.time())
        build.update(
            buildStatus=asked["status"],
            currentPhase="COMPLETED",
            endTime=now,
            exportedEnvironmentVariables=[{"name": name, "value": value} for name, value in (asked.get("exported") or {}).items()],
        )
        build["phases"] += [{"phaseType": "BUILD", "phaseStatus": asked["status"], "startTime": now, "endTime": now}]
    return {}


def project_of(asked: dict[str, Any]) -> str:
    """The project of the builds that a request is about, which is its resource. One is asked for at a time here."""
    names = {name.partition(":")[0] for name in asked.get("ids") or [asked.get("id", "")] if ":" in name}
    return codebuild._project_arn(names.pop()) if len(names) == 1 else ""
