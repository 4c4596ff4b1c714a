import { systemClock } from '../../hub-server/net/system-clock.ts'
import { runCycle } from '../../hub-server/worker/run-cycle.ts'
import { aCycleBench, aCycleWorkspace, shopPeople } from '../support/a-cycle.ts'
import { createLedgerConnector } from '../support/ledger-connector.ts'
import { startLedgerPlatform } from '../support/ledger-platform.ts'

const recordsPerBatch = 1000
const withdrawals = 100

/**
 * `size` people are delivered in batches; while the batch in the middle is on its way, their source pushes a hundred opt-outs, spread over
 * all batches. Measures which batches still carry one of them, and how soon the next cycle has taken off those who were sent before.
 */
export async function bench({ size }: { size: number }): Promise<Record<string, unknown>> {
  const [shop, list] = await Promise.all([startLedgerPlatform(systemClock), startLedgerPlatform(systemClock)])
  shop.people.push(...shopPeople(1, size))
  const step = Math.floor(size / withdrawals)
  const withdrawn = Array.from({ length: withdrawals }, (_, index) => index * step + 1)
  const workspace = aCycleWorkspace(shop.url, [{ name: 'list', url: list.url }])
  const connector = createLedgerConnector({ recordsPerBatch, peoplePerPage: 5000 })
  const batches = Math.ceil(size / recordsPerBatch)
  const told = { at: Number.NaN, inFlight: 0, kept: Promise.resolve<unknown>(undefined) }
  let sent = 0
  const hub = await aCycleBench({
    clock: systemClock,
    workspace,
    connectors: [connector],
    reach(phase) {
      if (phase !== 'intent_written') return
      sent += 1
      if (sent !== Math.ceil(batches / 2)) return
      told.inFlight = sent
      told.kept = hub.control.keepSignals(withdrawn.map(toSignal))
      told.at = systemClock.now()
    },
  })
  const cycle = () =>
    runCycle(hub, {
      workspace,
      asOf: systemClock.now(),
      actor: 'bench',
      signal: new AbortController().signal,
      onEvent: () => undefined,
    })
  try {
    await cycle()
    await told.kept
    const emails = new Set(withdrawn.map((id) => `p${id}@example.com`))
    const isWithdrawn = (email: string): boolean => emails.has(email)
    const carrying = list.ledger.flatMap(({ members }, index) =>
      members.some(isWithdrawn) ? [index + 1] : [],
    )
    const firstCycle = list.ledger.length
    const secondStart = systemClock.now()
    await cycle()
    const removal = list.ledger[firstCycle]
    return {
      people: size,
      batches,
      withdrawn: withdrawals,
      toldWhileBatchWasOnItsWay: told.inFlight,
      lastBatchThatCarriedOne: Math.max(...carrying),
      secondsFromToldToThatBatchTaken: ((list.ledger[told.inFlight - 1]?.at ?? Number.NaN) - told.at) / 1000,
      batchesAfterItThatCarriedOne: carrying.filter((batch) => batch > told.inFlight).length,
      secondsFromCycleToRemoval: ((removal?.at ?? Number.NaN) - secondStart) / 1000,
      firstWriteOfThatCycle: removal?.operation,
      stillOnTheList: list.members('Subscribers').filter(isWithdrawn).length,
    }
  } finally {
    await hub.close()
    await Promise.all([shop.close(), list.close()])
  }
}

const toSignal = (id: number) => ({
  connection: 'shop',
  signal: {
    id: `opt-out-${id}`,
    kind: 'opted_out' as const,
    stream: 'people',
    externalId: String(id),
    occurredAt: systemClock.now(),
  },
})
