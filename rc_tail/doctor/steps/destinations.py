"""The step about the destinations beside standard output: each is opened as the tail would."""

from rc_tail.config.loading import warning_callback
from rc_tail.doctor.examination import Examination
from rc_tail.doctor.findings import Finding, failed, ok
from rc_tail.errors import RcTailError
from rc_tail.sinks.file_address import check_writable, opening_error
from rc_tail.sinks.making import make_sinks
from rc_tail.sinks.sink import SinkContext


def check_destinations(examination: Examination) -> Finding:
    """Open each destination, without an event.

    Raises:
        UsageError: An address or option can never work, or two destinations are the same.
        ConfigError: A file that an option names cannot be used.
    """
    context = SinkContext(
        examination.environ,
        warning_callback(examination.reporter, "doctor"),
        examination.reporter.redactor.add,
        password=examination.settings.sink_password,
        allows_plain=examination.allows_plain,
        platform=lambda: examination.platform,
        filters=() if examination.requested is None else examination.requested.filters,
    )
    sinks = make_sinks(examination.sinks, context, outputs=[examination.dead_letter])
    if examination.dead_letter is not None:
        try:
            check_writable(examination.dead_letter)
        except OSError as error:
            return failed(opening_error("--dead-letter", examination.dead_letter, error))
    lines: list[str] = []
    names: list[str] = []
    for _, sink in sinks:
        try:
            found = sink.examine()
        except RcTailError as error:
            return failed(error, *lines, destination=sink.name)
        else:
            lines.append(f"{sink.name}: {'; '.join(found) or 'ready'}")
        finally:
            sink.close()
        names.append(sink.name)
    return ok("all can be used", *lines, destinations=names)
