# Completion of rc-tail for fish. It is written by a program: do not edit it.
#
# It starts no other program. The functions named __rc_tail_table_* know what there is; an asterisk
# in front of an entry marks what may be given more than once.

#TABLES#
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
