/** One sheet for all pages: system fonts, light or dark as the reader's system is. */
export const style = `:root {
  color-scheme: light dark;
  --paper: #fff; --ink: #1b1f24; --faint: #59636e; --line: #d1d9e0; --raised: #f6f8fa;
  --good: #1a7f37; --bad: #cf222e; --busy: #0969da; --waiting: #9a6700;
}
@media (prefers-color-scheme: dark) {
  :root {
    --paper: #0d1117; --ink: #e6edf3; --faint: #9198a1; --line: #3d444d; --raised: #151b23;
    --good: #3fb950; --bad: #ff7b72; --busy: #58a6ff; --waiting: #d29922;
  }
}
body { margin: 0; background: var(--paper); color: var(--ink); font: 15px/1.5 system-ui, sans-serif; }
header { display: flex; gap: 2rem; padding: .6rem 1.5rem; border-bottom: 1px solid var(--line); background: var(--raised); }
header > a { font-weight: 700; }
nav { display: flex; gap: 1rem; }
main { padding: 1rem 1.5rem 4rem; max-width: 90rem; }
a { color: var(--busy); }
h1 { font-size: 1.5rem; margin: .5rem 0; }
h2 { font-size: 1.1rem; margin: 2rem 0 .5rem; }
table { border-collapse: collapse; width: 100%; }
th, td { text-align: left; vertical-align: top; padding: .3rem .8rem .3rem 0; border-bottom: 1px solid var(--line); }
th, small, .number, dt { color: var(--faint); font-weight: normal; }
code, pre, .number, time { font-family: ui-monospace, monospace; font-size: .9em; }
pre { background: var(--raised); padding: .8rem; overflow-x: auto; }
dl { display: grid; grid-template-columns: max-content 1fr; gap: .1rem 1rem; }
dd { margin: 0; overflow-wrap: anywhere; }
.sentence { font-size: 1.15rem; }
.notice { border-left: .25rem solid var(--waiting); padding-left: .8rem; }
.alarm { border: .2rem solid var(--bad); padding: .8rem; font-size: 1.15rem; }
.mark { white-space: nowrap; font-weight: 600; }
.good { color: var(--good); } .bad { color: var(--bad); } .busy { color: var(--busy); } .waiting, .back { color: var(--waiting); } .quiet { color: var(--faint); }
.source td { border: 0; padding-top: 0; padding-bottom: 0; }
.source code { white-space: pre-wrap; }
tr:target { background: var(--raised); outline: 2px solid var(--busy); }
`;
