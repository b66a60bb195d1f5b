"""The part of the published Admin schema that the fake answers with; see prune.py for where it comes from."""

from __future__ import annotations

from functools import cache
from pathlib import Path

from graphql import GraphQLSchema, build_schema

VERSION = "2026-10"


@cache
def schema() -> GraphQLSchema:
    """The Admin schema of the pinned version, pruned."""
    return build_schema(Path(__file__).with_name(f"admin_{VERSION}.graphql").read_text(), assume_valid=True)
