"""``rc-tail systemd``: a unit file for a tail that starts with the machine, or one per profile."""

import re
import shlex
import shutil
import sys
from collections.abc import Sequence
from pathlib import Path

from rc_tail.cli.help_pages.pages import NO_RESTART
from rc_tail.cli.service_sinks import CREDENTIALS, NO_SINKS, ServiceSinks, service_sinks
from rc_tail.config.option import OptionValues

# Home folders, which a service's own user may not be able to read.
_HOMES = re.compile(r"/(?:home|root|run/user|Users)(?:/|$)")
_PLAIN = re.compile(r"[A-Za-z0-9_./:=,@%+-]+")
# In place of what must not be quoted.
_MARK = "@credentials@"

# For one service; and for one service per profile, which systemd calls a template unit.
_ONE_HEAD = """\
# rc-tail as a systemd service (systemd 247 or later).
#
# 1. Secrets, readable by root only; systemd passes them to this service:
#
#      sudo install -d -m 700 /etc/rc-tail
#      sudo install -m 600 /dev/null /etc/rc-tail/env
#      sudoedit /etc/rc-tail/env
#
#    with the lines
#
#      RC_APP_CLIENT_ID=...
#      RC_APP_CLIENT_SECRET=...
#      RC_USER_JWT=...
#
# 2. The service:
#
#      rc-tail systemd {events} | sudo tee /etc/systemd/system/rc-tail.service
#      sudo systemctl daemon-reload
#      sudo systemctl enable --now rc-tail
#
# 3. Events and messages:
#
#      journalctl -u rc-tail --output cat
#
#    To write to a file instead of the journal, add this to [Service]:
#
#      StandardOutput=append:/var/log/rc-tail.jsonl
"""
_MANY_HEAD = """\
# rc-tail as a systemd template unit (systemd 247 or later): a service for each profile. The
# name after the @ is the profile, here work and sales.
#
# 1. The secrets of each profile, readable by root only; systemd passes them to its service:
#
#      sudo install -d -m 700 /etc/rc-tail
#      sudo install -m 600 /dev/null /etc/rc-tail/work.env
#      sudoedit /etc/rc-tail/work.env
#
#    with the lines
#
#      RC_APP_CLIENT_ID=...
#      RC_APP_CLIENT_SECRET=...
#      RC_USER_JWT=...
#
# 2. The services:
#
#      rc-tail systemd --template {events} | sudo tee /etc/systemd/system/rc-tail@.service
#      sudo systemctl daemon-reload
#      sudo systemctl enable --now rc-tail@work rc-tail@sales
#
#    To change one of them, such as its events: sudo systemctl edit rc-tail@work
#
# 3. Events and messages:
#
#      journalctl -u rc-tail@work --output cat
#
#    To write to files instead of the journal, add this to [Service]:
#
#      StandardOutput=append:/var/log/rc-tail-%i.jsonl
"""
_SPREAD = """\

# Spreads the starts, after a boot or an outage, over a minute: RingCentral allows five logins
# per minute for each app and user, and profiles of the same user share them.
ExecStartPre=/bin/sh -c 'exec sleep "$$(shuf -n 1 -i 0-60)"'
"""
_UNIT = """\
{head}{remark}
[Unit]
Description={description}
Wants=network-online.target
After=network-online.target

[Service]
ExecStart={command}
LoadCredential=env:{secrets}
{credentials}{spread}
# Reports readiness, status and watchdog. After five minutes without a connection it is
# stopped cleanly and started again.
Type=notify
NotifyAccess=main
WatchdogSec=5min
WatchdogSignal=SIGTERM
TimeoutStartSec=6min
TimeoutStopSec=30

# Restart on temporary failures, not on configuration errors. Exit statuses:
# rc-tail help exit-codes
Restart=on-failure
RestartSec=10
RestartPreventExitStatus={hopeless}

# Runs as its own user. Its state is kept, so a restart continues without loss.
DynamicUser=yes
StateDirectory={folder}
StateDirectoryMode=0700
CacheDirectory={folder}
CacheDirectoryMode=0700
Environment=HOME=%S/{folder} XDG_CONFIG_HOME=%S/{folder}/config
Environment=XDG_STATE_HOME=%S/{folder}/state XDG_CACHE_HOME=%C/{folder}
UMask=0077
{start_folder}
# Hardening: it needs the network and the folders above.
CapabilityBoundingSet=
LockPersonality=yes
NoNewPrivileges=yes
PrivateDevices=yes
PrivateTmp=yes
ProcSubset=pid
ProtectClock=yes
ProtectControlGroups=yes
ProtectHome={protect_home}
ProtectHostname=yes
ProtectKernelLogs=yes
ProtectKernelModules=yes
ProtectKernelTunables=yes
ProtectProc=invisible
ProtectSystem=strict
RemoveIPC=yes
RestrictAddressFamilies=AF_INET AF_INET6 AF_UNIX
RestrictNamespaces=yes
RestrictRealtime=yes
RestrictSUIDSGID=yes
SystemCallArchitectures=native
SystemCallFilter=@system-service
SystemCallFilter=~@privileged

[Install]
WantedBy=multi-user.target
"""

_START_FOLDER = """\
# Files of destinations with relative names are in /var/lib/{folder}. For files elsewhere, give
# the service a user who may write there (User= in place of DynamicUser=), and ReadWritePaths=.
WorkingDirectory=%S/{folder}
"""

_IN_A_HOME = """\
#
# This rc-tail is installed in a home directory, which the service's user may not be able to
# read. If it does not start, install rc-tail elsewhere, for example in a virtual environment
# under /opt.
"""


def systemd(values: OptionValues) -> None:
    """Print a hardened systemd unit file, with instructions."""
    from rc_tail.events.selection.select import select

    words = values["events"]
    names = select(words).names
    sinks = service_sinks(values)
    unit = unit_file(program_words(), words, names, template=values["template"], sinks=sinks)
    sys.stdout.write(unit)


def program_words() -> list[str]:
    """Return the words that start this rc-tail from any folder."""
    started = Path(sys.argv[0])
    if started.name == "rc-tail" and (found := shutil.which(str(started))):
        return [str(Path(found).absolute())]
    # As a module: python -m rc_tail.
    return [sys.executable, "-m", "rc_tail"]


def unit_file(
    program: Sequence[str],
    events: Sequence[str],
    names: Sequence[str],
    *,
    template: bool = False,
    sinks: ServiceSinks = NO_SINKS,
) -> str:
    """Return a unit file.

    Args:
        program: The words that start rc-tail, the first an absolute path.
        events: The words for its events, as a person typed them.
        names: Names of the events, for the description.
        template: Whether it is a template unit, whose instances are the profiles.
        sinks: The destinations beside standard output.
    """
    at_home = any(_HOMES.match(word) for word in program)
    arguments = [*events, "--json", "--resume", "rc-tail"]
    # systemd sets the variable: the folder differs from service to service.
    first, *further = program
    command = [quote_for_unit(first, is_program=True), *map(quote_for_unit, [*further, *arguments])]
    command += ["--env-file", f"{CREDENTIALS}/env"]
    command += [_with_credentials(word) for word in sinks.words]
    description = (
        f"RingCentral events{' for %i' * template} ({', '.join(names).replace('%', '%%')})"
    )
    folder = "rc-tail-%i" if template else "rc-tail"
    typed = shlex.join([*events, *sinks.typed])
    return _UNIT.format(
        head=(_MANY_HEAD if template else _ONE_HEAD).format(events=typed),
        description=description,
        secrets="/etc/rc-tail/%i.env" if template else "/etc/rc-tail/env",
        credentials="".join(map(_load_credential, sinks.secrets.items())),
        spread=_SPREAD if template else "",
        folder=folder,
        start_folder=_START_FOLDER.format(folder=folder) if sinks.words else "",
        command=" ".join(command),
        hopeless=" ".join(map(str, NO_RESTART)),
        protect_home="read-only" if at_home else "yes",
        remark=_IN_A_HOME if at_home else "",
    )


def _with_credentials(word: str) -> str:
    """Quote a word in which systemd is to name the folder of the credentials."""
    before, is_there, after = word.partition(CREDENTIALS)
    if not is_there:
        return quote_for_unit(word)
    quoted = quote_for_unit(before + _MARK + after)
    return quoted.replace(_MARK, CREDENTIALS)


def _load_credential(secret: tuple[str, Path]) -> str:
    name, path = secret
    return f"LoadCredential={name}:{str(path).replace('%', '%%')}\n"


def quote_for_unit(word: str, *, is_program: bool = False) -> str:
    """Quote a word for a unit file, so that ``%`` and ``$`` stand for themselves.

    See systemd.service(5), "Command lines", and systemd.unit(5), "Specifiers".

    Args:
        word: The word.
        is_program: Whether it is the first one, in which systemd expands no variables.
    """
    escaped = word.replace("\\", "\\\\").replace("%", "%%")
    if not is_program:
        escaped = escaped.replace("$", "$$")
    if _PLAIN.fullmatch(escaped):
        return escaped
    return '"' + escaped.replace('"', '\\"') + '"'
