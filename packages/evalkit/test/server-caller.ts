// A ServerCaller starts a batch server for a test and calls it as a client does, with the key and the headers of each API.
import { type RunningServer, type ServerOptions, startServer } from 'evalkit/server/server';

export const READER = { seed: 1, leastSupport: 0.05, mostSupport: 0.7 };

/** What came back; `json` is the parsed body, or undefined when it is no JSON. */
export interface Said {
  readonly status: number;
  readonly headers: Headers;
  readonly text: string;
  readonly json: Tree;
}

/** A parsed answer, walked without ceremony. */
export interface Tree {
  readonly [key: string]: Tree;
}

/** The value at a path of a parsed answer. */
export function at(tree: unknown, ...path: (string | number)[]): unknown {
  let value = tree;
  for (const key of path) value = (value as Record<string, unknown> | null | undefined)?.[key];
  return value;
}

function parsed(text: string): Tree {
  try {
    return JSON.parse(text) as Tree;
  } catch {
    return {}; // not every body is JSON
  }
}

export class ServerCaller {
  readonly url: string;

  constructor(url: string) {
    this.url = url;
  }

  /** Sends one request; an object is sent as JSON. */
  async send(method: string, path: string, body?: object | string, headers: object = {}): Promise<Said> {
    const json = typeof body === 'object' && !(body instanceof FormData) && !(body instanceof Uint8Array);
    const response = await fetch(path.startsWith('http') ? path : `${this.url}${path}`, {
      method,
      headers: {
        authorization: 'Bearer key',
        'anthropic-version': '2023-06-01',
        ...(json && { 'content-type': 'application/json' }),
        ...headers,
      },
      ...(body !== undefined && { body: json ? JSON.stringify(body) : (body as string) }),
    });
    const text = await response.text();
    return { status: response.status, headers: response.headers, text, json: parsed(text) };
  }

  get(path: string): Promise<Said> {
    return this.send('GET', path);
  }

  post(path: string, body: object = {}): Promise<Said> {
    return this.send('POST', path, body);
  }

  async faults(...faults: object[]): Promise<void> {
    const said = await this.post('/_faults', faults);
    if (said.status !== 200) throw new Error(said.text);
  }

  /** Uploads an OpenAI input file and creates a batch of it. */
  async openaiBatch(lines: readonly object[], more: object = {}): Promise<Said> {
    const form = new FormData();
    form.set('purpose', 'batch');
    form.set('file', new Blob([jsonl(lines)]), 'in.jsonl');
    const file = await this.send('POST', '/v1/files', form);
    if (file.status !== 200) return file;
    return this.post('/v1/batches', {
      input_file_id: at(file.json, 'id'),
      endpoint: '/v1/chat/completions',
      completion_window: '24h',
      ...more,
    });
  }

  /** Creates and uploads a Fireworks dataset. */
  async dataset(id: string, text: string, exampleCount = '3'): Promise<void> {
    await this.post('/v1/accounts/me/datasets', {
      datasetId: id,
      dataset: { userUploaded: {}, exampleCount },
    });
    const form = new FormData();
    form.set('file', new Blob([text]), 'in.jsonl');
    const said = await this.send('POST', `/v1/accounts/me/datasets/${id}:upload`, form);
    if (said.status !== 200) throw new Error(said.text);
  }

  fireworksJob(id: string, input: string, more: object = {}): Promise<Said> {
    const body = { model: 'embedded-reader-1', inputDatasetId: input, outputDatasetId: `${id}-out`, ...more };
    return this.post(`/v1/accounts/me/batchInferenceJobs?batchInferenceJobId=${id}`, body);
  }

  /** Looks at a job until `ended` holds; gives the states on the way. */
  async follow(path: string, state: (json: Tree) => unknown, ended: readonly string[]): Promise<string[]> {
    const states: string[] = [];
    for (let looks = 0; looks < 30; looks += 1) {
      const now = String(state((await this.get(path)).json));
      states.push(now);
      if (ended.includes(now)) break;
    }
    return states;
  }

  openaiEnd(id: unknown): Promise<string[]> {
    return this.follow(`/v1/batches/${id}`, (json) => json['status'], [
      'completed',
      'failed',
      'expired',
      'cancelled',
    ]);
  }

  fireworksEnd(id: string): Promise<string[]> {
    const path = `/v1/accounts/me/batchInferenceJobs/${id}`;
    const ends = ['COMPLETED', 'FAILED', 'EXPIRED'].map((end) => `JOB_STATE_${end}`);
    return this.follow(path, (json) => json['state'], ends);
  }

  anthropicEnd(id: unknown): Promise<string[]> {
    return this.follow(`/v1/messages/batches/${id}`, (json) => json['processing_status'], ['ended']);
  }

  /** The rows of a Fireworks output dataset's file. */
  async fireworksOutput(id: string, file = 'BIJOutputSet.jsonl', query = ''): Promise<Said> {
    const urls = await this.get(`/v1/accounts/me/datasets/${id}:getDownloadEndpoint${query}`);
    if (urls.status !== 200) return urls;
    return this.get(String(at(urls.json, 'filenameToSignedUrls', `dataset/${id}/${file}`)));
  }
}

/** Starts a server in this process, gives it to `use` and closes it. */
export async function withServer(
  options: Partial<ServerOptions>,
  use: (caller: ServerCaller, server: RunningServer) => Promise<void>,
): Promise<void> {
  const server = await startServer({ reader: READER, ...options });
  try {
    await use(new ServerCaller(server.url), server);
  } finally {
    await server.close();
  }
}

export const jsonl = (lines: readonly object[]): string =>
  lines.map((line) => `${JSON.stringify(line)}\n`).join('');

/** The rows of a JSONL text, as parsed. */
export const rowsIn = (text: string): Tree[] =>
  text
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line) as Tree);

export const idsIn = (text: string): string[] => rowsIn(text).map((row) => String(row['custom_id']));

const CONTENT =
  'Use the passage.\n\nCONTEXT:\nCorr Mill was built in 1702 by the engineer Ada Lund. Its wheel is 9 metres high.\n\nQUESTION:\n';

/** A user's turn that asks about a passage. */
export const asked = (question: string): string => `${CONTENT}${question}`;

const QUESTIONS = ['Who built Corr Mill?', 'When was Corr Mill built?', 'How high is the wheel?'];

/** A body of a chat completion. */
export function chatBody(index: number, more: object = {}): object {
  return {
    model: 'embedded-reader-1',
    messages: [
      { role: 'system', content: 'Answer shortly.' },
      { role: 'user', content: asked(QUESTIONS[index % QUESTIONS.length] ?? '') },
    ],
    max_tokens: 32,
    temperature: 0,
    ...more,
  };
}

/** Lines of an OpenAI input file. */
export function openaiLines(count: number): object[] {
  return Array.from({ length: count }, (_, index) => ({
    custom_id: `r${index}`,
    method: 'POST',
    url: '/v1/chat/completions',
    body: chatBody(index),
  }));
}

/** The text of a Fireworks input dataset. */
export function fireworksText(count: number): string {
  return jsonl(
    Array.from({ length: count }, (_, index) => ({ custom_id: `r${index}`, body: chatBody(index) })),
  );
}

/** Requests of an Anthropic batch. */
export function anthropicRequests(count: number): object[] {
  return Array.from({ length: count }, (_, index) => ({
    custom_id: `r${index}`,
    params: {
      model: 'embedded-reader-1',
      max_tokens: 32,
      temperature: 0,
      system: 'Answer shortly.',
      messages: [{ role: 'user', content: asked(QUESTIONS[index % QUESTIONS.length] ?? '') }],
    },
  }));
}
