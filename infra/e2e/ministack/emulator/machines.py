"""State machines of ministack that run on moto's engine.

ministack keeps machines, versions and executions, and answers for them; moto,
whose JSONata, scopes and tokens are like the service's once they are repaired,
interprets them. An execution's record is ministack's: what moto does is written
into it when it ends, when it is stopped, and when somebody asks.
"""

import contextvars
import datetime
import json
import sys
import threading
import time
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import permissions
import repairs
from botocore.exceptions import ClientError
from evaluator import Evaluator
from ministack.core.responses import (
    error_response_json,
    get_account_id,
    get_region,
    json_response,
    now_iso,
    request_scope,
)
from ministack.services import stepfunctions
from moto.stepfunctions.parser.api import ExecutionStatus, StateMachineType
from moto.stepfunctions.parser.asl.component.state.exec.state_task.lambda_eval_utils import (
    LambdaFunctionErrorException,
)
from moto.stepfunctions.parser.asl.eval.callback.callback import (
    CallbackNotifyConsumerError,
    CallbackOutcome,
    CallbackOutcomeFailure,
    CallbackOutcomeSuccess,
)
from moto.stepfunctions.parser.asl.parse.asl_parser import AmazonStateLanguageParser
from moto.stepfunctions.parser.backend.execution import Execution

# ministack's function, by its name, is the one that answers for the API or runs an execution on a thread.
ministack = SimpleNamespace(
    **{
        name: getattr(stepfunctions, name)
        for name in (
            "_run_execution",
            "_start_execution",
            "_stop_execution",
            "_get_execution_history",
            "_publish_state_machine_version",
            "_send_task_success",
            "_send_task_failure",
            "_send_task_heartbeat",
        )
    }
)

# moto's executions by ARN, the ended ones too: their tokens are known, and spent.
executions: dict[str, Execution] = {}
# Held while an execution's status changes: it may end by itself and be stopped at once.
ending = threading.RLock()
# The ARN by which StartExecution named the machine: the machine's, or that of a version. ministack's thread inherits it.
requested: contextvars.ContextVar[str] = contextvars.ContextVar("requested")


def apply() -> Evaluator:
    """Has moto run ministack's executions. The evaluator of JSONata that it starts must be stopped."""
    evaluator = Evaluator(Path(sys.prefix).parent / "moto-node" / "node_modules")
    repairs.apply(evaluator, invoke)
    stepfunctions._run_execution = run
    stepfunctions._start_execution = start
    stepfunctions._stop_execution = stop
    stepfunctions._get_execution_history = history
    stepfunctions._publish_state_machine_version = publish
    stepfunctions._send_task_success = succeed
    stepfunctions._send_task_failure = fail
    stepfunctions._send_task_heartbeat = heartbeat
    return evaluator


def invoke(function: str, payload: bytes, role: str) -> Any:
    """Invokes a function of ministack as a role. It fails as boto does where Lambda itself refuses."""
    with request_scope(get_account_id(), get_region()):
        try:
            reference = stepfunctions._resolve_lambda_function_ref(function, optimized=True)
            if not permissions.allows(role, "lambda:InvokeFunction", permissions.function_arn(reference)):
                raise refused("AWSLambdaException", f"{role} is not authorized to perform: lambda:InvokeFunction on resource: {function}", 403)
            return stepfunctions._call_lambda(reference, json.loads(payload))
        except stepfunctions._ExecutionError as error:
            raise function_error(error) from error


def function_error(error: stepfunctions._ExecutionError) -> Exception:
    """What moto knows as the error of a function, or as that of Lambda."""
    if error.error.startswith("Lambda.") and error.error != "Lambda.Unknown":
        return refused(error.error.removeprefix("Lambda."), error.cause, 404)
    body = json.loads(error.cause)
    if "__type" in body:
        return refused(body["__type"], body.get("message", ""), 429)
    return LambdaFunctionErrorException("Unhandled", error.cause)


def refused(code: str, message: str, status: int) -> ClientError:
    """The error of a call of Lambda's API."""
    metadata = {"HTTPStatusCode": status, "RequestId": "00000000-0000-0000-0000-000000000000"}
    return ClientError({"Error": {"Code": code, "Message": message}, "ResponseMetadata": metadata}, "Invoke")


def run(arn: str) -> None:
    """Runs an execution to its end, on the thread that ministack has for it."""
    record = stepfunctions._executions[arn]
    execution = execution_of(record)
    try:
        # Before the thread of the execution does it: from then on it can be stopped.
        AmazonStateLanguageParser.parse(execution.state_machine.definition)
    except Exception as error:
        end(record, "FAILED", error="States.Runtime", cause=f"{type(error).__name__}: {error}")
        return
    with ending:
        if record["status"] != "RUNNING":
            return
        executions[arn] = execution
        execution.start()
    execution.exec_worker.thread.join()
    finish(record, execution)


def execution_of(record: dict[str, Any]) -> Execution:
    """moto's execution of ministack's record: of the version that was asked for, where ministack runs the newest."""
    machine = stepfunctions._state_machines[record["stateMachineArn"]]
    version = stepfunctions._state_machine_versions.get(requested.get(), {})
    return Execution(
        name=record["name"],
        sm_type=StateMachineType.STANDARD,
        role_arn=version.get("roleArn") or machine["roleArn"],
        exec_arn=record["executionArn"],
        account_id=get_account_id(),
        region_name=get_region(),
        state_machine=SimpleNamespace(
            arn=record["stateMachineArn"],
            name=machine["name"],
            sm_type=StateMachineType.STANDARD,
            definition=version.get("definition") or machine["definition"],
        ),
        start_date=datetime.datetime.fromisoformat(record["startDate"].replace("Z", "+00:00")),
        cloud_watch_logging_session=None,
        activity_store={},
        input_data=record["input"],
    )


def finish(record: dict[str, Any], execution: Execution) -> None:
    """Writes how an execution has ended into its record, unless it was stopped meanwhile."""
    status = execution.exec_status
    if status == ExecutionStatus.RUNNING:
        end(record, "FAILED", error="States.Runtime", cause="the thread of the execution died: the log says why")
    elif status == ExecutionStatus.SUCCEEDED:
        # moto's own description does not encode an output that is a string, and drops null.
        last = execution.to_history_output()["events"][-1]
        end(record, "SUCCEEDED", output=last["executionSucceededEventDetails"]["output"])
    else:
        end(record, status.value, error=execution.error, cause=execution.cause)
    interrupt(execution)


def end(record: dict[str, Any], status: str, **outcome: Any) -> None:
    with ending:
        if record["status"] != "RUNNING":
            return
        write_history(record)
        record.update(outcome, status=status, stopDate=now_iso())
    stepfunctions._emit_execution_status_event(record)


def write_history(record: dict[str, Any]) -> None:
    """Writes what has happened so far into the record of an execution that is not stopped."""
    execution = executions.get(record["executionArn"])
    events = list(execution.to_history_output()["events"]) if execution else []
    if events and record["status"] != "ABORTED":
        record["events"] = events


def interrupt(execution: Execution) -> None:
    """Wakes whoever waits for a token of an execution that is no more, and has the tokens spent."""
    if execution.exec_worker.env:
        for endpoint in list(execution.exec_worker.env.callback_pool_manager._pool.values()):
            endpoint.interrupt_all()


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
    token = requested.set(arn)
    try:
        return ministack._start_execution(data)
    finally:
        requested.reset(token)


def stop(data: dict[str, Any]) -> tuple:
    """StopExecution: also of what moto still does."""
    arn = data.get("executionArn")
    record, execution = stepfunctions._executions.get(arn), executions.get(arn)
    with ending:
        if record and record["status"] == "RUNNING":
            write_history(record)
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
    interrupt(execution)


def history(data: dict[str, Any]) -> tuple:
    """GetExecutionHistory, of an execution that runs too."""
    record = stepfunctions._executions.get(data.get("executionArn"))
    if record:
        write_history(record)
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
    for execution in list(executions.values()):
        pool = execution.exec_worker.env and execution.exec_worker.env.callback_pool_manager
        try:
            if pool and pool.get(token) and (pool.notify(token, outcome) if outcome else pool.heartbeat(token) or True):
                return json_response({})
        except CallbackNotifyConsumerError:
            return error_response_json("TaskTimedOut", "Task Timed Out: 'Provided task does not exist anymore'", 400)
    return error_response_json("InvalidToken", "Invalid Token: 'Invalid token'", 400)
