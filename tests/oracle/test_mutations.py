"""The list of broken rules is one of rules that stand: each names text that its module has, once."""

import pytest

from tests.oracle.broken_rules import MUTATIONS, Mutation
from tests.oracle.mutations import mutated, source


@pytest.mark.parametrize("mutation", MUTATIONS, ids=lambda mutation: mutation.rule)
def test_a_mutation_changes_one_place(mutation: Mutation):
    assert source(mutation.module).read_text(encoding="utf-8").count(mutation.before) == 1
    assert mutation.before != mutation.after
    compile(mutated(mutation), mutation.module, "exec")


def test_rules_have_a_name_each():
    assert len({mutation.rule for mutation in MUTATIONS}) == len(MUTATIONS)
