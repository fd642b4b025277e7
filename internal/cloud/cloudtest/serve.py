"""Serves moto's services on this machine.

The first line of standard output is the endpoint. The end of standard input ends
the program: nothing outlives the one who asks.
"""

import os
import sys
import types

sys.dont_write_bytecode = True


def forget_environment() -> None:
    """Keeps the settings of whoever runs this out of moto, which reads them when it is imported."""
    for name in list(os.environ):
        if name.startswith(("AWS_", "BOTO_", "MOTO_")):
            del os.environ[name]
    os.environ["AWS_CONFIG_FILE"] = os.environ["AWS_SHARED_CREDENTIALS_FILE"] = os.devnull


forget_environment()


def leave_out_api_gateway() -> None:
    """Lets moto's CloudFormation be imported without the checker of OpenAPI documents.

    It imports every service that a template may name; the checker is API Gateway's, which no template here has.
    """
    package = "openapi_spec_validator"
    for name in (package, package + ".validation", package + ".validation.exceptions"):
        sys.modules[name] = types.ModuleType(name)
    sys.modules[package].validate = None
    sys.modules[package + ".validation.exceptions"].OpenAPIValidationError = Exception


leave_out_api_gateway()

import base64
import hashlib
import logging
import threading

from moto.dynamodb.responses import DynamoHandler
from moto.kms.exceptions import AccessDeniedException, JsonRESTError
from moto.kms.models import KmsBackend
from moto.moto_server.utilities import RegexConverter
from moto.moto_server.werkzeug_app import DomainDispatcherApplication, create_backend_app
from moto.s3.responses import S3Response
from werkzeug.serving import make_server

HOST = "127.0.0.1"


class OneByOne:
    """Answers requests one after another: moto's writes on a condition look first and write later."""

    def __init__(self, application):
        self._application = application
        self._lock = threading.Lock()

    def __call__(self, environ, start_response):
        with self._lock:
            return [b"".join(self._application(environ, start_response))]


def name_the_other_key() -> None:
    """Has Decrypt answer IncorrectKeyException for the ciphertext of another key than the one it names.

    moto answers AccessDeniedException, which KMS keeps for callers without permission (API reference, Decrypt).
    """
    decrypt = KmsBackend.decrypt

    def repaired(self, ciphertext_blob, encryption_context, key_id=None):
        try:
            return decrypt(self, ciphertext_blob, encryption_context, key_id)
        except AccessDeniedException as error:
            if key_id is None:
                raise
            raise JsonRESTError("IncorrectKeyException", "The key ID in the request does not identify the CMK that was used") from error

    KmsBackend.decrypt = repaired


def remember_requests() -> None:
    """Has TransactWriteItems succeed again for a ClientRequestToken that it has seen: moto does not know tokens."""
    write, done = DynamoHandler.transact_write_items, set()

    def repaired(self):
        token = self.body["ClientRequestToken"]
        if token in done:
            return "{}"
        answer = write(self)
        done.add(token)
        return answer

    DynamoHandler.transact_write_items = repaired


def route_line_ends() -> None:
    """Lets the key of an object have line ends, as in S3: moto's routes end at them."""
    read = RegexConverter.__init__

    def repaired(self, url_map, *items):
        read(self, url_map, *items)
        self.regex = f"(?s:{self.regex})"

    RegexConverter.__init__ = repaired


def list_checksums() -> None:
    """Has ListParts tell the SHA-256 of each part, as S3 does for uploads that were begun with that algorithm (API reference)."""
    serialized = S3Response.serialized

    def repaired(self, result):
        if self.data.get("Action") == "ListParts":
            upload = self.backend.buckets[self.bucket_name].multiparts[self._get_param("uploadId")]
            for part in result.result["Parts"]:
                digest = hashlib.sha256(upload.parts[part["PartNumber"]].value).digest()
                part["ChecksumSHA256"] = base64.b64encode(digest).decode()
        return serialized(self, result)

    S3Response.serialized = repaired


def main() -> None:
    for name in ("werkzeug", "moto"):
        logging.getLogger(name).setLevel(logging.CRITICAL)
    name_the_other_key()
    remember_requests()
    route_line_ends()
    list_checksums()
    server = make_server(HOST, 0, OneByOne(DomainDispatcherApplication(create_backend_app)), threaded=True)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    print(f"http://{HOST}:{server.server_port}", flush=True)
    sys.stdin.read()
    os._exit(0)


if __name__ == "__main__":
    main()
