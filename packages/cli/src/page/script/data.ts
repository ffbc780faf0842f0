// The data of the page: the report as it was rendered, read from the script element that holds it.
import { type Folded, unfold } from '../folded.ts';
import type { BuildReport } from '../model.ts';

/** Reads it, and unpacks it where it is packed. */
export async function readReport(): Promise<BuildReport> {
  const element = document.querySelector('#data') as HTMLScriptElement;
  const text = element.textContent ?? '';
  if (element.type === 'application/json') return JSON.parse(text) as BuildReport;
  const bytes = Uint8Array.from(atob(text), (c) => c.charCodeAt(0));
  const stream = new Blob([bytes]).stream().pipeThrough(new DecompressionStream('deflate-raw'));
  return unfold((await new Response(stream).json()) as Folded) as BuildReport;
}
