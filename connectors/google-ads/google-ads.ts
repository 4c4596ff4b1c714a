import type { Customer } from 'google-ads-api'
import { z } from 'zod'
import { operationsBudgetOf } from './budgets.ts'
import { accessToken, type GoogleAdsContext } from './data-manager.ts'
import { toGoogleError, unreadableAnswer } from './errors.ts'

/** Version of the Google Ads API that the SDK speaks (https://developers.google.com/google-ads/api/docs/sunset-dates). */
export const googleAdsApiVersion = 'v25'

/** One call of the Google Ads API. */
export interface GoogleAdsCall<Answer> {
  /** Gerund phrase without personal data. */
  readonly act: string
  /** Operations that it counts as. Default 1. */
  readonly cost?: number
  /** Default true. */
  readonly repeatable?: boolean
  readonly signal?: AbortSignal
  /** The shape of a success. */
  readonly answer: z.ZodType<Answer>
  /** Makes exactly one call on the customer it is handed. */
  send(customer: Customer): Promise<unknown>
}

/** Makes one call through the hub and returns the parsed answer. Throws the `PlatformError` that Google's answer means. */
export async function callGoogleAds<Answer>(
  context: GoogleAdsContext,
  call: GoogleAdsCall<Answer>,
): Promise<Answer> {
  const { act, answer, signal: stop } = call
  const reply = await context.call({
    act,
    budget: operationsBudgetOf(context.config),
    cost: call.cost ?? 1,
    repeatable: call.repeatable ?? true,
    timeoutMs: 120_000,
    async send(signal) {
      const transport = {
        accessToken: await accessToken(context),
        fetch: context.fetch,
        signal: stop ? AbortSignal.any([signal, stop]) : signal,
        act,
      }
      // The SDK brings a thousand protos and takes seconds to load: only who reads reports or changes targeting pays for it.
      const { GuardedCustomer } = await import('./guarded-customer.ts')
      return new GuardedCustomer(context.config, transport).perform((customer) => call.send(customer))
    },
    classify: (received) =>
      toGoogleError(received, { act, now: context.clock.now() }) ??
      (answer.safeParse(received.body).success ? undefined : unreadableAnswer(act, received.status)),
  })
  return answer.parse(reply.body)
}

const row = z.record(z.string(), z.unknown())
/** One row of a report, as REST writes it: camelCase, numbers of 64 bits as texts. */
export type GaqlRow = z.output<typeof row>

const searchAnswer = z
  .object({
    results: z.array(row).optional(),
    nextPageToken: z.string().optional(),
    fieldMask: z.string().optional(),
    totalResultsCount: z.coerce.number().optional(),
  })
  .catchall(z.unknown())
  // A query without rows answers without `results`; an object that has nothing of a search is no answer.
  .refine((found) => known.some((key) => found[key] !== undefined) || Object.keys(found).length === 0)
  .transform(({ results = [], nextPageToken = '' }) => ({ rows: results, nextPageToken }))

const known = ['results', 'nextPageToken', 'fieldMask', 'totalResultsCount'] as const

export interface GaqlPage {
  readonly rows: readonly GaqlRow[]
  /** Empty at the end. */
  readonly nextPageToken: string
}

/** Reads one page of a query. Pages have Google's fixed 10,000 rows. */
export function searchPage(
  context: GoogleAdsContext,
  query: {
    readonly act: string
    readonly gaql: string
    readonly pageToken?: string
    readonly signal?: AbortSignal
  },
): Promise<GaqlPage> {
  const { act, gaql, pageToken = '', signal } = query
  return callGoogleAds(context, {
    act,
    ...(signal && { signal }),
    answer: searchAnswer,
    // With search settings the SDK uses `search`, whose pages can be resumed; without them `searchStream`, which cannot.
    send: (customer) =>
      customer.query(gaql, {
        search_settings: { return_summary_row: false },
        ...(pageToken !== '' && { page_token: pageToken }),
      }),
  })
}

/** All rows of a query that is known to be short. */
export async function searchAll(
  context: GoogleAdsContext,
  query: { readonly act: string; readonly gaql: string },
): Promise<readonly GaqlRow[]> {
  const rows: GaqlRow[] = []
  const seen = new Set<string>()
  for (let pageToken: string | undefined = ''; pageToken !== undefined && !seen.has(pageToken);) {
    seen.add(pageToken)
    const page: GaqlPage = await searchPage(context, { ...query, pageToken })
    rows.push(...page.rows)
    pageToken = page.nextPageToken === '' ? undefined : page.nextPageToken
  }
  return rows
}
