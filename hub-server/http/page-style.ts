/**
 * The one style of all pages. Text has a contrast of at least 4.5 to 1, borders of fields and the focus ring at least 3 to 1, in both schemes
 * (WCAG 2.2, 1.4.3 and 1.4.11). Nothing is loaded: the letters are those of the reader's system.
 */
export const pageStyle = `
:root { color-scheme: light dark; --ground: #f4f6f9; --surface: #fff; --ink: #1a2230; --quiet: #515c6b; --line: #dce1e8; --edge: #6b7687; --accent: #1d4ed8; --on-accent: #fff; --bad: #b42318; --bad-ground: #fdf1f0; --good: #11703a; --good-ground: #edf8f1; }
@media (prefers-color-scheme: dark) { :root { --ground: #11151b; --surface: #1a2029; --ink: #e7ebf1; --quiet: #aab4c2; --line: #333c4a; --edge: #8a96a8; --accent: #93b8fd; --on-accent: #0e1726; --bad: #fda29b; --bad-ground: #38201f; --good: #8ddcab; --good-ground: #1a3325; } }
* { box-sizing: border-box; }
html { -webkit-text-size-adjust: 100%; scroll-padding-top: 1rem; }
body { margin: 0; padding: 1.5rem 1rem 3rem; background: var(--ground); color: var(--ink); font: 1rem/1.5 system-ui, sans-serif; overflow-wrap: anywhere; }
header, main { max-width: 30rem; margin: 0 auto; }
.wide header, .wide main { max-width: 56rem; }
header { margin-bottom: 1rem; padding: 0 .25rem; font-weight: 700; letter-spacing: .01em; }
header a { color: inherit; text-decoration: none; }
main { padding: 2rem; background: var(--surface); border: 1px solid var(--line); border-radius: .75rem; }
@media (max-width: 32rem) { main { padding: 1.25rem; } }
body.embedded { padding: 0; background: var(--surface); font-size: .875rem; }
.embedded main { max-width: none; padding: .75rem; border: 0; border-radius: 0; }
h1 { font-size: 1.5rem; line-height: 1.25; margin: 0 0 1rem; }
h2 { font-size: 1.125rem; line-height: 1.35; margin: 2rem 0 .5rem; }
h3 { font-size: 1rem; margin: 1.5rem 0 .25rem; }
h4 { font-size: .875rem; margin: .75rem 0 .25rem; color: var(--quiet); }
.embedded h1 { font-size: 1.125rem; margin-bottom: .5rem; }
.embedded h2 { font-size: .875rem; margin: 1.25rem 0 .25rem; color: var(--quiet); }
.embedded h3 { font-size: .875rem; margin: 0; }
p { margin: 0 0 .75rem; }
main > :last-child { margin-bottom: 0; }
a { color: var(--accent); text-underline-offset: .15em; }
ul { margin: 0 0 .75rem; padding-left: 1.25rem; }
.rows { padding: 0; list-style: none; }
.rows > li { padding: .625rem 0; border-top: 1px solid var(--line); }
.rows p { margin: 0; }
.acts > li { display: flex; flex-wrap: wrap; gap: .5rem 1rem; align-items: center; justify-content: space-between; }
.acts > li > div { flex: 1 1 14rem; min-width: 0; }
.acts button { margin: 0; padding: .25rem .75rem; font-size: .875rem; }
nav > .rows { columns: 2 20rem; column-gap: 2rem; }
nav > .rows > li { break-inside: avoid; }
dl { display: grid; grid-template-columns: max-content 1fr; gap: .25rem 1.5rem; margin: 0 0 1rem; }
dt, .quiet { color: var(--quiet); }
dd { margin: 0; }
code, pre { font: .875em/1.5 ui-monospace, Menlo, Consolas, monospace; }
code { padding: .1em .3em; background: var(--ground); border-radius: .25rem; }
h2 code, h3 code { padding: 0; font-weight: 700; background: none; }
pre { margin: 0 0 .75rem; padding: .75rem; overflow-x: auto; background: var(--ground); border-radius: .375rem; }
details { margin: 0 0 .75rem; }
summary { cursor: pointer; }
label { display: block; margin-top: 1.25rem; font-weight: 600; }
input { width: 100%; padding: .5625rem .75rem; margin-top: .25rem; font: inherit; color: inherit; background: var(--surface); border: 1px solid var(--edge); border-radius: .375rem; }
input[aria-invalid] { border: 2px solid var(--bad); }
button, .button { display: inline-block; margin-top: 1.5rem; padding: .625rem 1.25rem; font: inherit; font-weight: 600; color: var(--on-accent); background: var(--accent); border: 1px solid var(--accent); border-radius: .375rem; text-decoration: none; cursor: pointer; }
button.second, .button.second { color: var(--accent); background: none; }
:focus-visible { outline: 3px solid var(--accent); outline-offset: 2px; }
.hint, .fault { margin: .25rem 0 0; font-size: .875rem; }
.hint { color: var(--quiet); }
.fault { color: var(--bad); font-weight: 600; }
.notice { margin: 0 0 .75rem; padding: .75rem 1rem; border-left: .25rem solid var(--edge); border-radius: .375rem; background: var(--ground); }
.notice.bad { border-color: var(--bad); background: var(--bad-ground); }
.notice.good { border-color: var(--good); background: var(--good-ground); }
.notice > :last-child { margin-bottom: 0; }
.tag { display: inline-block; padding: 0 .5rem; font-size: .8125rem; font-weight: 600; border-radius: 1rem; color: var(--quiet); background: var(--ground); }
.tag.good { color: var(--good); background: var(--good-ground); }
.tag.bad { color: var(--bad); background: var(--bad-ground); }
`
