// A Program is what a simple command starts, behind wrappers like `env` and `timeout`; some need no code beside the command.
import type { ShellCommand, ShellWord } from './shell-script.ts';

/** A program with its words. */
export interface Program {
  readonly name: string;
  readonly words: readonly ShellWord[];
}

const wrappers = words(
  'builtin command env exec ionice nice nohup setsid srun stdbuf sudo time timeout unbuffer xargs',
);

/** What the shell and every POSIX system bring: a command of these says itself what it does. */
const plain = words(`
  . : [ [[ alias bg break cd continue declare dirs disown echo eval exit export false fg for getopts hash help jobs kill let
  local logout mapfile popd printf pushd pwd read readarray readonly return select set shift shopt source test times trap
  true type typeset ulimit umask unalias unset wait
  arch b2sum base32 base64 basename basenc cat chgrp chmod chown cksum comm cp csplit cut date dd df dir dirname du expand
  expr factor fmt fold groups head hostid hostname id install join link ln logname ls md5sum mkdir mkfifo mktemp mv nl
  nproc numfmt od paste pathchk pr printenv ptx readlink realpath rm rmdir seq sha1sum sha224sum sha256sum sha384sum
  sha512sum shred shuf sleep sort split stat stty sum sync tac tail tee touch tr truncate tsort tty uname unexpand uniq
  unlink users wc who whoami yes
  awk bc cal cmp column dc diff ed egrep fgrep file find flock gawk getconf git grep gunzip gzip iconv jq less logger lsof
  mawk more nawk parallel patch pgrep ps rg rsync sed strings tar tput ts unxz unzip uudecode uuencode uuidgen wget which
  curl xxd xz xzcat yq zcat zip zstd zstdcat bunzip2 bzcat bzip2 hexdump openssl module case
`);

/** Interpreters, and the options behind which their code stands. */
const interpreters: Readonly<Record<string, RegExp>> = {
  bash: /^-\w*c$/,
  bun: /^(?:-e|--eval|-p|--print)$/,
  dash: /^-\w*c$/,
  deno: /^eval$/,
  duckdb: /^(?:-c|-s)$/,
  julia: /^(?:-e|--eval|-E)$/,
  lua: /^-e$/,
  node: /^(?:-\w*[ep]|--eval|--print)$/,
  perl: /^-\w*[eE]$/,
  php: /^-r$/,
  python: /^-\w*c$/,
  psql: /^-c$/,
  ruby: /^-\w*e$/,
  Rscript: /^-e$/,
  sh: /^-\w*c$/,
  sqlite3: /[\s;]/,
  zsh: /^-\w*c$/,
};

function words(text: string): ReadonlySet<string> {
  return new Set(text.split(/\s+/).filter((word) => word !== ''));
}

/** What a command starts; undefined where that cannot be read from its words. */
export function programOf(command: ShellCommand): Program | undefined {
  let rest = command.words;
  while (wrappers.has(baseName(rest[0]?.text ?? ''))) {
    const next = rest.findIndex(
      ({ text }, i) =>
        i > 0 && !text.startsWith('-') && !/^\w+=/.test(text) && !/^\d+(?:\.\d+)?[smhd]?$/.test(text),
    );
    if (next < 0) return undefined;
    rest = rest.slice(next);
  }
  const [first, ...others] = rest;
  if (first === undefined || first.expands || !/^[\w./+[][\w./@+[-]*$/.test(first.text)) return undefined;
  return { name: first.text, words: others };
}

/** Whether all that a program does stands in the command: shell, the tools of every system, code behind `-c`. */
export function saysItself({ name, words: given }: Program, { here }: Pick<ShellCommand, 'here'>): boolean {
  const base = baseName(name);
  if (plain.has(base)) return true;
  const inline = interpreters[base.replace(/^(python|lua|php|ruby|perl)[\d.]+$/, '$1')];
  if (inline === undefined) return false;
  const bare = given.every(({ text }) => text.startsWith('-'));
  return (
    given.some(({ text }) => inline.test(text)) || (here && bare) || /^--version$/.test(given[0]?.text ?? '')
  );
}

/** The name of a program without its folder. */
export function baseName(path: string): string {
  return path.slice(path.lastIndexOf('/') + 1);
}
