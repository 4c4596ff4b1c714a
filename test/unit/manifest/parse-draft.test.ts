import { describe, expect, it } from 'vitest'
import type { ProfileSchema } from '../../../core/profile/profile-schema.ts'
import type { Rule } from '../../../core/segment/rule.ts'
import { createTranslator } from '../../../hub-server/locales/translate.ts'
import { ManifestFaults } from '../../../hub-server/manifest/manifest-fault.ts'
import { parseDraft } from '../../../hub-server/manifest/parse-draft.ts'
import { aRuleSchema } from '../segment/a-rule-schema.ts'

const schema: ProfileSchema = aRuleSchema
const segments = new Map<string, Rule>([
  ['loyal', { segment: 'big' }],
  ['big', { trait: 'score', op: 'exists' }],
])
const context = { profileSchema: schema, segments, syncs: new Set(['to-crm']) }
const parse = (text: string) => parseDraft({ file: 'draft.json', text }, context)

/** What a marketer reads of a faulty rule: place, title and repair. */
function told(rule: unknown, language: 'en' | 'fr'): string[] {
  const text = typeof rule === 'string' ? rule : JSON.stringify(rule)
  try {
    parse(text)
  } catch (error) {
    if (!(error instanceof ManifestFaults)) throw error
    const { error: translate } = createTranslator(language)
    return error.faults.map((fault) =>
      `${fault.column} ${fault.path}: ${translate(fault).title}`.replaceAll('\u00A0', ' '),
    )
  }
  return []
}

describe('a draft', () => {
  it('is a rule as JSON, a rule as text, or the manifest of a segment', () => {
    const rule = { trait: 'country', op: 'equals', value: 'FR' }
    expect(parse(JSON.stringify(rule))).toEqual({ name: '#draft', rule })
    expect(parse(`country = 'FR'`)).toEqual({ name: '#draft', rule })
    expect(parse(JSON.stringify({ kind: 'segment', version: 1, name: 'fresh', rule }))).toEqual({
      name: 'fresh',
      rule,
    })
    expect(() => parse(JSON.stringify({ kind: 'retention', version: 1, name: 'r', keep: {} }))).toThrow(
      ManifestFaults,
    )
  })

  it('takes the place of the segment whose name it bears, so that circles are found', () => {
    const manifest = { kind: 'segment', version: 1, name: 'big', rule: { segment: 'loyal' } }
    expect(told(manifest, 'en')).toEqual([expect.stringMatching(/^\d+ rule\.segment: .*big → loyal → big/)])
    expect(told({ ...manifest, name: 'another' }, 'en')).toEqual([])
  })
})

/** Each bad rule, where it is wrong, and what is said in both languages. */
const faulty: readonly (readonly [string, unknown, RegExp, RegExp])[] = [
  [
    'an unknown trait',
    { all: [{ trait: 'countri', op: 'exists' }] },
    /rule\.all\[0\]\.trait: there is no trait “countri”/,
    /« countri » n’existe pas \(trait\)/,
  ],
  [
    'an unknown segment',
    { segment: 'none' },
    /rule\.segment: there is no segment “none”/,
    /« none » n’existe pas \(segment\)/,
  ],
  [
    'an unknown time zone with a trap for translators',
    { time_zone: '$t(cli:groups.audit) {{act}}', rule: { all: [] } },
    /rule\.time_zone: there is no time zone “\$t\(cli:groups\.audit\) \{\{act\}\}”/,
    /« \$t\(cli.* n’existe pas \(fuseau horaire\)/,
  ],
  [
    'an operator for another type',
    { trait: 'country', op: 'at_least', value: 3 },
    /rule\.op: “at_least” does not fit here: expected number, date, datetime, found text/,
    /« at_least » ne convient pas ici : attendu number/,
  ],
  [
    'a value of another type',
    { trait: 'score', op: 'at_least', value: 'much' },
    /rule\.value: .*expected a number, found a text/,
    /attendu un nombre, trouvé un texte/,
  ],
  [
    'a range that ends before it begins',
    { trait: 'score', op: 'between', value: [5, 1] },
    /rule\.value: .*two values, the smaller one first/,
    /deux valeurs, la plus petite d’abord, trouvé une liste de 2/,
  ],
  [
    'a date that is none',
    { trait: 'birthday', op: 'before', value: '31.12.2020' },
    /rule\.value: .*expected a date/,
    /attendu une date/,
  ],
  [
    'a window of no length',
    { event: 'purchase', window: { last: '0 days' } },
    /rule\.window: the time window “0 days”/,
    /fenêtre de temps « 0 days »/,
  ],
  [
    'a window that ends before it begins',
    { event: 'purchase', window: { from: '2026-05-01', to: '2026-01-01' } },
    /rule\.window: the time window “2026-05-01 – 2026-01-01”/,
    /inutilisable/,
  ],
  [
    'a pattern that looks ahead',
    { trait: 'country', op: 'matches', value: '(?=a)b' },
    /rule\.value: .*a look-ahead.* at character 2/,
    /une assertion avant.* au caractère 2/,
  ],
  [
    'a pattern that explodes',
    { trait: 'country', op: 'matches', value: 'a{1000}{1000}' },
    /rule\.value: .*a repetition of a repetition at character 8/,
    /une répétition d’une répétition au caractère 8/,
  ],
  [
    'a share beyond all people',
    { sample: { salt: 'x', percent: 60, from: 50 } },
    /rule\.sample\.percent: .*at most 100 percent, found 110/,
    /au plus 100 pour cent, trouvé 110/,
  ],
  [
    'an unknown sync',
    { audience: 'to-nowhere' },
    /rule\.audience: there is no sync “to-nowhere”/,
    /n’existe pas \(synchronisation\)/,
  ],
  [
    'a list beyond the limit',
    { trait: 'country', op: 'in', value: Array.from({ length: 10_001 }, (_, index) => `${index}`) },
    /rule\.value: .*length of the list ≤ 10000, found 10001/,
    /une liste d’au plus 10000 valeurs, trouvé 10001/,
  ],
  [
    'a thousand nodes',
    { any: Array.from({ length: 1000 }, () => ({ trait: 'country', op: 'exists' })) },
    /rule: the rule has 1001 conditions, at most 500/,
    /la règle compte 1001 conditions, 500 au plus/,
  ],
]

describe('a faulty draft', () => {
  it.each(faulty)('%s is told with its place, in English and French', (_name, rule, english, french) => {
    expect(told(rule, 'en')).toEqual([expect.stringMatching(english)])
    expect(told(rule, 'fr')).toEqual([expect.stringMatching(french)])
  })

  it('of 100,000 nodes, of a million values, or nested 100,000 deep is refused before it is parsed', () => {
    const nodes = `{"any":[${Array.from({ length: 100_000 }, () => '{"all":[]}').join(',')}]}`
    const values = `{"trait":"country","op":"in","value":[${Array.from({ length: 1_000_000 }, () => '1').join(',')}]}`
    const deep = `${'{"not":'.repeat(100_000)}{"all":[]}${'}'.repeat(100_000)}`
    for (const [text, code] of [
      [nodes, 'manifest.too_large'],
      [values, 'manifest.too_large'],
      [deep, 'manifest.too_deep'],
    ] as const) {
      let found: unknown
      try {
        parse(text)
      } catch (error) {
        found = error
      }
      expect(found).toMatchObject({ faults: [{ file: 'draft.json', line: 1, code }] })
    }
  })

  it('says where a text of a rule is wrong in its own lines', () => {
    expect(told(`country = 'FR'\n  and countri = 'DE'`, 'en')).toEqual([
      expect.stringMatching(/^7 all\[1\]\.trait: there is no trait “countri”/),
    ])
  })
})
