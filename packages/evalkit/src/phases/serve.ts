// serve: a local batch server that speaks the APIs of three providers and answers with the embedded reader.
import { Failure, UsageFailure } from '../failure.ts';
import { readText } from '../json-in.ts';
import { writeText } from '../out-file.ts';
import { environmentValue, runPhase, untilStopped } from '../phase.ts';
import { startServer } from '../server/server.ts';

/** The number a flag gives. @throws UsageFailure when it is none or out of range */
function numberOf(name: string, text: string | undefined, whole: boolean): number | undefined {
  if (text === undefined) return undefined;
  const value = Number(text);
  if (text.trim() === '' || !(value >= 0) || !Number.isFinite(value) || (whole && !Number.isInteger(value)))
    throw new UsageFailure(`--${name} ${text}: expected a ${whole ? 'whole ' : ''}number from 0 up`);
  return value;
}

function faultsOf(path: string | undefined): unknown {
  if (path === undefined) return [];
  try {
    return JSON.parse(readText(path)) as unknown;
  } catch (error) {
    if (error instanceof SyntaxError) throw new Failure(`${path}: not valid JSON: ${error.message}`);
    throw error;
  }
}

function keyOf(name: string | undefined): { apiKey?: string } {
  if (name === undefined) return {};
  const apiKey = environmentValue(name);
  if (apiKey === undefined || apiKey === '')
    throw new Failure(`--api-key-env ${name}: the variable is not set`);
  return { apiKey };
}

function linesOf(path: string | undefined): readonly string[] {
  return path === undefined ? [] : readText(path).split('\n');
}

const number = (placeholder: string, describe: string) => ({ kind: 'value', placeholder, describe }) as const;

void runPhase({
  name: 'serve',
  summary:
    'Serves the batch APIs of Fireworks, OpenAI and Anthropic on this machine, answered by the embedded reader.',
  options: {
    port: number('N', 'port of 127.0.0.1; 0, the default, takes a free one'),
    'port-file': {
      kind: 'value',
      placeholder: 'FILE',
      describe: 'write the URL there when the server listens',
    },
    state: {
      kind: 'value',
      placeholder: 'DIR',
      describe: 'keep the whole state there; without it the state ends with the process',
    },
    knowledge: {
      kind: 'value',
      placeholder: 'FILE',
      describe: 'sentences that closed-book questions are answered from, one per line',
    },
    faults: { kind: 'value', placeholder: 'FILE', describe: 'faults to begin with (a JSON list)' },
    'api-key-env': {
      kind: 'value',
      placeholder: 'NAME',
      describe: 'variable that holds the only right key; without it any key will do',
    },
    steps: number('N', 'extra looks at a running job before it ends (0)'),
    'ready-at-once': { kind: 'flag', describe: 'a job has ended when it is first looked at' },
    'max-requests': number('N', 'requests in a batch, other than the limit of its API'),
    'max-bytes': number('N', 'bytes in a batch, other than the limit of its API'),
    'usd-in': number('USD', 'price of a million tokens of prompts (0)'),
    'usd-out': number('USD', 'price of a million tokens of answers (0)'),
    seed: number('N', 'seed of the noise (2025)'),
    'least-support': number('S', 'support that a prompt without any caution asks for (0.05)'),
    'most-support': number('S', 'support that the most cautious prompt asks for (0.7)'),
  },
  details: `
Jobs do not move by the clock: each GET of a job moves it one state forward. What a fault is, and the list of them, is in
docs/batch-server.md. GET /_billing counts what was billed, GET and POST /_faults show and set faults, POST /_settle moves
all jobs to their end. The server runs until it is sent SIGTERM or SIGINT.`,
  run: async (values) => {
    const port = numberOf('port', values.port, true) ?? 0;
    const maxRequests = numberOf('max-requests', values['max-requests'], true);
    const maxBytes = numberOf('max-bytes', values['max-bytes'], true);
    const server = await startServer({
      reader: {
        seed: numberOf('seed', values.seed, true) ?? 2025,
        leastSupport: numberOf('least-support', values['least-support'], false) ?? 0.05,
        mostSupport: numberOf('most-support', values['most-support'], false) ?? 0.7,
      },
      port,
      knowledge: linesOf(values.knowledge),
      faults: faultsOf(values.faults),
      usdIn: numberOf('usd-in', values['usd-in'], false) ?? 0,
      usdOut: numberOf('usd-out', values['usd-out'], false) ?? 0,
      steps: numberOf('steps', values.steps, true) ?? 0,
      readyAtOnce: values['ready-at-once'],
      ...(values.state !== undefined && { state: values.state }),
      ...(maxRequests !== undefined && { maxRequests }),
      ...(maxBytes !== undefined && { maxBytes }),
      ...keyOf(values['api-key-env']),
      crash: () => void process.kill(process.pid, 'SIGKILL'),
    });
    if (values['port-file'] !== undefined) writeText(values['port-file'], `${server.url}\n`);
    process.stdout.write(`listening on ${server.url}\n`);
    await untilStopped();
    await server.close();
    return 'stopped';
  },
});
