// CompletionScripts teach bash, zsh and fish to ask evalmake itself which words may stand where the cursor is.

/** A shell that evalmake completes in. */
export type Shell = 'bash' | 'zsh' | 'fish';

// All three call `evalmake __complete -- WORDS…`, the last word being the one that is typed: it prints a candidate a line,
// with a tab and what it is; `:files` or `:folders` when the shell shall complete paths.

const bash = `# Completion of evalmake for bash: source <(evalmake completion bash)
_evalmake() {
  # bash splits words at the characters of COMP_WORDBREAKS (@, = and : are among them): here they are joined again.
  local i word rest=\${COMP_LINE:0:COMP_POINT} program line candidate about kind
  local -a words=()
  COMPREPLY=()
  for ((i = 0; i <= COMP_CWORD; i++)); do
    word=\${COMP_WORDS[i]}
    if ((i == 0)) || [[ $rest == [[:space:]]* ]]; then
      rest=\${rest#"\${rest%%[![:space:]]*}"}
      words+=('')
    fi
    [[ $rest == "$word"* ]] || word=$rest # what stands behind the cursor does not count
    words[\${#words[@]} - 1]+=$word
    rest=\${rest#"$word"}
  done
  program=$(type -P -- "\${words[0]/#\\~/$HOME}") || program=evalmake
  local last=$((\${#words[@]} - 1))
  local typed=\${words[last]}
  typed=\${typed#[\\"\\']}
  # What bash replaces is $2, the end of what was typed: what stands before it must not be said again.
  local before=\${typed%"$2"}
  words[last]=\${typed//\\\\/}
  while IFS=$'\\t' read -r candidate about; do
    case $candidate in
      :files | :folders)
        kind=f
        [[ $candidate == :files ]] || kind=d
        compopt -o filenames 2>/dev/null
        while IFS= read -r line; do COMPREPLY+=("$line"); done < <(compgen -$kind -- "$2")
        ;;
      '') ;;
      *)
        # A name that goes on gets no space behind it.
        [[ $candidate != *[=@,] ]] || compopt -o nospace 2>/dev/null
        COMPREPLY+=("\${candidate#"$before"}")
        ;;
    esac
  done < <("$program" __complete -- "\${words[@]:1}" 2>/dev/null)
}
complete -F _evalmake evalmake
`;

const zsh = `#compdef evalmake
# Completion of evalmake for zsh: evalmake completion zsh > a folder of the fpath/_evalmake
_evalmake() {
  local line candidate about
  local -a values shown open openshown
  local -a before=("\${(@Q)words[2,CURRENT-1]}")
  while IFS=$'\\t' read -r candidate about; do
    case $candidate in
      :files) compset -P '*='; _files; return ;;
      :folders) compset -P '*='; _files -/; return ;;
      '') ;;
      *[=@,]) open+=("$candidate"); openshown+=("$candidate\${about:+  -- $about}") ;;
      *) values+=("$candidate"); shown+=("$candidate\${about:+  -- $about}") ;;
    esac
  done < <("\${(Q)words[1]}" __complete -- "$before[@]" "\${(Q)PREFIX}" 2>/dev/null)
  ((\${#values})) && compadd -l -d shown -a values
  ((\${#open})) && compadd -S '' -l -d openshown -a open
  ((\${#values} + \${#open}))
}
if [ "$funcstack[1]" = "_evalmake" ]; then
  _evalmake "$@"
else
  compdef _evalmake evalmake
fi
`;

const fish = `# Completion of evalmake for fish: evalmake completion fish > ~/.config/fish/completions/evalmake.fish
function __evalmake_complete
    set -l before (commandline -opc)
    set -l typed (commandline -ct)
    for line in ($before[1] __complete -- $before[2..-1] "$typed" 2>/dev/null)
        switch $line
            case ':files' ':folders'
                set -l start (string match -r '^--?[^=]*=' -- $typed)
                or set start ''
                for path in (__fish_complete_path (string replace -r '^--?[^=]*=' '' -- $typed))
                    if test $line = ':files'; or string match -q '*/' -- (string split -f 1 \\t -- $path)
                        echo $start$path
                    end
                end
            case '*'
                echo $line
        end
    end
end
complete -c evalmake -f -a '(__evalmake_complete)'
`;

/** The scripts, by shell. */
export const completionScripts: Readonly<Record<Shell, string>> = { bash, zsh, fish };
