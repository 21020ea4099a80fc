"""AWS Signature Version 4, checked with botocore's own signer.

What the client signed is signed again with the secret we share, and compared. Protocol:
https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv.html
"""

import hashlib
import hmac
import re
from datetime import UTC, datetime
from urllib.parse import quote

from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials
from django.conf import settings
from django.http import HttpRequest
from django.utils import timezone

from streams.sqs.errors import SqsError, incomplete, not_signed, wrong_key, wrong_signature

MAX_SKEW_S = 15 * 60
_AUTHORIZATION = re.compile(
    r"AWS4-HMAC-SHA256\s+"
    r"Credential=(?P<key>[^/,\s]+)/(?P<day>\d{8})/(?P<region>[a-z0-9-]+)/(?P<service>[a-z0-9-]+)/aws4_request,\s*"
    r"SignedHeaders=(?P<headers>[a-z0-9;-]+),\s*"
    r"Signature=(?P<signature>[0-9a-f]{64})"
)


def check(request: HttpRequest) -> None:
    """Raise an SqsError unless `request` is signed with the configured key, as it is, and just now."""
    if not settings.SQS_ACCESS_KEY_ID:
        raise SqsError("AccessDenied", "This server has no SQS keys configured: this door is closed.", 403)
    header = request.headers.get("Authorization", "")
    if not header:
        raise not_signed()
    authorization = _AUTHORIZATION.fullmatch(header.strip())
    if authorization is None or authorization["service"] != "sqs":
        raise incomplete("The Authorization header is not an AWS4-HMAC-SHA256 signature for sqs.")
    if not hmac.compare_digest(authorization["key"].encode(), settings.SQS_ACCESS_KEY_ID.encode()):
        raise wrong_key()
    signed = authorization["headers"].split(";")
    _check_what_is_signed(request, signed)
    moment = _fresh_moment(request, authorization["day"])
    expected = _signature(request, signed, authorization["region"], moment)
    if not hmac.compare_digest(expected.encode(), authorization["signature"].encode()):
        raise wrong_signature("The signature does not match; check the secret access key.")


def _check_what_is_signed(request: HttpRequest, signed: list[str]) -> None:
    """Host and every header of Amazon's must be signed, or they could be exchanged on the way."""
    must = {"host"} | {name.lower() for name in request.headers if name.lower().startswith("x-amz-")}
    if missing := must - set(signed):
        raise wrong_signature(f"The header {min(missing)} is not signed.")
    claimed = request.headers.get("X-Amz-Content-SHA256")
    if claimed is not None and claimed != hashlib.sha256(request.body).hexdigest():
        raise wrong_signature("The body is not the one that was signed.")


def _fresh_moment(request: HttpRequest, day: str) -> str:
    """`X-Amz-Date`, if it is of `day` and of now."""
    moment = request.headers.get("X-Amz-Date", "")
    try:
        when = datetime.strptime(moment, "%Y%m%dT%H%M%SZ").replace(tzinfo=UTC)
    except ValueError:
        raise incomplete("X-Amz-Date is missing or no time.") from None
    if moment[:8] != day:
        raise wrong_signature("The date in Credential is not that of X-Amz-Date.")
    if abs((timezone.now() - when).total_seconds()) > MAX_SKEW_S:
        raise wrong_signature(f"Signature expired: {moment} is not within 15 minutes of this server's clock.")
    return moment


def _signature(request: HttpRequest, signed: list[str], region: str, moment: str) -> str:
    """What botocore signs this very request with."""
    # As it was asked for: the path that routing sees has lost doubled and trailing slashes.
    url = f"http://host{quote(request.path, safe='/-_.~')}"
    if query := request.META.get("QUERY_STRING"):
        url += f"?{query}"
    headers = {name: request.headers.get(name, "") for name in signed}
    again = AWSRequest(method=request.method, url=url, headers=headers, data=request.body)
    again.context["timestamp"] = moment
    key = Credentials(settings.SQS_ACCESS_KEY_ID, settings.SQS_SECRET_ACCESS_KEY)
    signer = SigV4Auth(key, "sqs", region)
    text = signer.string_to_sign(again, signer.canonical_request(again))
    return str(signer.signature(text, again))
