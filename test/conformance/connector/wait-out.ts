import { expect } from 'vitest'
import type { ConnectorSuite } from './harness.ts'
import { createHeldClock, type HeldClock } from './held-clock.ts'
import { everyKindOfCall, openHubSession, probe, type HubSession } from './hub-session.ts'
import { plainRefusals } from './refusals.ts'

/** Lets the platform refuse one call for a time, makes every other kind of call inside it, and looks at what was sent. */
export async function waitOut(suite: ConnectorSuite): Promise<void> {
  let held: HeldClock | undefined
  const hub = await openHubSession(suite, (clock) => (held = createHeldClock(clock)))
  const { harness, connection } = hub
  const refusal = harness.platform?.refusals?.rate_limited ?? plainRefusals.rate_limited
  await probe(hub)
  harness.platform?.strike({ kind: 'reply', reply: refusal.reply })
  const first = probe(hub)
  await until(() => held?.sleeping === 1)
  const [refused] = hub.sent.slice(-1)
  if (!refused) throw new Error('nothing was sent')
  const others = [() => probe(hub), ...everyKindOfCall(connection, harness)].map((act) => act())
  // Calls of other budgets come back; those of the refused one wait.
  await until(() => hub.open > 1 && hub.underWay === 0)
  const ofBudget = hub.sent.filter(({ call }) => call.budget === refused.call.budget)
  expect(ofBudget.at(-1), 'the refused call is the last that was sent').toBe(refused)
  held?.release()
  await Promise.all([first, ...others])
  const waited = retriedAfterMs(hub)
  expect(waited).toBeGreaterThan(0)
  const later = hub.sent.slice(hub.sent.indexOf(refused) + 1)
  const times = later.filter(({ call }) => call.budget === refused.call.budget).map(({ at }) => at)
  expect(times.length).toBeGreaterThan(1)
  expect(Math.min(...times)).toBeGreaterThanOrEqual(refused.at + waited)
  await hub.close()
}

function retriedAfterMs({ lines }: HubSession): number {
  const line = lines.map((text) => JSON.parse(text)).find(({ event }) => event === 'platform_call_retried')
  return Number(line?.wait_ms)
}

/** So many turns of the event loop in which something holds: it has settled. */
const quietTurns = 200
/** Seconds of an idle event loop. */
const manyTurns = 1_000_000

/** Waits until what other parts of the event loop bring about holds, and goes on holding. */
async function until(holds: () => boolean): Promise<void> {
  let quiet = 0
  for (let turn = 0; quiet < quietTurns; turn += 1) {
    if (turn > manyTurns) throw new Error('what was waited for does not come about')
    quiet = holds() ? quiet + 1 : 0
    await new Promise((next) => setImmediate(next))
  }
}
