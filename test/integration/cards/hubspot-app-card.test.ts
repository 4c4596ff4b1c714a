import { Alert, Button, EmptyState, LoadingSpinner, StatusTag } from '@hubspot/ui-extensions'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { createFixedClock } from '../../support/fixed-clock.ts'
import { aCardHub, type CardHub } from './a-card-hub.ts'
import { aHubspotWorker, type AskHub, type HubspotWorker } from './a-hubspot-worker.ts'

const clock = createFixedClock('2026-11-22T10:00:00Z')
let hub: CardHub
let worker: HubspotWorker
beforeAll(async () => {
  hub = await aCardHub(clock)
  worker = await aHubspotWorker(hub, () => clock.now())
})
afterAll(async () => {
  worker.close()
  await hub.close()
})
beforeEach(() => worker.answerBy(undefined))

type Opened = ReturnType<HubspotWorker['open']>
type Node = ReturnType<Opened['getRootNode']>['childNodes'][number]

/** Texts in the order in which they are read. */
const textsIn = (nodes: readonly Node[]): string[] =>
  nodes.flatMap((node) => ('childNodes' in node ? textsIn(node.childNodes) : [node.text]))

/** What stands on the card once it has asked. */
async function textsOf(opened: Opened): Promise<string[]> {
  await opened.waitFor(() => expect(opened.maybeFind(LoadingSpinner)).toBeNull())
  return textsIn(opened.getRootNode().childNodes)
}

/** Ways in which a hub does not tell what it should. */
const failures: Readonly<Record<string, AskHub>> = {
  'refuses the call': () => Promise.resolve({ ok: false, json: () => Promise.resolve({ code: 'x' }) }),
  'cannot be reached': () => Promise.reject(new TypeError('fetch failed')),
  'answers with a page': () =>
    Promise.resolve({ ok: true, json: () => Promise.reject(new SyntaxError('Unexpected token <')) }),
  'answers with something else': () =>
    Promise.resolve({ ok: true, json: () => Promise.resolve({ person: { segments: 'none' } }) }),
}

describe('the card of the app, in HubSpot’s own renderer and with the endpoint of a hub behind it', () => {
  it('waits in words, then tells segments and why, consents and audiences of somebody known', async () => {
    const opened = worker.open(101, 'en-us')
    expect(opened.find(LoadingSpinner).props.label).toBe('Asking the hub …')
    expect(await textsOf(opened)).toEqual([
      'Segments',
      'People of Paris – since Nov 22, 2026',
      'Why: city is “Paris”',
      'Consents',
      'newsletter / email: granted',
      'told by crm/contacts',
      'Audiences',
      'Paris (crm): not in it',
      'Member of parisians and free to be sent: the next run does it.',
    ])
    expect(worker.asked.at(-1)).toMatch(
      /^\/cards\/hubspot\/crm\/person\?objectId=101&language=en&portalId=5&/,
    )
    expect(hub.lines.join('')).not.toContain('ada@example.com')
  })

  it('speaks French, and shows a refused consent as one', async () => {
    const opened = worker.open(102, 'fr-ca')
    const texts = await textsOf(opened)
    expect(texts.slice(0, 4)).toEqual([
      'Segments',
      'Dans aucun segment.',
      'Consentements',
      'newsletter / email\u00A0: refusé',
    ])
    expect(texts.at(-1)).toBe('Dans aucune audience.')
    expect(opened.findAll(StatusTag).map(({ props }) => props.variant)).toEqual(['danger'])
  })

  it('says that the hub does not know a contact yet', async () => {
    const opened = worker.open(999, 'en')
    expect(await textsOf(opened)).toEqual([
      'The hub does not know this contact yet. It learns of new contacts with its next pull.',
    ])
    expect(opened.find(EmptyState).props.title).toBe('Not known yet')
  })

  it.each(Object.entries(failures))(
    'says so when the hub %s, and asks again when told to',
    async (_how, ask) => {
      worker.answerBy(ask)
      const opened = worker.open(101, 'en')
      expect(await textsOf(opened)).toEqual(['Ask again'])
      expect(opened.find(Alert).props).toMatchObject({
        title: 'The hub could not be reached, or refused to answer. Ask whoever runs it.',
        variant: 'warning',
      })
      worker.answerBy(undefined)
      opened.find(Button).trigger('onClick')
      expect(await textsOf(opened)).toContain('People of Paris – since Nov 22, 2026')
    },
  )

  it('says so when the hub takes the call for somebody else’s', async () => {
    const started = worker.asked.length
    worker.answerBy(async (path) => {
      const { status, text } = await hub.request(path)
      return { ok: status < 300, json: () => Promise.resolve(JSON.parse(text)) }
    })
    const opened = worker.open(101, 'fr')
    expect(await textsOf(opened)).toEqual(['Réessayer'])
    expect(worker.asked).toHaveLength(started + 1)
  })
})
