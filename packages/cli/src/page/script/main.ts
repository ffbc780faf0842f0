// The script of the page: everything it does can be done without it, only slower. It loads nothing and keeps nothing.

import { listenToCopies } from './copies.ts';
import { readReport } from './data.ts';
import { listenToFills } from './fill.ts';
import { listenToKeys } from './keys.ts';
import { listenToPictures } from './pictures.ts';
import { goTo, listenToPlaces } from './place.ts';
import { listenToRuns } from './runs.ts';
import { listenToSearch } from './search.ts';

// Buttons without a script would be dead: they are shown from here on.
document.documentElement.dataset.js = '';

async function start(): Promise<void> {
  listenToCopies();
  listenToKeys();
  listenToPictures();
  const report = await readReport();
  listenToFills(report);
  listenToRuns(report);
  listenToSearch(report);
  listenToPlaces(report);
  goTo(report);
  document.documentElement.dataset.ready = '';
}

start().catch(() => {
  // Only a browser without DecompressionStream comes here: the page stays as it was written.
  document.querySelector('noscript')?.insertAdjacentText('afterend', 'Details need a newer browser.');
});
