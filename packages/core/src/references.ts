// References: every `${{ … }}` and every name in a pipeline must mean something; what does not is a located problem.
import type { Pipeline, Target } from './pipeline.ts';
import { priceTemplates } from './price.ts';
import type { Pointer, Problems } from './problem.ts';
import { checkRowsUse } from './rows-references.ts';
import { suggest } from './suggest.ts';
import { tidyPath } from './template.ts';
import { checkTemplate, checkVar, openVars, type TemplateScope } from './template-references.ts';
import { checkVarCycles } from './var-cycles.ts';

/** Checks names and references of a whole pipeline. */
export function checkReferences(pipeline: Pipeline, problems: Problems): void {
  const names = new Set(pipeline.targets.map((t) => t.name));
  for (const [name, text] of Object.entries(pipeline.vars)) {
    checkVar(text, ['vars', name], problems);
  }
  checkVarCycles(pipeline, problems);
  for (const [i, name] of (pipeline.default ?? []).entries()) {
    const bare = name.split('@')[0] as string;
    if (names.has(bare) || /[*?[/.]/.test(name)) continue;
    unknownTarget(bare, ['default', i], names, problems);
  }
  for (const target of pipeline.targets) checkTarget(target, { pipeline, names, problems });
}

interface TargetContext {
  readonly pipeline: Pipeline;
  readonly names: ReadonlySet<string>;
  readonly problems: Problems;
}

interface ScopedContext extends TargetContext {
  readonly scope: TemplateScope;
}

function checkTarget(target: Target, context: TargetContext): void {
  const { problems } = context;
  const { vars } = context.pipeline;
  const at: Pointer = ['targets', target.name];
  const base = { target, vars, each: target.each, opened: new Set<string>(), problems };
  const scope = (executed: boolean): TemplateScope => ({ ...base, executed });
  const runs = target.run === undefined ? [] : typeof target.run === 'string' ? [target.run] : target.run;
  const listed = target.run !== undefined && typeof target.run !== 'string';
  for (const [i, text] of runs.entries()) {
    const here = listed ? [...at, 'run', i] : [...at, 'run'];
    checkTemplate(text, here, scope(true));
    checkBypass(text, here, target, context);
  }
  for (const [key, text] of Object.entries(target.env)) {
    checkTemplate(text, [...at, 'env', key], scope(true));
    checkBypass(text, [...at, 'env', key], target, context);
  }
  const plain: [string, string | undefined][] = [
    ['manifest', target.manifest],
    ['cwd', target.cwd],
    ['prelude', target.prelude],
    ['deps_file', target.depsFile],
    ['when', typeof target.when === 'string' ? target.when : undefined],
  ];
  for (const [key, text] of plain)
    if (text !== undefined) checkTemplate(text, [...at, key], scope(key === 'deps_file'));
  for (const output of target.outputs) {
    checkTemplate(
      output.path,
      output.name === '' ? [...at, 'outputs'] : [...at, 'outputs', output.name],
      scope(false),
    );
  }
  for (const { id, output, demand } of target.checks) {
    if (demand.kind !== 'command') continue;
    const key = output === undefined || id === 'command' ? ['command'] : [output, 'command'];
    checkTemplate(demand.run, [...at, 'checks', ...key], scope(true));
  }
  for (const [key, text] of Object.entries(target.metrics))
    checkTemplate(text, [...at, 'metrics', key], scope(true));
  for (const [key, text] of Object.entries(target.slurm))
    checkTemplate(text, [...at, 'slurm', key], scope(false));
  for (const [text, key] of target.paid === undefined ? [] : priceTemplates(target.paid))
    checkTemplate(text, [...at, 'paid', ...key], scope(false));
  for (const [i, text] of target.code.entries()) checkTemplate(text, [...at, 'code', i], scope(false));
  checkRowsUse(target, context.pipeline, problems);
  checkInputs(target, at, { ...context, scope: scope(false) });
  checkEach(target, at, { ...context, scope: { ...scope(false), each: [] } });
  if (target.pool !== undefined && !Object.hasOwn(context.pipeline.pools, target.pool)) {
    const near = suggest(target.pool, Object.keys(context.pipeline.pools));
    problems.error('unknown-pool', [...at, 'pool'], `no pool is named "${target.pool}"`, {
      hint: near === undefined ? `declare it: pools: { ${target.pool}: 1 }` : `did you mean "${near}"?`,
    });
  }
}

/** What a command may not name past its declarations: the config file, and files of an each variable. */
function checkBypass(text: string, pointer: Pointer, target: Target, context: TargetContext): void {
  const { configFile, vars } = context.pipeline;
  const opened = openVars(text, vars);
  const literal = opened.map((p) => (typeof p === 'string' ? p : '\0')).join('');
  const words = literal.split(/[\s'"=;|&<>()]+/);
  if (configFile !== undefined && words.some((w) => tidyPath(w) === tidyPath(configFile))) {
    context.problems.error('config-as-input', pointer, `the command names the config file "${configFile}"`, {
      hint: 'name the keys in "config:" and pass ${{ config }}, so that only these keys count and --set reaches the command',
    });
  }
  const files = new Set(
    target.each.filter((e) => e.source.kind === 'from' || e.source.kind === 'glob').map((e) => e.name),
  );
  const told = new Set<string>();
  for (const piece of opened) {
    if (typeof piece === 'string') continue;
    const [head, field] = piece.path as [string, string | undefined];
    if (!files.has(head) || (field !== undefined && field !== 'path') || told.has(piece.path.join('.')))
      continue;
    told.add(piece.path.join('.'));
    context.problems.error(
      'undeclared-input',
      pointer,
      `\${{ ${piece.path.join('.')} }} is a file the command reads, but no input declares it`,
      {
        hint: `declare inputs: { file: "\${{ ${head}.path }}" } and write \${{ inputs.file }}, so that its content counts`,
      },
    );
  }
}

function checkInputs(target: Target, at: Pointer, context: ScopedContext): void {
  const { scope } = context;
  for (const input of target.inputs) {
    const here = input.name === '' ? [...at, 'inputs'] : [...at, 'inputs', input.name];
    for (const source of input.sources) {
      if (source.kind === 'from') checkFrom(source, here, context);
      else {
        const text = source.kind === 'path' ? source.path : source.pattern;
        checkTemplate(text, here, scope);
        const { configFile } = context.pipeline;
        if (configFile !== undefined && text === tidyPath(configFile)) {
          context.problems.error('config-as-input', here, `"${text}" is the config file`, {
            hint: 'name the keys in "config:" and read ${{ config }}, so that only these keys count and --set reaches the command',
          });
        }
      }
    }
    for (const [key, text] of Object.entries(input.where))
      checkTemplate(text, [...here, 'where', key], scope);
  }
}

function checkEach(target: Target, at: Pointer, context: ScopedContext): void {
  for (const each of target.each) {
    const here = [...at, 'each', each.name];
    if (Object.hasOwn(context.pipeline.vars, each.name)) {
      context.problems.error('bad-name', here, `"${each.name}" is already the name of a var`, {
        atKey: true,
      });
    }
    if (each.source.kind === 'from') checkFrom(each.source, here, context);
    if (each.source.kind === 'glob') checkTemplate(each.source.pattern, here, context.scope);
    if (each.source.kind === 'range')
      for (const text of [each.source.from, each.source.to, each.source.step])
        checkTemplate(text, here, context.scope);
  }
}

function checkFrom(
  from: { target: string; output: string | undefined },
  pointer: Pointer,
  context: TargetContext,
): void {
  const producer = context.pipeline.targets.find((t) => t.name === from.target);
  if (producer === undefined) {
    unknownTarget(from.target, pointer, context.names, context.problems);
    return;
  }
  if (from.output === undefined) return;
  const outputs = producer.outputs.map((o) => o.name);
  if (outputs.includes(from.output)) return;
  const near = suggest(from.output, outputs);
  const known = outputs.filter((o) => o !== '');
  context.problems.error(
    'unknown-output',
    pointer,
    `target "${from.target}" has no output named "${from.output}"`,
    {
      hint:
        near !== undefined && near !== ''
          ? `did you mean "${from.target}.${near}"?`
          : known.length > 0
            ? `its outputs: ${known.join(', ')}`
            : `its outputs have no names: write {from: ${from.target}}`,
    },
  );
}

function unknownTarget(name: string, pointer: Pointer, names: Iterable<string>, problems: Problems): void {
  const near = suggest(name, names);
  problems.error(
    'unknown-target',
    pointer,
    `no target is named "${name}"`,
    near === undefined ? {} : { hint: `did you mean "${near}"?` },
  );
}
