import { describe, expect, it } from 'vitest'
import { parseManifestFile } from '../../../hub-server/manifest/parse-manifest-file.ts'

const bytes = (text: string) => new TextEncoder().encode(text)
const faultsOf = (text: string) => parseManifestFile('manifests/x.json', bytes(text)).faults
const segment = (rule: unknown) =>
  JSON.stringify({ kind: 'segment', version: 1, name: 'x', rule }, undefined, 2)
const sync = (more: object) => JSON.stringify({ kind: 'sync', version: 1, name: 'x', ...more }, undefined, 2)

describe('parseManifestFile: text', () => {
  it('points at a comment by line and column', () => {
    const [fault] = faultsOf('{\n  // hello\n  "kind": "segment"\n}')
    expect(fault).toMatchObject({
      code: 'manifest.not_json',
      line: 2,
      column: 3,
      params: { problem: 'comment' },
    })
  })

  it('names a trailing comma as one, in objects and in lists', () => {
    expect(faultsOf('{ "kind": "segment", }')[0]?.params).toEqual({ problem: 'trailing_comma' })
    expect(faultsOf('[1, 2, ]')[0]?.params).toEqual({ problem: 'trailing_comma' })
  })

  it('tells each duplicate key with the line of the first', () => {
    const faults = faultsOf(
      '{\n "kind": "segment",\n "name": "a",\n "name": "b",\n "version": 1, "rule": {"all": []}\n}',
    )
    expect(faults).toMatchObject([
      { code: 'manifest.duplicate_key', line: 4, column: 2, params: { key: 'name', first_line: 3 } },
    ])
  })

  it('refuses a __proto__ key and leaves Object.prototype as it is', () => {
    const faults = faultsOf(
      '{"kind": "connection", "version": 1, "name": "x", "connector": "files", "config": {"__proto__": {"polluted": true}}}',
    )
    expect(faults).toMatchObject([{ code: 'manifest.unknown_key', params: { key: '__proto__' } }])
    expect(Reflect.get({}, 'polluted')).toBeUndefined()
  })

  it.each([
    ['byte_order_mark', Uint8Array.from([0xef, 0xbb, 0xbf, 0x7b, 0x7d])],
    ['utf16', new Uint8Array(Buffer.from('﻿{}', 'utf16le'))],
    ['utf16', new Uint8Array(Buffer.from('{}', 'utf16le'))],
    ['utf16', Uint8Array.from([0xfe, 0xff, 0x00, 0x7b, 0x00, 0x7d])],
    ['empty', bytes(' \n ')],
    ['empty', new Uint8Array()],
  ])('refuses %s with a clear word', (problem, content) => {
    expect(parseManifestFile('manifests/x.json', content).faults).toMatchObject([
      { code: 'manifest.not_json', line: 1, params: { problem } },
    ])
  })

  it('tells the line of the first byte that is not UTF-8', () => {
    const content = Buffer.concat([Buffer.from('{\n\n"a": "'), Buffer.from([0xe9]), Buffer.from('"\n}')])
    expect(parseManifestFile('manifests/x.json', content).faults).toMatchObject([
      { line: 3, params: { problem: 'invalid_utf8' } },
    ])
  })

  it('refuses whole numbers that no reader keeps exactly, and overflows', () => {
    const faults = faultsOf(
      segment({ trait: 'id', op: 'equals', value: 1 }).replace('"value": 1', '"value": 9007199254740993'),
    )
    expect(faults).toMatchObject([
      { code: 'manifest.invalid_value', line: 8, params: { found: '9007199254740993' } },
    ])
    expect(faultsOf('{"a": 1e400}')).toMatchObject([
      { code: 'manifest.invalid_value', params: { found: '1e400' } },
    ])
  })

  it('holds 100,000 nested lists to a clear fault without overflowing the stack', () => {
    const faults = faultsOf('['.repeat(100_000) + ']'.repeat(100_000))
    expect(faults).toMatchObject([
      { code: 'manifest.too_deep', line: 1, column: 65, params: { limit: 64, found: 100_000 } },
    ])
  })

  it('holds a rule nested 100,000 levels deep to a clear fault', () => {
    const rule = '{"not":'.repeat(100_000) + '{"segment":"a"}' + '}'.repeat(100_000)
    const faults = faultsOf(`{"kind":"segment","version":1,"name":"x","rule":${rule}}`)
    expect(faults).toMatchObject([{ code: 'manifest.too_deep', params: { limit: 64 } }])
  })

  it('counts values before it parses', () => {
    const faults = faultsOf(`[${'1,'.repeat(250_000)}1]`)
    expect(faults).toMatchObject([{ code: 'manifest.too_large', params: { limit: 200_000 } }])
  })

  it('does not take braces inside texts for nesting', () => {
    expect(faultsOf(segment({ trait: 'a', op: 'equals', value: '{['.repeat(100) + '\\"' }))).toEqual([])
  })
})

describe('parseManifestFile: objects', () => {
  it('reads several objects of one file and tells faults of each at its own line', () => {
    const file = `[\n  ${JSON.stringify({ kind: 'segment', version: 1, name: 'a', rule: { segment: 'b' } })},\n  { "kind": "segmant", "version": 1 }\n]`
    const parsed = parseManifestFile('manifests/x.json', bytes(file))
    expect(parsed.loaded.map(({ name }) => name)).toEqual(['a'])
    expect(parsed.faults).toMatchObject([
      {
        code: 'manifest.invalid_value',
        line: 3,
        column: 13,
        path: 'kind',
        params: { suggestion: 'segment' },
      },
    ])
  })

  it('says what is missing and what it should be', () => {
    expect(faultsOf('{"kind": "segment", "version": 1, "name": "x"}')).toMatchObject([
      { code: 'manifest.missing_key', path: '', params: { key: 'rule' } },
    ])
    expect(faultsOf('{"version": 1}')).toMatchObject([
      {
        code: 'manifest.missing_key',
        params: { key: 'kind', expected: expect.stringContaining('"segment"') },
      },
    ])
  })

  it('tells a hundred unknown keys of an object, and how many more there are', () => {
    const keys = Array.from({ length: 5_000 }, (_none, index) => `"k${index}": 1`).join(', ')
    const faults = faultsOf(
      `{"kind": "connection", "version": 1, "name": "x", "connector": "files", ${keys}}`,
    )
    expect(faults).toHaveLength(101)
    expect(faults.at(-1)).toMatchObject({ code: 'manifest.unknown_key', params: { more: 4_900 } })
  })

  it('suggests the key that an unknown key was meant to be, also an optional one', () => {
    const faults = faultsOf(
      '{\n"kind": "connection", "version": 1, "name": "x", "connector": "files",\n  "descripton": "y"\n}',
    )
    expect(faults).toMatchObject([
      {
        code: 'manifest.unknown_key',
        line: 3,
        column: 3,
        path: 'descripton',
        params: { key: 'descripton', suggestion: 'description' },
      },
    ])
  })

  it('says how a name must look', () => {
    const faults = faultsOf('{"kind": "connection", "version": 1, "name": "My Shop", "connector": "files"}')
    expect(faults).toMatchObject([
      {
        path: 'name',
        params: { expected: 'name of lower-case letters, digits and hyphens', found: '"My Shop"' },
      },
    ])
  })

  it('refuses a reference outside the config of a connection', () => {
    const faults = faultsOf(segment({ trait: 'a', op: 'equals', value: '${env:HOME}' }))
    expect(faults).toMatchObject([
      { code: 'manifest.invalid_value', path: 'rule.value', params: { found: 'reference' } },
    ])
  })
})

describe('parseManifestFile: rules and unions', () => {
  it('tells a misspelt operator inside nested groups by its own line and meaning', () => {
    const faults = faultsOf(
      segment({ all: [{ segment: 'a' }, { any: [{ trait: 'country', op: 'equalz', value: 'FR' }] }] }),
    )
    expect(faults).toHaveLength(1)
    expect(faults[0]).toMatchObject({
      code: 'manifest.invalid_value',
      path: 'rule.all[1].any[0].op',
      line: 14,
      params: { key: 'op', found: '"equalz"', suggestion: 'equals' },
    })
  })

  it('tells a misspelt key of a condition as that key', () => {
    const faults = faultsOf(segment({ all: [{ trati: 'country', op: 'equals', value: 'FR' }] }))
    expect(faults.map(({ code, path, params }) => [code, path, params['key'], params['suggestion']])).toEqual(
      [['manifest.unknown_key', 'rule.all[0].trati', 'trati', 'trait']],
    )
  })

  it('keeps to the group when its members are faulty, however many they are', () => {
    const faults = faultsOf(segment({ all: Array.from({ length: 40 }, () => ({ trait: 'a', op: 'nope' })) }))
    expect(faults).toHaveLength(40)
    expect(new Set(faults.map(({ params }) => params['key']))).toEqual(new Set(['op']))
  })

  it('tells faults deep in an event condition', () => {
    const rule = {
      event: 'purchase',
      measure: 'summ',
      property: 'amount',
      window: { lasst: '90 days' },
      op: 'at_least',
      value: 1,
    }
    const faults = faultsOf(segment(rule))
    expect(faults.map(({ path, params }) => [path, params['suggestion']])).toEqual([
      ['rule.measure', 'sum'],
      ['rule.window.lasst', 'last'],
    ])
  })

  it('takes a sync with a source for a pull and one with a destination for a delivery', () => {
    const pull = faultsOf(sync({ source: { connection: 'shop', steam: 'contacts' } }))
    expect(pull.map(({ path, params }) => [path, params['key']])).toEqual([['source.steam', 'steam']])
    const deliver = faultsOf(
      sync({
        segmnt: 'a',
        destination: { connection: 'meta', kind: 'custom_audience', audience: 'A' },
        fields: { email: { identifer: 'email' } },
      }),
    )
    expect(deliver.map(({ path, params }) => [path, params['suggestion'] ?? params['key']])).toEqual([
      ['fields.email.identifer', 'identifier'],
      ['segmnt', 'segment'],
    ])
  })

  it('joins what all branches expect when none takes this kind of value', () => {
    const mapping = {
      kind: 'mapping',
      version: 1,
      name: 'x',
      connection: 'shop',
      stream: 'contacts',
      identifiers: { email: { from: 5 } },
    }
    expect(faultsOf(JSON.stringify(mapping))).toMatchObject([
      { path: 'identifiers.email.from', params: { expected: 'text | list', found: '5' } },
    ])
  })

  it('suggests the mapping function that was meant', () => {
    const traits = { city: { from: 'City', apply: ['trimm', { defalt: 'x' }] } }
    const mapping = { kind: 'mapping', version: 1, name: 'x', connection: 'shop', stream: 'contacts', traits }
    const faults = faultsOf(JSON.stringify(mapping))
    expect(faults.map(({ path, params }) => [path, params['suggestion'] ?? params['key']])).toEqual([
      ['traits.city.apply[0]', 'trim'],
      ['traits.city.apply[1].defalt', 'default'],
    ])
  })

  it('cuts a rule beyond 16 levels where it goes too deep', () => {
    const nest = (depth: number): object => (depth === 1 ? { segment: 'a' } : { all: [nest(depth - 1)] })
    expect(faultsOf(segment(nest(16)))).toEqual([])
    const path = `rule${'.all[0]'.repeat(16)}`
    expect(faultsOf(segment(nest(20)))).toMatchObject([
      { code: 'segment.too_deep', path, params: { limit: 16, found: 20 } },
    ])
  })

  it('counts the nodes of a rule and the values of a list', () => {
    const wide = segment({ any: Array.from({ length: 500 }, () => ({ segment: 'a' })) })
    expect(faultsOf(wide)).toMatchObject([
      { code: 'segment.too_many_nodes', params: { limit: 500, found: 501 } },
    ])
    const long = segment({ trait: 'a', op: 'in', value: Array.from({ length: 10_001 }, () => 1) })
    expect(faultsOf(long)).toMatchObject([{ path: 'rule.value', params: { found: '10001' } }])
  })
})

const read = (rule: string) => parseManifestFile('manifests/x.json', bytes(segment(rule)))

describe('parseManifestFile: rules written as text', () => {
  it('reads them as the rule that they mean, and keeps what was written', () => {
    const { faults, loaded } = read("country = 'FR' and score > 3")
    expect(faults).toEqual([])
    expect(loaded[0]?.manifest).toMatchObject({
      rule: {
        all: [
          { trait: 'country', op: 'equals', value: 'FR' },
          { trait: 'score', op: 'more_than', value: 3 },
        ],
      },
    })
    expect(loaded[0]?.document?.document).toMatchObject({ rule: "country = 'FR' and score > 3" })
  })

  it('points into the text, past the escapes of JSON', () => {
    // Line 5 of the file is: two spaces, "rule": "country = \"FR\" an …
    const [fault] = read('country = "FR" an score > 3').faults
    expect(fault).toMatchObject({
      code: 'segment.text_invalid',
      line: 5,
      column: 2 + '"rule": "'.length + 'country = \\"FR\\" '.length + 1,
      params: { expected: 'and_or', suggestion: 'and' },
    })
  })

  it('points at what a check of the whole workspace finds inside the text', () => {
    const [loaded] = read('vip = true and contry = 1').loaded
    const fault = loaded?.locate({
      path: ['rule', 'all', 1, 'trait'],
      code: 'segment.unknown_name',
      params: {},
    })
    expect(fault).toMatchObject({ line: 5, column: 12 + 'vip = true and '.length, path: 'rule.all[1].trait' })
  })

  it('holds them to the limits of rules', () => {
    const many = Array.from({ length: 501 }, () => 'vip = true').join(' or ')
    expect(read(many).faults).toMatchObject([{ code: 'segment.too_many_nodes' }])
  })
})
