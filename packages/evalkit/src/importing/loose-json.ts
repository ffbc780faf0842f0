// Loose JSON is JSON as Python writes it: NaN and Infinity stand where a number does not exist, and are read as null.
import { Failure } from '../failure.ts';

const TOKEN = /"(?:[^"\\]|\\.)*"|-?\bInfinity\b|\bNaN\b/gs;

/**
 * Reads a text.
 * @param where `file:line`, for the message
 * @throws Failure when it is no JSON even so
 */
export function parseLoose(text: string, where: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    if (/NaN|Infinity/.test(text)) {
      const strict = text.replace(TOKEN, (token) => (token.startsWith('"') ? token : 'null'));
      try {
        return JSON.parse(strict);
      } catch {
        // The message of the text as it stands says more.
      }
    }
    const said = error instanceof Error ? error.message : String(error);
    throw new Failure(`${where}: not valid JSON: ${said.replace(/[\p{Cc}]/gu, ' ')}`);
  }
}
