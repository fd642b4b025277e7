"""Serves requests about state machines with moto's Step Functions engine.

    run.py --functions URL [--node-modules DIR]

The first line of standard output is {"endpoint": URL}: where task tokens can be
answered (SendTaskSuccess, SendTaskFailure, unsigned). Then each request, a JSON object on a line of standard input, is answered by a
line, one after another. "kind" says what is asked for:

    validate    has moto's parser read "definition", the text of a state machine,
                as CreateStateMachine does: {} where it takes it, else
                {"refused": TEXT}
    run         runs an execution called "name" of "definition" with "input", any
                JSON value, to its end: {"status", "output", "error", "cause",
                "events"}, output parsed, events the history with type, id,
                previousEventId and, where the event has them, name, error, cause
                and resource

A request that fails otherwise is answered {"failure": TEXT}.

The invocation of a Lambda function is POSTed to URL/NAME with the payload as the
body; a JSON object with "errorType" in answer is the function's error, any other
JSON its result.

The end of standard input ends the program, also in the middle of an execution:
nothing outlives the one who asks.
"""

import os
import sys

sys.dont_write_bytecode = True


def forget_environment() -> None:
    """Keeps every request on this machine, and the AWS settings of whoever runs this out of it."""
    for name in list(os.environ):
        if name.upper() in ("HTTP_PROXY", "ALL_PROXY") or name.startswith(("AWS_", "BOTO_", "MOTO_")):
            del os.environ[name]
    os.environ["AWS_CONFIG_FILE"] = os.environ["AWS_SHARED_CREDENTIALS_FILE"] = os.devnull


# First: moto reads the environment when it is imported.
forget_environment()

import argparse
import json
import logging
import queue
import threading
import urllib.error
import urllib.request
from pathlib import Path
from typing import Any, TextIO

from moto.moto_server.werkzeug_app import DomainDispatcherApplication, create_backend_app
from moto.stepfunctions.parser.api import InvalidDefinition
from moto.stepfunctions.parser.models import StepFunctionsParserBackend, stepfunctions_parser_backends
from werkzeug.serving import BaseWSGIServer, make_server

import repairs
from evaluator import Evaluator

HOST = "127.0.0.1"
# Where calls without credentials arrive.
ACCOUNT, REGION = "123456789012", "us-east-1"
ROLE = f"arn:aws:iam::{ACCOUNT}:role/machine"
CONFIG = {"stepfunctions": {"execute_state_machine": True}}


def main() -> int:
    arguments = parse_arguments()
    answers = keep_stdout()
    try:
        evaluator = Evaluator(arguments.node_modules)
        repairs.apply(evaluator, lambda name, payload, role: invoke(f"{arguments.functions}/{name}", payload))
    except (OSError, RuntimeError) as error:
        print(f"run.py: {error}", file=sys.stderr)
        return 1
    server = start_server()
    answer({"endpoint": f"http://{HOST}:{server.server_port}"}, answers)
    serve(read_requests(evaluator), Machines(), answers)
    return 0


def parse_arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    beside_venv = Path(sys.prefix).parent / "moto-node" / "node_modules"
    parser.add_argument("--functions", required=True, metavar="URL")
    parser.add_argument("--node-modules", type=Path, default=beside_venv, metavar="DIR")
    return parser.parse_args()


def invoke(url: str, payload: bytes) -> Any:
    """What the handler behind url answers; a server that cannot answer is a function error of its own name."""
    try:
        return json.loads(post(url, payload))
    except (OSError, ValueError) as error:
        return {"errorType": "HandlerUnreachable", "errorMessage": f"{url}: {error}"}


def post(url: str, body: bytes) -> bytes:
    request = urllib.request.Request(url, body, {"Content-Type": "application/json"})
    with urllib.request.urlopen(request) as response:
        return response.read()


def keep_stdout() -> TextIO:
    """Standard output for the answers alone; what anything else prints goes to standard error."""
    answers, sys.stdout = sys.stdout, sys.stderr
    # The engine logs every error that a state catches; what ends the execution is in the result.
    for name in ("werkzeug", "moto"):
        logging.getLogger(name).setLevel(logging.CRITICAL)
    return answers


def answer(value: dict[str, Any], answers: TextIO) -> None:
    print(json.dumps(value), file=answers, flush=True)


def read_requests(evaluator: Evaluator) -> queue.Queue:
    """The lines of standard input as they come, read on a thread of its own so that their end is seen at once."""
    lines: queue.Queue = queue.Queue()

    def read() -> None:
        for line in sys.stdin:
            lines.put(line)
        evaluator.stop()
        os._exit(0)

    threading.Thread(target=read, daemon=True).start()
    return lines


def serve(lines: queue.Queue, machines: "Machines", answers: TextIO) -> None:
    """Answers requests for ever: the program ends with standard input."""
    kinds = {"validate": validate, "run": run}
    while True:
        request = json.loads(lines.get())
        try:
            result = kinds[request["kind"]](request, machines)
        except Exception as error:
            result = {"failure": f"{type(error).__name__}: {error}"}
        answer(result, answers)


def validate(request: dict[str, Any], machines: "Machines") -> dict[str, Any]:
    try:
        machines.create(request["definition"])
    except InvalidDefinition as error:
        return {"refused": error.message}
    return {}


def run(request: dict[str, Any], machines: "Machines") -> dict[str, Any]:
    execution = machines.backend.start_execution(
        machines.create(request["definition"]), name=request["name"], execution_input=json.dumps(request["input"])
    )
    execution.exec_worker.thread.join()
    description = execution.to_describe_output()
    if description["status"] == "RUNNING":
        raise RuntimeError(f"moto gave execution {request['name']} up; standard error says why")
    return outcome(description, execution.to_history_output()["events"])


class Machines:
    """The state machines of the server, each created once. Not by HTTP: moto takes long to encode a history."""

    backend: StepFunctionsParserBackend = stepfunctions_parser_backends[ACCOUNT][REGION]

    def __init__(self) -> None:
        self._arns: dict[str, str] = {}

    def create(self, definition: str) -> str:
        """The ARN of the definition's machine."""
        if definition not in self._arns:
            name = f"machine-{len(self._arns)}"
            self._arns[definition] = self.backend.create_state_machine(name, definition, ROLE).arn
        return self._arns[definition]


def start_server() -> BaseWSGIServer:
    server = make_server(HOST, 0, DomainDispatcherApplication(create_backend_app), threaded=True)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    post(f"http://{HOST}:{server.server_port}/moto-api/config", json.dumps(CONFIG).encode())
    return server


def outcome(description: dict[str, Any], history: list[dict[str, Any]]) -> dict[str, Any]:
    # DescribeExecution of moto does not encode an output that is a string, and drops null; the history has both.
    last = history[-1] if history else {}
    output = last.get("executionSucceededEventDetails", {}).get("output")
    return {
        "status": description["status"],
        "output": None if output is None else json.loads(output),
        "error": description.get("error"),
        "cause": description.get("cause"),
        "events": [event(entry) for entry in history],
    }


def event(entry: dict[str, Any]) -> dict[str, Any]:
    kept = {key: entry[key] for key in ("type", "id", "previousEventId")}
    for details in (value for key, value in entry.items() if key.endswith("EventDetails")):
        kept |= {key: details[key] for key in ("name", "error", "cause", "resource") if key in details}
    return kept


if __name__ == "__main__":
    sys.exit(main())
