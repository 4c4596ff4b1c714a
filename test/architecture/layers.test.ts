import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { checkImpurities } from './repository/check-impurities.ts'
import { checkLayers, type Tree } from './repository/check-layers.ts'
import { layers } from './repository/layers.ts'
import { readTree, repository } from './repository/read-tree.ts'

const manifest = JSON.parse(readFileSync(join(repository, 'package.json'), 'utf8')) as {
  dependencies: Record<string, string>
}
const rules = { layers, dependencies: Object.keys(manifest.dependencies) }

const tree = (files: Readonly<Record<string, string>>): Tree => new Map(Object.entries(files))

/** What the rules say of one file among neighbours that exist. */
function breaches(path: string, source: string): string[] {
  return checkLayers(
    tree({
      'core/port/clock.ts': '',
      'core/segment/rule.ts': '',
      'core/connector/connector.ts': '',
      'core/errors/affluent-error.ts': '',
      'connectors/meta/connector.ts': '',
      'connectors/meta/sandbox/server.ts': '',
      'connectors/hubspot/client.ts': '',
      'connectors/sandbox-kit/sandbox-server.ts': '',
      'hub-server/config.ts': '',
      'hub-server/store/open.ts': '',
      'hub-server/warehouse/duckdb.ts': '',
      'hub-server/locales/translate.ts': '',
      'hub-server/locales/en/cli.json': '{}',
      'test/support/fixed-clock.ts': '',
      [path]: source,
    }),
    rules,
  )
}

describe('the repository', () => {
  const sources = readTree('core', 'connectors', 'hub-server')

  it('was really read', () => {
    expect(sources.size).toBeGreaterThan(100)
    expect(sources.has('core/errors/error-codes.ts')).toBe(true)
  })

  it('keeps to the layers', () => {
    expect(checkLayers(sources, rules)).toEqual([])
  })

  it('is handed time, randomness, console, timers, network and environment', () => {
    expect(checkImpurities(sources)).toEqual([])
  })
})

describe('checkLayers finds', () => {
  it.each([
    ['core that imports a connector', 'core/a.ts', `import { x } from '../connectors/meta/connector.ts'`],
    ['core that imports the hub', 'core/a.ts', `import { x } from '../hub-server/config.ts'`],
    [
      'core that imports only a type of the hub',
      'core/a.ts',
      `import type { X } from '../hub-server/config.ts'`,
    ],
    ['core that re-exports from the hub', 'core/a.ts', `export { x } from '../hub-server/config.ts'`],
    ['core that re-exports everything', 'core/a.ts', `export * from '../hub-server/config.ts'`],
    ['core with an import for its effect', 'core/a.ts', `import '../hub-server/config.ts'`],
    ['core with a dynamic import', 'core/a.ts', `const x = await import('../hub-server/config.ts')`],
    ['core with an import type', 'core/a.ts', `let x: import('../hub-server/config.ts').Config`],
    [
      'core with an import over several lines',
      'core/a.ts',
      `import {\n  x, // one\n  y,\n} from "../hub-server/config.ts"`,
    ],
    ['core on Node', 'core/a.ts', `import { readFileSync } from 'node:fs'`],
    ['core that requires', 'core/a.ts', `const fs = require('node:fs')`],
    ['core with a package that is not on its list', 'core/a.ts', `import express from 'express'`],
    ['a package that is installed but not declared', 'hub-server/a.ts', `import x from 'path-to-regexp'`],
    ['Node by its old name', 'hub-server/a.ts', `import fs from 'fs'`],
    ['a path that is computed', 'connectors/registry.ts', 'const x = await import(`./${slug}/connector.ts`)'],
    ['a file that is not there', 'core/a.ts', `import { x } from './missing.ts'`],
    ['a file without its ending', 'core/a.ts', `import { x } from './port/clock'`],
    ['a connector that imports another', 'connectors/meta/a.ts', `import { x } from '../hubspot/client.ts'`],
    [
      'a connector that imports core beyond its part',
      'connectors/meta/a.ts',
      `import type { Rule } from '../../core/segment/rule.ts'`,
    ],
    [
      'a connector with the SDK of another',
      'connectors/meta/a.ts',
      `import { Client } from '@hubspot/api-client'`,
    ],
    ['a connector on Node', 'connectors/hubspot/a.ts', `import { request } from 'node:https'`],
    ['a new connector on Node', 'connectors/newcomer/a.ts', `import { request } from 'node:https'`],
    [
      'a connector that imports its own sandbox',
      'connectors/meta/a.ts',
      `import { x } from './sandbox/server.ts'`,
    ],
    [
      'a sandbox that imports its connector',
      'connectors/meta/sandbox/a.ts',
      `import { x } from '../connector.ts'`,
    ],
    [
      'a sandbox that imports the hub',
      'connectors/meta/sandbox/a.ts',
      `import { x } from '../../../hub-server/config.ts'`,
    ],
    ['the API that imports a store', 'hub-server/api/a.ts', `import { x } from '../store/open.ts'`],
    ['the API on Node', 'hub-server/api/a.ts', `import { createHash } from 'node:crypto'`],
    [
      'a contract that imports words',
      'hub-server/api/contract/a.ts',
      `import { x } from '../../locales/translate.ts'`,
    ],
    [
      'the server that imports the warehouse',
      'hub-server/http/a.ts',
      `import { x } from '../warehouse/duckdb.ts'`,
    ],
    [
      'the store that imports the warehouse',
      'hub-server/store/a.ts',
      `import { x } from '../warehouse/duckdb.ts'`,
    ],
    [
      'the warehouse that imports the store',
      'hub-server/warehouse/a.ts',
      `import type { X } from '../store/open.ts'`,
    ],
    [
      'the store with the engine of the warehouse',
      'hub-server/store/a.ts',
      `import { x } from '@duckdb/node-api'`,
    ],
    ['code that imports a test', 'hub-server/a.ts', `import { x } from '../test/support/fixed-clock.ts'`],
    ['core that imports a test', 'core/a.ts', `import { x } from '../test/support/fixed-clock.ts'`],
  ])('%s', (_what, path, source) => {
    expect(breaches(path, `// a comment\n${source}\n`)).toEqual([
      expect.stringMatching(`^${path.replaceAll('.', '\\.')}:2 imports `),
    ])
  })

  it('a file that belongs nowhere', () => {
    expect(breaches('connectors/stray.ts', `import { x } from './registry.ts'`)).toHaveLength(1)
  })

  it('a circle, but not one of types', () => {
    const circle = { 'core/a.ts': `import { b } from './b.ts'`, 'core/b.ts': `import { c } from './c.ts'` }
    expect(checkLayers(tree({ ...circle, 'core/c.ts': `import { a } from './a.ts'` }), rules)).toEqual([
      'cycle: core/a.ts → core/b.ts → core/c.ts → core/a.ts',
    ])
    expect(checkLayers(tree({ ...circle, 'core/c.ts': `import type { A } from './a.ts'` }), rules)).toEqual(
      [],
    )
  })

  it('a file that imports itself', () => {
    expect(checkLayers(tree({ 'core/a.ts': `export { x } from './a.ts'` }), rules)).toEqual([
      'cycle: core/a.ts → core/a.ts',
    ])
  })
})

describe('checkLayers lets pass', () => {
  it.each([
    [
      'core/a.ts',
      `import { z } from 'zod'\nimport { parse } from 'libphonenumber-js/max'\nimport type { Clock } from './port/clock.ts'`,
    ],
    [
      'connectors/meta/a.ts',
      `import { FacebookAdsApi } from 'facebook-nodejs-business-sdk'\nimport { x } from '../../core/errors/affluent-error.ts'`,
    ],
    [
      'connectors/meta/sandbox/a.ts',
      `import { createServer } from 'node:http'\nimport { x } from '../../sandbox-kit/sandbox-server.ts'`,
    ],
    [
      'connectors/registry.ts',
      `const load = async () => (await import('./meta/connector.ts')).metaConnector`,
    ],
    ['hub-server/store/a.ts', `import { Kysely } from 'kysely'\nimport { DatabaseSync } from 'node:sqlite'`],
    [
      'hub-server/main.ts',
      `import { x } from './store/open.ts'\nimport { y } from './warehouse/duckdb.ts'\nimport { z } from '../connectors/meta/sandbox/server.ts'`,
    ],
    ['hub-server/locales/a.ts', `import words from './en/cli.json' with { type: 'json' }`],
    [
      'core/a.ts',
      `// import { x } from '../hub-server/config.ts'\n/* import '../hub-server/config.ts' */\nconst x = 1`,
    ],
  ])('%s with what it may import', (path, source) => {
    expect(breaches(path, source)).toEqual([])
  })
})

describe('checkImpurities finds', () => {
  it.each([
    ['core/a.ts', 'const now = Date.now()'],
    ['core/a.ts', 'const now = new Date()'],
    ['core/a.ts', 'const now = new Date'],
    ['connectors/meta/sandbox/a.ts', 'const now = Date.now()'],
    ['core/a.ts', 'const dice = Math.random()'],
    ['connectors/meta/a.ts', 'const id = crypto.randomUUID()'],
    ['core/a.ts', `console.log('here')`],
    ['connectors/meta/a.ts', `console['log']('here')`],
    ['hub-server/store/a.ts', 'const path = process.env.HOME'],
    ['hub-server/cli/a.ts', `const path = process['env'].HOME`],
    ['hub-server/main.ts', 'const { env } = process'],
    ['core/a.ts', 'const path = `x ${process.env.HOME}`'],
    ['connectors/meta/a.ts', 'setTimeout(again, 1000)'],
    ['connectors/meta/a.ts', 'await fetch(url)'],
    ['connectors/meta/a.ts', 'await globalThis.fetch(url)'],
  ])('in %s: %s', (path, source) => {
    expect(checkImpurities(tree({ [path]: source }))).toEqual([
      expect.stringMatching(`^${path.replaceAll('.', '\\.')}:1 uses `),
    ])
  })
})

describe('checkImpurities lets pass', () => {
  it.each([
    ['hub-server/config.ts', 'readConfig(process.env)'],
    ['hub-server/net/system-clock.ts', 'Date.now()'],
    ['core/a.ts', '// never Date.now()'],
    ['core/a.ts', `const words = 'process.env and Math.random()'`],
    ['core/a.ts', 'new Date(clock.now()).toISOString()'],
    ['connectors/meta/a.ts', 'await context.fetch(url)'],
    ['connectors/meta/a.ts', 'const { fetch, signal } = context\nawait fetch(url, { signal })'],
    ['connectors/meta/sandbox/a.ts', 'setTimeout(answer, 10)'],
    ['test/support/a.ts', 'Date.now()'],
  ])('in %s: %s', (path, source) => {
    expect(checkImpurities(tree({ [path]: source }))).toEqual([])
  })
})
