import { z } from 'zod'
import type { SandboxReply, SandboxRequest, SandboxRoute } from '../../sandbox-kit/sandbox-server.ts'
import { bodyOf, enumOf, googleError, unknownName } from './google-error.ts'
import { wantsQuota, type QuotaBook } from './quota-book.ts'
import { makeTable, type ReportQuery } from './report-table.ts'
import type { SandboxProperty } from './sandbox-property.ts'

/** int64 in JSON: a string (trap 6); a small number is taken, too. */
const int64 = z.union([z.string().regex(/^\d+$/), z.int().min(0)]).transform(Number)
const named = z.array(z.strictObject({ name: z.string() })).default([])
const request = z.strictObject({
  dimensions: named,
  metrics: named,
  dateRanges: z.array(z.strictObject({ startDate: z.string(), endDate: z.string() })).default([]),
  orderBys: z
    .array(
      z.object({
        dimension: z.object({ dimensionName: z.string() }).optional(),
        desc: z.boolean().default(false),
      }),
    )
    .default([]),
  offset: int64.default(0),
  limit: int64.default(10_000),
  returnPropertyQuota: z.boolean().default(false),
  keepEmptyRows: z.boolean().default(false),
  currencyCode: z.string().default('EUR'),
})

/** Tokens that one request costs here: what most of Google's stay below. */
const tokens = 10

export interface Catalogue {
  readonly dimensions: readonly string[]
  readonly metrics: readonly string[]
  /** Pairs that cannot stand in one report. */
  readonly incompatible: readonly (readonly [string, string])[]
}

/** `:runReport` and `:checkCompatibility` of the Data API v1beta. */
export function reportRoutes(
  property: SandboxProperty,
  quota: QuotaBook,
  catalogue: Catalogue,
): readonly SandboxRoute[] {
  return [
    {
      method: 'POST',
      pattern: /^\/v1beta\/properties\/\d+:runReport$/,
      answer: (received) => runReport(property, quota, { catalogue, received }),
    },
    {
      method: 'POST',
      pattern: /^\/v1beta\/properties\/\d+:checkCompatibility$/,
      answer: (received) => checkCompatibility(catalogue, received),
    },
  ]
}

interface Asked {
  readonly catalogue: Catalogue
  readonly received: SandboxRequest
}

function runReport(
  property: SandboxProperty,
  quota: QuotaBook,
  { catalogue, received }: Asked,
): SandboxReply {
  const parsed = request.safeParse(bodyOf(received))
  if (!parsed.success) return unreadable(parsed.error)
  const asked = parsed.data
  const query: ReportQuery = {
    dimensions: asked.dimensions.map(({ name }) => name),
    metrics: asked.metrics.map(({ name }) => name),
    ranges: asked.dateRanges,
    orderBy: asked.orderBys.flatMap(({ dimension }) => dimension?.dimensionName ?? []),
  }
  const refused = refuseQuery(catalogue, query) ?? quota.pay(tokens, query.dimensions)
  if (refused) return refused
  const table = makeTable(property, query)
  // "The API returns a maximum of 250,000 rows per request, no matter how many you ask for."
  const rows = table.slice(asked.offset, asked.offset + Math.min(asked.limit, 250_000))
  return {
    status: 200,
    body: {
      dimensionHeaders: query.dimensions.map((name) => ({ name })),
      metricHeaders: query.metrics.map((name) => ({
        name,
        type: enumOf(received, metricTypes, 'TYPE_INTEGER'),
      })),
      ...(rows.length > 0 && { rows }),
      ...(table.length > 0 && { rowCount: table.length }),
      metadata: describeReport(property, asked.currencyCode),
      ...(wantsQuota(received) && { propertyQuota: quota.describe(tokens) }),
      kind: 'analyticsData#runReport',
    },
  }
}

/** MetricType: the first two of google/analytics/data/v1beta/data.proto. */
const metricTypes = ['METRIC_TYPE_UNSPECIFIED', 'TYPE_INTEGER']

function unreadable(error: z.ZodError): SandboxReply {
  const [issue] = error.issues
  if (issue?.code === 'unrecognized_keys') return unknownName(issue.keys[0] ?? '')
  return googleError('INVALID_ARGUMENT', `Invalid value at '${issue?.path.join('.') ?? ''}'`)
}

const many = (what: string, most: number): SandboxReply =>
  googleError('INVALID_ARGUMENT', `Requests are limited to ${most} ${what}.`)

/** Trap 11: the numbers of date ranges, dimensions and metrics; then names, then what does not go together. */
function refuseQuery(catalogue: Catalogue, query: ReportQuery): SandboxReply | undefined {
  if (query.ranges.length > 4) return many('dateRanges', 4)
  if (query.dimensions.length > 9) return many('dimensions', 9)
  if (query.metrics.length > 10) return many('metrics', 10)
  const dimension = query.dimensions.find((name) => !catalogue.dimensions.includes(name))
  if (dimension !== undefined) return notValid(dimension, 'dimension')
  const metric = query.metrics.find((name) => !catalogue.metrics.includes(name))
  if (metric !== undefined) return notValid(metric, 'metric')
  const names = [...query.dimensions, ...query.metrics]
  const pair = catalogue.incompatible.find((each) => each.every((name) => names.includes(name)))
  if (!pair) return undefined
  return googleError(
    'INVALID_ARGUMENT',
    `Please remove ${pair[1]} to make the request compatible. The request's dimensions & metrics are incompatible. To learn more, see https://ga-dev-tools.web.app/ga4/dimensions-metrics-explorer/`,
  )
}

const notValid = (name: string, kind: string): SandboxReply =>
  googleError(
    'INVALID_ARGUMENT',
    `Field ${name} is not a valid ${kind}. For a list of valid dimensions and metrics, see https://developers.google.com/analytics/devguides/reporting/data/v1/api-schema`,
  )

function describeReport(property: SandboxProperty, currencyCode: string): object {
  const { thresholded, otherRow, sampled, truncated } = property.flags
  return {
    currencyCode,
    timeZone: property.timeZone,
    ...(thresholded === true && { subjectToThresholding: true }),
    ...(otherRow === true && { dataLossFromOtherRow: true }),
    ...(sampled && {
      samplingMetadatas: [
        { samplesReadCount: String(sampled.read), samplingSpaceSize: String(sampled.space) },
      ],
    }),
    ...(truncated === true && { dataTruncationReasons: [{ dataTruncationMessage: 'Truncated.' }] }),
  }
}

const compatibilities = ['COMPATIBILITY_UNSPECIFIED', 'COMPATIBLE', 'INCOMPATIBLE']

function checkCompatibility(catalogue: Catalogue, received: SandboxRequest): SandboxReply {
  const parsed = z.strictObject({ dimensions: named, metrics: named }).safeParse(bodyOf(received))
  if (!parsed.success) return unreadable(parsed.error)
  const dimensions = parsed.data.dimensions.map(({ name }) => name)
  const metrics = parsed.data.metrics.map(({ name }) => name)
  const broken = catalogue.incompatible.filter((pair) =>
    pair.every((name) => [...dimensions, ...metrics].includes(name)),
  )
  const judge = (name: string): object => ({
    compatibility: enumOf(
      received,
      compatibilities,
      broken.some((pair) => pair[1] === name) ? 'INCOMPATIBLE' : 'COMPATIBLE',
    ),
  })
  return {
    status: 200,
    body: {
      dimensionCompatibilities: dimensions.map((apiName) => ({
        dimensionMetadata: { apiName },
        ...judge(apiName),
      })),
      metricCompatibilities: metrics.map((apiName) => ({ metricMetadata: { apiName }, ...judge(apiName) })),
    },
  }
}
