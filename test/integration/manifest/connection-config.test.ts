import { describe, expect, it } from 'vitest'
import { connection, faultsOf, good } from '../../support/small-workspace.ts'

const withConfig = (config: object) => ({ ...good, 'manifests/connection.json': { ...connection, config } })

describe('readWorkspace: configuration of connections', () => {
  it('refuses secrets that stand in the file, also as the default of a reference or in a list', async () => {
    const faults = await faultsOf(
      withConfig({ token: '${env:NOT_SET:-hunter2}', keys: ['${env:CRM_TOKEN}', 'hunter2'] }),
    )
    expect(faults.map(({ path, code }) => [path, code])).toEqual([
      ['config.token', 'manifest.plain_secret'],
      ['config.keys[1]', 'manifest.plain_secret'],
    ])
    expect(JSON.stringify(faults)).not.toContain('hunter2')
  })

  it('refuses a reference that is only part of a value', async () => {
    const faults = await faultsOf(withConfig({ token: 'Bearer ${env:CRM_TOKEN}' }))
    expect(faults).toMatchObject([{ path: 'config.token', code: 'manifest.reference_not_whole', line: 7 }])
  })

  it('names the variable that is not set', async () => {
    const faults = await faultsOf(withConfig({ token: '${env:CRM_TOKN}' }))
    expect(faults).toMatchObject([{ params: { reference: 'env:CRM_TOKN', reason: 'not_set' } }])
  })

  it('checks what references stand for without telling it', async () => {
    const faults = await faultsOf(
      withConfig({ token: '${env:CRM_TOKEN}', region: '${env:CRM_TOKEN}', colour: 1 }),
    )
    expect(
      faults.map(({ path, params }) => [path, params['expected'] ?? params['key'], params['found']]),
    ).toEqual([
      ['config.region', '"eu" | "us"', 'text'],
      ['config.colour', 'colour', undefined],
    ])
  })

  it('suggests the connector that was meant', async () => {
    const faults = await faultsOf({
      ...good,
      'manifests/connection.json': { ...connection, connector: 'crn' },
    })
    expect(faults).toMatchObject([
      { path: 'connector', code: 'connector.unknown', params: { suggestion: 'crm' } },
    ])
  })
})
