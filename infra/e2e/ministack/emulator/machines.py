"""State machines of ministack that run on moto's engine.

ministack keeps machines, versions and executions, and answers for them; moto,
whose JSONata, scopes and tokens are like the service's once they are repaired,
interprets them. Here is what the API answers; running.py has the executions.
"""

import datetime
import json
import sys
import time
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import permissions
import repairs
import running
from evaluator import Evaluator
from ministack.core.responses import error_response_json, get_account_id, get_region, json_response
from ministack.services import eventbridge, stepfunctions
from moto.stepfunctions.parser.asl.eval.callback.callback import (
    CallbackNotifyConsumerError,
    CallbackOutcome,
    CallbackOutcomeFailure,
    CallbackOutcomeSuccess,
)
from moto.stepfunctions.parser.backend.execution import Execution

# What ministack does itself, by the name that it has there: all of it is replaced, and must be there.
ministack = SimpleNamespace(
    **{
        name: getattr(stepfunctions, name)
        for name in (
            "_run_execution",
            "_start_execution",
            "_stop_execution",
            "_describe_execution",
            "_get_execution_history",
            "_publish_state_machine_version",
            "_send_task_success",
            "_send_task_failure",
            "_send_task_heartbeat",
        )
    }
)


def apply() -> Evaluator:
    """Has moto run ministack's executions. The evaluator of JSONata that it starts must be stopped."""
    evaluator = Evaluator(Path(sys.prefix).parent / "moto-node" / "node_modules")
    repairs.apply(evaluator, running.invoke)
    stepfunctions._run_execution = running.run
    stepfunctions._start_execution = start
    stepfunctions._stop_execution = stop
    stepfunctions._describe_execution = describe
    stepfunctions._emit_execution_status_event = running.emit
    eventbridge._put_events = running.complete(eventbridge._put_events)
    stepfunctions._get_execution_history = history
    stepfunctions._publish_state_machine_version = publish
    stepfunctions._send_task_success = succeed
    stepfunctions._send_task_failure = fail
    stepfunctions._send_task_heartbeat = heartbeat
    permissions.resources["states"] = machine_of
    return evaluator


def start(data: dict[str, Any]) -> tuple:
    """StartExecution: the same name with the same input is the same execution while it runs."""
    name, text = data.get("name"), data.get("input", "{}")
    try:
        json.loads(text)
    except ValueError as error:
        return error_response_json("InvalidExecutionInput", f"Invalid State Machine Execution Input: {error}", 400)
    arn = data.get("stateMachineArn", "")
    machine = stepfunctions._state_machines.get(stepfunctions._resolve_state_machine_arn(arn) or "")
    if machine and name:
        known = f"arn:aws:states:{get_region()}:{get_account_id()}:execution:{machine['name']}:{name}"
        record = stepfunctions._executions.get(known)
        if record and record["status"] == "RUNNING" and record["input"] == text:
            return json_response({"executionArn": known, "startDate": record["startDate"]})
    token = running.requested.set(arn)
    try:
        return ministack._start_execution(data)
    finally:
        running.requested.reset(token)


def stop(data: dict[str, Any]) -> tuple:
    """StopExecution: also of what moto still does."""
    arn = data.get("executionArn")
    record, execution = stepfunctions._executions.get(arn), running.executions.get(arn)
    with running.ending:
        if record and record["status"] == "RUNNING":
            running.write_history(record)
        response = ministack._stop_execution(data)
    if execution and record["status"] == "ABORTED":
        halt(execution)
    return response


def halt(execution: Execution) -> None:
    """Has an execution's threads end."""
    worker = execution.exec_worker
    while worker.thread.is_alive() and not (worker.env and worker.env.program_state()):
        time.sleep(0.001)  # it begins: what has no state yet does not take the stop
    worker.stop(datetime.datetime.now(datetime.timezone.utc), None, None)
    running.interrupt(execution)


def describe(data: dict[str, Any]) -> tuple:
    """DescribeExecution, with the version that was started."""
    status, headers, body = ministack._describe_execution(data)
    version = stepfunctions._executions.get(data.get("executionArn"), {}).get("stateMachineVersionArn")
    if status == 200 and version:
        body = json.dumps({**json.loads(body), "stateMachineVersionArn": version}).encode()
    return status, headers, body


def history(data: dict[str, Any]) -> tuple:
    """GetExecutionHistory, of an execution that runs too."""
    record = stepfunctions._executions.get(data.get("executionArn"))
    if record:
        running.write_history(record)
    return ministack._get_execution_history(data)


def publish(data: dict[str, Any]) -> tuple:
    """PublishStateMachineVersion: a revision that has a version gets no second one."""
    arn = data.get("stateMachineArn")
    machine = stepfunctions._state_machines.get(arn, {})
    newest = stepfunctions._state_machine_versions.get(f"{arn}:{machine.get('lastVersionNumber')}")
    asked = data.get("revisionId") or machine.get("revisionId")
    if newest and newest["stateMachineRevisionId"] == asked == machine.get("revisionId"):
        return json_response({"stateMachineVersionArn": newest["stateMachineVersionArn"], "creationDate": newest["creationDate"]})
    return ministack._publish_state_machine_version(data)


def succeed(data: dict[str, Any]) -> tuple:
    """SendTaskSuccess."""
    token, output = data.get("taskToken"), data.get("output", "")
    try:
        json.loads(output)
    except ValueError as error:
        return error_response_json("InvalidOutput", f"Invalid Output: {error}", 400)
    return notify(token, CallbackOutcomeSuccess(callback_id=token, output=output))


def fail(data: dict[str, Any]) -> tuple:
    """SendTaskFailure."""
    token = data.get("taskToken")
    return notify(token, CallbackOutcomeFailure(callback_id=token, error=data.get("error", ""), cause=data.get("cause", "")))


def heartbeat(data: dict[str, Any]) -> tuple:
    """SendTaskHeartbeat."""
    return notify(data.get("taskToken"), None)


def notify(token: str, outcome: CallbackOutcome | None) -> tuple:
    """Answers a token, or has it live on."""
    execution, pool = waiting(token)
    if execution:
        try:
            if pool.notify(token, outcome) if outcome else pool.heartbeat(token) or True:
                return json_response({})
        except CallbackNotifyConsumerError:
            return error_response_json("TaskTimedOut", "Task Timed Out: 'Provided task does not exist anymore'", 400)
    return error_response_json("InvalidToken", "Invalid Token: 'Invalid token'", 400)


def waiting(token: str | None) -> tuple:
    """The execution that has given a token, and moto's pool of its tokens; None and None where there is none."""
    for execution in list(running.executions.values()):
        pool = execution.exec_worker.env and execution.exec_worker.env.callback_pool_manager
        if pool and pool.get(token):
            return execution, pool
    return None, None


def machine_of(asked: dict[str, Any]) -> str:
    """The state machine that a token is about, which is the resource of a request with one."""
    execution, _ = waiting(asked.get("taskToken"))
    return execution.state_machine.arn if execution else ""
