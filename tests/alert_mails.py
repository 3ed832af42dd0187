"""Mails of monitoring systems, as each writes them when it is installed: a problem, the same once more, and its end."""

from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Sample:
    """What one system sends about one thing; `name` and `states` are what people are to read of it.

    `others` are subjects that are neither a problem nor its end.
    """

    system: str
    name: str
    states: tuple[str, str]
    problem: str
    recovery: str
    text: str
    html: str = ""
    headers: dict[str, str] = field(default_factory=dict)
    others: tuple[str, ...] = ()

    @property
    def sender(self) -> str:
        return f"{self.system} <{self.system}@monitor.desk.example>"


ZABBIX_HTML = (
    "<b>Problem started</b> at 23:10:04 on 2026.11.23<br><b>Problem name:</b> Free disk space is less than 5%<br>"
    "<b>Host:</b> db1<br><b>Severity:</b> High<br><b>Original problem ID:</b> 5123<br>"
)
ALERTMANAGER_HTML = (
    "<html><body><table><tr><td>1 alert for alertname=HighLatency cluster=prod</td></tr>"
    "<tr><td><strong>[1] Firing</strong></td></tr>"
    "<tr><td><strong>Labels</strong><br>alertname = HighLatency<br>cluster = prod<br>instance = web1:9100<br>"
    "<strong>Annotations</strong><br>summary = p99 above 2 s<br></td></tr></table></body></html>"
)

SAMPLES = (
    Sample(
        system="nagios",
        name="web1 / HTTP",
        states=("CRITICAL", "OK"),
        problem="** PROBLEM Service Alert: web1/HTTP is CRITICAL **",
        recovery="** RECOVERY Service Alert: web1/HTTP is OK **",
        text=(
            "***** Nagios *****\n\nNotification Type: PROBLEM\n\nService: HTTP\nHost: web1\nAddress: 192.0.2.80\n"
            "State: CRITICAL\n\nDate/Time: Mon Nov 23 23:10:04 CET 2026\n\nAdditional Info:\n\nconnect: refused\n"
        ),
        others=(
            "** ACKNOWLEDGEMENT Service Alert: web1/HTTP is CRITICAL **",
            "** FLAPPINGSTART Service Alert: web1/HTTP is CRITICAL **",
            "** DOWNTIMESTART Host Alert: web1 is DOWN **",
        ),
    ),
    Sample(
        system="icinga",
        name="web1 / disk /var",
        states=("WARNING", "OK"),
        problem="[PROBLEM] disk /var on web1 is WARNING!",
        recovery="[RECOVERY] disk /var on web1 is OK!",
        text=(
            "***** Service Monitoring on monitor.desk.example *****\n\ndisk /var on web1 is WARNING!\n\n"
            "Info:    DISK WARNING - free space: 812 MiB\n\nWhen:    2026-11-23 23:10:04 +0100\n"
            "Service: disk\nHost:    web1\nIPv4:    192.0.2.80\n"
        ),
        others=("[CUSTOM] disk /var on web1 is WARNING!", "[FLAPPINGEND] Host web1 is UP!"),
    ),
    Sample(
        system="zabbix",
        name="db1 / Free disk space is less than 5%",
        states=("Problem", "Resolved"),
        problem="Problem: Free disk space is less than 5%",
        recovery="Resolved in 1h 5m 3s: Free disk space is less than 5%",
        text="Host: db1\n",
        html=ZABBIX_HTML,
        others=("Updated problem in 5m 0s: Free disk space is less than 5%",),
    ),
    Sample(
        system="alertmanager",
        name="web1:9100 / HighLatency prod",
        states=("FIRING", "RESOLVED"),
        problem="[FIRING:1] HighLatency prod (web1:9100 page)",
        recovery="[RESOLVED] HighLatency prod (web1:9100 page)",
        text="",
        html=ALERTMANAGER_HTML,
    ),
    Sample(
        system="grafana",
        name="DiskFull Servers",
        states=("FIRING", "RESOLVED"),
        problem="[FIRING:2, RESOLVED:1] DiskFull Servers (db1 critical)",
        recovery="[RESOLVED] DiskFull Servers (db1 critical)",
        text="Firing: DiskFull\n\nValue: B=97\n",
    ),
    Sample(
        system="uptime-kuma",
        name="Web shop",
        states=("Down", "Up"),
        problem="[Web shop] [🔴 Down] Request failed with status code 503",
        recovery="[Web shop] [✅ Up] 200 - OK",
        text="[Web shop] [🔴 Down] Request failed with status code 503\nTime (Europe/Amsterdam): 2026-11-23 23:10:04\n",
    ),
    Sample(
        system="checkmk",
        name="web1 / CPU load",
        states=("CRIT", "OK"),
        problem="Check_MK: web1/CPU load OK -> CRIT",
        recovery="Check_MK: web1/CPU load CRIT -> OK",
        text="Host:     web1\nAlias:    web1\nAddress:  192.0.2.80\nService:  CPU load\nEvent:    OK -> CRIT\n",
        headers={"Auto-Submitted": "auto-generated", "X-Auto-Response-Suppress": "DR,RN,NRN,OOF,AutoReply"},
        others=(
            "Checkmk: web1/CPU load Acknowledged (CRIT)",
            "Checkmk: web1 - Downtime Start (DOWN)",
            "Checkmk: web1/CPU load Stopped Flapping (OK)",
        ),
    ),
)

HOSTS = {
    "nagios": ("** PROBLEM Host Alert: web1 is DOWN **", "** RECOVERY Host Alert: web1 is UP **"),
    "icinga": ("[PROBLEM] Host web1 is DOWN!", "[RECOVERY] Host web1 is UP!"),
    "checkmk": ("Checkmk: web1 - UP -> DOWN", "Checkmk: web1 - DOWN -> UP"),
}
"""The subjects for a whole host."""
