import { z } from 'zod'
import { fieldName, objectName } from './name.ts'

const text = z.string()

/** The short list of functions that a mapping may apply, in order, to a source value. One word, or one word with its argument. */
const mappingFunction = z
  .union([
    z.enum([
      'trim',
      'collapse_spaces',
      'lower_case',
      'upper_case',
      'title_case',
      'number',
      'boolean',
      'country_code',
      'datetime',
      'date',
    ]),
    z.strictObject({ date: text.meta({ description: 'Pattern of the day, such as "DD/MM/YYYY".' }) }),
    z.strictObject({
      datetime: z
        .strictObject({
          pattern: text
            .optional()
            .meta({ description: 'Pattern, such as "YYYY-MM-DD HH:mm:ss". Without it: ISO 8601.' }),
          time_zone: text.optional().meta({
            description: 'IANA zone of times without an offset, such as "Europe/Paris". Default UTC.',
          }),
        })
        .meta({ description: 'How the time is written.' }),
    }),
    z.strictObject({
      number: z.enum(['1,234.5', '1 234,5', '1.234,5']).meta({ description: 'How numbers are written.' }),
    }),
    z.strictObject({
      default: z
        .union([text, z.number(), z.boolean()])
        .meta({ description: 'Value used when there is none.' }),
    }),
    z.strictObject({
      lookup: z
        .record(text, z.union([text, z.number(), z.boolean()]))
        .meta({ description: 'Table: source value to our value.' }),
    }),
    z.strictObject({ split: text.meta({ description: 'Separator that cuts a text into a list.' }) }),
  ])
  .meta({ description: 'What is done to the value.' })

export type MappingFunction = z.output<typeof mappingFunction>

/** Where a value comes from: one source field, or the first non-empty of several. */
const from = z
  .union([text, z.array(text).min(1)])
  .meta({ description: 'Source field, or several of which the first non-empty one is taken.' })

/** Schema of where one value comes from and what is done to it. */
export const fieldMapping = z.strictObject({
  from,
  apply: z.array(mappingFunction).default([]).meta({ description: 'Functions applied in order.' }),
  country_from: text.optional().meta({
    description: 'For phone identifiers: the source field that holds the country of national numbers.',
  }),
})
export type FieldMapping = z.output<typeof fieldMapping>

/** A trait may also take the source at its word when its field is empty. */
const traitMapping = fieldMapping.extend({
  // Without a default: the digest of a mapping that does not name it stays what it was.
  empty: z.enum(['says_nothing', 'clears']).optional().meta({
    description:
      'What an empty field means. "says_nothing" (the default): the source does not know, and another source may. "clears": the source says there is no value, which counts as its value when sources disagree. A field that is missing altogether never says anything.',
  }),
})

const consentMapping = z.strictObject({
  purpose: fieldName.meta({ description: 'A purpose of the profile schema.' }),
  channel: fieldName.meta({ description: 'One of its channels.' }),
  from: text.meta({ description: 'Source field that tells the consent.' }),
  granted: z.array(text).default([]).meta({ description: 'Source values that mean granted.' }),
  denied: z
    .array(text)
    .default([])
    .meta({ description: 'Source values that mean denied. All others: unknown.' }),
  at: text.optional().meta({ description: 'Source field with the time of the decision (ISO 8601).' }),
  legal_basis: text.optional().meta({ description: 'Legal basis noted in the ledger, such as "consent".' }),
  wording: text.optional().meta({
    description:
      'Version of the text that people were shown, noted in the ledger, such as "newsletter-2026-03".',
  }),
})

const recordCondition = z.strictObject({
  from: text.meta({ description: 'Source field.' }),
  op: z
    .enum(['equals', 'not_equals', 'starts_with', 'not_starts_with', 'present', 'absent'])
    .meta({ description: 'Comparison of texts.' }),
  value: text.optional().meta({ description: 'Text to compare with.' }),
})

const eventMapping = z.strictObject({
  event: fieldName.meta({ description: 'An event of the profile schema.' }),
  where: z
    .array(recordCondition)
    .default([])
    .meta({ description: 'Only source records for which all of these hold become this event.' }),
  person: z.record(fieldName, fieldMapping).meta({ description: 'Identifiers of the person who did it.' }),
  time: fieldMapping.meta({ description: 'When it happened.' }),
  properties: z.record(fieldName, fieldMapping).default({}).meta({ description: 'Properties of the event.' }),
})

/** How the raw records of one stream become identifiers, traits, consents and events. */
export const mappingManifest = z.strictObject({
  connection: objectName.meta({ description: 'The connection whose stream this maps.' }),
  stream: text.meta({ description: 'The stream, as the connector names it.' }),
  identifiers: z
    .record(fieldName, fieldMapping)
    .default({})
    .meta({ description: 'Identifier kind: where its value comes from.' }),
  traits: z
    .record(fieldName, traitMapping)
    .default({})
    .meta({ description: 'Trait: where its value comes from.' }),
  consents: z.array(consentMapping).default([]).meta({ description: 'Consents told by the source.' }),
  events: z
    .array(eventMapping)
    .default([])
    .meta({ description: 'Events that each source record stands for.' }),
})
