// A completion body is an answer in the words of an API: a chat completion or an Anthropic message.
import type { Completion } from './answerer.ts';

/**
 * A chat completion as OpenAI and Fireworks write it; each message holds the reader's `support` as a member of its own.
 * @param createdS seconds since 1970
 */
export function chatCompletion(completion: Completion, createdS: number): object {
  const { promptTokens, completionTokens } = completion;
  return {
    id: `chatcmpl-${completion.id}`,
    object: 'chat.completion',
    created: createdS,
    model: completion.model,
    choices: completion.choices.map(({ text, support, cut }, index) => ({
      index,
      message: { role: 'assistant', content: text, support },
      finish_reason: cut ? 'length' : 'stop',
    })),
    usage: {
      prompt_tokens: promptTokens,
      completion_tokens: completionTokens,
      total_tokens: promptTokens + completionTokens,
      prompt_tokens_details: { cached_tokens: 0 },
    },
  };
}

/** A message as Anthropic writes it, with the reader's `support` as a member of its own. */
export function anthropicMessage(completion: Completion): object {
  const choice = completion.choices[0];
  return {
    id: `msg_${completion.id}`,
    type: 'message',
    role: 'assistant',
    model: completion.model,
    content: [{ type: 'text', text: choice?.text ?? '' }],
    support: choice?.support ?? 0,
    stop_reason: choice?.cut === true ? 'max_tokens' : 'end_turn',
    stop_sequence: null,
    usage: {
      input_tokens: completion.promptTokens,
      output_tokens: completion.completionTokens,
      cache_creation_input_tokens: 0,
      cache_read_input_tokens: 0,
    },
  };
}
