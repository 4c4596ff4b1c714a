import { canvasContent, canvasForm, canvasOrg, signEnvelope } from '../../support/a-canvas-envelope.ts'
import { outboundPost, outboundXml } from '../../support/an-outbound-message.ts'
import { signHubspotV3 } from '../../support/signed-webhooks.ts'
import { command, type CommandWorld, type ServingHub } from './a-marked-hub.ts'
import { planted } from './a-marked-workspace.ts'
import { markedPerson, markedSecret } from './marks.ts'
import { emailOf, json, type Captured } from './planting.ts'

const basic = (name: string): { authorization: string } => ({
  authorization: `Basic ${Buffer.from(`${name}:`).toString('base64')}`,
})

/** What platforms and clients push, rightly, wrongly and malformed. */
export async function pushMarked(
  hub: ServingHub,
  captured: Captured,
  { told, ...world }: CommandWorld,
): Promise<void> {
  const created = await command({ ...world, told }, ['keys', 'create', '--write', 'website', '--json'])
  const key = (JSON.parse(created.out) as { key?: string; write_key?: string }).key ?? ''
  captured.set(key, 'write key')
  const send = (path: string, value: unknown, headers: Record<string, string> = basic(key)) =>
    hub.ask(path, {
      method: 'POST',
      headers: { ...json, ...headers },
      body: typeof value === 'string' ? value : JSON.stringify(value),
    })
  for (const number of [27, 28, 29, 30, 31])
    await send('/v1/identify', {
      userId: markedPerson(number).id,
      messageId: `m-${number}`,
      traits: { email: emailOf(number), first_name: markedPerson(number).firstName },
    })
  await send('/v1/track', `{"userId": "${emailOf(39)}", "event": `)
  await send('/v1/track', {
    userId: emailOf(39),
    event: { no: emailOf(39) },
    timestamp: emailOf(39),
    messageId: 'm-x',
  })
  await send('/v1/identify', { userId: emailOf(39) }, basic(markedSecret(29)))
  const event = {
    eventId: 1,
    subscriptionId: 7,
    portalId: 4242424,
    occurredAt: Date.now(),
    objectTypeId: '0-1',
    objectId: 101,
    subscriptionType: 'object.propertyChange',
    propertyName: 'email',
    propertyValue: emailOf(23),
  }
  const hook = (told: unknown, secret: string = planted.CRM_SECRET) =>
    signHubspotV3(
      { publicUrl: hub.url, path: '/webhooks/crm/events', body: JSON.stringify(told), secret },
      Date.now(),
    )
  const deletion = {
    ...event,
    eventId: 2,
    subscriptionType: 'object.deletion',
    objectId: 108,
    changeSource: emailOf(24),
  }
  for (const message of [
    hook([event]),
    hook([deletion]),
    hook([deletion]),
    hook({ not: emailOf(24) }),
    hook([event], markedSecret(28)),
  ])
    await hub.ask(message.path, {
      method: 'POST',
      headers: { ...message.headers, 'x-hubspot-signature': markedSecret(28) },
      body: message.body,
    })
  const wish = {
    orgId: canvasOrg.orgId,
    notifications: [
      {
        id: '04l5g000000ABCDAA4',
        object: 'Contact',
        recordId: '0035g000001ABCDAA4',
        fields: `<sf:Email>${emailOf(25)}</sf:Email>`,
      },
    ],
  }
  for (const outbound of [planted.ORG_OUTBOUND, markedSecret(44, 40)]) {
    const message = outboundPost('org', outbound, outboundXml(wish))
    await hub.ask(
      message.path,
      { method: 'POST', headers: message.headers, body: message.body },
      'POST /webhooks/org',
    )
  }
  const content = canvasContent(Date.now(), { recordId: '0035g000001ABCDAA4' })
  const client = {
    ...(content['client'] as object),
    oauthToken: markedSecret(36, 60),
    refreshToken: markedSecret(36, 60),
  }
  for (const secret of [planted.ORG_SECRET, planted.ORG_OLD_SECRET, markedSecret(44)]) {
    const page = canvasForm(
      '/canvas/org',
      signEnvelope(
        { ...content, client, context: { ...(content['context'] as object), email: emailOf(26) } },
        secret,
      ),
    )
    await hub.ask(page.path, { method: 'POST', headers: page.headers, body: page.body })
  }
}
