// The entry of `evalmake`: answers --version and shells at once, hands everything else to the program, and sets the exit code.
import { exitCodeOf } from './exit.ts';
import { version } from './version.ts';

async function main(): Promise<number> {
  const argv = process.argv.slice(2);
  if (argv.length === 1 && (argv[0] === '--version' || argv[0] === '-V')) {
    process.stdout.write(`${version}\n`);
    return 0;
  }
  if (argv[0] === '__complete') return (await import('./command-complete.ts')).answerShell(argv.slice(1));
  const { program } = await import('./program.ts');
  return program(argv);
}

// A reader that went away (`evalmake | head`) is no error of ours, and what nobody reads must not end a build in its
// middle: commands would run on without it, and an exit code of 0 would lie. So it goes on in silence.
let lost = false;
for (const stream of [process.stdout, process.stderr]) {
  stream.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code === 'EPIPE' || lost) return;
    lost = true;
    if (stream === process.stdout)
      process.stderr.write(`evalmake: standard output cannot be written: ${error.message}\n`);
    if ((process.exitCode ?? 0) === 0) process.exitCode = 1;
  });
}

main().then(
  (code) => {
    process.exitCode = code === 0 && lost ? 1 : code;
  },
  (error: unknown) => {
    process.exitCode = exitCodeOf(error);
  },
);
