"""Executions of ministack that moto runs.

An execution's record is ministack's: what moto does is written into it when it
ends, when it is stopped, and when somebody asks.
"""

import contextvars
import datetime
import json
import threading
from types import SimpleNamespace
from typing import Any, Callable

import permissions
from botocore.exceptions import ClientError
from ministack.core.responses import get_account_id, get_region, now_iso, request_scope
from ministack.services import stepfunctions
from moto.stepfunctions.parser.api import ExecutionStatus, StateMachineType
from moto.stepfunctions.parser.asl.component.state.exec.state_task.lambda_eval_utils import (
    LambdaFunctionErrorException,
)
from moto.stepfunctions.parser.asl.parse.asl_parser import AmazonStateLanguageParser
from moto.stepfunctions.parser.backend.execution import Execution

# moto's executions by ARN, the ended ones too: their tokens are known, and spent.
executions: dict[str, Execution] = {}
# Held while an execution's status changes: it may end by itself and be stopped at once.
ending = threading.RLock()
# The ARN by which StartExecution named the machine: the machine's, or that of a version. ministack's thread inherits it.
requested: contextvars.ContextVar[str] = contextvars.ContextVar("requested", default="")
# The record whose status event ministack puts.
emitted: contextvars.ContextVar[dict[str, Any] | None] = contextvars.ContextVar("emitted", default=None)


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
    emit(record)


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


emit_event = stepfunctions._emit_execution_status_event


def emit(record: dict[str, Any]) -> None:
    """Puts the event about an execution's status. The first one comes while StartExecution is answered."""
    if requested.get() in stepfunctions._state_machine_versions:
        record.setdefault("stateMachineVersionArn", requested.get())
    token = emitted.set(record)
    try:
        emit_event(record)
    finally:
        emitted.reset(token)


def complete(put_events: Callable) -> Callable:
    """Has status events name the version that was started, and why an execution was aborted."""

    def put_completed(data: dict[str, Any], *rest: Any, **options: Any) -> tuple:
        record = emitted.get()
        if record:
            [entry] = data["Entries"]
            missing = {name: record.get(name) for name in ("stateMachineVersionArn", "error", "cause")}
            data = {"Entries": [{**entry, "Detail": json.dumps({**json.loads(entry["Detail"]), **missing})}]}
        return put_events(data, *rest, **options)

    return put_completed
