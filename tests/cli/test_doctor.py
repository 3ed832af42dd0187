"""`helpdeskd doctor` tells what answers and what does not, line by line; an error makes it fail."""

import asyncio
from pathlib import Path

from tests.cli.program import Program, Ran
from tests.config.small_desk import SMALL
from tests.servers.dns import DnsServer
from tests.servers.smarthost import Smarthost

ZONE = {
    ("desk.example", "MX"): ["10 mx.desk.example"],
    ("desk.example", "TXT"): ["v=spf1 mx -all"],
    ("_dmarc.desk.example", "TXT"): ["v=DMARC1; p=reject"],
}


async def doctor(helpdeskd: Program, folder: Path, *options: str, sender: str = "250 2.1.0 ok") -> Ran:
    """What it says of a desk whose smarthost answers so to our sender."""
    file = folder / "config.toml"
    async with Smarthost({"MAIL": sender}) as smarthost:
        with DnsServer() as dns:
            dns.zone.update(ZONE)
            file.write_text(
                f'{SMALL}[state]\nfolder = "state"\n[auth]\nnameservers = ["{dns.host}:{dns.port}"]\n'
                f'[smarthost]\nhost = "127.0.0.1"\nport = {smarthost.port}\ntls = "none"\n'
            )
            return await asyncio.to_thread(helpdeskd, "doctor", "--config", file, *options)


async def test_a_desk_whose_servers_answer_is_well(helpdeskd: Program, tmp_path: Path) -> None:
    ran = await doctor(helpdeskd, tmp_path)
    assert (ran.status, ran.err) == (0, "")
    lines = ran.out.splitlines()
    assert [line.split(" ")[0] for line in lines].count("error") == 0
    assert any(line.startswith("ok       smarthost: ") for line in lines)
    assert any(line.startswith("warning  database: none in ") for line in lines)


async def test_one_error_makes_it_fail_and_all_else_is_told_too(helpdeskd: Program, tmp_path: Path) -> None:
    ran = await doctor(helpdeskd, tmp_path, sender="550 5.7.1 not yours")
    assert ran.status == 1
    assert sum(line.startswith("error ") for line in ran.out.splitlines()) == 1
    assert "DNS desk.example: DMARC" in ran.out


async def test_with_json_each_finding_is_an_object(helpdeskd: Program, tmp_path: Path) -> None:
    ran = await doctor(helpdeskd, tmp_path, "--json")
    assert all(set(row) == {"about", "level", "text"} for row in ran.rows)
    about = {"database", "disk", "clock", "alarms", "smarthost", "DNS desk.example"}
    assert {row["about"] for row in ran.rows} == about


def test_a_configuration_that_is_not_in_order_is_told_as_check_does(helpdeskd: Program, tmp_path: Path) -> None:
    (tmp_path / "config.toml").write_text(f"{SMALL}[desks]\n")
    ran = helpdeskd("doctor", "--config", tmp_path / "config.toml")
    assert ran.status == 1
    assert "desks" in ran.complaint
