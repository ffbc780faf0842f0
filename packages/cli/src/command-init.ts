// `evalmake init`: a small pipeline that runs, and a .gitignore that keeps state out of the repository.
import { appendFileSync, existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { readSchema } from './command-schema.ts';
import { UsageError } from './exit.ts';
import type { Options } from './options.ts';

const texts: Readonly<Record<string, string>> = {
  'pipeline.yaml': `# yaml-language-server: $schema=./schemas/pipeline.schema.json
# \`evalmake\` builds it, \`evalmake -n\` says what would run and why, \`evalmake schema\` prints this file's JSON Schema.
evalmake: 1
name: my-experiment
config: config.yaml
default: [summary]

targets:
  clean:
    desc: Drop empty lines and comments
    run: grep -v -e '^#' -e '^$' \${{ inputs }} > \${{ outputs }}
    inputs: data/words.txt
    outputs: build/clean.txt
    checks: { non_empty: true }

  count:
    desc: Count the words that are long enough
    run: awk -v least=\${{ config.least }} 'length($0) >= least { n[$0]++ } END { for (w in n) print n[w], w }' \${{ inputs }} | sort -rn > \${{ outputs }}
    inputs: { from: clean }
    outputs: build/counts.txt
    manifest: build/manifest.json

  summary:
    desc: What was counted
    run: |
      {
        echo "# \${{ config.title }}"
        head -n 3 \${{ inputs.counts }} || true
      } > \${{ outputs }}
    inputs:
      counts: { from: count }
    outputs: build/summary.md
`,
  'config.yaml': 'title: The most frequent words\nleast: 3\n',
  'data/words.txt': '# one word per line\nmake\nbuild\nmake\ncheck\n\nit\nmake\ncheck\n',
};

/** Where the JSON Schema lies that the first line of the pipeline names, for editors. */
const schemaFile = 'schemas/pipeline.schema.json';

/** Runs the command; gives the exit code. */
export async function init(options: Options): Promise<number> {
  const dir = resolve(options.dir);
  const files = { ...texts, [schemaFile]: readSchema('pipeline') };
  const there = Object.keys(files).filter((f) => existsSync(join(dir, f)));
  if (there.length > 0)
    throw new UsageError(
      `${there.join(', ')} ${there.length > 1 ? 'are' : 'is'} already there; nothing was written`,
    );
  for (const [path, text] of Object.entries(files)) {
    mkdirSync(dirname(join(dir, path)), { recursive: true });
    writeFileSync(join(dir, path), text);
  }
  const ignore = join(dir, '.gitignore');
  const before = existsSync(ignore) ? readFileSync(ignore, 'utf8') : '';
  const missing = ['.evalmake/', 'build/'].filter((line) => !before.split('\n').includes(line));
  if (missing.length > 0)
    appendFileSync(ignore, `${before === '' || before.endsWith('\n') ? '' : '\n'}${missing.join('\n')}\n`);
  process.stdout.write(
    `wrote ${Object.keys(files).join(', ')} and .gitignore\nnext: evalmake -n, then evalmake\n`,
  );
  return 0;
}
