import { symlink } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { errorCodes } from '../../../core/errors/error-codes.ts'
import { validateRule } from '../../../core/segment/validate-rule.ts'
import { ManifestFaults } from '../../../hub-server/manifest/manifest-fault.ts'
import { parseManifestFile } from '../../../hub-server/manifest/parse-manifest-file.ts'
import { readWorkspace } from '../../../hub-server/manifest/read-workspace.ts'
import { startConnectionCounter } from '../../support/connection-counter.ts'
import { reportFigure } from '../../support/report-figure.ts'
import {
  connection,
  deliver,
  env,
  mapping,
  profileSchema,
  pull,
  segment,
} from '../../support/small-workspace.ts'
import { createWorkspaceFolder, testConnectors } from '../../support/workspace-folder.ts'
import { jsonTraps } from './json-traps.ts'

const bytes = (text: string): Uint8Array => new TextEncoder().encode(text)

/** Marks what must be seen by nobody: a file beside the workspace, and a variable that no manifest may name in passing. */
const mark = 'SECRET-OUTSIDE-7f3a'

describe('a manifest of a stranger', () => {
  it('X23: is refused or is plain text, and opens no file and no connection', async (context) => {
    await using listener = await startConnectionCounter()
    const attempts = strangeManifests(`http://127.0.0.1:${listener.port}/evil`)
    const seen: string[] = []
    const refused: string[] = []
    for (const [what, objects] of attempts) {
      await using outside = await createWorkspaceFolder({ 'outside.txt': mark })
      const base = { connection, profileSchema, mapping, segment, pull, deliver, ...objects }
      await using folder = await createWorkspaceFolder({ 'manifests/all.json': Object.values(base) })
      await symlink(join(outside.path, 'outside.txt'), join(folder.path, 'link.txt'))
      const checks = {
        env: { ...env, OTHER: mark, NESTED: '${env:OTHER}' },
        connectors: testConnectors,
        checkRule: validateRule,
      }
      const told = await readWorkspace(folder.path, checks).catch((thrown: unknown) => thrown)
      if (told instanceof ManifestFaults) refused.push(what)
      const shown = JSON.stringify(told instanceof ManifestFaults ? told.faults : told)
      if (shown.includes(mark) || shown.includes('"49"')) seen.push(what)
    }
    reportFigure(context, {
      check: 'X23',
      claim: 'files, variables and connections that a hostile manifest reached',
      value: seen.length + listener.connections,
      of: attempts.length,
      target: '0',
    })
    expect([seen, listener.connections]).toEqual([[], 0])
    // Of the others, each is a text in a place for any text: a name at a platform, a column of a file.
    expect(attempts.map(([what]) => what).filter((what) => !refused.includes(what))).toEqual(plainTexts)
  })
})

/** Attempts that are texts where any text may stand: they stay what they are. */
const plainTexts = ['a template as a column', 'a template as an audience', 'a path as an audience']

const config = (change: object) => ({
  connection: { ...connection, config: { ...connection.config, ...change } },
})

function strangeManifests(url: string): readonly (readonly [string, Readonly<Record<string, unknown>>])[] {
  return [
    ['a file outside', config({ token: '${file:../outside.txt}' })],
    ['a file by its whole path', config({ token: '${file:/etc/hostname}' })],
    ['a file behind a link', config({ token: '${file:link.txt}' })],
    ['a device', config({ token: '${file:/dev/zero}' })],
    ['a folder', config({ token: '${file:manifests}' })],
    ['a reference inside of text', config({ token: 'x${env:OTHER}' })],
    ['a reference within a reference', config({ token: '${env:${env:OTHER}}' })],
    ['a variable of the prototype', config({ token: '${env:__proto__}' })],
    ['a command', config({ token: '$(cat /etc/passwd)' })],
    ['a template in a secret', config({ token: '{{7*7}}' })],
    ['an address of this machine', config({ base_url: url })],
    ['an address by reference', config({ base_url: '${env:OTHER}' })],
    ['another scheme', config({ base_url: 'file:///etc/passwd' })],
    ['an unknown setting', config({ include: '/etc/passwd' })],
    ['a remote schema reference', { segment: { ...segment, $ref: url } }],
    ['a remote schema as a rule', { segment: { ...segment, rule: { $ref: `${url}/rule.json` } } }],
    ['a rule from a file', { segment: { ...segment, rule: { $include: '/etc/passwd' } } }],
    ['a connector by a path', { connection: { ...connection, connector: '../../../tmp/evil' } }],
    ['a connector by an address', { connection: { ...connection, connector: `${url}.js` } }],
    ['a connector of the prototype', { connection: { ...connection, connector: '__proto__' } }],
    ['a connector named constructor', { connection: { ...connection, connector: 'constructor' } }],
    ['a name with a path', { connection: { ...connection, name: '../crm' } }],
    ['a name with a line break', { segment: { ...segment, name: 'a\nb' } }],
    ['a name with an escape', { segment: { ...segment, name: 'a\u001b[2Jb' } }],
    ['a kind of the prototype', { extra: { kind: 'toString', version: 1, name: 'x' } }],
    ['a rule that refers to itself', { segment: { ...segment, rule: { segment: 'all-people' } } }],
    [
      'rules in a circle',
      {
        one: { ...segment, name: 'one', rule: { segment: 'two' } },
        two: { ...segment, name: 'two', rule: { not: { segment: 'one' } } },
      },
    ],
    ['code as a rule', { segment: { ...segment, rule: 'process.exit(1)' } }],
    ['a function call as a rule', { segment: { ...segment, rule: "read_text('/etc/passwd') = 'x'" } }],
    ['a trait of the prototype', { segment: { ...segment, rule: { trait: '__proto__', op: 'exists' } } }],
    ['a trait named constructor', { segment: { ...segment, rule: { trait: 'constructor', op: 'exists' } } }],
    [
      'a table outside',
      {
        extra: {
          kind: 'enrichment',
          version: 1,
          name: 'more',
          file: '../outside.txt',
          key: { column: 'a', identifier: 'email' },
          columns: {},
        },
      },
    ],
    [
      'a template as a column',
      { mapping: { ...mapping, traits: { city: { from: '{{constructor.constructor("return 7*7")()}}' } } } },
    ],
    [
      'a template as an audience',
      {
        deliver: {
          ...deliver,
          destination: { ...deliver.destination, audience: '${7*7} <%= 7*7 %> #{7*7}' },
        },
      },
    ],
    [
      'a path as an audience',
      { deliver: { ...deliver, destination: { ...deliver.destination, audience: '../../etc/passwd' } } },
    ],
  ]
}

describe('JSON that parsers read differently', () => {
  it('X30: is refused, or read as every parser reads it', (context) => {
    const divergent: string[] = []
    for (const { name, bytes: trap, reads } of jsonTraps) {
      const { faults } = parseManifestFile('trap.json', trap)
      const isRefused = faults.some(({ code }) => code !== 'manifest.missing_key')
      if (reads ? isRefused : !isRefused) divergent.push(name)
    }
    reportFigure(context, {
      check: 'X30',
      claim: 'JSON traps that were read otherwise than documented',
      value: divergent.length,
      of: jsonTraps.length,
      target: '0',
    })
    expect(divergent).toEqual([])
    expect(Object.keys(Object.prototype)).toEqual([])
  })
})

const nested = (open: string, close: string, depth: number, core = '1'): string =>
  open.repeat(depth) + core + close.repeat(depth)
const inSegment = (rule: string): string => `{"kind":"segment","version":1,"name":"deep","rule":${rule}}`
const condition = '{"trait":"city","op":"exists"}'

describe('deep and wide manifests and rules', () => {
  it('X28: are refused by their shape alone, before any schema sees them', (context) => {
    const texts = [17, 300, 1000, 100_000].flatMap((depth) => [
      { depth, text: inSegment(nested('{"not":', '}', depth, condition)) },
      { depth, text: inSegment(nested('{"all":[', ']}', depth, condition)) },
      { depth: depth + 64, text: nested('[', ']', depth + 64) },
      { depth: depth + 64, text: nested('{"a":', '}', depth + 64) },
      { depth: depth + 64, text: '['.repeat(depth + 64) },
    ])
    const wide = Array.from({ length: 100_000 }, () => condition).join(',')
    texts.push({ depth: 1, text: inSegment(`{"any":[${wide}]}`) }, { depth: 1, text: `[${wide}]` })
    const ones = Array.from({ length: 190_000 }, () => '1').join(',')
    texts.push(
      { depth: 1, text: inSegment(`{"any":[${ones}]}`) },
      { depth: 1, text: inSegment(`{"all":[{"any":[${ones}]}]}`) },
    )
    let slowest = 0
    const wrong = texts.filter(({ text }) => {
      const startedAt = performance.now()
      const { faults } = parseManifestFile('deep.json', bytes(text))
      slowest = Math.max(slowest, performance.now() - startedAt)
      const codes = new Set(faults.map(({ code }) => code))
      const isByShape = [...codes].every((code) => /\.(?:too_deep|too_large|too_many_nodes)$/.test(code))
      return codes.size === 0 || !isByShape || [...codes].some((code) => errorCodes[code].http >= 500)
    })
    reportFigure(context, {
      check: 'X28',
      claim: 'deep or wide files not refused by their shape',
      value: wrong.length,
      of: texts.length,
      target: '0',
    })
    reportFigure(context, {
      check: 'X28',
      claim: 'longest refusal of a deep or wide file',
      value: Math.round(slowest),
      unit: 'ms',
      target: 'told',
    })
    expect(wrong.map(({ text }) => text.slice(0, 60))).toEqual([])
  })
})
