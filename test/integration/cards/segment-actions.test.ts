import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { openControlStore } from '../../../hub-server/store/open-control-store.ts'
import { heedPicks } from '../../../hub-server/worker/heed-picks.ts'
import { createFixedClock } from '../../support/fixed-clock.ts'
import { reportFigure } from '../../support/report-figure.ts'
import { signHubspotV2, type SignedMessage } from '../../support/signed-webhooks.ts'
import { startReceiver } from '../../support/start-receiver.ts'
import { createWorkspaceFolder } from '../../support/workspace-folder.ts'
import { aCardHub, publicUrl, secret, writeContacts, type CardHub } from './a-card-hub.ts'

const clock = createFixedClock('2026-11-22T10:00:00Z')

let hub: CardHub
beforeAll(async () => {
  hub = await aCardHub(clock)
})
afterAll(() => hub.close())

let callbacks = 0
interface Action {
  readonly callbackId?: string
  readonly portal?: number
  readonly contact?: number
  readonly segment?: string
  readonly objectType?: string
}

/** The body that crm.md and HubSpot's page show. */
const bodyOf = ({
  callbackId = `ap-5-${(callbacks += 1)}`,
  portal = 5,
  contact = 101,
  segment = 'dinner',
  objectType = 'CONTACT',
}: Action = {}): string =>
  JSON.stringify({
    callbackId,
    origin: { portalId: portal, actionDefinitionId: 2, actionDefinitionVersion: 1 },
    context: { source: 'WORKFLOWS', workflowId: 3 },
    object: { objectId: contact, objectType, properties: {} },
    inputFields: { segment },
  })

const sign = (verb: 'add_to' | 'remove_from', body: string, key = secret): SignedMessage =>
  signHubspotV2({ publicUrl, path: `/webhooks/crm/${verb}_segment`, body, secret: key })

const post = async ({ path, headers, body }: SignedMessage) => {
  const answer = await hub.request(path, { method: 'POST', headers, body: new TextDecoder().decode(body) })
  return { status: answer.status, text: answer.text }
}
const add = (action?: Action) => post(sign('add_to', bodyOf(action)))
const remove = (action?: Action) => post(sign('remove_from', bodyOf(action)))

const accepted = {
  status: 200,
  text: '{"outputFields":{"hs_execution_state":"SUCCESS","affluent_result":"accepted"}}',
}

async function members(): Promise<string[]> {
  const rows = await hub.bench.duckdb.all<{ id: string }>(
    `SELECT p.identifier_hubspot_contact_id AS id FROM membership m JOIN profile p USING (profile_id)
     WHERE segment = 'dinner' AND exited_at IS NULL ORDER BY ALL`,
  )
  return rows.map(({ id }) => id)
}

describe('workflow actions of HubSpot', () => {
  it('put a contact into a hand-picked segment, and take it out', async () => {
    expect(await add()).toEqual(accepted)
    await hub.cycle()
    expect(await members()).toEqual(['101'])
    clock.advance(1000)
    expect(await remove()).toEqual(accepted)
    await hub.cycle()
    expect(await members()).toEqual([])
  })

  it('count at once where the hub stays up, and once however often the inbox is read', async () => {
    clock.advance(1000)
    await add({ contact: 102 })
    expect(await heedPicks(hub.bench, hub.workspace)).toBe(1)
    expect(await heedPicks(hub.bench, hub.workspace)).toBe(0)
    clock.advance(1000)
    await remove({ contact: 102 })
    await hub.cycle()
    expect(await members()).toEqual([])
  })

  it('are looked at once at a time in a burst, and none is left behind', async () => {
    clock.advance(1000)
    const before = await countPicks()
    await Promise.all(
      Array.from({ length: 40 }, async (_, index) => {
        await add({ callbackId: `burst-${index}`, contact: 102 })
        await heedPicks(hub.bench, hub.workspace)
      }),
    )
    expect((await countPicks()) - before).toBe(40)
    clock.advance(1000)
    await remove({ contact: 102 })
    await hub.cycle()
  })

  it('wait for a contact that no pull brought yet', async () => {
    clock.advance(1000)
    expect(await add({ contact: 103 })).toEqual(accepted)
    await hub.cycle()
    expect(await members()).toEqual([])
    await writeContacts(hub, clock, [{ hs_object_id: '103', email: 'new@example.com' }])
    await hub.cycle()
    expect(await members()).toEqual(['103'])
    clock.advance(1000)
    await remove({ contact: 103 })
    await hub.cycle()
  })

  it('tell the workflow when the segment cannot be picked by hand, and keep nothing', async () => {
    const refusals = [
      [await add({ segment: 'diner' }), 'the hub has no segment of this name'],
      [await add({ segment: 'parisians' }), 'the segment is not picked by hand'],
    ] as const
    for (const [answer, why] of refusals)
      expect(answer).toEqual({
        status: 200,
        text: JSON.stringify({
          outputFields: { hs_execution_state: 'FAIL_CONTINUE', affluent_result: why },
        }),
      })
    expect(await hub.bench.control.waitingSignals(10)).toEqual([])
  })

  it('of another account, of another object or without a segment pick nobody', async () => {
    expect((await add({ portal: 6 })).status).toBe(200)
    expect((await add({ objectType: 'DEAL' })).status).toBe(400)
    expect((await post(sign('add_to', '{"callbackId":"x"}'))).status).toBe(400)
    await hub.cycle()
    expect(await members()).toEqual([])
  })

  it('are refused when they were signed for the other action, without the version, or with v3', async () => {
    const body = bodyOf()
    const { headers } = sign('add_to', body)
    const { 'x-hubspot-signature-version': _version, ...unversioned } = headers
    const statuses = [
      await post({ ...sign('add_to', body), path: '/webhooks/crm/remove_from_segment' }),
      await post({ ...sign('add_to', body), headers: unversioned }),
      await post({ ...sign('add_to', body), headers: { ...headers, 'x-hubspot-signature-version': 'v3' } }),
      await post(sign('add_to', body, 'another-secret')),
    ].map(({ status }) => status)
    expect(statuses).toEqual([401, 401, 401, 401])
  })

  it('do not count again when a signed message of long ago is replayed', async () => {
    clock.advance(1000)
    const old = sign('add_to', bodyOf({ contact: 101 }))
    await post(old)
    clock.advance(1000)
    await remove({ contact: 101 })
    await hub.cycle()
    clock.advance(30 * 86_400_000)
    await hub.cycle()
    // The inbox has forgotten it by now: the message is taken for new there.
    expect(await post(old)).toEqual(accepted)
    await hub.cycle()
    expect(await members()).toEqual([])
  })
})

describe('repetition', () => {
  const twice = 100

  it('W12: a workflow action that is delivered twice at one moment to two processes has one effect', async (context) => {
    await using folder = await createWorkspaceFolder({})
    const path = `${folder.path}/control.sqlite`
    const messages = Array.from({ length: twice }, (_, index) =>
      sign(
        index % 2 === 0 ? 'add_to' : 'remove_from',
        bodyOf({ callbackId: `twice-${index}`, contact: 101 }),
      ),
    )
    expect(await postToTwoProcesses(path, messages)).toEqual(new Set([200]))
    const control = await openControlStore(path, clock)
    const waiting = await control.waitingSignals(1000)
    const before = await countPicks()
    // What one cycle took, the next one finds settled.
    for (let cycle = 0; cycle < 2; cycle += 1) await heedPicks({ ...hub.bench, control }, hub.workspace)
    const effects = (await countPicks()) - before
    await control.close()
    reportFigure(context, {
      check: 'W12',
      claim: 'effects of a workflow action delivered twice at once to two processes',
      value: effects / twice,
      of: 1,
      target: '1',
    })
    expect({ kept: waiting.length, effects }).toEqual({ kept: twice, effects: twice })
  })
})

/** Posts each message to both at one moment, and kills them. Gives the statuses of the answers. */
async function postToTwoProcesses(path: string, messages: readonly SignedMessage[]): Promise<Set<number>> {
  const order = { hub: 'inbox', path, now: clock.now() } as const
  const processes = await Promise.all([startReceiver(order), startReceiver(order)])
  try {
    const answers = await Promise.all(
      messages.flatMap((message) => processes.map((each) => each.post(message))),
    )
    return new Set(answers.map(({ status }) => status))
  } finally {
    for (const each of processes) await each.kill()
  }
}

async function countPicks(): Promise<number> {
  const row = await hub.bench.duckdb.one<{ count: bigint }>(
    `SELECT count(*) AS count FROM source_record WHERE connection = 'events' AND stream = 'picks'`,
  )
  return Number(row?.count ?? 0)
}
