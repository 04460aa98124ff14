# Completion of rc-tail for fish. It is written by a program: do not edit it.
#
# It starts no other program. The functions named __rc_tail_table_* know what there is; an asterisk
# in front of an entry marks what may be given more than once.

function __rc_tail_table_commands
    switch $argv[1]
        case ''
            printf '%s\n' \
                'tail Print events as they happen (default; you can omit `tail`).' \
                'events List the kinds of events, or show one of them.' \
                'show Print recorded events as the tail would.' \
                'login Log in and store the login as a profile.' \
                'logout Log out: revoke the tokens and delete the profile.' \
                'whoami Show who is logged in.' \
                'profiles List the stored logins.' \
                'demo Show sample events right away, no account needed.' \
                'simulator Run a local simulated RingCentral and send it events and faults.' \
                'doctor Diagnose the setup and suggest fixes.' \
                'systemd Print a systemd unit file.' \
                'completion Print the completion script for bash, zsh or fish.' \
                'help Show help on a topic, an exit status or a command.'
        case 'simulator'
            printf '%s\n' \
                'run Run a local simulated RingCentral.' \
                'send Send an event from the running simulator.' \
                'fault Inject a fault into the running simulator.' \
                'status List connected clients and their subscriptions.' \
                'stop Stop the running simulator.'
    end
end

function __rc_tail_table_options
    switch $argv[1]
        case ''
            printf '%s\n' \
                '*--filter,-f @events Add an event (repeatable).' \
                '*--extension @text Extension to watch: an id, or ext:101 for an extension number (repeatable).' \
                '*--where @text Only events for which this JMESPath expression is true, e.g. "body.direction == \'Inbound\'" (repeatable; all must hold).' \
                '*--exclude @events Exclude a kind that a broader filter matches (repeatable).' \
                '--since @text Print past events since TIME (1h, 18:00, yesterday, 2026-11-23T18:00) first, then follow.' \
                '--no-history - Do not backfill gaps from the message store and call log.' \
                '--resume @resumes Save the position under NAME so the next run continues where this one stopped.' \
                '--output,-o pretty,json,frame,none pretty: readable entries; json: the event; frame: the raw WebSocket message; none: nothing, for other destinations (default: pretty on a terminal, json elsewhere).' \
                '--json - Short for --output json.' \
                '--template @text Format each event with a template, e.g. \'{time|local} {from}: {text|oneline}\'.' \
                '--mask - Anonymise numbers, names and text, keeping their shape.' \
                '--time local,utc,relative,none Time column of readable lines (default: local).' \
                '--no-wrap - Cut readable lines to the width of the terminal instead of wrapping them.' \
                '--count,-n @text Exit after N events.' \
                '--for @text Exit after this long (30s, 5m, 1h30m), counted from "ready"; exits 124 if --count was not reached.' \
                '--no-follow - Exit after printing the events of --since.' \
                '--retry-for @text Give up after this long without a connection (default: never, once connected).' \
                '--save-attachments @files Save voicemail audio, fax pages and pictures as DIR/DATE/KIND-ID-N.EXT; commands of --exec get their names in RC_EVENT_FILES.' \
                '--attachments @text Save only these: voicemail, fax or mms, or several with commas (default: all).' \
                '--exec @programs Run a command for each event, without a shell: the event is on its standard input, fields are in RC_EVENT_KIND, RC_EVENT_FROM, RC_EVENT_TEXT, ...; its output goes to standard error.' \
                '--exec-jobs @text Run up to N commands at once (default: 1, in the order of the events).' \
                '--exec-timeout @text Kill a command that runs longer than this (default: 30s).' \
                '--forward-to @text POST each event to URL in the form of RingCentral\'s webhooks.' \
                '*--forward-header @text Send a header with each POST (repeatable; secrets belong in --forward-header-file).' \
                '--forward-header-file @files Read headers such as Authorization from FILE, one per line.' \
                '--forward-token-file @files Send the text in FILE, or on standard input (-), as Verification-Token.' \
                '--forward-jobs @text Post up to N events at once (default: 1, in order).' \
                '--forward-timeout @text Wait this long for an answer (default: 3s, as RingCentral does).' \
                '--forward-retries @text Retry a POST that was answered with an error this often (default: 5; forever with --resume).' \
                '--no-handshake - Do not make the handshake of RingCentral\'s webhooks first.' \
                '--append @files Append each event to FILE as a JSON line; FILE may be renamed or deleted at any time.' \
                '--sqlite @files Insert each event once into the table events of an SQLite database, created if it is missing.' \
                '*--sink @text Send each event to the destination of this address (repeatable).' \
                '--dead-letter @files Append what a destination refuses for good to FILE, as JSON lines with the reason.' \
                '--sink-insecure - Allow unencrypted connections to destinations on other machines.' \
                '--sink-give-up @text Exit with 74 when a destination has accepted nothing for this long (default: never).' \
                '--ready-file @files Create this file once the subscription is active.' \
                '--ready-fd @text Write a line to this file descriptor once the subscription is active.' \
                '--health-file @files Keep this JSON file updated with the current state.' \
                '--profile @profiles Profile to use (env: RC_PROFILE).' \
                '--server @text RingCentral server (default: https://platform.ringcentral.com).' \
                '--sandbox - Use the sandbox, https://platform.devtest.ringcentral.com.' \
                '--env-file @files Read variables such as RC_USER_JWT from FILE.' \
                '--ca-bundle @files Trust only the CAs in this PEM file.' \
                '--quiet,-q - Print less (errors, gaps and rejected filters are always shown).' \
                '--verbose,-v - Explain what it is doing.' \
                '--debug - Show every frame and request, with secrets masked.' \
                '--log-format text,json Format of messages on stderr (default: text).' \
                '--color auto,always,never When to use colour; NO_COLOR and FORCE_COLOR are honoured (default: auto).' \
                '--help,-h - Show the help.' \
                '--version,-V - Show the version.' \
                '--install-completion bash,zsh,fish Let the TAB key complete rc-tail.'
        case 'tail'
            printf '%s\n' \
                '*--filter,-f @events Add an event (repeatable).' \
                '*--extension @text Extension to watch: an id, or ext:101 for an extension number (repeatable).' \
                '*--where @text Only events for which this JMESPath expression is true, e.g. "body.direction == \'Inbound\'" (repeatable; all must hold).' \
                '*--exclude @events Exclude a kind that a broader filter matches (repeatable).' \
                '--since @text Print past events since TIME (1h, 18:00, yesterday, 2026-11-23T18:00) first, then follow.' \
                '--no-history - Do not backfill gaps from the message store and call log.' \
                '--resume @resumes Save the position under NAME so the next run continues where this one stopped.' \
                '--output,-o pretty,json,frame,none pretty: readable entries; json: the event; frame: the raw WebSocket message; none: nothing, for other destinations (default: pretty on a terminal, json elsewhere).' \
                '--json - Short for --output json.' \
                '--template @text Format each event with a template, e.g. \'{time|local} {from}: {text|oneline}\'.' \
                '--mask - Anonymise numbers, names and text, keeping their shape.' \
                '--time local,utc,relative,none Time column of readable lines (default: local).' \
                '--no-wrap - Cut readable lines to the width of the terminal instead of wrapping them.' \
                '--count,-n @text Exit after N events.' \
                '--for @text Exit after this long (30s, 5m, 1h30m), counted from "ready"; exits 124 if --count was not reached.' \
                '--no-follow - Exit after printing the events of --since.' \
                '--retry-for @text Give up after this long without a connection (default: never, once connected).' \
                '--save-attachments @files Save voicemail audio, fax pages and pictures as DIR/DATE/KIND-ID-N.EXT; commands of --exec get their names in RC_EVENT_FILES.' \
                '--attachments @text Save only these: voicemail, fax or mms, or several with commas (default: all).' \
                '--exec @programs Run a command for each event, without a shell: the event is on its standard input, fields are in RC_EVENT_KIND, RC_EVENT_FROM, RC_EVENT_TEXT, ...; its output goes to standard error.' \
                '--exec-jobs @text Run up to N commands at once (default: 1, in the order of the events).' \
                '--exec-timeout @text Kill a command that runs longer than this (default: 30s).' \
                '--forward-to @text POST each event to URL in the form of RingCentral\'s webhooks.' \
                '*--forward-header @text Send a header with each POST (repeatable; secrets belong in --forward-header-file).' \
                '--forward-header-file @files Read headers such as Authorization from FILE, one per line.' \
                '--forward-token-file @files Send the text in FILE, or on standard input (-), as Verification-Token.' \
                '--forward-jobs @text Post up to N events at once (default: 1, in order).' \
                '--forward-timeout @text Wait this long for an answer (default: 3s, as RingCentral does).' \
                '--forward-retries @text Retry a POST that was answered with an error this often (default: 5; forever with --resume).' \
                '--no-handshake - Do not make the handshake of RingCentral\'s webhooks first.' \
                '--append @files Append each event to FILE as a JSON line; FILE may be renamed or deleted at any time.' \
                '--sqlite @files Insert each event once into the table events of an SQLite database, created if it is missing.' \
                '*--sink @text Send each event to the destination of this address (repeatable).' \
                '--dead-letter @files Append what a destination refuses for good to FILE, as JSON lines with the reason.' \
                '--sink-insecure - Allow unencrypted connections to destinations on other machines.' \
                '--sink-give-up @text Exit with 74 when a destination has accepted nothing for this long (default: never).' \
                '--ready-file @files Create this file once the subscription is active.' \
                '--ready-fd @text Write a line to this file descriptor once the subscription is active.' \
                '--health-file @files Keep this JSON file updated with the current state.' \
                '--profile @profiles Profile to use (env: RC_PROFILE).' \
                '--server @text RingCentral server (default: https://platform.ringcentral.com).' \
                '--sandbox - Use the sandbox, https://platform.devtest.ringcentral.com.' \
                '--env-file @files Read variables such as RC_USER_JWT from FILE.' \
                '--ca-bundle @files Trust only the CAs in this PEM file.' \
                '--quiet,-q - Print less (errors, gaps and rejected filters are always shown).' \
                '--verbose,-v - Explain what it is doing.' \
                '--debug - Show every frame and request, with secrets masked.' \
                '--log-format text,json Format of messages on stderr (default: text).' \
                '--color auto,always,never When to use colour; NO_COLOR and FORCE_COLOR are honoured (default: auto).' \
                '--help,-h - Show the help.'
        case 'events'
            printf '%s\n' \
                '--json - Print JSON, one object per line.' \
                '--sample - Also print a sample of each event, as JSON.' \
                '--no-pager - Do not use a pager on a terminal (env: PAGER; default: less, or more).' \
                '--quiet,-q - Print less (errors, gaps and rejected filters are always shown).' \
                '--verbose,-v - Explain what it is doing.' \
                '--debug - Show every frame and request, with secrets masked.' \
                '--log-format text,json Format of messages on stderr (default: text).' \
                '--color auto,always,never When to use colour; NO_COLOR and FORCE_COLOR are honoured (default: auto).' \
                '--help,-h - Show the help.'
        case 'show'
            printf '%s\n' \
                '*--where @text Only events for which this JMESPath expression is true, e.g. "body.direction == \'Inbound\'" (repeatable; all must hold).' \
                '*--exclude @events Exclude a kind that a broader filter matches (repeatable).' \
                '--speed @text Replay with the original timing: 1x, 10x faster, ...' \
                '--output,-o pretty,json,frame,none pretty: readable entries; json: the event; frame: the raw WebSocket message; none: nothing, for other destinations (default: pretty on a terminal, json elsewhere).' \
                '--json - Short for --output json.' \
                '--template @text Format each event with a template, e.g. \'{time|local} {from}: {text|oneline}\'.' \
                '--mask - Anonymise numbers, names and text, keeping their shape.' \
                '--time local,utc,relative,none Time column of readable lines (default: local).' \
                '--no-wrap - Cut readable lines to the width of the terminal instead of wrapping them.' \
                '--count,-n @text Exit after N events.' \
                '--save-attachments @files Save voicemail audio, fax pages and pictures as DIR/DATE/KIND-ID-N.EXT; commands of --exec get their names in RC_EVENT_FILES.' \
                '--attachments @text Save only these: voicemail, fax or mms, or several with commas (default: all).' \
                '--exec @programs Run a command for each event, without a shell: the event is on its standard input, fields are in RC_EVENT_KIND, RC_EVENT_FROM, RC_EVENT_TEXT, ...; its output goes to standard error.' \
                '--exec-jobs @text Run up to N commands at once (default: 1, in the order of the events).' \
                '--exec-timeout @text Kill a command that runs longer than this (default: 30s).' \
                '--forward-to @text POST each event to URL in the form of RingCentral\'s webhooks.' \
                '*--forward-header @text Send a header with each POST (repeatable; secrets belong in --forward-header-file).' \
                '--forward-header-file @files Read headers such as Authorization from FILE, one per line.' \
                '--forward-token-file @files Send the text in FILE, or on standard input (-), as Verification-Token.' \
                '--forward-jobs @text Post up to N events at once (default: 1, in order).' \
                '--forward-timeout @text Wait this long for an answer (default: 3s, as RingCentral does).' \
                '--forward-retries @text Retry a POST that was answered with an error this often (default: 5; forever with --resume).' \
                '--no-handshake - Do not make the handshake of RingCentral\'s webhooks first.' \
                '--append @files Append each event to FILE as a JSON line; FILE may be renamed or deleted at any time.' \
                '--sqlite @files Insert each event once into the table events of an SQLite database, created if it is missing.' \
                '*--sink @text Send each event to the destination of this address (repeatable).' \
                '--dead-letter @files Append what a destination refuses for good to FILE, as JSON lines with the reason.' \
                '--sink-insecure - Allow unencrypted connections to destinations on other machines.' \
                '--sink-give-up @text Exit with 74 when a destination has accepted nothing for this long (default: never).' \
                '--quiet,-q - Print less (errors, gaps and rejected filters are always shown).' \
                '--verbose,-v - Explain what it is doing.' \
                '--debug - Show every frame and request, with secrets masked.' \
                '--log-format text,json Format of messages on stderr (default: text).' \
                '--color auto,always,never When to use colour; NO_COLOR and FORCE_COLOR are honoured (default: auto).' \
                '--help,-h - Show the help.'
        case 'login'
            printf '%s\n' \
                '--jwt-file @files Read the JWT from FILE, or from standard input (-).' \
                '--profile @profiles Profile to use (env: RC_PROFILE).' \
                '--server @text RingCentral server (default: https://platform.ringcentral.com).' \
                '--sandbox - Use the sandbox, https://platform.devtest.ringcentral.com.' \
                '--env-file @files Read variables such as RC_USER_JWT from FILE.' \
                '--ca-bundle @files Trust only the CAs in this PEM file.' \
                '--quiet,-q - Print less (errors, gaps and rejected filters are always shown).' \
                '--verbose,-v - Explain what it is doing.' \
                '--debug - Show every frame and request, with secrets masked.' \
                '--log-format text,json Format of messages on stderr (default: text).' \
                '--color auto,always,never When to use colour; NO_COLOR and FORCE_COLOR are honoured (default: auto).' \
                '--help,-h - Show the help.'
        case 'logout'
            printf '%s\n' \
                '--profile @profiles Profile to use (env: RC_PROFILE).' \
                '--server @text RingCentral server (default: https://platform.ringcentral.com).' \
                '--sandbox - Use the sandbox, https://platform.devtest.ringcentral.com.' \
                '--env-file @files Read variables such as RC_USER_JWT from FILE.' \
                '--ca-bundle @files Trust only the CAs in this PEM file.' \
                '--quiet,-q - Print less (errors, gaps and rejected filters are always shown).' \
                '--verbose,-v - Explain what it is doing.' \
                '--debug - Show every frame and request, with secrets masked.' \
                '--log-format text,json Format of messages on stderr (default: text).' \
                '--color auto,always,never When to use colour; NO_COLOR and FORCE_COLOR are honoured (default: auto).' \
                '--help,-h - Show the help.'
        case 'whoami'
            printf '%s\n' \
                '--json - Print JSON, one object per line.' \
                '--profile @profiles Profile to use (env: RC_PROFILE).' \
                '--server @text RingCentral server (default: https://platform.ringcentral.com).' \
                '--sandbox - Use the sandbox, https://platform.devtest.ringcentral.com.' \
                '--env-file @files Read variables such as RC_USER_JWT from FILE.' \
                '--quiet,-q - Print less (errors, gaps and rejected filters are always shown).' \
                '--verbose,-v - Explain what it is doing.' \
                '--debug - Show every frame and request, with secrets masked.' \
                '--log-format text,json Format of messages on stderr (default: text).' \
                '--color auto,always,never When to use colour; NO_COLOR and FORCE_COLOR are honoured (default: auto).' \
                '--help,-h - Show the help.'
        case 'profiles'
            printf '%s\n' \
                '--json - Print JSON, one object per line.' \
                '--quiet,-q - Print less (errors, gaps and rejected filters are always shown).' \
                '--log-format text,json Format of messages on stderr (default: text).' \
                '--color auto,always,never When to use colour; NO_COLOR and FORCE_COLOR are honoured (default: auto).' \
                '--help,-h - Show the help.'
        case 'demo'
            printf '%s\n' \
                '*--filter,-f @events Add an event (repeatable).' \
                '*--extension @text Extension to watch: an id, or ext:101 for an extension number (repeatable).' \
                '*--where @text Only events for which this JMESPath expression is true, e.g. "body.direction == \'Inbound\'" (repeatable; all must hold).' \
                '*--exclude @events Exclude a kind that a broader filter matches (repeatable).' \
                '--since @text Print past events since TIME (1h, 18:00, yesterday, 2026-11-23T18:00) first, then follow.' \
                '--no-history - Do not backfill gaps from the message store and call log.' \
                '--resume @resumes Save the position under NAME so the next run continues where this one stopped.' \
                '--rate @text Events per second: 2, 0.5, 100/s or 30/m (default: 2).' \
                '--seed @text Random seed, for repeatable events.' \
                '--output,-o pretty,json,frame,none pretty: readable entries; json: the event; frame: the raw WebSocket message; none: nothing, for other destinations (default: pretty on a terminal, json elsewhere).' \
                '--json - Short for --output json.' \
                '--template @text Format each event with a template, e.g. \'{time|local} {from}: {text|oneline}\'.' \
                '--mask - Anonymise numbers, names and text, keeping their shape.' \
                '--time local,utc,relative,none Time column of readable lines (default: local).' \
                '--no-wrap - Cut readable lines to the width of the terminal instead of wrapping them.' \
                '--count,-n @text Exit after N events.' \
                '--for @text Exit after this long (30s, 5m, 1h30m), counted from "ready"; exits 124 if --count was not reached.' \
                '--no-follow - Exit after printing the events of --since.' \
                '--retry-for @text Give up after this long without a connection (default: never, once connected).' \
                '--save-attachments @files Save voicemail audio, fax pages and pictures as DIR/DATE/KIND-ID-N.EXT; commands of --exec get their names in RC_EVENT_FILES.' \
                '--attachments @text Save only these: voicemail, fax or mms, or several with commas (default: all).' \
                '--exec @programs Run a command for each event, without a shell: the event is on its standard input, fields are in RC_EVENT_KIND, RC_EVENT_FROM, RC_EVENT_TEXT, ...; its output goes to standard error.' \
                '--exec-jobs @text Run up to N commands at once (default: 1, in the order of the events).' \
                '--exec-timeout @text Kill a command that runs longer than this (default: 30s).' \
                '--forward-to @text POST each event to URL in the form of RingCentral\'s webhooks.' \
                '*--forward-header @text Send a header with each POST (repeatable; secrets belong in --forward-header-file).' \
                '--forward-header-file @files Read headers such as Authorization from FILE, one per line.' \
                '--forward-token-file @files Send the text in FILE, or on standard input (-), as Verification-Token.' \
                '--forward-jobs @text Post up to N events at once (default: 1, in order).' \
                '--forward-timeout @text Wait this long for an answer (default: 3s, as RingCentral does).' \
                '--forward-retries @text Retry a POST that was answered with an error this often (default: 5; forever with --resume).' \
                '--no-handshake - Do not make the handshake of RingCentral\'s webhooks first.' \
                '--append @files Append each event to FILE as a JSON line; FILE may be renamed or deleted at any time.' \
                '--sqlite @files Insert each event once into the table events of an SQLite database, created if it is missing.' \
                '*--sink @text Send each event to the destination of this address (repeatable).' \
                '--dead-letter @files Append what a destination refuses for good to FILE, as JSON lines with the reason.' \
                '--sink-insecure - Allow unencrypted connections to destinations on other machines.' \
                '--sink-give-up @text Exit with 74 when a destination has accepted nothing for this long (default: never).' \
                '--ready-file @files Create this file once the subscription is active.' \
                '--ready-fd @text Write a line to this file descriptor once the subscription is active.' \
                '--health-file @files Keep this JSON file updated with the current state.' \
                '--quiet,-q - Print less (errors, gaps and rejected filters are always shown).' \
                '--verbose,-v - Explain what it is doing.' \
                '--debug - Show every frame and request, with secrets masked.' \
                '--log-format text,json Format of messages on stderr (default: text).' \
                '--color auto,always,never When to use colour; NO_COLOR and FORCE_COLOR are honoured (default: auto).' \
                '--help,-h - Show the help.'
        case 'simulator' 'completion' 'help'
            printf '%s\n' \
                '--help,-h - Show the help.'
        case 'simulator run'
            printf '%s\n' \
                '--port @text Port to listen on; 0 picks a free one (default: 0).' \
                '--rate @text Generate N events per second for active subscriptions.' \
                '--seed @text Random seed, for repeatable events.' \
                '--tls - Serve https and wss, with a self-signed certificate.' \
                '--events @files Replay events recorded with rc-tail --json.' \
                '--scenario @files Inject the faults in FILE: lines such as `10s reset`, timed from the first client; lines such as `--idle-timeout 60s` set options.' \
                '--enforce-limits - Announce and enforce RingCentral\'s limits.' \
                '--refresh-tokens - Issue refresh tokens.' \
                '--wstoken-ttl @text Lifetime of a WebSocket token (default: 10m).' \
                '--wstoken-single-use - Accept a WebSocket token once (default: again).' \
                '--idle-timeout @text Close a connection after this long without messages (default: 30m).' \
                '--recovery-timeout @text Time to recover a session after its connection is lost (default: 3m).' \
                '--recovery-buffer @text Number of missed messages kept for a recovery (default: 100).' \
                '--wsc-everywhere - Put `wsc` on every message, not on ConnectionDetails alone.' \
                '--background - Run in the background; stop it with rc-tail simulator stop.' \
                '--quiet,-q - Print less (errors, gaps and rejected filters are always shown).' \
                '--log-format text,json Format of messages on stderr (default: text).' \
                '--color auto,always,never When to use colour; NO_COLOR and FORCE_COLOR are honoured (default: auto).' \
                '--help,-h - Show the help.'
        case 'simulator send'
            printf '%s\n' \
                '--text @text Text of the message.' \
                '--from @text Sender: a number or a name.' \
                '--to @text Receiver: a number or a name.' \
                '--extension @text Extension that receives it (default: 101, Ada).' \
                '--count @text Number of events (default: 1).' \
                '*--set @text Change a field, e.g. parties.0.status.code=Answered (repeatable).' \
                '--quiet,-q - Print less (errors, gaps and rejected filters are always shown).' \
                '--log-format text,json Format of messages on stderr (default: text).' \
                '--color auto,always,never When to use colour; NO_COLOR and FORCE_COLOR are honoured (default: auto).' \
                '--help,-h - Show the help.'
        case 'simulator fault'
            printf '%s\n' \
                '--after @text When: 10s, or 50events (default: now).' \
                '--count @text Number of times (default: 1).' \
                '--list - List the faults.' \
                '--quiet,-q - Print less (errors, gaps and rejected filters are always shown).' \
                '--log-format text,json Format of messages on stderr (default: text).' \
                '--color auto,always,never When to use colour; NO_COLOR and FORCE_COLOR are honoured (default: auto).' \
                '--help,-h - Show the help.'
        case 'simulator status'
            printf '%s\n' \
                '--json - Print JSON, one object per line.' \
                '--help,-h - Show the help.'
        case 'simulator stop'
            printf '%s\n' \
                '--quiet,-q - Print less (errors, gaps and rejected filters are always shown).' \
                '--log-format text,json Format of messages on stderr (default: text).' \
                '--color auto,always,never When to use colour; NO_COLOR and FORCE_COLOR are honoured (default: auto).' \
                '--help,-h - Show the help.'
        case 'doctor'
            printf '%s\n' \
                '--json - Print JSON, one object per line.' \
                '--save-attachments @files Save voicemail audio, fax pages and pictures as DIR/DATE/KIND-ID-N.EXT; commands of --exec get their names in RC_EVENT_FILES.' \
                '--attachments @text Save only these: voicemail, fax or mms, or several with commas (default: all).' \
                '--exec @programs Run a command for each event, without a shell: the event is on its standard input, fields are in RC_EVENT_KIND, RC_EVENT_FROM, RC_EVENT_TEXT, ...; its output goes to standard error.' \
                '--exec-jobs @text Run up to N commands at once (default: 1, in the order of the events).' \
                '--exec-timeout @text Kill a command that runs longer than this (default: 30s).' \
                '--forward-to @text POST each event to URL in the form of RingCentral\'s webhooks.' \
                '*--forward-header @text Send a header with each POST (repeatable; secrets belong in --forward-header-file).' \
                '--forward-header-file @files Read headers such as Authorization from FILE, one per line.' \
                '--forward-token-file @files Send the text in FILE, or on standard input (-), as Verification-Token.' \
                '--forward-jobs @text Post up to N events at once (default: 1, in order).' \
                '--forward-timeout @text Wait this long for an answer (default: 3s, as RingCentral does).' \
                '--forward-retries @text Retry a POST that was answered with an error this often (default: 5; forever with --resume).' \
                '--no-handshake - Do not make the handshake of RingCentral\'s webhooks first.' \
                '--append @files Append each event to FILE as a JSON line; FILE may be renamed or deleted at any time.' \
                '--sqlite @files Insert each event once into the table events of an SQLite database, created if it is missing.' \
                '*--sink @text Send each event to the destination of this address (repeatable).' \
                '--dead-letter @files Append what a destination refuses for good to FILE, as JSON lines with the reason.' \
                '--sink-insecure - Allow unencrypted connections to destinations on other machines.' \
                '--sink-give-up @text Exit with 74 when a destination has accepted nothing for this long (default: never).' \
                '--profile @profiles Profile to use (env: RC_PROFILE).' \
                '--server @text RingCentral server (default: https://platform.ringcentral.com).' \
                '--sandbox - Use the sandbox, https://platform.devtest.ringcentral.com.' \
                '--env-file @files Read variables such as RC_USER_JWT from FILE.' \
                '--ca-bundle @files Trust only the CAs in this PEM file.' \
                '--quiet,-q - Print less (errors, gaps and rejected filters are always shown).' \
                '--verbose,-v - Explain what it is doing.' \
                '--debug - Show every frame and request, with secrets masked.' \
                '--log-format text,json Format of messages on stderr (default: text).' \
                '--color auto,always,never When to use colour; NO_COLOR and FORCE_COLOR are honoured (default: auto).' \
                '--help,-h - Show the help.'
        case 'systemd'
            printf '%s\n' \
                '--template - Print a template unit, rc-tail@.service: a service for each profile.' \
                '--save-attachments @files Save voicemail audio, fax pages and pictures as DIR/DATE/KIND-ID-N.EXT; commands of --exec get their names in RC_EVENT_FILES.' \
                '--attachments @text Save only these: voicemail, fax or mms, or several with commas (default: all).' \
                '--exec @programs Run a command for each event, without a shell: the event is on its standard input, fields are in RC_EVENT_KIND, RC_EVENT_FROM, RC_EVENT_TEXT, ...; its output goes to standard error.' \
                '--exec-jobs @text Run up to N commands at once (default: 1, in the order of the events).' \
                '--exec-timeout @text Kill a command that runs longer than this (default: 30s).' \
                '--forward-to @text POST each event to URL in the form of RingCentral\'s webhooks.' \
                '*--forward-header @text Send a header with each POST (repeatable; secrets belong in --forward-header-file).' \
                '--forward-header-file @files Read headers such as Authorization from FILE, one per line.' \
                '--forward-token-file @files Send the text in FILE, or on standard input (-), as Verification-Token.' \
                '--forward-jobs @text Post up to N events at once (default: 1, in order).' \
                '--forward-timeout @text Wait this long for an answer (default: 3s, as RingCentral does).' \
                '--forward-retries @text Retry a POST that was answered with an error this often (default: 5; forever with --resume).' \
                '--no-handshake - Do not make the handshake of RingCentral\'s webhooks first.' \
                '--append @files Append each event to FILE as a JSON line; FILE may be renamed or deleted at any time.' \
                '--sqlite @files Insert each event once into the table events of an SQLite database, created if it is missing.' \
                '*--sink @text Send each event to the destination of this address (repeatable).' \
                '--dead-letter @files Append what a destination refuses for good to FILE, as JSON lines with the reason.' \
                '--sink-insecure - Allow unencrypted connections to destinations on other machines.' \
                '--sink-give-up @text Exit with 74 when a destination has accepted nothing for this long (default: never).' \
                '--help,-h - Show the help.'
    end
end

function __rc_tail_table_arguments
    switch $argv[1]
        case '' 'tail' 'demo' 'doctor' 'systemd'
            printf '%s\n' \
                '*@events'
        case 'events'
            printf '%s\n' \
                '*@event'
        case 'show'
            printf '%s\n' \
                '*@files'
        case 'simulator send'
            printf '%s\n' \
                '@event'
        case 'simulator fault'
            printf '%s\n' \
                'reset,half-open,no-pong,slow-drip,close,idle-timeout,absolute-timeout,session-revoked,recovery-failed,buffer-overflow,subscription-replaced,duplicates,reordering,split-frames,malformed,unknown-message,binary,invalid-utf8,huge-message,unauthorized,forbidden,rate-limited,unavailable,slow-answer,late-wstoken,broken-content,foreign-content,clock-skew' \
                '*@text'
        case 'completion'
            printf '%s\n' \
                'bash,zsh,fish'
        case 'help'
            printf '%s\n' \
                '*exit-codes,filters,recipes,sinks,simulator,0,1,2,65,69,71,74,75,76,77,78,124,129,130,141,143,tail,events,show,login,logout,whoami,profiles,demo,doctor,systemd,completion,help'
    end
end

function __rc_tail_table_parameters
    switch $argv[1]
        case 'messages' 'message'
            printf '%s\n' \
                'type=SMS,Fax,Voicemail,Pager one type of message only' \
                'direction=Inbound,Outbound one direction only'
        case 'messages-sms' 'message-sms' 'messages-voicemail' 'message-voicemail' 'messages-fax' 'message-fax' 'messages-pager' 'message-pager'
            printf '%s\n' \
                'direction=Inbound,Outbound one direction only'
        case 'sms-batches' 'sms-batch' 'sms2-out' 'a2p-batches'
            printf '%s\n' \
                'from= sent from this number only'
        case 'sms2-in'
            printf '%s\n' \
                'to= sent to this number only'
        case 'a2p-messages' 'a2p-message' 'a2p-optouts' 'a2p-optout'
            printf '%s\n' \
                'direction=Inbound,Outbound one direction only' \
                'batchId= of this batch only' \
                'from= sent from this number only' \
                'to= sent to this number only'
        case 'calls' 'call' 'account-calls' 'account-call'
            printf '%s\n' \
                'direction=Inbound,Outbound one direction only' \
                'missedCall=true missed calls only' \
                'phoneNumber= with this number only' \
                'sipData=true with the SIP data of the call' \
                '*statusCode=Setup,Proceeding,Answered,Disconnected,Gone,Parked,Hold,VoiceMail,FaxReceive,VoiceMailScreening this status only; for several, name the event once for each' \
                'withRecordings=true recorded calls only'
        case 'missed-calls' 'missed-call' 'account-missed-calls' 'account-missed-call'
            printf '%s\n' \
                'direction=Inbound,Outbound one direction only' \
                'phoneNumber= with this number only' \
                'sipData=true with the SIP data of the call' \
                '*statusCode=Setup,Proceeding,Answered,Disconnected,Gone,Parked,Hold,VoiceMail,FaxReceive,VoiceMailScreening this status only; for several, name the event once for each' \
                'withRecordings=true recorded calls only'
        case 'calls-in' 'call-in' 'calls-out' 'call-out' 'account-calls-in' 'account-call-in' 'account-calls-out' 'account-call-out'
            printf '%s\n' \
                'missedCall=true missed calls only' \
                'phoneNumber= with this number only' \
                'sipData=true with the SIP data of the call' \
                '*statusCode=Setup,Proceeding,Answered,Disconnected,Gone,Parked,Hold,VoiceMail,FaxReceive,VoiceMailScreening this status only; for several, name the event once for each' \
                'withRecordings=true recorded calls only'
        case 'calls-sip' 'call-sip' 'account-calls-sip' 'account-call-sip'
            printf '%s\n' \
                'direction=Inbound,Outbound one direction only' \
                'missedCall=true missed calls only' \
                'phoneNumber= with this number only' \
                '*statusCode=Setup,Proceeding,Answered,Disconnected,Gone,Parked,Hold,VoiceMail,FaxReceive,VoiceMailScreening this status only; for several, name the event once for each' \
                'withRecordings=true recorded calls only'
        case 'recorded-calls' 'recorded-call' 'account-recorded-calls' 'account-recorded-call'
            printf '%s\n' \
                'direction=Inbound,Outbound one direction only' \
                'missedCall=true missed calls only' \
                'phoneNumber= with this number only' \
                'sipData=true with the SIP data of the call' \
                '*statusCode=Setup,Proceeding,Answered,Disconnected,Gone,Parked,Hold,VoiceMail,FaxReceive,VoiceMailScreening this status only; for several, name the event once for each'
        case 'presence' 'line-presence' 'favorite-presence'
            printf '%s\n' \
                'detailedTelephonyState=true with the active calls' \
                'sipData=true with the SIP data of the calls'
        case 'presence-detailed' 'line-presence-detailed' 'favorite-presence-detailed'
            printf '%s\n' \
                'sipData=true with the SIP data of the calls'
        case 'account-presence'
            printf '%s\n' \
                'detailedTelephonyState=true with the active calls'
    end
end

function __rc_tail_table_events
    switch $argv[1]
        case ''
            printf '%s\n' \
                'insights all of insights-pbx, insights-rcv, insights-rcx, insights-ms-teams, insights-nice-incontact' \
                'sms incoming text or picture message, with its text' \
                'voicemail new voicemail' \
                'fax incoming fax' \
                'messages any message was added or changed: counts and ids, no text' \
                'messages-sms text messages: counts and ids of what was added or changed' \
                'messages-sms-in text messages received: counts and ids of what was added or changed' \
                'messages-sms-out text messages sent: counts and ids of what was added or changed' \
                'messages-voicemail voicemails: counts and ids of what was added or changed' \
                'messages-voicemail-in voicemails received: counts and ids of what was added or changed' \
                'messages-voicemail-out voicemails sent: counts and ids of what was added or changed' \
                'messages-fax faxes: counts and ids of what was added or changed' \
                'messages-fax-in faxes received: counts and ids of what was added or changed' \
                'messages-fax-out faxes sent: counts and ids of what was added or changed' \
                'messages-pager pager messages: counts and ids of what was added or changed' \
                'messages-pager-in pager messages received: counts and ids of what was added or changed' \
                'messages-pager-out pager messages sent: counts and ids of what was added or changed' \
                'sms-batches a batch of texts (SMS version 2) was completed' \
                'sms2-in incoming text (SMS version 2)' \
                'sms2-out outgoing text (SMS version 2): sent or delivered' \
                'threads a message thread of the team was opened, assigned or resolved' \
                'thread-entries a message thread of the team has a new entry' \
                'a2p-batches status update of a batch of high-volume texts' \
                'a2p-batch: status update of one batch of high-volume texts' \
                'a2p-messages incoming high-volume text, or status update of a sent one' \
                'a2p-optouts opt-out or opt-in of high-volume texts' \
                'sms-consents opt-out or opt-in of texts, also by an app or the carrier' \
                'calls call status changes' \
                'missed-calls missed calls' \
                'calls-in status changes of incoming calls' \
                'calls-out status changes of outgoing calls' \
                'calls-sip call status changes, with SIP data' \
                'recorded-calls status changes of recorded calls' \
                'account-calls call status changes, account-wide' \
                'account-missed-calls missed calls, account-wide' \
                'account-calls-in status changes of incoming calls, account-wide' \
                'account-calls-out status changes of outgoing calls, account-wide' \
                'account-calls-sip call status changes, with SIP data, account-wide' \
                'account-recorded-calls status changes of recorded calls, account-wide' \
                'presence an extension\'s presence changed' \
                'presence-detailed an extension\'s presence changed, with active calls' \
                'presence-sip an extension\'s presence changed, with active calls and SIP data' \
                'account-presence presence changes, account-wide' \
                'line-presence the presence of a monitored line changed' \
                'line-presence-detailed the presence of a monitored line changed, with active calls' \
                'line-presence-sip the presence of a monitored line changed, with active calls and SIP data' \
                'favorite-presence the presence of a favorite contact changed' \
                'favorite-presence-detailed the presence of a favorite contact changed, with active calls' \
                'favorite-presence-sip the presence of a favorite contact changed, with active calls and SIP data' \
                'lines the list of monitored lines changed' \
                'dnd an extension\'s do-not-disturb status changed' \
                'queue-presence: agents joined or left the call queue' \
                'team-posts a post in a chat was added, edited or removed' \
                'team-chats a chat was joined, left, renamed or changed' \
                'team-webhooks an incoming webhook was created, changed or deleted' \
                'directory entries of the company directory changed' \
                'extension the settings of an extension changed' \
                'extensions extensions of the account were created, changed or deleted' \
                'favorites the favorite contacts of an extension changed' \
                'grants an extension\'s access to other extensions changed' \
                'emergency-address: the emergency address of a device changed' \
                'cc-numbers a contact center number was created, changed or deleted' \
                'insights-pbx transcript, summary and next steps of phone calls' \
                'insights-rcv transcript, summary and next steps of RingCentral video meetings' \
                'insights-rcx transcript, summary and next steps of RingCX calls' \
                'insights-ms-teams transcript, summary and next steps of Microsoft Teams meetings' \
                'insights-nice-incontact transcript, summary and next steps of NICE inContact calls' \
                'team-groups alias of team-chats' \
                'glip-posts deprecated alias of team-posts' \
                'glip-groups deprecated alias of team-chats'
    end
end

function __rc_tail_table_spellings
    switch $argv[1]
        case ''
            printf '%s\n' \
                'insight all of insights-pbx, insights-rcv, insights-rcx, insights-ms-teams, insights-nice-incontact' \
                'voicemails new voicemail' \
                'faxes incoming fax' \
                'message any message was added or changed: counts and ids, no text' \
                'message-sms text messages: counts and ids of what was added or changed' \
                'message-sms-in text messages received: counts and ids of what was added or changed' \
                'message-sms-out text messages sent: counts and ids of what was added or changed' \
                'message-voicemail voicemails: counts and ids of what was added or changed' \
                'message-voicemail-in voicemails received: counts and ids of what was added or changed' \
                'message-voicemail-out voicemails sent: counts and ids of what was added or changed' \
                'message-fax faxes: counts and ids of what was added or changed' \
                'message-fax-in faxes received: counts and ids of what was added or changed' \
                'message-fax-out faxes sent: counts and ids of what was added or changed' \
                'message-pager pager messages: counts and ids of what was added or changed' \
                'message-pager-in pager messages received: counts and ids of what was added or changed' \
                'message-pager-out pager messages sent: counts and ids of what was added or changed' \
                'sms-batch a batch of texts (SMS version 2) was completed' \
                'thread a message thread of the team was opened, assigned or resolved' \
                'thread-entry a message thread of the team has a new entry' \
                'a2p-message incoming high-volume text, or status update of a sent one' \
                'a2p-optout opt-out or opt-in of high-volume texts' \
                'sms-consent opt-out or opt-in of texts, also by an app or the carrier' \
                'call call status changes' \
                'missed-call missed calls' \
                'call-in status changes of incoming calls' \
                'call-out status changes of outgoing calls' \
                'call-sip call status changes, with SIP data' \
                'recorded-call status changes of recorded calls' \
                'account-call call status changes, account-wide' \
                'account-missed-call missed calls, account-wide' \
                'account-call-in status changes of incoming calls, account-wide' \
                'account-call-out status changes of outgoing calls, account-wide' \
                'account-call-sip call status changes, with SIP data, account-wide' \
                'account-recorded-call status changes of recorded calls, account-wide' \
                'line the list of monitored lines changed' \
                'team-post a post in a chat was added, edited or removed' \
                'team-chat a chat was joined, left, renamed or changed' \
                'team-webhook an incoming webhook was created, changed or deleted' \
                'favorite the favorite contacts of an extension changed' \
                'grant an extension\'s access to other extensions changed' \
                'emergency-addresses: the emergency address of a device changed' \
                'cc-number a contact center number was created, changed or deleted' \
                'insight-pbx transcript, summary and next steps of phone calls' \
                'insight-rcv transcript, summary and next steps of RingCentral video meetings' \
                'insight-rcx transcript, summary and next steps of RingCX calls' \
                'insight-ms-teams transcript, summary and next steps of Microsoft Teams meetings' \
                'insight-nice-incontact transcript, summary and next steps of NICE inContact calls' \
                'team-group alias of team-chats' \
                'glip-post deprecated alias of team-posts' \
                'glip-group deprecated alias of team-chats'
    end
end
# Print the first words of entries.
function __rc_tail_firsts
    string replace -r ' .*' '' -- $argv
end

# Print what an option takes, nothing for a flag or an unknown one.
function __rc_tail_taken_by -a where option
    for entry in (__rc_tail_table_options "$where")
        set -l parts (string split -m 2 ' ' -- $entry)
        if contains -- $option (string split , -- (string replace -r '^\*' '' -- $parts[1]))
            test $parts[2] = -; or echo $parts[2]
            return
        end
    end
end

# Print what the words before the cursor amount to: the command, how many arguments there are,
# whether options are closed by "--", what the last option expects, and the options given.
function __rc_tail_walk
    set -l where ''
    set -l count 0
    set -l closed 0
    set -l expecting ''
    set -l given
    for word in $argv
        if test -n "$expecting"
            set expecting ''
        else if test $closed = 0; and test "$word" = --
            set closed 1
        else if test $closed = 0; and string match -qr '^-.' -- $word
            set -a given (string replace -r '=.*' '' -- $word)
            set expecting (__rc_tail_taken_by "$where" $word)
        else if test $closed = 0 -a $count = 0
            and contains -- $word (__rc_tail_firsts (__rc_tail_table_commands "$where"))
            set where (string trim -- "$where $word")
        else
            test -n "$where"; or set where tail
            set count (math $count + 1)
        end
    end
    printf '%s\n' "$where" $count $closed "$expecting" $given
end

# Print what is wanted at the cursor, what of the current word stands before it, that word, the
# command, whether commands may stand here, and the options given.
function __rc_tail_wanted
    set -l words (commandline -opc)
    set -l walked (__rc_tail_walk $words[2..-1])
    set -l where $walked[1]
    set -l current (commandline -ct | string trim -l -c '\'"')
    set -l wanted
    set -l before ''
    set -l commands 0
    if test -n "$walked[4]"
        set wanted $walked[4]
    else if test $walked[3] = 0; and string match -qr '^--.*=' -- $current
        set before (string replace -r '=.*' '=' -- $current)
        set wanted (__rc_tail_taken_by "$where" (string trim -r -c = -- $before))
    else if test $walked[3] = 0; and string match -q -- '-*' $current
        set wanted @options
    else
        test $walked[2] = 0 -a $walked[3] = 0; and set commands 1
        set wanted (__rc_tail_argument "$where" $walked[2])
    end
    printf '%s\n' "$wanted" "$before" "$current" "$where" $commands $walked[5..-1]
end

# Print what the argument after so many others is.
function __rc_tail_argument -a where count
    for entry in (__rc_tail_table_arguments "$where")
        if test $count = 0; or string match -qr '^\*' -- $entry
            string replace -r '^\*' '' -- $entry
            return
        end
        set count (math $count - 1)
    end
end

function __rc_tail_wants_files
    set -l wanted (__rc_tail_wanted)
    test "$wanted[1]" = @files
end

# Print the names of the files NAME.json in rc-tail's folder under another.
function __rc_tail_stored -a parent name
    set -l folder $parent/rc-tail/$name
    if not test -d $folder
        and test -d "$HOME/Library/Application Support"
        set folder "$HOME/Library/Application Support/rc-tail/$name"
    end
    set -l files $folder/*.json
    string replace -r '.*/(.*)\.json$' '$1' -- $files |
        string match -r '^[A-Za-z0-9_-][A-Za-z0-9._-]*$'
end

# Print entries behind some text, each with its description.
function __rc_tail_told -a before
    string replace ' ' \t -- $before$argv[2..-1]
end

# Print the names of events behind some text, those that fit it.
function __rc_tail_names -a before text ids
    for table in events spellings
        set -l entries (__rc_tail_table_$table '')
        test "$ids" = with_ids; or set entries (string replace ': ' ' ' -- $entries)
        set -l fitting (string match -e -r '^'(string escape --style=regex -- "$text") -- $entries)
        # Second spellings would only be in the way where a first one fits.
        if set -q fitting[1]
            __rc_tail_told "$before" $fitting
            return
        end
    end
end

# Print events behind some text, as in sms,calls:direction=Inbound,statusCode=Answered
function __rc_tail_events -a before text
    set -l owner ''
    set -l open 0
    set -l used
    set -l pieces (string split , -- "$text")
    for piece in $pieces[1..-2]
        switch $piece
            case '/*'
                # A path is never cut.
                return
            case '*:*'
                set -l parts (string split -m 1 : -- $piece)
                set owner $parts[1]
                set open 1
                set used (string replace -r '=.*' '' -- $parts[2])
            case '*=*'
                set -a used (string replace -r '=.*' '' -- $piece)
            case '*'
                set owner $piece
                set open 0
                set used
        end
        set before $before$piece,
    end
    set text $pieces[-1]
    switch $text
        case '/*'
        case '*:*'
            set -l parts (string split -m 1 : -- $text)
            __rc_tail_parameters $before$parts[1]: "$parts[2]" $parts[1]
        case '*=*'
            __rc_tail_parameters "$before" $text "$owner" $used
        case '*'
            __rc_tail_names "$before" "$text" with_ids
            test $open = 1; and __rc_tail_parameters "$before" "$text" $owner $used
    end
end

# Print parameters of an event behind some text, or the values of one; then come those used.
function __rc_tail_parameters -a before text owner
    for entry in (__rc_tail_table_parameters "$owner")
        set -l parts (string split -m 1 = -- $entry)
        set -l name (string replace -r '^\*' '' -- $parts[1])
        set -l rest (string split -m 1 ' ' -- $parts[2])
        if string match -q -- "$name=*" "$text"
            test -n "$rest[1]"; and printf '%s\n' $before$name=(string split , -- $rest[1])
            return
        else if string match -qr '^\*' -- $parts[1]; or not contains -- $name $argv[4..-1]
            printf '%s\t%s\n' $before$name= "$rest[2]"
        end
    end
end

# Print the options of a command that were not given yet.
function __rc_tail_options -a where
    for entry in (__rc_tail_table_options "$where")
        set -l parts (string split -m 2 ' ' -- $entry)
        set -l spellings (string split , -- (string replace -r '^\*' '' -- $parts[1]))
        set -l again 0
        if not string match -qr '^\*' -- $entry
            for spelling in $spellings
                contains -- $spelling $argv[2..-1]; and set again 1
            end
        end
        test $again = 1; or string replace -r '$' \t"$parts[3]" -- $spellings
    end
end

function __rc_tail_complete
    set -l wanted (__rc_tail_wanted)
    set -l before $wanted[2]
    set -l text (string sub -s (math (string length -- "$before") + 1) -- "$wanted[3]")
    if test $wanted[5] = 1
        __rc_tail_told '' (__rc_tail_table_commands "$wanted[4]")
    end
    switch "$wanted[1]"
        case '' @text @files
        case @options
            __rc_tail_options "$wanted[4]" $wanted[6..-1]
        case @events
            __rc_tail_events "$before" "$text"
        case @event
            __rc_tail_names "$before" "$text"
        case @programs
            __rc_tail_told "$before" (complete -C "$text")
        case @profiles
            set -l folder $XDG_CONFIG_HOME $HOME/.config
            __rc_tail_told "$before" (__rc_tail_stored $folder[1] profiles)
        case @resumes
            set -l folder $XDG_STATE_HOME $HOME/.local/state
            __rc_tail_told "$before" (__rc_tail_stored $folder[1] resume)
        case '*'
            __rc_tail_told "$before" (string split , -- $wanted[1])
    end
end

complete -c rc-tail -e
complete -c rc-tail -f
complete -c rc-tail -n __rc_tail_wants_files -F
complete -c rc-tail -k -a '(__rc_tail_complete)'
