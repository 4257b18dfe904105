"""What the story of the laboratory is told of an act."""

from sim.view.dashboard.payload import figures


def test_figures_of_an_act_are_its_numbers_and_no_words():
    quantities = {"ground": "the law was in force", "belief": 0.18901, "chance_by_then": 0.0721, "rung": 4, "odds": ""}
    assert figures(quantities) == [["belief", "0.189"], ["chance by then", "0.0721"], ["rung", "4"]]
