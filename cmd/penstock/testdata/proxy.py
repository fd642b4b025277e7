"""Drives a pipeline with boto3 from its start to its end: proxy.py ENDPOINT"""

import sys
import time

import boto3
from botocore.config import Config
from botocore.exceptions import ClientError


def waiting(client):
    """Returns the token of the approval, when it waits."""
    while True:
        state = client.get_pipeline_state(name="demo")
        gate = state["stageStates"][2]["actionStates"][0]
        if token := gate.get("latestExecution", {}).get("token"):
            return token
        time.sleep(0.1)


def ended(client, id):
    """Returns the status of an execution that has ended."""
    while True:
        execution = client.get_pipeline_execution(pipelineName="demo", pipelineExecutionId=id)
        status = execution["pipelineExecution"]["status"]
        if status != "InProgress":
            return status
        time.sleep(0.1)


def main():
    client = boto3.client("codepipeline", endpoint_url=sys.argv[1], region_name="eu-central-1", config=Config(retries={"total_max_attempts": 1}))
    id = client.start_pipeline_execution(name="demo", variables=[{"name": "CHANNEL", "value": "béta"}])["pipelineExecutionId"]
    token = waiting(client)
    try:
        client.stop_pipeline_execution(pipelineName="demo", pipelineExecutionId=id)
    except ClientError as e:
        print("stop:", e.response["ResponseMetadata"]["HTTPStatusCode"], e.response["Error"]["Message"])
    try:
        client.get_pipeline(name="nothing")
    except client.exceptions.PipelineNotFoundException as e:
        print("get:", e.response["Error"]["Message"])
    try:
        client.get_pipeline(name="a b")
    except ClientError as e:
        print("get:", e.response["Error"]["Code"])
    client.put_approval_result(
        pipelineName="demo", stageName="Approve", actionName="Gate", token=token, result={"summary": "fine", "status": "Approved"}
    )
    print(ended(client, id))
    listed = client.get_paginator("list_action_executions").paginate(
        pipelineName="demo", PaginationConfig={"PageSize": 2}, filter={"pipelineExecutionId": id}
    )
    print(sorted(a["actionName"] for page in listed for a in page["actionExecutionDetails"]))


main()
