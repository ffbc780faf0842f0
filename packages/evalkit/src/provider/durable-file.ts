// A DurableFile is a file of the state folder: replaced as a whole, on the disk before the call returns.
import {
  closeSync,
  existsSync,
  fsyncSync,
  mkdirSync,
  openSync,
  readFileSync,
  renameSync,
  writeSync,
} from 'node:fs';
import { dirname } from 'node:path';
import { digestOfBytes } from '../digest.ts';

/** Writes all bytes at the place of an open file. */
export function writeAll(fd: number, bytes: Uint8Array): void {
  for (let at = 0; at < bytes.length; ) at += writeSync(fd, bytes, at);
}

/** Makes new names in a folder durable. */
export function syncFolder(folder: string): void {
  const fd = openSync(folder, 'r');
  fsyncSync(fd);
  closeSync(fd);
}

/** Makes the content of a file durable that somebody else wrote. */
export function syncFile(path: string): void {
  const fd = openSync(path, 'r+');
  fsyncSync(fd);
  closeSync(fd);
}

/** Gives a durable temporary file its name; after a crash the name holds the old bytes or the new ones. */
export function publishFile(temp: string, path: string): void {
  renameSync(temp, path);
  syncFolder(dirname(path));
}

/** Replaces a file; creates its folder. */
export function writeDurably(path: string, text: string): void {
  mkdirSync(dirname(path), { recursive: true });
  const fd = openSync(`${path}.tmp`, 'w');
  writeAll(fd, Buffer.from(text, 'utf8'));
  fsyncSync(fd);
  closeSync(fd);
  publishFile(`${path}.tmp`, path);
}

/** The SHA-256 of a file in hex, or undefined when there is none. */
export function digestOfFile(path: string): string | undefined {
  return existsSync(path) ? digestOfBytes(readFileSync(path)) : undefined;
}
