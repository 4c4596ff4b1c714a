import { describe, expect, it } from 'vitest'
import { salesforceConfig } from '../../../../../connectors/salesforce/config.ts'
import { outboundMessages } from '../../../../../connectors/salesforce/signals/outbound-messages.ts'
import type { ChangeSignal, WebhookMessage } from '../../../../../core/connector/signal.ts'
import { outboundXml, type OutboundWish } from '../../../../support/an-outbound-message.ts'

const orgId = '00D5g000004ABCDEA4'
const key = 'a-key-of-forty-random-characters-0123456'
const config = salesforceConfig.parse({
  client_id: 'x',
  refresh_token: 'y',
  expected_org_id: orgId,
  outbound_key: key,
})
const contact = { id: '04l5g000000AAAAAA4', object: 'Contact', recordId: '0035g00000ABCDEAA4' }

const message = (xml: string, query = `?key=${key}`, method = 'POST'): WebhookMessage => ({
  method,
  url: `https://hub.example.com/webhooks/crm/outbound_messages${query}`,
  headers: {},
  body: new TextEncoder().encode(xml),
})
const xmlOf = (wish: Partial<OutboundWish> = {}): string =>
  outboundXml({ orgId, notifications: [contact], ...wish })
const verify = (given: WebhookMessage): boolean => outboundMessages.verify(config, given, 0)
const parse = (xml: string): readonly ChangeSignal[] => outboundMessages.parse(config, message(xml))

describe('an outbound message', () => {
  it('is known by the key in the address and the org in the message, in either form of its id', () => {
    expect(verify(message(xmlOf()))).toBe(true)
    expect(verify(message(xmlOf({ orgId: orgId.slice(0, 15) })))).toBe(true)
  })

  it.each([
    ['without a key', message(xmlOf(), '')],
    ['with another key', message(xmlOf(), `?key=${key}x`)],
    ['with the key twice', message(xmlOf(), `?key=${key}&key=${key}`)],
    ['of another org', message(xmlOf({ orgId: '00D5g000004OTHREA4' }))],
    ['that is read by GET', message(xmlOf(), `?key=${key}`, 'GET')],
    ['that is no XML', message('{"a":1}')],
    ['with a document type', message(`<!DOCTYPE x>${xmlOf().replace(/^<\?.*\?>\n/, '')}`)],
    ['of another namespace', message(xmlOf().replace('2005/09/outbound', '2005/09/inbound'))],
    ['that is no SOAP', message(xmlOf().replaceAll('soapenv:Envelope', 'soapenv:Wrapper'))],
    [
      'that names two orgs',
      message(xmlOf().replace('<ActionId>', `<OrganizationId>00D5g000004OTHREA4</OrganizationId><ActionId>`)),
    ],
  ])('is refused %s', (_what, given) => {
    expect(verify(given)).toBe(false)
  })

  it('is refused by a connection that has no key or expects no org', () => {
    for (const missing of ['outbound_key', 'expected_org_id'] as const)
      expect(outboundMessages.verify({ ...config, [missing]: undefined }, message(xmlOf()), 0)).toBe(false)
  })

  it('becomes one hint for each notification, named by its id, with the time where it tells one', () => {
    const fields =
      '<sf:Email>a@example.com</sf:Email><sf:LastModifiedDate>2026-11-22T09:00:00.000Z</sf:LastModifiedDate>'
    const signals = parse(
      xmlOf({
        notifications: [
          { ...contact, fields },
          { id: '04l5g000000BBBBAA4', object: 'Lead', recordId: '00Q5g00000ABCDE' },
        ],
      }),
    )
    expect(signals).toEqual([
      {
        id: 'outbound:04l5g000000AAAAAA4:contacts',
        kind: 'changed',
        stream: 'contacts',
        externalId: '0035g00000ABCDEAA4',
        occurredAt: Date.parse('2026-11-22T09:00:00Z'),
      },
      {
        id: 'outbound:04l5g000000BBBBAA4:leads',
        kind: 'changed',
        stream: 'leads',
        externalId: '00Q5g00000ABCDEEA5',
        occurredAt: 0,
      },
    ])
    expect(JSON.stringify(signals)).not.toContain('a@example.com')
  })

  it('of an object that is not read tells nothing, and is acknowledged like the others', () => {
    expect(
      parse(xmlOf({ notifications: [{ ...contact, object: 'Case', recordId: '5005g00000ABCDEAA4' }] })),
    ).toEqual([])
    expect(outboundMessages.acknowledgement).toMatchObject({
      status: 200,
      text: expect.stringContaining('<Ack>true</Ack>') as string,
    })
  })

  it.each([
    ['no notification', xmlOf({ notifications: [] })],
    ['a hundred and one', xmlOf({ notifications: Array.from({ length: 101 }, () => contact) })],
    ['a notification without an id', xmlOf({ notifications: [{ ...contact, id: '' }] })],
    ['a record without an id', xmlOf({ notifications: [{ ...contact, recordId: 'x' }] })],
  ])('with %s is unreadable', (_what, xml) => {
    expect(() => parse(xml)).toThrow(expect.objectContaining({ code: 'platform.invalid_request' }) as Error)
  })
})
