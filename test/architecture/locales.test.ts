import { describe, expect, it } from 'vitest'
import { errorCodes } from '../../core/errors/error-codes.ts'
import enApi from '../../hub-server/locales/en/api.json' with { type: 'json' }
import enCli from '../../hub-server/locales/en/cli.json' with { type: 'json' }
import enErrors from '../../hub-server/locales/en/errors.json' with { type: 'json' }
import enPages from '../../hub-server/locales/en/pages.json' with { type: 'json' }
import frActs from '../../hub-server/locales/fr/acts.json' with { type: 'json' }
import frApi from '../../hub-server/locales/fr/api.json' with { type: 'json' }
import frCli from '../../hub-server/locales/fr/cli.json' with { type: 'json' }
import frErrors from '../../hub-server/locales/fr/errors.json' with { type: 'json' }
import frPages from '../../hub-server/locales/fr/pages.json' with { type: 'json' }
import frPlatforms from '../../hub-server/locales/fr/platforms.json' with { type: 'json' }
import { readTree } from './repository/read-tree.ts'
import { withoutComments } from './repository/source-text.ts'

const catalogues = [
  { name: 'errors.json', en: texts(enErrors), fr: texts(frErrors) },
  { name: 'cli.json', en: texts(enCli), fr: texts(frCli) },
  { name: 'api.json', en: texts(enApi), fr: texts(frApi) },
  { name: 'pages.json', en: texts(enPages), fr: texts(frPages) },
]

/** Every text of a catalogue under its full key. */
function texts(catalogue: object, prefix = ''): Map<string, string> {
  return new Map(
    Object.entries(catalogue).flatMap(([key, value]: [string, unknown]): [string, string][] =>
      typeof value === 'object' && value !== null
        ? [...texts(value, `${prefix}${key}.`)]
        : [[`${prefix}${key}`, String(value)]],
    ),
  )
}

const placeholders = (text: string | undefined): string[] =>
  [...new Set((text ?? '').match(/\{\{[^}]*\}\}/g) ?? [])].sort()

/** A text without its placeholders and without the reference syntax of manifests. */
const bare = (text: string): string =>
  text.replace(/\{\{[a-z0-9_]+\}\}/gi, 'x').replace(/\$\{(?:env|file):[A-Z]+\}/g, 'x')

const sources = [...readTree('core', 'connectors', 'hub-server')]
  .filter(([path]) => path.endsWith('.ts'))
  .map(([, source]) => withoutComments(source))

const connectorSources = [...readTree('connectors')]
  .filter(([path]) => path.endsWith('.ts') && !path.includes('/sandbox/'))
  .map(([, source]) => withoutComments(source))

/** Texts in the code, and for each template what stands in front of its first value. */
function literals(): { whole: Set<string>; beginnings: string[] } {
  const whole = new Set<string>()
  const beginnings: string[] = []
  for (const source of sources) {
    for (const [, text = ''] of source.matchAll(/'([^'\\\n]*)'/g)) whole.add(text)
    for (const [, text = ''] of source.matchAll(/`([^`$\\\n]*)\$\{/g)) beginnings.push(text)
    for (const [, text = ''] of source.matchAll(/`([^`$\\\n]*)`/g)) whole.add(text)
  }
  return { whole, beginnings: beginnings.filter((text) => /^[a-z_]+(?::|\.)/.test(text)) }
}

describe.each(catalogues)('$name', ({ en, fr }) => {
  it('has the same keys in both languages', () => {
    // French has a plural form of its own for millions.
    const keys = [...fr.keys()].filter(
      (key) => !(key.endsWith('_many') && fr.has(key.replace(/_many$/, '_other'))),
    )
    expect(keys.sort()).toEqual([...en.keys()].sort())
  })

  it('has the same placeholders in both languages', () => {
    const different = [...en].filter(
      ([key, text]) => placeholders(text).join() !== placeholders(fr.get(key)).join(),
    )
    expect(different.map(([key]) => key)).toEqual([])
  })

  it('has no empty text and no text with stray braces', () => {
    const wrong = [...en, ...fr].filter(([, text]) => text.trim() === '' || /[{}]/.test(bare(text)))
    expect(wrong).toEqual([])
  })

  it('is French in French: no straight apostrophe, a fixed space before high punctuation', () => {
    const wrong = [...fr].filter(([, text]) => /[A-Za-zÀ-ÿ]'[A-Za-zÀ-ÿ]| [;?!»](?:\s|$)|« /.test(text))
    expect(wrong.map(([key]) => key)).toEqual([])
  })
})

describe('errors.json', () => {
  const { en } = catalogues[0] ?? { en: new Map<string, string>() }
  const described = new Set([...en.keys()].map((key) => key.split('.').slice(0, 2).join('.')))

  it('describes every code, and no other', () => {
    const codes = Object.keys(errorCodes)
    expect(
      codes.filter((code) => !described.has(code)),
      'codes without words',
    ).toEqual([])
    expect(
      [...described].filter((code) => !codes.includes(code)),
      'words without a code',
    ).toEqual([])
  })

  it.each(Object.keys(errorCodes))('%s has a title and a repair', (code) => {
    expect(en.has(`${code}.title`)).toBe(true)
    expect(en.has(`${code}.repair`)).toBe(true)
  })

  it('has variants only for a param that they show', () => {
    const variants = [...en].flatMap(([key, text]) => {
      const param = /\.(?:title|repair)_(\w+)$/.exec(key)?.[1]
      return param === undefined ? [] : [{ key, param, text }]
    })
    expect(variants.length).toBeGreaterThan(20)
    expect(
      variants.filter(({ param, text }) => !text.includes(`{{${param}}}`)).map(({ key }) => key),
    ).toEqual([])
    const strange = [...en.keys()].filter((key) => !/^[a-z]+\.[a-z_]+\.(?:title|repair)(?:_\w+)?$/.test(key))
    expect(strange).toEqual([])
  })

  it('begins a title as a clause that can follow the act, and ends it without a full stop', () => {
    const titles = [...en].filter(([key]) => key.includes('.title'))
    expect(titles.filter(([, text]) => /^[A-Z](?!ode )|\.$/.test(text))).toEqual([])
  })
})

describe('words', () => {
  const { whole, beginnings } = literals()

  /** The key as the code may write it: alone, with its catalogue, or without the ending of its plural form. */
  function isUsed(catalogue: string, key: string): boolean {
    const spellings = [key, key.replace(/_(?:zero|one|two|few|many|other)$/, '')].flatMap((one) => [
      one,
      `${catalogue}:${one}`,
    ])
    return spellings.some((one) => whole.has(one) || beginnings.some((text) => one.startsWith(text)))
  }

  it.each(catalogues.slice(1))('of $name are all used', ({ name, en }) => {
    expect([...en.keys()].filter((key) => !isUsed(name.replace('.json', ''), key))).toEqual([])
  })
})

describe('calls of t', () => {
  it('name a key that is there', () => {
    const known = new Set(
      catalogues.flatMap(({ name, en }) =>
        [...en.keys()].flatMap((key) => {
          const singular = key.replace(/_(?:zero|one|two|few|many|other)$/, '')
          return name === 'cli.json' ? [key, singular] : [`${name.replace('.json', '')}:${key}`]
        }),
      ),
    )
    const asked = sources.flatMap((source) =>
      [...source.matchAll(/\bt\(\s*'([^'\\\n]+)'/g)].map(([, key = '']) => key),
    )
    expect(asked.length).toBeGreaterThan(10)
    expect(asked.filter((key) => !known.has(key))).toEqual([])
  })
})

describe('acts', () => {
  const written = [
    ...new Set(
      sources.flatMap((source) =>
        [...source.matchAll(/\bact(?:: | = )'([^'\\\n]+)'/g)].map(([, act = '']) => act),
      ),
    ),
  ]

  it('that stand in the code as plain texts are translated', () => {
    const missing = written.filter((act) => !act.startsWith('affluent ') && !Object.hasOwn(frActs, act))
    expect(missing, 'missing in hub-server/locales/fr/acts.json').toEqual([])
  })

  it('begin with a verb in -ing', () => {
    expect(written.length).toBeGreaterThan(10)
    expect(written.filter((act) => !/^(?:[a-z]+ing\b|affluent )/.test(act))).toEqual([])
  })

  it('that are translated still stand in the code', () => {
    const code = sources.join('\n')
    expect(Object.keys(frActs).filter((act) => !code.includes(`'${act}'`))).toEqual([])
  })
})

const shape = (text: string): string => text.replace(/\$\{[^}]*\}|\{\{\d\}\}/g, '…')
const placesIn = (text: string): string => (text.match(/\{\{\d\}\}/g) ?? []).toSorted().join(' ')
const partsOf = (text: string): string[] => text.split(/\{\{\d\}\}|\. /).map((part) => part.trim())

describe('words of connectors', () => {
  const known = new Set(Object.keys(frPlatforms).map(shape))

  it('that tell what to do stand in the French catalogue', () => {
    const written = connectorSources.flatMap((source) =>
      [...source.matchAll(/\bremedy(?::| =)\s*(?:'((?:[^'\\\n]|\\.)+)'|`([^`$]+)`)/g)].map(
        ([, plain, template]) => (plain ?? template ?? '').replaceAll("\\'", "'"),
      ),
    )
    expect(written.length).toBeGreaterThan(40)
    expect(written.filter((text) => !known.has(shape(text)))).toEqual([])
  })

  it('that are translated name the same things in both languages', () => {
    const apart = Object.entries(frPlatforms).filter(([en, fr]) => placesIn(en) !== placesIn(fr))
    expect(apart).toEqual([])
  })

  it('that are translated still stand in the code', () => {
    const code = [...connectorSources, ...sources].join('\n').replaceAll("\\'", "'")
    // What joins phrases, or chooses between them, stands there in parts.
    const gone = Object.keys(frPlatforms).filter(
      (text) => !partsOf(text).every((part) => code.includes(part)),
    )
    expect(gone).toEqual([])
  })
})
