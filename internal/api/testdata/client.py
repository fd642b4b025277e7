"""Drives CodePipeline's API with boto3: client.py ENDPOINT

Every answer is held, as it was on the wire, against the service's model, which is in botocore: members, types, enums,
patterns, lengths, and required members. Prints what it has seen, one line each; what is wrong with an answer begins
with WRONG.
"""

import json
import re
import sys

import boto3
from botocore.config import Config
from botocore.exceptions import ClientError

SCALARS = {"string": str, "integer": int, "boolean": bool, "timestamp": (int, float)}


def problems(shape, value, path):
    """Yields what is wrong with a value of an answer."""
    kind = shape.type_name
    if kind == "structure":
        if not isinstance(value, dict):
            yield f"{path}: {value!r} is no structure"
            return
        for name in value.keys() - shape.members.keys():
            yield f"{path}.{name}: the model has no such member"
        for name in set(shape.required_members) - value.keys():
            yield f"{path}.{name} is missing"
        for name in value.keys() & shape.members.keys():
            yield from problems(shape.members[name], value[name], f"{path}.{name}")
    elif kind == "list":
        for i, element in enumerate(value):
            yield from problems(shape.member, element, f"{path}[{i}]")
    elif kind == "map":
        for key, element in value.items():
            yield from problems(shape.key, key, f"{path} key")
            yield from problems(shape.value, element, f"{path}[{key}]")
    else:
        yield from scalar_problems(shape, value, path)


def scalar_problems(shape, value, path):
    if not isinstance(value, SCALARS[shape.type_name]):
        yield f"{path}: {value!r} is no {shape.type_name}"
        return
    about = shape.metadata
    size = len(value) if isinstance(value, str) else value
    if shape.type_name in ("string", "integer"):
        if size < about.get("min", size) or size > about.get("max", size):
            yield f"{path}: {value!r} is not within {about.get('min')} and {about.get('max')}"
    if getattr(shape, "enum", None) and value not in shape.enum:
        yield f"{path}: {value!r} is none of {shape.enum}"
    if "pattern" in about and not re.fullmatch(about["pattern"], value, re.DOTALL):
        yield f"{path}: {value!r} does not match {about['pattern']}"


def client_of(endpoint):
    client = boto3.client(
        "codepipeline", endpoint_url=endpoint, region_name="us-east-1", aws_access_key_id="any",
        aws_secret_access_key="any", config=Config(retries={"total_max_attempts": 1}),
    )
    return client


def refused(client, what, call, /, **params):
    """Prints the typed exception that a call ends with."""
    try:
        getattr(client, call)(**params)
    except ClientError as e:
        typed = type(e).__name__ == e.response["Error"]["Code"]
        status = e.response["ResponseMetadata"]["HTTPStatusCode"]
        print(f"{what}: {e.response['Error']['Code']} typed={typed} {status}: {e.response['Error']['Message']}")
    else:
        print(f"WRONG {what}: no error")


def pages(client, operation, member, size, **params):
    """Lists everything through botocore's paginator."""
    found, requests = [], 0
    for page in client.get_paginator(operation).paginate(PaginationConfig={"PageSize": size}, **params):
        found += page[member]
        requests += 1
    return found, requests


def main(endpoint):
    client = client_of(endpoint)
    seen = set()

    def check(http_response, model, **_):
        if http_response.status_code != 200:
            return
        seen.add(model.name)
        for problem in problems(model.output_shape, json.loads(http_response.content), model.name):
            print("WRONG", problem)

    client.meta.events.register("after-call.codepipeline", check)

    reading(client)
    changing(client)
    refusals(client)
    print("operations:", ", ".join(sorted(seen)))


def reading(client):
    for size in (1, 2):
        found, requests = pages(client, "list_pipelines", "pipelines", size)
        print("pipelines:", [p["name"] for p in found], "requests:", requests)
    p = client.get_pipeline(name="shop")
    print("pipeline:", p["pipeline"]["version"], p["metadata"]["pipelineArn"], p["metadata"]["created"].isoformat())
    print("old version:", client.get_pipeline(name="shop", version=1)["pipeline"]["stages"][3]["actions"][0]["configuration"])
    found, requests = pages(client, "list_pipeline_executions", "pipelineExecutionSummaries", 2, pipelineName="shop")
    print("executions:", [e["status"] for e in found], "requests:", requests)
    print("first started:", found[-1]["startTime"].isoformat(), found[-1]["sourceRevisions"])
    found, requests = pages(client, "list_action_executions", "actionExecutionDetails", 4, pipelineName="shop")
    print("actions:", [f"{a['stageName']}/{a['actionName']} {a['status']}" for a in found], "requests:", requests)
    released = client.list_pipeline_executions(
        pipelineName="shop", filter={"succeededInStage": {"stageName": "Deploy"}})["pipelineExecutionSummaries"]
    for e in released:
        full = client.get_pipeline_execution(pipelineName="shop", pipelineExecutionId=e["pipelineExecutionId"])
        print("released:", full["pipelineExecution"]["artifactRevisions"][0]["revisionId"], full["pipelineExecution"]["variables"])


def changing(client):
    started = client.start_pipeline_execution(name="shop", variables=[{"name": "NOTE", "value": "boto3"}])
    e = client.get_pipeline_execution(pipelineName="shop", pipelineExecutionId=started["pipelineExecutionId"])
    print("started:", e["pipelineExecution"]["status"], e["pipelineExecution"]["trigger"])
    stopped = client.stop_pipeline_execution(
        pipelineName="shop", pipelineExecutionId=started["pipelineExecutionId"], abandon=True, reason="enough")
    print("stopped the same:", stopped["pipelineExecutionId"] == started["pipelineExecutionId"])
    print("stop trigger:", client.list_pipeline_executions(pipelineName="shop", maxResults=1)["pipelineExecutionSummaries"][0]["stopTrigger"])
    token = gate(client)["token"]
    answer = {"pipelineName": "shop", "stageName": "Approve", "actionName": "Gate", "token": token}
    print("approved:", client.put_approval_result(result={"summary": "ok", "status": "Approved"}, **answer)["approvedAt"].isoformat())
    print("gate:", {k: v for k, v in gate(client).items() if k in ("status", "summary", "lastUpdatedBy", "token")})
    refused(client, "approved again", "put_approval_result", result={"summary": "", "status": "Approved"}, **answer)


def gate(client):
    """What the approval's state says of its latest execution."""
    stage = client.get_pipeline_state(name="shop")["stageStates"][2]
    return stage["actionStates"][0]["latestExecution"]


def refusals(client):
    nobody = "00000000-0000-4000-8000-999999999999"
    refused(client, "no pipeline", "get_pipeline", name="sho")
    refused(client, "no version", "get_pipeline", name="shop", version=9)
    refused(client, "no execution", "get_pipeline_execution", pipelineName="shop", pipelineExecutionId=nobody)
    refused(client, "not stoppable", "stop_pipeline_execution", pipelineName="shop", pipelineExecutionId=nobody)
    refused(client, "a token of nobody", "list_pipelines", nextToken="nobody")
    refused(client, "a name", "get_pipeline", name="a b")
    refused(client, "no value", "start_pipeline_execution", name="shop")
    refused(client, "not yet", "list_webhooks")


main(sys.argv[1])
