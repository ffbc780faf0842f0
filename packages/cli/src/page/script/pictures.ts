// The graph in the hand: levels, zoom, drag, what hangs together with one box, and the neighbourhood of one.
import { all, clicked, onChange, one } from './elements.ts';

type Picture = SVGSVGElement;
type Edge = readonly [from: number, to: number];

function shownView(): HTMLElement | null {
  return one('.view:not([hidden])');
}

function boxesOf(picture: Element): SVGAElement[] {
  return all<SVGAElement>('.box', picture);
}

function edgesOf(picture: Element): { path: SVGElement; edge: Edge }[] {
  return all<SVGElement>('.edge', picture).map((path) => {
    const [from = 0, to = 0] = (path.dataset.e ?? '').split(' ').map(Number);
    return { path, edge: [from, to] };
  });
}

/** What can be reached from a box in this many steps, against the arrows and along them. */
function reach(picture: Element, box: number, steps: number): Set<number> {
  const edges = edgesOf(picture);
  const found = new Set([box]);
  for (const [near, far] of [
    [0, 1],
    [1, 0],
  ] as const) {
    let edge = new Set([box]);
    for (let i = 0; i < steps && edge.size > 0; i += 1) {
      edge = new Set(edges.flatMap((one) => (edge.has(one.edge[near]) ? [one.edge[far]] : [])));
      for (const each of edge) {
        if (found.has(each)) edge.delete(each);
        found.add(each);
      }
    }
  }
  return found;
}

/** Marks boxes and the lines between them. */
function mark(picture: Element, name: string, fits: (box: number) => boolean): void {
  for (const box of boxesOf(picture)) box.classList.toggle(name, fits(Number(box.dataset.n)));
  for (const { path, edge } of edgesOf(picture))
    path.classList.toggle(
      name,
      name === 'away' ? fits(edge[0]) || fits(edge[1]) : fits(edge[0]) && fits(edge[1]),
    );
}

function light(box: Element | null): void {
  const picture = box?.closest('.graph');
  for (const other of all('.graph.lit')) if (other !== picture) other.classList.remove('lit');
  if (!picture) return;
  const near = reach(picture, Number((box as SVGAElement).dataset.n), 99);
  mark(picture, 'on', (at) => near.has(at));
  picture.classList.add('lit');
}

/** Shows only some boxes, and as much of the picture as they fill. */
function narrow(picture: Picture, fits: (box: number) => boolean): void {
  picture.dataset.whole ??= picture.getAttribute('viewBox') ?? '';
  mark(picture, 'away', (at) => !fits(at));
  const shown = boxesOf(picture).filter((box) => fits(Number(box.dataset.n)));
  if (shown.length === 0 || shown.length === boxesOf(picture).length) {
    picture.setAttribute('viewBox', picture.dataset.whole);
  } else {
    const areas = shown.map((box) => {
      const { e, f } = box.transform.baseVal.consolidate()?.matrix ?? { e: 0, f: 0 };
      return { x: e, y: f, w: e + Number(box.querySelector('.body')?.getAttribute('width')), h: f + 38 };
    });
    const x = Math.min(...areas.map((area) => area.x)) - 12;
    const y = Math.min(...areas.map((area) => area.y)) - 14;
    const w = Math.max(...areas.map((area) => area.w)) + 14 - x;
    picture.setAttribute('viewBox', `${x} ${y} ${w} ${Math.max(...areas.map((area) => area.h)) + 10 - y}`);
  }
  picture.setAttribute('width', String(picture.viewBox.baseVal.width));
  picture.setAttribute('height', String(picture.viewBox.baseVal.height));
}

function renarrow(): void {
  const picture = shownView()?.querySelector<Picture>('.graph');
  if (!picture) return;
  const around = one<HTMLSelectElement>('#around')?.value ?? '';
  const near = around === '' ? undefined : reach(picture, Number(around), 2);
  const open = one<HTMLInputElement>('#only-open')?.checked === true;
  const calm = new Set(
    boxesOf(picture)
      .filter((box) => box.matches('.s-fresh,.s-off'))
      .map((box) => Number(box.dataset.n)),
  );
  narrow(picture, (at) => (near === undefined || near.has(at)) && !(open && calm.has(at)));
}

function zoom(by: number): void {
  const picture = shownView()?.querySelector<Picture>('.graph');
  if (!picture) return;
  const width = by === 0 ? '' : `${Math.min(8000, Math.max(200, picture.clientWidth * by))}px`;
  picture.style.width = by === 0 ? '100%' : width;
  picture.style.maxWidth = by === 0 ? '' : 'none';
}

/** Fills the choice of neighbourhoods from the boxes that are shown. */
function offer(): void {
  const picture = shownView()?.querySelector('.graph');
  const select = one<HTMLSelectElement>('#around');
  if (!picture || select === null) return;
  select.length = 1;
  for (const box of boxesOf(picture))
    select.append(
      new Option(box.querySelector('title')?.textContent?.replace(/: [^:]*$/, ''), box.dataset.n),
    );
}

function show(level: string): void {
  for (const button of all('[data-level]')) button.ariaPressed = String(button.dataset.level === level);
  for (const view of all('.view')) view.hidden = view.id !== `level-${level}`;
  offer();
  renarrow();
}

function listenToDrags(view: HTMLElement): void {
  let from: { x: number; y: number; left: number; top: number } | undefined;
  view.addEventListener('pointerdown', ({ pointerType, clientX, clientY, button }) => {
    if (pointerType === 'mouse' && button === 0)
      from = { x: clientX, y: clientY, left: view.scrollLeft, top: view.scrollTop };
  });
  view.addEventListener('dragstart', (event) => event.preventDefault());
  addEventListener('pointermove', ({ clientX, clientY }) => {
    if (from !== undefined)
      view.scrollTo({
        left: from.left + from.x - clientX,
        top: from.top + from.y - clientY,
        behavior: 'instant',
      });
  });
  addEventListener('pointerup', () => {
    from = undefined;
  });
  view.addEventListener(
    'wheel',
    (event) => {
      if (!event.ctrlKey) return;
      event.preventDefault();
      zoom(event.deltaY < 0 ? 1.15 : 1 / 1.15);
    },
    { passive: false },
  );
}

export function listenToPictures(): void {
  const steps: Readonly<Record<string, number>> = { in: 1.3, out: 1 / 1.3, fit: 0 };
  document.addEventListener('click', (event) => {
    const level = clicked(event, '[data-level]')?.dataset.level;
    if (level !== undefined) show(level);
    const by = clicked(event, '[data-zoom]')?.dataset.zoom;
    if (by !== undefined) zoom(steps[by] ?? 1);
  });
  onChange('#only-open', renarrow);
  onChange('#around', renarrow);
  for (const kind of ['mouseover', 'focusin'])
    document.addEventListener(kind, (event) => light(clicked(event, '.box')));
  for (const view of all('.view')) listenToDrags(view);
  offer();
}
