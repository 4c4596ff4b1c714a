import type { ChangeSignal } from '../../core/connector/signal.ts'
import type { NewConsentEntry } from '../../core/port/consent-store.ts'
import type { Cycle } from './cycle-ports.ts'

/** Signals looked through before a batch leaves: what a platform may push within the minutes of a cycle. */
const signalsHeeded = 10_000

/**
 * Notes opt-outs that a platform told as denials of the consents that the stream's mappings read: from the fields the signal names, or
 * all of them. The next pull reads the object itself. Idempotent.
 */
export async function noteOptOuts(
  { consents, workspace }: Pick<Cycle, 'consents' | 'workspace'>,
  connection: string,
  signals: readonly ChangeSignal[],
): Promise<void> {
  const mappings = [...workspace.mappings.values()].filter((mapping) => mapping.connection === connection)
  const entries = signals.flatMap((signal) =>
    signal.kind === 'opted_out'
      ? mappings
          .filter(({ stream }) => stream === signal.stream)
          .flatMap((mapping) => mapping.consents)
          .filter(({ from }) => signal.fields?.includes(from) ?? true)
          .flatMap(({ purpose, channel }) => toEntry(connection, signal, { purpose, channel }))
      : [],
  )
  if (entries.length > 0) await consents.append(entries)
}

function toEntry(
  connection: string,
  { id, stream, externalId, occurredAt }: ChangeSignal,
  { purpose, channel }: { readonly purpose: string; readonly channel: string },
): NewConsentEntry[] {
  if (stream === undefined || externalId === undefined) return []
  return [
    {
      subject: { connection, stream, externalId },
      purpose,
      channel,
      status: 'denied',
      origin: 'platform',
      source: `${connection}/${stream}`,
      decidedAt: occurredAt,
      legalBasis: null,
      wording: null,
      note: null,
      key: `${connection}/${id}/${purpose}/${channel}`,
    },
  ]
}

/**
 * Notes opt-outs that platforms pushed while this cycle was under way. They stay in the inbox and are followed whole by the next cycle;
 * only their effect on consent is brought forward. Returns the ledger's revision.
 */
export async function heedOptOuts(cycle: Cycle): Promise<number> {
  const waiting = await cycle.control.waitingSignals(signalsHeeded)
  const optOuts = waiting.filter(({ signal }) => signal.kind === 'opted_out')
  for (const [connection, of] of Map.groupBy(optOuts, (told) => told.connection)) {
    await noteOptOuts(
      cycle,
      connection,
      of.map(({ signal }) => signal),
    )
  }
  return cycle.consents.revision()
}
