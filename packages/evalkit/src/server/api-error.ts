// An ApiError is a refusal that a client can read: a status and a code, put into each API's own shape when it is sent.

/** What the refusal is about, named once for all protocols. */
export type ErrorCode =
  | 'invalid'
  | 'unauthorized'
  | 'forbidden'
  | 'missing'
  | 'exists'
  | 'not-ready'
  | 'too-large'
  | 'rate-limit'
  | 'quota'
  | 'wrong-method'
  | 'server';

const STATUS: Readonly<Record<ErrorCode, number>> = {
  invalid: 400,
  unauthorized: 401,
  forbidden: 403,
  missing: 404,
  exists: 409,
  'not-ready': 400,
  'too-large': 413,
  'rate-limit': 429,
  quota: 429,
  'wrong-method': 405,
  server: 500,
};

export class ApiError extends Error {
  readonly code: ErrorCode;
  readonly status: number;
  /** Seconds for the header Retry-After. */
  readonly retryAfterS: number | undefined;

  /** @param more a status other than the usual one of the code, and seconds to wait */
  constructor(code: ErrorCode, message: string, more: { status?: number; retryAfterS?: number } = {}) {
    super(message);
    this.name = 'ApiError';
    this.code = code;
    this.status = more.status ?? STATUS[code];
    this.retryAfterS = more.retryAfterS;
  }
}

/** The error envelope of OpenAI. Fireworks uses it for a bad key and for chat. */
export function openaiError(error: ApiError): object {
  const type =
    error.code === 'server'
      ? 'server_error'
      : error.code === 'rate-limit' || error.code === 'quota'
        ? 'rate_limit_error'
        : 'invalid_request_error';
  const code = {
    invalid: null,
    unauthorized: 'invalid_api_key',
    forbidden: 'permission_denied',
    missing: 'not_found',
    exists: 'already_exists',
    'not-ready': null,
    'too-large': 'file_too_large',
    'rate-limit': 'rate_limit_exceeded',
    quota: 'insufficient_quota',
    'wrong-method': 'method_not_allowed',
    server: null,
  }[error.code];
  return { error: { message: error.message, type, param: null, code } };
}

/** The error envelope of Anthropic. */
export function anthropicError(error: ApiError): object {
  const type = {
    invalid: 'invalid_request_error',
    unauthorized: 'authentication_error',
    forbidden: 'permission_error',
    missing: 'not_found_error',
    exists: 'invalid_request_error',
    'not-ready': 'invalid_request_error',
    'too-large': 'request_too_large',
    'rate-limit': 'rate_limit_error',
    quota: 'rate_limit_error',
    'wrong-method': 'invalid_request_error',
    server: 'api_error',
  }[error.code];
  return { type: 'error', error: { type, message: error.message } };
}

/** The error body of Google's control planes, which Fireworks follows: a gRPC code and a message. */
export function grpcError(error: ApiError): object {
  const code = {
    invalid: 3,
    unauthorized: 16,
    forbidden: 7,
    missing: 5,
    exists: 6,
    'not-ready': 9,
    'too-large': 3,
    'rate-limit': 8,
    quota: 8,
    'wrong-method': 12,
    server: 13,
  }[error.code];
  return { code, message: error.message, details: [] };
}

/** The error body of an object store, which is what signed URLs lead to. */
export function storeError(error: ApiError): Buffer {
  const text = error.message.replace(/&/g, '&amp;').replace(/</g, '&lt;');
  return Buffer.from(`<?xml version='1.0' encoding='UTF-8'?><Error><Code>${text}</Code></Error>`);
}
