"""Serves requests about state machines with moto's Step Functions engine.

    run.py --functions URL [--node-modules DIR]

The first line of standard output is {"endpoint": URL}: where task tokens can be
answered (SendTaskSuccess, SendTaskFailure, unsigned), and other calls be made.
Then each request, a JSON object on a line of standard input, is answered by a
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

Every function that a definition names is created. An invocation is POSTed to
URL/NAME with the payload as the body; a JSON object with "errorType" in answer
is the function's error, any other JSON its result.

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


# First: boto3 and moto read the environment when they are imported.
forget_environment()

import argparse
import io
import json
import logging
import queue
import threading
import zipfile
from pathlib import Path
from typing import Any, Callable, Iterator, TextIO

import boto3
from botocore.exceptions import ClientError
from moto.moto_server.werkzeug_app import DomainDispatcherApplication, create_backend_app
from werkzeug.serving import BaseWSGIServer, make_server

import repairs
from evaluator import Evaluator

HOST = "127.0.0.1"
REGION = "us-east-1"
INVOKE = "arn:aws:states:::lambda:invoke"
CONFIG = {
    "stepfunctions": {"execute_state_machine": True},
    "lambda": {"use_docker": False},
}


def main() -> int:
    arguments = parse_arguments()
    answers = keep_stdout()
    try:
        evaluator = Evaluator(arguments.node_modules)
        repairs.apply(evaluator, lambda name: f"{arguments.functions}/{name}")
    except (OSError, RuntimeError) as error:
        print(f"run.py: {error}", file=sys.stderr)
        return 1
    server = start_server()
    endpoint = f"http://{HOST}:{server.server_port}"
    answer({"endpoint": endpoint}, answers)
    serve(read_requests(evaluator), Machines(clients(endpoint)), answers)
    return 0


def parse_arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    beside_venv = Path(sys.prefix).parent / "moto-node" / "node_modules"
    parser.add_argument("--functions", required=True, metavar="URL")
    parser.add_argument("--node-modules", type=Path, default=beside_venv, metavar="DIR")
    return parser.parse_args()


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
        except (ClientError, RuntimeError, OSError, ValueError, LookupError) as error:
            result = {"failure": f"{type(error).__name__}: {error}"}
        answer(result, answers)


def validate(request: dict[str, Any], machines: "Machines") -> dict[str, Any]:
    try:
        machines.create(request["definition"])
    except ClientError as error:
        if error.response["Error"]["Code"] != "InvalidDefinition":
            raise
        return {"refused": error.response["Error"]["Message"]}
    return {}


def run(request: dict[str, Any], machines: "Machines") -> dict[str, Any]:
    stepfunctions = machines.client("stepfunctions")
    execution = stepfunctions.start_execution(
        stateMachineArn=machines.create(request["definition"]),
        name=request["name"],
        input=json.dumps(request["input"]),
    )["executionArn"]
    repairs.join(execution)
    description = stepfunctions.describe_execution(executionArn=execution)
    if description["status"] == "RUNNING":
        raise RuntimeError(f"moto gave execution {request['name']} up; standard error says why")
    return outcome(description, stepfunctions.get_execution_history(executionArn=execution)["events"])


class Machines:
    """The state machines of one server, each created once, and the functions that they name."""

    def __init__(self, client: Callable[[str], Any]):
        self.client = client
        self._role = client("iam").create_role(RoleName="machine", AssumeRolePolicyDocument="{}")["Role"]["Arn"]
        self._arns: dict[str, str] = {}
        self._functions: set[str] = set()

    def create(self, definition: str) -> str:
        """The ARN of the definition's machine."""
        if definition not in self._arns:
            self._arns[definition] = self.client("stepfunctions").create_state_machine(
                name=f"machine-{len(self._arns)}", definition=definition, roleArn=self._role
            )["stateMachineArn"]
            self._create_functions(set(function_names(json.loads(definition))))
        return self._arns[definition]

    def _create_functions(self, names: set[str]) -> None:
        code = io.BytesIO()
        with zipfile.ZipFile(code, "w") as archive:
            archive.writestr("bootstrap", "answered over HTTP\n")
        for name in sorted(names - self._functions):
            self.client("lambda").create_function(
                FunctionName=name,
                Role=self._role,
                Runtime="provided.al2023",
                Handler="bootstrap",
                Code={"ZipFile": code.getvalue()},
            )
        self._functions |= names


def start_server() -> BaseWSGIServer:
    server = make_server(HOST, 0, DomainDispatcherApplication(create_backend_app), threaded=True)
    # The engine reads the port here when it invokes a function.
    os.environ["MOTO_PORT"] = str(server.server_port)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    repairs.post(f"http://{HOST}:{server.server_port}/moto-api/config", json.dumps(CONFIG))
    return server


def clients(endpoint: str) -> Callable[[str], Any]:
    session = boto3.Session("testing", "testing", region_name=REGION)
    made: dict[str, Any] = {}

    def client(service: str) -> Any:
        if service not in made:
            made[service] = session.client(service, endpoint_url=endpoint)
        return made[service]

    return client


def function_names(value: Any) -> Iterator[str]:
    if isinstance(value, dict):
        if str(value.get("Resource", "")).startswith(INVOKE):
            yield value["Arguments"]["FunctionName"]
        value = list(value.values())
    if isinstance(value, list):
        for item in value:
            yield from function_names(item)


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
