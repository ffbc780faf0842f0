// An ActionResult is the message that Bazel's caches hold under /ac/: which files some work wrote, by their digests.
import { BinaryReader, BinaryWriter, WireType } from '@bufbuild/protobuf/wire';

// Fields of build.bazel.remote.execution.v2, of which these are written and read:
//   ActionResult: 2 output_files (repeated OutputFile), 4 exit_code (int32), 7 stderr_raw (bytes)
//   OutputFile:   1 path, 2 digest (Digest), 4 is_executable
//   Digest:       1 hash (64 hex digits), 2 size_bytes (int64)
// A signature is text in stderr_raw: a plain field, which every server keeps and tools show, so it needs neither a file of its
// own (one more request, and lost apart from its entry) nor auxiliary_metadata (which JSON knows only with its definition).
// Constraints: a server may add fields (bazel-remote adds who it was uploaded by), so unknown ones are passed over; work
// that failed, links and trees are never written by evalmake, so a message with any of them is not one of ours.

/** A file of an ActionResult. */
export interface ActionFile {
  readonly path: string;
  /** `sha256:` and 64 hex digits. */
  readonly digest: string;
  readonly bytes: number;
  readonly executable: boolean;
}

/** What an ActionResult says. */
export interface ActionEntry {
  readonly files: readonly ActionFile[];
  /** What stands in place of a signature. */
  readonly signature: string | undefined;
}

/** An ActionResult is no larger: a million files are. */
export const largestActionResult = 16 << 20;

/** Writes a message; its files are in the order given. */
export function encodeActionResult(files: readonly ActionFile[], signature?: string): Uint8Array {
  const writer = new BinaryWriter();
  for (const { path, digest, bytes, executable } of files) {
    writer.tag(2, WireType.LengthDelimited).fork();
    writer.tag(1, WireType.LengthDelimited).string(path);
    writer.tag(2, WireType.LengthDelimited).fork();
    writer.tag(1, WireType.LengthDelimited).string(digest.slice('sha256:'.length));
    writer.tag(2, WireType.Varint).int64(bytes);
    writer.join();
    if (executable) writer.tag(4, WireType.Varint).bool(true);
    writer.join();
  }
  if (signature !== undefined) writer.tag(7, WireType.LengthDelimited).string(signature);
  return writer.finish();
}

/**
 * Reads a message.
 * @returns undefined for what is no such message, or says of itself that the work failed
 */
export function decodeActionResult(message: Uint8Array): ActionEntry | undefined {
  if (message.length > largestActionResult) return undefined;
  try {
    return readResult(new BinaryReader(message));
  } catch {
    // Torn, or something else altogether.
    return undefined;
  }
}

/** Fields that say what evalmake never says: directories (3), and links to files (10), folders (11) and anything (12). */
const never = new Set([3, 10, 11, 12]);

function readResult(reader: BinaryReader): ActionEntry | undefined {
  const files: ActionFile[] = [];
  let signature: string | undefined;
  while (reader.pos < reader.len) {
    const [field, type] = reader.tag();
    if (never.has(field)) return undefined;
    if (field === 2 && type === WireType.LengthDelimited) {
      const file = readFile(new BinaryReader(reader.bytes()));
      if (file === undefined) return undefined;
      files.push(file);
    } else if (field === 4 && type === WireType.Varint) {
      if (reader.int32() !== 0) return undefined;
    } else if (field === 7 && type === WireType.LengthDelimited) {
      signature = Buffer.from(reader.bytes()).toString('latin1');
    } else reader.skip(type, field);
  }
  return { files, signature };
}

function readFile(reader: BinaryReader): ActionFile | undefined {
  let path = '';
  let digest: Pick<ActionFile, 'digest' | 'bytes'> | undefined;
  let executable = false;
  while (reader.pos < reader.len) {
    const [field, type] = reader.tag();
    if (field === 1 && type === WireType.LengthDelimited) path = reader.string();
    else if (field === 2 && type === WireType.LengthDelimited)
      digest = readDigest(new BinaryReader(reader.bytes()));
    else if (field === 4 && type === WireType.Varint) executable = reader.bool();
    else reader.skip(type, field);
  }
  return path === '' || digest === undefined ? undefined : { path, ...digest, executable };
}

function readDigest(reader: BinaryReader): Pick<ActionFile, 'digest' | 'bytes'> | undefined {
  let hex = '';
  let bytes = 0;
  while (reader.pos < reader.len) {
    const [field, type] = reader.tag();
    if (field === 1 && type === WireType.LengthDelimited) hex = reader.string();
    else if (field === 2 && type === WireType.Varint) bytes = Number(reader.int64());
    else reader.skip(type, field);
  }
  if (!/^[0-9a-f]{64}$/.test(hex) || !Number.isSafeInteger(bytes) || bytes < 0) return undefined;
  return { digest: `sha256:${hex}`, bytes };
}
