// A single request is answered at once: a chat completion, or an Anthropic message.
import { digestOfBytes } from '../digest.ts';
import type { Completion } from './answerer.ts';
import { ApiError } from './api-error.ts';
import { type Call, jsonBody, ok, type Reply } from './call.ts';
import { anthropicMessage, chatCompletion } from './completion-body.ts';
import { numberParam, textParam } from './fault.ts';
import { hitsRow } from './job-run.ts';
import { type Dialect, readPrompt } from './prompt.ts';
import { nowS, type Services } from './services.ts';

/** What makes a request's noise its own: the id its client gave it, else what it says. */
function wireId(call: Call): string {
  const given = call.headers['x-client-request-id'];
  if (typeof given === 'string' && given !== '') return given;
  return `r${digestOfBytes(call.body).slice(0, 40)}`;
}

function complete(call: Call, dialect: Dialect, services: Services): Completion {
  const body = jsonBody(call);
  if (body.raw('stream') === true) throw new ApiError('invalid', 'stream: this server does not stream');
  const customId = wireId(call);
  const protocol = dialect === 'openai' ? 'chat' : 'messages';
  const place = { route: `${protocol}.create`, protocol, job: protocol };
  const row = { customId, body: body.whole() };
  const fault = services.faults.take(['row-errors'], place, (one) => hitsRow(one, row, 0));
  if (fault !== undefined)
    throw new ApiError('server', textParam(fault, 'message'), { status: numberParam(fault, 'status', 500) });
  const completion = services.answerer.answer(readPrompt(body, dialect), customId);
  const { model, promptTokens, completionTokens } = completion;
  services.billing.charge(
    [{ protocol, job: protocol, customId, model, body: body.whole(), promptTokens, completionTokens }],
    false,
  );
  return completion;
}

/** POST /v1/chat/completions */
export function chat(call: Call, services: Services): Reply {
  return ok(chatCompletion(complete(call, 'openai', services), nowS(services)));
}

/** POST /v1/messages */
export function message(call: Call, services: Services): Reply {
  return ok(anthropicMessage(complete(call, 'anthropic', services)));
}
