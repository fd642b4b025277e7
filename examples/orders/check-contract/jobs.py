"""A job of CodePipeline: its input artifacts and its result, with nothing but Python.

Lambda's own runtime has boto3, which does the same; this runs where it is not installed. The
operations are those of AWS: a request, signed with the credentials of the job (for artifacts) or
of the function (for the result). Endpoints are AWS's, unless AWS_ENDPOINT_URL_* name others.
"""

import datetime
import hashlib
import hmac
import io
import json
import os
import urllib.parse
import urllib.request
import zipfile

REGION = os.environ["AWS_REGION"]
PIPELINE = os.environ.get("AWS_ENDPOINT_URL_CODEPIPELINE", f"https://codepipeline.{REGION}.amazonaws.com")
STORE = os.environ.get("AWS_ENDPOINT_URL_S3", f"https://s3.{REGION}.amazonaws.com")


def artifact(job, name):
    """The input artifact of that name, as a zip."""
    data = job["data"]
    place = next(a for a in data["inputArtifacts"] if a["name"] == name)["location"]["s3Location"]
    keys = data["artifactCredentials"]
    credentials = (keys["accessKeyId"], keys["secretAccessKey"], keys.get("sessionToken"))
    url = f"{STORE}/{place['bucketName']}/{urllib.parse.quote(place['objectKey'])}"
    return zipfile.ZipFile(io.BytesIO(send("s3", "GET", url, credentials)))


def succeeded(job, summary, **variables):
    result("PutJobSuccessResult", jobId=job["id"], executionDetails={"summary": summary}, outputVariables=variables)


def failed(job, message):
    result("PutJobFailureResult", jobId=job["id"], failureDetails={"type": "JobFailed", "message": message})


def result(operation, **arguments):
    names = ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN")
    headers = {"content-type": "application/x-amz-json-1.1", "x-amz-target": f"CodePipeline_20150709.{operation}"}
    send("codepipeline", "POST", PIPELINE + "/", tuple(map(os.environ.get, names)), headers, json.dumps(arguments).encode())


def send(service, method, url, credentials, headers=(), body=b""):
    headers = signed(service, method, url, credentials, dict(headers), body)
    request = urllib.request.Request(url, body or None, headers, method=method)
    with urllib.request.urlopen(request) as answer:
        return answer.read()


def signed(service, method, url, credentials, headers, body):
    """The headers with a signature: Signature Version 4."""
    key, secret, session = credentials
    address, digest = urllib.parse.urlsplit(url), hashlib.sha256(body).hexdigest()
    now = datetime.datetime.now(datetime.timezone.utc).strftime("%Y%m%dT%H%M%SZ")
    headers = {**headers, "host": address.netloc, "x-amz-date": now, "x-amz-content-sha256": digest}
    if session:
        headers["x-amz-security-token"] = session
    names = ";".join(sorted(headers))
    lines = "".join(f"{name}:{headers[name]}\n" for name in sorted(headers))
    asked = "\n".join((method, address.path, "", lines, names, digest))
    scope = f"{now[:8]}/{REGION}/{service}/aws4_request"
    text = "\n".join(("AWS4-HMAC-SHA256", now, scope, hashlib.sha256(asked.encode()).hexdigest()))
    signing = ("AWS4" + secret).encode()
    for part in scope.split("/"):
        signing = hmac.digest(signing, part.encode(), "sha256")
    signature = hmac.digest(signing, text.encode(), "sha256").hex()
    headers["authorization"] = f"AWS4-HMAC-SHA256 Credential={key}/{scope}, SignedHeaders={names}, Signature={signature}"
    return headers
