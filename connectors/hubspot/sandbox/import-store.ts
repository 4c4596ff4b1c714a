import type { Clock } from '../../../core/port/clock.ts'
import type { LedgerEntry } from '../../sandbox-kit/sandbox-server.ts'
import { importRow, type ImportColumn, type ImportFault } from './import-row.ts'
import type { RecordStore } from './record-store.ts'

type ImportState = 'STARTED' | 'PROCESSING' | 'DEFERRED' | 'DONE' | 'FAILED' | 'CANCELED' | 'REVERTED'

/** One import of the sandbox. */
export interface SandboxImport {
  readonly id: string
  readonly name: string
  readonly operation: 'UPSERT' | 'CREATE' | 'UPDATE'
  /** The request as it was sent. */
  readonly request: unknown
  readonly columns: readonly ImportColumn[]
  readonly rows: readonly (readonly string[])[]
  readonly createdAt: number
  state: ImportState
  /** When its work began; null while it waits. */
  startedAt: number | null
  readonly faults: ImportFault[]
}

export interface ImportStore {
  readonly all: ReadonlyMap<string, SandboxImport>
  readonly contacts: RecordStore
  start(wanted: Pick<SandboxImport, 'name' | 'operation' | 'request' | 'columns' | 'rows'>): SandboxImport
  /** False when it has ended already. */
  cancel(id: string): boolean
  /** Lets time pass: work begins, ends, and makes place for those that wait. */
  advance(): void
}

export interface ImportOptions {
  readonly contacts: RecordStore
  readonly requiredProperties: readonly string[]
  readonly importMs: number
}

/** Chapter 1.4: three run at the same time, others are DEFERRED. */
const together = 3

export function createImportStore(clock: Clock, ledger: LedgerEntry[], options: ImportOptions): ImportStore {
  const all = new Map<string, SandboxImport>()
  const running = (): SandboxImport[] =>
    [...all.values()].filter(({ startedAt, state }) => startedAt !== null && isOpen(state))
  const begin = (): void => {
    for (const waiting of all.values()) {
      if (waiting.startedAt !== null || !isOpen(waiting.state)) continue
      const free = running().length < together
      waiting.state = free ? 'STARTED' : 'DEFERRED'
      if (free) waiting.startedAt = clock.now()
    }
  }
  const advance = (): void => {
    for (const work of running()) {
      const workedMs = clock.now() - (work.startedAt ?? 0)
      if (workedMs > 0) work.state = 'PROCESSING'
      if (workedMs >= options.importMs) carryOut(work, options)
    }
    begin()
  }
  return {
    all,
    contacts: options.contacts,
    advance,
    start(wanted) {
      const id = String(9000 + all.size)
      const started = { ...wanted, id, createdAt: clock.now(), startedAt: null, faults: [] }
      all.set(id, { ...started, state: 'DEFERRED' })
      ledger.push({
        at: clock.now(),
        operation: 'import_start',
        target: id,
        members: wanted.rows.map(([key = '']) => key),
      })
      begin()
      return all.get(id) ?? { ...started, state: 'DEFERRED' }
    },
    cancel(id) {
      const found = all.get(id)
      if (!found || !isOpen(found.state)) return false
      found.state = 'CANCELED'
      begin()
      return true
    },
  }
}

const isOpen = (state: ImportState): boolean => ['STARTED', 'PROCESSING', 'DEFERRED'].includes(state)

function carryOut(work: SandboxImport, { contacts, requiredProperties }: ImportOptions): void {
  const seen = new Set<string>()
  for (const [index, cells] of work.rows.entries()) {
    // The header is line 1.
    const faults = importRow({ ...work, cells, seen }, { contacts, requiredProperties })
    for (const errorType of faults) work.faults.push({ errorType, lineNumber: index + 2, cells })
  }
  work.state = 'DONE'
}
