"""What a signed URL says, without its signature: the same file under each new signature."""

from __future__ import annotations

import re

#: Of each signer: a parameter that tells of it, and those that change with each signature. Names in lower case.
#: Sources: AWS SigV4 and V2 query authentication, Google Cloud Storage V4 and V2 signed URLs, Azure service and account
#: SAS, CloudFront signed URLs, Alibaba OSS, Tencent COS, Supabase storage (as of 2026).
_SIGNERS: tuple[tuple[str, re.Pattern[str]], ...] = (
    ("x-amz-signature", re.compile(r"x-amz-.*")),
    ("x-goog-signature", re.compile(r"x-goog-.*")),
    ("x-oss-signature", re.compile(r"x-oss-.*")),
    ("q-signature", re.compile(r"q-.*|x-cos-security-token")),
    ("awsaccesskeyid", re.compile(r"awsaccesskeyid|signature|expires|x-amz-security-token")),
    ("googleaccessid", re.compile(r"googleaccessid|signature|expires")),
    ("ossaccesskeyid", re.compile(r"ossaccesskeyid|signature|expires|security-token")),
    ("key-pair-id", re.compile(r"key-pair-id|signature|expires|policy|hash-algorithm")),
    ("sig", re.compile(r"sig|s[vpertirskd]|ss|srt|sip|spr|skoid|sktid|skt|ske|sks|skv|saoid|suoid|scid|sdd|ses")),
)
_SUPABASE = re.compile(r"/storage/v1/(?:object|render/image)/sign/")


def stable_url(url: str) -> str:
    """The URL without what a signer puts into it anew each time; any other URL as it is.

    For comparing only: without its signature the URL opens nothing.
    """
    head, question, tail = url.partition("?")
    query, hash_, fragment = tail.partition("#")
    pairs = query.split("&") if question else []
    names = {_name(pair) for pair in pairs}
    changing = [pattern for tell, pattern in _SIGNERS if tell in names and (tell != "sig" or names & {"sv", "se"})]
    if "token" in names and _SUPABASE.search(head):
        changing.append(re.compile("token"))
    if not changing:
        return url
    kept = [pair for pair in pairs if not any(pattern.fullmatch(_name(pair)) for pattern in changing)]
    return head + ("?" + "&".join(kept) if kept else "") + hash_ + fragment


def _name(pair: str) -> str:
    return pair.partition("=")[0].lower()
