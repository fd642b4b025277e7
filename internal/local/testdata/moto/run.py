"""Runs one execution of a state machine on moto's Step Functions engine.

    run.py [--node-modules DIR] [REQUEST.json]

The request is one JSON object, in the named file or as the first line of
standard input:

    definition      the state machine, as ASL text
    input           the execution's input, any JSON value
    name            the execution's name
    functions       where Lambda functions are answered: a base URL, to which
                    "/NAME" is appended, or a map from NAME to a URL
    timeoutSeconds  how long the execution may take; 120 if absent

Every function that the definition names, as NAME or as the substitution
variable ${NAME}, is created. An invocation is POSTed to its URL with the
payload as the body; a JSON object with "errorType" in answer is the function's
error, any other JSON its result.

Standard output has two lines: {"endpoint": URL}, before the execution starts,
where task tokens can be answered (SendTaskSuccess, SendTaskFailure, unsigned),
and, after its end, {"status", "output", "error", "cause", "states", "events"}:
output parsed, states the names in the order entered, events the history with
type, id, previousEventId and, where the event has them, name, error, cause and
resource.

Exit status: 0 when the execution ended, however it ended; 1 with a message when
it did not, or could not start. If the request came by standard input, the end
of that ends the program too: nothing outlives the one who asked.
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
import re
import threading
import time
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
POLL_SECONDS = 0.02
CONFIG = {
    "stepfunctions": {"execute_state_machine": True},
    "lambda": {"use_docker": False},
}


def main() -> int:
    arguments = parse_arguments()
    answers = keep_stdout()
    try:
        evaluator = Evaluator(arguments.node_modules)
    except OSError as error:
        return fail(str(error))
    try:
        request = read_request(arguments.request, evaluator)
        repairs.apply(evaluator, urls(request["functions"]))
        return run(request, answers)
    except (ClientError, RuntimeError, OSError, ValueError) as error:
        return fail(str(error))
    finally:
        evaluator.stop()


def fail(message: str) -> int:
    print(f"run.py: {message}", file=sys.stderr)
    return 1


def parse_arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    beside_venv = Path(sys.prefix).parent / "moto-node" / "node_modules"
    parser.add_argument("--node-modules", type=Path, default=beside_venv, metavar="DIR")
    parser.add_argument("request", type=Path, nargs="?", metavar="REQUEST.json")
    return parser.parse_args()


def keep_stdout() -> TextIO:
    """Standard output for the answers alone; what anything else prints goes to standard error."""
    answers, sys.stdout = sys.stdout, sys.stderr
    # The engine logs every error that a state catches; what ends the execution is in the result.
    for name in ("werkzeug", "moto"):
        logging.getLogger(name).setLevel(logging.CRITICAL)
    return answers


def read_request(path: Path | None, evaluator: Evaluator) -> dict[str, Any]:
    if path is not None:
        return json.loads(path.read_text(encoding="utf-8"))
    line = sys.stdin.readline()

    def end_with_stdin() -> None:
        # Not by sys.stdin, whose lock would be held when the interpreter shuts down.
        while os.read(0, 4096):
            pass
        evaluator.stop()
        os._exit(1)

    threading.Thread(target=end_with_stdin, daemon=True).start()
    return json.loads(line)


def urls(functions: str | dict[str, str]) -> Callable[[str], str]:
    if isinstance(functions, str):
        return lambda name: f"{functions.rstrip('/')}/{name}"
    return lambda name: functions[name]


def run(request: dict[str, Any], answers: TextIO) -> int:
    server = start_server()
    endpoint = f"http://{HOST}:{server.server_port}"
    client = clients(endpoint)
    definition, names = substitute_functions(request["definition"])
    role = create_functions(client, names)
    machine = client("stepfunctions").create_state_machine(
        name="machine", definition=definition, roleArn=role
    )["stateMachineArn"]
    print(json.dumps({"endpoint": endpoint}), file=answers, flush=True)
    execution = client("stepfunctions").start_execution(
        stateMachineArn=machine, name=request["name"], input=json.dumps(request["input"])
    )["executionArn"]
    limit = request.get("timeoutSeconds", 120)
    description = wait(client("stepfunctions"), execution, limit)
    history = client("stepfunctions").get_execution_history(executionArn=execution)["events"]
    print(json.dumps(result(description, history)), file=answers, flush=True)
    server.shutdown()
    if description["status"] == "RUNNING":
        return fail(f"execution {request['name']} did not end in {limit} s")
    return 0


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


def substitute_functions(definition: str) -> tuple[str, list[str]]:
    """The definition with ${NAME} replaced for each function's NAME, as a stack would, and the names."""
    named = sorted(set(function_names(json.loads(definition))))
    names = []
    for name in named:
        variable = re.fullmatch(r"\$\{(\w+)\}", name)
        if variable:
            definition = definition.replace(name, variable[1])
        names.append(variable[1] if variable else name)
    return definition, names


def function_names(value: Any) -> Iterator[str]:
    if isinstance(value, dict):
        if str(value.get("Resource", "")).startswith(INVOKE):
            yield value["Arguments"]["FunctionName"]
        value = list(value.values())
    if isinstance(value, list):
        for item in value:
            yield from function_names(item)


def create_functions(client: Callable[[str], Any], names: list[str]) -> str:
    """Creates the role, which it returns, and the functions."""
    role = client("iam").create_role(RoleName="machine", AssumeRolePolicyDocument="{}")["Role"]["Arn"]
    code = io.BytesIO()
    with zipfile.ZipFile(code, "w") as archive:
        archive.writestr("bootstrap", "answered over HTTP\n")
    for name in names:
        client("lambda").create_function(
            FunctionName=name,
            Role=role,
            Runtime="provided.al2023",
            Handler="bootstrap",
            Code={"ZipFile": code.getvalue()},
        )
    return role


def wait(stepfunctions: Any, execution: str, limit: float) -> dict[str, Any]:
    """The execution's description once it ended, or as it is after limit seconds."""
    deadline = time.monotonic() + limit
    while True:
        description = stepfunctions.describe_execution(executionArn=execution)
        if description["status"] != "RUNNING" or time.monotonic() > deadline:
            return description
        time.sleep(POLL_SECONDS)


def result(description: dict[str, Any], history: list[dict[str, Any]]) -> dict[str, Any]:
    # DescribeExecution of moto does not encode an output that is a string, and drops null; the history has both.
    last = history[-1] if history else {}
    output = last.get("executionSucceededEventDetails", {}).get("output")
    events = [event(entry) for entry in history]
    return {
        "status": description["status"],
        "output": None if output is None else json.loads(output),
        "error": description.get("error"),
        "cause": description.get("cause"),
        "states": [e["name"] for e in events if e["type"].endswith("StateEntered")],
        "events": events,
    }


def event(entry: dict[str, Any]) -> dict[str, Any]:
    kept = {key: entry[key] for key in ("type", "id", "previousEventId")}
    for details in (value for key, value in entry.items() if key.endswith("EventDetails")):
        kept |= {key: details[key] for key in ("name", "error", "cause", "resource") if key in details}
    return kept


if __name__ == "__main__":
    sys.exit(main())
