import io

import boto3
from botocore.exceptions import ClientError


def code(call, **arguments):
    try:
        call(**arguments)
        return "accepted"
    except ClientError as error:
        return error.response["Error"]["Code"]


def place(artifact):
    location = artifact["location"]["s3Location"]
    return {"Bucket": location["bucketName"], "Key": location["objectKey"]}


def handler(event, context):
    job = event["CodePipeline.job"]
    data = job["data"]
    credentials = data["artifactCredentials"]
    s3 = boto3.client(
        "s3",
        aws_access_key_id=credentials["accessKeyId"],
        aws_secret_access_key=credentials["secretAccessKey"],
        aws_session_token=credentials["sessionToken"],
    )
    read = io.BytesIO()
    s3.download_fileobj(Fileobj=read, **place(data["inputArtifacts"][0]))
    one, two = data["outputArtifacts"]
    s3.put_object(Body=read.getvalue(), ServerSideEncryption="aws:kms", **place(one))
    parts = boto3.s3.transfer.TransferConfig(multipart_threshold=1, multipart_chunksize=5 << 20)
    content = b"".join(bytes([n]) * (1 << 20) for n in range(12))
    s3.upload_fileobj(Fileobj=io.BytesIO(content), Config=parts, **place(two))
    stored = io.BytesIO()
    s3.download_fileobj(Fileobj=stored, Config=parts, **place(two))
    assert stored.getvalue() == content
    codepipeline = boto3.client("codepipeline")
    variables = {
        "read": read.getvalue().decode(),
        "elsewhere": code(s3.get_object, Bucket="artifacts", Key="other"),
        "parameters": data["actionConfiguration"]["configuration"]["UserParameters"],
        "again": "InvalidJobStateException",
    }
    codepipeline.put_job_success_result(
        jobId=job["id"], outputVariables=variables, executionDetails={"summary": "by the SDK"}
    )
    got = code(codepipeline.put_job_success_result, jobId=job["id"])
    assert got == variables["again"], got
