"""What SQS calls what can go wrong, so that boto3 raises what programs expect."""


class SqsError(Exception):
    """A refusal by its AWS code. `query_code` is its name in the older protocol, where that differs."""

    def __init__(self, code: str, message: str, status: int = 400, query_code: str = "") -> None:
        super().__init__(message)
        self.code = code
        self.message = message
        self.status = status
        self.query_code = query_code or code


def not_signed() -> SqsError:
    return SqsError("MissingAuthenticationToken", "The request is not signed.", 403)


def incomplete(message: str) -> SqsError:
    return SqsError("IncompleteSignature", message, 400)


def wrong_key() -> SqsError:
    return SqsError("InvalidClientTokenId", "The access key is not known here.", 403)


def wrong_signature(message: str) -> SqsError:
    return SqsError("SignatureDoesNotMatch", message, 403)


def no_such_queue(name: str) -> SqsError:
    return SqsError(
        "QueueDoesNotExist",
        f"The queue {name[:80]!r} does not exist; datastreamIncomingQueue-<stage> does.",
        query_code="AWS.SimpleQueueService.NonExistentQueue",
    )


def missing(parameter: str) -> SqsError:
    return SqsError("MissingParameter", f"The request must contain the parameter {parameter}.")


def invalid(message: str) -> SqsError:
    return SqsError("InvalidParameterValue", message)


def bad_contents(message: str) -> SqsError:
    return SqsError("InvalidMessageContents", message)
