import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { z } from 'zod'
import { startHubspotSandbox } from '../../connectors/hubspot/sandbox/hubspot-sandbox.ts'
import { startMetaSandbox } from '../../connectors/meta/sandbox/meta-sandbox.ts'
import type { SandboxServer } from '../../connectors/sandbox-kit/sandbox-server.ts'
import type { Clock } from '../../core/port/clock.ts'

/** The pretend platforms of the demo, and what the demo's manifests find in the environment because of them. */
export interface DemoSandboxes {
  readonly servers: Readonly<Record<'HubSpot' | 'Meta', SandboxServer>>
  readonly env: Readonly<Record<string, string>>
  /** Requests so far that changed something on a platform. */
  countWrites(): number
  close(): Promise<void>
}

const portalContact = z.object({ id: z.string(), properties: z.record(z.string(), z.string()) })

const token = 'demo-sandbox-token'
const adAccountId = 'act_1234567890'

/** Starts a HubSpot portal that holds the generated contacts, and an empty Meta ad account. Both keep the published limits. */
export async function startDemoSandboxes(folder: string, clock: Clock): Promise<DemoSandboxes> {
  const lines = (await readFile(join(folder, 'data', 'generated_hubspot_contacts.jsonl'), 'utf8'))
    .trimEnd()
    .split('\n')
  const contacts = lines.map((line) => portalContact.parse(JSON.parse(line)))
  const hubspot = await startHubspotSandbox({ clock, contacts, accessToken: token })
  const meta = await startMetaSandbox({ clock, accessToken: token, adAccountId })
  const servers = { HubSpot: hubspot, Meta: meta }
  return {
    servers,
    env: {
      HUBSPOT_BASE_URL: hubspot.url,
      HUBSPOT_ACCESS_TOKEN: token,
      META_BASE_URL: meta.url,
      META_ACCESS_TOKEN: token,
      META_AD_ACCOUNT_ID: adAccountId,
    },
    countWrites: () =>
      Object.values(servers).reduce((sum, server) => sum + server.requests.filter(isWrite).length, 0),
    async close() {
      await hubspot.close()
      await meta.close()
    },
  }
}

/** HubSpot reads and searches by POST too. */
function isWrite({ method, path }: { readonly method: string; readonly path: string }): boolean {
  return method !== 'GET' && !/\/(search|batch\/read)$/.test(path)
}
