// A Message is the user's turn of a request: instructions, the passage when there is one, and the question.
import { Failure } from './failure.ts';

const OPEN_INSTRUCTIONS =
  'Use the passage below to answer the question. Reply with the shortest words of the passage that answer it. ' +
  "When the passage does not hold the answer, reply exactly: I don't know.";
const CLOSED_INSTRUCTIONS =
  'Answer the question from what you know. Reply with a name, a number or a few words. ' +
  "When you cannot answer, reply exactly: I don't know.";

/** What a request asks; `context` is null for a closed-book question. */
export interface Asked {
  readonly question: string;
  readonly context: string | null;
}

/** The text of the user's turn. The system prompt, which is what the conditions differ in, is not part of it. */
export function renderMessage({ question, context }: Asked): string {
  if (context === null) return `${CLOSED_INSTRUCTIONS}\n\nQUESTION:\n${question}`;
  return `${OPEN_INSTRUCTIONS}\n\nCONTEXT:\n${context}\n\nQUESTION:\n${question}`;
}

/**
 * Finds passage and question in a user's turn that renderMessage wrote.
 * @throws Failure when there is no QUESTION block
 */
export function readMessage(content: string, where: string): Asked {
  const at = content.lastIndexOf('\n\nQUESTION:\n');
  if (at === -1) throw new Failure(`${where}: body.messages: the user's turn has no QUESTION: block`);
  const question = content.slice(at + '\n\nQUESTION:\n'.length).trim();
  const before = content.slice(0, at);
  const open = before.indexOf('\n\nCONTEXT:\n');
  return { question, context: open === -1 ? null : before.slice(open + '\n\nCONTEXT:\n'.length).trim() };
}
