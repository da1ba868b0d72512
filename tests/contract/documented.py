"""A caller that sends what `curl -F` sends, and the documented keys of each answer (astria-api, section 4)."""

from __future__ import annotations

from typing import Any

import httpx

FLUX, SDXL, SD15, GEMINI = 1504944, 666678, 690204, 3618064
JPEG = b"\xff\xd8\xff" + b"image" * 100
CALLBACK = "https://optional-callback-url.com/webhooks/astria?user_id=1"
TITLE = "John Doe - UUID - 1234-6789-1234-56789"

TUNE = {
    "id", "title", "name", "is_api", "token", "branch", "model_type", "base_tune_id", "steps", "args", "callback",
    "face_crop", "training_face_correct", "ckpt_url", "ckpt_urls", "eta", "started_training_at", "trained_at",
    "expires_at", "created_at", "updated_at", "url", "orig_images", "cost_mc",
}  # fmt: skip
PROMPT = {
    "id", "tune_id", "text", "negative_prompt", "callback", "cfg_scale", "steps", "seed", "started_training_at",
    "trained_at", "created_at", "updated_at", "url", "images", "content_types", "user_error", "cost_mc",
    "workspace_id", "pack_id", "base_pack_id", "order_id", "orig_prompt_id", "super_resolution",
    "controlnet_txt2img", "ar", "aspect_ratio", "resolution", "num_images", "denoising_strength",
    "controlnet_conditioning_scale", "image_references", "input_image", "input_video", "filenames", "liked",
}  # fmt: skip
PACK = {
    "id", "base_tune_id", "user_id", "slug", "title", "subtitle", "token", "model_type", "multiplier", "public_at",
    "unlisted_at", "main_class_name", "cover_url", "logo", "cost_mc_hash", "costs", "prompts_per_class",
    "template_prompts", "created_at", "updated_at",
}  # fmt: skip
INSPECTION = {
    "name", "body_type", "ethnicity", "age", "glasses", "eye_color", "hair_color", "hair_length", "hair_style",
    "facial_hair", "is_bald", "headcover", "funny_face", "wearing_sunglasses", "wearing_hat", "blurry",
    "includes_multiple_people", "full_body_image_or_longshot", "selfie", "low_resolution", "low_quality",
}  # fmt: skip


class Curl:
    """Sends what `curl -F` sends: each field a part of multipart/form-data, `@` before the name of a file."""

    def __init__(self, client: httpx.Client) -> None:
        self.client = client

    def __call__(self, method: str, path: str, *fields: str, json: object = None, **headers: str) -> httpx.Response:
        parts: list[tuple[str, Any]] = []
        for name, _, value in (field.partition("=") for field in fields):
            is_file = value.startswith("@")
            parts.append((name, (value[1:], JPEG, "image/jpeg") if is_file else (None, value)))
        sent = {name.replace("_", "-"): value for name, value in headers.items()}
        return self.client.request(method, path, files=parts or None, json=json, headers=sent)

    def made(self, path: str, *fields: str, **more: Any) -> Any:
        response = self("POST", path, *fields, **more)
        assert response.status_code == 201, response.text
        return response.json()

    def got(self, path: str, **headers: str) -> Any:
        response = self("GET", path, **headers)
        assert response.status_code == 200, response.text
        return response.json()


def images() -> list[str]:
    return [f"tune[images][]=@{number}.jpg" for number in range(1, 5)]


def lora(curl: Curl, name: str = "man") -> Any:
    fields = [f"tune[title]={TITLE}", f"tune[name]={name}", f"tune[base_tune_id]={FLUX}", "tune[model_type]=lora"]
    return curl.made("/tunes", *fields, f"tune[callback]={CALLBACK}", "tune[preset]=flux-lora-portrait", *images())
