"""Every known endpoint has a method and a test, and docs/endpoints.md says which."""

from __future__ import annotations

import importlib.util
import sys
from functools import reduce
from pathlib import Path
from types import ModuleType

import pytest

from astria_async import AsyncAstria

SCRIPT = Path(__file__).parent.parent.parent / "scripts" / "generate_endpoints.py"


@pytest.fixture(scope="module")
def generator() -> ModuleType:
    spec = importlib.util.spec_from_file_location("generate_endpoints", SCRIPT)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    return module


def test_every_endpoint_is_covered_by_a_test(generator: ModuleType) -> None:
    assert set(generator.ENDPOINTS) - {one.endpoint for one in generator.covered()} == set()


def test_no_test_covers_an_endpoint_that_is_not_known(generator: ModuleType) -> None:
    assert {one.endpoint for one in generator.covered()} - set(generator.ENDPOINTS) == set()


def test_each_method_that_is_named_exists(generator: ModuleType) -> None:
    astria = AsyncAstria("sd_test")
    for one in generator.covered():
        assert callable(reduce(getattr, one.method.split("."), astria)), one


def test_the_page_is_up_to_date(generator: ModuleType) -> None:
    assert generator.TARGET.read_text(encoding="utf-8") == generator.rendered()
