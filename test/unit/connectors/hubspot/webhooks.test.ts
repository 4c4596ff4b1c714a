import { createHash, createHmac } from 'node:crypto'
import { describe, expect, it } from 'vitest'
import type { BoundWebhook } from '../../../../core/connector/connector.ts'
import { PlatformError } from '../../../../core/errors/affluent-error.ts'
import { connectHubspot } from '../../../integration/hubspot/open-hubspot.ts'
import { createFixedClock } from '../../../support/fixed-clock.ts'

const clock = createFixedClock('2026-11-22T10:00:00Z')
const url = 'https://hub.example.com/hooks/hubspot'

function open(name: string, config = {}): BoundWebhook {
  const { connection } = connectHubspot('https://api.hubapi.com', clock, {
    client_secret: 'secret',
    portal_id: '5',
    ...config,
  })
  const webhook = connection.webhooks.find((candidate) => candidate.name === name)
  if (!webhook) throw new Error(`there is no webhook ${name}`)
  return webhook
}

const message = (content: unknown, headers: Record<string, string> = {}) => ({
  method: 'POST',
  url,
  headers,
  body: new TextEncoder().encode(typeof content === 'string' ? content : JSON.stringify(content)),
})
const event = (more: object) => ({
  eventId: 100,
  subscriptionId: 7,
  portalId: 5,
  appId: 77,
  occurredAt: clock.now(),
  subscriptionType: 'object.propertyChange',
  objectTypeId: '0-1',
  objectId: 123,
  attemptNumber: 0,
  ...more,
})
const parse = (...events: object[]) => open('events').parse(message(events.map(event)))

const change = (propertyName: string, propertyValue: string) =>
  parse({ propertyName, propertyValue })[0]?.kind
const many = (count: number) => message(Array.from({ length: count }, (_, id) => event({ eventId: id })))

describe('webhook of events', () => {
  it('is verified over the raw bytes with the app’s secret', () => {
    const text = JSON.stringify([event({})])
    const sign = (secret: string): string =>
      createHmac('sha256', secret).update(`POST${url}${text}${clock.now()}`).digest('base64')
    const headers = (secret: string) => ({
      'x-hubspot-signature-v3': sign(secret),
      'x-hubspot-request-timestamp': String(clock.now()),
    })
    expect(open('events').verify(message(text, headers('secret')), clock.now())).toBe(true)
    expect(open('events').verify(message(text, headers('forged')), clock.now())).toBe(false)
    const rotating = open('events', { previous_client_secret: 'former' })
    expect(rotating.verify(message(text, headers('former')), clock.now())).toBe(true)
  })

  it('names a change by account, subscription, object, time and event, since event ids alone repeat', () => {
    expect(parse({})).toEqual([
      {
        id: `5:7:123:${clock.now()}:100`,
        kind: 'changed',
        stream: 'contacts',
        externalId: '123',
        occurredAt: clock.now(),
      },
    ])
    const ids = parse({}, { subscriptionId: 8 }, { objectId: 9 }, { occurredAt: 1 }, { attemptNumber: 3 })
    expect(new Set(ids.map(({ id }) => id)).size).toBe(4)
  })

  it.each([
    ['object.creation', 'changed'],
    ['object.restore', 'changed'],
    ['object.deletion', 'deleted'],
    ['contact.privacyDeletion', 'erased'],
    ['contact.deletion', 'deleted'],
  ])('%s means %s', (subscriptionType, kind) => {
    expect(parse({ subscriptionType })).toMatchObject([{ kind, stream: 'contacts', externalId: '123' }])
  })

  it.each([
    ['0-2', 'companies'],
    ['0-3', 'deals'],
  ])('object type %s is the stream %s', (objectTypeId, stream) => {
    expect(parse({ objectTypeId })).toMatchObject([{ stream }])
  })

  it('a privacy deletion has an id of its own, whichever of the two comes first', () => {
    const deletion = { subscriptionType: 'object.deletion', subscriptionId: 1 }
    const erasure = {
      subscriptionType: 'contact.privacyDeletion',
      subscriptionId: 2,
      objectTypeId: undefined,
    }
    const forward = parse(deletion, erasure)
    const backward = parse(erasure, deletion)
    expect(forward.map(({ kind }) => kind)).toEqual(['deleted', 'erased'])
    expect(backward.map(({ kind }) => kind)).toEqual(['erased', 'deleted'])
    expect(new Set(forward.map(({ id }) => id)).size).toBe(2)
    expect(forward.map(({ id }) => id)).toEqual(backward.map(({ id }) => id).toReversed())
  })

  it('a merge tells the new id and those that went into it', () => {
    expect(
      parse({
        subscriptionType: 'object.merge',
        primaryObjectId: 1,
        mergedObjectIds: [2, 3],
        newObjectId: 9,
      }),
    ).toMatchObject([{ kind: 'merged', externalId: '9', mergedIds: ['2', '3', '1'] }])
  })

  it('a new link is a change of the record that it starts from', () => {
    expect(
      parse({
        subscriptionType: 'object.associationChange',
        objectId: undefined,
        fromObjectId: 4,
        toObjectId: 5,
      }),
    ).toMatchObject([{ kind: 'changed', externalId: '4' }])
  })

  it('an opt-out is told as one, an opt-in only as a change', () => {
    expect(change('hs_email_optout', 'true')).toBe('opted_out')
    expect(change('hs_email_optout_501', 'true')).toBe('opted_out')
    expect(change('hs_email_optout', 'false')).toBe('changed')
    expect(change('firstname', 'true')).toBe('changed')
  })

  it('leaves out other accounts of the app, other objects and what cannot be read', () => {
    expect(
      parse({ portalId: 6 }, { objectTypeId: '0-5' }, { subscriptionType: 'conversation.creation' }, {}),
    ).toHaveLength(1)
    expect(open('events').parse(message(['nonsense', event({})]))).toHaveLength(1)
  })

  it('takes a full message of a hundred events, and refuses what is no message', () => {
    expect(open('events').parse(many(100))).toHaveLength(100)
    expect(() => open('events').parse(many(101))).toThrow(PlatformError)
    expect(() => open('events').parse(message('{"a":1}'))).toThrow(PlatformError)
    expect(() => open('events').parse(message('<html>'))).toThrow(PlatformError)
  })

  it('demands portal_id: an erasure must never hit the wrong account', () => {
    const unnamed = open('events', { portal_id: undefined })
    expect(() => unnamed.parse(message([event({})]))).toThrow(/portal_id/)
  })
})

describe('webhook of workflow actions', () => {
  const call = {
    callbackId: 'ap-5-1-2-3',
    origin: { portalId: 5, actionDefinitionId: 1 },
    context: { source: 'WORKFLOWS', workflowId: 9 },
    object: { objectId: 123, objectType: 'CONTACT' },
    inputFields: {},
  }

  it('is signed with v2', () => {
    const text = JSON.stringify(call)
    const hash = createHash('sha256').update(`secretPOST${url}${text}`).digest('hex')
    const headers = { 'x-hubspot-signature': hash, 'x-hubspot-signature-version': 'v2' }
    const webhook = open('workflow_actions')
    expect(webhook.verify(message(text, headers), clock.now())).toBe(true)
    expect(webhook.verify(message(`${text} `, headers), clock.now())).toBe(false)
  })

  it('asks for the record to be read again; a replay is known by its callback id', () => {
    const signals = open('workflow_actions').parse(message(call))
    expect(signals).toMatchObject([{ kind: 'changed', stream: 'contacts', externalId: '123' }])
    expect(open('workflow_actions').parse(message(call))).toEqual(signals)
    expect(open('workflow_actions').parse(message({ ...call, origin: { portalId: 6 } }))).toEqual([])
    expect(() => open('workflow_actions').parse(message([]))).toThrow(PlatformError)
  })
})
