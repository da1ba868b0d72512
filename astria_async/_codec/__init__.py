"""Between values and bytes: bodies out as JSON or Rails forms, answers in as models or errors."""

from .answers import check, decode, decode_list, http_date, is_object_with_id, parsed
from .files import extension_for, measure, sniff
from .forms import Encoded, encode, query_string, rails_fields
from .params import to_tree
from .structure import to_json

__all__ = [
    "Encoded",
    "check",
    "decode",
    "decode_list",
    "encode",
    "extension_for",
    "http_date",
    "is_object_with_id",
    "measure",
    "parsed",
    "query_string",
    "rails_fields",
    "sniff",
    "to_json",
    "to_tree",
]
