import type { CheckRule } from '../../hub-server/manifest/check-segment.ts'
import { ManifestFaults, type ManifestFault } from '../../hub-server/manifest/manifest-fault.ts'
import { readWorkspace, type ReadWorkspace } from '../../hub-server/manifest/read-workspace.ts'
import { createWorkspaceFolder, testConnectors } from './workspace-folder.ts'

/** A small workspace without fault, one object of each kind; tests change one thing. */
export const connection = {
  kind: 'connection',
  version: 1,
  name: 'crm-eu',
  connector: 'crm',
  config: { token: '${env:CRM_TOKEN}' },
}
export const profileSchema = {
  kind: 'profile_schema',
  version: 1,
  name: 'main',
  traits: { city: { type: 'text' }, first_name: { type: 'text' } },
  identifiers: { email: { form: 'email' }, phone: { form: 'phone' } },
  events: { purchase: { properties: { amount: 'number' } } },
  consents: { marketing: { channels: ['email', 'ads'] } },
  source_priority: ['crm-eu'],
}
export const mapping = {
  kind: 'mapping',
  version: 1,
  name: 'crm-contacts',
  connection: 'crm-eu',
  stream: 'contacts',
  identifiers: { email: { from: 'Email' } },
  traits: { city: { from: 'City' } },
}
export const segment = { kind: 'segment', version: 1, name: 'all-people', rule: { all: [] } }
export const pull = {
  kind: 'sync',
  version: 1,
  name: 'pull',
  source: { connection: 'crm-eu', stream: 'contacts' },
}
export const deliver = {
  kind: 'sync',
  version: 1,
  name: 'deliver',
  segment: 'all-people',
  destination: { connection: 'crm-eu', kind: 'list', audience: 'People' },
  fields: { email: { identifier: 'email' } },
  consent: [{ purpose: 'marketing', channel: 'ads' }],
}
export const good = {
  'manifests/connection.json': connection,
  'manifests/schema.json': profileSchema,
  'manifests/nested/mapping.json': mapping,
  'manifests/rest.json': [segment, pull, deliver],
}
export const env = { CRM_TOKEN: 'top-secret-value' }
export const noRuleFaults: CheckRule = () => []

export async function readFiles(
  files: Readonly<Record<string, unknown>>,
  checkRule = noRuleFaults,
): Promise<ReadWorkspace> {
  await using folder = await createWorkspaceFolder(files)
  return await readWorkspace(folder.path, { env, connectors: testConnectors, checkRule })
}

export async function faultsOf(
  files: Readonly<Record<string, unknown>>,
  checkRule = noRuleFaults,
): Promise<readonly ManifestFault[]> {
  const error: unknown = await readFiles(files, checkRule).catch((thrown: unknown) => thrown)
  if (!(error instanceof ManifestFaults)) throw new Error('no faults were found', { cause: error })
  if (JSON.stringify([error, error.message]).includes(env.CRM_TOKEN)) throw new Error('a secret is told')
  return error.faults
}

export const brief = (faults: readonly ManifestFault[]) =>
  faults.map(({ file, path, code }) => `${file} ${path} ${code}`)
