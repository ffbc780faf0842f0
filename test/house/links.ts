// The links of Markdown files: each relative one must lead to a tracked file, folder or heading.
import { existsSync } from 'node:fs';
import { join, posix } from 'node:path';
import { root, type SourceFile } from './repository.ts';
import { lineAt, type Rule, type Violation } from './rule.ts';

/** Markdown with code blocks and code spans blanked out, at the same offsets. */
function prose(text: string): string {
  const blankOut = (code: string): string => code.replace(/[^\n]/g, ' ');
  return text.replace(/^(```|~~~)[\s\S]*?^\1/gm, blankOut).replace(/(`+)(?!`)[\s\S]*?[^`]\1(?!`)/g, blankOut);
}

/** The anchors of a Markdown text, made from its headings as GitHub makes them. */
export function anchorsOf(text: string): Set<string> {
  const anchors = new Set<string>();
  for (const [, heading = ''] of text
    .replace(/^(```|~~~)[\s\S]*?^\1/gm, '')
    .matchAll(/^#{1,6} +(.*?) *#*$/gm)) {
    const plain = heading.replace(/\[([^\]]*)\]\([^)]*\)/g, '$1').toLowerCase();
    const slug = plain.replace(/[^\p{L}\p{N}\s_-]/gu, '').replace(/\s/g, '-');
    let anchor = slug;
    for (let n = 1; anchors.has(anchor); n++) anchor = `${slug}-${n}`;
    anchors.add(anchor);
  }
  return anchors;
}

/** All folders that hold tracked files, and the files. */
function knownPaths(files: readonly SourceFile[]): Set<string> {
  const known = new Set<string>(['.']);
  for (const { path } of files) for (let at = path; at !== '.'; at = posix.dirname(at)) known.add(at);
  return known;
}

function linkProblem(
  from: SourceFile,
  target: string,
  files: ReadonlyMap<string, string>,
  known: Set<string>,
) {
  const [address = '', anchor] = target.split('#');
  const path =
    address === '' ? from.path : posix.join(posix.dirname(from.path), decodeURI(address)).replace(/\/$/, '');
  // Pictures are no text files, and so not among these.
  if (!known.has(path) && !(/\.(png|svg)$/.test(path) && existsSync(join(root, path))))
    return `there is no tracked \`${path}\``;
  const text = files.get(path);
  if (anchor === undefined || text === undefined || !path.endsWith('.md')) return undefined;
  return anchorsOf(text).has(anchor) ? undefined : `\`${path}\` has no heading \`#${anchor}\``;
}

export const linksResolve: Rule = {
  name: 'every relative link in a Markdown file leads somewhere',
  check: (files) => {
    const known = knownPaths(files);
    const texts = new Map(files.map(({ path, text }) => [path, text]));
    return files
      .filter(({ path }) => path.endsWith('.md'))
      .flatMap((file): Violation[] => {
        const text = prose(file.text);
        return [...text.matchAll(/\]\(\s*<?([^()\s<>]+)>?(?:\s+"[^"]*")?\s*\)/g)].flatMap((match) => {
          const target = match[1] ?? '';
          if (/^[a-z][a-z0-9+.-]*:/i.test(target)) return [];
          const problem = linkProblem(file, target, texts, known);
          const says = `link \`${target}\`: ${problem}; correct it or remove it`;
          return problem === undefined ? [] : [{ path: file.path, line: lineAt(text, match.index), says }];
        });
      });
  },
};
