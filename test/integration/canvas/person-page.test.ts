import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { PersonCard } from '../../../hub-server/cards/person-card.ts'
import {
  canvasContent,
  canvasForm,
  canvasOrg,
  canvasToken,
  signEnvelope,
  type EnvelopeWish,
} from '../../support/a-canvas-envelope.ts'
import { createFixedClock, type FixedClock } from '../../support/fixed-clock.ts'
import type { HttpAnswer } from '../../support/http-request.ts'
import { aCanvasHub, consumerSecret, type CanvasHub } from './a-canvas-hub.ts'

const contactId = '0035g00000ABCDEAA4'
const leadId = '00Q5g00000ABCDEEA5'

const card: PersonCard = {
  language: 'en',
  profileId: 'p_12',
  segments: [
    {
      name: 'big-spenders',
      title: 'Big spenders <b>&',
      since: '2026-11-01T08:00:00.000Z',
      because: 'spent more than "1,000"',
    },
  ],
  consents: [
    {
      purpose: 'newsletter',
      channel: 'email',
      status: 'denied',
      statusText: 'denied',
      decidedAt: '2026-10-05T00:00:00.000Z',
      source: 'crm/contacts',
    },
    {
      purpose: 'ads',
      channel: 'ads',
      status: 'granted',
      statusText: 'granted',
      decidedAt: null,
      source: 'crm/contacts',
    },
  ],
  audiences: [
    { sync: 's', connection: 'meta', audience: 'Buyers', isIn: false, because: 'no consent for ads' },
  ],
}

let clock: FixedClock
let hub: CanvasHub
let known: PersonCard | undefined

beforeEach(async () => {
  clock = createFixedClock('2026-11-22T10:00:00Z')
  known = card
  hub = await aCanvasHub(clock, { readCard: () => known })
})
afterEach(() => hub.close())

const show = (wish: EnvelopeWish, change: Record<string, unknown> = {}): Promise<HttpAnswer> =>
  hub.post(
    canvasForm(
      '/canvas/crm',
      signEnvelope({ ...canvasContent(clock.now(), wish), ...change }, consumerSecret),
    ),
  )

describe('the page about a person', () => {
  it('shows segments, consents and audiences, each with its reason, and writes all of it as text', async () => {
    const { status, text, headers } = await show({ recordId: contactId })
    expect({ status, type: headers['content-type'] }).toEqual({
      status: 200,
      type: 'text/html; charset=utf-8',
    })
    expect(text).toContain('Big spenders &lt;b&gt;&amp;')
    expect(text).toContain('spent more than &quot;1,000&quot;')
    expect(text).toContain('<time datetime="2026-11-01T08:00:00.000Z">November 1, 2026</time>')
    expect(text).toContain('newsletter / email')
    expect(text).toContain('no consent for ads')
    expect(text).toContain('<html lang="en">')
    expect(text).not.toContain(canvasToken)
    expect(hub.asked).toEqual([{ connection: 'crm', streams: ['contacts'], externalId: contactId }])
  })

  it('may be framed by the pages of the org alone, runs nothing, and is kept by nobody', async () => {
    const { headers } = await show({ recordId: contactId })
    const policy = String(headers['content-security-policy'])
    expect(policy).toContain(`frame-ancestors ${canvasOrg.instanceUrl} ${canvasOrg.lightning}`)
    expect(policy.match(/frame-ancestors ([^;]*)/)?.[1]?.split(' ')).toHaveLength(2)
    expect(policy).toContain("default-src 'none'")
    expect(policy).not.toContain('script-src')
    expect(headers['x-frame-options']).toBeUndefined()
    expect(headers['cache-control']).toBe('no-store')
  })

  it('speaks French to users of a French Salesforce', async () => {
    const { text, headers } = await show({ recordId: contactId, language: 'fr' })
    expect(text).toContain('<html lang="fr">')
    expect(text).toContain('Membre depuis le')
    expect(text).toContain('1 novembre 2026')
    expect(headers['content-language']).toBe('fr')
  })

  it('finds the record of a lead, and the one that our Lightning component names', async () => {
    await show({ recordId: leadId })
    const environment = { parameters: { recordId: contactId } }
    const content = canvasContent(clock.now())
    await show({}, { context: { ...(content['context'] as object), environment } })
    expect(hub.asked.map(({ streams, externalId }) => [streams[0], externalId])).toEqual([
      ['leads', leadId],
      ['contacts', contactId],
    ])
  })

  it('says that it knows nobody, or was told no person, and asks for nobody’s data then', async () => {
    known = undefined
    expect((await show({ recordId: contactId })).text).toContain('does not know this person')
    const { status, text } = await show({ recordId: '0015g00000ABCDEAA4' })
    expect(status).toBe(200)
    expect(text).toContain('beside a contact or a lead')
    expect(hub.asked).toHaveLength(1)
    expect(await hub.store.auditEntries()).toEqual([])
  })

  it('is noted in the audit log, by ids alone, when it shows somebody', async () => {
    await show({ recordId: contactId })
    const entries = await hub.store.auditEntries()
    expect(entries).toMatchObject([
      {
        actor: `crm:${canvasOrg.userId}`,
        action: 'person_shown',
        object: 'profile/p_12',
        details: { connection: 'crm' },
      },
    ])
    expect(JSON.stringify(entries)).not.toContain('rep@acme.test')
  })

  it('is no page for other methods, and a refusal may be framed by nobody', async () => {
    const other = await hub.call('GET', '/canvas/crm?_sfdc_canvas_auth=user_approval_required')
    expect({ status: other.status, allow: other.headers.allow }).toEqual({ status: 405, allow: 'POST' })
    const { status, headers } = await hub.post({
      path: '/canvas/crm',
      headers: {},
      body: new Uint8Array(),
    })
    expect(status).toBe(401)
    expect(headers['content-security-policy']).toContain("frame-ancestors 'none'")
  })
})
