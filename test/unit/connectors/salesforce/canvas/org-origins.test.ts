import { describe, expect, it } from 'vitest'
import { orgOrigins } from '../../../../../connectors/salesforce/canvas/org-origins.ts'

const acme = 'https://acme.my.salesforce.com'

describe('orgOrigins', () => {
  it('names the org and its Lightning pages', () => {
    expect(orgOrigins(acme, undefined)).toEqual([acme, 'https://acme.lightning.force.com'])
  })

  it.each([
    ['https://acme--c.vf.force.com'],
    ['https://acme.my.salesforce-setup.com'],
    ['https://acme.lightning.force.com'],
  ])('lets the page of the same org that asked show it: %s', (origin) => {
    expect(orgOrigins(acme, `${origin}/somewhere`)).toContain(origin)
  })

  it('keeps a sandbox apart from its production org', () => {
    const uat = 'https://acme--uat.sandbox.my.salesforce.com'
    expect(orgOrigins(uat, 'https://acme--uat.sandbox.lightning.force.com')).toEqual([
      uat,
      'https://acme--uat.sandbox.lightning.force.com',
    ])
    expect(orgOrigins(uat, 'https://acme.lightning.force.com')).not.toContain(
      'https://acme.lightning.force.com',
    )
  })

  it.each([
    ['https://evil.my.salesforce.com'],
    ['https://acme.evil.example'],
    ['https://acmeforce.com'],
    ['http://acme.lightning.force.com'],
    ['https://acme.my.salesforce.com.evil.example'],
    ['*'],
    ['https://acme.lightning.force.com; script-src *'],
  ])('lets nobody else: %s', (origin) => {
    const origins = orgOrigins(acme, origin)
    for (const each of origins)
      expect(each).toMatch(/^https:\/\/acme\.(?:my\.salesforce|lightning\.force)\.com$/)
  })

  it('gives none for an address that is no org', () => {
    expect(orgOrigins('https://hub.example.com', acme)).toEqual([])
    expect(orgOrigins('http://acme.my.salesforce.com', undefined)).toEqual([])
  })
})
