// Mentioned sums are the sha256 sums that stand anywhere in a document, such as a manifest of an older version.
import { isList, isMap, type Json } from '@evalmake/core';

/** All texts of 64 hex digits in a document; a prefix `sha256:` is left out. */
export function mentionedSums(document: Json | undefined): ReadonlySet<string> {
  const sums = new Set<string>();
  const walk = (value: Json): void => {
    if (typeof value === 'string') {
      const sum = /^(?:sha256:)?([0-9a-f]{64})$/i.exec(value)?.[1];
      if (sum !== undefined) sums.add(sum.toLowerCase());
    } else if (isList(value)) for (const item of value) walk(item);
    else if (isMap(value)) for (const item of Object.values(value)) walk(item);
  };
  if (document !== undefined) walk(document);
  return sums;
}
