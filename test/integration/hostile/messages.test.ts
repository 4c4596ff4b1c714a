import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { z } from 'zod'
import {
  startSandboxServer,
  type SandboxReply,
  type SandboxRequest,
  type SandboxServer,
} from '../../../connectors/sandbox-kit/sandbox-server.ts'
import type { AlertNotice } from '../../../core/port/alert-book.ts'
import { toReturnPath } from '../../../hub-server/access/return-path.ts'
import { describeRoute } from '../../../hub-server/api/contract/describe-route.ts'
import { wire } from '../../../hub-server/api/contract/wire.ts'
import { defineStream } from '../../../hub-server/api/define-route.ts'
import { createTranslator } from '../../../hub-server/locales/translate.ts'
import { systemClock } from '../../../hub-server/net/system-clock.ts'
import { createAlertPlaces } from '../../../hub-server/operation/alerts/alert-places.ts'
import { anAccessHub } from '../../support/an-access-hub.ts'
import { reportFigure } from '../../support/report-figure.ts'
import { startMailServer, type MailServer } from '../../support/start-mail-server.ts'
import { anApi } from '../http/an-api.ts'
import { lineBreakers, moving } from './line-breakers.ts'

/** Names and texts that would write a head, a command or an event of their own. */
const forgeries = [
  ...lineBreakers,
  'a\r\nBcc: forged@example.com',
  'a\nBcc: forged@example.com\n\nforged',
  'a\r\n\r\nforged',
  'a\r\n.\r\nMAIL FROM:<forged@example.com>\r\n',
  'a>, <forged@example.com',
  'a\r\nSet-Cookie: forged=1',
  'a\n\nevent: forged\ndata: {}\n\n',
  'a\ndata: forged',
  '=?utf-8?B?YQpCY2M6IGZvcmdlZEBleGFtcGxlLmNvbQ==?=',
]

interface Message {
  readonly heads: ReadonlyMap<string, string>
  readonly text: string
}

/** Reads a message as a mail reader does (RFC 5322, RFC 2047). */
function readMessage(raw: string): Message {
  const at = raw.indexOf('\n\n')
  const lines = raw
    .slice(0, at)
    .replaceAll(/\n[ \t]+/g, ' ')
    .split('\n')
  const heads = new Map(
    lines.map((line): [string, string] => [
      line.slice(0, line.indexOf(':')).toLowerCase(),
      line.slice(line.indexOf(':') + 2),
    ]),
  )
  if (heads.size !== lines.length) throw new Error(`a head stands twice: ${lines.join(' | ')}`)
  return { heads, text: decodeBody(raw.slice(at + 2), heads.get('content-transfer-encoding') ?? '7bit') }
}

function decodeBody(body: string, encoding: string): string {
  if (encoding === 'base64') return Buffer.from(body, 'base64').toString()
  if (encoding !== 'quoted-printable') return body
  const bytes = body
    .replaceAll(/=\n/g, '')
    .replaceAll(/=([0-9A-F]{2})/g, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16)))
  return Buffer.from(bytes, 'latin1').toString()
}

const decodeHead = (head: string): string =>
  head
    .replaceAll(/\?=\s+=\?/g, '?==?')
    .replaceAll(/=\?utf-8\?([BQ])\?([^?]*)\?=/gi, (_, kind: string, text: string) =>
      kind.toUpperCase() === 'B'
        ? Buffer.from(text, 'base64').toString()
        : decodeBody(text.replaceAll('_', ' '), 'quoted-printable'),
    )

const heads = [
  'from',
  'to',
  'subject',
  'message-id',
  'date',
  'mime-version',
  'content-type',
  'content-transfer-encoding',
]

let mail: MailServer
let server: SandboxServer
const calls: SandboxRequest[] = []
const answer = (request: SandboxRequest): SandboxReply => {
  calls.push(request)
  return { status: 200, body: {} }
}
beforeAll(async () => {
  mail = await startMailServer()
  const routes = ['slack', 'hook'].map((name) => ({
    method: 'POST',
    pattern: new RegExp(`^/${name}$`),
    answer,
  }))
  server = await startSandboxServer({ clock: systemClock, routes })
})
afterAll(async () => {
  await mail.close()
  await server.close()
})

/** Tells every place of it, in French and English by turns. */
async function tellAll(text: string, number: number): Promise<void> {
  const language = number % 2 === 0 ? 'en' : 'fr'
  const places = createAlertPlaces({
    settings: {
      email: { smtpUrl: mail.url, from: 'hub@example.com', to: ['ops@example.com'] },
      slackUrl: `${server.url}/slack`,
      webhook: { url: `${server.url}/hook`, secret: 'a secret of at least thirty-two characters' },
    },
    translator: createTranslator(language),
    hubUrl: 'https://hub.example.com',
    clock: systemClock,
  })
  const notice: AlertNotice = {
    number,
    subject: `connection/${text}`,
    code: 'platform.invalid_request',
    params: { act: text, said: text, sync: text, name: text, segment: text },
    change: 'raised',
    at: 1_795_305_600_000,
    place: 'email',
    attempts: 0,
  }
  for (const place of places.values()) await place(notice)
}

/** Lines of what was written that nobody of us wrote, or that move something. */
const isForged = (text: string, most: number): boolean =>
  text.trimEnd().split(/[\n\r\u0085\u2028\u2029]/).length > most || moving.test(text)

/** Addresses that take the text in each place that an address has. */
const pathsOf = (text: string): string[] => {
  const written = encodeURIComponent(text)
  const asking = ['/sign-in?return=', '/join/', '/v1/runs?cursor=', '/v1/', '/account?x=']
  return asking.map((path) => path + written)
}

describe('X35: line breaks and terminal escapes in names and reasons', () => {
  it('X35: forge no head and no line of an alert, by mail, in Slack or to a webhook', async (context) => {
    for (const [number, text] of forgeries.entries()) await tellAll(text, number)
    const told = forgeries.length
    expect(mail.received).toHaveLength(told)
    const mails = mail.received.map(readMessage).filter(({ heads: found, text }) => {
      const subject = decodeHead(found.get('subject') ?? '')
      const isOurs = [...found.keys()].every((name) => heads.includes(name))
      return !isOurs || found.get('to') !== 'ops@example.com' || isForged(subject, 1) || isForged(text, 3)
    })
    const others = calls.filter(({ body }) => {
      const said = z
        .union([
          z.object({ text: z.string() }),
          z.object({ data: z.object({ title: z.string(), text: z.string() }) }),
        ])
        .parse(body)
      return 'text' in said
        ? isForged(said.text, 4)
        : isForged(said.data.title, 1) || isForged(said.data.text, 3)
    })
    expect(calls).toHaveLength(2 * told)
    reportFigure(context, {
      check: 'X35',
      claim: 'alerts by mail, Slack and webhook with a forged head or line',
      value: mails.length + others.length,
      of: 3 * told,
      target: '0',
    })
    expect(mails).toEqual([])
    expect(others).toEqual([])
  })

  it('X35: begin no event of a stream', async (context) => {
    const item = z.object({ number: z.int(), event: z.string(), said: z.string() })
    const contract = describeRoute({
      name: 'tests.follow',
      method: 'GET',
      path: '/v1/tests/events',
      permission: 'runs:read',
      mode: 'stream',
      summary: 'Tells what it was given.',
      answer: wire<z.output<typeof item>>({ number: z.int(), event: z.string(), said: z.string() }),
      errors: [],
      example: { answer: { number: 1, event: 'told', said: 'hello' } },
    })
    async function* follow() {
      for (const [number, text] of forgeries.entries()) yield { number, event: text, said: text }
    }
    const api = await anApi({ routes: () => [defineStream(contract, follow)] })
    const { text } = await api.get('/v1/tests/events')
    await api.close()
    const events = text.split(/\r\n\r\n|\n\n|\r\r/).filter((block) => block !== '' && !block.startsWith(':'))
    const forged = events.filter((block) => {
      const fields = block.split(/\r\n|\n|\r/).map((line) => line.slice(0, line.indexOf(':')))
      return fields.join() !== 'id,event,data'
    })
    reportFigure(context, {
      check: 'X35',
      claim: 'forged events and fields of a stream',
      value: forged.length + Math.abs(events.length - forgeries.length),
      of: forgeries.length,
      target: '0',
    })
    expect(forged).toEqual([])
    expect(events).toHaveLength(forgeries.length)
    expect(item.parse(JSON.parse(/^data: (.*)$/m.exec(events[1] ?? '')?.[1] ?? '')).said).toBe(forgeries[1])
  })

  it('X35: write no head of an answer', async (context) => {
    const hub = await anAccessHub()
    const harmless = await Promise.all(pathsOf('a').map((path) => hub.call(path)))
    const usual = new Set(harmless.flatMap(({ headers }) => Object.keys(headers)))
    const forged: string[] = []
    let asked = 0
    for (const text of forgeries) {
      for (const path of pathsOf(text)) {
        asked += 1
        const { status, headers } = await hub.call(path)
        const unknown = Object.keys(headers).filter((name) => !usual.has(name))
        if (status >= 500 || unknown.length > 0 || moving.test(JSON.stringify(headers))) forged.push(path)
      }
      if (/[\r\n]/.test(toReturnPath(`/account${text}`))) forged.push(text)
    }
    await hub.close()
    reportFigure(context, {
      check: 'X35',
      claim: 'answers with a forged head',
      value: forged.length,
      of: asked,
      target: '0',
    })
    expect(forged).toEqual([])
  })
})
