# Lets a test see what a completion offers: Ctrl-G completes, and $OFFERED gets a line for each
# candidate, its description behind a tab, and END.
PS1='> '
autoload -Uz compinit
fpath=($SCRIPTS $fpath)
compinit -u -D

compadd() {
    # What only looks for matches is no offer.
    if [[ ${@[1,(i)(-|--)]} == *-(O|A|D)\ * ]]; then
        builtin compadd "$@"
        return
    fi
    local -a hits told
    local named=${@[$@[(i)-d] + 1]} suffix=${@[$@[(i)-S] + 1]}
    integer at
    [[ -n $named ]] && told=("${(@P)named}")
    builtin compadd -A hits -D told "$@"
    for ((at = 1; at <= $#hits; at++)); do
        print -r -- "$IPREFIX$hits[at]${suffix% }"$'\t'"$told[at]" >>$OFFERED
    done
    builtin compadd "$@"
}

zle -C offer complete-word _main_complete
finish() {
    zle offer
    print END >>$OFFERED
    zle kill-buffer
}
zle -N finish
bindkey '^G' finish
