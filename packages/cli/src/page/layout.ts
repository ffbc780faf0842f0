// A Layout is where the boxes of a graph stand and how its lines run: Graphviz decides, we draw.
import type { ReportEdge } from './model.ts';

/** A box to be placed, its size in pixels. */
export interface Box {
  readonly w: number;
  readonly h: number;
}

/** Centres of the boxes, in their order, and a path of each edge, in pixels from the upper left. */
export interface Layout {
  readonly width: number;
  readonly height: number;
  readonly boxes: readonly { readonly x: number; readonly y: number }[];
  readonly edges: readonly string[];
}

/** What we read of the answer of Graphviz. */
interface Placed {
  readonly bb: string;
  readonly objects?: readonly { readonly name: string; readonly pos: string }[];
  readonly edges?: readonly { readonly pos: string; readonly tail: number; readonly head: number }[];
}

const perInch = 72;
const attributes = {
  rankdir: 'LR',
  nodesep: 0.16,
  ranksep: 0.42,
  mclimit: 2,
};

/** Places boxes from left to right along their edges. */
export async function layOut(boxes: readonly Box[], edges: readonly ReportEdge[]): Promise<Layout> {
  const { instance } = await import('@viz-js/viz');
  const viz = await instance();
  const placed = viz.renderJSON({
    directed: true,
    graphAttributes: attributes,
    nodeAttributes: { shape: 'box', fixedsize: true, label: '' },
    nodes: boxes.map(({ w, h }, at) => ({
      name: `n${at}`,
      attributes: { width: w / perInch, height: h / perInch },
    })),
    edges: edges.map(([from, to]) => ({ tail: `n${from}`, head: `n${to}` })),
  }) as Placed;
  const [, , width = 0, height = 0] = placed.bb.split(',').map(Number);
  const point = (text: string): readonly [x: number, y: number] => {
    const [x = 0, y = 0] = text.split(',').map(Number);
    return [round(x), round(height - y)];
  };
  const places = new Map((placed.objects ?? []).map(({ name, pos }) => [name, point(pos)]));
  const paths = new Map(
    (placed.edges ?? []).map(({ tail, head, pos }) => [`${tail} ${head}`, curve(pos, point)]),
  );
  return {
    width: Math.ceil(width),
    height: Math.ceil(height),
    boxes: boxes.map((_, at) => {
      const [x, y] = places.get(`n${at}`) ?? [0, 0];
      return { x, y };
    }),
    edges: edges.map(([from, to]) => paths.get(`${from} ${to}`) ?? ''),
  };
}

/** `e,x,y x,y x,y …`: where the arrow ends, the start, and three points for each piece of the curve. */
function curve(pos: string, point: (text: string) => readonly [number, number]): string {
  const words = pos.split(' ');
  const end = words.find((word) => word.startsWith('e,'))?.slice(2);
  const [start, ...rest] = words.filter((word) => !/^[es],/.test(word)).map((word) => point(word).join(' '));
  return `M${start}C${rest.join(' ')}${end === undefined ? '' : `L${point(end).join(' ')}`}`;
}

function round(n: number): number {
  return Math.round(n * 10) / 10;
}
