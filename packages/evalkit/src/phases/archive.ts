// archive: packs results and report into a tar whose bytes depend on the files' names and contents only.
import { readFileSync } from 'node:fs';
import { isAbsolute, normalize } from 'node:path';
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

function readMember(path: string): TarMember {
  const name = normalize(path).replaceAll('\\', '/');
  if (isAbsolute(path) || name.startsWith('../')) {
    throw new Failure(
      `${path}: must be a path below the current folder, since it is the name inside the archive`,
    );
  }
  try {
    return { name, bytes: readFileSync(path) };
  } catch (error) {
    throw new Failure(fileProblem(path, error));
  }
}

void runPhase({
  name: 'archive',
  summary: 'Packs files into a reproducible tar, with an index of their SHA-256 digests.',
  options: {
    files: {
      kind: 'list',
      placeholder: 'FILE',
      required: true,
      describe: 'files to pack, as paths below the current folder',
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
    const members = [...new Set(values.files)].flatMap(
      (path) => problems.collect(() => readMember(path)) ?? [],
    );
    if (members.some((member) => member.name === 'index.json'))
      problems.add('index.json: this name is taken by the index of the archive');
    problems.throwIfAny();
    members.sort((a, b) => (a.name < b.name ? -1 : a.name > b.name ? 1 : 0));
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
