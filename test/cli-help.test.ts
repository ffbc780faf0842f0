// The help of each command: it says what it does with examples, and between them the commands know every option.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { flags } from 'evalmake/dist/arguments.js';
import { type CommandHelp, commonOptions } from 'evalmake/dist/command-help.js';
import { aliases, commandTable } from 'evalmake/dist/command-table.js';
import * as assert from 'uvu/assert';
import { repository } from './workspace/program.ts';
import { runScenarios, scenario } from './workspace/scenario.ts';

const commands = Object.entries(commandTable) as [string, CommandHelp][];
const names = flags.map((flag) => flag.name);

scenario('Every command has an example that calls it, and only options that exist.', async () => {
  for (const [name, { examples, options, about, exits }] of commands) {
    assert.ok(examples.length >= 2 && examples.length <= 4, `${name} has ${examples.length} examples`);
    const own = examples.some(([call]) => call.split(/\s+/).includes(name) || name === 'build');
    assert.ok(own, `no example of ${name} calls it`);
    assert.ok(about.length > 0 && exits.length > 0, name);
    assert.equal(
      options.filter((option) => !names.includes(option)),
      [],
      name,
    );
    assert.is(new Set(options).size, options.length, `${name} names an option twice`);
  }
});

scenario('Every option is listed by some command.', async () => {
  const listed = new Set([...commonOptions, ...commands.flatMap(([, { options }]) => options)]);
  assert.equal(
    names.filter((name) => !listed.has(name)),
    [],
  );
});

scenario('The manual mentions every command and option, and all options of a page exist in it.', async () => {
  const manual = readFileSync(join(repository, 'docs/manual.md'), 'utf8');
  for (const [name] of commands) assert.ok(new RegExp(`\`(evalmake )?${name}[ \`]`).test(manual), name);
  for (const name of [...names.map((n) => `--${n}`), ...Object.keys(aliases)]) assert.match(manual, name);
});

scenario('--help of a command and `help` of it are one page; of anything else the overview.', async (ws) => {
  for (const [name, { options, examples }] of commands) {
    const page = await ws.evalmake([name, '--help']);
    assert.equal([page.code, page.stderr], [0, '']);
    assert.match(page.stdout, `Usage: evalmake ${name}`);
    for (const option of [...options, 'dir', 'help']) assert.match(page.stdout, `--${option}`, name);
    for (const [call, does] of examples)
      for (const text of [call, does]) assert.match(page.stdout, text, name);
    assert.match(page.stdout, 'Exit codes:');
    for (const line of page.stdout.split('\n')) assert.ok(line.length <= 120, `${name}: ${line}`);
    if (name === 'why') assert.is((await ws.evalmake(['help', name])).stdout, page.stdout);
  }
  const why = await ws.evalmake(['why', '--help']);
  assert.not.match(why.stdout, '--keep-going');
  assert.is((await ws.evalmake(['accept', '-h'])).stdout, (await ws.evalmake(['help', 'adopt'])).stdout);
  const overview = await ws.evalmake(['--help']);
  for (const args of [['help'], ['score', '--help']])
    assert.is((await ws.evalmake(args)).stdout, overview.stdout, args.join(' '));
  for (const [name] of commands) assert.match(overview.stdout, new RegExp(`^ {2}${name} `, 'm'));
  const wrong = await ws.evalmake(['help', 'wyh']);
  assert.is(wrong.code, 2);
  assert.match(wrong.stderr, 'did you mean "why"?');
});

runScenarios();
