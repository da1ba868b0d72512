"""One of many: a prompt as a job that travels, and one step of it.

    job = Generation.of("order-1234", await astria.prompts.prepare(tune, text="..."), folder="images")
    step = await advance(astria, job, fresh=True)      # Done(prompt, files), or Later(seconds, job)

A step never waits. Whoever parks the job until its next step, parks it: a task group (`astria_async.batch`), a queue, a
scheduler. `job.to_json()` is what travels, and `Generation.from_json` reads it.
"""

from .advance import Done, Later, advance
from .failures import is_passing
from .generation import Generation
from .protocols import Carrier, Deliver, Handed, Ledger, Report, Row, Totals

__all__ = [
    "Carrier",
    "Deliver",
    "Done",
    "Generation",
    "Handed",
    "Later",
    "Ledger",
    "Report",
    "Row",
    "Totals",
    "advance",
    "is_passing",
]
