"""ministack's web application, repaired, behind a listener."""

import asyncio
import json
import logging
import os
import socket
import sys
import threading
from typing import Any, Callable

from hypercorn.asyncio import serve as hypercorn_serve
from hypercorn.config import Config
from ministack import app as ministack_app
from ministack.core import lambda_runtime
from ministack.core.responses import request_scope

import builds
import machines
import mending
import permissions

# Seconds that a client may leave a connection unused; longer than clients do, or a request meets its end.
KEEP_ALIVE = 600

# The doors of a test, each with what takes a JSON value and answers another one: events in the name of a service, as
# the entries of PutEvents; how builds end.
DOORS: dict[str, Callable] = {"/_events": mending.put_events, "/_builds": builds.door}


def serve(listener: socket.socket, ready: Callable[[], None]) -> None:
    """Serves until standard input ends; calls ready once requests are answered."""
    mending.apply()
    builds.apply()
    permissions.apply()
    evaluator = machines.apply()

    def stop() -> None:
        sys.stdin.read()
        lambda_runtime.reset()
        evaluator.stop()
        os._exit(0)

    threading.Thread(target=stop, daemon=True).start()
    # moto logs every error that a state catches; how an execution has ended is in its record.
    logging.getLogger("moto").setLevel(logging.CRITICAL)
    config = Config()
    config.bind = [f"fd://{listener.fileno()}"]
    config.keep_alive_timeout = KEEP_ALIVE
    config.loglevel = "WARNING"
    asyncio.run(hypercorn_serve(announced(ready), config))


def announced(ready: Callable[[], None]) -> Callable:
    """The application, which calls ready when its start is complete; the listener takes requests since before."""

    async def application(scope, receive, send):
        async def forward(message):
            await send(message)
            if message["type"] == "lifespan.startup.complete":
                ready()

        if scope["type"] == "http" and scope["path"] in DOORS:
            await enter(DOORS[scope["path"]], receive, send)
        else:
            await ministack_app.app(scope, receive, forward if scope["type"] == "lifespan" else send)

    return application


async def enter(door: Callable, receive: Callable, send: Callable) -> None:
    body, more = b"", True
    while more:
        message = await receive()
        body, more = body + message.get("body", b""), message.get("more_body", False)
    answer = json.dumps(await asyncio.to_thread(in_account, door, json.loads(body)))
    await send({"type": "http.response.start", "status": 200, "headers": [(b"content-type", b"application/json")]})
    await send({"type": "http.response.body", "body": answer.encode()})


def in_account(door: Callable, asked: Any) -> Any:
    """The stores of services are kept apart by account and Region."""
    with request_scope(os.environ["MINISTACK_ACCOUNT_ID"], os.environ["MINISTACK_REGION"]):
        return door(asked)
