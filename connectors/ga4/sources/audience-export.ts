import { z } from 'zod'
import { toSaid } from '../../../core/connector/to-said.ts'
import { AffluentError, PlatformError } from '../../../core/errors/affluent-error.ts'
import { coreBudgetOf, usualTokens } from '../budgets.ts'
import { callGoogle } from '../client.ts'
import type { Ga4Context } from '../config.ts'
import { propertyOf } from '../endpoints.ts'

/** AudienceExport.State (google/analytics/data/v1beta/analytics_data_api.proto); Google writes enums as numbers when asked so. */
const states = ['unspecified', 'creating', 'active', 'failed'] as const
const state = z
  .union([
    z.int().transform((code) => states[code] ?? 'unspecified'),
    z.string().transform((name) => name.toLowerCase()),
  ])
  .default('unspecified')

const audienceExport = z.object({
  name: z.string().regex(/^properties\/\d+\/audienceExports\/\d+$/),
  audience: z.string(),
  audienceDisplayName: z.string().default(''),
  dimensions: z.array(z.object({ dimensionName: z.string() })).default([]),
  state,
  beginCreatingTime: z.string().optional(),
  errorMessage: z.string().optional(),
  rowCount: z.number().default(0),
})
export type AudienceExport = z.output<typeof audienceExport>

const minuteMs = 60_000
/** An export takes about 15 minutes; it is asked after every minute, for two hours at most. */
const pollMs = minuteMs
const longestCreationMs = 120 * minuteMs

/** A finished export of the audience: a young one that is there already, else a new one, followed until it is active. */
export async function openExport(
  context: Ga4Context,
  audienceId: string,
  signal: AbortSignal,
): Promise<AudienceExport> {
  const audience = `${propertyOf(context.config)}/audiences/${audienceId}`
  const found = await findReusable(context, audience, signal)
  return follow(context, found ?? (await createExport(context, audience, signal)), signal)
}

async function findReusable(
  context: Ga4Context,
  audience: string,
  signal: AbortSignal,
): Promise<AudienceExport | undefined> {
  const { dimensions, reuse_hours: hours } = context.config.audience_export
  const oldest = context.clock.now() - hours * 60 * minuteMs
  const usable: AudienceExport[] = []
  for await (const page of listExports(context, signal))
    usable.push(
      ...page.filter(
        (each) =>
          each.audience === audience &&
          (each.state === 'active' || each.state === 'creating') &&
          Date.parse(each.beginCreatingTime ?? '') >= oldest &&
          each.dimensions.map(({ dimensionName }) => dimensionName).join() === dimensions.join(),
      ),
    )
  return usable.toSorted((a, b) => begunAt(b) - begunAt(a))[0]
}

const begunAt = (each: AudienceExport): number => Date.parse(each.beginCreatingTime ?? '')

const listAnswer = z.strictObject({
  audienceExports: z.array(audienceExport).default([]),
  nextPageToken: z.string().optional(),
})

async function* listExports(
  context: Ga4Context,
  signal: AbortSignal,
): AsyncGenerator<readonly AudienceExport[]> {
  let pageToken: string | undefined
  do {
    const answer: z.output<typeof listAnswer> = await callGoogle(context, {
      act: 'listing audience exports',
      budget: coreBudgetOf(context.config),
      signal,
      answer: listAnswer,
      send: ({ data, once }) =>
        data.listAudienceExports(
          {
            parent: propertyOf(context.config),
            pageSize: 1000,
            ...(pageToken !== undefined && { pageToken }),
          },
          once,
        ),
    })
    yield answer.audienceExports
    refuseRepeatedToken(pageToken, answer.nextPageToken, 'listing audience exports')
    pageToken = answer.nextPageToken
  } while (pageToken !== undefined && pageToken !== '')
}

/** A page token that does not move on would be followed for ever. */
export function refuseRepeatedToken(before: string | undefined, next: string | undefined, act: string): void {
  if (before !== undefined && before === next) throw new AffluentError('connector.cursor_repeated', { act })
}

/** The long-running operation names the export in its metadata or, when it is done at once, in its response. */
const operation = z.object({
  name: z.string().optional(),
  response: z.object({ name: z.string() }).optional(),
  metadata: z.object({ name: z.string().optional() }).optional(),
})

async function createExport(
  context: Ga4Context,
  audience: string,
  signal: AbortSignal,
): Promise<AudienceExport> {
  const { dimensions } = context.config.audience_export
  const parent = propertyOf(context.config)
  const begunAfter = context.clock.now() - 5 * minuteMs
  const created = await callGoogle(context, {
    act: 'creating an audience export',
    budget: coreBudgetOf(context.config),
    cost: usualTokens,
    // A second export would cost tokens again.
    repeatable: false,
    signal,
    answer: operation,
    send: ({ data, once }) =>
      data.createAudienceExport(
        {
          parent,
          audienceExport: { audience, dimensions: dimensions.map((dimensionName) => ({ dimensionName })) },
        },
        once,
      ),
  })
  const named = [created.response?.name, created.metadata?.name, created.name].find((name) =>
    /^properties\/\d+\/audienceExports\/\d+$/.test(name ?? ''),
  )
  if (named !== undefined) return readExport(context, named, signal)
  return findCreated(context, { audience, begunAfter }, signal)
}

/** AudienceExportMetadata is an empty message: where the operation names no export, the newest one of the audience is it. */
async function findCreated(
  context: Ga4Context,
  wanted: { readonly audience: string; readonly begunAfter: number },
  signal: AbortSignal,
): Promise<AudienceExport> {
  const found: AudienceExport[] = []
  for await (const page of listExports(context, signal))
    found.push(
      ...page.filter((each) => each.audience === wanted.audience && begunAt(each) >= wanted.begunAfter),
    )
  const newest = found.toSorted((a, b) => begunAt(b) - begunAt(a))[0]
  if (newest) return newest
  throw new PlatformError('platform.unreadable_answer', {
    act: 'creating an audience export',
    said: 'the operation names no export and none is listed',
  })
}

function readExport(context: Ga4Context, name: string, signal: AbortSignal): Promise<AudienceExport> {
  return callGoogle(context, {
    act: 'reading the state of an audience export',
    budget: coreBudgetOf(context.config),
    signal,
    answer: audienceExport,
    send: ({ data, once }) => data.getAudienceExport({ name }, once),
  })
}

async function follow(
  context: Ga4Context,
  begun: AudienceExport,
  signal: AbortSignal,
): Promise<AudienceExport> {
  const act = 'waiting for an audience export'
  const until = context.clock.now() + longestCreationMs
  let current = begun
  while (current.state !== 'active') {
    if (current.state === 'failed') throw failed(current, act)
    if (context.clock.now() >= until)
      throw new PlatformError('platform.timed_out', { act, seconds: longestCreationMs / 1000 })
    await context.clock.sleep(pollMs, signal)
    current = await readExport(context, current.name, signal)
  }
  return current
}

/** "It is possible that re-requesting this audience export will succeed. … A common reason is quota exhaustion." (the proto). */
function failed(current: AudienceExport, act: string): PlatformError {
  const words = current.errorMessage ?? ''
  const code = /quota|token/i.test(words) ? 'platform.quota_exhausted' : 'platform.transient'
  return new PlatformError(code, { act, said: toSaid(words) })
}

const rowsAnswer = z.object({
  audienceExport,
  audienceRows: z
    .array(z.object({ dimensionValues: z.array(z.object({ value: z.string().default('') })).default([]) }))
    .default([]),
  rowCount: z.number().default(0),
})
export type ExportRows = z.output<typeof rowsAnswer>

/** Rows of an active export from `offset` on. */
export function queryExport(
  context: Ga4Context,
  at: { readonly name: string; readonly offset: number },
  signal: AbortSignal,
): Promise<ExportRows> {
  return callGoogle(context, {
    act: 'reading members of an audience',
    budget: coreBudgetOf(context.config),
    cost: usualTokens,
    signal,
    timeoutMs: 120_000,
    answer: rowsAnswer,
    send: ({ data, once }) =>
      data.queryAudienceExport(
        { name: at.name, offset: at.offset, limit: context.config.rows_per_request },
        once,
      ),
  })
}
