// A task folder is the name a task has on disk: its own name while that fits a file system, else its beginning and a digest.

/** Longest name in bytes that is used as it is; a file system allows 255, and what is put before and after it counts. */
const longest = 150;

/**
 * The name of a task's folders and files.
 * @param task the name of the task
 * @param digest gives `sha256:` and hex digits
 */
export function taskFolder(task: string, digest: (text: string) => string): string {
  if (task.length * 3 <= longest) return task;
  const bytes = Buffer.from(task);
  if (bytes.length <= longest) return task;
  let cut = longest - 20;
  // Not inside a character.
  while (((bytes[cut] as number) & 0xc0) === 0x80) cut--;
  return `${bytes.toString('utf8', 0, cut)}-${digest(task).slice(7, 19)}`;
}
