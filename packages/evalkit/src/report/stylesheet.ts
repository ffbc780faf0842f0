// The stylesheet of the HTML report: light and dark, wide and narrow, screen and paper; it names nothing outside itself.

/** Colours are variables, so that figures follow the page; text has a contrast of at least 4.5 to 1 in both themes. */
const COLOURS = `
:root {
  color-scheme: light dark;
  --page: #ffffff; --ink: #1c1e21; --quiet: #565b63; --line: #d5d8dd; --band: #f3f4f6; --link: #0b57b0; --shade: #c3c7ce;
  --fig-ink: #222222; --fig-grid: #dddddd;
}
@media (prefers-color-scheme: dark) {
  :root {
    --page: #15171a; --ink: #e4e6e9; --quiet: #a3a9b2; --line: #3a3f46; --band: #1f2327; --link: #8ab8ff; --shade: #4a5058;
    --fig-ink: #e6e6e6; --fig-grid: #4d4d4d;
  }
}`;

const TEXT = `
* { box-sizing: border-box; }
html { font: 100%/1.55 system-ui, -apple-system, "Segoe UI", Roboto, "Helvetica Neue", Arial, sans-serif; scroll-padding-top: 1rem; }
body { margin: 0 auto; max-width: 92rem; padding: 0 1rem 4rem; color: var(--ink); background: var(--page); overflow-wrap: break-word; }
h1, h2, h3, h4 { line-height: 1.25; margin: 2.2em 0 .6em; overflow-wrap: anywhere; }
h1 { font-size: 1.8rem; margin: 1.2em 0 .4em; }
h2 { font-size: 1.4rem; border-top: 1px solid var(--line); padding-top: 1.1em; }
h3 { font-size: 1.15rem; }
h4 { font-size: 1rem; margin-top: 1.8em; }
p, ul, figcaption { max-width: 46rem; margin: .7em 0; }
ul { padding-left: 1.3rem; }
li { margin: .25em 0; }
a { color: var(--link); }
a:focus-visible, .scroll:focus-visible, summary:focus-visible { outline: 2px solid var(--link); outline-offset: 2px; }
main:focus { outline: none; }
code { font: .9em/1.4 ui-monospace, SFMono-Regular, Menlo, Consolas, monospace; unicode-bidi: isolate; overflow-wrap: anywhere; }
.source { font-size: .85rem; color: var(--quiet); }
.source a { color: inherit; }
.skip { position: absolute; left: -999rem; padding: .5rem 1rem; background: var(--page); }
.skip:focus { left: 1rem; top: .5rem; z-index: 1; }
summary { cursor: pointer; font-weight: 600; margin: .9em 0; }
details { border-left: 3px solid var(--line); padding-left: 1rem; margin: 1em 0; }`;

/** A shade at an edge says that a box holds more than it shows. */
const TABLES = `
.scroll {
  overflow-x: auto; margin: 1em 0 1.4em;
  background: linear-gradient(to right, var(--page) 2rem, transparent) left / 3rem 100% no-repeat local,
    linear-gradient(to left, var(--page) 2rem, transparent) right / 3rem 100% no-repeat local,
    linear-gradient(to right, var(--shade), transparent) left / .6rem 100% no-repeat scroll,
    linear-gradient(to left, var(--shade), transparent) right / .6rem 100% no-repeat scroll;
}
table { border-collapse: collapse; font-size: .84rem; line-height: 1.4; }
caption { text-align: left; padding: 0 0 .5em; color: var(--quiet); }
.words { display: inline-block; position: sticky; left: 0; max-width: min(46rem, calc(100vw - 2.5rem)); overflow-wrap: anywhere; }
.label { font-weight: 600; color: var(--ink); }
th, td { padding: .35em .55em; border-bottom: 1px solid var(--line); text-align: left; vertical-align: top; max-width: 24rem; font-weight: 400; }
thead th { background: var(--band); font-weight: 600; vertical-align: bottom; border-bottom-color: var(--quiet); }
th[scope=row] { min-width: 7rem; }
td:last-child:not(.n) { min-width: 9rem; }
.n { text-align: right; font-variant-numeric: tabular-nums; }
td.n { white-space: nowrap; max-width: none; }
thead th.n { max-width: 12rem; }
td code { overflow-wrap: break-word; }
tr:target > * { background: var(--band); }
figure { margin: 1.4em 0 1.8em; }
figure svg { display: block; max-width: 100%; height: auto; color: var(--fig-ink); }`;

const PLACES = `
nav { font-size: .9rem; line-height: 1.35; overflow-wrap: anywhere; }
nav ol { list-style: none; margin: 0; padding: 0; }
nav li { margin: .4em 0; }
nav ol ol { padding-left: 1rem; }
nav a { text-decoration: none; }
nav a:hover { text-decoration: underline; }
main > :first-child { margin-top: .7em; }
@media (max-width: 63.99rem) {
  nav { border: solid var(--line); border-width: 1px 0; padding: .3rem 0; }
  nav > ol { columns: 15rem; }
  nav ol ol { display: none; }
  figure svg { min-width: 34rem; max-width: none; }
  figure .scroll { overflow-x: auto; }
}
@media (min-width: 64rem) {
  body { display: grid; grid-template-columns: 13rem minmax(0, 1fr); column-gap: 2.2rem; padding: 0 2rem 4rem; }
  header { grid-column: 2; }
  nav { grid-column: 1; grid-row: 1 / span 2; position: sticky; top: 0; align-self: start; max-height: 100vh; overflow-y: auto; padding: 2.2rem 0 2rem; }
  main { grid-column: 2; }
}
@media print {
  :root { --page: #ffffff; --ink: #000000; --quiet: #444444; --line: #bbbbbb; --band: #eeeeee; --link: #000000; --fig-ink: #222222; --fig-grid: #dddddd; color-scheme: light; }
  @page { margin: 14mm; }
  html { font-size: 8.5pt; }
  body { display: block; max-width: none; padding: 0; }
  nav, .skip { display: none; }
  a { text-decoration: none; }
  .scroll { overflow: visible; background: none; }
  table { font-size: 6.5pt; }
  th, td { padding: .25em .4em; }
  td.n { white-space: normal; }
  td > .digest { overflow-wrap: anywhere; }
  figure svg { min-width: 0; max-width: 100%; }
  h1, h2, h3, h4, caption { break-after: avoid; }
  tr, figure { break-inside: avoid; }
  details::details-content { content-visibility: visible; block-size: auto; }
}
`;

/** The whole stylesheet; its digest stands in the page's policy. */
export const STYLESHEET = `${COLOURS}${TEXT}${TABLES}${PLACES}`;
