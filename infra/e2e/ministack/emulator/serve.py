"""Serves ministack, an emulator of AWS, on 127.0.0.1, with state machines on moto's engine.

    serve.py --moto DIR --account ACCOUNT --region REGION [--enforce]

DIR has the repairs of moto's engine. The credentials of the account's root are
AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY of the environment. With --enforce,
signatures and permissions are checked. The first line of standard output is the
endpoint; standard error is ministack's log. The end of standard input ends the
program and the functions that run below it: nothing outlives the one who asks.
"""

import os
import sys

sys.dont_write_bytecode = True

import argparse
import socket

HOST = "127.0.0.1"
ROOT = ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY")
FOREIGN = ("AWS_", "BOTO_", "MOTO_", "MINISTACK_", "LOCALSTACK_", "LAMBDA_", "SFN_", "S3_", "DOCKER_")


def parse_arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    for name in ("moto", "account", "region"):
        parser.add_argument(f"--{name}", required=True)
    parser.add_argument("--enforce", action="store_true")
    return parser.parse_args()


def listen() -> socket.socket:
    """A free port of this machine alone, taken before ministack is imported, which wants to know it."""
    listener = socket.create_server((HOST, 0))
    listener.set_inheritable(False)
    return listener


def settle_environment(port: int, arguments: argparse.Namespace) -> None:
    """ministack's settings, and nothing of whoever runs this: functions inherit the environment too."""
    root = {name: os.environ[name] for name in ROOT}
    for name in list(os.environ):
        if name.upper() in ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY") or name.startswith(FOREIGN):
            del os.environ[name]
    os.environ.update(
        root,
        AUTH=str(arguments.enforce).lower(),
        AWS_CONFIG_FILE=os.devnull,
        AWS_SHARED_CREDENTIALS_FILE=os.devnull,
        AWS_EC2_METADATA_DISABLED="true",
        AWS_ENDPOINT_URL=f"http://{HOST}:{port}",
        GATEWAY_PORT=str(port),
        MINISTACK_HOST=HOST,
        MINISTACK_ACCOUNT_ID=arguments.account,
        MINISTACK_REGION=arguments.region,
        # Listeners of their own, on all interfaces.
        IOT_MTLS_ENABLED="0",
        SFTP_ENABLED="0",
        # Where no Docker is: ministack would look for one.
        LAMBDA_EXECUTOR="local",
    )


def main() -> None:
    arguments = parse_arguments()
    endpoint, sys.stdout = sys.stdout, sys.stderr
    listener = listen()
    port = listener.getsockname()[1]
    settle_environment(port, arguments)
    sys.path.insert(0, arguments.moto)

    import server

    server.serve(listener, lambda: print(f"http://{HOST}:{port}", file=endpoint, flush=True))


if __name__ == "__main__":
    main()
