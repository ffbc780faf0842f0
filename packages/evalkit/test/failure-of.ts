// A Failure that is expected, as its message.
import { Failure } from 'evalkit/failure';

/** The message of the Failure that an action throws; anything else is thrown on. */
export function failureOf(action: () => unknown): string {
  try {
    action();
  } catch (error) {
    if (error instanceof Failure) return error.message;
    throw error;
  }
  throw new Error('a Failure was expected');
}
