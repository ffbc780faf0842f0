// A Bench is a project under test: what really is on the disk of a scene, and what the oracle thinks is there.
import type { Oracle } from './oracle.ts';
import { configText, pipelineText } from './pipeline-text.ts';
import type { ProjectModel } from './project.ts';
import type { Scene } from './scene.ts';

/** A project under test: what really is, and what the oracle thinks. */
export interface Bench {
  readonly scene: Scene;
  readonly project: ProjectModel;
  readonly oracle: Oracle;
  /** The first text of every source, to which `revert` goes back. */
  readonly origin: Map<string, string>;
}

/** Writes the pipeline and its config as the model has them. */
export function writePipeline({ scene, project }: Bench): void {
  scene.write('pipeline.yaml', pipelineText(project));
  scene.write('config.yaml', configText(project));
}

/** Writes a file on both sides. */
export function writeBoth({ scene, oracle }: Bench, path: string, text: string): void {
  scene.write(path, text);
  oracle.files.set(path, text);
}
