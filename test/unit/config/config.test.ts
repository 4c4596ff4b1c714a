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
      auditCheckpoints: undefined,
      secrets: { key: undefined, file: undefined, command: undefined, previous: undefined },
      logLevel: 'error',
      host: '127.0.0.1',
      port: 4000,
      publicUrl: undefined,
      trustedProxies: { ranges: [] },
      memoryMb: 800,
      segmentSeconds: 60,
      redisUrl: undefined,
      diskReserveMb: 1024,
      alerts: { email: undefined, slackUrl: undefined, webhook: undefined },
      tracing: undefined,
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
    ['AFFLUENT_SEGMENT_SECONDS', '90001'],
    ['AFFLUENT_REDIS_URL', 'https://example.com'],
    ['AFFLUENT_LOG_LEVEL', 'loud'],
    ['AFFLUENT_AUDIT_CHECKPOINTS', 'ftp://elsewhere.example/audit'],
    ['AFFLUENT_AUDIT_CHECKPOINTS', 'https:///audit'],
    ['OTEL_EXPORTER_OTLP_HEADERS', 'x-token'],
    ['OTEL_EXPORTER_OTLP_HEADERS', 'a=1,=2'],
    ['AFFLUENT_LANG', 'de'],
    ['AFFLUENT_OIDC_ISSUER', 'http://login.example.com'],
    ['AFFLUENT_OIDC_ISSUER', 'https://login.example.com/?a=1'],
    ['AFFLUENT_PUBLIC_URL', 'affluent.example.org'],
    ['AFFLUENT_PUBLIC_URL', 'ftp://hub.example.com'],
    ['AFFLUENT_PUBLIC_URL', 'https://me:secret@hub.example.com'],
    ['AFFLUENT_PUBLIC_URL', 'https://hub.example.com/?a=1'],
    ['AFFLUENT_PUBLIC_URL', 'https://hub.example.com/#top'],
    ['AFFLUENT_TRUSTED_PROXIES', 'proxy.internal'],
    ['AFFLUENT_TRUSTED_PROXIES', '0.0.0.0/0'],
  ])('refuses %s=%s by name, without repeating the value', (name, value) => {
    const error = fault({ [name]: value })
    expect(error).toMatchObject({ code: 'config.invalid', params: { name } })
    expect(error.params['expected']).not.toBe('')
    expect(JSON.stringify([error.message, error.params])).not.toContain(value)
  })

  it.each([
    ['https://hub.example.com', 'https://hub.example.com'],
    ['https://hub.example.com/', 'https://hub.example.com'],
    ['http://127.0.0.1:4000', 'http://127.0.0.1:4000'],
    ['https://example.com/affluent//', 'https://example.com/affluent'],
  ])('takes %s as the public address %s', (given, publicUrl) => {
    expect(readConfig({ AFFLUENT_PUBLIC_URL: given }).publicUrl).toBe(publicUrl)
  })

  it('takes an empty variable for none', () => {
    expect(readConfig({ AFFLUENT_PORT: '', AFFLUENT_OIDC_ISSUER: '' })).toMatchObject({
      port: 4000,
      oidc: undefined,
    })
  })
})
