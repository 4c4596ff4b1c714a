import { describe, expect, it } from 'vitest'
import { AffluentError } from '../../../core/errors/affluent-error.ts'
import { readConfig } from '../../../hub-server/config.ts'

function fault(environment: Record<string, string>): AffluentError {
  try {
    readConfig(environment)
  } catch (error) {
    if (error instanceof AffluentError) return error
    throw error
  }
  throw new Error('no fault')
}

describe('readConfig', () => {
  it('has a default for everything', () => {
    expect(readConfig({})).toEqual({
      language: 'en',
      decorate: true,
      ci: false,
      apiToken: undefined,
      secretKey: undefined,
      logLevel: 'error',
      host: '127.0.0.1',
      port: 4000,
      memoryMb: 800,
      env: {},
    })
  })

  it.each([
    [{ LANG: 'fr_FR.UTF-8' }, 'fr'],
    [{ LANG: 'fr' }, 'fr'],
    [{ LANG: 'C.UTF-8' }, 'en'],
    [{ LANG: 'fro_XX' }, 'en'],
    [{ LANG: 'fr_FR', LC_ALL: 'en_GB.UTF-8' }, 'en'],
    [{ LANG: 'en_GB', LC_MESSAGES: 'fr_CA.UTF-8' }, 'fr'],
    [{ LANG: 'fr_FR', LC_ALL: '' }, 'fr'],
    [{ LANG: 'en_GB', AFFLUENT_LANG: 'fr' }, 'fr'],
    [{ LANG: 'fr_FR', AFFLUENT_LANG: 'en' }, 'en'],
  ])('speaks the language of %j', (environment, language) => {
    expect(readConfig(environment).language).toBe(language)
  })

  it.each([
    [{ NO_COLOR: '1' }, false],
    [{ NO_COLOR: '' }, true],
    [{ CI: 'true' }, false],
    [{ CI: 'false' }, true],
  ])('decorates or not with %j', (environment, decorate) => {
    expect(readConfig(environment).decorate).toBe(decorate)
  })

  it('takes numbers, hosts and levels', () => {
    expect(
      readConfig({
        AFFLUENT_PORT: '0',
        AFFLUENT_HOST: '::1',
        AFFLUENT_MEMORY_MB: '2048',
        AFFLUENT_LOG_LEVEL: 'debug',
      }),
    ).toMatchObject({ port: 0, host: '::1', memoryMb: 2048, logLevel: 'debug' })
  })

  it.each([
    ['AFFLUENT_PORT', '65536'],
    ['AFFLUENT_PORT', '80.5'],
    ['AFFLUENT_PORT', 'http'],
    ['AFFLUENT_HOST', 'example.com'],
    ['AFFLUENT_MEMORY_MB', '12'],
    ['AFFLUENT_LOG_LEVEL', 'loud'],
    ['AFFLUENT_LANG', 'de'],
    ['AFFLUENT_API_TOKEN', 'short'],
  ])('refuses %s=%s by name, without repeating the value', (name, value) => {
    const error = fault({ [name]: value })
    expect(error).toMatchObject({ code: 'config.invalid', params: { name } })
    expect(error.params['expected']).not.toBe('')
    expect(JSON.stringify([error.message, error.params])).not.toContain(value)
  })

  it('takes an empty variable for none', () => {
    expect(readConfig({ AFFLUENT_PORT: '', AFFLUENT_API_TOKEN: '' })).toMatchObject({
      port: 4000,
      apiToken: undefined,
    })
  })
})
