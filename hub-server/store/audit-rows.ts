import type { Kysely, Transaction } from 'kysely'
import { z } from 'zod'
import type { AuditEntry, AuditFact } from '../../core/audit/audit-entry.ts'
import { canonicalJson } from '../../core/audit/canonical-json.ts'
import { emptyChain, linkEntry, type ChainHead } from '../../core/audit/chain.ts'
import type { AuditRange } from '../../core/port/control-store.ts'
import type { JsonObject } from '../../core/port/json.ts'
import { requestUnderWay } from './audit-request.ts'
import type { AuditRow, ControlTables } from './control-tables.ts'
import { sha256 } from './sha256.ts'

const detailsSchema = z.record(z.string(), z.json())

/** The end of the stored chain. */
export async function readChainHead(database: Kysely<ControlTables>): Promise<ChainHead> {
  const last = await database
    .selectFrom('audit_entry')
    .select(['number', 'hash'])
    .orderBy('number', 'desc')
    .limit(1)
    .executeTakeFirst()
  return last ?? emptyChain
}

/** Appends a fact, with the request that it came by. Takes a transaction, so that a change and its entry are stored together or not at all. */
export async function appendEntry(
  transaction: Transaction<ControlTables>,
  fact: AuditFact,
): Promise<AuditEntry> {
  const requestId = requestUnderWay()
  const told = requestId === undefined ? fact : { ...fact, details: { ...fact.details, requestId } }
  const entry = linkEntry(told, await readChainHead(transaction), sha256)
  await transaction
    .insertInto('audit_entry')
    .values({
      number: entry.number,
      at: entry.at,
      actor: entry.actor,
      action: entry.action,
      object: entry.object,
      details: canonicalJson(entry.details),
      previous_hash: entry.previousHash,
      hash: entry.hash,
    })
    .execute()
  return entry
}

/** Entries in order of their numbers, from `from` on. Without `limit` all of them. */
export async function readEntries(database: Kysely<ControlTables>, range: AuditRange): Promise<AuditEntry[]> {
  let query = database.selectFrom('audit_entry').selectAll().orderBy('number')
  if (range.from !== undefined) query = query.where('number', '>=', range.from)
  if (range.objects !== undefined) query = query.where('object', 'in', range.objects)
  if (range.action !== undefined) query = query.where('action', '=', range.action)
  if (range.limit !== undefined) query = query.limit(range.limit)
  const rows = await query.execute()
  return rows.map(toEntry)
}

function toEntry(row: AuditRow): AuditEntry {
  const { previous_hash: previousHash, details, ...fact } = row
  return { ...fact, previousHash, details: readDetails(details) }
}

/** Details that somebody made unreadable still have to come out as an entry, one that its hash does not fit. */
function readDetails(text: string): JsonObject {
  try {
    const parsed = detailsSchema.safeParse(JSON.parse(text))
    if (parsed.success) return parsed.data
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error
  }
  return { 'not readable as JSON': text }
}
