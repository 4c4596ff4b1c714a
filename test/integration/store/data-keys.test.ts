import { mkdtempSync, existsSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { describe, expect, it } from 'vitest'
import { AffluentError } from '../../../core/errors/affluent-error.ts'
import type { ControlStore } from '../../../core/port/control-store.ts'
import { accessPlace } from '../../../core/port/sealer.ts'
import { openDataKeys, type DataKeys } from '../../../hub-server/secrets/data-keys.ts'
import { rotateSecrets } from '../../../hub-server/secrets/rotate-secrets.ts'
import { createSecretBox } from '../../../hub-server/secrets/secret-box.ts'
import {
  makeNextKey,
  readWrappingKeys,
  type SecretSettings,
} from '../../../hub-server/secrets/wrapping-keys.ts'
import { openControlStore } from '../../../hub-server/store/open-control-store.ts'
import { createFixedClock } from '../../support/fixed-clock.ts'
import { reportFigure } from '../../support/report-figure.ts'

const clock = createFixedClock(1_700_000_000_000)
const keyOf = (byte: number): string => Buffer.alloc(32, byte).toString('base64')

async function aWorkspace(settings: SecretSettings = {}) {
  const folder = mkdtempSync(join(tmpdir(), 'affluent-secrets-'))
  const ownFile = join(folder, 'secret.key')
  const path = join(folder, 'control.sqlite')
  const open = async (with_: SecretSettings = settings) => {
    const wrappingKeys = readWrappingKeys(with_, ownFile)
    const control = await openControlStore(path, clock)
    return { control, dataKeys: await openDataKeys(control, wrappingKeys, clock) }
  }
  return { folder, ownFile, path, open }
}

/** Writes an access as a connection's keeper does. */
async function storeAccess(control: ControlStore, dataKeys: DataKeys, connection: string, secret: string) {
  const revision = (await control.grant(connection))?.revision ?? 0
  await control.leaseGrant(connection, 'test', clock.now() + 1)
  const sealed = dataKeys.box('access').seal(secret, accessPlace(connection, revision + 1))
  expect(await control.writeGrant(connection, sealed, revision)).toBe(true)
}

async function readAccess(control: ControlStore, dataKeys: DataKeys, connection: string) {
  const stored = await control.grant(connection)
  return stored && dataKeys.box('access').open(stored.sealed, accessPlace(connection, stored.revision))
}

describe('data keys', () => {
  it('are stored wrapped only, and open again with the same wrapping key', async () => {
    const { open, path, ownFile } = await aWorkspace()
    const first = await open()
    await storeAccess(first.control, first.dataKeys, 'crm', 'token-1')
    const bytes = Buffer.from(first.dataKeys.bytes('access'))
    await first.control.close()
    const file = readFileSync(path)
    expect(file.includes(bytes)).toBe(false)
    expect(file.includes(bytes.toString('base64'))).toBe(false)
    expect(statSync(ownFile).mode & 0o777).toBe(0o600)
    const second = await open()
    expect(await readAccess(second.control, second.dataKeys, 'crm')).toBe('token-1')
    expect(second.dataKeys.bytes('digest')).toEqual(Buffer.from(first.dataKeys.bytes('digest')))
    await second.control.close()
  })

  it('differ between purposes', async () => {
    const { open } = await aWorkspace()
    const { control, dataKeys } = await open()
    const sealed = dataKeys.box('access').seal('secret', 'somewhere')
    expect(() => dataKeys.box('erasure').open(sealed, 'somewhere')).toThrow('store.damaged')
    await control.close()
  })

  it('are refused under another wrapping key, which is named without being told', async () => {
    const { open } = await aWorkspace()
    const { control } = await open({ key: keyOf(1) })
    await control.close()
    await expect(open({ key: keyOf(2) })).rejects.toThrow('secrets.key_unfit')
  })

  it('are wrapped anew when the key of the environment changed and the one before is given too', async () => {
    const { open } = await aWorkspace()
    const first = await open({ key: keyOf(1) })
    await storeAccess(first.control, first.dataKeys, 'crm', 'token-1')
    await first.control.close()
    const second = await open({ key: keyOf(2), previous: keyOf(1) })
    await second.control.close()
    const third = await open({ key: keyOf(2) })
    expect(await readAccess(third.control, third.dataKeys, 'crm')).toBe('token-1')
    await third.control.close()
  })

  it('come from a file and from a command alike', async () => {
    const { open, folder } = await aWorkspace()
    const file = join(folder, 'mounted')
    writeFileSync(file, `${keyOf(3)}\n`)
    const first = await open({ file })
    await storeAccess(first.control, first.dataKeys, 'crm', 'token-1')
    await first.control.close()
    const second = await open({ command: `cat '${file}'` })
    expect(await readAccess(second.control, second.dataKeys, 'crm')).toBe('token-1')
    await second.control.close()
    await expect(open({ command: 'echo secret-output; exit 1' })).rejects.toThrow('secrets.key_unreadable')
    const refusal: unknown = await open({ command: 'echo secret-output; exit 1' }).catch(
      (error: unknown) => error,
    )
    expect(refusal).not.toHaveProperty('cause')
    expect(JSON.stringify(refusal)).not.toContain('secret-output')
    await expect(open({ file: join(folder, 'absent') })).rejects.toThrow('secrets.key_unreadable')
  })

  it('open what an older hub sealed with the wrapping key itself', async () => {
    const { open, path } = await aWorkspace({ key: keyOf(1) })
    const first = await open()
    await storeAccess(first.control, first.dataKeys, 'crm', 'unused')
    await first.control.close()
    const old = createSecretBox(Buffer.alloc(32, 1)).seal('old-token', accessPlace('crm', 1))
    const database = new DatabaseSync(path)
    database.exec(`DELETE FROM data_key; INSERT INTO setting VALUES ('sealed_with_wrapping_key', 'true')`)
    database.prepare('UPDATE platform_grant SET sealed = ?').run(old)
    database.close()
    await expect(open({ key: keyOf(2) })).rejects.toThrow('store.damaged')
    const later = await open()
    expect(await readAccess(later.control, later.dataKeys, 'crm')).toBe('old-token')
    await later.control.close()
  })
})

describe('rotating', () => {
  it('seals every secret with a new key and replaces the own wrapping key', async () => {
    const { open, ownFile } = await aWorkspace()
    const { control, dataKeys } = await open()
    for (let count = 0; count < 20; count += 1)
      await storeAccess(control, dataKeys, `crm-${count}`, `token-${count}`)
    const before = { own: readFileSync(ownFile, 'utf8'), key: Buffer.from(dataKeys.bytes('access')) }
    const rotation = await rotateSecrets({ control, dataKeys, ownKeyFile: ownFile, clock, actor: 'test' })
    expect(rotation).toEqual({ resealed: 20, overtaken: 0, wrappingKeyReplaced: true })
    expect(readFileSync(ownFile, 'utf8')).not.toBe(before.own)
    const texts = await control.sealedTexts()
    for (const { sealed, place } of texts)
      expect(() => createSecretBox(before.key).open(sealed.split('.')[1] ?? '', place)).toThrow(
        'store.damaged',
      )
    await control.close()
    const again = await open()
    for (let count = 0; count < 20; count += 1)
      expect(await readAccess(again.control, again.dataKeys, `crm-${count}`)).toBe(`token-${count}`)
    expect((await again.control.auditEntries()).at(-1)).toMatchObject({ action: 'secrets_rotated' })
    await again.control.close()
  })

  it('X39: loses no secret that is written while it goes on', async (context) => {
    const { open, ownFile } = await aWorkspace()
    const { control, dataKeys } = await open()
    const connections = Array.from({ length: 20 }, (_, index) => `crm-${index}`)
    for (const connection of connections) await storeAccess(control, dataKeys, connection, 'first')
    const desk = { control, dataKeys, ownKeyFile: ownFile, clock, actor: 'test' }
    const rotations = (async () => {
      for (let count = 0; count < 5; count += 1) await rotateSecrets(desk)
    })()
    const writes = (async () => {
      for (let round = 0; round < 5; round += 1)
        for (const connection of connections)
          await storeAccess(control, dataKeys, connection, `round-${round}`)
    })()
    await Promise.all([rotations, writes])
    await rotateSecrets(desk)
    const found = await Promise.all(
      connections.map((connection) => readAccess(control, dataKeys, connection)),
    )
    const unreadable = found.filter((secret) => secret !== 'round-4').length
    reportFigure(context, {
      check: 'X39',
      claim: 'secrets lost while keys rotate under writes',
      value: unreadable,
      of: connections.length,
      target: '0',
    })
    expect(unreadable).toBe(0)
    await control.close()
  })

  it('leaves everything readable when the process dies before the new wrapping key is in its place', async () => {
    const { open, ownFile } = await aWorkspace()
    const first = await open()
    await storeAccess(first.control, first.dataKeys, 'crm', 'token-1')
    await first.dataKeys.wrapWith(makeNextKey(ownFile))
    await first.control.close()
    expect(existsSync(`${ownFile}.next`)).toBe(true)
    for (let start = 0; start < 2; start += 1) {
      const later = await open()
      expect(await readAccess(later.control, later.dataKeys, 'crm')).toBe('token-1')
      await later.control.close()
    }
  })
})

/** Whether a text opens at a place; every refusal is the same one. */
function isOpened(dataKeys: DataKeys, sealed: string, place: string): boolean {
  try {
    dataKeys.box('access').open(sealed, place)
    return true
  } catch (error) {
    if (error instanceof AffluentError && error.code === 'store.damaged') return false
    throw error
  }
}

describe('a sealed secret', () => {
  it('X38: is refused when it was moved, altered or put back from before', async (context) => {
    const { open, path } = await aWorkspace()
    const { control, dataKeys } = await open()
    for (const connection of ['a', 'b'])
      for (let revision = 1; revision <= 3; revision += 1)
        await storeAccess(control, dataKeys, connection, `${connection}-${revision}`)
    const texts = await control.sealedTexts()
    await control.close()
    const [a, b] = texts
    if (!a || !b) throw new Error('two texts were stored')
    const older = dataKeys.box('access').seal('a-2', accessPlace('a', 2))
    const bytes = Buffer.from(a.sealed.split('.')[1] ?? '', 'base64')
    const flipped = Array.from({ length: bytes.length * 8 }, (_, bit) => {
      const copy = Buffer.from(bytes)
      copy[bit >> 3] = (copy[bit >> 3] ?? 0) ^ (1 << (bit & 7))
      return `1.${copy.toString('base64')}`
    })
    const keys = new DatabaseSync(path)
    const wrapped = keys.prepare('SELECT purpose, wrapped FROM data_key ORDER BY purpose').all()
    keys.close()
    const forgeries = [
      b.sealed,
      older,
      `2.${a.sealed.split('.')[1]}`,
      String(wrapped[0]?.['wrapped']),
      '',
      ...flipped,
    ]
    const accepted = forgeries.filter((forged) => isOpened(dataKeys, forged, a.place)).length
    // A data key that was moved to another purpose does not open either.
    const database = new DatabaseSync(path)
    database.exec(
      `UPDATE data_key SET wrapped = (SELECT wrapped FROM data_key WHERE purpose = 'erasure') WHERE purpose = 'access'`,
    )
    database.close()
    await expect(open()).rejects.toThrow('store.damaged')
    reportFigure(context, {
      check: 'X38',
      claim: 'moved, altered or older ciphertexts accepted',
      value: accepted,
      of: forgeries.length + 1,
      target: '0',
    })
    expect(accepted).toBe(0)
  })
})
