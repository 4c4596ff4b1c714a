import type { Clock } from '../../../core/port/clock.ts'

const dayMs = 24 * 3_600_000

/** What an audience is made with. */
export interface NewAudience {
  readonly id: string
  readonly name: string
  readonly subtype: 'CUSTOM' | 'LOOKALIKE'
  readonly customerFileSource: string
  /** Of lookalikes: the JSON text they were made with, and the audience they were made from. */
  readonly lookalikeSpec?: string
  readonly originId?: string
  /** Default false. */
  readonly isValueBased?: boolean
}

/** An audience as the sandbox keeps it. */
export interface SandboxAudience extends NewAudience {
  /** Row keys: the non-empty values of a row, in the order of Meta's keys, joined by "|". One e-mail column: its hash. */
  readonly members: ReadonlySet<string>
  /** By member: what they are worth, in value-based lists, and the Limited Data Use of their row ("LDU 1 1000"). */
  readonly values: ReadonlyMap<string, number>
  readonly dataUse: ReadonlyMap<string, string>
  /** 200 normal; others as in Meta's operation_status. */
  readonly statusCode: number
}

/** An exchange of all members that is under way. */
export interface Exchange {
  readonly id: number
  readonly startedAt: number
  readonly members: Set<string>
}

/** The sandbox's own handle on an audience. */
export interface AudienceRecord extends SandboxAudience {
  readonly members: Set<string>
  readonly values: Map<string, number>
  readonly dataUse: Map<string, string>
  exchange?: Exchange
  readonly endedExchanges: Map<number, 'finished' | 'overdue'>
  /** Shown with a restricted audience. */
  flagged: readonly string[]
  statusCode: number
  /** Sizes after each write, for the day it takes until they show. */
  readonly sizes: { readonly at: number; readonly size: number }[]
}

export function createAudienceRecord(audience: NewAudience): AudienceRecord {
  // 441: a lookalike is being filled, which takes hours.
  const statusCode = audience.subtype === 'LOOKALIKE' ? 441 : 200
  return {
    ...audience,
    members: new Set(),
    values: new Map(),
    dataUse: new Map(),
    endedExchanges: new Map(),
    flagged: [],
    statusCode,
    sizes: [],
  }
}

const exchangeMs = 90 * 60_000

/** Ends an exchange whose 90 minutes are over: the audience then holds what arrived. */
export function settleExchange(audience: AudienceRecord, clock: Clock): void {
  const { exchange } = audience
  if (!exchange || clock.now() - exchange.startedAt <= exchangeMs) return
  audience.members.clear()
  for (const member of exchange.members) audience.members.add(member)
  delete audience.exchange
  audience.endedExchanges.set(exchange.id, 'overdue')
  audience.statusCode = 415
  noteSize(audience, clock)
}

/** Notes the size after a write; older notes than the one that shows today are forgotten. */
export function noteSize(audience: AudienceRecord, clock: Clock): void {
  const at = clock.now()
  const last = audience.sizes.at(-1)
  if (last?.at === at) audience.sizes.pop()
  audience.sizes.push({ at, size: audience.members.size })
  while ((audience.sizes[1]?.at ?? Number.POSITIVE_INFINITY) <= at - dayMs) audience.sizes.shift()
}

/** Bounds of the size as it was a day ago, rounded to hundreds; -1 when it is not known yet or under a hundred. */
export function approximateCounts(audience: AudienceRecord, clock: Clock): { lower: number; upper: number } {
  const shown = audience.sizes.findLast((note) => note.at <= clock.now() - dayMs)?.size ?? 0
  if (shown < 100) return { lower: -1, upper: -1 }
  return { lower: Math.floor(shown / 100) * 100, upper: Math.ceil((shown + 1) / 100) * 100 }
}
