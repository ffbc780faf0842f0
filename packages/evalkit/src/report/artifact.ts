// An Artifact is a file that numbers of the report come from, held fast by its digest.
import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { Failure, fileProblem } from '../failure.ts';

export interface Artifact {
  /** As given on the command line. */
  readonly path: string;
  /** How a source line names it: the file's name, or the path where two files have the same name. */
  readonly name: string;
  /** What it is, for the list of artifacts. */
  readonly role: string;
  readonly sha256: string;
  readonly bytes: number;
}

/** A file that is to become an artifact. */
export interface ArtifactFile {
  readonly role: string;
  readonly path: string;
}

/** Digests of 64 bits are short enough to read and long enough to find a file by. */
export function shortDigest({ sha256 }: Pick<Artifact, 'sha256'>): string {
  return sha256.slice(0, 16);
}

/** Reads the digests of files. @throws Failure naming a file that cannot be read */
export async function readArtifacts(files: readonly ArtifactFile[]): Promise<Artifact[]> {
  const names = files.map(({ path }) => baseName(path));
  const artifacts: Artifact[] = [];
  for (const [index, { role, path }] of files.entries()) {
    const base = names[index] ?? path;
    const alone = names.indexOf(base) === index && names.lastIndexOf(base) === index;
    artifacts.push({ role, path, name: alone ? base : path, ...(await digestOfFile(path)) });
  }
  return artifacts;
}

/**
 * Digests the files once more: the report was written from what they held then.
 * @throws Failure naming every file that changed while the report was being written
 */
export async function expectUnchanged(artifacts: readonly Artifact[]): Promise<void> {
  const problems: string[] = [];
  for (const { path, sha256 } of artifacts) {
    if ((await digestOfFile(path)).sha256 !== sha256)
      problems.push(`${path}: changed while the report was being written; write it again`);
  }
  if (problems.length > 0) throw new Failure(problems);
}

function baseName(path: string): string {
  return path.replace(/^.*[\\/]/, '');
}

/** Streamed: a table of answers may be larger than what fits into memory. */
async function digestOfFile(path: string): Promise<Pick<Artifact, 'sha256' | 'bytes'>> {
  const hash = createHash('sha256');
  let bytes = 0;
  try {
    for await (const chunk of createReadStream(path)) {
      hash.update(chunk as Buffer);
      bytes += (chunk as Buffer).length;
    }
  } catch (error) {
    throw new Failure(fileProblem(path, error));
  }
  return { sha256: hash.digest('hex'), bytes };
}
