#!/usr/bin/env -S zsh -f
# zsh-completion.zsh FOLDER LINE...: what an interactive zsh makes of each LINE when Tab is pressed; FOLDER holds the completion file _pfsvpn.
zmodload zsh/zpty
zpty shell zsh -f -i
zpty -w shell "PS1=; unsetopt zle_bracketed_paste 2>/dev/null; fpath=(${(q)1} \$fpath); autoload -Uz compinit; compinit -u -D
zstyle ':completion:*' menu no; setopt no_beep no_list_ambiguous; LISTMAX=0
report() { print -r -- \"<\$BUFFER>\"; BUFFER=; }
zle -N report; bindkey '^X' report; bindkey '^I' expand-or-complete
print ready-for-input"
zpty -r shell answer '*ready-for-input*ready-for-input*' || exit 1
shift
for line; do
  zpty -w -n shell "$line"$'\t\x18'
  zpty -r shell answer '*<pfsvpn*>*' || exit 1
  print -r -- ${${answer##*<}%%>*}
done
zpty -d shell
