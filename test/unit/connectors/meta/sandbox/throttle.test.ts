import { describe, expect, it } from 'vitest'
import { createThrottle } from '../../../../../connectors/meta/sandbox/throttle.ts'
import type { SandboxRequest } from '../../../../../connectors/sandbox-kit/sandbox-server.ts'
import { createFixedClock } from '../../../../support/fixed-clock.ts'

// Section 1.6 of the platform notes (ads.md).
const request: SandboxRequest = {
  method: 'POST',
  path: '/v25.0/23850000000000001/users',
  query: new URLSearchParams(),
  headers: {},
  text: '',
  body: undefined,
  params: {},
}

function start(tier: 'limited' | 'full', audiences: number) {
  const clock = createFixedClock('2026-11-22T00:00:00Z')
  const throttle = createThrottle({ clock, accountId: 'act_42', tier, countAudiences: () => audiences })
  const spend = (calls: number): number =>
    Array.from({ length: calls }, () => throttle.refuse(request)).filter((reply) => reply).length
  const usage = () => JSON.parse(throttle.headers(request)['x-business-use-case-usage'] ?? '{}')['42'][0]
  return { clock, throttle, spend, usage }
}

describe('meta sandbox: custom-audience limit', () => {
  it.each([
    ['limited', 1, 5_040],
    ['full', 2, 190_080],
  ] as const)('lets %s with %i audiences make %i calls an hour', (tier, audiences, limit) => {
    const { spend, throttle } = start(tier, audiences)
    expect(spend(limit)).toBe(0)
    expect(throttle.refuse(request)).toMatchObject({
      status: 400,
      body: { error: { code: 80_003, error_subcode: 2_446_079 } },
    })
  })

  it('tells the minutes until calls get through, and lets them through then', () => {
    const { clock, spend, usage } = start('limited', 1)
    spend(5_040)
    clock.advance(10 * 60_000)
    expect(spend(1)).toBe(1)
    expect(usage()).toMatchObject({ call_count: 100, estimated_time_to_regain_access: 50 })
    clock.advance(50 * 60_000)
    expect(spend(1)).toBe(0)
  })

  it('counts the calls that are made while it refuses, which lengthens the block', () => {
    const { clock, spend, usage } = start('limited', 0)
    spend(5_000)
    clock.advance(30 * 60_000)
    expect(spend(5_000)).toBe(5_000)
    clock.advance(30 * 60_000)
    expect(usage()).toMatchObject({ estimated_time_to_regain_access: 30 })
    expect(spend(1)).toBe(1)
  })
})
