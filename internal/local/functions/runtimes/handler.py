# Runs the handler of a Lambda function in Python: a client of the Lambda runtime API for one event.
import http.client
import importlib
import json
import os
import sys
import time
import traceback

BASE = "/2018-06-01/runtime"


class Context:
    """What a handler gets beside its event."""

    def __init__(self, headers):
        self.aws_request_id = headers["Lambda-Runtime-Aws-Request-Id"]
        self.invoked_function_arn = headers["Lambda-Runtime-Invoked-Function-Arn"]
        self.function_name = os.environ["AWS_LAMBDA_FUNCTION_NAME"]
        self.function_version = os.environ["AWS_LAMBDA_FUNCTION_VERSION"]
        self.memory_limit_in_mb = os.environ["AWS_LAMBDA_FUNCTION_MEMORY_SIZE"]
        self.log_group_name = os.environ["AWS_LAMBDA_LOG_GROUP_NAME"]
        self.log_stream_name = os.environ["AWS_LAMBDA_LOG_STREAM_NAME"]
        self.identity = None
        self.client_context = None
        self._deadline = int(headers["Lambda-Runtime-Deadline-Ms"])

    def get_remaining_time_in_millis(self):
        return max(self._deadline - int(time.time() * 1000), 0)


def call(method, path, value=None):
    connection = http.client.HTTPConnection(os.environ["AWS_LAMBDA_RUNTIME_API"])
    body = None if value is None else value.encode()
    connection.request(method, BASE + path, body, {"Content-Type": "application/json"})
    answer = connection.getresponse()
    return answer.headers, answer.read()


def failed(path):
    kind, error, trace = sys.exc_info()
    trace = trace.tb_next or trace  # without this file's own frame
    traceback.print_exception(kind, error, trace)
    lines = traceback.format_tb(trace)
    call("POST", path, json.dumps({"errorMessage": str(error), "errorType": kind.__name__, "stackTrace": lines}))


def load():
    module, _, name = os.environ["_HANDLER"].rpartition(".")
    sys.path.insert(0, os.environ["LAMBDA_TASK_ROOT"])
    return getattr(importlib.import_module(module.replace("/", ".")), name)


def main():
    try:
        handler = load()
    except BaseException:
        failed("/init/error")
        return 1
    headers, event = call("GET", "/invocation/next")
    request = "/invocation/" + headers["Lambda-Runtime-Aws-Request-Id"]
    try:
        result = json.dumps(handler(json.loads(event), Context(headers)))
    except BaseException:
        failed(request + "/error")
        return 1
    call("POST", request + "/response", result)
    return 0


sys.exit(main())
