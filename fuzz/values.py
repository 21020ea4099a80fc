"""Values that programs stumble over, by the kind of trouble they make."""

from photonranch.lenient_json import Json

# Written into the body as they stand, without their quotes: numbers that no encoder of ours would write.
LITERALS = {
    f"literal {number}": number
    for number in (
        "1e999", "-1e999", "1e308", "1e-999", "-0", "-0.0", "NaN", "Infinity", "-Infinity", "1" * 5000,
        "-" + "9" * 400, "0." + "1" * 3000, "1E+400", "9223372036854775808", "-9223372036854775809",
        "18446744073709551616",
    )
}  # fmt: skip

TYPES: list[Json] = [
    None, True, False, 0, 1, -1, 1.5, "", " ", "0", "1", "true", "null", "[]", "{}", [], {}, [[]], [None],
    [{}], {"": ""}, {"a": {"b": [1]}}, ["a", 1, None, {}], [1, 2, 3],
]  # fmt: skip

NUMBERS: list[Json] = [
    *LITERALS, 2**31, -(2**31) - 1, 2**53 + 1, 2**63 - 1, -(2**63), 2**63, 10**400, 1e300, -1e300, 1e22,
    5e-324, "1e400", "-1e400", "9" * 400, "9" * 5000, "0x10", "1_000", "١٢", "½", "1e5", "nan", "inf",
    "-inf", "+1", " 1 ",
]  # fmt: skip

NEGATIVE: list[Json] = [-1, "-1", -0.5, -(10**9), "-999999999999", -1e308, "-0", "−1"]

TEXTS: list[Json] = [
    "a\x00b", "\x00", "\ud800", "a\udfff", "\udc00\ud800", "\U0010ffff", "\ufeff", "\u202e", "e\u0301", "İ",
    "ß", "ﬁ", "\r\n", "a\nb", "\t", "\x1b[31m", "\x7f", "\x85", "\u2028", "%00", "%", "%%", "%s%n", "{0}",
    "${x}", "{{7*7}}", "' OR 1=1 --", '"', "\\", "../../etc/passwd", "..", ".", "/", "//evil", "a/b", "a#b",
    "#", "?", "&", "none", "none#", "undefined", "None", "NaN", "<script>alert(1)</script>",
    "javascript:alert(1)", "=1+1", "data:,", "all", "config", "pipe", "x.dead", "-", "--", "_", "a-b-c-d-e",
    "saf\n", "SAF", "saf ", "ſaf",
]  # fmt: skip

LONG: list[Json] = [
    "x" * 41,
    "x" * 256,
    "x" * 10_000,
    "é" * 10_000,
    "\U0001f52d" * 5_000,
    "/" * 5_000,
    "a:" * 5_500,
]

TIMES: list[Json] = [
    "0001-01-01T00:00:00Z", "0001-01-01T00:00:00+23:59", "9999-12-31T23:59:59Z", "9999-12-31T23:59:59-23:59",
    "1969-12-31T23:59:59Z", "0000-01-01T00:00:00Z", "10000-01-01T00:00:00Z", "-0001-01-01T00:00:00Z",
    "+275760-09-13T00:00:00Z", "2026-02-30T00:00:00Z", "2026-13-01", "2026-11-20T24:00:00Z",
    "2026-11-20T23:59:60Z", "2026-11-20T00:00:00+24:00", "2026-11-20T00:00:00+99:99", "2026-W01-1",
    "2026-001", "20261120T000000Z", "T", "now", "٢٠٢٦-١١-٢٠", "2026-11-20", "2026-11-20 00:00:00",
    "2026-11-20T00:00:00.123456789Z", "0", "-1", 0, -1, 1e18, -62135596801, 253402300800, 253402300799,
    9_999_999_999_999, 10**30, -(10**30), 4102444800000, "1e30",
]  # fmt: skip


def nested(depth: int, *, objects: bool) -> Json:
    value: Json = 1
    for _ in range(depth):
        value = {"a": value} if objects else [value]
    return value


DEEP: list[Json] = [
    nested(depth, objects=objects) for depth in (50, 190, 220, 700) for objects in (True, False)
]

WIDE: list[Json] = [{f"key{n}": n for n in range(3000)}, list(range(5000)), [{}] * 2000, ["x" * 100] * 1500]

# Whole bodies that are no object, or no JSON.
BODIES = [
    b"", b" ", b"null", b"true", b"0", b'""', b"[]", b"[{}]", b"{", b"}", b"{}{}", b"NaN", b"-", b'{"a"',
    b"'x'", b"\x00", b"\xff\xfe{\x00}\x00", b"\xef\xbb\xbf{}", b"\xc3\x28", b"\xed\xa0\x80",
    b'{"site": "\xff"}', b"[" * 100_000, b'{"a":' * 50_000, b"[" * 900 + b"]" * 900, b'{"\\ud800": 1}',
    b'{"site": "\\ud800\\ud800"}', b'{"site": "saf", "site": "mrc1", "site": 3}', b"a=1&b=2", b"<x/>",
    b"--x\r\n\r\n--x--", b"9" * 100_000, b'{"a": 1' + b"0" * 100_000 + b"}",
    b'"' + b"\\u0000" * 20_000 + b'"', b"{" + b" " * 100_000 + b"}",
]  # fmt: skip

CONTENT_TYPES = [
    "", "application/json", "application/json; charset=utf-16", "application/json; charset=idna",
    "application/json; charset=undefined", "application/json; charset=zlib",
    "application/json; charset=\x00", "text/plain;charset=UTF-8", "application/x-www-form-urlencoded",
    "application/x-www-form-urlencoded; charset=idna",
    "application/x-www-form-urlencoded; charset=unicode_escape", "multipart/form-data",
    "multipart/form-data; boundary=", "multipart/form-data; boundary=x; charset=idna",
    "multipart/form-data; boundary=x; charset=punycode", f"multipart/form-data; boundary={'x' * 300}",
    "multipart/form-data; boundary=\xe9", "multipart/mixed; boundary=x", "text/html", "application/xml",
    "image/png", "*/*", "/", ";;;", "a" * 5000, "application/json;" + "a=b;" * 500,
    "application/octet-stream", "text/event-stream", "application/json, text/plain", "\xff\xfe",
]  # fmt: skip

HEADERS = [
    ("Authorization", "Bearer"), ("Authorization", "Bearer "), ("Authorization", "Bearer a.b.c"),
    ("Authorization", "Bearer " + "a" * 8000), ("Authorization", "Bearer \xff\xff"),
    ("Authorization", "Basic"), ("Authorization", "Basic !!!!"), ("Authorization", "Basic OnA="),
    ("Authorization", "Basic //79"), ("Authorization", "Digest username=x"),
    ("Authorization", "bearer eyJhbGciOiJub25lIn0.e30."), ("Authorization", ""),
    ("Authorization", "Bearer eyJhbGciOiJSUzI1NiIsImtpZCI6IjovL2E6YTphOmE6YTphOmEifQ.e30.e30"),
    ("Cookie", "sessionid=x; csrftoken=y"), ("Cookie", "sessionid=\xff"), ("Cookie", "a" * 7000),
    ("Cookie", "=;=;;"), ("Origin", "null"), ("Origin", "http://[::1"), ("Origin", "https://evil.example"),
    ("Origin", "http://a:99999"), ("Referer", "http://[x"), ("Referer", "\xff"),
    ("Sec-Fetch-Site", "cross-site"), ("Sec-Fetch-Mode", "\x01"), ("Accept", "text/html"),
    ("Accept", "application/xml;q=nan"), ("Accept", "*" * 3000), ("Accept-Language", "x-y-z"),
    ("Accept-Language", "a-" * 3000), ("Accept-Encoding", "gzip;q=0, br"), ("Accept-Encoding", "\xff"),
    ("Range", "bytes=0-"), ("Range", "bytes=-1-"), ("Range", "bytes=99999999999999999999-"),
    ("Range", "bytes=,,,"), ("If-Modified-Since", "Thu, 99 Foo 0000 00:00:00 GMT"),
    ("If-Modified-Since", "Mon, 01 Jan 0001 00:00:00 GMT"), ("If-None-Match", '"'), ("If-None-Match", "*"),
    ("X-Forwarded-For", "1.2.3.4, x"), ("X-Forwarded-Proto", "gopher"), ("X-Forwarded-Host", "evil"),
    ("X-Forwarded-Port", "-1"), ("X-Request-ID", "\xff" * 100), ("X-Request-ID", "a" * 5000),
    ("X-HTTP-Method-Override", "DELETE"), ("X-CSRFToken", "\xff"), ("traceparent", "00-zz-zz-zz"),
    ("Date", "never"), ("Content-Encoding", "gzip"), ("Content-Language", "\xff"),
    ("X-Amz-Target", "AmazonSQS.SendMessage"), ("User-Agent", "\x01\x02"), ("User-Agent", ""),
    ("Upgrade", "websocket"), ("Host", "evil.example"), ("Host", ""), ("Host", "127.0.0.1:99999"),
    ("Host", "[::1"), ("Host", "a" * 300), ("Expect", "200-ok"), ("Max-Forwards", "x"),
]  # fmt: skip

QUERIES = [
    "?", "?&&&", "?=", "?a", "?%", "?%zz", "?%00=%00", "?%ff=%ff", "?site=%ed%a0%80", "?a[]=1&a[b]=2",
    "?x=" + "y" * 6000, "?" + "a=1&" * 1500, "?page=-1", "?format=xml", "?format=api", "?callback=alert",
    "?site=saf&site=mrc1", "?site=", "?limit=-1", "?limit=0", "?limit=1e400", "?limit=99999999999999999999",
    "?before=%20", "?_method=DELETE", "?;;;", "?after_time=-1e308", "?after_time=nan", "?since=-1",
    "?hours=nan", "?hours=1e-320", "?nights=1e9", "?when=0001",
]  # fmt: skip

METHODS = ["GET", "POST", "PUT", "PATCH", "DELETE", "HEAD", "OPTIONS", "TRACE", "PROPFIND", "get", "X" * 40]
