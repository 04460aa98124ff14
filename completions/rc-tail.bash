# shellcheck shell=bash
# Completion of rc-tail for bash, from version 3.2 on. It is written by a program: do not edit it.
#
# It starts no other program. The functions named _rc_tail_table_* know what there is; an asterisk
# in front of an entry marks what may be given more than once.

_rc_tail_table_commands() {
    reply=()
    case $1 in
    '')
        reply=(
            'tail'
            'events'
            'show'
            'login'
            'logout'
            'whoami'
            'profiles'
            'demo'
            'simulator'
            'doctor'
            'systemd'
            'completion'
            'help'
        )
        ;;
    'simulator')
        reply=(
            'run'
            'send'
            'fault'
            'status'
            'stop'
        )
        ;;
    esac
}

_rc_tail_table_options() {
    reply=()
    case $1 in
    '')
        reply=(
            '*--filter,-f @events'
            '*--extension @text'
            '*--where @text'
            '*--exclude @events'
            '--since @text'
            '--no-history -'
            '--resume @resumes'
            '--output,-o pretty,json,frame,none'
            '--json -'
            '--template @text'
            '--mask -'
            '--time local,utc,relative,none'
            '--no-wrap -'
            '--count,-n @text'
            '--for @text'
            '--no-follow -'
            '--retry-for @text'
            '--save-attachments @files'
            '--attachments @text'
            '--exec @programs'
            '--exec-jobs @text'
            '--exec-timeout @text'
            '--forward-to @text'
            '*--forward-header @text'
            '--forward-header-file @files'
            '--forward-token-file @files'
            '--forward-jobs @text'
            '--forward-timeout @text'
            '--forward-retries @text'
            '--no-handshake -'
            '--append @files'
            '--sqlite @files'
            '*--sink @text'
            '--dead-letter @files'
            '--sink-insecure -'
            '--sink-give-up @text'
            '--ready-file @files'
            '--ready-fd @text'
            '--health-file @files'
            '--profile @profiles'
            '--server @text'
            '--sandbox -'
            '--env-file @files'
            '--ca-bundle @files'
            '--quiet,-q -'
            '--verbose,-v -'
            '--debug -'
            '--log-format text,json'
            '--color auto,always,never'
            '--help,-h -'
            '--version,-V -'
            '--install-completion bash,zsh,fish'
        )
        ;;
    'tail')
        reply=(
            '*--filter,-f @events'
            '*--extension @text'
            '*--where @text'
            '*--exclude @events'
            '--since @text'
            '--no-history -'
            '--resume @resumes'
            '--output,-o pretty,json,frame,none'
            '--json -'
            '--template @text'
            '--mask -'
            '--time local,utc,relative,none'
            '--no-wrap -'
            '--count,-n @text'
            '--for @text'
            '--no-follow -'
            '--retry-for @text'
            '--save-attachments @files'
            '--attachments @text'
            '--exec @programs'
            '--exec-jobs @text'
            '--exec-timeout @text'
            '--forward-to @text'
            '*--forward-header @text'
            '--forward-header-file @files'
            '--forward-token-file @files'
            '--forward-jobs @text'
            '--forward-timeout @text'
            '--forward-retries @text'
            '--no-handshake -'
            '--append @files'
            '--sqlite @files'
            '*--sink @text'
            '--dead-letter @files'
            '--sink-insecure -'
            '--sink-give-up @text'
            '--ready-file @files'
            '--ready-fd @text'
            '--health-file @files'
            '--profile @profiles'
            '--server @text'
            '--sandbox -'
            '--env-file @files'
            '--ca-bundle @files'
            '--quiet,-q -'
            '--verbose,-v -'
            '--debug -'
            '--log-format text,json'
            '--color auto,always,never'
            '--help,-h -'
        )
        ;;
    'events')
        reply=(
            '--json -'
            '--sample -'
            '--no-pager -'
            '--quiet,-q -'
            '--verbose,-v -'
            '--debug -'
            '--log-format text,json'
            '--color auto,always,never'
            '--help,-h -'
        )
        ;;
    'show')
        reply=(
            '*--where @text'
            '*--exclude @events'
            '--speed @text'
            '--output,-o pretty,json,frame,none'
            '--json -'
            '--template @text'
            '--mask -'
            '--time local,utc,relative,none'
            '--no-wrap -'
            '--count,-n @text'
            '--save-attachments @files'
            '--attachments @text'
            '--exec @programs'
            '--exec-jobs @text'
            '--exec-timeout @text'
            '--forward-to @text'
            '*--forward-header @text'
            '--forward-header-file @files'
            '--forward-token-file @files'
            '--forward-jobs @text'
            '--forward-timeout @text'
            '--forward-retries @text'
            '--no-handshake -'
            '--append @files'
            '--sqlite @files'
            '*--sink @text'
            '--dead-letter @files'
            '--sink-insecure -'
            '--sink-give-up @text'
            '--quiet,-q -'
            '--verbose,-v -'
            '--debug -'
            '--log-format text,json'
            '--color auto,always,never'
            '--help,-h -'
        )
        ;;
    'login')
        reply=(
            '--jwt-file @files'
            '--profile @profiles'
            '--server @text'
            '--sandbox -'
            '--env-file @files'
            '--ca-bundle @files'
            '--quiet,-q -'
            '--verbose,-v -'
            '--debug -'
            '--log-format text,json'
            '--color auto,always,never'
            '--help,-h -'
        )
        ;;
    'logout')
        reply=(
            '--profile @profiles'
            '--server @text'
            '--sandbox -'
            '--env-file @files'
            '--ca-bundle @files'
            '--quiet,-q -'
            '--verbose,-v -'
            '--debug -'
            '--log-format text,json'
            '--color auto,always,never'
            '--help,-h -'
        )
        ;;
    'whoami')
        reply=(
            '--json -'
            '--profile @profiles'
            '--server @text'
            '--sandbox -'
            '--env-file @files'
            '--quiet,-q -'
            '--verbose,-v -'
            '--debug -'
            '--log-format text,json'
            '--color auto,always,never'
            '--help,-h -'
        )
        ;;
    'profiles')
        reply=(
            '--json -'
            '--quiet,-q -'
            '--log-format text,json'
            '--color auto,always,never'
            '--help,-h -'
        )
        ;;
    'demo')
        reply=(
            '*--filter,-f @events'
            '*--extension @text'
            '*--where @text'
            '*--exclude @events'
            '--since @text'
            '--no-history -'
            '--resume @resumes'
            '--rate @text'
            '--seed @text'
            '--output,-o pretty,json,frame,none'
            '--json -'
            '--template @text'
            '--mask -'
            '--time local,utc,relative,none'
            '--no-wrap -'
            '--count,-n @text'
            '--for @text'
            '--no-follow -'
            '--retry-for @text'
            '--save-attachments @files'
            '--attachments @text'
            '--exec @programs'
            '--exec-jobs @text'
            '--exec-timeout @text'
            '--forward-to @text'
            '*--forward-header @text'
            '--forward-header-file @files'
            '--forward-token-file @files'
            '--forward-jobs @text'
            '--forward-timeout @text'
            '--forward-retries @text'
            '--no-handshake -'
            '--append @files'
            '--sqlite @files'
            '*--sink @text'
            '--dead-letter @files'
            '--sink-insecure -'
            '--sink-give-up @text'
            '--ready-file @files'
            '--ready-fd @text'
            '--health-file @files'
            '--quiet,-q -'
            '--verbose,-v -'
            '--debug -'
            '--log-format text,json'
            '--color auto,always,never'
            '--help,-h -'
        )
        ;;
    'simulator' | 'completion' | 'help')
        reply=(
            '--help,-h -'
        )
        ;;
    'simulator run')
        reply=(
            '--port @text'
            '--rate @text'
            '--seed @text'
            '--tls -'
            '--events @files'
            '--scenario @files'
            '--enforce-limits -'
            '--refresh-tokens -'
            '--wstoken-ttl @text'
            '--wstoken-single-use -'
            '--idle-timeout @text'
            '--recovery-timeout @text'
            '--recovery-buffer @text'
            '--wsc-everywhere -'
            '--background -'
            '--quiet,-q -'
            '--log-format text,json'
            '--color auto,always,never'
            '--help,-h -'
        )
        ;;
    'simulator send')
        reply=(
            '--text @text'
            '--from @text'
            '--to @text'
            '--extension @text'
            '--count @text'
            '*--set @text'
            '--quiet,-q -'
            '--log-format text,json'
            '--color auto,always,never'
            '--help,-h -'
        )
        ;;
    'simulator fault')
        reply=(
            '--after @text'
            '--count @text'
            '--list -'
            '--quiet,-q -'
            '--log-format text,json'
            '--color auto,always,never'
            '--help,-h -'
        )
        ;;
    'simulator status')
        reply=(
            '--json -'
            '--help,-h -'
        )
        ;;
    'simulator stop')
        reply=(
            '--quiet,-q -'
            '--log-format text,json'
            '--color auto,always,never'
            '--help,-h -'
        )
        ;;
    'doctor')
        reply=(
            '--json -'
            '--save-attachments @files'
            '--attachments @text'
            '--exec @programs'
            '--exec-jobs @text'
            '--exec-timeout @text'
            '--forward-to @text'
            '*--forward-header @text'
            '--forward-header-file @files'
            '--forward-token-file @files'
            '--forward-jobs @text'
            '--forward-timeout @text'
            '--forward-retries @text'
            '--no-handshake -'
            '--append @files'
            '--sqlite @files'
            '*--sink @text'
            '--dead-letter @files'
            '--sink-insecure -'
            '--sink-give-up @text'
            '--profile @profiles'
            '--server @text'
            '--sandbox -'
            '--env-file @files'
            '--ca-bundle @files'
            '--quiet,-q -'
            '--verbose,-v -'
            '--debug -'
            '--log-format text,json'
            '--color auto,always,never'
            '--help,-h -'
        )
        ;;
    'systemd')
        reply=(
            '--template -'
            '--save-attachments @files'
            '--attachments @text'
            '--exec @programs'
            '--exec-jobs @text'
            '--exec-timeout @text'
            '--forward-to @text'
            '*--forward-header @text'
            '--forward-header-file @files'
            '--forward-token-file @files'
            '--forward-jobs @text'
            '--forward-timeout @text'
            '--forward-retries @text'
            '--no-handshake -'
            '--append @files'
            '--sqlite @files'
            '*--sink @text'
            '--dead-letter @files'
            '--sink-insecure -'
            '--sink-give-up @text'
            '--help,-h -'
        )
        ;;
    esac
}

_rc_tail_table_arguments() {
    reply=()
    case $1 in
    '' | 'tail' | 'demo' | 'doctor' | 'systemd')
        reply=(
            '*@events'
        )
        ;;
    'events')
        reply=(
            '*@event'
        )
        ;;
    'show')
        reply=(
            '*@files'
        )
        ;;
    'simulator send')
        reply=(
            '@event'
        )
        ;;
    'simulator fault')
        reply=(
            'reset,half-open,no-pong,slow-drip,close,idle-timeout,absolute-timeout,session-revoked,recovery-failed,buffer-overflow,subscription-replaced,duplicates,reordering,split-frames,malformed,unknown-message,binary,invalid-utf8,huge-message,unauthorized,forbidden,rate-limited,unavailable,slow-answer,late-wstoken,broken-content,foreign-content,clock-skew'
            '*@text'
        )
        ;;
    'completion')
        reply=(
            'bash,zsh,fish'
        )
        ;;
    'help')
        reply=(
            '*exit-codes,filters,recipes,sinks,simulator,0,1,2,65,69,71,74,75,76,77,78,124,129,130,141,143,tail,events,show,login,logout,whoami,profiles,demo,doctor,systemd,completion,help'
        )
        ;;
    esac
}

_rc_tail_table_parameters() {
    reply=()
    case $1 in
    'messages' | 'message')
        reply=(
            'type=SMS,Fax,Voicemail,Pager'
            'direction=Inbound,Outbound'
        )
        ;;
    'messages-sms' | 'message-sms' | 'messages-voicemail' | 'message-voicemail' | 'messages-fax' | 'message-fax' | 'messages-pager' | 'message-pager')
        reply=(
            'direction=Inbound,Outbound'
        )
        ;;
    'sms-batches' | 'sms-batch' | 'sms2-out' | 'a2p-batches')
        reply=(
            'from='
        )
        ;;
    'sms2-in')
        reply=(
            'to='
        )
        ;;
    'a2p-messages' | 'a2p-message' | 'a2p-optouts' | 'a2p-optout')
        reply=(
            'direction=Inbound,Outbound'
            'batchId='
            'from='
            'to='
        )
        ;;
    'calls' | 'call' | 'account-calls' | 'account-call')
        reply=(
            'direction=Inbound,Outbound'
            'missedCall=true'
            'phoneNumber='
            'sipData=true'
            '*statusCode=Setup,Proceeding,Answered,Disconnected,Gone,Parked,Hold,VoiceMail,FaxReceive,VoiceMailScreening'
            'withRecordings=true'
        )
        ;;
    'missed-calls' | 'missed-call' | 'account-missed-calls' | 'account-missed-call')
        reply=(
            'direction=Inbound,Outbound'
            'phoneNumber='
            'sipData=true'
            '*statusCode=Setup,Proceeding,Answered,Disconnected,Gone,Parked,Hold,VoiceMail,FaxReceive,VoiceMailScreening'
            'withRecordings=true'
        )
        ;;
    'calls-in' | 'call-in' | 'calls-out' | 'call-out' | 'account-calls-in' | 'account-call-in' | 'account-calls-out' | 'account-call-out')
        reply=(
            'missedCall=true'
            'phoneNumber='
            'sipData=true'
            '*statusCode=Setup,Proceeding,Answered,Disconnected,Gone,Parked,Hold,VoiceMail,FaxReceive,VoiceMailScreening'
            'withRecordings=true'
        )
        ;;
    'calls-sip' | 'call-sip' | 'account-calls-sip' | 'account-call-sip')
        reply=(
            'direction=Inbound,Outbound'
            'missedCall=true'
            'phoneNumber='
            '*statusCode=Setup,Proceeding,Answered,Disconnected,Gone,Parked,Hold,VoiceMail,FaxReceive,VoiceMailScreening'
            'withRecordings=true'
        )
        ;;
    'recorded-calls' | 'recorded-call' | 'account-recorded-calls' | 'account-recorded-call')
        reply=(
            'direction=Inbound,Outbound'
            'missedCall=true'
            'phoneNumber='
            'sipData=true'
            '*statusCode=Setup,Proceeding,Answered,Disconnected,Gone,Parked,Hold,VoiceMail,FaxReceive,VoiceMailScreening'
        )
        ;;
    'presence' | 'line-presence' | 'favorite-presence')
        reply=(
            'detailedTelephonyState=true'
            'sipData=true'
        )
        ;;
    'presence-detailed' | 'line-presence-detailed' | 'favorite-presence-detailed')
        reply=(
            'sipData=true'
        )
        ;;
    'account-presence')
        reply=(
            'detailedTelephonyState=true'
        )
        ;;
    esac
}

_rc_tail_table_events() {
    reply=()
    case $1 in
    '')
        reply=(
            'insights'
            'sms'
            'voicemail'
            'fax'
            'messages'
            'messages-sms'
            'messages-sms-in'
            'messages-sms-out'
            'messages-voicemail'
            'messages-voicemail-in'
            'messages-voicemail-out'
            'messages-fax'
            'messages-fax-in'
            'messages-fax-out'
            'messages-pager'
            'messages-pager-in'
            'messages-pager-out'
            'sms-batches'
            'sms2-in'
            'sms2-out'
            'threads'
            'thread-entries'
            'a2p-batches'
            'a2p-batch:'
            'a2p-messages'
            'a2p-optouts'
            'sms-consents'
            'calls'
            'missed-calls'
            'calls-in'
            'calls-out'
            'calls-sip'
            'recorded-calls'
            'account-calls'
            'account-missed-calls'
            'account-calls-in'
            'account-calls-out'
            'account-calls-sip'
            'account-recorded-calls'
            'presence'
            'presence-detailed'
            'presence-sip'
            'account-presence'
            'line-presence'
            'line-presence-detailed'
            'line-presence-sip'
            'favorite-presence'
            'favorite-presence-detailed'
            'favorite-presence-sip'
            'lines'
            'dnd'
            'queue-presence:'
            'team-posts'
            'team-chats'
            'team-webhooks'
            'directory'
            'extension'
            'extensions'
            'favorites'
            'grants'
            'emergency-address:'
            'cc-numbers'
            'insights-pbx'
            'insights-rcv'
            'insights-rcx'
            'insights-ms-teams'
            'insights-nice-incontact'
            'team-groups'
            'glip-posts'
            'glip-groups'
        )
        ;;
    esac
}

_rc_tail_table_spellings() {
    reply=()
    case $1 in
    '')
        reply=(
            'insight'
            'voicemails'
            'faxes'
            'message'
            'message-sms'
            'message-sms-in'
            'message-sms-out'
            'message-voicemail'
            'message-voicemail-in'
            'message-voicemail-out'
            'message-fax'
            'message-fax-in'
            'message-fax-out'
            'message-pager'
            'message-pager-in'
            'message-pager-out'
            'sms-batch'
            'thread'
            'thread-entry'
            'a2p-message'
            'a2p-optout'
            'sms-consent'
            'call'
            'missed-call'
            'call-in'
            'call-out'
            'call-sip'
            'recorded-call'
            'account-call'
            'account-missed-call'
            'account-call-in'
            'account-call-out'
            'account-call-sip'
            'account-recorded-call'
            'line'
            'team-post'
            'team-chat'
            'team-webhook'
            'favorite'
            'grant'
            'emergency-addresses:'
            'cc-number'
            'insight-pbx'
            'insight-rcv'
            'insight-rcx'
            'insight-ms-teams'
            'insight-nice-incontact'
            'team-group'
            'glip-post'
            'glip-group'
        )
        ;;
    esac
}
# The words up to the cursor: `words` before the current one, and `current`, up to the cursor.
# Bash cuts the line at ":" and "=", which events and options hold: where no blank stands between
# two pieces, they are one word.
_rc_tail_words() {
    local line=${COMP_LINE:0:COMP_POINT} at rest piece
    words=()
    for ((at = 0; at <= COMP_CWORD; at++)); do
        rest=${line#"${line%%[![:space:]]*}"}
        piece=${COMP_WORDS[at]}
        ((at == COMP_CWORD)) && piece=$rest
        if [[ $rest != "$piece"* ]]; then
            # Something else has rewritten the words: they count, not the line.
            words=("${COMP_WORDS[@]:0:COMP_CWORD}")
            current=${COMP_WORDS[COMP_CWORD]}
            return
        fi
        if ((at > 0)) && [[ $rest == "$line" ]]; then
            words[${#words[@]} - 1]+=$piece
        else
            words[${#words[@]}]=$piece
        fi
        line=${rest#"$piece"}
    done
    at=$((${#words[@]} - 1))
    current=${words[at]}
    unset "words[at]"
}

# The beginning of `current` that readline keeps as it is: `kept`. Only the rest is replaced.
_rc_tail_kept() {
    local at=${#current}
    kept=
    quoted=
    case $current in
    \"* | \'*)
        # Between quotes nothing is cut.
        quoted=1
        current=${current:1}
        ;;
    *)
        while ((at > 0)) && [[ $COMP_WORDBREAKS != *"${current:at-1:1}"* ]]; do ((at--)); done
        kept=${current:0:at}
        ;;
    esac
}

# What the words before the current one amount to: `where` (the command), the options `given`, what
# the last one is `expecting`, whether options are `closed` by "--", and how many arguments there
# are (`count`).
_rc_tail_walk() {
    local word
    for word in "${words[@]:1}"; do
        if [[ $expecting ]]; then
            expecting=
        elif [[ ! $closed && $word == -- ]]; then
            closed=1
        elif [[ ! $closed && $word == -?* ]]; then
            given+="${word%%=*} "
            _rc_tail_taken_by "$word"
            expecting=$taken
        elif [[ ! $closed ]] && _rc_tail_is_command "$word"; then
            where=${where:+$where }$word
        else
            where=${where:-tail}
            ((count++))
        fi
    done
}

_rc_tail_is_command() {
    local -a reply
    local name
    ((count > 0)) && return 1
    _rc_tail_table_commands "$where"
    for name in "${reply[@]}"; do [[ $name == "$1" ]] && return 0; done
    return 1
}

# What the option $1 takes: `taken`, empty for a flag or an unknown one.
_rc_tail_taken_by() {
    local -a reply
    local entry spellings
    taken=
    _rc_tail_table_options "$where"
    for entry in "${reply[@]}"; do
        spellings=${entry%% *}
        if [[ ,${spellings#\*}, == *",$1,"* ]]; then
            taken=${entry#* }
            [[ $taken == - ]] && taken=
            return
        fi
    done
}

# Offer words behind $1: those that go on from `current`. What ends with a colon, an equals sign or
# a slash is not finished, nor is what a comma may follow (`unfinished`); behind the others comes a
# blank.
_rc_tail_offer() {
    local before=$1 word end
    shift
    for word; do
        word=$before$word
        [[ $word == "$current"* ]] || continue
        end=' '
        [[ $quoted || ${unfinished-} || $word == *[:=/] ]] && end=
        COMPREPLY[${#COMPREPLY[@]}]=${word#"$kept"}$end
    done
}

# Offer what $2 stands for, behind $1.
# shellcheck disable=SC2046,SC2086 # each word is one to offer
_rc_tail_offer_values() {
    case $2 in
    @text) ;;
    @events) _rc_tail_offer_events "$1" ;;
    @event) _rc_tail_offer_names "$1" ;;
    @files) _rc_tail_offer_files "$1" ;;
    @programs) _rc_tail_offer "$1" $(compgen -c -- "${current#"$1"}") ;;
    @profiles) _rc_tail_offer_stored "$1" "${XDG_CONFIG_HOME:-$HOME/.config}" profiles ;;
    @resumes) _rc_tail_offer_stored "$1" "${XDG_STATE_HOME:-$HOME/.local/state}" resume ;;
    *) _rc_tail_offer "$1" ${2//,/ } ;;
    esac
}

_rc_tail_offer_files() {
    local path
    if [[ $kept == "$1"* ]] && type compopt &>/dev/null; then
        # Readline itself knows best: quotes, "~", blanks in names.
        compopt -o default +o nospace
        compopt +o nosort 2>/dev/null
        return
    fi
    while IFS= read -r path; do
        [[ $path ]] || continue
        if [[ -d $path ]]; then path+=/; fi
        [[ $path == \~* ]] || printf -v path %q "$path"
        _rc_tail_offer "$1" "$path"
    done <<<"$(compgen -f -- "${current#"$1"}")"
}

# Offer the names of the files NAME.json in rc-tail's folder $3 under $2, behind $1.
_rc_tail_offer_stored() {
    local folder=$2/rc-tail/$3 path name
    if [[ $OSTYPE == darwin* && ! -d $folder ]]; then
        folder="$HOME/Library/Application Support/rc-tail/$3"
    fi
    while IFS= read -r path; do
        name=${path##*/}
        [[ $name == *.json ]] || continue
        name=${name%.json}
        case $name in
        '' | .* | *[!A-Za-z0-9._-]*) ;;
        *) _rc_tail_offer "$1" "$name" ;;
        esac
    done <<<"$(compgen -f -- "$folder/")"
}

# Offer the names of events behind $1; with $2, those that need an id end with a colon.
_rc_tail_offer_names() {
    local -a reply
    local before=${#COMPREPLY[@]} table
    for table in events spellings; do
        "_rc_tail_table_$table" ''
        [[ ${2-} ]] || reply=("${reply[@]%:}")
        _rc_tail_offer "$1" "${reply[@]}"
        # Second spellings would only be in the way where a first one fits.
        ((${#COMPREPLY[@]} > before)) && return
    done
}

# Offer events behind $1, as in sms,calls:direction=Inbound,statusCode=Answered
_rc_tail_offer_events() {
    local before=$1 text=${current#"$1"} piece owner='' open='' used=' '
    while [[ $text == *,* && $text != /* ]]; do
        piece=${text%%,*}
        text=${text#*,}
        before+=$piece,
        case $piece in
        *:*)
            owner=${piece%%:*}
            open=1
            piece=${piece#*:}
            used=" ${piece%%=*} "
            ;;
        *=*) used+="${piece%%=*} " ;;
        *)
            owner=$piece
            open=
            used=' '
            ;;
        esac
    done
    case $text in
    /*) ;; # a path
    *:*)
        used=' '
        _rc_tail_offer_parameters "$before${text%%:*}:" "${text#*:}" "${text%%:*}"
        ;;
    *=*) _rc_tail_offer_parameters "$before" "$text" "$owner" ;;
    *)
        _rc_tail_offer_names "$before" with_ids
        if [[ $open ]]; then _rc_tail_offer_parameters "$before" "$text" "$owner"; fi
        ;;
    esac
}

# Offer parameters of the event $3, or the values of one, behind $1; $2 is what is there of it.
_rc_tail_offer_parameters() {
    local -a reply
    local entry name values unfinished=
    _rc_tail_table_parameters "$3"
    for entry in "${reply[@]}"; do
        name=${entry%%=*}
        values=${entry#*=}
        if [[ $2 == "${name#\*}="* ]]; then
            # Another parameter may follow.
            unfinished=1
            # shellcheck disable=SC2086 # one word a value
            _rc_tail_offer "$1${name#\*}=" ${values//,/ }
        elif [[ $name == \** || $used != *" $name "* ]]; then
            _rc_tail_offer "$1" "${name#\*}="
        fi
    done
}

# Offer the options that were not given yet.
_rc_tail_offer_options() {
    local -a reply
    local entry spelling spellings
    _rc_tail_table_options "$where"
    for entry in "${reply[@]}"; do
        spellings=${entry%% *}
        if [[ $spellings != \** ]]; then
            for spelling in ${spellings//,/ }; do
                [[ $given == *" $spelling "* ]] && continue 2
            done
        fi
        spellings=${spellings#\*}
        # shellcheck disable=SC2086 # one word a spelling
        _rc_tail_offer '' ${spellings//,/ }
    done
}

# Offer what can stand for itself: commands and arguments.
_rc_tail_offer_arguments() {
    local -a reply
    local entry left=$count
    if ((count == 0)) && [[ ! $closed ]]; then
        _rc_tail_table_commands "$where"
        _rc_tail_offer '' "${reply[@]}"
    fi
    _rc_tail_table_arguments "$where"
    for entry in "${reply[@]}"; do
        if ((left == 0)) || [[ $entry == \** ]]; then
            _rc_tail_offer_values '' "${entry#\*}"
            return
        fi
        ((left--))
    done
}

_rc_tail() {
    local IFS=$' \t\n'
    local -a words
    local current kept quoted taken where='' given=' ' expecting='' closed='' count=0
    COMPREPLY=()
    _rc_tail_words
    _rc_tail_walk
    _rc_tail_kept
    if [[ $expecting ]]; then
        _rc_tail_offer_values '' "$expecting"
    elif [[ ! $closed && $current == --*=* ]]; then
        _rc_tail_taken_by "${current%%=*}"
        if [[ $taken ]]; then _rc_tail_offer_values "${current%%=*}=" "$taken"; fi
    elif [[ ! $closed && $current == -* ]]; then
        _rc_tail_offer_options
    else
        _rc_tail_offer_arguments
    fi
}

# Commands come first, then events in the order of the catalogue; bash before 4.4 sorts them.
complete -o nospace -o nosort -F _rc_tail rc-tail 2>/dev/null ||
    complete -o nospace -F _rc_tail rc-tail
