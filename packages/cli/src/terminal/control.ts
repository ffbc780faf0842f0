// Control sequences that evalmake sends to a terminal; nothing else in it writes an escape but colours.
import { pathToFileURL } from 'node:url';

const esc = '\u001b';
const end = `${esc}\\`;

/** Everything between the two is shown at once, by terminals that know them; others ignore them. */
export const beginFrame = `${esc}[?2026h`;
export const endFrame = `${esc}[?2026l`;
export const clearLine = `${esc}[K`;
export const clearBelow = `${esc}[J`;

/** Moves the cursor to the beginning of a line above, or of this one. */
export function upTo(rows: number): string {
  return rows > 0 ? `\r${esc}[${rows}A` : '\r';
}

/** A text that is a link to a file (OSC 8). */
export function fileLink(text: string, path: string, host: string): string {
  // The host tells a terminal that shows another machine not to open its own file of that name.
  const place = /^[\w.-]+$/.test(host) ? host : '';
  const url = `file://${place}${pathToFileURL(path).pathname}`;
  return `${esc}]8;;${url}${end}${text}${esc}]8;;${end}`;
}

/** Progress on the tab or task bar (OSC 9;4). */
export function taskbarProgress({ percent, failed }: { percent: number; failed: boolean }): string {
  return `${esc}]9;4;${failed ? 2 : 1};${Math.max(0, Math.min(100, Math.floor(percent)))}${end}`;
}

/** Takes the progress away. */
export const noTaskbarProgress: string = `${esc}]9;4;0;0${end}`;

/** The text that is seen. */
export function withoutControl(text: string): string {
  return text.replace(/\u001b\[[0-9;]*m|\u001b\]8;;[^\u001b]*\u001b\\/g, '');
}
