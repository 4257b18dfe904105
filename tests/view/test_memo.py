"""The picture of an answer for a memo: what was asked, marked, in both worlds of what leads; its command works."""

import html
import re
import shlex

import numpy as np
import pytest
from matplotlib.colors import to_hex

import sim
from sim.drawing.style import APART, house_style
from sim.view.answer import NAMES
from sim.view.memo import DPI, paint_memo
from tests.terminal import lawshock

LITTLE = ["population.users=300", "end=2020-07-20"]
OUTAGE = "outage platform=WhatsApp date=2020-07-02"


def asked(*acts):
    return sim.ask("hong-kong-2020", *acts, overrides=LITTLE, replicates=3, workers=1)


def lines(figure):
    return " ".join(text.get_text() for text in figure.texts)


def test_the_picture_has_the_question_the_answer_its_verdict_and_one_panel_in_which_the_act_is_marked():
    for act, heading in (
        (OUTAGE, "WhatsApp, % of people who use it on a day"),
        ("force-stance company=Meta stance=comply date=2020-07-01", None),
        ("report date=2020-07-05", None),
    ):
        one = asked(act)
        with house_style():
            figure = paint_memo(one.comparison, one.world, command="lawshock ask …")
        assert (figure.get_size_inches() * DPI).tolist() == [1600, 900]
        said, (panel,) = lines(figure), figure.axes
        first = one.sentence.split(". ")[0]
        for words in (one.comparison.world("asked").question, first, one.verdict, "lawshock ask …"):
            assert words in said
        assert heading is None or heading in said
        marked = [line.get_xdata()[0] for line in panel.get_lines() if to_hex(line.get_color()) == APART.lower()]
        assert marked == [one.comparison.first("asked")], act
        worlds = [np.asarray(line.get_ydata()) for line in panel.get_lines() if len(line.get_ydata()) > 3]
        assert len(worlds) == len(NAMES)
        assert all(np.isfinite(values).all() for values in worlds)


def test_no_text_of_the_picture_leaves_it_however_long_the_question():
    stances = [f"force-stance company={name} stance=comply date=2020-07-0{day}" for name, day in (
        ("Meta", 1), ("Google", 2), ("Telegram", 3), ("Apple", 4))]  # fmt: skip
    one = asked(*stances, "order-block platform=Signal date=2020-07-10")
    with house_style():
        figure = paint_memo(one.comparison, one.world, command="lawshock ask hong-kong-2020 " + " ".join(stances))
        figure.canvas.draw()
        boxes = [text.get_window_extent() for text in (*figure.texts, *figure.axes[0].texts)]
    assert figure.axes[0].get_position().height > 0.2
    for box in boxes:
        assert box.x0 >= 0
        assert box.y0 >= 0
        assert box.x1 <= figure.bbox.width
        assert box.y1 <= figure.bbox.height


@pytest.mark.slow
def test_the_command_that_is_printed_works_where_it_was_given(tmp_path):
    (tmp_path / "mine.toml").write_text('extends = "hong-kong-2020"\ntitle = "Mine"\nend = 2020-07-12\n')
    words = ("ask", "mine.toml", "--act", OUTAGE, "--replicates", 2, "--users", 300)
    told = lawshock(*words, "--workers", 1, cwd=tmp_path)
    assert told.returncode == 0, told.stderr
    assert "Picture: answer.png" in told.stdout
    first = {name: (tmp_path / name).read_bytes() for name in ("answer.png", "answer.svg")}
    assert first["answer.png"][16:24] == (1600).to_bytes(4) + (900).to_bytes(4)
    page = html.unescape((tmp_path / "answer.html").read_text(encoding="utf-8"))
    commands = re.findall(r"<code>(lawshock .*?)</code>", page)
    assert len(commands) == 1
    assert lawshock(*shlex.split(commands[0])[1:], cwd=tmp_path).returncode == 0
    assert {name: (tmp_path / name).read_bytes() for name in first} == first
    inside = (tmp_path / "answer" / "answer.html").read_text(encoding="utf-8")
    assert "lawshock reproduce ." in inside
    again = lawshock("reproduce", ".", cwd=tmp_path / "answer")
    assert again.returncode == 0, again.stdout


def test_a_picture_that_is_there_is_not_taken_for_ours(tmp_path):
    (tmp_path / "answer.png").write_bytes(b"mine")
    words = ("ask", "hong-kong-2020", "--act", OUTAGE, "--replicates", 1, "--users", 300, "--set", "end=2020-07-12")
    told = lawshock(*words, cwd=tmp_path)
    assert told.returncode == 2
    assert "answer.png: there is another file already" in told.stderr
    assert (tmp_path / "answer.png").read_bytes() == b"mine"
