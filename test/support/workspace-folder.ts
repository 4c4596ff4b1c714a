import { mkdtemp, mkdir, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { z } from 'zod'
import { defineConnector, type Connector } from '../../core/connector/connector.ts'
import { secret } from '../../core/connector/secret.ts'

/** A folder of its own for one test, with these files in it; objects become JSON. Gone after `dispose`. */
export async function createWorkspaceFolder(
  files: Readonly<Record<string, unknown>>,
): Promise<AsyncDisposable & { readonly path: string }> {
  const path = await mkdtemp(join(tmpdir(), 'affluent-workspace-'))
  for (const [file, content] of Object.entries(files)) {
    await mkdir(dirname(join(path, file)), { recursive: true })
    const bytes = content instanceof Uint8Array
    await writeFile(
      join(path, file),
      bytes || typeof content === 'string' ? content : JSON.stringify(content, null, 2),
    )
  }
  return { path, [Symbol.asyncDispose]: () => rm(path, { recursive: true, force: true }) }
}

const source = {
  name: 'contacts',
  description: 'People.',
  deletions: 'none',
  incremental: false,
  fields: null,
  async *read() {},
} as const

/** A connector whose schema has all that the checks must understand: a secret, an enum, nested objects, streams by configuration. */
const crm = defineConnector({
  slug: 'crm',
  title: 'CRM',
  apiVersion: '1',
  config: z.strictObject({
    base_url: z.url().default('https://crm.example.com').meta({ description: 'Address.' }),
    token: secret('Token.'),
    region: z.enum(['eu', 'us']).default('eu').meta({ description: 'Region.' }),
    keys: z.array(secret('More keys.')).default([]).meta({ description: 'Keys.' }),
    streams: z
      .record(z.string(), z.strictObject({ path: z.string().meta({ description: 'Path.' }) }))
      .default({})
      .meta({ description: 'More streams.' }),
  }),
  auth: { kind: 'none' },
  budgets: [],
  sources: [source],
  openSources: ({ streams }) => Object.keys(streams).map((name) => ({ ...source, name })),
  destinations: [
    {
      kind: 'list',
      description: 'A list.',
      capabilities: { remove: true },
      fields: {
        email: { type: 'text', description: 'E-mail.', matches: 'email' },
        first_name: { type: 'text', description: 'Name.' },
      },
      recordsPerBatch: 100,
      find: async () => null,
      add: async () => [],
      remove: async () => [],
    },
    {
      kind: 'log',
      description: 'Cannot take anybody off, takes any field.',
      capabilities: {},
      fields: {},
      openFields: true,
      recordsPerBatch: 100,
      find: async () => null,
      add: async () => [],
    },
  ],
  test: async () => [],
})

export const testConnectors: ReadonlyMap<string, Connector> = new Map([['crm', crm]])
