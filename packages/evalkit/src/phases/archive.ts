// archive: packs results and report into a tar whose bytes depend on the files' names and contents only.
import { readdirSync, readFileSync, statSync } from 'node:fs';
import { isAbsolute, join, normalize } from 'node:path';
import { digestOfBytes } from '../digest.ts';
import { Failure, fileProblem, Problems } from '../failure.ts';
import { jsonText } from '../json-out.ts';
import { writeText } from '../out-file.ts';
import { runPhase } from '../phase.ts';
import { type TarMember, writeTar } from '../tar.ts';

/** The index inside the archive and beside it: what is in it, with sizes and digests. */
interface ArchiveIndex {
  readonly schema_version: 2;
  readonly files: readonly { readonly path: string; readonly bytes: number; readonly sha256: string }[];
}

/** The name inside the archive: the path below the current folder, written in one way. */
function memberName(path: string): string {
  const name = normalize(path).replaceAll('\\', '/');
  if (isAbsolute(path) || name === '..' || name.startsWith('../')) {
    throw new Failure(
      `${path}: must be a path below the current folder, since it is the name inside the archive`,
    );
  }
  return name;
}

/** The files of a folder and of the folders in it, as paths; a link or a pipe in it is a problem, not a member. */
function filesBelow(folder: string): string[] {
  const entries = readdirSync(folder, { withFileTypes: true });
  if (entries.length === 0) throw new Failure(`${folder}: is an empty folder: there is nothing to pack`);
  return entries.flatMap((entry) => {
    const path = join(folder, entry.name);
    if (entry.isFile()) return [path];
    // A link could lead out of the folder or round in it, and its bytes would depend on more than the folder.
    if (!entry.isDirectory()) throw new Failure(`${path}: is neither a file nor a folder`);
    return filesBelow(path);
  });
}

/** A file as one member, a folder as the files below it. */
function readMembers(path: string): TarMember[] {
  const name = memberName(path);
  try {
    const paths = statSync(path).isDirectory() ? filesBelow(name) : [name];
    return paths.map((file) => ({ name: memberName(file), bytes: readFileSync(file) }));
  } catch (error) {
    if (error instanceof Failure) throw error;
    throw new Failure(fileProblem(path, error));
  }
}

void runPhase({
  name: 'archive',
  summary: 'Packs files and folders into a reproducible tar, with an index of their SHA-256 digests.',
  options: {
    files: {
      kind: 'list',
      placeholder: 'PATH',
      required: true,
      describe: 'files to pack, and folders with all that is in them, as paths below the current folder',
    },
    out: { kind: 'value', placeholder: 'FILE', required: true, describe: 'the archive (.tar)' },
    index: {
      kind: 'value',
      placeholder: 'FILE',
      required: true,
      describe: 'the index (JSON), also packed as index.json',
    },
  },
  details: `
Members are sorted by name; owner, group and time are zero and the mode is 0644, so the same files give the same bytes. It is
not compressed: what a compressor writes differs between versions of its library.`,
  run: (values) => {
    const problems = new Problems();
    // By name, so that a file which is named twice, or lies in a folder that is named too, is packed once.
    const byName = new Map<string, TarMember>();
    for (const path of values.files) {
      for (const member of problems.collect(() => readMembers(path)) ?? []) byName.set(member.name, member);
    }
    if (byName.has('index.json')) problems.add('index.json: this name is taken by the index of the archive');
    problems.throwIfAny();
    const members = [...byName.values()].sort((a, b) => (a.name < b.name ? -1 : 1));
    const index: ArchiveIndex = {
      schema_version: 2,
      files: members.map(({ name, bytes }) => ({
        path: name,
        bytes: bytes.length,
        sha256: digestOfBytes(bytes),
      })),
    };
    const text = jsonText(index);
    writeTar(values.out, [{ name: 'index.json', bytes: Buffer.from(text) }, ...members]);
    writeText(values.index, text);
    return `${members.length} files in ${values.out}`;
  },
});
