// Tools: the package and version behind a command found in node_modules/.bin, since a new version may give new results.

import { dirname } from 'node:path';
import { readFileSync, realpathSync } from './fs.ts';

/** Finds `package@version` of commands in a workspace's node_modules/.bin; each is looked up once. */
export function toolFinder(root: string): (name: string) => string | undefined {
  const known = new Map<string, string | undefined>();
  return (name) => {
    if (name.includes('/')) return undefined;
    if (!known.has(name)) known.set(name, find(root, name));
    return known.get(name);
  };
}

function find(root: string, name: string): string | undefined {
  let real: string;
  try {
    real = realpathSync(`${root}/node_modules/.bin/${name}`);
  } catch {
    return undefined;
  }
  for (let dir = dirname(real); dir !== dirname(dir); dir = dirname(dir)) {
    try {
      const pack = JSON.parse(readFileSync(`${dir}/package.json`, 'utf8')) as {
        name?: string;
        version?: string;
      };
      if (pack.name !== undefined) return `${pack.name}@${pack.version ?? '0'}`;
    } catch {
      // No package here: look further up.
    }
  }
  return undefined;
}
