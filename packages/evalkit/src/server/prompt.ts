// A Prompt is what a request body asks of the reader, in whichever API it is written.
import { JsonObject } from '../json-object.ts';
import { ApiError } from './api-error.ts';

export type Dialect = 'openai' | 'anthropic';

export interface Prompt {
  readonly model: string;
  readonly system: string;
  /** The texts of all turns but the system's, joined by line breaks. */
  readonly content: string;
  /** Tokens, or null without a limit. */
  readonly maxTokens: number | null;
  readonly temperature: number;
  /** Answers wanted. */
  readonly n: number;
}

/** Values that a job gives for all its rows; a row's own ones win. */
export interface PromptDefaults {
  readonly model?: string;
  readonly system?: string;
  readonly maxTokens?: number;
  readonly temperature?: number;
  readonly n?: number;
}

const ROLES: Readonly<Record<Dialect, readonly string[]>> = {
  openai: ['system', 'developer', 'user', 'assistant', 'tool'],
  anthropic: ['user', 'assistant'],
};

/** A content is a text or a list of blocks, of which those of type text are read. */
function textOf(value: unknown, where: string): string {
  if (typeof value === 'string') return value;
  if (!Array.isArray(value)) throw new ApiError('invalid', `${where}: expected a text or a list of blocks`);
  return value
    .map((block: unknown) => new JsonObject(block, where))
    .filter((block) => block.raw('type') === 'text')
    .map((block) => block.text('text'))
    .join('\n');
}

function optionalNumber(body: JsonObject, ...names: string[]): number | undefined {
  const name = names.find((one) => body.has(one));
  return name === undefined ? undefined : body.number(name);
}

/**
 * Reads a body.
 * @param body of POST /v1/chat/completions or, in the dialect anthropic, of POST /v1/messages
 * @throws ApiError or Failure naming the member that is not as the API wants it
 */
export function readPrompt(body: JsonObject, dialect: Dialect, defaults: PromptDefaults = {}): Prompt {
  const model = body.has('model') ? body.fullText('model') : defaults.model;
  if (model === undefined) throw new ApiError('invalid', 'you must provide a model parameter');
  const messages = body.objectList('messages');
  if (messages.length === 0) throw new ApiError('invalid', 'messages: at least one message is required');
  const system = [defaults.system ?? ''];
  if (dialect === 'anthropic' && body.has('system')) system.push(textOf(body.raw('system'), 'system'));
  const content: string[] = [];
  messages.forEach((message, index) => {
    const role = message.text('role');
    if (!ROLES[dialect].includes(role))
      throw new ApiError('invalid', `messages.${index}.role: unknown role '${role}'`);
    const text = message.has('content') ? textOf(message.raw('content'), `messages.${index}.content`) : '';
    (role === 'system' || role === 'developer' ? system : content).push(text);
  });
  const maxTokens = optionalNumber(body, 'max_tokens', 'max_completion_tokens') ?? defaults.maxTokens;
  if (maxTokens === undefined && dialect === 'anthropic')
    throw new ApiError('invalid', 'max_tokens: Field required');
  if (maxTokens !== undefined && maxTokens < 1)
    throw new ApiError('invalid', 'max_tokens: must be at least 1');
  const temperature = optionalNumber(body, 'temperature') ?? defaults.temperature ?? 1;
  if (temperature < 0 || temperature > 2)
    throw new ApiError('invalid', 'temperature: must lie between 0 and 2');
  return {
    model,
    system: system
      .filter((text) => text !== '')
      .join('\n')
      .trim(),
    content: content.join('\n'),
    maxTokens: maxTokens ?? null,
    temperature,
    n: Math.max(1, Math.min(16, optionalNumber(body, 'n') ?? defaults.n ?? 1)),
  };
}
