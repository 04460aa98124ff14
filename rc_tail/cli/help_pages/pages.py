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
                "A tail printed the number of events that --count names, or its --for was over.",
                "Nothing. Without --count, no event at all is no failure; with it, that is 124.",
            ),
            Cause(
                "The history of --since was printed, with --no-follow.",
                "Nothing. What could not be read of it was told on standard error.",
            ),
        )
    ),
    ExitStatus.BUG: StatusPage(
        (
            Cause(
                "rc-tail came upon something that its authors did not think of. Lines that begin "
                'with "Traceback" stand before the end.',
                "Report these lines: secrets in them are masked. A second try may work; with "
                "--resume NAME it goes on where the first one ended.",
            ),
        )
    ),
    ExitStatus.USAGE: StatusPage(
        (
            Cause(
                "A word is no event, no command or no option.",
                "The message says what it may have been meant to be. `rc-tail events` lists the "
                "events, `rc-tail COMMAND --help` the options.",
            ),
            Cause(
                "A value does not fit, an option is given twice, or two options contradict each "
                "other.",
                "The message names them. `rc-tail help filters` shows how events are written.",
            ),
            Cause(
                "A shell took a part of the command line for itself: ? and * and & in a path, "
                "$ and ! in an expression.",
                "Put paths and expressions between single quotes.",
            ),
            Cause(
                "A file that an option names cannot be read.",
                "Check its name and permissions. What is wrong in an env file is 78.",
            ),
        ),
        needs_change=True,
    ),
    ExitStatus.FILTERS_REFUSED: StatusPage(
        (
            Cause(
                "A path is no event filter of RingCentral's (SUB-508), or an id in it is nobody's.",
                "Compare it with RingCentral's documentation; `rc-tail events WORD` shows the paths "
                "that are known.",
            ),
            Cause(
                "The account does not have what the events are about, such as call queues or "
                "high-volume texts (SUB-405, SUB-406, SUB-412).",
                "`rc-tail doctor EVENT...` says which event is refused, and why. Leave it out.",
            ),
        ),
        needs_change=True,
    ),
    ExitStatus.UNREACHABLE: StatusPage(
        (
            Cause(
                "There is no network, no such host, or a firewall in between.",
                "`rc-tail doctor` names the step that fails. Then try again: at the start rc-tail "
                "tries for ten seconds only, or for as long as --retry-for says.",
            ),
            Cause(
                "The variables of a simulator that has ended are still set.",
                "Start it again, or: unset RC_SERVER_URL RC_APP_CLIENT_ID RC_APP_CLIENT_SECRET "
                "RC_USER_JWT",
            ),
            Cause(
                "A proxy is needed, or refuses.",
                "Set HTTPS_PROXY=http://user:password@host:port; NO_PROXY exempts hosts.",
            ),
            Cause(
                "The server's certificate is not trusted: a proxy of the company that looks into "
                "the traffic, a certificate of one's own, a wrong clock.",
                "Name the file of the authority with --ca-bundle. The check cannot be turned off.",
            ),
            Cause(
                "The gateway refuses the WebSocket or closes it again and again.",
                "`rc-tail sms --debug` shows what is said; RingCentral may have a problem.",
            ),
        )
    ),
    ExitStatus.SYSTEM: StatusPage(
        (
            Cause(
                "A port is in use: `rc-tail simulator run --port`.",
                "Leave --port away, for any that is free; `rc-tail simulator stop` ends another.",
            ),
            Cause(
                "This machine has no file descriptor, memory or folder left for what is needed.",
                "Look at `ulimit -n`, and at the permissions of the folders that the message names.",
            ),
        )
    ),
    ExitStatus.OUTPUT: StatusPage(
        (
            Cause(
                "The disk is full, or a quota is used up.",
                "Make room. With --resume NAME the next run prints what was not written.",
            ),
            Cause(
                "The file of the output is gone: a network drive, a device that was taken out.",
                "Bring it back, or write elsewhere.",
            ),
        )
    ),
    ExitStatus.TEMPORARY: StatusPage(
        (
            Cause(
                "RingCentral is unwell, or asks for a pause: five logins and connections a minute "
                "are allowed to an app and user.",
                "Wait a minute, and start fewer rc-tails at once: processes of one user share their "
                "login. --retry-for DURATION lets it wait for longer.",
            ),
            Cause(
                "The user and app have too many subscriptions (SUB-505). Each counts for a day "
                "after its program was killed.",
                "`rc-tail doctor` lists them, and on a terminal removes those of rc-tail whose "
                "process is gone.",
            ),
            Cause(
                "Another rc-tail runs with the same --resume NAME.",
                "Let it end, or use another name.",
            ),
            Cause(
                "`rc-tail simulator send`: nobody is subscribed to that event.",
                "Wait until the tail is ready: its ready line says so, and --ready-file tells a "
                "script.",
            ),
        )
    ),
    ExitStatus.PROTOCOL: StatusPage(
        (
            Cause(
                "The server is not RingCentral's, or a page of the network (a hotel's login) "
                "answers in its place.",
                "Check --server, RC_SERVER_URL and the network. `rc-tail doctor` shows which answer "
                "was the first that did not fit.",
            ),
            Cause(
                "The server was reached by https, and asks for an unencrypted WebSocket.",
                "rc-tail never does that. Whoever runs the server must let it hand out wss.",
            ),
            Cause(
                "RingCentral changed something that rc-tail does not know yet.",
                "Look for a newer rc-tail, and report what --debug shows.",
            ),
        ),
        needs_change=True,
    ),
    ExitStatus.AUTH: StatusPage(
        (
            Cause(
                "Nobody is logged in: there is neither a profile nor a set of variables.",
                "`rc-tail login`, or set RC_APP_CLIENT_ID, RC_APP_CLIENT_SECRET and RC_USER_JWT. "
                "Without an account: `rc-tail demo`.",
            ),
            Cause(
                "The JWT is malformed, expired, revoked, of the other environment (production, "
                "sandbox), or not allowed for this app.",
                "Make another in RingCentral's developer console, under Credentials, then "
                "`rc-tail login`. `rc-tail doctor` shows what the JWT says about itself.",
            ),
            Cause(
                "Client id or client secret is wrong (OAU-146, OAU-153).",
                "Copy them anew from the app's page in the console, then `rc-tail login`.",
            ),
            Cause(
                "The app lacks a permission (CMN-401), or the one for WebSockets (SUB-528).",
                'Add it in the console ("WebSocket Subscriptions" is always needed; '
                "`rc-tail events` lists the others), then `rc-tail login` again: old tokens do not "
                "have it.",
            ),
            Cause(
                "The user lacks a permission (CMN-408), as for other users' events.",
                "An administrator of the RingCentral account gives it.",
            ),
            Cause(
                "The login was ended elsewhere: by `rc-tail logout`, by an administrator, or by a "
                "sixth login of the same app and user.",
                "Start it again, or `rc-tail login`.",
            ),
        ),
        needs_change=True,
    ),
    ExitStatus.CONFIG: StatusPage(
        (
            Cause(
                "A profile's file is damaged, or its secrets are in a keyring that does not answer.",
                "Unlock the keyring, or `rc-tail login` again. `rc-tail profiles` lists the profiles "
                "and where their secrets are.",
            ),
            Cause(
                "An env file cannot be read, or does not set all that is needed.",
                "Client id and JWT must both be in it; a profile is never mixed with it.",
            ),
            Cause(
                "The credentials are of another server than --server or RC_SERVER_URL names.",
                "Log in there under another name: `rc-tail login --profile NAME --server URL`.",
            ),
            Cause(
                "The server's address is plain http and not this machine's, or no address.",
                "Write https://. `rc-tail doctor` says which setting came from where.",
            ),
            Cause(
                "The proxy's address cannot be used.",
                "HTTPS_PROXY and ALL_PROXY must be http:// addresses.",
            ),
        ),
        needs_change=True,
    ),
    ExitStatus.TIMED_OUT: StatusPage(
        (
            Cause(
                "Fewer events came than --count asks for, in the time that --for gives.",
                "That is an answer, not a failure of rc-tail: a script can wait for an event so. "
                "The time counts from the ready line, not from the start.",
            ),
            Cause(
                "--where, --exclude or a parameter of the event let nothing through.",
                "Try without them. An expression about a field that no event has is told.",
            ),
        )
    ),
    129: StatusPage(
        (Cause("The terminal was closed.", "Start it with nohup, or in tmux, to keep it."),)
    ),
    130: StatusPage((Cause("Somebody pressed Ctrl-C.", "Nothing: it cleaned up before."),)),
    141: StatusPage(
        (
            Cause(
                "The program that reads the events ended first, as head does.",
                "Nothing: it cleaned up before. With `set -o pipefail` a shell reports this status.",
            ),
        )
    ),
    143: StatusPage(
        (Cause("It was told to end, by kill or a supervisor.", "Nothing: it cleaned up before."),)
    ),
}

# The statuses after which a supervisor should not restart the program.
NO_RESTART = tuple(int(status) for status, page in PAGES.items() if page.needs_change)
