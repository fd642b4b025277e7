"""Validates inputs of CreatePipeline as the AWS command line does before it sends them.

Reads one JSON object a line, {"name": ..., "input": ...}; prints the name and the report of every input that botocore
refuses, and last how many it has seen.
"""

import json
import sys

import botocore.session
from botocore.validate import ParamValidator


def main():
    model = botocore.session.get_session().get_service_model("codepipeline")
    shape = model.operation_model("CreatePipeline").input_shape
    seen = 0
    for line in sys.stdin:
        case = json.loads(line)
        report = ParamValidator().validate(case["input"], shape)
        if report.has_errors():
            print(f"{case['name']}: {report.generate_report()}")
        seen += 1
    print(f"{seen} inputs")


main()
