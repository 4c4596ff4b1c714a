import type { Tree } from './check-layers.ts'
import { lineAt, onlyCode } from './source-text.ts'

interface Impurity {
  readonly what: string
  readonly pattern: RegExp
  readonly files: RegExp
  readonly instead: string
  /** A file in which this stands got it handed in. */
  readonly unless?: RegExp
}

const pure = /^(?:core|connectors)\//
const connector = /^(?:core|connectors\/(?!sandbox-kit\/)[^/]+\/(?!sandbox\/))/
/** The same, but for giving way to others: that takes no time and decides nothing, so nobody has to hand it in. */
const waiting = /^(?:core\/(?!connector\/in-pieces\.ts$)|connectors\/(?!sandbox-kit\/)[^/]+\/(?!sandbox\/))/

/** What code may not reach for by itself, and what it is handed instead. */
const impurities: readonly Impurity[] = [
  {
    what: 'process.env',
    pattern: /\bprocess\s*(?:\?\.|\.)\s*env\b|\bprocess\s*\[|\benv\b[^=;\n]*\}\s*=\s*process\b/g,
    files: /^(?:core|connectors|hub-server\/(?!config\.ts$))/,
    instead: 'hub-server/config.ts reads it',
  },
  {
    what: 'the time of day',
    pattern: /\bDate\s*\.\s*now\b|\bnew\s+Date\s*(?:\(\s*\)|(?![\w\s(]))|\bperformance\s*\.\s*now\b/g,
    files: pure,
    instead: 'a Clock is handed in',
  },
  {
    what: 'randomness',
    pattern: /\bMath\s*\.\s*random\b|\brandomUUID\b|\bgetRandomValues\b/g,
    files: pure,
    instead: 'a Random is handed in',
  },
  { what: 'the console', pattern: /\bconsole\s*[.[]/g, files: pure, instead: 'a Logger is handed in' },
  {
    what: 'a timer',
    pattern: /\bset(?:Timeout|Interval|Immediate)\s*\(/g,
    files: waiting,
    instead: 'the hub waits and repeats for everybody',
  },
  {
    what: 'fetch',
    pattern: /(?<![.\w])fetch\s*\(|\bglobalThis\s*\.\s*fetch\s*\(/g,
    files: connector,
    instead: 'context.call and context.fetch go through the hub',
    unless: /\{[^{}]*\bfetch\b[^{}]*\}\s*=/,
  },
]

/** Every use of time, randomness, console, timers, network or environment where it has to be handed in. */
export function checkImpurities(tree: Tree): string[] {
  return [...tree].flatMap(([path, source]) => {
    if (!path.endsWith('.ts')) return []
    const code = onlyCode(source)
    return impurities
      .filter(({ files, unless }) => files.test(path) && !unless?.test(code))
      .flatMap(({ what, pattern, instead }) =>
        [...code.matchAll(pattern)].map(
          ({ index }) => `${path}:${lineAt(code, index)} uses ${what}: ${instead}`,
        ),
      )
  })
}
