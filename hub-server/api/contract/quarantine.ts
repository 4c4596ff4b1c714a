import { z } from 'zod'
import { mask } from '../../../core/masking/mask-personal.ts'
import { maskText } from '../../../core/masking/mask-text.ts'
import { describeRoute } from './describe-route.ts'
import { instant, pageQuery, wire, type PageQuery } from './wire.ts'

/** What is held back: a row that could not become a record, or a record that a check keeps out. */
export interface HeldBack {
  readonly connection: string
  readonly stream: string
  readonly kind: 'row' | 'record'
  readonly place: string
  readonly code: string
  readonly target: string | undefined
  readonly message: string | undefined
  readonly since: number
}
export interface HeldBackCount extends Pick<HeldBack, 'connection' | 'stream' | 'kind' | 'code' | 'target'> {
  readonly count: number
}
const sharedFields = {
  connection: z.string(),
  stream: z.string(),
  kind: z.enum(['row', 'record']),
  code: z.string(),
  target: z.string().optional(),
}
const sourceText = z.string().min(1).max(129)

/** A line of a file names nobody; an id that a source gave may, and so may what is said of a row. */
const maskEntry = (entry: HeldBack): HeldBack => ({
  ...entry,
  place: /^line \d+$/.test(entry.place) ? entry.place : maskText(entry.place),
  message: entry.message === undefined ? undefined : mask,
})

/** A page of what is held back, and how much is in all. */
export interface QuarantineDocument {
  readonly counts: readonly HeldBackCount[]
  readonly entries: readonly HeldBack[]
  readonly nextCursor: string | null
}

export const listQuarantine = describeRoute({
  name: 'quarantine.list',
  method: 'GET',
  path: '/v1/quarantine',
  permission: 'people:read_masked',
  summary:
    'What is held back, with the reason: counts by source, and single rows and records; without `people:read` their names are masked.',
  query: wire<PageQuery & { readonly source?: string }>({
    ...pageQuery,
    source: sourceText.exactOptional(),
  }),
  answer: wire<QuarantineDocument>({
    counts: z.array(wire<HeldBackCount>({ ...sharedFields, count: z.int() })),
    entries: z.array(
      wire<HeldBack>({
        ...sharedFields,
        place: z.string(),
        message: z.string().optional(),
        since: instant,
      }),
    ),
    nextCursor: z.string().nullable(),
  }),
  masked: ({ entries, ...rest }) => ({ ...rest, entries: entries.map(maskEntry) }),
  errors: ['usage.wrong', 'run.not_applied'],
  example: { query: { source: 'shop/contacts' }, answer: { counts: [], entries: [], next_cursor: null } },
})

interface ReplayOutcome {
  readonly records: number
  /** Syncs whose stream is read again from its beginning. */
  readonly syncs: readonly string[]
}

export const replayQuarantine = describeRoute({
  name: 'quarantine.replay',
  method: 'POST',
  path: '/v1/quarantine/replay',
  permission: 'syncs:run',
  summary: 'Has the next run try again what is in quarantine; records may be accepted as they are.',
  body: wire<{ readonly source?: string; readonly accept?: boolean }>({
    source: sourceText.exactOptional(),
    accept: z.boolean().exactOptional(),
  }),
  answer: wire<ReplayOutcome>({ records: z.int(), syncs: z.array(z.string()) }),
  errors: ['usage.wrong', 'run.not_applied'],
  example: { body: { source: 'shop/contacts' }, answer: { records: 3, syncs: [] } },
})

export const quarantineContracts = [listQuarantine, replayQuarantine]
