"""Between values and bytes: bodies out as JSON or Rails forms, answers in as models or errors."""

from .file_inputs import file_input, files_in, is_url
from .file_types import sniff
from .files import measure
from .forms import EncodedBody, digest, encode, query_string, rails_fields
from .headers import http_date
from .params import to_tree
from .reading import read_in_chunks
from .responses import check, decode, decode_list, is_about, is_created, is_json, parsed, structured

__all__ = [
    "EncodedBody",
    "check",
    "decode",
    "decode_list",
    "digest",
    "encode",
    "file_input",
    "files_in",
    "http_date",
    "is_about",
    "is_created",
    "is_json",
    "is_url",
    "measure",
    "parsed",
    "query_string",
    "rails_fields",
    "read_in_chunks",
    "sniff",
    "structured",
    "to_tree",
]
