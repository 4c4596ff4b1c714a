import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { signIn } from '../../../hub-server/access/sign-in.ts'
import { aBrowser } from '../../support/a-browser.ts'
import { anAccessHub, password, type AccessHub } from '../../support/an-access-hub.ts'
import { reportFigure } from '../../support/report-figure.ts'

let hub: AccessHub
beforeEach(async () => {
  hub = await anAccessHub()
})
afterEach(() => hub.close())

/** Wrong passwords asked of each kind; each costs an argon2id of 19 MiB. */
const rounds = Number(process.env['SIGN_IN_ROUNDS'] ?? 20)

/** Asks without limits, so that many times can be measured. */
async function timeOf(name: string): Promise<number> {
  const unlimited = {
    take: () => Promise.resolve(),
    takeFrom: () => Promise.resolve(),
    forgive: () => Promise.resolve(),
  }
  const ports = { control: hub.control, clock: hub.clock, limit: unlimited }
  const begin = performance.now()
  await signIn(ports, { name, password: 'wrong horse battery', address: 'a' }).catch(() => undefined)
  return performance.now() - begin
}

const median = (numbers: readonly number[]): number =>
  numbers.toSorted((left, right) => left - right)[Math.floor(numbers.length / 2)] ?? 0

describe('X52: guessing passwords and names', () => {
  it('X52: the time and the text of a refusal do not tell who has an account', async (context) => {
    await hub.user('Ada', 'admin')
    await timeOf('Ada')
    const known: number[] = []
    const unknown: number[] = []
    // Alternating, so that whatever else the machine does meets both alike.
    for (let round = 0; round < rounds; round += 1) {
      known.push(await timeOf('Ada'))
      unknown.push(await timeOf(`Eve ${round}`))
    }
    const cut = median([...known, ...unknown])
    const right = known.filter((ms) => ms > cut).length + unknown.filter((ms) => ms <= cut).length
    const accuracy = Math.max(right, 2 * rounds - right) / (2 * rounds)
    reportFigure(context, {
      check: 'X52',
      claim: 'share of names told apart by the time of the answer (half is chance)',
      value: Math.round(accuracy * 100),
      unit: '%',
      target: '≈ 50, at most 80',
    })
    expect(accuracy).toBeLessThan(0.8)
  })

  it('X52: an account takes ten wrong attempts, known or not, then nobody’s for a while', async (context) => {
    await hub.user('Ada', 'admin')
    const beyond: string[] = []
    for (const name of ['Ada', 'Nobody']) {
      const statuses: number[] = []
      for (let attempt = 0; attempt < 14; attempt += 1) {
        const browser = aBrowser(hub.server.url)
        const guess = {
          name: attempt % 2 === 0 ? name : name.toUpperCase(),
          password: `guess ${attempt} of many`,
        }
        statuses.push((await browser.fill('/sign-in', '/sign-in', guess)).status)
      }
      expect(statuses.slice(0, 10)).toEqual(Array.from({ length: 10 }, () => 401))
      beyond.push(
        ...statuses
          .slice(10)
          .filter((status) => status !== 429)
          .map(String),
      )
    }
    reportFigure(context, {
      check: 'X52',
      claim: 'guesses taken beyond ten of one account',
      value: beyond.length,
      of: 8,
      target: '0',
    })
    expect(beyond).toEqual([])
    const browser = aBrowser(hub.server.url)
    const late = await browser.fill('/sign-in', '/sign-in', { name: 'Ada', password })
    expect(late.status).toBe(429)
    expect(Number(late.headers['retry-after'])).toBeGreaterThan(0)
  })

  it('X52: an address that stuffs names is held up, whatever the names', async () => {
    const { limit } = hub.access.pages
    for (let attempt = 0; attempt < 50; attempt += 1) await limit.take(`name ${attempt}`, '10.0.0.1')
    await expect(limit.take('another', '10.0.0.1')).rejects.toMatchObject({ code: 'api.too_many_requests' })
    await expect(limit.take('another', '10.0.0.2')).resolves.toBeUndefined()
  })

  it('X52: whoever has a network of IPv6 to guess from is one address', async () => {
    const { limit } = hub.access.pages
    for (let attempt = 0; attempt < 50; attempt += 1)
      await limit.takeFrom(`2001:db8:1:2:${attempt.toString(16)}::1`)
    await expect(limit.takeFrom('2001:db8:1:2:ffff::1')).rejects.toMatchObject({
      code: 'api.too_many_requests',
    })
    await expect(limit.takeFrom('2001:db8:1:3::1')).resolves.toBeUndefined()
  })

  it('gives the attempts back after the right password', async () => {
    await hub.user('Ada', 'admin')
    const ports = { ...hub.access.pages }
    const typed = { name: 'Ada', password: 'wrong horse battery', address: '10.0.0.1' }
    for (let attempt = 0; attempt < 9; attempt += 1)
      await expect(signIn(ports, typed)).rejects.toMatchObject({ code: 'access.sign_in_refused' })
    await signIn(ports, { ...typed, password })
    await expect(signIn(ports, typed)).rejects.toMatchObject({ code: 'access.sign_in_refused' })
  })
})
