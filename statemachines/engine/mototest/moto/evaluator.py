"""The Node child that evaluates JSONata, as one object.

It starts the child, sends it one expression at a time and returns what it
answers. It knows nothing of moto.
"""

import json
import os
import subprocess
import threading
from pathlib import Path
from typing import Any


class UndefinedResult(Exception):
    """The expression returned nothing."""


class EvaluationError(Exception):
    """The expression does not parse, or failed; the text says how."""


class Evaluator:
    """A Node child. Safe for several threads; expressions run one after another."""

    def __init__(self, node_modules: Path):
        if not (node_modules / "jsonata").is_dir():
            raise FileNotFoundError(f"no jsonata in {node_modules}: run setup.sh")
        bridge = Path(__file__).with_name("bridge.js")
        # json.dumps escapes what is not ASCII, so no value holds what a reader of lines takes for an end.
        self._child = subprocess.Popen(
            ["node", str(bridge)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            env={**os.environ, "NODE_PATH": str(node_modules)},
            encoding="utf-8",
        )
        self._lock = threading.Lock()

    def evaluate(self, expression: str, bindings: dict[str, Any]) -> Any:
        """The value of expression; bindings are JSON values by variable name, without the dollar."""
        request = json.dumps(
            {"expression": expression, "bindings": bindings}, default=str
        )
        with self._lock:
            self._child.stdin.write(request + "\n")
            self._child.stdin.flush()
            answer = self._child.stdout.readline()
        if not answer:
            raise RuntimeError("the Node child that evaluates JSONata ended early")
        result = json.loads(answer)
        if "error" in result:
            raise EvaluationError(result["error"])
        if "undefined" in result:
            raise UndefinedResult()
        return result["value"]

    def stop(self) -> None:
        """Ends the child, also in the middle of an expression."""
        self._child.kill()
        self._child.wait()
