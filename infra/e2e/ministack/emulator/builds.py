"""Builds of ministack's CodeBuild that a test ends.

ministack's builds have succeeded when they start, know none of a request's
overrides, and are made again for a token that was used already. Here a build goes
on until it is stopped, or until the test says through a door of the launcher how
it ends. Nothing runs, and nothing is told on the bus: what a build stores and
CodeBuild sends is the test's to put. Reports, which ministack does not know, are
those of builds that have ended with tests.
"""

import json
import threading
import time
from typing import Any

import permissions
from ministack.core.responses import get_account_id, get_region, json_response
from ministack.services import codebuild

# By idempotency token, the ID of the build that it has started.
started: dict[str, str] = {}
# By ARN, reports of tests.
reports: dict[str, dict[str, Any]] = {}
# Cleared while StartBuild keeps its answers back: what a build does can come before who starts it knows its ID.
answering = threading.Event()
answering.set()
# No answer is kept back for longer, in seconds: a test that has failed ends all the same.
PATIENCE = 60

ministack_start = codebuild._start_build
ministack_answer = codebuild._handle_request_sync


def apply() -> None:
    codebuild._start_build = start
    codebuild._handle_request_sync = handle
    permissions.resources["codebuild"] = resource_of


def handle(method: str, path: str, headers: dict[str, str], body: bytes, *rest: Any) -> tuple:
    """Answers a request: BatchGetReports here, all else as ministack does."""
    if headers.get("x-amz-target") != "CodeBuild_20161006.BatchGetReports":
        return ministack_answer(method, path, headers, body, *rest)
    asked = json.loads(body)["reportArns"]
    return json_response({"reports": [reports[arn] for arn in asked if arn in reports], "reportsNotFound": [arn for arn in asked if arn not in reports]})


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
        build["reportArns"] = report(build, asked["tests"]) if asked.get("tests") else []
    return {}


def report(build: dict[str, Any], counts: dict[str, int]) -> list[str]:
    """The ARN of a report of a build's tests, in a group that its buildspec would name "tests"."""
    project, _, uuid = build["id"].partition(":")
    arn = f"arn:aws:codebuild:{get_region()}:{get_account_id()}:report/{project}-tests:{uuid}"
    summary = {"total": sum(counts.values()), "statusCounts": counts, "durationInNanoSeconds": 0}
    reports[arn] = {"arn": arn, "type": "TEST", "status": "SUCCEEDED", "testSummary": summary}
    return [arn]


def resource_of(asked: dict[str, Any]) -> str:
    """The resource that a request is about: the project of its builds, or the group of its reports. One is asked for at a time here."""
    groups = {arn.replace(":report/", ":report-group/").rpartition(":")[0] for arn in asked.get("reportArns") or []}
    if len(groups) == 1:
        return groups.pop()
    names = {name.partition(":")[0] for name in asked.get("ids") or [asked.get("id", "")] if ":" in name}
    return codebuild._project_arn(names.pop()) if len(names) == 1 else ""
