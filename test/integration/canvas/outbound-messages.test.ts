import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { AffluentError } from '../../../core/errors/affluent-error.ts'
import { canvasOrg } from '../../support/a-canvas-envelope.ts'
import { outboundPost, outboundXml, type OutboundWish } from '../../support/an-outbound-message.ts'
import { createFixedClock } from '../../support/fixed-clock.ts'
import type { HttpAnswer } from '../../support/http-request.ts'
import { aCanvasHub, outboundKey, type CanvasHub } from './a-canvas-hub.ts'

const contact = { id: '04l5g000000AAAAAA4', object: 'Contact', recordId: '0035g00000ABCDEAA4' }

let hub: CanvasHub
let isFull: boolean
beforeEach(async () => {
  isFull = false
  hub = await aCanvasHub(createFixedClock('2026-11-22T10:00:00Z'), {
    async beforeKeep() {
      if (isFull) throw new AffluentError('store.disk_full', { act: 'x', file: 'x' })
    },
  })
})
afterEach(() => hub.close())

const send = (notifications: OutboundWish['notifications']): Promise<HttpAnswer> =>
  hub.post(outboundPost('crm', outboundKey, outboundXml({ orgId: canvasOrg.orgId, notifications })))

const kept = async (): Promise<unknown[]> =>
  (await hub.store.waitingSignals(100)).map(({ connection, signal }) => [
    connection,
    signal.kind,
    signal.stream,
    signal.externalId,
  ])

describe('outbound messages of Salesforce', () => {
  it('are acknowledged in SOAP once they are kept, and have one effect however often they come', async () => {
    const answers = [await send([contact]), await send([contact]), await send([contact])]
    for (const { status, text, headers } of answers) {
      expect({ status, type: headers['content-type'] }).toEqual({
        status: 200,
        type: 'text/xml; charset=utf-8',
      })
      expect(text).toContain('<Ack>true</Ack>')
    }
    expect(await kept()).toEqual([['crm', 'changed', 'contacts', contact.recordId]])
  })

  it('keep the good ones of a message that holds other objects too, and acknowledge what is none of the hub’s', async () => {
    await send([
      contact,
      { ...contact, id: '04l5g000000BBBBAA4', object: 'Case', recordId: '5005g00000ABCDEAA4' },
    ])
    expect(await kept()).toHaveLength(1)
    const { text } = await send([
      { ...contact, id: '04l5g000000CCCCAA4', object: 'Case', recordId: '5005g00000ABCDEAA4' },
    ])
    expect(text).toContain('<Ack>true</Ack>')
    expect(await kept()).toHaveLength(1)
  })

  it('are not acknowledged when they cannot be kept, so that Salesforce sends them again', async () => {
    isFull = true
    const { status, text } = await send([contact])
    expect({ isServerFault: status >= 500, text }).toMatchObject({
      isServerFault: true,
      text: expect.not.stringContaining('Ack') as string,
    })
    isFull = false
    expect((await send([contact])).text).toContain('<Ack>true</Ack>')
    expect(await kept()).toHaveLength(1)
  })

  it('that cannot be read are answered 400, and keep nothing', async () => {
    const { status } = await send([{ ...contact, recordId: 'x' }])
    expect(status).toBe(400)
    expect(await kept()).toEqual([])
  })

  it('leave neither the key nor a value in the log', async () => {
    await send([{ ...contact, fields: '<sf:Email>marked@example.com</sf:Email>' }])
    await hub.post(outboundPost('crm', `${outboundKey}x`, 'x'))
    expect(hub.lines.join('\n')).not.toMatch(new RegExp(`${outboundKey}|marked@example.com`))
  })
})
