import { hubspot } from '@hubspot/ui-extensions'
import { createRenderer } from '@hubspot/ui-extensions/testing'
import { signCard, type CardHub } from './a-card-hub.ts'

type Rendered = ReturnType<typeof createRenderer<'crm.record.tab'>>
type Element = Parameters<Rendered['render']>[0]

/** What HubSpot hands a card. */
interface CardContext {
  readonly context: {
    readonly crm: { readonly objectId: number }
    readonly user: { readonly locale: string }
  }
}

/** An answer as a card gets it. */
interface CardResponse {
  readonly ok: boolean
  json(): Promise<unknown>
}

/** The hub as HubSpot reaches it; it may be out of order. */
export type AskHub = (path: string) => Promise<CardResponse>

/** The worker in which HubSpot runs a card: it takes the card, and asks the hub in its name. */
export interface HubspotWorker {
  /** What is asked from now on, in place of the hub. Undefined: the hub again. */
  answerBy(ask: AskHub | undefined): void
  /** Addresses that the card asked. */
  readonly asked: readonly string[]
  /** Opens the record of a contact, with HubSpot's own renderer for tests. */
  open(contact: number, locale: string): Rendered
  close(): void
}

const card = new URL('../../../connectors/hubspot/app/src/app/cards/PersonCard.tsx', import.meta.url)

/** Account 5, its user 77, and where `affluent connect hubspot` would have written the connection. */
const [account, placeholder, connection] = [
  'portalId=5&userId=77&userEmail=m%40shop.example&appId=9',
  '/my-hubspot/',
  '/crm/',
]

/** Loads the card of the app as HubSpot does. Until it is closed, HubSpot's library is bound to the hub of the test. */
export async function aHubspotWorker(hub: CardHub, now: () => number): Promise<HubspotWorker> {
  const asked: string[] = []
  const extensions: ((handed: CardContext) => Element)[] = []
  let answering: AskHub | undefined
  const toHub: AskHub = async (path) => {
    const { headers } = signCard(path, { at: now() })
    const { status, text } = await hub.request(path, { headers: { ...headers } })
    return { ok: status >= 200 && status < 300, json: () => Promise.resolve(JSON.parse(text)) }
  }
  const outsideHubspot = { ...hubspot }
  Object.assign(hubspot, {
    extend: (extension: (handed: CardContext) => Element) => void extensions.push(extension),
    // HubSpot adds who asks and for which account, and signs the whole address.
    fetch(address: string) {
      const { pathname, search } = new URL(`${address}&${account}`)
      const path = pathname.replace(placeholder, connection) + search
      asked.push(path)
      return (answering ?? toHub)(path)
    },
  })
  // The type checker does not read the app: its rules are those of its platform.
  await import(/* @vite-ignore */ card.pathname)
  return {
    asked,
    answerBy(ask) {
      answering = ask
    },
    open(contact, locale) {
      const [extension] = extensions
      if (!extension) throw new TypeError('the card does not extend HubSpot')
      const renderer = createRenderer('crm.record.tab')
      renderer.render(extension({ context: { crm: { objectId: contact }, user: { locale } } }))
      return renderer
    },
    close: () => void Object.assign(hubspot, outsideHubspot),
  }
}
