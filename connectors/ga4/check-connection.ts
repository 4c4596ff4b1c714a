import { z } from 'zod'
import type { ConnectionCheck } from '../../core/connector/connector.ts'
import { PlatformError } from '../../core/errors/affluent-error.ts'
import { coreBudgetOf } from './budgets.ts'
import { callGoogle } from './client.ts'
import type { Ga4Context } from './config.ts'
import { propertyOf } from './endpoints.ts'

/** Tells, one line each, whether the property, the report, its audiences and the measurement secret are in order. */
export async function checkConnection(context: Ga4Context): Promise<readonly ConnectionCheck[]> {
  const property = await checkLine(
    'the property can be read',
    "Add the account's e-mail as a user of the property, and enable the Google Analytics Admin API in its Cloud project.",
    () => isPropertyReadable(context),
  )
  if (!property.ok) return [property]
  const report = await checkLine(
    'the report can be made',
    'Enable the Google Analytics Data API in the Cloud project, and choose dimensions and metrics that go together.',
    () => isReportPossible(context),
  )
  const audiences = await checkLine(
    'audiences can be read',
    'Give the account the role Editor or Marketer on the property, and the scope analytics.edit.',
    () => areAudiencesReadable(context),
  )
  return [property, report, audiences, ...(await checkMeasurement(context))]
}

/** A refusal of the platform becomes a failed line; whatever else goes wrong (network, limits) ends the test. */
async function checkLine(
  name: string,
  remedy: string,
  holds: () => Promise<boolean>,
): Promise<ConnectionCheck> {
  try {
    return (await holds()) ? { name, ok: true } : { name, ok: false, remedy }
  } catch (error) {
    if (!(error instanceof PlatformError) || !refusals.has(error.code)) throw error
    const told = error.params['remedy']
    return { name, ok: false, remedy: typeof told === 'string' ? told : remedy }
  }
}

const refusals: ReadonlySet<string> = new Set([
  'platform.auth_expired',
  'platform.permission_missing',
  'platform.not_found',
  'platform.invalid_request',
])

async function isPropertyReadable(context: Ga4Context): Promise<boolean> {
  const name = propertyOf(context.config)
  const property = await callGoogle(context, {
    act: 'reading the property',
    budget: 'admin_requests',
    answer: z.object({ name: z.string(), deleteTime: z.string().optional() }),
    send: ({ admin, once }) => admin.getProperty({ name }, once),
  })
  return property.name === name && property.deleteTime === undefined
}

/** Compatibility.COMPATIBLE (google/analytics/data/v1beta/data.proto), as number or name. */
const compatibility = z.object({ compatibility: z.union([z.int(), z.string()]).optional() })
const isCompatible = (each: z.output<typeof compatibility>): boolean =>
  each.compatibility === 1 || each.compatibility === 'COMPATIBLE'

async function isReportPossible(context: Ga4Context): Promise<boolean> {
  const { report } = context.config
  const answer = await callGoogle(context, {
    act: 'checking the compatibility of the report',
    budget: coreBudgetOf(context.config),
    answer: z.object({
      dimensionCompatibilities: z.array(compatibility),
      metricCompatibilities: z.array(compatibility),
    }),
    send: ({ data, once }) =>
      data.checkCompatibility(
        {
          property: propertyOf(context.config),
          dimensions: ['date', ...report.dimensions].map((name) => ({ name })),
          metrics: report.metrics.map((name) => ({ name })),
        },
        once,
      ),
  })
  return [...answer.dimensionCompatibilities, ...answer.metricCompatibilities].every(isCompatible)
}

async function areAudiencesReadable(context: Ga4Context): Promise<boolean> {
  await callGoogle(context, {
    act: 'listing audiences',
    budget: 'admin_requests',
    answer: z.strictObject({
      audiences: z.array(z.unknown()).optional(),
      nextPageToken: z.string().optional(),
    }),
    send: ({ admin, once }) => admin.listAudiences({ parent: propertyOf(context.config), pageSize: 1 }, once),
  })
  return true
}

/** The Measurement Protocol answers 204 to a wrong secret, too; only the Admin API can tell whether it is the stream's. */
async function checkMeasurement(context: Ga4Context): Promise<readonly ConnectionCheck[]> {
  const { config } = context
  if (config.measurement_api_secret === undefined) return []
  let stream: string | undefined
  const found = await checkLine(
    'the data stream belongs to the property',
    'Copy measurement_id (or firebase_app_id) from Admin › Data streams of this property.',
    async () => {
      stream = await findStream(context)
      return stream !== undefined
    },
  )
  if (stream === undefined) return [found]
  const parent = stream
  const secretLine = await checkLine(
    'the measurement secret is one of the stream',
    'Make an API secret at Admin › Data streams › the stream › Measurement Protocol API secrets.',
    () => isSecretKnown(context, parent),
  )
  return [found, secretLine]
}

const dataStream = z.object({
  name: z.string(),
  webStreamData: z.object({ measurementId: z.string().optional() }).optional(),
  androidAppStreamData: z.object({ firebaseAppId: z.string().optional() }).optional(),
  iosAppStreamData: z.object({ firebaseAppId: z.string().optional() }).optional(),
})

async function findStream(context: Ga4Context): Promise<string | undefined> {
  const { config } = context
  const answer = await callGoogle(context, {
    act: 'listing data streams',
    budget: 'admin_requests',
    answer: z.strictObject({
      dataStreams: z.array(dataStream).default([]),
      nextPageToken: z.string().optional(),
    }),
    // A property holds at most 50 streams: one page.
    send: ({ admin, once }) => admin.listDataStreams({ parent: propertyOf(config), pageSize: 200 }, once),
  })
  const wanted = config.firebase_app_id ?? config.measurement_id
  return answer.dataStreams.find((each) =>
    [
      each.webStreamData?.measurementId,
      each.androidAppStreamData?.firebaseAppId,
      each.iosAppStreamData?.firebaseAppId,
    ].includes(wanted),
  )?.name
}

async function isSecretKnown(context: Ga4Context, parent: string): Promise<boolean> {
  const answer = await callGoogle(context, {
    act: 'listing measurement secrets',
    budget: 'admin_requests',
    answer: z.strictObject({
      measurementProtocolSecrets: z.array(z.object({ secretValue: z.string() })).default([]),
      nextPageToken: z.string().optional(),
    }),
    send: ({ admin, once }) => admin.listMeasurementProtocolSecrets({ parent, pageSize: 10 }, once),
  })
  const own = context.config.measurement_api_secret
  return answer.measurementProtocolSecrets.some(({ secretValue }) => secretValue === own)
}
