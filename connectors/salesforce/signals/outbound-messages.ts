import { createHash, timingSafeEqual } from 'node:crypto'
import type { ChangeSignal, Webhook, WebhookMessage } from '../../../core/connector/signal.ts'
import { PlatformError } from '../../../core/errors/affluent-error.ts'
import type { SalesforceConfig } from '../config.ts'
import { isSalesforceId, toId18 } from '../salesforce-id.ts'
import { streams } from '../sources/stream.ts'
import { readXml, type XmlElement } from '../xml/read-xml.ts'

const act = 'reading an outbound message'
const namespace = 'http://soap.sforce.com/2005/09/outbound'
const soapNamespace = 'http://schemas.xmlsoap.org/soap/envelope/'

/** A message holds at most 100 notifications (2.6), each of them one record with the fields that the admin chose. */
const mostNotifications = 100
const limits = { bytes: 1_048_576, elements: 50_000, depth: 10 }

/**
 * Outbound messages of flows and workflow rules: SOAP, unsigned. The sender is known by the key in the address, which stands nowhere but in the
 * org's own settings, and must name the org that the connection expects. A message is a hint and nothing else: its values are not
 * looked at, so a repeated or an altered one makes the hub read a record again, and no more.
 */
export const outboundMessages: Webhook<SalesforceConfig> = {
  name: 'outbound_messages',
  verify: ({ outbound_key: key, expected_org_id: orgId }, message) =>
    key !== undefined &&
    orgId !== undefined &&
    message.method === 'POST' &&
    hasKey(message, key) &&
    organizationOf(notificationsOf(message)) === toId18(orgId),
  parse: (_config, message) => toSignals(notificationsOf(message)),
  acknowledgement: {
    status: 200,
    contentType: 'text/xml; charset=utf-8',
    text: `<?xml version="1.0" encoding="UTF-8"?><soapenv:Envelope xmlns:soapenv="${soapNamespace}"><soapenv:Body><notificationsResponse xmlns="${namespace}"><Ack>true</Ack></notificationsResponse></soapenv:Body></soapenv:Envelope>`,
  },
}

/** One key, of the right value; digests, because texts of different lengths cannot be compared in constant time. */
function hasKey({ url }: WebhookMessage, key: string): boolean {
  if (!URL.canParse(url)) return false
  const [given, ...others] = new URL(url).searchParams.getAll('key')
  return given !== undefined && others.length === 0 && timingSafeEqual(digest(given), digest(key))
}

const digest = (text: string): Buffer => createHash('sha256').update(text).digest()

/** `Envelope/Body/notifications` of a message, undefined for everything else. */
function notificationsOf({ body }: WebhookMessage): XmlElement | undefined {
  const envelope = readXml(body, limits)
  const [prefix = '', name] = envelope?.name.split(':') ?? []
  if (name !== 'Envelope' || envelope?.attributes[`xmlns:${prefix}`] !== soapNamespace) return undefined
  const found = only(only(envelope, `${prefix}:Body`), 'notifications')
  return found?.attributes['xmlns'] === namespace ? found : undefined
}

/** The one child of this name: two of them could be read one way here and another way elsewhere. */
function only(element: XmlElement | undefined, name: string): XmlElement | undefined {
  const [found, ...others] = element?.children.filter((child) => child.name === name) ?? []
  return others.length === 0 ? found : undefined
}

const organizationOf = (notifications: XmlElement | undefined): string =>
  toId18(only(notifications, 'OrganizationId')?.text ?? '')

function toSignals(notifications: XmlElement | undefined): readonly ChangeSignal[] {
  const told = notifications?.children.filter(({ name }) => name === 'Notification') ?? []
  if (told.length === 0 || told.length > mostNotifications) throw unreadable('the number of notifications')
  return told.flatMap(toSignal)
}

/** Objects of other types than those the connector reads are none of the hub's, and acknowledged all the same. */
function toSignal(notification: XmlElement): ChangeSignal[] {
  const id = only(notification, 'Id')?.text ?? ''
  const object = only(notification, 'sObject')
  const [, type = ''] = /^\w+:(\w+)$/.exec(object?.attributes['xsi:type'] ?? '') ?? []
  const recordId = only(object, 'sf:Id')?.text ?? ''
  if (!isSalesforceId(id) || !isSalesforceId(recordId)) throw unreadable('an Id')
  return streams
    .filter((stream) => stream.object === type)
    .map(({ name }) => ({
      // The same notification keeps its id however often it is sent again.
      id: `outbound:${toId18(id)}:${name}`,
      kind: 'changed',
      stream: name,
      externalId: toId18(recordId),
      occurredAt: changedAt(object),
    }))
}

/** When the record changed, where the admin chose that field; 0 else: for a hint it decides nothing. */
function changedAt(object: XmlElement | undefined): number {
  const at = Date.parse(only(object, 'sf:LastModifiedDate')?.text ?? '')
  return Number.isNaN(at) ? 0 : at
}

const unreadable = (what: string): PlatformError =>
  new PlatformError('platform.invalid_request', { act, said: `${what} is not as documented` })
