import { z } from 'zod'
import { fieldName } from '../manifest/name.ts'

const country = z.string().regex(/^[A-Z]{2}$/)
const day = z.string().regex(/^\d{4}-\d{2}-\d{2}$/)

/** Whose country a value is read by: another trait of the same record, else one for all. */
const countryShape = {
  country: country.optional().meta({ description: 'ISO 3166-1 alpha-2 code, such as "FR".' }),
  country_from: fieldName.optional().meta({
    description: 'The trait of the record that holds the code; "country" applies where it is empty.',
  }),
}

/** Checks that need no setting. */
const plainChecks = ['filled', 'mailable', 'disposable', 'role_address', 'domain_typo', 'country'] as const

const outlierRules = ['z_score', 'iqr', 'mad'] as const

/** What a value has to be. Each check names what is wrong; what is done then is said beside it. */
export const valueCheck = z
  .union([
    z.enum(plainChecks),
    z.strictObject({
      phone: z.strictObject(countryShape).meta({ description: 'A valid phone number, normalised to E.164.' }),
    }),
    z.strictObject({
      postcode: z
        .strictObject(countryShape)
        .meta({ description: 'A postcode of the country, normalised to how it is written there.' }),
    }),
    z.strictObject({
      date: z
        .strictObject({
          patterns: z.array(z.string().min(1).max(40)).default([]).meta({
            description:
              'How texts may be written, such as "DD/MM/YYYY". Without any: ISO 8601. A text that two of them read as different days is ambiguous.',
          }),
          not_before: day.optional().meta({ description: 'Earliest plausible day.' }),
          not_after: z
            .union([day, z.literal('today')])
            .optional()
            .meta({ description: 'Latest plausible day, or "today".' }),
        })
        .meta({ description: 'A plausible day.' }),
    }),
    z.strictObject({
      money: z
        .strictObject({
          currency: z
            .string()
            .regex(/^[A-Z]{3}$/)
            .optional()
            .meta({ description: 'ISO 4217 code assumed where none is written, such as "EUR".' }),
        })
        .meta({ description: 'An amount with its currency, normalised to "1234.50 EUR".' }),
    }),
    z.strictObject({
      between: z
        .tuple([z.number(), z.number()])
        .meta({ description: 'Smallest and largest plausible number, both included.' }),
    }),
    z.strictObject({
      one_of: z.array(z.string()).min(1).max(1000).meta({ description: 'The only values there may be.' }),
    }),
    z.strictObject({
      pattern: z
        .string()
        .min(1)
        .max(500)
        .meta({ description: 'Regular expression (RE2) that the whole text must match.' }),
    }),
    z.strictObject({
      outlier: z
        .strictObject({
          by: z.enum(outlierRules).meta({
            description:
              '"z_score": distance from the mean in standard deviations (3). "iqr": distance from the quartiles in quartile distances (1.5). "mad": distance from the median in median deviations (3.5).',
          }),
          threshold: z
            .number()
            .positive()
            .optional()
            .meta({ description: 'Beyond this it is an outlier; the default stands in brackets above.' }),
        })
        .meta({ description: 'A number that is not far from all others of the stream.' }),
    }),
    z.strictObject({
      isolation_forest: z
        .strictObject({
          share: z.number().gt(0).max(0.5).default(0.01).meta({
            description:
              'Share of the records that count as outliers: those that are easiest to tell from all others.',
          }),
        })
        .meta({
          description: 'A record whose numbers, taken together, are not far from all others of the stream.',
        }),
    }),
  ])
  .meta({ description: 'What the value has to be.' })
export type ValueCheck = z.output<typeof valueCheck>

const checkNames = [
  ...plainChecks,
  'phone',
  'postcode',
  'date',
  'money',
  'between',
  'one_of',
  'pattern',
  'outlier',
  'isolation_forest',
] as const
export type CheckName = (typeof checkNames)[number]

/** The name of a check, under which it is reported. */
export function checkName(check: ValueCheck): CheckName {
  if (typeof check === 'string') return check
  return checkNames.find((name) => name in check) ?? 'filled'
}

/** Checks that know the normal form of a good value. */
export const canNormalise = (check: ValueCheck): boolean =>
  ['country', 'phone', 'postcode', 'date', 'money'].includes(checkName(check))

/** Checks that learn from all values of the stream what is usual. */
export const isLearned = (check: ValueCheck): boolean =>
  ['outlier', 'isolation_forest'].includes(checkName(check))
