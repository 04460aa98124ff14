"""The options of the tail by group; other commands take some of them too."""

from collections.abc import Mapping

from rc_tail.cli.choices import Color, LogFormat, TimeFormat
from rc_tail.cli.options import (
    CaBundleOption,
    ColorOption,
    CountOption,
    DebugOption,
    EnvFileOption,
    EventsArgument,
    ExcludeOption,
    ExecJobsOption,
    ExecOption,
    ExecTimeoutOption,
    ExtensionOption,
    FilterOption,
    FollowOption,
    ForOption,
    HealthFileOption,
    HistoryOption,
    LogFormatOption,
    MaskOption,
    OutputOption,
    ProfileOption,
    QuietOption,
    ReadyFdOption,
    ReadyFileOption,
    ResumeOption,
    RetryForOption,
    SandboxOption,
    ServerOption,
    SinceOption,
    TailJsonOption,
    TemplateOption,
    TimeOption,
    VerboseOption,
    WhereOption,
)
from rc_tail.cli.taking import Declared

EVENTS: Mapping[str, Declared] = {
    "events": (EventsArgument, None),
    "filters": (FilterOption, None),
    "extension": (ExtensionOption, None),
    "where": (WhereOption, None),
    "exclude": (ExcludeOption, None),
    "since": (SinceOption, None),
    "history": (HistoryOption, True),
    "resume": (ResumeOption, None),
}
OUTPUT: Mapping[str, Declared] = {
    "output": (OutputOption, None),
    "as_json": (TailJsonOption, False),
    "template": (TemplateOption, None),
    "mask": (MaskOption, False),
    "time": (TimeOption, TimeFormat.local),
}
SUPERVISION: Mapping[str, Declared] = {
    "command": (ExecOption, None),
    "exec_jobs": (ExecJobsOption, None),
    "exec_timeout": (ExecTimeoutOption, None),
    "ready_file": (ReadyFileOption, None),
    "ready_fd": (ReadyFdOption, None),
    "health_file": (HealthFileOption, None),
}
END: Mapping[str, Declared] = {
    "count": (CountOption, None),
    "seconds": (ForOption, None),
    "follow": (FollowOption, True),
    "retry_for": (RetryForOption, None),
}
IDENTITY: Mapping[str, Declared] = {
    "profile": (ProfileOption, None),
    "server": (ServerOption, None),
    "sandbox": (SandboxOption, False),
    "env_file": (EnvFileOption, None),
    "ca_bundle": (CaBundleOption, None),
}
MESSAGES: Mapping[str, Declared] = {
    "quiet": (QuietOption, False),
    "verbose": (VerboseOption, False),
    "debug": (DebugOption, False),
    "log_format": (LogFormatOption, LogFormat.text),
    "color": (ColorOption, Color.auto),
}
