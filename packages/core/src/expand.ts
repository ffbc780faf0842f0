// Expansion: a Pipeline and its config become the Graph of tasks, or all problems at once.
import type { Config } from './config.ts';
import { type BareTask, badPath, type EdgeContext, resolveInputs, targetDeps } from './edges.ts';
import { checkConfigKeys, checkEachGlobs, checkStages, checkUsed } from './expand-checks.ts';
import type { Graph, Task, TaskInput, TaskOutput } from './graph.ts';
import { type Combination, combinations } from './instances.ts';
import { PathIndex } from './path-index.ts';
import type { Pipeline, Target } from './pipeline.ts';
import { newestRecord, type World } from './ports.ts';
import { checkPaid } from './price.ts';
import { hasErrors, type Parsed, Problems } from './problem.ts';
import { sidecarOf } from './rows.ts';
import { type Rendered, renderText, type Scope } from './scope.ts';
import { refs, soleRef, tidyPath } from './template.ts';
import { topological } from './topological.ts';

/** What expansion is made from. */
export interface ExpandInput {
  readonly pipeline: Pipeline;
  readonly config: Config;
  readonly world: World;
  /** Member sets that this build has made, by `task\0output`; they go before the records. */
  readonly fresh?: ReadonlyMap<string, readonly string[]>;
}

/**
 * Makes the tasks of a pipeline and their edges.
 * @returns the graph, and problems with pointers into pipeline.yaml; the graph is absent when one of them is an error
 */
export function expand(input: ExpandInput): Parsed<Graph> {
  const expansion = new Expansion(input);
  const graph = expansion.run();
  return {
    value: hasErrors(expansion.problems.list) ? undefined : graph,
    problems: dedupe(expansion.problems),
  };
}

/** Instances of one target make the same mistake many times: it is told once. */
function dedupe(problems: Problems): Problems['list'] {
  const seen = new Set<string>();
  return problems.list.filter((p) => {
    const key = `${p.code}\0${p.pointer?.join('\0')}${p.code === 'bad-reference' ? p.message : ''}`;
    if (seen.has(key)) return false;
    seen.add(key);
    return true;
  });
}

class Expansion {
  readonly problems = new Problems();
  private readonly tasks: Task[] = [];
  private readonly byTarget = new Map<string, Task[]>();
  private readonly ids = new Map<string, string>();
  private readonly sets = new Map<string, readonly string[] | undefined>();
  private readonly index: PathIndex;

  constructor(private readonly input: ExpandInput) {
    this.index = new PathIndex((pattern, path) => input.world.matches(pattern, path));
  }

  run(): Graph | undefined {
    for (const target of this.targetOrder()) this.instantiate(target);
    for (const target of this.input.pipeline.targets) {
      const made = this.byTarget.get(target.name) ?? [];
      const scope = this.scope({ each: made.find((t) => !t.placeholder)?.each ?? {} });
      const check = { pipeline: this.input.pipeline, scope, problems: this.problems };
      checkConfigKeys(target, check);
      checkUsed(target, made, check);
      checkPaid(target, made, {
        ...this.input,
        env: (n) => this.input.world.env(n),
        problems: this.problems,
      });
    }
    const bare = this.tasks;
    for (const task of this.tasks) this.index.add(task, (i) => bare[i]?.id ?? '', this.problems);
    this.index.collisions(bare, this.problems);
    checkStages(this.tasks, this.problems);
    const context: EdgeContext = {
      tasks: bare,
      tasksOf: (name) => this.byTarget.get(name) ?? [],
      index: this.index,
      problems: this.problems,
      lookups: new Map(),
    };
    for (const target of this.input.pipeline.targets)
      checkEachGlobs(target, this.scope({ each: {} }), context);
    // Completed in place: a copy of each of 100,000 tasks costs more than all else here.
    for (const task of this.tasks as { -readonly [K in keyof Task]: Task[K] }[]) {
      task.inputs = resolveInputs(task, this.scope(task), context);
      task.deps = depsOf(task, task.inputs);
    }
    const tasks = bare;
    return this.graph(tasks);
  }

  private graph(tasks: readonly Task[]): Graph | undefined {
    const sorted = topological(tasks.map((t) => t.deps));
    if (sorted.cycle !== undefined) {
      const path = sorted.cycle.map((i) => (tasks[i] as Task).id);
      const first = tasks[sorted.cycle[0] as number] as Task;
      this.problems.error(
        'cycle',
        ['targets', first.target.name],
        `the targets need each other in a circle: ${path.join(' -> ')}`,
        { atKey: true },
      );
      return undefined;
    }
    return {
      pipeline: this.input.pipeline,
      tasks,
      order: sorted.order,
      byId: new Map(tasks.map((t) => [t.id, t.index])),
      byTarget: new Map([...this.byTarget].map(([name, list]) => [name, list.map((t) => t.index)])),
      byPath: {
        get: (path) => this.index.exact.get(path)?.task,
        has: (path) => this.index.exact.has(path),
        keys: () => this.index.exact.keys(),
      },
      builder: (path) => this.index.producer(path)?.task,
      manifests: new Set(tasks.flatMap((t) => t.manifest ?? [])),
      sets: this.sets,
    };
  }

  /** Targets in an order in which dynamic `each` sources come first. */
  private targetOrder(): Target[] {
    const { targets } = this.input.pipeline;
    const at = new Map(targets.map((t, i) => [t.name, i]));
    const sorted = topological(targets.map((t) => targetDeps(t).flatMap((d) => at.get(d) ?? [])));
    if (sorted.cycle === undefined) return sorted.order.map((i) => targets[i] as Target);
    const names = sorted.cycle.map((i) => (targets[i] as Target).name);
    this.problems.error(
      'cycle',
      ['targets', names[0] as string, 'each'],
      `"each" needs itself: ${names.join(' -> ')}`,
    );
    return [];
  }

  private scope(task: Pick<BareTask, 'each'>): Scope {
    const { config, pipeline, world } = this.input;
    return { config, vars: pipeline.vars, each: task.each, env: (n) => world.env(n) };
  }

  private instantiate(target: Target): void {
    const made: Task[] = [];
    this.byTarget.set(target.name, made);
    const { list, unknown } = combinations(target, {
      scope: this.scope({ each: {} }),
      problems: this.problems,
      glob: (pattern) => this.input.world.snapshot.glob(pattern),
      tasksOf: (name) => this.byTarget.get(name) ?? [],
      members: (producer, output) => this.members(producer, output),
    });
    for (const combination of list) made.push(this.task(target, combination));
    if (unknown.length > 0) made.push(this.placeholder(target, unknown));
  }

  private members(producer: Task, output: string): readonly string[] | undefined {
    const key = `${producer.id}\0${output}`;
    const record = newestRecord(this.input.world.records, producer);
    const members = this.input.fresh?.get(key) ?? record?.outputs[output]?.map((f) => f.path);
    this.sets.set(key, members);
    return members;
  }

  private task(target: Target, combination: Combination): Task {
    const values = Object.values(combination.each);
    const id = values.length === 0 ? target.name : `${target.name}@${values.map((v) => v.label).join(',')}`;
    const scope = this.scope(combination);
    const same = this.ids.get(id.toLowerCase());
    if (same !== undefined) {
      this.problems.error(
        'same-name',
        ['targets', target.name, 'each'],
        `two instances are both named "${id}"${same === id ? '' : ` (but for case: "${same}")`}`,
        {
          hint: 'give the maps a "name", or make the values differ in letters, digits, _ . and -',
        },
      );
    }
    this.ids.set(id.toLowerCase(), id);
    const task: Task = {
      index: this.tasks.length,
      id,
      target,
      each: combination.each,
      outputs: this.outputs(target, scope),
      manifest: this.manifest(target, scope),
      off: !this.enabled(target, scope),
      placeholder: false,
      setOn: combination.setOn,
      inputs: [],
      deps: [],
    };
    this.tasks.push(task);
    return task;
  }

  private placeholder(target: Target, unknown: readonly number[]): Task {
    const off =
      typeof target.when === 'string'
        ? !this.enabled(target, this.scope({ each: {} }))
        : target.when === false;
    const task: Task = {
      index: this.tasks.length,
      id: `${target.name}@*`,
      target,
      each: {},
      outputs: [],
      manifest: undefined,
      off,
      placeholder: true,
      setOn: unknown,
      inputs: [],
      deps: [],
    };
    this.tasks.push(task);
    return task;
  }

  private render(text: string, scope: Scope, pointer: () => readonly string[]): string | undefined {
    const rendered: Rendered = renderText(text, scope);
    if (rendered.ok) return tidyPath(rendered.text);
    this.problems.error(
      'bad-reference',
      pointer(),
      rendered.message,
      rendered.hint === undefined ? {} : { hint: rendered.hint },
    );
    return undefined;
  }

  private outputs(target: Target, scope: Scope): TaskOutput[] {
    return target.outputs.flatMap((decl) => {
      const pointer = () => ['targets', target.name, 'outputs', ...(decl.name === '' ? [] : [decl.name])];
      const path = this.render(decl.path, scope, pointer);
      if (path === undefined) return [];
      const wrong = badPath(path, false);
      if (wrong !== undefined) {
        this.problems.error('bad-path', pointer(), wrong, { hint: 'outputs stay inside the workspace' });
        return [];
      }
      const output: TaskOutput = { decl, name: decl.name, kind: decl.kind, path };
      return target.rows?.to === decl.name ? [output, sidecarOf(output)] : [output];
    });
  }

  private manifest(target: Target, scope: Scope): string | undefined {
    if (target.manifest === undefined) return undefined;
    const pointer = ['targets', target.name, 'manifest'];
    const path = this.render(target.manifest, scope, () => pointer);
    const wrong = path === undefined ? undefined : badPath(path, false);
    if (wrong !== undefined) this.problems.error('bad-path', pointer, wrong);
    return path;
  }

  /** Whether `when` lets a task run: false, null, 0, "" and "false" do not. */
  private enabled(target: Target, scope: Scope): boolean {
    if (target.when === undefined) return true;
    if (typeof target.when === 'boolean') return target.when;
    if (soleRef(target.when) === undefined && refs(target.when).length === 0) {
      this.problems.error(
        'bad-when',
        ['targets', target.name, 'when'],
        `"when" must be true, false or a \${{ reference }}, not "${target.when}"`,
      );
      return false;
    }
    const text = this.render(target.when, scope, () => ['targets', target.name, 'when']);
    return text !== undefined && !['', 'false', 'null', '0'].includes(text.trim());
  }
}

function depsOf(task: BareTask, inputs: readonly TaskInput[]): readonly number[] {
  let first: number | undefined;
  let more: Set<number> | undefined;
  const add = (dep: number): void => {
    if (dep < 0 || dep === first) return;
    if (first === undefined) first = dep;
    else {
      more ??= new Set([first]);
      more.add(dep);
    }
  };
  for (const dep of task.setOn) add(dep);
  for (const input of inputs) {
    for (const path of input.paths) add(path.producer);
    for (const m of input.members) add(m.producer);
    for (const a of input.after) add(a);
  }
  if (more !== undefined) return [...more].sort((a, b) => a - b);
  return first === undefined ? none : [first];
}

const none: readonly number[] = [];
