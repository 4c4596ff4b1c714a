import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { z } from 'zod'
import { aServedHub, type ServedHub } from '../../support/a-served-hub.ts'
import { runCli } from '../../support/run-cli.ts'

let hub: ServedHub
beforeAll(async () => {
  hub = await aServedHub({ serve: { publicUrl: 'https://hub.example.com' } })
})
afterAll(() => hub.close())

const affluent = (...words: string[]) => runCli([...words, '--workspace', hub.folder])

const written = z.object({ id: z.string(), key: z.string() })

describe('commands beside a running hub', () => {
  it('make, list, rotate and revoke write keys, and note who did', async () => {
    const made = await affluent('keys', 'create', '--write', 'website', '--json')
    const { id } = written.parse(JSON.parse(made.out))
    const rotated = await affluent('keys', 'rotate', id)
    expect(rotated.code).toBe(0)
    expect(rotated.out).toMatch(/wk_[\w-]{43}/)
    expect(rotated.out).toContain(`Clients may use the key ${id} until`)
    const list = await affluent('keys', 'list')
    expect(list.out).toMatch(new RegExp(`${id} .*ends `))
    expect(list.out).toContain('in force')
    expect((await affluent('keys', 'revoke', id)).code).toBe(0)
    expect((await affluent('keys', 'list')).out).toMatch(new RegExp(`${id} .*revoked `))
    expect((await affluent('keys', 'rotate', id)).code).toBe(64)
    const noted = (await hub.hub.control.auditEntries()).filter(({ action }) =>
      action.startsWith('write_key'),
    )
    expect(noted.map(({ action }) => action)).toEqual([
      'write_key_created',
      'write_key_created',
      'write_key_rotated',
      'write_key_revoked',
    ])
    expect(JSON.stringify(noted)).not.toContain('wk_')
  })

  it('end a key at once when no overlap is wanted', async () => {
    const [old] = (await hub.hub.control.writeKeys()).filter(({ revokedAt }) => revokedAt === null)
    expect((await affluent('keys', 'rotate', old?.id ?? '', '--overlap', '0')).code).toBe(0)
    const ended = (await hub.hub.control.writeKeys()).find(({ id }) => id === old?.id)
    expect(ended?.revokedAt).toBeLessThanOrEqual(Date.now())
    const inForce = await hub.hub.control.writeKeySources(Date.now())
    expect([...inForce.values()]).toEqual(['website'])
  })

  it('tell the quality of sources, and have it learned anew', async () => {
    const report = await affluent('quality', 'report', '--json')
    expect(JSON.parse(report.out)).toMatchObject({
      type: 'quality_report',
      sources: [{ connection: 'contacts', stream: 'people', records: 8 }],
    })
    expect((await affluent('quality', 'report', 'nowhere')).code).toBe(64)
    expect((await affluent('quality', 'relearn')).out).toContain('No quality manifest')
  })

  it('print links that work from outside, though only the hub knows its public address', async () => {
    for (const words of [['link'], ['add', 'Ada', '--role', 'viewer']]) {
      const made = await affluent('access', ...words)
      expect(made).toMatchObject({ code: 0 })
      expect(made.out).toMatch(/^ {2}https:\/\/hub\.example\.com\/join\/[\w-]{43}$/m)
    }
    const told = JSON.parse((await affluent('access', 'link', '--json')).out)
    expect(told).toMatchObject({ url: `https://hub.example.com${told.path}` })
  })

  it('test connections', async () => {
    const { code, out } = await affluent('connections', 'test', '--json')
    expect(code).toBe(0)
    expect(JSON.parse(out)).toMatchObject({
      connections: [
        { connection: 'contacts', error: null },
        { connection: 'platform', error: null },
      ],
    })
    expect((await affluent('connections', 'action', 'platform', 'nothing')).code).toBe(64)
  })

  it('show events as they arrive, and end when all was shown', async () => {
    const body = Buffer.from(JSON.stringify({ userId: 'ada@example.com', traits: { plan: 'pro' } }))
    const call = { route: 'identify', source: 'website', receivedAt: Date.now(), retries: 0, body }
    hub.hub.events.keep([call, call])
    const tail = await affluent('events', 'tail', '--once')
    expect(tail.out.match(/website {2}identify {2}a…@e….com \{plan\}/g)).toHaveLength(2)
    expect(tail.out).not.toContain('ada@example.com')
    const first = await affluent('events', 'tail', '--limit', '1', '--json')
    expect(first.out.trim().split('\n')).toHaveLength(2)
  })
})
