import { z } from 'zod'
import { valueCheck } from '../quality/value-check.ts'
import { fieldName, objectName } from './name.ts'

/** What is done with a value that fails its check. The raw source record is never changed. */
const qualityActions = ['flag', 'drop', 'quarantine', 'normalise'] as const

const onFailure = z.enum(['flag', 'drop', 'quarantine'])

const qualityCheck = z.strictObject({
  on: z.union([fieldName, z.array(fieldName).min(2).max(20)]).meta({
    description:
      'The trait or identifier kind that is checked; for an isolation forest the numeric traits it looks at.',
  }),
  check: valueCheck,
  action: z.enum(qualityActions).default('flag').meta({
    description:
      '"flag": keep it and report it. "drop": leave the value out of the profile. "quarantine": leave the whole record out until it is let through. "normalise": write a good value in its normal form.',
  }),
  otherwise: onFailure.optional().meta({
    description: 'With "normalise": what is done with a value that has no normal form. Default "flag".',
  }),
})
export type QualityCheck = z.output<typeof qualityCheck>

/** What the values of one stream have to be before they reach profiles, and what is done with those that are not. */
export const qualityShape = {
  connection: objectName.meta({ description: 'The connection whose stream is checked.' }),
  stream: z.string().meta({ description: 'The stream, as the connector names it.' }),
  flags_into: fieldName.optional().meta({
    description:
      'A trait of type "list" that no mapping fills: what is flagged is written into it, as "email.disposable", so that segments can ask for it.',
  }),
  checks: z
    .array(qualityCheck)
    .min(1)
    .max(200)
    .meta({ description: 'Checks, carried out in order: each sees what the ones before it left.' }),
}
