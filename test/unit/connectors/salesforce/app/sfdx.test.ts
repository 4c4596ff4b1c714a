import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { salesforceConnector } from '../../../../../connectors/salesforce/connector.ts'
import { missingSfdx, readWithSfdx } from '../../../../support/sfdx.ts'
import { checkSource } from './check-source.ts'
import { appFolder, packageDirectories, readSource } from './read-source.ts'

it.for(packageDirectories)(
  'Salesforce’s own reader finds in %s the components that we do, no stray file, and converts them',
  async (folder, { skip }) => {
    if (missingSfdx !== undefined) skip(missingSfdx)
    const files = readSource(folder)
    const output = mkdtempSync(join(tmpdir(), 'affluent-sfdx-'))
    try {
      const read = await readWithSfdx(
        join(appFolder, folder),
        [...files.keys()].map((path) => join(appFolder, path)),
        { apiVersion: salesforceConnector.apiVersion, output },
      )
      expect(read.strays).toEqual([])
      const ours = checkSource(files).components.map(({ type, name }) => `${type.name} ${name}`)
      expect(read.components.toSorted()).toEqual(ours.toSorted())
      expect(readdirSync(output)).toContain('package.xml')
      expect(read.manifest.match(/<members>/g)?.length).toBe(ours.length)
    } finally {
      rmSync(output, { recursive: true })
    }
  },
)

it('The manifest is the one that Salesforce’s own reader makes', async ({ skip }) => {
  if (missingSfdx !== undefined) skip(missingSfdx)
  const output = mkdtempSync(join(tmpdir(), 'affluent-sfdx-'))
  const { apiVersion } = salesforceConnector
  const { manifest } = await readWithSfdx(join(appFolder, 'force-app'), [], { apiVersion, output })
  rmSync(output, { recursive: true })
  expect(manifest).toBe(readFileSync(join(appFolder, 'manifest/package.xml'), 'utf8'))
})
