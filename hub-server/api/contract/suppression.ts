import { z } from 'zod'
import { describeRoute } from './describe-route.ts'
import { instant, pageQuery, wire, type PageQuery } from './wire.ts'

/** One line of the list: nothing in it names anybody. */
export interface SuppressionEntry {
  readonly digest: string
  readonly kind: string
  readonly reason: string
  readonly actor: string
  readonly addedAt: number
}

export interface SuppressionPage {
  readonly entries: readonly SuppressionEntry[]
  readonly nextCursor: string | null
}

export const listSuppression = describeRoute({
  name: 'suppression.list',
  method: 'GET',
  path: '/v1/suppression',
  permission: 'consents:read',
  summary: 'The identifiers that nothing is ever sent to, as digests, oldest first.',
  query: wire<PageQuery>(pageQuery),
  answer: wire<SuppressionPage>({
    entries: z.array(
      wire<SuppressionEntry>({
        digest: z.string(),
        kind: z.string(),
        reason: z.string(),
        actor: z.string(),
        addedAt: instant,
      }),
    ),
    nextCursor: z.string().nullable(),
  }),
  errors: ['run.not_applied'],
  example: { query: { limit: '100' }, answer: { entries: [], next_cursor: null } },
})

interface SuppressionOrder {
  readonly identifiers: readonly string[]
  readonly kind?: string
  readonly reason?: string
}
/** What became of the identifiers; `refused`: places, from 1, of those that are none of the kind. */
export interface SuppressionOutcome {
  readonly added: number
  readonly known: number
  readonly refused: readonly number[]
}
const identifierText = z.string().min(1).max(1024)

/** Most identifiers of one request. */
export const mostIdentifiers = 10_000

export const addSuppression = describeRoute({
  name: 'suppression.add',
  method: 'POST',
  path: '/v1/suppression',
  permission: 'people:write',
  summary: 'Puts identifiers on the list of those that nothing is ever sent to.',
  body: wire<SuppressionOrder>({
    identifiers: z.array(identifierText).min(1).max(mostIdentifiers),
    kind: z.string().min(1).max(64).exactOptional(),
    reason: z.string().max(1000).exactOptional(),
  }),
  answer: wire<SuppressionOutcome>({ added: z.int(), known: z.int(), refused: z.array(z.int()) }),
  errors: ['run.not_applied'],
  example: {
    body: { identifiers: ['ada@example.com'], reason: 'asked by letter' },
    answer: { added: 1, known: 0, refused: [] },
  },
})

export const removeSuppression = describeRoute({
  name: 'suppression.remove',
  method: 'POST',
  path: '/v1/suppression/remove',
  permission: 'people:write',
  summary: 'Takes one identifier off the list.',
  body: wire<{ readonly identifier: string; readonly kind?: string }>({
    identifier: identifierText,
    kind: z.string().min(1).max(64).exactOptional(),
  }),
  answer: wire<{ readonly removed: number }>({ removed: z.int() }),
  errors: ['run.not_applied'],
  example: { body: { identifier: 'ada@example.com' }, answer: { removed: 1 } },
})

export const suppressionContracts = [listSuppression, addSuppression, removeSuppression]
