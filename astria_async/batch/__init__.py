"""Many prompts on one machine: each created once, waited for and fetched, whatever is killed in between.

batch     Batch: what a user sees;  running: the way of a row
intake    an item becomes a row;  items: what goes in and comes out
ledger    what was handed out, on disk;  _groups: its writes;  _file: its file
local     does the jobs, in this process
budget    what may be spent
report    results.jsonl
"""

from .batch import Batch
from .items import BatchItem, BatchResult
from .ledger import Result, SqliteLedger, read_totals
from .local import Local

__all__ = ["Batch", "BatchItem", "BatchResult", "Local", "Result", "SqliteLedger", "read_totals"]
