// Pictures are the figures that another phase drew into a folder: figures.json names them in reading order.
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { Failure } from '../failure.ts';
import { readJson, readText } from '../json-in.ts';
import type { JsonObject } from '../json-object.ts';
import type { Artifact, ArtifactFile } from './artifact.ts';
import type { Picture } from './document.ts';
import { inlineSvg } from './svg.ts';

/** The sections that show figures, and the names of their figures. */
const PLACES = {
  results: ['effects', 'discordance', 'selective-risk'],
  sensitivity: ['risk-by-threshold'],
  power: ['power'],
  cost: ['cost-plane', 'acceptability'],
  costs: ['costs'],
} as const;

export type PicturePlace = keyof typeof PLACES | 'other';

/** What figures.json says of one figure. */
interface Listed {
  readonly name: string;
  readonly title: string;
  readonly caption: string;
  readonly alt: string;
  /** The path of the SVG. */
  readonly path: string;
  readonly sources: readonly Named[];
}

/** A result document that a figure was drawn from: its name or path, and its digest where figures.json tells it. */
interface Named {
  readonly name: string;
  readonly sha256: string | undefined;
}

/** A folder of figures before its SVGs are read. */
export interface PictureFolder {
  readonly files: readonly ArtifactFile[];
  readonly listed: readonly Listed[];
}

const NO_PICTURES: PictureFolder = { files: [], listed: [] };

/** Reads figures.json; no folder, or a folder without it, has no pictures. @throws Failure naming the member */
export function readPictureFolder(folder: string | undefined): PictureFolder {
  const index = folder === undefined ? '' : join(folder, 'figures.json');
  if (folder === undefined || !existsSync(index)) return NO_PICTURES;
  const names = new Set<string>();
  const listed = readJson(index)
    .objectList('figures')
    .map((figure) => {
      const one = readListed(figure, folder);
      if (names.has(one.name)) figure.reject('name', `a name of its own, not ${one.name} again`);
      names.add(one.name);
      return one;
    });
  return {
    files: [
      { role: 'list of figures', path: index },
      ...listed.map(({ name, path }) => ({ role: `figure ${name}`, path })),
    ],
    listed,
  };
}

function readListed(figure: JsonObject, folder: string): Listed {
  const name = figure.text('name');
  if (!/^[a-z0-9][a-z0-9-]{0,63}$/.test(name)) figure.reject('name', 'small letters, digits and hyphens');
  const svg = figure.text('svg');
  if (!/^[\w.-]+\.svg$/.test(svg)) figure.reject('svg', 'the name of an .svg file in the same folder');
  return {
    name,
    title: figure.fullText('title').replace(/[\s.]+$/, ''),
    caption: figure.fullText('caption'),
    alt: figure.fullText('alt'),
    path: join(folder, svg),
    sources: readSources(figure),
  };
}

/** Names, or objects with a name or path. */
function readSources(figure: JsonObject): Named[] {
  const raw = figure.raw('sources');
  if (raw === undefined) return [];
  if (!Array.isArray(raw)) return figure.reject('sources', 'a list of result documents');
  return raw.map((source: unknown) => {
    if (typeof source === 'string') return { name: source, sha256: undefined };
    const { path, name, sha256 } = (source ?? {}) as { path?: unknown; name?: unknown; sha256?: unknown };
    const found = path ?? name;
    if (typeof found !== 'string') return figure.reject('sources', 'names of result documents');
    return { name: found, sha256: typeof sha256 === 'string' ? sha256 : undefined };
  });
}

/**
 * Reads the SVGs. A figure's sources are the artifacts of the report that it names, and its own file.
 * @throws Failure when an SVG is not safe, or was drawn from another version of an artifact
 */
export function readPictures({ listed }: PictureFolder, artifacts: readonly Artifact[]): Picture[] {
  for (const { name: figure, sources } of listed) {
    for (const { name, sha256 } of sources) {
      const artifact = artifacts.find((one) => isNamed(one, name));
      if (artifact !== undefined && sha256 !== undefined && artifact.sha256 !== sha256)
        throw new Failure(
          `figure ${figure}: was drawn from another ${artifact.path}; draw the figures again`,
        );
    }
  }
  return listed.map(({ name, title, caption, alt, path, sources }) => ({
    name,
    title,
    caption,
    alt,
    path,
    inlineSvg: inlineSvg(readText(path), { path, prefix: `fig-${name}-`, alt }),
    sources: artifacts.filter(
      (artifact) => artifact.path === path || sources.some((source) => isNamed(artifact, source.name)),
    ),
  }));
}

/** `significance`, `significance.json` and a path that ends so mean the same artifact. */
function isNamed({ path }: Artifact, source: string): boolean {
  const stem = (text: string): string => text.replace(/^.*[\\/]/, '').replace(/\.json$/, '');
  return stem(path) === stem(source);
}

/** The pictures of a section, in reading order; names without a section are `other`. */
export function picturesFor(pictures: readonly Picture[], place: PicturePlace): Picture[] {
  const known: readonly string[] = Object.values(PLACES).flat();
  const names: readonly string[] = place === 'other' ? [] : PLACES[place];
  return pictures.filter(({ name }) => (place === 'other' ? !known.includes(name) : names.includes(name)));
}
