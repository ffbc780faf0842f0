// The references of one template: each must mean something where the template stands, and no secret may stand in it.
import { type EachDecl, givenConfig, type Pipeline, type Target } from './pipeline.ts';
import type { Pointer, Problems } from './problem.ts';
import { suggest } from './suggest.ts';
import { isVarRef, type Piece, pieces, type Ref } from './template.ts';

/** What a template of a target may refer to, by where it stands. */
export interface TemplateScope {
  readonly target: Target;
  readonly vars: Pipeline['vars'];
  /** The each variables that have a value here. */
  readonly each: readonly EachDecl[];
  /** Whether `inputs`, `outputs`, `task`, `state` exist here: only in what is executed. */
  readonly executed: boolean;
  /** Vars whose text was checked for this target: a mistake in it is told once per target. */
  readonly opened: Set<string>;
  readonly problems: Problems;
}

const ofOneTarget = ['inputs', 'outputs', 'task', 'state', 'rows'];

/**
 * Checks a template of a target.
 * @param text the template
 * @param pointer where it stands
 * @param scope what it may refer to
 */
export function checkTemplate(text: string, pointer: Pointer, scope: TemplateScope): void {
  for (const ref of readRefs(text, pointer, scope.problems)) checkRef(ref, pointer, scope);
}

/** Checks the text of a var for what is wrong with it in every target. */
export function checkVar(text: string, pointer: Pointer, problems: Problems): void {
  for (const ref of readRefs(text, pointer, problems)) {
    if (checkAnywhere(ref, pointer, problems)) continue;
    const [head] = ref.path as [string];
    if (ofOneTarget.includes(head) || (head === 'config' && ref.path.length === 1)) {
      problems.error('bad-reference', pointer, `${written(ref)} has no meaning in a var`, {
        hint: 'write it where the var is used: it is another in each target',
      });
    }
  }
}

/** A template with vars replaced by what they say, as pieces. A var inside itself is left out. */
export function openVars(text: string, vars: Pipeline['vars'], around: readonly string[] = []): Piece[] {
  return pieces(text).pieces.flatMap((piece): Piece[] => {
    if (typeof piece === 'string') return [piece];
    const name = piece.path[0] as string;
    if (!isVarRef(piece) || !Object.hasOwn(vars, name)) return [piece];
    return around.includes(name) ? [] : openVars(vars[name] as string, vars, [...around, name]);
  });
}

function written(ref: Ref): string {
  return `\${{ ${ref.path.join('.')} }}`;
}

function readRefs(text: string, pointer: Pointer, problems: Problems): Ref[] {
  const { pieces: all, errors } = pieces(text);
  for (const message of errors) problems.error('bad-template', pointer, message);
  return all.filter((p): p is Ref => typeof p !== 'string');
}

/** What is wrong wherever it stands. Returns whether there is nothing more to check. */
function checkAnywhere(ref: Ref, pointer: Pointer, problems: Problems): boolean {
  const { path } = ref;
  const head = path[0] as string;
  if (head === 'secrets') {
    secretInTemplate(ref, pointer, problems);
    return true;
  }
  if (head === 'env' && path.length !== 2 && !(path.length === 3 && path[2] === 'slug')) {
    problems.error('bad-reference', pointer, `${written(ref)} must name one variable: env.NAME`);
    return true;
  }
  return false;
}

function secretInTemplate(ref: Ref, pointer: Pointer, problems: Problems, via = ''): void {
  problems.error(
    'secret-in-template',
    pointer,
    `${via}${written(ref)}: a secret cannot stand in a template`,
    {
      hint: 'the command finds it in its environment',
    },
  );
}

function checkRef(ref: Ref, pointer: Pointer, scope: TemplateScope): void {
  const { problems, target, vars } = scope;
  const head = ref.path[0] as string;
  if (checkAnywhere(ref, pointer, problems)) return;
  if (ofOneTarget.includes(head)) {
    if (scope.executed) checkOwn(ref, pointer, target, problems);
    else {
      const message = `${written(ref)} has no meaning here: it exists only while the command runs`;
      problems.error('bad-reference', pointer, message);
    }
  } else if (head === 'config' && ref.path.length === 1) checkConfigFile(pointer, target, problems);
  else if (Object.hasOwn(vars, head) && !isVarRef(ref)) {
    const message = `${written(ref)}: "${head}" is a var, which has no fields`;
    problems.error('unknown-reference', pointer, message);
  } else checkName(ref, pointer, scope, '');
}

/** Checks what depends on the target: its secrets and each variables, through vars too. */
function checkName(ref: Ref, pointer: Pointer, scope: TemplateScope, via: string): void {
  const { problems, target, vars, each } = scope;
  const [head, second] = ref.path as [string, string | undefined];
  if (head === 'env' && second !== undefined && target.secrets.includes(second))
    secretInTemplate(ref, pointer, problems, via);
  if (['config', 'env', 'secrets', ...ofOneTarget].includes(head)) return;
  if (Object.hasOwn(vars, head)) {
    if (scope.opened.has(head)) return;
    scope.opened.add(head);
    for (const inner of pieces(vars[head] as string).pieces)
      if (typeof inner !== 'string') checkName(inner, pointer, scope, `in the var "${head}": `);
    return;
  }
  // A dynamic variable brings along the variables of its producer, which are known only after expansion.
  if (each.some((e) => e.name === head || e.source.kind === 'from')) return;
  const near = suggest(head, [
    ...each.map((e) => e.name),
    ...Object.keys(vars),
    'config',
    'inputs',
    'outputs',
    'env',
    'task',
    'state',
  ]);
  problems.error('unknown-reference', pointer, `${via}${written(ref)}: nothing is named "${head}"`, {
    hint:
      near === undefined
        ? 'a template refers to config, inputs, outputs, env, vars or an each variable'
        : `did you mean "${near}"?`,
  });
}

function checkConfigFile(pointer: Pointer, target: Target, problems: Problems): void {
  if (givenConfig(target).length > 0) return;
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
  const [head, second, ...field] = ref.path as [string, string | undefined, ...string[]];
  const unknown = (message: string, hint?: string): void =>
    problems.error('unknown-reference', pointer, message, hint === undefined ? {} : { hint });
  if (head === 'rows') {
    if (target.rows === undefined)
      unknown(`${written(ref)}: the target has no "rows:"`, 'declare rows: { from, to, id }');
    else if ((second !== 'todo' && second !== 'done') || field.length > 0)
      unknown(`${written(ref)}: of rows a command is told rows.todo and rows.done`);
    return;
  }
  if (head !== 'inputs' && head !== 'outputs') {
    if (second !== undefined) unknown(`${written(ref)}: "${head}" is one file or folder and has no fields`);
    return;
  }
  const names = head === 'inputs' ? target.inputs.map((i) => i.name) : target.outputs.map((o) => o.name);
  const fields = head === 'inputs' ? ['dir', 'list'] : ['dir'];
  if (head === 'outputs' && second === 'missing' && field.length === 0) return;
  if (names.length === 0) {
    unknown(`${written(ref)}: the target declares no ${head}`);
    return;
  }
  if (second === undefined) return;
  if (names.includes(second)) {
    if (field.length === 0 || (field.length === 1 && fields.includes(field[0] as string))) return;
    const one = head.slice(0, -1);
    unknown(`${written(ref)}: an ${one} has no field "${field.join('.')}"`, `it has: ${fields.join(', ')}`);
    return;
  }
  if (field.length === 0 && fields.includes(second)) return;
  const near = suggest(second, names);
  unknown(
    `the target has no ${head.slice(0, -1)} named "${second}"`,
    near === undefined || near === ''
      ? `it has: ${names.map((n) => n || '(one without a name)').join(', ')}`
      : `did you mean "${near}"?`,
  );
}
