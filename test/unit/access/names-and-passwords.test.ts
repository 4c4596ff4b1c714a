import { describe, expect, it } from 'vitest'
import { findNewDestinations } from '../../../hub-server/access/guard-destinations.ts'
import { readOidcSettings } from '../../../hub-server/access/oidc-settings.ts'
import { checkPassword, hashPassword, isPassword } from '../../../hub-server/access/password.ts'
import { parseUserName } from '../../../hub-server/access/user-name.ts'
import { nameKey } from '../../../hub-server/store/name-key.ts'

describe('names of users', () => {
  it.each(['Ada', 'Ada Lovelace', 'ada@example.com', "O'Brien", 'Élodie', '李雷', 'Анна'])(
    'takes %s',
    (name) => {
      expect(parseUserName(name)).toBe(name)
    },
  )

  it.each([
    '',
    ' ',
    '.ada',
    'a\nb',
    'a\u202Eb',
    'a\u200Bb',
    'x'.repeat(65),
    'Аda',
    'Αda',
    'a/b',
    'user:ada',
    '<b>',
  ])('refuses %j', (name) => {
    expect(() => parseUserName(name)).toThrow('access.name_unusable')
  })

  it('knows every spelling of a name for the same', () => {
    expect(new Set(['Élodie', 'E\u0301lodie', 'ÉLODIE ', 'ｅ\u0301lodie'].map(nameKey)).size).toBe(1)
  })
})

describe('passwords', () => {
  it('are kept as argon2id with a salt of their own, and recognised in any keyboard’s spelling', async () => {
    const [one, other] = [await hashPassword('pâte à modeler'), await hashPassword('pâte à modeler')]
    expect(one).toMatch(/^\$argon2id\$v=19\$m=19456,t=2,p=1\$[\w+/]{22}\$[\w+/]{43}$/)
    expect(one).not.toBe(other)
    expect(await isPassword('pa\u0302te a\u0300 modeler', one)).toBe(true)
    expect(await isPassword('pâte à modeler ', one)).toBe(false)
    expect(await isPassword('', one)).toBe(false)
    expect(await isPassword('anything', undefined)).toBe(false)
    expect(await isPassword('', '')).toBe(false)
  })

  it.each(['short', 'aaaaaaaaaaaaaaaa', 'ababababababab', 'x1!'.repeat(90), 'my name is Ada!'])(
    'refuses %s as too easy or too long',
    (password) => {
      expect(() => checkPassword(password, 'ada')).toThrow('access.password_weak')
    },
  )
})

describe('settings of single sign-on', () => {
  const given = {
    AFFLUENT_OIDC_ISSUER: 'https://login.example.com',
    AFFLUENT_OIDC_CLIENT_ID: 'affluent',
    AFFLUENT_OIDC_ROLES: 'group:hub-admins=admin, domain:Example.com=viewer',
  }

  it('are read in their order', () => {
    expect(readOidcSettings({})).toBeUndefined()
    expect(readOidcSettings(given)).toEqual({
      issuer: 'https://login.example.com',
      clientId: 'affluent',
      clientSecret: undefined,
      groupsClaim: 'groups',
      rules: [
        { by: 'group', value: 'hub-admins', role: 'admin' },
        { by: 'domain', value: 'example.com', role: 'viewer' },
      ],
    })
  })

  it.each([
    ['AFFLUENT_OIDC_CLIENT_ID', ''],
    ['AFFLUENT_OIDC_ROLES', ''],
    ['AFFLUENT_OIDC_ROLES', 'group:hub-admins=owner'],
    ['AFFLUENT_OIDC_ROLES', 'everybody=admin'],
    ['AFFLUENT_OIDC_ISSUER', 'http://login.example.com'],
  ])('refuse %s=%s by name', (name, value) => {
    expect(() => readOidcSettings({ ...given, [name]: value })).toThrow(
      expect.objectContaining({ code: 'config.invalid', params: expect.objectContaining({ name }) }),
    )
  })
})

const sync = (name: string, audience: string | undefined, operation: 'create' | 'update' = 'create') => ({
  operation,
  kind: 'sync' as const,
  name,
  digest: `${name}-${audience}`,
  document: {
    kind: 'sync',
    ...(audience !== undefined && { destination: { connection: 'ads', audience } }),
  },
})

describe('findNewDestinations', () => {
  const inForce = [{ ...sync('a', 'one'), revision: 1 }]

  it('finds new syncs with a destination, and those that go elsewhere', () => {
    expect(findNewDestinations([sync('b', 'x'), sync('pull', undefined)], inForce)).toEqual(['b'])
    expect(findNewDestinations([sync('a', 'two', 'update')], inForce)).toEqual(['a'])
    expect(findNewDestinations([sync('a', 'one', 'update')], inForce)).toEqual([])
    const gone = { ...sync('a', 'one'), operation: 'delete', document: null } as const
    expect(findNewDestinations([gone], inForce)).toEqual([])
  })
})
