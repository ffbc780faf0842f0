// The call that is told: how a build was started, less what looks like a secret and what is the value of one.
import { type Call, tellableArgs } from '@evalmake/core';
import { gitCommit } from './git-commit.ts';
import { Redactor, secretValues } from './secrets.ts';
import type { Workspace } from './workspace.ts';

/** How a build was started, as its log may keep it. */
export function callTold(
  args: readonly string[],
  { root, pipeline, options }: Pick<Workspace, 'root' | 'pipeline' | 'options'>,
): Call {
  const { env } = options;
  const secrets = secretValues(pipeline.targets, { root, env });
  const commit = gitCommit(root);
  return {
    args: tellableArgs(args).map((word) => redacted(word, secrets)),
    ci: env.CI !== undefined && env.CI !== '' && env.CI !== 'false',
    ...(commit === undefined ? {} : { commit }),
  };
}

function redacted(word: string, secrets: readonly string[]): string {
  const redactor = new Redactor(secrets);
  return Buffer.concat([redactor.take(Buffer.from(word)), redactor.end()]).toString();
}
