#compdef rc-tail
# Completion of rc-tail for zsh. It is written by a program: do not edit it.
#
# It starts no other program. The functions named _rc_tail_table_* know what there is; an asterisk
# in front of an entry marks what may be given more than once.

#TABLES#
# What the words before the current one amount to: `where` (the command), the options `given`, what
# the last one is `expecting`, whether options are `closed` by "--", and how many arguments there
# are (`count`).
_rc_tail_walk() {
    local word
    for word in "${(@Q)words[2,CURRENT-1]}"; do
        if [[ -n $expecting ]]; then
            expecting=
        elif [[ -z $closed && $word == -- ]]; then
            closed=1
        elif [[ -z $closed && $word == -?* ]]; then
            given+=("${word%%=*}")
            _rc_tail_taken_by "$word"
            expecting=$taken
        elif [[ -z $closed ]] && _rc_tail_is_command "$word"; then
            where=${where:+$where }$word
        else
            where=${where:-tail}
            (( count += 1 ))
        fi
    done
}

_rc_tail_is_command() {
    local -a reply
    (( count )) && return 1
    _rc_tail_table_commands "$where"
    reply=(${reply%% *})
    (( ${reply[(Ie)$1]} ))
}

# What the option $1 takes: `taken`, empty for a flag or an unknown one; `told` is what it is for.
_rc_tail_taken_by() {
    local -a reply spellings
    local entry
    taken= told=
    _rc_tail_table_options "$where"
    for entry in $reply; do
        spellings=(${(s:,:)${entry%% *}#\*})
        if (( ${spellings[(Ie)$1]} )); then
            entry=${entry#* }
            taken=${${entry%% *}:#-}
            told=${entry#* }
            return
        fi
    done
}

# Offer what $1 stands for.
_rc_tail_values() {
    local -a expl choices
    case $1 in
    @text) _message -r "$told" ;;
    @events) _rc_tail_events ;;
    @event) _rc_tail_names ;;
    @files) _files ;;
    @programs) _command_names -e ;;
    @profiles) _rc_tail_stored "${XDG_CONFIG_HOME:-$HOME/.config}" profiles ;;
    @resumes) _rc_tail_stored "${XDG_STATE_HOME:-$HOME/.local/state}" resume ;;
    *)
        choices=(${(s:,:)1})
        _wanted values expl "${told:-value}" compadd -a choices
        ;;
    esac
}

# Offer the names of the files NAME.json in rc-tail's folder $2 under $1.
_rc_tail_stored() {
    local folder=$1/rc-tail/$2
    local -a expl choices
    if [[ $OSTYPE == darwin* && ! -d $folder ]]; then
        folder="$HOME/Library/Application Support/rc-tail/$2"
    fi
    choices=($folder/*.json(N:t:r))
    choices=(${(M)choices:#[A-Za-z0-9_-][A-Za-z0-9._-]#})
    _wanted $2 expl "${told:-name}" compadd -a choices
}

# Offer the names of events; with $1, those that need an id go on with a colon.
_rc_tail_names() {
    local -a reply plain open
    local table entry name found=1
    for table in events spellings; do
        _rc_tail_table_$table ''
        plain=() open=()
        for entry in $reply; do
            name=${entry%% *}
            if [[ -n $1 && $name == *: ]]; then
                open+=("${name%:}:${entry#* }")
            else
                plain+=("${name%:}:${entry#* }")
            fi
        done
        _describe -t events events plain $blank && found=0
        _describe -t events events open -S : && found=0
        # Second spellings would only be in the way where a first one fits.
        (( found )) || return 0
    done
    return 1
}

# Offer events, as in sms,calls:direction=Inbound,statusCode=Answered
_rc_tail_events() {
    local text=$PREFIX piece owner open found=1
    local -a used
    while [[ $text == *,* && $text != /* ]]; do
        piece=${text%%,*}
        text=${text#*,}
        case $piece in
        *:*)
            owner=${piece%%:*}
            open=1
            used=("${${piece#*:}%%=*}")
            ;;
        *=*) used+=("${piece%%=*}") ;;
        *)
            owner=$piece
            open=
            used=()
            ;;
        esac
    done
    # A path is never cut.
    [[ $text == /* ]] && return 1
    compset -P '*,'
    case $text in
    *:*)
        used=()
        compset -P '*:'
        _rc_tail_parameters "${text%%:*}" "${text#*:}"
        ;;
    *=*) _rc_tail_parameters "$owner" "$text" ;;
    *)
        _rc_tail_names with_ids && found=0
        [[ -n $open ]] && _rc_tail_parameters "$owner" "$text" && found=0
        return found
        ;;
    esac
}

# Offer parameters of the event $1, or the values of one; $2 is what is there of it.
_rc_tail_parameters() {
    local -a reply expl names choices
    local entry name
    _rc_tail_table_parameters "$1"
    for entry in $reply; do
        name=${entry%%=*}
        if [[ $2 == ${name#\*}=* ]]; then
            choices=(${(s:,:)${${entry%% *}#*=}})
            compset -P '*='
            _wanted values expl "${entry#* }" compadd $blank -a choices
            return
        elif [[ $name == \** ]] || (( ! ${used[(Ie)$name]} )); then
            names+=("${name#\*}:${entry#* }")
        fi
    done
    [[ $2 == *=* ]] || _describe -t parameters parameters names -S =
}

# Offer the options that were not given yet.
_rc_tail_options() {
    local -a reply spellings choices
    local entry
    _rc_tail_table_options "$where"
    for entry in $reply; do
        spellings=(${(s:,:)${entry%% *}#\*})
        [[ $entry != \** && -n ${spellings:*given} ]] && continue
        entry=${entry#* }
        choices+=("${(@)^spellings}:${entry#* }")
    done
    _describe -o options choices
}

# Offer what can stand for itself: commands and arguments.
_rc_tail_arguments() {
    local -a reply choices
    local entry left=$count found=1
    if (( ! count )) && [[ -z $closed ]]; then
        _rc_tail_table_commands "$where"
        choices=("${(@)reply/ /:}")
        _describe -t commands commands choices && found=0
    fi
    _rc_tail_table_arguments "$where"
    for entry in $reply; do
        if (( ! left )) || [[ $entry == \** ]]; then
            _rc_tail_values "${entry#\*}" && found=0
            break
        fi
        (( left -= 1 ))
    done
    return found
}

# Show commands, events and options in groups with headings, unless the user has set how.
_rc_tail_headings() {
    local style=":completion:$curcontext:descriptions" set
    zstyle -s $style format set || zstyle ':completion:*:*:rc-tail:*:descriptions' format '%B%d%b'
    style=":completion:$curcontext:commands"
    zstyle -s $style group-name set || zstyle ':completion:*:*:rc-tail:*' group-name ''
}

_rc_tail() {
    local where expecting closed taken told
    local -a given blank
    integer count=0
    # The blank behind an event goes away again for a parameter or a further event. Between quotes
    # it would be a part of the word.
    [[ -n $compstate[quote] ]] || blank=(-S ' ' -r $':, \t\n')
    _rc_tail_headings
    _rc_tail_walk
    if [[ -n $expecting ]]; then
        _rc_tail_values "$expecting"
    elif [[ -z $closed && $PREFIX == --*=* ]]; then
        _rc_tail_taken_by "${PREFIX%%=*}"
        [[ -n $taken ]] && compset -P 1 '*=' && _rc_tail_values "$taken"
    elif [[ -z $closed && $PREFIX == -* ]]; then
        _rc_tail_options
    else
        _rc_tail_arguments
    fi
}

if [[ $funcstack[1] == _rc-tail ]]; then
    _rc_tail "$@"
else
    # It was sourced.
    compdef _rc_tail rc-tail
fi
