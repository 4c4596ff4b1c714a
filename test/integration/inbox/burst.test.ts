import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { systemClock } from '../../../hub-server/net/system-clock.ts'
import { reportFigure } from '../../support/report-figure.ts'
import { signHubspotV3 } from '../../support/signed-webhooks.ts'
import { aHub, publicUrl, secrets, type HubUnderTest } from './a-hub.ts'

let folder: string
let hub: HubUnderTest
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'affluent-burst-'))
  hub = await aHub(systemClock, { path: join(folder, 'control.sqlite') })
})
afterEach(async () => {
  await hub.close()
  await rm(folder, { recursive: true })
})

const messages = 5000

async function postOne(id: number): Promise<number> {
  const event = {
    eventId: id,
    subscriptionId: 7,
    portalId: 5,
    occurredAt: id,
    subscriptionType: 'object.deletion',
    objectTypeId: '0-1',
    objectId: id,
  }
  const body = JSON.stringify([event])
  const { status } = await hub.post(
    signHubspotV3({ publicUrl, path: '/webhooks/crm/events', body, secret: secrets.hubspot }, Date.now()),
  )
  return status
}

describe('a burst of webhooks', () => {
  it('W15: of 5,000 messages at once none is lost or refused, and they share their flushes to the disk', async (context) => {
    const answers = await Promise.all(Array.from({ length: messages }, (_, id) => postOne(id)))
    expect(answers.filter((status) => status !== 200)).toEqual([])
    const waiting = await hub.store.waitingSignals(messages + 1)
    expect(new Set(waiting.map(({ signal }) => signal.externalId)).size).toBe(messages)
    // A hundred connections at a time: one commit holds what they brought.
    expect(hub.commits.length).toBeLessThan(messages / 5)
    reportFigure(context, {
      check: 'W15',
      claim: `messages of a burst lost or refused (${hub.commits.length} flushes to the disk)`,
      value: messages - waiting.length,
      of: messages,
      target: '0',
    })
  })
})
