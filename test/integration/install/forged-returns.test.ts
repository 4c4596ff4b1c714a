import * as fc from 'fast-check'
import { afterEach, describe, expect, it } from 'vitest'
import { createFixedClock, type FixedClock } from '../../support/fixed-clock.ts'
import { reportFigure } from '../../support/report-figure.ts'
import { anInstallHub, type InstallHub, type WayBack } from './an-install-hub.ts'
import { installPlatforms, type InstallPlatform } from './install-platforms.ts'

let clock: FixedClock
const running: InstallHub[] = []

async function open(platform: InstallPlatform): Promise<InstallHub> {
  clock = createFixedClock('2026-11-22T10:00:00Z', { autoAdvance: true })
  const hub = await anInstallHub(platform, clock)
  running.push(hub)
  return hub
}
afterEach(async () => {
  for (const hub of running.splice(0)) await hub.close()
})

function withState(back: string, change: (state: string) => string): string {
  const url = new URL(back)
  url.searchParams.set('state', change(url.searchParams.get('state') ?? ''))
  return url.href
}

function withCodeOf(other: WayBack, { back }: WayBack): string {
  const url = new URL(back)
  url.searchParams.set('code', new URL(other.back).searchParams.get('code') ?? '')
  return url.href
}

/** One letter of the state, and what it becomes. */
const alterations = fc.sample(
  fc.tuple(fc.nat({ max: 42 }), fc.constantFrom('A', 'Z', 'a', 'z', '0', '9', '_', '-')),
  // Each way there takes two of the attempts that an address has.
  { numRuns: 17, seed: 8 },
)

/** Ways back with a state that is missing, empty, of another browser, over, or altered. */
function strayReturns(hub: InstallHub): (() => Promise<Response>)[] {
  const altered = (change: (back: string) => string) => async () => {
    const { back, cookie } = await hub.goToPlatform()
    return hub.get(change(back), cookie)
  }
  return [
    altered((back) => withState(back, () => '')),
    altered((back) => back.replace(/state=[^&]*/, '')),
    async () => hub.get((await hub.goToPlatform()).back),
    async () => {
      const [mine, theirs] = [await hub.goToPlatform(), await hub.goToPlatform()]
      return hub.get(theirs.back, mine.cookie)
    },
    async () => {
      const { back, cookie } = await hub.goToPlatform()
      clock.advance(10 * 60_000)
      return hub.get(back, cookie)
    },
    ...alterations.map(([at, letter]) =>
      altered((back) =>
        withState(back, (state) =>
          state[at] === letter ? `${state}x` : state.slice(0, at) + letter + state.slice(at + 1),
        ),
      ),
    ),
  ]
}

describe.each(installPlatforms)('$connector.title', (platform) => {
  const { slug, title } = platform.connector

  it('X08: stores nothing for a state that is missing, used, expired, altered, or of another browser', async (context) => {
    const hub = await open(platform)
    const returns = strayReturns(hub)
    let accepted = 0
    for (const comeBack of returns) {
      const { status } = await comeBack()
      expect(status).toBeLessThan(500)
      if (status < 400 || (await hub.control.grant('crm'))) accepted += 1
    }
    // Used: the second time the same address is refused, and changes nothing.
    const { back, cookie } = await hub.goToPlatform()
    expect((await hub.get(back, cookie)).status).toBe(200)
    const kept = await hub.control.grant('crm')
    if ((await hub.get(back, cookie)).status !== 400) accepted += 1
    expect(await hub.control.grant('crm')).toEqual(kept)
    reportFigure(context, {
      check: 'X08',
      claim: `authorisations accepted with a state that is not ours, used, expired or altered (${title})`,
      value: accepted,
      of: returns.length + 1,
      target: '0',
    })
    expect([accepted, kept === undefined]).toEqual([0, false])
  })

  it('X09: refuses the code of somebody else, and a code at the address of another platform', async (context) => {
    const hub = await open(platform)
    const answers: Response[] = []
    // The attacker's code in the victim's own way back.
    const victim = await hub.goToPlatform()
    hub.sandbox.signInStranger?.()
    const attacker = await hub.goToPlatform()
    answers.push(await hub.get(withCodeOf(attacker, victim), victim.cookie))
    for (const other of installPlatforms.filter(({ connector }) => connector.slug !== slug)) {
      const { back, cookie } = await hub.goToPlatform()
      answers.push(await hub.get(back.replace(`/oauth/${slug}/`, `/oauth/${other.connector.slug}/`), cookie))
    }
    const accepted = answers.filter(({ ok }) => ok).length
    reportFigure(context, {
      check: 'X09',
      claim: `injected codes and mixed-up platforms accepted (${title})`,
      value: accepted,
      of: answers.length,
      target: '0',
    })
    expect(accepted).toBe(0)
    expect(await hub.control.grant('crm')).toBeUndefined()
  })
})
