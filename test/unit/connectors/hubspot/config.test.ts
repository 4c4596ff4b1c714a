import { describe, expect, it } from 'vitest'
import { hubspotConfig } from '../../../../connectors/hubspot/config.ts'

const faults = (config: object): string[] =>
  (hubspotConfig.safeParse(config).error?.issues ?? []).map(({ path }) => path.join('.'))

const oauth = { client_id: 'id', client_secret: 'secret', refresh_token: 'refresh' }

describe('configuration', () => {
  it.each([
    ['a Service Key alone', { access_token: 'pat-x' }],
    ['an OAuth app', oauth],
    ['an OAuth app that is installed through the hub', { client_id: 'id', client_secret: 'secret' }],
    ['a private app with its secret, to verify webhooks', { access_token: 'pat-x', client_secret: 's' }],
  ])('takes %s', (_what, config) => {
    expect(faults(config)).toEqual([])
  })

  it.each([
    ['no access at all', {}, ['access_token']],
    ['an app without its secret', { client_id: 'id' }, ['access_token']],
    ['two kinds of access', { access_token: 'pat-x', ...oauth }, ['access_token']],
    ['a refresh token alone', { refresh_token: 'refresh' }, ['client_id', 'client_secret']],
    ['a refresh token without secret', { refresh_token: 'r', client_id: 'i' }, ['client_secret']],
    ['a list by name', { access_token: 'pat-x', lists: { vip: 'VIPs' } }, ['lists.vip']],
    ['a list under an odd name', { access_token: 'pat-x', lists: { 'V I P': '7' } }, ['lists.V I P']],
    ['an unknown key', { access_token: 'pat-x', acces_token: 'x' }, ['']],
  ])('refuses %s at the key concerned', (_what, config, at) => {
    expect(faults(config)).toEqual(at)
  })
})
