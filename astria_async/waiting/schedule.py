"""When to look next, and whether to look by pages: pure decisions. Every constant has its reason beside it."""

from __future__ import annotations

from collections.abc import Sequence

from attrs import define, field

from ..models import Prompt, Tune, VideoInspection

#: Seconds between two looks at the least, and at the most. A waiter hears at most a tenth of the object's age after it
#: was done, and never later than the longest. Trainings take 5 to 10 minutes, prompts 10 s to minutes [I].
SHORTEST, LONGEST, SHARE = 2.0, 15.0, 0.1
#: How much longer each further look is put off while looks fail.
GROWTH = 1.3
#: The most of a Retry-After that a wait obeys, in seconds: as long as `RetryPolicy.max_retry_after`.
LONGEST_RETRY_AFTER = 120.0
#: The most items that the service gives in one page [D].
PAGE = 120
#: Fewer objects than this in a page's range are read one by one.
WORTH_A_PAGE = 2


def pause(age: float, *, expected: float | None, pending: int) -> float:
    """Seconds until the next look at an object that is not done.

    `age` is in seconds; `expected` is at which age it is probably done, None if nothing tells; `pending` is how many
    objects of its kind are waited for. A guess only ever makes a look earlier, as it may be wrong; and only while a look
    is cheap, as 10,000 objects take 84 pages.
    """
    most = min(LONGEST, max(SHORTEST, age * SHARE))
    if expected is None or pending > PAGE or expected <= age:
        return most
    return min(most, max(SHORTEST, expected - age))


def pause_after_failure(age: float, failures: int, retry_after: float, interval: float | None) -> float:
    """Seconds until the next look after so many looks in a row that failed: never less than the schedule has for the age.

    What the service asks for is obeyed, up to a bound.
    """
    growing = min(LONGEST, SHORTEST * GROWTH ** min(failures - 1, 50))
    scheduled = pause(age, expected=None, pending=0)
    return max(growing, scheduled, min(retry_after, LONGEST_RETRY_AFTER), interval or 0.0)


def is_worth_a_page(ids: Sequence[int], at: int, span: int | None) -> bool:
    """Whether the objects from `ids[at]` downwards are read by a page, rather than the one by itself.

    `ids` are those that are waited for, newest first. `span` is how many ids a whole page went over last, None if none
    was read: ids are counted for all accounts, so it tells how many others lie between two of them.
    """
    last = at + WORTH_A_PAGE - 1
    return last < len(ids) and (span is None or ids[at] - ids[last] < span)


@define(eq=False)
class Durations:
    """How long objects of each model have taken, in seconds: a mean in which the last ones count most."""

    #: The share of the newest: about the last ten count.
    weight: float = 0.2
    most: int = 1000
    _of_model: dict[object, float] = field(factory=dict)

    def learn(self, seen: Tune | Prompt | VideoInspection) -> None:
        """An object is done."""
        if isinstance(seen, VideoInspection) or seen.created_at is None or seen.trained_at is None:
            return
        took, model = max(0.0, (seen.trained_at - seen.created_at).total_seconds()), model_of(seen)
        before = self._of_model.get(model, took)
        if len(self._of_model) >= self.most and model not in self._of_model:
            del self._of_model[next(iter(self._of_model))]
        self._of_model[model] = before + self.weight * (took - before)

    def expected(self, seen: Tune | Prompt | VideoInspection | None, age: float) -> float | None:
        """At which age an object is probably done: by its own `progress_*` or `eta`, else by what its model took before."""
        if seen is None or isinstance(seen, VideoInspection):
            return None
        if isinstance(seen, Prompt) and seen.progress_timing_seconds is not None:
            return age + max(0.0, seen.progress_timing_seconds - (seen.progress_elapsed_seconds or 0.0))
        if isinstance(seen, Tune) and seen.eta is not None and seen.created_at is not None:
            return (seen.eta - seen.created_at).total_seconds()
        return self._of_model.get(model_of(seen))


def model_of(seen: Tune | Prompt) -> object:
    """What makes objects take the same time: the model that draws, or what a tune is trained as."""
    if isinstance(seen, Prompt):
        return seen.tune_id, str(seen.extra.get("video_model"))
    return seen.branch, seen.model_type
