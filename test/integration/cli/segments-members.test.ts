import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { z } from 'zod'
import type { ApiKeyScope } from '../../../hub-server/access/permissions.ts'
import { aServedHub, type ServedHub } from '../../support/a-served-hub.ts'
import { runCli } from '../../support/run-cli.ts'
import { startKeyRelay } from '../../support/start-key-relay.ts'

const ofNowhere = {
  kind: 'segment',
  version: 1,
  name: 'of-nowhere',
  rule: { trait: 'country', op: 'equals', value: 'ZZ' },
}

let keys = 0
let hub: ServedHub
beforeAll(async () => {
  hub = await aServedHub({
    arrange: (folder) => writeFile(join(folder, 'manifests', 'of-nowhere.json'), JSON.stringify(ofNowhere)),
  })
})
afterAll(() => hub.close())

const affluent = (...words: string[]) => runCli([...words, '--workspace', hub.folder])

const answer = z.looseObject({
  type: z.literal('segment_members'),
  segment: z.string(),
  masked: z.boolean(),
  next_cursor: z.string().nullable(),
  members: z.array(z.looseObject({ profileId: z.string(), since: z.number() })),
})

async function membersOf(...words: string[]): Promise<z.infer<typeof answer>> {
  const { code, out } = await affluent('segments', 'members', 'readers', ...words, '--json')
  expect(code).toBe(0)
  return answer.parse(JSON.parse(out))
}

/** Has the command line ask as a program with these rights, and no others. */
async function withRights<Result>(
  scopes: readonly ApiKeyScope[],
  act: () => Promise<Result>,
): Promise<Result> {
  keys += 1
  const relay = await startKeyRelay(hub.url, await hub.key(`narrow ${keys}`, scopes))
  hub.hub.lock.announce(relay.url)
  try {
    return await act()
  } finally {
    hub.hub.lock.announce(hub.url)
    await relay.close()
  }
}

describe('affluent segments members', () => {
  it('lists who is in it, since when, and by what they are known', async () => {
    const { code, out, err } = await affluent('segments', 'members', 'readers')
    expect([code, err]).toEqual([0, ''])
    expect(out).toMatch(/^profile +since +identifiers$/m)
    expect(out).toMatch(/^p_\d+ +\w.+ UTC +email camille\.durand@example\.com {2}phone \+33199001234$/m)
    const { members, masked, next_cursor } = await membersOf()
    expect(members).toHaveLength(out.trim().split('\n').length - 1)
    expect([masked, next_cursor]).toEqual([false, null])
  })

  it('goes on where a list before it ended, until everybody was told once', async () => {
    const all = (await membersOf()).members.map(({ profileId }) => profileId)
    const told: string[] = []
    let cursor: string | null = ''
    while (cursor !== null) {
      const page = await membersOf('--limit', '1', ...(cursor === '' ? [] : ['--cursor', cursor]))
      expect(page.members.length).toBeLessThanOrEqual(1)
      told.push(...page.members.map(({ profileId }) => profileId))
      cursor = page.next_cursor
    }
    expect(all.length).toBeGreaterThan(1)
    expect(told).toEqual(all)
    const { err } = await affluent('segments', 'members', 'readers', '--limit', '1', '--lang', 'fr')
    expect(err).toMatch(/Il y en a d’autres\u00A0: affluent segments members readers --cursor \S+/)
  })

  it('refuses a segment that is not there, a limit beyond bounds, and a cursor that is not of this list', async () => {
    expect((await affluent('segments', 'members', 'nobody')).err).toContain('nobody')
    for (const limit of ['0', '100001', 'all'])
      expect((await affluent('segments', 'members', 'readers', '--limit', limit)).code).toBe(64)
    const forged = await affluent('segments', 'members', 'readers', '--cursor', 'p_1')
    expect(forged.code).not.toBe(0)
    expect(forged.out).toBe('')
  })

  it('says that values are masked, to whoever may see people and not their values', async () => {
    const [plain, french, data] = await withRights(['people:read_masked'], async () => [
      await affluent('segments', 'members', 'readers'),
      await affluent('segments', 'members', 'readers', '--lang', 'fr'),
      await membersOf(),
    ])
    expect(plain?.code).toBe(0)
    expect(plain.out).toMatch(/^p_\d+ .*email \S*…/m)
    expect(plain.out).not.toContain('durand')
    expect(plain.err).toContain('Values are masked')
    expect(french.err).toContain('Les valeurs sont masquées\u00A0:')
    expect(data.masked).toBe(true)
    const refused = await withRights(['runs:read'], () => affluent('segments', 'members', 'readers'))
    expect(refused.code).not.toBe(0)
    expect(refused.out).toBe('')
  })

  it('says that nobody is in an empty one', async () => {
    const { code, out } = await affluent('segments', 'members', 'of-nowhere')
    expect([code, out]).toEqual([0, 'Nobody is in “of-nowhere”.\n'])
  })
})

describe('affluent segments preview, asked by whoever may not see values', () => {
  const rule = "country = 'FR'"
  const preview = (...words: string[]) =>
    withRights(['segments:read'], () => affluent('segments', 'preview', '--rule', rule, ...words))

  it('tells “fewer than ten” in place of small counts, and shows nobody', async () => {
    const full = await affluent('segments', 'preview', '--rule', rule)
    expect(full.out).toMatch(/: \d of \d+ people \(/)
    const { code, out } = await preview()
    expect(code).toBe(0)
    expect(out).toContain('fewer than 10 of')
    expect(out).not.toMatch(/p_\d|@/)
  })

  it('does so in French, and with null in JSON', async () => {
    expect((await preview('--lang', 'fr')).out).toMatch(/moins de 10/)
    expect(JSON.parse((await preview('--json')).out)).toMatchObject({ members: null, people: [] })
  })
})
