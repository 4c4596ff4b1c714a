import { execFile } from 'node:child_process'
import { existsSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { describe, expect, it } from 'vitest'
import { connectorSlugs, loadAllConnectors, loadConnector } from '../../../connectors/registry.ts'

const root = fileURLToPath(new URL('../../..', import.meta.url))
const registryUrl = new URL('../../../connectors/registry.ts', import.meta.url).href

/** Packages of node_modules that a fresh process loads when it loads this connector. */
async function packagesLoadedBy(slug: string): Promise<string[]> {
  const script = `
    import { registerHooks } from 'node:module'
    const packages = new Set()
    registerHooks({
      load(url, context, next) {
        const name = /node_modules\\/((?:@[^/]+\\/)?[^/]+)/.exec(url)?.[1]
        if (name) packages.add(name)
        return next(url, context)
      },
    })
    const { loadConnector } = await import(${JSON.stringify(registryUrl)})
    await loadConnector(${JSON.stringify(slug)})
    process.stdout.write(JSON.stringify([...packages]))`
  const { stdout } = await promisify(execFile)(process.execPath, ['--input-type=module', '-e', script])
  return JSON.parse(stdout) as string[]
}

describe('connector registry', () => {
  it('loads every connector under its own slug, from the folder of that name', async () => {
    const connectors = await loadAllConnectors()
    expect(connectors.map((connector) => connector.slug)).toEqual(connectorSlugs)
    for (const slug of connectorSlugs)
      expect(existsSync(`${root}/connectors/${slug}/connector.ts`)).toBe(true)
  })

  it('gives every connector a conformance test and a README', () => {
    const missing = connectorSlugs.flatMap((slug) =>
      [`test/conformance/connector/${slug}.test.ts`, `connectors/${slug}/README.md`].filter(
        (path) => !existsSync(`${root}/${path}`),
      ),
    )
    expect(missing).toEqual([])
  })

  it.each([
    ['exmaple', 'example'],
    ['Files', 'files'],
    ['hub-spot', 'hubspot'],
    ['marketo', ''],
    ['__proto__', ''],
  ])('says that "%s" is unknown and suggests "%s"', async (slug, suggestion) => {
    await expect(loadConnector(slug)).rejects.toMatchObject({
      code: 'connector.unknown',
      params: {
        slug,
        suggestion,
        known: 'example, files, ga4, google-ads, hubspot, meta, salesforce, webhooks',
      },
    })
  })

  it("loads no platform's SDK for a connector that needs none", async () => {
    expect(await packagesLoadedBy('files')).toEqual(['fastest-levenshtein', 'zod'])
  })
})
