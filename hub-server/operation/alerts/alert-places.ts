import { signMessage } from '../../../connectors/webhooks/sign-message.ts'
import type { AlertNotice } from '../../../core/port/alert-book.ts'
import type { Clock } from '../../../core/port/clock.ts'
import type { Translator } from '../../locales/translate.ts'
import type { AlertSettings } from '../alert-settings.ts'
import { toAlertText } from './alert-text.ts'
import type { TellNotice } from './keep-alerts.ts'

/** How long a place may take to answer, in milliseconds. */
const patienceMs = 15_000

export interface AlertPlacesOptions {
  readonly settings: AlertSettings
  readonly translator: Translator
  /** Where people look at the hub, for a line in the message. */
  readonly hubUrl: string | undefined
  readonly clock: Clock
}

/** The places that somebody asked to be told at. */
export function createAlertPlaces({
  settings: { email, slackUrl, webhook },
  translator,
  hubUrl,
  clock,
}: AlertPlacesOptions): ReadonlyMap<string, TellNotice> {
  const toText = (notice: AlertNotice): ReturnType<typeof toAlertText> =>
    toAlertText(notice, translator, hubUrl)
  const places = new Map<string, TellNotice>()
  if (email)
    places.set('email', async (notice) => {
      const { subject, text } = toText(notice)
      const { createTransport } = await import('nodemailer')
      const transport = createTransport(email.smtpUrl, { from: email.from })
      // The same for the same change: a message that was sent and not noted as sent can be told from another one.
      const messageId = `<alert-${notice.number}-${notice.at}@affluent>`
      try {
        await transport.sendMail({ to: [...email.to], subject, text, messageId })
      } finally {
        transport.close()
      }
    })
  if (slackUrl !== undefined)
    places.set('slack', (notice) => {
      const { subject, text } = toText(notice)
      return post(slackUrl, JSON.stringify({ text: escapeSlack(`*${subject}*\n${text}`) }), {})
    })
  if (webhook)
    places.set('webhook', (notice) => {
      const { subject, text } = toText(notice)
      const body = JSON.stringify({
        type: `alert.${notice.change}`,
        timestamp: new Date(notice.at).toISOString(),
        data: { subject: notice.subject, code: notice.code, params: notice.params, title: subject, text },
      })
      const id = `alert_${notice.number}_${notice.at}`
      const secrets = webhook.secret === undefined ? [] : [webhook.secret]
      return post(webhook.url, body, signMessage({ id, body }, secrets, clock.now()))
    })
  return places
}

/** https://docs.slack.dev/messaging/formatting-message-text: these three have a meaning. */
const escapeSlack = (text: string): string =>
  text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;')

async function post(url: string, body: string, headers: Record<string, string>): Promise<void> {
  const answer = await fetch(url, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...headers },
    body,
    redirect: 'error',
    signal: AbortSignal.timeout(patienceMs),
  })
  await answer.body?.cancel()
  if (!answer.ok) throw new Error(`answered ${answer.status}`)
}
