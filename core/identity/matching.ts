import { z } from 'zod'
import { fieldName } from '../manifest/name.ts'
import { phoneticMethods, type PhoneticMethod } from './phonetic/phonetic-key.ts'

const share = z.number().gt(0).lt(1)
const edits = z.int().min(1).max(5)

const soundsLike = z.enum(phoneticMethods).meta({
  description:
    'The English rules that bring a name to its sound: "soundex" (first letter and three consonants), "metaphone" (all consonants) or "nysiis" (with the places of vowels).',
})

/** How alike two values are; the first level that fits decides. */
const comparisonLevel = z.union([
  z.enum(['exact', 'nickname', 'mailbox', 'date_typo']).meta({
    description:
      '"exact"; "nickname" (William, Bill); "mailbox" (the same part before the @); "date_typo" (one digit wrong, or day and month swapped).',
  }),
  z.strictObject({
    jaro_winkler: share.meta({
      description: 'Least Jaro–Winkler similarity: 0.92 is very alike, 0.8 alike.',
    }),
  }),
  z.strictObject({ levenshtein: edits.meta({ description: 'Most edits between the values.' }) }),
  z.strictObject({
    damerau_levenshtein: edits.meta({ description: 'Most edits, a swap of neighbours counting as one.' }),
  }),
  z.strictObject({
    same_start: z
      .int()
      .min(1)
      .max(50)
      .meta({ description: 'So many first characters are the same (postcodes).' }),
  }),
  z
    .strictObject({ sounds_like: soundsLike })
    .meta({ description: 'Names that sound alike (Stephen, Steven).' }),
  z.strictObject({
    swapped_with: fieldName.meta({
      description: 'The two traits stand in each other’s place (first and last name).',
    }),
  }),
  z.strictObject({
    days: z.int().min(1).max(36_600).meta({ description: 'Dates at most so many days apart.' }),
  }),
  z.strictObject({
    km: z
      .strictObject({
        within: z.number().positive().max(20_000).meta({ description: 'Kilometres.' }),
        longitude: fieldName.meta({
          description: 'Trait of the longitude; the comparison is on the latitude.',
        }),
      })
      .meta({ description: 'Places at most so far apart, as the crow flies.' }),
  }),
])
export type ComparisonLevel = z.output<typeof comparisonLevel>

const comparison = z.strictObject({
  on: fieldName.meta({ description: 'Trait or identifier kind that is compared.' }),
  levels: z
    .array(comparisonLevel)
    .min(1)
    .max(8)
    .meta({ description: 'Levels from the strongest to the weakest; none of them: different.' }),
  term_frequency: z
    .boolean()
    .default(false)
    .meta({ description: 'Whether equal rare values weigh more than equal common ones.' }),
})
export type Comparison = z.output<typeof comparison>

const keyPart = z.union([
  fieldName,
  z.strictObject({
    on: fieldName,
    start: z.int().min(1).max(50).optional().meta({ description: 'Only so many first characters.' }),
    mailbox: z.literal(true).optional().meta({ description: 'Only the part before the @.' }),
    sounds_like: soundsLike.optional(),
  }),
])
export type KeyPart = z.output<typeof keyPart>

const key = z
  .array(keyPart)
  .min(1)
  .max(6)
  .meta({ description: 'Values that two records must all have in common.' })
export type MatchKey = z.output<typeof key>

/**
 * How records that share no identifier are recognised as one person: the model of Fellegi and Sunter ("A theory for record linkage",
 * JASA 1969), learned without labels as Splink does it.
 */
export const matchingSchema = z.strictObject({
  compare: z.array(comparison).min(1).max(20).meta({ description: 'What is compared, and how.' }),
  candidates: z
    .array(key)
    .min(1)
    .max(30)
    .meta({ description: 'Only pairs that have one of these keys in common are compared.' }),
  certain: z.array(key).min(1).max(10).meta({
    description: 'Keys so certain that a pair which has one in common is almost always one person.',
  }),
  recall: share
    .default(0.7)
    .meta({ description: 'Share of the true pairs that the certain keys find, as an estimate.' }),
  train: z.array(key).min(1).max(10).meta({
    description: 'Keys whose pairs the model learns from, each without the traits of the key itself.',
  }),
  threshold: z
    .union([z.literal('auto'), z.number().min(-30).max(60)])
    .default('auto')
    .meta({
      description: 'Match weight from which a pair is one person; "auto": chosen on the resulting profiles.',
    }),
  largest_profile: z
    .int()
    .min(2)
    .max(10_000)
    .default(50)
    .meta({ description: 'No match joins more records than this.' }),
  largest_key: z
    .int()
    .min(2)
    .max(1_000_000)
    .default(1000)
    .meta({ description: 'Values of a candidate key that more records hold are passed over, and counted.' }),
})
export type Matching = z.output<typeof matchingSchema>

/** The traits and identifier kinds of a key. */
export const keyNames = (key: MatchKey): readonly string[] =>
  key.map((part) => (typeof part === 'string' ? part : part.on))

/** The traits and identifier kinds that a comparison looks at. */
export function comparedNames({ on, levels }: Comparison): string[] {
  const others = levels.flatMap((level) => {
    if (typeof level === 'string') return []
    if ('swapped_with' in level) return [level.swapped_with]
    return 'km' in level ? [level.km.longitude] : []
  })
  return [on, ...others]
}

/** A trait or identifier kind of which the sound is compared, and by which rules. */
export interface SoundUsed {
  readonly on: string
  readonly method: PhoneticMethod
}

/** All sounds that levels and keys of a matching compare, each once. */
export function soundsUsed({ compare, candidates, certain, train }: Matching): readonly SoundUsed[] {
  const levels = compare.flatMap(({ on, levels: all }) =>
    all.flatMap((level) =>
      typeof level === 'object' && 'sounds_like' in level ? [{ on, method: level.sounds_like }] : [],
    ),
  )
  const parts = [...candidates, ...certain, ...train].flat().flatMap((part) => {
    if (typeof part === 'string' || part.sounds_like === undefined) return []
    return [{ on: part.on, method: part.sounds_like }]
  })
  return [...new Map([...levels, ...parts].map((sound) => [`${sound.on} ${sound.method}`, sound])).values()]
}
