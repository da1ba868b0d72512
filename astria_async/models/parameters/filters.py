"""What lists can be narrowed down by. All of it [V]: the vendor's own clients use it."""

# The annotations are values here, since `describe` reads the text of each filter from them.

from typing import Annotated, TypedDict


class PromptFilters(TypedDict, total=False):
    """The filters of `prompts.list`; what is left out does not filter."""

    text: Annotated[str, "Words of the text."]
    pack_id: Annotated[int, "The pack that made it, by its id."]
    base_pack_id: Annotated[int, "The pack that it comes from, by its id."]
    user_id: Annotated[int, "The user who made it, by the id."]
    orig_prompt_id: Annotated[int, "The prompt that it is a copy of, by its id."]
    order_id: Annotated[int, "The order that it belongs to, by its id, as `packs.run` gives it."]
    liked: Annotated[bool, "Whether it is liked."]
    today: Annotated[bool, "Whether it was made today, by the service's day."]
    is_video: Annotated[bool, "Whether it is a video, or has images."]
    is_api: Annotated[bool, "Whether it was made through the API, or on the website."]
    debug_images: Annotated[bool, "Adds the intermediate images to each prompt's `extra`."]
