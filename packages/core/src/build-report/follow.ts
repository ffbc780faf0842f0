// What follows: reasons of a task that come from others, said once for all tasks of one target.
import { type Reason, reasonText } from '../reason.ts';

/** The propagated reasons of a task in words: `decided when infer (22 tasks) is done`. */
export function followTexts(reasons: readonly Reason[]): string[] {
  const groups = new Map<string, Reason[]>();
  for (const reason of reasons) {
    if (reason.root) continue;
    const key = `${reason.code} ${targetOf(reason)}`;
    const list = groups.get(key);
    if (list === undefined) groups.set(key, [reason]);
    else list.push(reason);
  }
  return [...groups.values()].map((list) => {
    const first = list[0] as Reason;
    if (list.length === 1) return reasonText(first);
    return reasonText({ ...first, subject: `${targetOf(first)} (${list.length} tasks)` });
  });
}

function targetOf({ subject = '' }: Reason): string {
  return subject.split('@')[0] as string;
}
