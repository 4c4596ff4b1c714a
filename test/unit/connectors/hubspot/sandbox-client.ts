import {
  startHubspotSandbox,
  type HubspotSandbox,
  type HubspotSandboxOptions,
} from '../../../../connectors/hubspot/sandbox/hubspot-sandbox.ts'
import { createFixedClock, type FixedClock } from '../../../support/fixed-clock.ts'

/** A sandbox spoken to by plain requests, not by the connector, so that both cannot share a mistake. */
export interface RawSandbox {
  readonly sandbox: HubspotSandbox
  readonly clock: FixedClock
  send(method: string, path: string, body?: unknown): Promise<RawAnswer>
}

/** An answer of the sandbox, its body parsed. */
export interface RawAnswer {
  readonly status: number
  readonly headers: Headers
  // oxlint-disable-next-line typescript/no-explicit-any -- answers of many shapes, looked at field by field
  readonly body: any
}

export async function openRawSandbox(options: Partial<HubspotSandboxOptions> = {}): Promise<RawSandbox> {
  const clock = createFixedClock('2026-11-22T10:00:00Z')
  const sandbox = await startHubspotSandbox({ clock, limits: 'off', ...options })
  return {
    sandbox,
    clock,
    async send(method, path, body) {
      const response = await fetch(`${sandbox.url}${path}`, {
        method,
        headers: { authorization: 'Bearer sandbox-token', 'content-type': 'application/json' },
        ...(body !== undefined && { body: JSON.stringify(body) }),
      })
      const text = await response.text()
      return { status: response.status, headers: response.headers, body: text === '' ? '' : JSON.parse(text) }
    },
  }
}

export const contactsPath = '/crm/objects/2026-09/contacts'
export const listsPath = '/crm/lists/2026-03'
