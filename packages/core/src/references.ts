// References: every `${{ … }}` and every name in a pipeline must mean something; what does not is a located problem.
import type { Pipeline, Target } from './pipeline.ts';
import type { Pointer, Problems } from './problem.ts';
import { suggest } from './suggest.ts';
import { pieces, type Ref, refs } from './template.ts';
import { checkVarCycles } from './var-cycles.ts';

/** What a template may refer to, by where it stands. */
interface Scope {
  readonly target: Target | undefined;
  readonly vars: readonly string[];
  /** Whether `inputs`, `outputs`, `task`, `state` exist here: only in what is executed. */
  readonly executed: boolean;
  readonly problems: Problems;
}

/** Checks names and references of a whole pipeline. */
export function checkReferences(pipeline: Pipeline, problems: Problems): void {
  const names = new Set(pipeline.targets.map((t) => t.name));
  const vars = Object.keys(pipeline.vars);
  for (const [name, text] of Object.entries(pipeline.vars)) {
    checkTemplate(text, ['vars', name], { target: undefined, vars, executed: false, problems });
  }
  checkVarCycles(pipeline, problems);
  for (const [i, name] of (pipeline.default ?? []).entries()) {
    const bare = name.split('@')[0] as string;
    if (names.has(bare) || /[*?[/.]/.test(name)) continue;
    unknownTarget(bare, ['default', i], names, problems);
  }
  for (const target of pipeline.targets) checkTarget(target, { pipeline, names, vars, problems });
}

interface TargetContext {
  readonly pipeline: Pipeline;
  readonly names: ReadonlySet<string>;
  readonly vars: readonly string[];
  readonly problems: Problems;
}

function checkTarget(target: Target, context: TargetContext): void {
  const { problems, vars } = context;
  const at: Pointer = ['targets', target.name];
  const scope = (executed: boolean): Scope => ({ target, vars, executed, problems });
  const runs = target.run === undefined ? [] : typeof target.run === 'string' ? [target.run] : target.run;
  const listed = target.run !== undefined && typeof target.run !== 'string';
  for (const [i, text] of runs.entries()) {
    const here = listed ? [...at, 'run', i] : [...at, 'run'];
    checkTemplate(text, here, scope(true));
    checkBypass(text, here, target, context);
  }
  for (const [key, text] of Object.entries(target.env)) checkTemplate(text, [...at, 'env', key], scope(true));
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
  for (const [i, text] of target.code.entries()) checkTemplate(text, [...at, 'code', i], scope(false));
  checkInputs(target, at, context);
  checkEach(target, at, context);
  if (target.pool !== undefined && !Object.hasOwn(context.pipeline.pools, target.pool)) {
    const near = suggest(target.pool, Object.keys(context.pipeline.pools));
    problems.error('unknown-pool', [...at, 'pool'], `no pool is named "${target.pool}"`, {
      hint: near === undefined ? `declare it: pools: { ${target.pool}: 1 }` : `did you mean "${near}"?`,
    });
  }
}

/** What a command may not name past its declarations: the config file, and files of an each variable. */
function checkBypass(text: string, pointer: Pointer, target: Target, context: TargetContext): void {
  const { configFile } = context.pipeline;
  const words = text.split(/[\s'"=;|&<>()]+/);
  if (configFile !== undefined && words.some((w) => w.replace(/^\.\//, '') === configFile)) {
    context.problems.error('config-as-input', pointer, `the command names the config file "${configFile}"`, {
      hint: 'name the keys in "config:" and pass ${{ config }}, so that only these keys count and --set reaches the command',
    });
  }
  const files = new Set(
    target.each.filter((e) => e.source.kind === 'from' || e.source.kind === 'glob').map((e) => e.name),
  );
  for (const { path } of refs(text)) {
    const [head, field] = path as [string, string | undefined];
    if (!files.has(head) || (field !== undefined && field !== 'path')) continue;
    context.problems.error(
      'undeclared-input',
      pointer,
      `\${{ ${path.join('.')} }} is a file the command reads, but no input declares it`,
      {
        hint: `declare inputs: { file: "\${{ ${head}.path }}" } and write \${{ inputs.file }}, so that its content counts`,
      },
    );
  }
}

function checkInputs(target: Target, at: Pointer, context: TargetContext): void {
  for (const input of target.inputs) {
    const here = input.name === '' ? [...at, 'inputs'] : [...at, 'inputs', input.name];
    const scope: Scope = { target, vars: context.vars, executed: false, problems: context.problems };
    for (const source of input.sources) {
      if (source.kind === 'from') checkFrom(source, here, context);
      else {
        const text = source.kind === 'path' ? source.path : source.pattern;
        checkTemplate(text, here, scope);
        if (text === context.pipeline.configFile) {
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

function checkEach(target: Target, at: Pointer, context: TargetContext): void {
  for (const each of target.each) {
    const here = [...at, 'each', each.name];
    if (context.vars.includes(each.name)) {
      context.problems.error('bad-name', here, `"${each.name}" is already the name of a var`, {
        atKey: true,
      });
    }
    if (each.source.kind === 'from') checkFrom(each.source, here, context);
    if (each.source.kind === 'glob') {
      checkTemplate(each.source.pattern, here, {
        target: undefined,
        vars: context.vars,
        executed: false,
        problems: context.problems,
      });
    }
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

function checkTemplate(text: string, pointer: Pointer, scope: Scope): void {
  const { pieces: all, errors } = pieces(text);
  for (const message of errors) scope.problems.error('bad-template', pointer, message);
  for (const piece of all) if (typeof piece !== 'string') checkRef(piece, pointer, scope);
}

const executedOnly = ['inputs', 'outputs', 'task', 'state', 'rows'];

function checkRef(ref: Ref, pointer: Pointer, scope: Scope): void {
  const [head, second] = ref.path as [string, string | undefined];
  const { problems, target } = scope;
  const written = `\${{ ${ref.path.join('.')} }}`;
  if (head === 'rows') {
    problems.error('not-available-yet', pointer, `${written}: rows are not available in this version yet`);
    return;
  }
  if (head === 'secrets' || (head === 'env' && second !== undefined && target?.secrets.includes(second))) {
    problems.error('secret-in-template', pointer, `${written}: a secret cannot stand in a template`, {
      hint: 'the command finds it in its environment',
    });
    return;
  }
  if (executedOnly.includes(head) && target !== undefined) {
    if (!scope.executed) {
      problems.error(
        'bad-reference',
        pointer,
        `${written} has no meaning here: it exists only while the command runs`,
      );
    } else checkOwn(ref, pointer, target, problems);
    return;
  }
  // A var is text of several targets: its each variables are checked where a target uses it.
  if (target === undefined) return;
  if (head === 'config' || head === 'env') {
    if (head === 'env' && ref.path.length !== 2)
      problems.error('bad-reference', pointer, `${written} must name one variable: env.NAME`);
    if (head === 'config' && ref.path.length === 1) checkConfigFile(pointer, target, problems);
    return;
  }
  if (scope.vars.includes(head)) return;
  const eachNames = target.each.map((e) => e.name);
  // A dynamic variable brings along the variables of its producer, which are known only after expansion.
  if (eachNames.includes(head) || target.each.some((e) => e.source.kind === 'from')) return;
  const near = suggest(head, [
    ...eachNames,
    ...scope.vars,
    'config',
    'inputs',
    'outputs',
    'env',
    'task',
    'state',
  ]);
  problems.error('unknown-reference', pointer, `${written}: nothing is named "${head}"`, {
    hint:
      near === undefined
        ? 'a template refers to config, inputs, outputs, env, vars or an each variable'
        : `did you mean "${near}"?`,
  });
}

function checkConfigFile(pointer: Pointer, target: Target, problems: Problems): void {
  if (target.config.length > 0) return;
  problems.error(
    'config-without-keys',
    pointer,
    `\${{ config }} is used, but the target declares no config keys`,
    {
      hint: 'name the keys the command reads: config: [key, …]; the file holds exactly these',
    },
  );
}

function checkOwn(ref: Ref, pointer: Pointer, target: Target, problems: Problems): void {
  const [head, second] = ref.path as [string, string | undefined];
  if (head !== 'inputs' && head !== 'outputs') return;
  const names = head === 'inputs' ? target.inputs.map((i) => i.name) : target.outputs.map((o) => o.name);
  const words = head === 'outputs' ? ['dir', 'missing'] : ['dir', 'list'];
  if (names.length === 0 && second !== 'missing') {
    problems.error(
      'unknown-reference',
      pointer,
      `\${{ ${ref.path.join('.')} }}: the target declares no ${head}`,
    );
    return;
  }
  if (second === undefined || names.includes(second) || (words.includes(second) && ref.path.length === 2))
    return;
  const near = suggest(second, names);
  problems.error('unknown-reference', pointer, `the target has no ${head.slice(0, -1)} named "${second}"`, {
    hint:
      near === undefined || near === ''
        ? `it has: ${names.map((n) => n || '(one without a name)').join(', ')}`
        : `did you mean "${near}"?`,
  });
}
