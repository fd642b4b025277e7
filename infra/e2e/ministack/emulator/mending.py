"""What ministack 1.5.33 needs to behave like AWS, state machines aside.

Everything is replaced in memory; the installed package stays as it is. One
function per repair, each says what ministack does otherwise. `apply` makes them
all. What is replaced must be there: another ministack fails here, and is looked at.
"""

import contextvars
import json
from importlib.metadata import version
from typing import Any

from ministack.core import iam_evaluator
from ministack.core.responses import new_uuid, now_iso
from ministack.services import eventbridge, s3

MINISTACK_VERSION = "1.5.33"


def apply() -> None:
    """Makes every repair."""
    installed = version("ministack")
    if installed != MINISTACK_VERSION:
        raise RuntimeError(f"these repairs are for ministack {MINISTACK_VERSION}, this is {installed}")
    name_versions_of_objects()
    read_ranges_of_versions()
    encrypt_without_key()
    fill_in_schedules()
    take_loopback_for_tls()


def name_versions_of_objects() -> None:
    """ministack leaves out the version-id of an object in S3's events, which those of a bucket with versions have."""
    fire, dispatch = s3._fire_s3_event, eventbridge._dispatch_event
    named: contextvars.ContextVar[str | None] = contextvars.ContextVar("named", default=None)

    def fire_with_version(*arguments: Any, version_id: str | None = None, **rest: Any) -> None:
        token = named.set(version_id)
        try:
            fire(*arguments, version_id=version_id, **rest)
        finally:
            named.reset(token)

    def dispatch_with_version(event: dict[str, Any], *rest: Any) -> None:
        if event["Source"] == "aws.s3" and named.get():
            detail = json.loads(event["Detail"])
            detail["object"].setdefault("version-id", named.get())
            event = {**event, "Detail": json.dumps(detail)}
        dispatch(event, *rest)

    s3._fire_s3_event, eventbridge._dispatch_event = fire_with_version, dispatch_with_version


def read_ranges_of_versions() -> None:
    """ministack answers the whole object where a range of a version is asked for."""
    get = s3._get_object

    def get_range(bucket: str, key: str, headers: dict[str, str], query: dict | None = None) -> tuple:
        status, answered, body = get(bucket, key, headers, query)
        if status != 200 or not headers.get("range") or "versionId" not in (query or {}):
            return status, answered, body
        span = s3._parse_range(headers["range"], len(body))
        if span is None:
            error = s3._xml_body(s3._range_error_xml(bucket, key))
            return 416, {"Content-Type": "application/xml", "Content-Range": f"bytes */{len(body)}"}, error
        part = body[span[0] : span[1] + 1]
        # Checksums are those of the whole.
        kept = {name: value for name, value in answered.items() if not name.lower().startswith("x-amz-checksum-")}
        kept |= {"Content-Length": str(len(part)), "Content-Range": f"bytes {span[0]}-{span[1]}/{len(body)}"}
        return 206, kept, part

    s3._get_object = get_range


def encrypt_without_key() -> None:
    """ministack refuses aws:kms without a key, for which S3 takes the account's own for S3."""
    resolve, name, key = s3._resolve_sse_write_headers, "x-amz-server-side-encryption", "alias/aws/s3"

    def resolve_with_key(headers: dict[str, str], bucket: str) -> tuple:
        if headers.get(name) == "aws:kms" and not headers.get(f"{name}-aws-kms-key-id"):
            headers = {**headers, f"{name}-aws-kms-key-id": key}
        return resolve(headers, bucket)

    s3._resolve_sse_write_headers = resolve_with_key


def fill_in_schedules() -> None:
    """ministack leaves EventBridge Scheduler's context attributes in a target's Input as they stand."""
    invoke = eventbridge._invoke_target

    def invoke_filled_in(target: dict[str, Any], event: dict[str, Any], rule: dict[str, Any], *rest: Any) -> Any:
        if event["Source"] == "aws.scheduler" and "Input" in target:
            target = {**target, "Input": filled_in(target["Input"], rule)}
        return invoke(target, event, rule, *rest)

    def filled_in(text: str, schedule: dict[str, Any]) -> str:
        for name, value in (
            ("schedule-arn", schedule["Arn"]),
            ("scheduled-time", now_iso()),
            ("execution-id", new_uuid()),
            ("attempt-number", "1"),
        ):
            text = text.replace(f"<aws.scheduler.{name}>", value)
        return text

    eventbridge._invoke_target = invoke_filled_in


def take_loopback_for_tls() -> None:
    """ministack is called without TLS, and policies refuse that by aws:SecureTransport: they are not about loopback."""
    resolve = iam_evaluator._resolve_condition_key

    def resolve_key(key: str, context: Any) -> Any:
        return "true" if key.lower() == "aws:securetransport" else resolve(key, context)

    iam_evaluator._resolve_condition_key = resolve_key


def put_events(entries: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Puts events as an AWS service does: PutEvents refuses their sources, and ministack's CodeBuild sends none."""
    return json.loads(eventbridge._put_events({"Entries": entries}, allow_aws_source=True)[2])["Entries"]
