// A TemporaryFolder holds the files of one test and is gone after it.
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';

export class TemporaryFolder {
  readonly root: string = mkdtempSync(join(tmpdir(), 'evalmake-engine-'));

  path(name: string): string {
    return join(this.root, name);
  }

  /** Writes files, with the folders above them; a name that ends in `/` is an empty folder. */
  write(files: Readonly<Record<string, string | Uint8Array>>): void {
    for (const [name, content] of Object.entries(files)) {
      if (name.endsWith('/')) mkdirSync(this.path(name), { recursive: true });
      else {
        mkdirSync(dirname(this.path(name)), { recursive: true });
        writeFileSync(this.path(name), content);
      }
    }
  }

  read(name: string): string {
    return readFileSync(this.path(name), 'utf8');
  }

  /** All files below a folder with their content, sorted by path; empty folders end in `/`. */
  tree(below = ''): Record<string, string> {
    const out: Record<string, string> = {};
    const walk = (dir: string, prefix: string): void => {
      for (const name of readdirSync(dir).sort()) {
        const inner = join(dir, name);
        if (!statSync(inner).isDirectory()) out[prefix + name] = readFileSync(inner, 'utf8');
        else if (readdirSync(inner).length === 0) out[`${prefix}${name}/`] = '';
        else walk(inner, `${prefix}${name}/`);
      }
    };
    walk(this.path(below), '');
    return out;
  }

  remove(): void {
    rmSync(this.root, { recursive: true, force: true });
  }
}
