import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { loadAllConnectors } from '../../../connectors/registry.ts'
import { normaliseEmail } from '../../../core/profile/normalise-email.ts'
import { normalisePhone } from '../../../core/profile/normalise-phone.ts'
import { validateRule } from '../../../core/segment/validate-rule.ts'
import { generateDemoContacts } from '../../../hub-server/demo/generate-demo-contacts.ts'
import type { ManifestFaults } from '../../../hub-server/manifest/manifest-fault.ts'
import { readWorkspace } from '../../../hub-server/manifest/read-workspace.ts'
import { loopbackNetwork } from '../../support/loopback-network.ts'

const manifests = join(import.meta.dirname, '../../../manifests')
const data = join(manifests, 'demo/data')
const read = async (workspace: string, env: Record<string, string>) =>
  readWorkspace(join(manifests, workspace), {
    env,
    networks: loopbackNetwork,
    connectors: new Map((await loadAllConnectors()).map((connector) => [connector.slug, connector])),
    checkRule: validateRule,
  })

describe('the workspaces that are shipped', () => {
  const variables = [
    'GA4_BASE_URL',
    'GA4_CLIENT_ID',
    'GA4_CLIENT_SECRET',
    'GA4_MEASUREMENT_API_SECRET',
    'GA4_REFRESH_TOKEN',
    'GOOGLE_ADS_CLIENT_ID',
    'GOOGLE_ADS_CLIENT_SECRET',
    'GOOGLE_ADS_REFRESH_TOKEN',
    'HUBSPOT_ACCESS_TOKEN',
    'META_ACCESS_TOKEN',
    'SALESFORCE_CLIENT_ID',
    'SALESFORCE_CLIENT_SECRET',
  ]

  it('demo: is valid as soon as the accounts of its platforms are set', async () => {
    const env = Object.fromEntries(variables.map((name) => [name, 'http://127.0.0.1:1']))
    const { workspace } = await read('demo', env)
    expect([...workspace.syncs.keys()]).toEqual([
      'big-spenders-to-ga4',
      'big-spenders-to-google',
      'big-spenders-to-hubspot',
      'lapsed-to-meta',
      'one-time-buyers-to-salesforce',
      'pull-hubspot-contacts',
      'pull-shop-contacts',
      'pull-shop-invoices',
    ])
  })

  it('demo: without them exactly these are missing', async () => {
    const faults = await read('demo', {}).then(
      () => [],
      (error: ManifestFaults) => error.faults,
    )
    expect(
      faults.map(({ params }) => String(params['reference'])).toSorted((a, b) => (a < b ? -1 : 1)),
    ).toEqual(variables.map((name) => `env:${name}`))
  })

  it('starter: is valid as it is', async () => {
    expect((await read('templates/starter', {})).documents.length).toBe(7)
  })
})

describe('the generated contact cards', async () => {
  const files = await generateDemoContacts(data)

  it.each([...files])('%s: the committed file is what the generator makes', async (name, content) => {
    expect(await readFile(join(data, name), 'utf8')).toBe(content)
  })

  it('hold nobody who could exist: reserved domains only, and unique addresses in the portal', () => {
    const text = [...files.values()].join('\n')
    const domains = new Set(
      Array.from(text.matchAll(/@+([\w.-]+)/g), ([, domain]) => domain?.toLowerCase().replace('..', '.')),
    )
    expect(domains).toEqual(new Set(['example.com', 'example.net', 'example.org']))
    const emails = portal().map(({ email }) => email)
    expect(new Set(emails).size).toBe(emails.length)
    expect(emails.filter((email) => email === undefined || normaliseEmail(email) !== email)).toEqual([])
  })

  it('have phone numbers that are valid and never shared between two people of the portal', () => {
    const phones = portal().flatMap(({ phone }) => (phone === undefined ? [] : [normalisePhone(phone)]))
    expect(phones.every((phone) => typeof phone === 'string')).toBe(true)
    expect(new Set(phones).size).toBe(phones.length)
    expect(phones.length).toBeGreaterThan(1000)
  })

  it('overlap and disagree: about 60 % of the customers, people who never bought, people who opted out', () => {
    const contacts = portal()
    expect(contacts.length - 400).toBeGreaterThan(0.55 * 4383)
    expect(contacts.length - 400).toBeLessThan(0.65 * 4383)
    expect(contacts.filter((contact) => contact['hs_email_optout'] === 'true').length).toBeGreaterThan(100)
  })

  function portal(): Record<string, string>[] {
    const lines = files.get('generated_hubspot_contacts.jsonl')?.trim().split('\n') ?? []
    return lines.map((line) => (JSON.parse(line) as { properties: Record<string, string> }).properties)
  }
})
