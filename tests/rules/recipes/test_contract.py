"""What every recipe keeps, whoever writes it."""

from __future__ import annotations

import pytest
from django import forms

from connectors.types import Transition
from rules import params, registry
from rules.compiled import Recipe
from rules.facts import BASKET, BEST_SELLERS, CART_FLOWS, HEARD, RECORD, RETURNS, SALES, SHELF, STOCK, TICKETS

FREE = {
    BASKET,
    BEST_SELLERS,
    CART_FLOWS,
    HEARD,
    RECORD,
    RETURNS,
    SALES,
    SHELF,
    STOCK,
    TICKETS,
}  # known, or read once

every_recipe = pytest.mark.parametrize("recipe", registry.all_recipes().values(), ids=lambda each: each.slug)


@every_recipe
def test_its_slug_is_its_file_name(recipe: Recipe):
    assert registry.recipe(recipe.slug) is recipe


@every_recipe
def test_it_explains_itself(recipe: Recipe):
    assert recipe.label
    assert recipe.__doc__
    assert recipe.__doc__.strip().endswith(".")
    assert issubclass(recipe.Params, forms.Form)


@every_recipe
def test_it_runs_without_any_parameter(recipe: Recipe):
    values = params.clean(recipe, {})

    assert recipe.hears(values) <= frozenset(Transition)
    assert {each.partition(":")[0] for each in recipe.wants(values)} <= FREE
    assert recipe.sentence(values).endswith(".")


@every_recipe
def test_its_parameters_keep_what_they_were_stored_as(recipe: Recipe):
    stored = params.to_json(params.clean(recipe, {}))

    assert params.to_json(params.clean(recipe, stored)) == stored
