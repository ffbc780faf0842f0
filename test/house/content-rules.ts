// House rules on what may stand in a file: pure core, one reader of the environment, honest tests, no place names.
import { isSource, isTest, packageOf, patternRule, type Rule } from './rule.ts';
import { blankedOf, codeOf } from './source-text.ts';

const uncommented = (text: string): string => blankedOf(text).uncommented;
const isMarkdown = (path: string): boolean => path.endsWith('.md');

export const pureCore: Rule = patternRule('core has no clock, randomness, process or console', {
  where: (path) => packageOf(path) === 'core',
  view: codeOf,
  pattern:
    /(?<![.\w$])(?:Date|performance|process|console|crypto|globalThis|setTimeout|setInterval|fetch)\b(?!\s*\??:)|\bMath\.random\b/g,
  instead: 'core is a function of its arguments; let engine or cli pass the value in',
});

export const quietEngine: Rule = patternRule('engine never prints', {
  where: (path) => packageOf(path) === 'engine',
  view: codeOf,
  pattern: /(?<![.\w$])(?:console\s*\.|process\s*\.\s*(?:stdout|stderr)\b)/g,
  instead: 'return it or send an Event; only cli writes to the terminal',
});

export const oneReader: Rule = patternRule('only cli reads arguments and environment, and exits', {
  where: (path) =>
    ['engine', 'evalkit'].includes(packageOf(path) ?? '') &&
    !/^packages\/evalkit\/src\/(?:main|phase)\.ts$/.test(path),
  view: codeOf,
  pattern: /(?<![.\w$])process\s*\.\s*(?:argv|env|exit|exitCode)\b|\bfrom\s+'process'/g,
  instead:
    'take it as a parameter; cli (in evalkit: main.ts and phase.ts) reads it once and decides how to exit',
});

export const noAny: Rule = patternRule('source has no `any` and silences no type error', {
  where: (path) => isSource(path),
  view: codeOf,
  pattern: /(?:[:<|&(,]|=>|(?<![=!<>])=|\b(?:as|extends|keyof))\s*any\b(?!\s*[(.:\w])|\bany\[\]/g,
  instead: 'use `unknown` and narrow it',
});

export const noSilencing: Rule = patternRule('source silences no compiler message', {
  where: (path) => isSource(path),
  pattern: /@ts-(?:ignore|nocheck|expect-error)/g,
  instead: 'say what is true in the types',
});

export const noOnlyOrSkip: Rule = patternRule('no test is singled out or left out', {
  where: isTest,
  view: codeOf,
  pattern: /\.(?:only|skip)\s*\(/g,
  instead: 'run all tests; delete one that says nothing',
});

export const noSleep: Rule = patternRule('no test sleeps', {
  where: isTest,
  view: uncommented,
  pattern:
    /\bnew Promise\b[^(]*\(\s*\(?\s*(\w+)[^;]{0,120}?\bsetTimeout\(\s*(?:\1\b|\(\)\s*=>\s*\{?\s*\1\()|\btimers\/promises\b|\bAtomics\s*\.\s*wait\b|\bexec(?:File)?Sync\(\s*['"`]sleep\b/g,
  instead: 'wait for the event itself: a line of output, the end of a process, a change of a file',
});

export const noNotes: Rule = patternRule('no note to self is left in the tree', {
  where: (path) => !path.startsWith('data/') && path !== 'package-lock.json',
  pattern: /\b(?:TO[D]O|FIX[M]E)\b/g,
  instead: 'do it, or write a ticket in codex/tickets',
});

export const noMachinePaths: Rule = patternRule('no file names a place on somebody’s machine', {
  where: () => true,
  pattern:
    /(?<![\w.$~}-])\/(?:root|work|home\/\w+|Users\/\w+|mnt\/\w+)(?:\/|\b)(?![\w-])|\b[A-Z]:\\\\?Users\b|\/\.librar[y]\b/g,
  instead: 'use a path relative to the repository, or one made by the test',
});

export const noRegistryHosts: Rule = patternRule('no file names a package registry', {
  where: () => true,
  pattern:
    /https?:\/\/[^\s"'/]*(?:registr[y]|artifactor[y]|verdacci[o]|npmmirro[r])[^\s"'/]*|"resolved":\s*"https?:[^"]*"/g,
  instead:
    'leave the choice of registry to the user’s npm (`omit-lockfile-registry-resolved` keeps it out of the lock)',
});

export const noHeadlessDocs: Rule = {
  name: 'every document begins with its title',
  check: (files) =>
    files
      .filter(
        ({ path, text }) =>
          isMarkdown(path) && /^(?:docs|codex)\//.test(path) && !/^(?:---\n|# \S)/.test(text),
      )
      .map(({ path }) => ({ path, line: 1, says: 'begin with `# Title` (a ticket: with its front matter)' })),
};
