"""The causes of each exit status and what to do about them, as data."""

from collections.abc import Mapping
from dataclasses import dataclass

from rc_tail.errors import ExitStatus


@dataclass(frozen=True, slots=True)
class Cause:
    """A cause of an exit status, and what to do about it."""

    cause: str
    cure: str


@dataclass(frozen=True, slots=True)
class StatusPage:
    """The content of a status's page beyond its meaning.

    Attributes:
        cases: The causes, the likeliest first.
        needs_change: Whether the same command would fail again until something is changed.
    """

    cases: tuple[Cause, ...]
    needs_change: bool = False


PAGES: Mapping[int, StatusPage] = {
    ExitStatus.OK: StatusPage(
        (
            Cause(
                "A tail printed the number of events given by --count, or its --for time is over.",
                "No action needed. Without --count, zero events is a success; with --count it is "
                "status 124.",
            ),
            Cause(
                "The past events of --since were printed, with --no-follow.",
                "No action needed. What could not be read is reported on standard error.",
            ),
        )
    ),
    ExitStatus.BUG: StatusPage(
        (
            Cause(
                "Unexpected error. The traceback is printed above.",
                "Please report it; secrets in it are masked. A second try may work, and with "
                "--resume NAME it continues where the first one stopped.",
            ),
        )
    ),
    ExitStatus.USAGE: StatusPage(
        (
            Cause(
                "Unknown event, option or command.",
                "The message suggests what may have been meant. `rc-tail events` lists the "
                "events, `rc-tail COMMAND --help` the options.",
            ),
            Cause(
                "Invalid value, an option given twice, or two options that cannot be combined.",
                "The message names them. `rc-tail help filters` shows how to name events.",
            ),
            Cause(
                "The shell interpreted part of the command line: ? * & in a path, $ ! in an "
                "expression.",
                "Put paths and expressions in single quotes.",
            ),
            Cause(
                "The address of a destination is invalid, has a password in it, or is unencrypted "
                "for another machine.",
                "`rc-tail help sinks` shows the addresses, and where secrets belong.",
            ),
            Cause(
                "A file given by an option cannot be read.",
                "Check its name and permissions. For an env file the status is 78.",
            ),
        ),
        needs_change=True,
    ),
    ExitStatus.FILTERS_REFUSED: StatusPage(
        (
            Cause(
                "A path is not a RingCentral event filter (SUB-508), or an id in it does not exist.",
                "Compare it with RingCentral's documentation; `rc-tail events WORD` shows the known "
                "paths.",
            ),
            Cause(
                "The account lacks the feature, such as call queues or high-volume SMS "
                "(SUB-405, SUB-406, SUB-412).",
                "`rc-tail doctor EVENT...` says which event is refused, and why. Leave it out.",
            ),
            Cause(
                "`rc-tail show`: the input is text, but not one recorded event.",
                "It reads what `rc-tail --json` or `--output frame` printed, as JSON lines or "
                "formatted. The warnings name the lines and what is wrong with them.",
            ),
        ),
        needs_change=True,
    ),
    ExitStatus.UNREACHABLE: StatusPage(
        (
            Cause(
                "No network, unknown host, or a firewall in between.",
                "`rc-tail doctor` names the step that fails. At the start rc-tail retries for ten "
                "seconds, or for as long as --retry-for says.",
            ),
            Cause(
                "The variables of a simulator that has exited are still set.",
                "Start it again, or run: unset RC_SERVER_URL RC_APP_CLIENT_ID "
                "RC_APP_CLIENT_SECRET RC_USER_JWT",
            ),
            Cause(
                "A proxy is required, or refuses the connection.",
                "Set HTTPS_PROXY=http://user:password@host:port; NO_PROXY exempts hosts.",
            ),
            Cause(
                "A login page of the network, a proxy or a firewall answered instead of RingCentral.",
                "Log in to the network with a browser, or ask its administrator to allow RingCentral.",
            ),
            Cause(
                "The server's certificate is not trusted: a TLS-inspecting proxy, a self-signed "
                "certificate, a wrong system clock.",
                "Pass the CA's file with --ca-bundle. The check cannot be disabled.",
            ),
            Cause(
                "The gateway refuses the WebSocket or keeps closing it.",
                "`rc-tail sms --debug` shows the messages; RingCentral may have an outage.",
            ),
            Cause(
                "A destination of events, such as the receiver of --forward-to, is unreachable at "
                "the start.",
                "Start it, or correct its address. With --resume NAME it may be unreachable from the "
                "second run on: its events wait.",
            ),
        )
    ),
    ExitStatus.SYSTEM: StatusPage(
        (
            Cause(
                "A port is in use: `rc-tail simulator run --port`.",
                "Omit --port to use any free port; `rc-tail simulator stop` stops a running one.",
            ),
            Cause(
                "No file descriptors, memory or folders left.",
                "Check `ulimit -n` and the permissions of the folders in the message.",
            ),
        )
    ),
    ExitStatus.OUTPUT: StatusPage(
        (
            Cause(
                "The disk is full, or a quota is used up.",
                "Free some space. With --resume NAME the next run prints what was not written.",
            ),
            Cause(
                "The output file is gone: a network drive or a removed device.",
                "Restore it, or write elsewhere.",
            ),
            Cause(
                "A destination accepted nothing for the time of --sink-give-up.",
                "The message says why. With --resume NAME the next run delivers what waits.",
            ),
            Cause(
                "`rc-tail show`: a destination refused events, and there was no --dead-letter.",
                "The messages name the events. --dead-letter FILE keeps them with the reason.",
            ),
        )
    ),
    ExitStatus.TEMPORARY: StatusPage(
        (
            Cause(
                "RingCentral is temporarily unavailable, or asked us to slow down: it allows 5 "
                "logins and connections per minute for each app and user.",
                "Wait a minute, and start fewer rc-tails at once: processes of one user share their "
                "login. --retry-for DURATION makes it wait longer.",
            ),
            Cause(
                "The user and app have too many subscriptions (SUB-505). One whose program was "
                "killed counts for 24 hours.",
                "`rc-tail doctor` lists them, and on a terminal offers to remove those of rc-tail "
                "processes that have exited.",
            ),
            Cause(
                "Another rc-tail is using the same --resume NAME.",
                "Stop it, or use another name.",
            ),
            Cause(
                "`rc-tail simulator send`: no client is subscribed to that event.",
                "Wait until the tail is ready: its ready line says so; --ready-file is for scripts.",
            ),
        )
    ),
    ExitStatus.PROTOCOL: StatusPage(
        (
            Cause(
                "The server is not RingCentral.",
                "Check --server, RC_SERVER_URL and the network. `rc-tail doctor` shows the first "
                "unexpected answer.",
            ),
            Cause(
                "The server was reached by https and tried to downgrade to ws://.",
                "rc-tail refuses that. The server must be configured to hand out wss://.",
            ),
            Cause(
                "RingCentral changed something that this version does not support.",
                "Look for a newer rc-tail, and report what --debug shows.",
            ),
        ),
        needs_change=True,
    ),
    ExitStatus.AUTH: StatusPage(
        (
            Cause(
                "Not logged in: no profile and no RC_* variables.",
                "Run `rc-tail login`, or set RC_APP_CLIENT_ID, RC_APP_CLIENT_SECRET and "
                "RC_USER_JWT. Without an account: `rc-tail demo`.",
            ),
            Cause(
                "The JWT is malformed, expired, revoked, for the other environment (production or "
                "sandbox), or not allowed for this app.",
                "Create another one in RingCentral's developer console, under Credentials, then run "
                "`rc-tail login`. `rc-tail doctor` shows the claims of the JWT.",
            ),
            Cause(
                "The client id or client secret is wrong (OAU-146, OAU-153).",
                "Copy them again from the app's page in the console, then run `rc-tail login`.",
            ),
            Cause(
                "The app lacks a permission (CMN-401), or the one for WebSockets (SUB-528).",
                'Add it in the console ("WebSocket Subscriptions" is always required; '
                "`rc-tail events` lists the others), then run `rc-tail login` again: existing "
                "tokens do not have it.",
            ),
            Cause(
                "The user lacks a permission (CMN-408), for example for other users' events.",
                "An administrator of the RingCentral account can grant it.",
            ),
            Cause(
                "The session was ended elsewhere: by `rc-tail logout`, by an administrator, or by a "
                "sixth login of the same app and user.",
                "Start it again, or run `rc-tail login`.",
            ),
            Cause(
                "A destination of events, such as NATS, refused its login at the start.",
                "Check the user in its address and RC_SINK_PASSWORD, or the file of "
                "?credentials=FILE.",
            ),
        ),
        needs_change=True,
    ),
    ExitStatus.CONFIG: StatusPage(
        (
            Cause(
                "A profile's file is damaged, or its secrets are in a keyring that does not answer.",
                "Unlock the keyring, or run `rc-tail login` again. `rc-tail profiles` lists the "
                "profiles and where their secrets are.",
            ),
            Cause(
                "An env file cannot be read, or is incomplete.",
                "It must set both client id and JWT; it is never mixed with a profile.",
            ),
            Cause(
                "The credentials belong to another server than --server or RC_SERVER_URL.",
                "Log in there under another name: `rc-tail login --profile NAME --server URL`.",
            ),
            Cause(
                "The server's address is invalid, or plain http to another machine.",
                "Use https://. `rc-tail doctor` shows where each setting comes from.",
            ),
            Cause(
                "The proxy's address is invalid or not supported.",
                "HTTPS_PROXY and ALL_PROXY must be http:// addresses.",
            ),
            Cause(
                "A destination of events fails its check: the receiver of --forward-to does not make "
                "the handshake (SUB-520 to SUB-525), or --sqlite names another program's database.",
                "`rc-tail doctor` with the same options says what is wrong; `rc-tail help sinks` "
                "describes the handshake.",
            ),
        ),
        needs_change=True,
    ),
    ExitStatus.TIMED_OUT: StatusPage(
        (
            Cause(
                "Fewer events than --count arrived within --for.",
                "This is a result, not a failure of rc-tail: so a script can wait for an event this "
                "way. The time counts from the ready line, not from the start.",
            ),
            Cause(
                "--where, --exclude or a parameter of the event let nothing through.",
                "Try without them. An expression about a field that no event has is reported.",
            ),
        )
    ),
    129: StatusPage((Cause("The terminal was closed.", "To keep it running, use nohup or tmux."),)),
    130: StatusPage(
        (Cause("Ctrl-C was pressed.", "No action needed; it cleaned up before exiting."),)
    ),
    141: StatusPage(
        (
            Cause(
                "The program that reads the events exited first, as head does.",
                "No action needed; it cleaned up before exiting. With `set -o pipefail` the shell "
                "reports this status.",
            ),
        )
    ),
    143: StatusPage(
        (
            Cause(
                "It was stopped by kill or a supervisor.",
                "No action needed; it cleaned up before exiting.",
            ),
        )
    ),
}

# The statuses after which a supervisor should not restart the program.
NO_RESTART = tuple(int(status) for status, page in PAGES.items() if page.needs_change)
