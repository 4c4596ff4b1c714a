import { z } from 'zod'
import type { SourceRecord } from '../../../core/connector/source.ts'
import type { JsonObject } from '../../../core/port/json.ts'

const values = z.array(z.object({ value: z.string().default('') })).default([])

/** Enums come as numbers or as names, as the request asked. */
const metadata = z.object({
  subjectToThresholding: z.boolean().default(false),
  dataLossFromOtherRow: z.boolean().default(false),
  samplingMetadatas: z
    .array(
      z.object({
        samplesReadCount: z.coerce.number().default(0),
        samplingSpaceSize: z.coerce.number().default(0),
      }),
    )
    .default([]),
  dataTruncationReasons: z.array(z.unknown()).default([]),
  emptyReason: z.string().optional(),
  currencyCode: z.string().optional(),
  timeZone: z.string().optional(),
  schemaRestrictionResponse: z
    .object({
      activeMetricRestrictions: z.array(z.object({ metricName: z.string().optional() })).default([]),
    })
    .optional(),
})

/** RunReportResponse as JSON. Google leaves out what is empty; `kind` is always there. */
export const reportAnswer = z.object({
  kind: z.literal('analyticsData#runReport'),
  dimensionHeaders: z.array(z.object({ name: z.string() })).default([]),
  metricHeaders: z.array(z.object({ name: z.string() })).default([]),
  rows: z.array(z.object({ dimensionValues: values, metricValues: values })).default([]),
  rowCount: z.number().default(0),
  metadata: metadata.default(metadata.parse({})),
})
export type ReportAnswer = z.output<typeof reportAnswer>

/** What weakens the figures of an answer, as fields that a mapping may use. */
export function qualityOf(answer: ReportAnswer): JsonObject {
  const { metadata: told } = answer
  const read = told.samplingMetadatas.reduce((sum, each) => sum + each.samplesReadCount, 0)
  const space = told.samplingMetadatas.reduce((sum, each) => sum + each.samplingSpaceSize, 0)
  const restricted = told.schemaRestrictionResponse?.activeMetricRestrictions ?? []
  return {
    report_is_thresholded: told.subjectToThresholding,
    report_has_other_row_loss: told.dataLossFromOtherRow,
    report_sampled_share: space > 0 ? read / space : 1,
    report_is_truncated: told.dataTruncationReasons.length > 0,
    report_restricted_metrics: restricted.map(({ metricName }) => metricName ?? '').join(', '),
    report_currency: told.currencyCode ?? null,
    report_time_zone: told.timeZone ?? null,
  }
}

/** Why the answer's totals cannot be trusted to add up; empty when they can. */
export function weaknessesOf(quality: JsonObject): readonly string[] {
  return [
    ...(quality['report_is_thresholded'] === true ? ['thresholded'] : []),
    ...(quality['report_has_other_row_loss'] === true ? ['other_row'] : []),
    ...(quality['report_is_truncated'] === true ? ['truncated'] : []),
    ...(quality['report_restricted_metrics'] === '' ? [] : ['restricted_metrics']),
    ...(quality['report_sampled_share'] === 1 ? [] : ['sampled']),
  ]
}

/** What rolls up rare values, and what Google does not know: both stand for no single value. */
const otherRow = '(other)'
export const notSet = '(not set)'

/**
 * One record per row, keyed by its dimensions. `date` is written "2026-11-01"; metrics are numbers; "(not set)" is null;
 * `is_other_row` marks the row that rolls up rare values.
 */
export function toReportRecords(answer: ReportAnswer, asked: readonly string[]): SourceRecord[] {
  const dimensionNames = answer.dimensionHeaders.map(({ name }) => name)
  const metricNames = answer.metricHeaders.map(({ name }) => name)
  const quality = qualityOf(answer)
  return answer.rows.map((row) => {
    const dimensions = dimensionNames.map((name, index) =>
      toDimension(name, row.dimensionValues[index]?.value ?? ''),
    )
    const fields: Record<string, JsonObject[string]> = { ...quality }
    for (const [index, name] of dimensionNames.entries())
      fields[name] = dimensions[index] === notSet ? null : (dimensions[index] ?? null)
    for (const [index, name] of metricNames.entries()) fields[name] = toNumber(row.metricValues[index]?.value)
    fields['is_other_row'] = dimensions.includes(otherRow)
    return {
      externalId: JSON.stringify(dimensions),
      versionAt: null,
      deleted: false,
      fields: pick(fields, asked),
    }
  })
}

function toDimension(name: string, value: string): string {
  return name === 'date' ? value.replace(/^(\d{4})(\d{2})(\d{2})$/, '$1-$2-$3') : value
}

function toNumber(value: string | undefined): number | null {
  const number = Number(value ?? Number.NaN)
  return value === '' || Number.isNaN(number) ? null : number
}

/** Keeps what was asked for; an empty list asks for everything. */
export function pick(fields: JsonObject, asked: readonly string[]): JsonObject {
  if (asked.length === 0) return fields
  return Object.fromEntries(
    asked.flatMap((name) => (Object.hasOwn(fields, name) ? [[name, fields[name] ?? null]] : [])),
  )
}
