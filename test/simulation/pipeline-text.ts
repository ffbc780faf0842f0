// The pipeline text is a ProjectModel written as pipeline.yaml and config.yaml.
import { codePath, type InputModel, isOff, type ProjectModel, type TargetModel } from './project.ts';
import { targetOf } from './task-model.ts';

const q = (text: string): string => JSON.stringify(text);
const tpl = (name: string): string => `\${{ ${name} }}`;

function variableOf(target: TargetModel): string | undefined {
  if (target.each === 'none') return undefined;
  return target.each === 'models' ? 'm' : 'part.stem';
}

/** Where an output lies, with the each variable as a template. */
function pathOf(target: TargetModel, index: number): string {
  const variable = variableOf(target);
  const stem =
    variable === undefined ? `out/${target.name}.${index}` : `out/${target.name}/${tpl(variable)}.${index}`;
  const kind = target.outputs[index]?.kind;
  return kind === 'file' ? `${stem}.txt` : kind === 'dir' ? `${stem}/` : `${stem}/part-*.txt`;
}

function inputText(project: ProjectModel, input: InputModel): string {
  switch (input.kind) {
    case 'source':
      return q(input.path);
    case 'sources':
      return '{ glob: "src/*.txt" }';
    case 'shard':
      return q(tpl('part.path'));
    case 'target': {
      const producer = targetOf(project, input.target);
      if (input.literal && input.output !== undefined) return q(pathOf(producer, input.output));
      const output = input.output === undefined ? '' : `.o${input.output}`;
      return `{ from: ${input.target}${output}${producer.flag === undefined ? '' : ', optional: true'} }`;
    }
  }
}

function words(target: TargetModel): string[] {
  const variable = variableOf(target);
  const places = target.outputs.map(({ kind, operation, staged }, index) => {
    const folder = kind === 'glob' ? '.dir' : '';
    const fixed = pathOf(target, index).replace(/\/part-\*\.txt$/, '');
    return `${kind}:${operation}:${staged ? tpl(`outputs.o${index}${folder}`) : fixed}`;
  });
  return [
    'sim',
    target.name,
    target.strict ? 'strict' : 'lax',
    `tag=${target.tag}`,
    ...(target.key === undefined ? [] : [`value=${tpl(`config.k${target.key}`)}`]),
    ...(variable === undefined ? [] : [`value=${tpl(variable)}`]),
    ...(target.missing ? [`missing=${tpl('outputs.missing')}`] : []),
    'in',
    tpl('inputs'),
    'out',
    ...places,
  ];
}

function checksOf(target: TargetModel): string[] {
  const parts = target.outputs.flatMap(({ rows }, index) => {
    if (rows === undefined) return [];
    const most = rows.most === undefined ? '' : `, max_rows: ${rows.most}`;
    return [`o${index}: { min_rows: ${rows.least}${most} }`];
  });
  return parts.length === 0 ? [] : [`checks: { ${parts.join(', ')} }`];
}

/** One target as lines of YAML. */
function targetText(project: ProjectModel, target: TargetModel): string {
  const { each, inputs, outputs } = target;
  const source = each === 'models' ? `{ m: "${tpl('config.models')}" }` : '';
  const shards = typeof each === 'object' ? `{ part: { from: ${each.shardsOf}.o0 } }` : '';
  const lines = [
    ...(each === 'none' ? [] : [`each: ${source}${shards}`]),
    `run: [${words(target).map(q).join(', ')}]`,
    `inputs: { ${inputs.map((input, i) => `i${i}: ${inputText(project, input)}`).join(', ')} }`,
    `outputs: { ${outputs.map((_, i) => `o${i}: ${q(pathOf(target, i))}`).join(', ')} }`,
    ...checksOf(target),
    ...(target.flag === undefined ? [] : [`when: ${q(tpl(`config.flags.f${target.flag}`))}`]),
    ...(target.manifest === 'none'
      ? []
      : [`manifest: manifests/${target.manifest === 'own' ? target.name : 'shared'}.json`]),
    ...(target.missing ? ['rebuild: missing'] : []),
    ...(target.code ? [`code: [${codePath}]`] : []),
    ...(target.retries > 0 ? [`retries: ${target.retries}`] : []),
    ...(target.pool ? ['pool: narrow'] : []),
  ];
  return `  ${target.name}:\n${lines.map((line) => `    ${line}\n`).join('')}`;
}

/** The text of pipeline.yaml. */
export function pipelineText(project: ProjectModel): string {
  const targets = project.targets.map((target) => targetText(project, target));
  return `evalmake: 1\nname: simulated\nconfig: config.yaml\npools: { narrow: 1 }\ntargets:\n${targets.join('')}`;
}

/** The text of config.yaml. */
export function configText(project: ProjectModel): string {
  const keys = project.config.map((value, index) => `k${index}: ${value}\n`).join('');
  const flags = project.flags.map((on, index) => `  f${index}: ${on}\n`).join('');
  return `${keys}models: [${project.models.join(', ')}]\nflags:\n${flags}`;
}

/** Names of the targets that a request means: all that are on when it is empty. */
export function wantedTargets(project: ProjectModel, wanted: readonly string[]): Set<string> {
  const on = project.targets.filter((t) => !isOff(project, t));
  const needed = new Set(wanted.length > 0 ? wanted : on.map((t) => t.name));
  for (const target of [...project.targets].reverse()) {
    if (!needed.has(target.name)) continue;
    if (typeof target.each === 'object') needed.add(target.each.shardsOf);
    for (const input of target.inputs) {
      if (input.kind !== 'target') continue;
      const producer = targetOf(project, input.target);
      if (!isOff(project, producer)) needed.add(producer.name);
    }
  }
  return needed;
}
