"""Bad input: one line that names file, key, what was expected, what was found, and the nearest choice."""

from pathlib import Path
from typing import get_args

import pytest

from sim.scenario.errors import ScenarioError
from sim.scenario.files import LARGEST_BYTES, load
from sim.scenario.stances import Stance

BASE = 'extends = "hong-kong-2020"\n'


def fault(tmp_path: Path, body: str, *overrides: str) -> str:
    """The error that a file of this content gives, without the folder."""
    file = tmp_path / "mine.toml"
    file.write_text(body, encoding="utf-8")
    with pytest.raises(ScenarioError) as caught:
        load(file, overrides)
    line = str(caught.value)
    assert "\n" not in line
    return line.replace(f"{tmp_path}/", "")


FAULTS = [
    ("[companies.Meta]\nreview_dayz = 30",
     'companies.Meta.review_dayz: expected a known key, found "review_dayz"; did you mean "review_days"?'),
    ("[populaton]\nusers = 100", 'populaton: expected a known key, found "populaton"; did you mean "population"?'),
    ('[companies.Meta]\nreview_days = "30"',
     'companies.Meta.review_days: expected a number above 0.0 and at most 3650.0 (unit: days), found "30"'),
    ("[population]\nusers = true",
     "population.users: expected a whole number from 12 to 100000000 (unit: persons), found true"),
    ("[population]\nhomophily = 1.5", "population.homophily: expected a number from 0.0 to 1.0, found 1.5"),
    ('[companies.Meta]\nplatforms = ["Whatsap"]',
     'companies.Meta.platforms: expected a platform: WhatsApp, Telegram, WeChat, Signal, found "Whatsap"; did '
     'you mean "WhatsApp"?'),
    ('[companies.Meta]\nstance = "paus"',
     f'companies.Meta.stance: expected one of {", ".join(get_args(Stance))}, found "paus"; did you mean "pause"?'),
    ("[companies.Meta.listens_to]\nwstern = 1.0",
     'companies.Meta.listens_to: expected the group of a company: western, bytedance, mainland, found "wstern"; '
     'did you mean "western"?'),
    ("[decision.demand_stakes]\ndat = 1.0",
     'decision.demand_stakes.dat: expected one of data, registration, takedown, found "dat"; did you mean "data"?'),
    ("[platforms.Signal]\nawareness = 0.01",
     "platforms.Signal.awareness: expected at least the share that has it, 0.02, found 0.01"),
    ("[platforms.Signal]\nwanted = 0.3",
     "platforms.Signal.wanted: expected a share of 0, where nothing else tells its worth; not 0.02, found 0.3"),
    ("[population]\noffline_share = 0.2",
     "population.offline_share: expected at most what WhatsApp leaves, 0.15, found 0.2"),
    ('[[acts]]\nid = "enact"\ndate = 2020-04-01',
     "acts.enact.date: expected a date from start 2020-05-01 on, found 2020-04-01"),
    ('[[acts]]\nid = "x"\nkind = "order-block"\ndate = 2020-06-01\nplatform = "Telegrm"',
     'acts.x.platform: expected a platform: WhatsApp, Telegram, WeChat, Signal, found "Telegrm"; did you mean '
     '"Telegram"?'),
    ('[[acts]]\nid = "x"\nkind = "escalate"\ndate = 2020-07-01\ncompanies = ["Gogle"]\nrung = 2',
     'acts.x.companies: expected a company: Meta, Google, Twitter, Microsoft, LinkedIn, Zoom, Apple, Telegram, '
     'Signal, ByteDance, Tencent, found "Gogle"; did you mean "Google"?'),
    ('[[acts]]\nid = "x"\nkind = "order-block"\ndate = 2020-06-01\nplatform = "Telegram"\nuntil = 2020-06-01',
     "acts.x.until: expected a date after the act's own, 2020-06-01, found 2020-06-01"),
    ('[[acts]]\nid = "x"\nkind = "order-vpn-block"\ndate = 2020-06-01\nisps = ["SmarTon"]',
     'acts.x.isps: expected an ISP: HKT, HKBN, China Mobile HK, SmarTone, 3HK, HGC, i-Cable, found "SmarTon"; '
     'did you mean "SmarTone"?'),
    ('[[acts]]\nid = "x"\nkind = "report"\ndate = 2020-06-01\nnames = ["Signl"]',
     'acts.x.names: expected a platform: WhatsApp, Telegram, WeChat, Signal, found "Signl"; did you mean "Signal"?'),
    ('[[acts]]\nid = "x"\nkind = "order-block"\ndate = 2020-06-01\nplatform = "Signal"\nannounced = 2020-06-01',
     "acts.x.announced: expected a date before the act's own, 2020-06-01, found 2020-06-01"),
    ('[[acts]]\nid = "x"\nkind = "order-block"\ndate = 2020-06-01\nplatform = "Signal"\ntold = 2020-06-01',
     "acts.x.told: expected a date before the act's own, 2020-06-01, found 2020-06-01"),
    ('[[acts]]\nid = "x"\nkind = "report"\ndate = 2020-06-01\ntopic = "acces"',
     'acts.x.topic: expected one of surveillance, access, found "acces"; did you mean "access"?'),
    ('[[acts]]\nid = "x"\nkind = "lift"\ndate = 2020-04-01\nplatform = "Signal"',
     "acts.x.date: expected a date from start 2020-05-01 on, found 2020-04-01"),
    ('[network]\ntechnique = "dnss"',
     'network.technique: expected one of dns, ip, sni, found "dnss"; did you mean "dns"?'),
    ('[[acts]]\nid = "x"\nkind = "court-ruling"\ndate = 2020-07-01\noutcome = "demand-unlawful"',
     "acts.x.company: expected the company that the ruling frees, found nothing"),
    ('[[acts]]\nid = "x"\nkind = "arrest"\ndate = "2020-06-01"',
     'acts.x.date: expected a date (YYYY-MM-DD), found "2020-06-01"'),
    ('[[acts]]\nid = "a"\nkind = "report"\ndate = 2020-06-01\n[[acts]]\nid = "a"',
     'acts.a.id: expected an id that no other act has, found "a"'),
    ('[[acts]]\nkind = "report"', "acts.1.id: expected a short name of a-z, 0-9 and -, found nothing"),
    ('[regulators.Other]\nrole = "police"',
     'regulators.Other.role: expected a role that Police does not hold, found "police"'),
    ('[regulators.Other]\nrole = "polic"',
     'regulators.Other.role: expected one of centre, committee, police, found "polic"; did you mean "police"?'),
    ('[companies.Other]\nplatforms = ["Signal"]',
     'companies.Other.platforms: expected a platform that Signal does not own already, found "Signal"'),
    ("[isps.HKT]\nshare = 0.5", "isps: expected shares that sum to 1 (within 1e-06), found 1.05"),
    ('[platforms."a.b"]\nshare = 0.1',
     'platforms."a.b": expected a name of 1 to 40 characters without dots, found "a.b"'),
    ('[sources]\n"companies.Meta.cutof" = { status = "assumed" }',
     'sources."companies.Meta.cutof": expected the dotted key of a parameter, or a prefix with .*, found '
     '"companies.Meta.cutof"; did you mean "companies.Meta.cutoff"?'),
    ("focus = 2030-01-01", "focus: expected a date from start 2020-05-01 to end 2022-06-30, found 2030-01-01"),
    ("[population]\ndegree = 6\ngroup_size = 12",
     "population.degree: expected at least group_size - 1, 11 persons, found 6"),
    ('[population]\nusers = 5\nfoo = 3\nrepresents = "x"',
     'population.foo: expected a known key, found "foo" (and 2 more errors)'),
    ('without = ["acts.enct"]',
     'without: expected the key of something to drop, such as acts.enact, found "acts.enct"; did you mean '
     '"acts.enact"?'),
]  # fmt: skip


def test_a_fault_in_a_file_that_extends(tmp_path: Path) -> None:
    found = {body: fault(tmp_path, BASE + body) for body, _ in FAULTS}
    assert found == {body: f"mine.toml: {line}" for body, line in FAULTS}


def test_an_unknown_kind_of_act_lists_all_kinds(tmp_path: Path) -> None:
    line = fault(tmp_path, BASE + '[[acts]]\nid = "enact"\nkind = "enacts"')
    assert line.startswith("mine.toml: acts.enact.kind: expected one of advise-stance, announce, ")
    assert line.endswith('found "enacts"; did you mean "enact"?')


OVERRIDES = [
    ("companies.Meta.review_dayz=3",
     'companies.Meta.review_dayz: expected a known key, found "review_dayz"; did you mean "review_days"?'),
    ("companies.Mta.cutoff=0.3", 'companies.Mta.cutoff: expected a known key, found "Mta"; did you mean "Meta"?'),
    ("acts.enct.date=2020-07-15", 'acts.enct.date: expected a known key, found "enct"; did you mean "enact"?'),
    ("population.users=0", "population.users: expected a whole number from 12 to 100000000 (unit: persons), found 0"),
    ("companies.Meta=3", "companies.Meta: expected a table, found 3"),
    ("users", 'expected dotted.key=value, found "users"'),
]  # fmt: skip


def test_a_fault_in_an_override(tmp_path: Path) -> None:
    found = {override: fault(tmp_path, BASE, override) for override, _ in OVERRIDES}
    assert found == {override: f"--set: {line}" for override, line in OVERRIDES}


def test_a_missing_file_and_the_nearest_one(tmp_path: Path) -> None:
    (tmp_path / "mine.toml").write_text(BASE)
    with pytest.raises(ScenarioError) as caught:
        load(tmp_path / "mein.toml")
    missing, near = tmp_path / "mein.toml", tmp_path / "mine.toml"
    assert str(caught.value) == f'{missing}: expected a scenario file, found none; did you mean "{near}"?'


def test_an_unknown_name_of_a_shipped_scenario() -> None:
    with pytest.raises(ScenarioError, match=r'^hong-kong-2021: .* did you mean "hong-kong-2020"\?$'):
        load("hong-kong-2021")


def test_an_extended_file_that_is_missing(tmp_path: Path) -> None:
    line = fault(tmp_path, 'extends = "hong-kong-202"')
    assert line == (
        'mine.toml: extends: expected an existing scenario file, found "hong-kong-202"; did you mean "hong-kong-2020"?'
    )


def test_the_file_that_holds_the_key_is_named(tmp_path: Path) -> None:
    (tmp_path / "base.toml").write_text(BASE + "[population]\ngamma = -1.0\n")
    line = fault(tmp_path, 'extends = "base.toml"\n[population]\ninertia = 3.0\n')
    assert line == "base.toml: population.gamma: expected a number from 0.0 to 12.0 (unit: logits), found -1.0"


def test_a_cycle(tmp_path: Path) -> None:
    (tmp_path / "other.toml").write_text('extends = "mine.toml"')
    line = fault(tmp_path, 'extends = "other.toml"')
    assert line == (
        "mine.toml: extends: expected a file that does not extend this one in turn, "
        "found mine.toml -> other.toml -> mine.toml"
    )


def test_unreadable_toml_gives_line_and_column(tmp_path: Path) -> None:
    assert (
        fault(tmp_path, "a = 1\nb = [1,\n")
        == "mine.toml: expected TOML, found an error: Invalid value (at end of document)"
    )
    assert (
        fault(tmp_path, "a = 1\nb = = 2\n")
        == "mine.toml: expected TOML, found an error: Invalid value (at line 2, column 5)"
    )


def test_bytes_that_are_no_text(tmp_path: Path) -> None:
    (tmp_path / "mine.toml").write_bytes(b"a = 1\n\xff\n")
    with pytest.raises(ScenarioError, match="line 2: expected UTF-8 text, found other bytes"):
        load(tmp_path / "mine.toml")


def test_a_file_too_large(tmp_path: Path) -> None:
    line = fault(tmp_path, "#" * (LARGEST_BYTES + 1))
    assert line == f"mine.toml: expected at most {LARGEST_BYTES} bytes, found {LARGEST_BYTES + 1} bytes"
