// A HttpClient calls one provider: it repeats what may be repeated and says what is known of the rest.
import { createWriteStream } from 'node:fs';
import { pipeline } from 'node:stream/promises';
import { Failure } from '../failure.ts';
import { JsonObject } from '../json-object.ts';
import type { Clock } from './clock.ts';
import { exchange, type HttpAnswer, noConnection, textOf } from './http-exchange.ts';
import { KeyRefused, OverQuota, Refused, speaksOfQuota, Unanswered, Unavailable } from './http-trouble.ts';
import { type FileForm, multipart } from './multipart.ts';

/** Repeats of a call after the first try. */
const REPEATS = 5;
/** The longest wait between two tries, in milliseconds. */
const MOST_WAIT_MS = 30_000;
/** A service that asks for a longer wait is left alone; the phase ends with "not yet". */
const MOST_RETRY_AFTER_S = 60;
const REDIRECTS = [301, 302, 303, 307, 308];
const MOST_HOPS = 5;
const TIMEOUT_MS = 120_000;
const TRANSFER_TIMEOUT_MS = 1_800_000;
/** Errors of a connection that was never made, so that nothing was sent. */
const NOT_SENT = ['ECONNREFUSED', 'ENOTFOUND', 'EAI_AGAIN', 'EHOSTUNREACH', 'ENETUNREACH', noConnection];

export interface HttpService {
  /** Root of the API, without a slash at the end. */
  readonly baseUrl: string;
  /** Headers of every call, the one with the key among them. */
  readonly headers: Readonly<Record<string, string>>;
  /** The key, to blot it out of texts; empty without one. */
  readonly secret: string;
  /** Says where the key comes from, in the message of a refusal: `PROVIDER_API_KEY`. */
  readonly secretName: string;
  /** Milliseconds of the first wait; each further one is up to twice as long. */
  readonly firstWaitMs: number;
  readonly clock: Clock;
}

export interface HttpCall {
  readonly method: 'GET' | 'POST' | 'PUT' | 'DELETE';
  /** Below the base URL, or a whole URL, which is called without the service's headers. */
  readonly path: string;
  readonly headers?: Readonly<Record<string, string>>;
  /** Sent as JSON. */
  readonly json?: object;
  readonly body?: FileForm | Uint8Array;
  /** Set when a second call would be a second purchase: it is not repeated once it may have been taken. */
  readonly once?: boolean;
}

/** Where a file is downloaded from. */
export interface Source {
  /** A whole URL, or a path below the base URL. */
  readonly url: string;
  /** Whether the key has to go along; a signed URL has its own leave. */
  readonly auth: boolean;
}

type Tried =
  | { readonly kind: 'answered'; readonly response: HttpAnswer; readonly text: string }
  | { readonly kind: 'not-sent' | 'unanswered'; readonly message: string };

/** Whole seconds that a response asks to wait, from either form of Retry-After. */
export function retryAfterOf(
  response: { readonly headers: Pick<HttpAnswer['headers'], 'get'> },
  nowMs: number,
): number | null {
  const text = response.headers.get('retry-after');
  if (text === null || text.trim() === '') return null;
  const seconds = /^\s*\d+(\.\d+)?\s*$/.test(text) ? Number(text) : (Date.parse(text) - nowMs) / 1000;
  return Number.isFinite(seconds) ? Math.max(0, Math.ceil(seconds)) : null;
}

/** What an error body says, in whichever envelope. */
function messageIn(text: string): string {
  try {
    const body = JSON.parse(text) as { error?: { message?: unknown }; message?: unknown };
    const message = body.error?.message ?? body.message;
    if (typeof message === 'string') return message;
  } catch {
    // Not JSON: the text itself is the message.
  }
  return text.trim().slice(0, 200) || 'no reason given';
}

function troubleOf(error: unknown): Tried {
  const cause = error instanceof Error && error.cause instanceof Error ? error.cause : error;
  const code = cause instanceof Error && 'code' in cause ? String(cause.code) : '';
  const message = cause instanceof Error ? cause.message || code || cause.name : String(cause);
  return { kind: NOT_SENT.includes(code) ? 'not-sent' : 'unanswered', message };
}

/** The bytes of a call, and how they are called. */
function bodyOf({ json, body }: HttpCall): { body?: Uint8Array; type?: string } {
  if (json !== undefined) return { body: Buffer.from(JSON.stringify(json)), type: 'application/json' };
  if (body === undefined) return {};
  return body instanceof Uint8Array ? { body } : multipart(body);
}

function isGood({ status }: HttpAnswer): boolean {
  return status >= 200 && status < 300;
}

export class HttpClient {
  readonly #service: HttpService;

  constructor(service: HttpService) {
    this.#service = service;
  }

  #urlOf(path: string): { url: string; own: boolean } {
    const own = !/^https?:/.test(path);
    return { url: own ? `${this.#service.baseUrl}${path}` : path, own };
  }

  #blotted(text: string): string {
    const { secret } = this.#service;
    return secret === '' ? text : text.replaceAll(secret, '***');
  }

  async #try(call: HttpCall): Promise<Tried> {
    const { url, own } = this.#urlOf(call.path);
    const { body, type } = bodyOf(call);
    try {
      const response = await exchange(url, {
        method: call.method,
        headers: {
          ...(own ? this.#service.headers : {}),
          ...(type === undefined ? {} : { 'content-type': type }),
          ...call.headers,
        },
        body,
        timeoutMs: call.body === undefined ? TIMEOUT_MS : TRANSFER_TIMEOUT_MS,
        alone: call.once === true,
      });
      return { kind: 'answered', response, text: await textOf(response) };
    } catch (error) {
      return troubleOf(error);
    }
  }

  /**
   * Makes a call and returns the text of the answer.
   * @throws KeyRefused, Refused, OverQuota, Unavailable, Unanswered as their files say
   */
  async text(call: HttpCall): Promise<string> {
    for (let repeat = 0; ; repeat += 1) {
      const tried = await this.#try(call);
      if (tried.kind === 'answered' && isGood(tried.response)) return tried.text;
      const { message, retryAfterS } = this.#judge(call, tried);
      if (repeat === REPEATS || (retryAfterS ?? 0) > MOST_RETRY_AFTER_S)
        throw new Unavailable(`${call.method} ${call.path.split('?')[0]}: ${message}`, retryAfterS);
      await this.#pause(repeat, retryAfterS);
    }
  }

  /** Full jitter: the waits of several clients that were turned away together spread out. */
  async #pause(repeat: number, retryAfterS: number | null): Promise<void> {
    const { clock, firstWaitMs } = this.#service;
    const most = Math.min(MOST_WAIT_MS, firstWaitMs * 2 ** repeat);
    await clock.sleep((retryAfterS ?? 0) * 1000 + clock.random() * most);
  }

  /** Says that a call may be repeated, or throws what is known of it. */
  #judge(call: HttpCall, tried: Tried): { message: string; retryAfterS: number | null } {
    if (tried.kind === 'not-sent') return { message: tried.message, retryAfterS: null };
    const place = `${call.method} ${call.path.split('?')[0]}`;
    if (tried.kind !== 'answered') {
      if (call.once) throw new Unanswered(`${place}: ${tried.message}`);
      return { message: tried.message, retryAfterS: null };
    }
    return this.#judgeAnswer(call, tried.response, tried.text);
  }

  #judgeAnswer(
    call: HttpCall,
    response: HttpAnswer,
    text: string,
  ): { message: string; retryAfterS: number | null } {
    const place = `${call.method} ${call.path.split('?')[0]}`;
    const { status } = response;
    const message = this.#blotted(messageIn(text));
    const retryAfterS = retryAfterOf(response, this.#service.clock.now());
    if (status < 500 && speaksOfQuota(text))
      throw new OverQuota(`${place}: ${status}: ${message}`, retryAfterS);
    if ((status === 401 || status === 403) && this.#urlOf(call.path).own)
      throw new KeyRefused(
        `the provider refuses the key in ${this.#service.secretName} (${place}: ${status}: ${message})`,
      );
    if (status === 429) return { message: `${status}: ${message}`, retryAfterS };
    if (status === 408 || status >= 500) {
      if (call.once) throw new Unanswered(`${place}: ${status}: ${message}`, status);
      return { message: `${status}: ${message}`, retryAfterS };
    }
    throw new Refused(status, message);
  }

  /** Makes a call whose answer is a JSON object. @throws as `text`, and Unanswered when the answer is no JSON */
  async json(call: HttpCall): Promise<JsonObject> {
    const text = await this.text(call);
    try {
      return new JsonObject(JSON.parse(text), `${call.method} ${call.path.split('?')[0]}`);
    } catch (error) {
      if (error instanceof Failure) throw error;
      throw new Unanswered(`${call.method} ${call.path}: the answer is not JSON`);
    }
  }

  /**
   * Writes what a URL holds to a file, once, without a repeat. The key is sent to no other place than the base URL.
   * @returns the Content-Length, or null when the answer has none
   * @throws Refused by status; Unanswered when the body broke off
   */
  async download({ url, auth }: Source, path: string): Promise<number | null> {
    let response: HttpAnswer;
    try {
      response = await this.#follow(this.#urlOf(url).url, auth);
      if (!isGood(response))
        throw new Refused(response.status, this.#blotted(messageIn(await textOf(response))));
      await pipeline(response.body, createWriteStream(path, { flush: true }));
    } catch (error) {
      if (error instanceof Refused) throw error;
      const trouble = troubleOf(error);
      throw new Unanswered(`GET ${url.split('?')[0]}: ${trouble.kind === 'answered' ? '' : trouble.message}`);
    }
    const length = response.headers.get('content-length');
    return length === null || response.headers.has('content-encoding') ? null : Number(length);
  }

  /** Gets what a URL leads to. The key goes to the base URL only, wherever others lead. */
  async #follow(url: string, auth: boolean): Promise<HttpAnswer> {
    const { baseUrl, headers } = this.#service;
    for (let at = url, hops = 0; ; hops++) {
      const own = auth && at.startsWith(`${baseUrl}/`) ? headers : {};
      const all = { 'accept-encoding': 'identity', ...own };
      const response = await exchange(at, { method: 'GET', headers: all, timeoutMs: TRANSFER_TIMEOUT_MS });
      const next = REDIRECTS.includes(response.status) ? response.headers.get('location') : null;
      if (next === null || hops === MOST_HOPS) return response;
      // Nobody reads it, so nobody would hear how it breaks off.
      response.body.destroy();
      at = new URL(next, at).href;
    }
  }
}
