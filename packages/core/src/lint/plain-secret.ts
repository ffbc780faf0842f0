// PlainSecret finds values that look like keys of somebody's account, in files that are shared, hashed and recorded.
import { looksSecret } from '../build-report/report-config.ts';
import { isList, isMap, type Json } from '../json.ts';
import type { Finding, LintScene } from './finding.ts';

/** How keys of well-known services begin. */
const knownKey =
  /^(?:sk-[\w-]{16,}|sk_(?:live|test)_\w{16,}|(?:ghp|gho|ghs|ghu)_\w{20,}|github_pat_\w{20,}|glpat-[\w-]{16,}|hf_\w{20,}|gsk_\w{20,}|fw_\w{16,}|r8_\w{20,}|xox[abps]-[\w-]{10,}|A(?:KI|SI)A[A-Z0-9]{16}|AIza[\w-]{30,}|eyJ[\w-]{10,}\.[\w-]{10,}\.[\w-]{10,})$/;

const hint =
  'keep it in the environment or an env_file, and name it under "secrets:"; this one counts as known to others';

/** Values of the config, and variables set in the pipeline. The value itself is never told. */
export function plainSecrets({ graph, config }: LintScene): Finding[] {
  const { pipeline } = graph;
  const inConfig = textsBelow(config.value, []).flatMap(([path, text]): Finding[] => {
    if (!isSecret(String(path.at(-1) ?? ''), text)) return [];
    const message = `the config key "${path.join('.')}" looks like a secret: its value is recorded and shown`;
    const file = pipeline.configFile === undefined ? {} : { file: pipeline.configFile };
    return [
      { code: 'config-secret', severity: 'warning', ...file, pointer: path, atKey: true, message, hint },
    ];
  });
  const inTargets = pipeline.targets.flatMap(({ name, env }) =>
    Object.entries(env).map(([key, text]) => ({
      key,
      text,
      pointer: ['targets', name, 'env', key],
      target: name,
    })),
  );
  const inVars = Object.entries(pipeline.vars).map(([key, text]) => ({ key, text, pointer: ['vars', key] }));
  const inPipeline = [...inVars, ...inTargets]
    .filter(({ key, text }) => isSecret(key, text))
    .map(({ key, text: _, ...place }): Finding => {
      const message = `"${key}" looks like a secret: its value is recorded and shown`;
      return { code: 'secret-in-pipeline', severity: 'warning', ...place, atKey: true, message, hint };
    });
  return [...inConfig, ...inPipeline];
}

function isSecret(key: string, text: string): boolean {
  if (text.includes('${{')) return false;
  if (knownKey.test(text)) return true;
  const random = /^[A-Za-z0-9+/=_-]{32,}$/.test(text) && /\d/.test(text) && /[A-Za-z]/.test(text);
  return random && looksSecret(key);
}

function textsBelow(value: Json, at: readonly (string | number)[]): [typeof at, string][] {
  if (typeof value === 'string') return [[at, value]];
  if (isList(value)) return value.flatMap((item, i) => textsBelow(item, [...at, i]));
  if (isMap(value)) return Object.entries(value).flatMap(([key, item]) => textsBelow(item, [...at, key]));
  return [];
}
