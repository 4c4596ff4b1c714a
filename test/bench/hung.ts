import type { Connector } from '../../core/connector/connector.ts'
import { installGuardedDispatcher } from '../../hub-server/net/guarded-dispatcher.ts'
import { systemClock } from '../../hub-server/net/system-clock.ts'
import { runCycle } from '../../hub-server/worker/run-cycle.ts'
import { aCycleBench, aCycleWorkspace, shopPeople } from '../support/a-cycle.ts'
import { createLedgerConnector } from '../support/ledger-connector.ts'
import { startLedgerPlatform } from '../support/ledger-platform.ts'
import { loopbackNetwork } from '../support/loopback-network.ts'

const destinations = 10
const rounds = 3

/** A call in two seconds to each platform, a thousand records a call: what bounds a sync outside is the platform, not this machine. */
const connector: Connector = {
  ...createLedgerConnector({ recordsPerBatch: 1000, peoplePerPage: 5000 }),
  budgets: [{ name: 'all', scope: 'account', limit: 5, windowMs: 10_000, source: 'this benchmark' }],
}

interface Round {
  /** From the first delivery's start until the last of the ten ended. */
  readonly seconds: number
  /** True when the hung destination was still being waited for then. */
  readonly hungOutlasted: boolean
}

/**
 * `size` people delivered to each of ten platforms at once, alone and beside an eleventh that takes each connection and never answers. The
 * figure is the throughput that the ten lose, of medians over rounds that take turns.
 */
export async function bench({ size }: { size: number }): Promise<Record<string, unknown>> {
  installGuardedDispatcher({ networks: loopbackNetwork })
  const alone: Round[] = []
  const beside: Round[] = []
  for (let round = 0; round < rounds; round += 1) {
    alone.push(await measure(size, false))
    beside.push(await measure(size, true))
  }
  const throughput = (of: readonly Round[]): number => (destinations * size) / median(of)
  return {
    destinations,
    membersEach: size,
    rounds,
    secondsAlone: alone.map(({ seconds }) => Number(seconds.toFixed(2))),
    secondsBesideOneHung: beside.map(({ seconds }) => Number(seconds.toFixed(2))),
    hungOutlastedTheTen: beside.every(({ hungOutlasted }) => hungOutlasted),
    membersPerSecondAlone: Math.round(throughput(alone)),
    membersPerSecondBesideOneHung: Math.round(throughput(beside)),
    lostShare: Number((1 - throughput(beside) / throughput(alone)).toFixed(4)),
  }
}

function median(rounds: readonly Round[]): number {
  const sorted = rounds.map(({ seconds }) => seconds).toSorted((a, b) => a - b)
  return sorted[Math.floor(sorted.length / 2)] ?? Number.NaN
}

async function measure(size: number, withHung: boolean): Promise<Round> {
  const count = 1 + destinations + (withHung ? 1 : 0)
  const [shop, ...lists] = await Promise.all(
    Array.from({ length: count }, () => startLedgerPlatform(systemClock)),
  )
  if (!shop) throw new TypeError('no source')
  shop.people.push(...shopPeople(1, size))
  const hung = withHung ? lists[destinations] : undefined
  hung?.faults.add({ kind: 'hang', match: /members$/, times: Number.MAX_SAFE_INTEGER })
  const workspace = aCycleWorkspace(
    shop.url,
    lists.map(({ url }, index) => ({ name: `list${index}`, url })),
  )
  const hub = await aCycleBench({ clock: systemClock, workspace, connectors: [connector], pacing: true })
  const startedAt: number[] = []
  const endedAt = new Map<string, number>()
  try {
    await runCycle(hub, {
      workspace,
      asOf: systemClock.now(),
      actor: 'bench',
      signal: new AbortController().signal,
      onEvent(event) {
        if (event.kind === 'stage_started' && event.stage === 'deliver') startedAt.push(performance.now())
        if (event.kind === 'stage_ended' && event.stage === 'deliver' && event.sync !== undefined)
          endedAt.set(event.sync, performance.now())
      },
    })
    const ten = lists.slice(0, destinations)
    if (ten.some((list) => list.members('Subscribers').length !== size))
      throw new Error('not everybody was delivered')
    const ended = ten.map((_, index) => endedAt.get(`to-list${index}`) ?? Number.NaN)
    return {
      seconds: (Math.max(...ended) - Math.min(...startedAt)) / 1000,
      hungOutlasted: (endedAt.get(`to-list${destinations}`) ?? 0) > Math.max(...ended),
    }
  } finally {
    await hub.close()
    await Promise.all([shop, ...lists].map((platform) => platform.close()))
  }
}
