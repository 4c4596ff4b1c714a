import { generateKeyPairSync } from 'node:crypto'
import { mkdir, mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, it } from 'vitest'
import {
  startSalesforceSandbox,
  type SalesforceSandbox,
} from '../../../connectors/salesforce/sandbox/salesforce-sandbox.ts'
import { systemClock } from '../../../hub-server/net/system-clock.ts'
import { runCli } from '../../support/run-cli.ts'
import { checkSource } from '../../unit/connectors/salesforce/app/check-source.ts'
import { packageDirectories, readSource } from '../../unit/connectors/salesforce/app/read-source.ts'

const keyPair = (): { publicKey: string; privateKey: string } =>
  generateKeyPairSync('rsa', {
    modulusLength: 2048,
    publicKeyEncoding: { type: 'spki', format: 'pem' },
    privateKeyEncoding: { type: 'pkcs8', format: 'pem' },
  })

let folder: string
let sandbox: SalesforceSandbox
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'affluent-connect-'))
  sandbox = await startSalesforceSandbox({ clock: systemClock })
})
afterEach(async () => {
  await sandbox.close()
  await rm(folder, { recursive: true })
})

it('affluent connect salesforce writes the app for this hub, keeps the secret by reference and tests each permission', async () => {
  const shop = join(folder, 'shop')
  await writeFile(join(folder, 'secret.txt'), 'consumer-secret\n')
  await runCli(['init', shop, '--yes'], { cwd: folder })
  const words =
    'connect salesforce --access client_credentials --connection crm --hub-url https://hub.acme.test ' +
    `--app-folder salesforce-app --set login_url=${sandbox.url} --set expected_org_id=00D5g000004ABCDEA4 ` +
    '--set client_id=consumer-key --secret client_secret=../secret.txt --no-input'
  const { code, out, err } = await runCli(words.split(' '), { cwd: shop })
  expect({ code, err }).toEqual({ code: 0, err: '' })
  expect(out).toContain('✔ org 00D5g000004ABCDEA4')
  expect(out).toContain('✔ Contact.Hub_Person_Id__c (external id)')
  expect(out).not.toContain('consumer-secret')

  const manifest: unknown = JSON.parse(await readFile(join(shop, 'manifests/connection-crm.json'), 'utf8'))
  expect(manifest).toMatchObject({
    config: { auth_flow: 'client_credentials', client_secret: '${env:CRM_CLIENT_SECRET}' },
  })
  expect((await stat(join(shop, '.env'))).mode & 0o077).toBe(0)

  const app = join(shop, 'salesforce-app')
  expect(packageDirectories.flatMap((part) => checkSource(readSource(part, app)).faults)).toEqual([])
  const written = [...readSource('force-app', app).values()].join('\n')
  expect(written).toContain('<canvasUrl>https://hub.acme.test/canvas/crm</canvasUrl>')
  expect(written).toContain('<callbackUrl>https://hub.acme.test/oauth/salesforce/callback</callbackUrl>')
  expect(written).not.toMatch(/example\.com\/|your-connection|consumer-secret/)
  expect(await readdir(app)).toContain('.forceignore')
})

it('affluent connect salesforce gets in by the key of a certificate, which stays in its file, and another key is refused', async () => {
  const { publicKey, privateKey } = keyPair()
  await sandbox.close()
  sandbox = await startSalesforceSandbox({ clock: systemClock, app: { publicKey } })
  const shop = join(folder, 'shop')
  await runCli(['init', shop, '--yes'], { cwd: folder })
  await mkdir(join(shop, 'secrets'))
  await writeFile(join(shop, 'secrets/consumer-secret.txt'), 'consumer-secret\n')
  await writeFile(join(shop, 'secrets/salesforce.pem'), keyPair().privateKey, { mode: 0o600 })
  const words =
    'connect salesforce --access jwt_bearer --connection crm --hub-url https://hub.acme.test ' +
    `--app-folder salesforce-app --set login_url=${sandbox.url} --set expected_org_id=00D5g000004ABCDEA4 ` +
    '--set client_id=consumer-key --secret client_secret=secrets/consumer-secret.txt ' +
    '--set username=hub@example.com --set private_key=secrets/salesforce.pem --no-input'
  const refused = await runCli(words.split(' '), { cwd: shop })
  expect(refused.code).not.toBe(0)
  expect(refused.out + refused.err).toContain('invalid_grant')

  await writeFile(join(shop, 'secrets/salesforce.pem'), privateKey)
  const { code, out, err } = await runCli(['connections', 'test', 'crm'], { cwd: shop })
  expect({ code, err }).toEqual({ code: 0, err: '' })
  expect(out).toContain('✔ org 00D5g000004ABCDEA4')

  const manifest = await readFile(join(shop, 'manifests/connection-crm.json'), 'utf8')
  expect(JSON.parse(manifest)).toMatchObject({
    config: { auth_flow: 'jwt_bearer', private_key: '${file:secrets/salesforce.pem}' },
  })
  const kept = `${manifest}${await readFile(join(shop, '.env'), 'utf8')}`
  expect(kept).not.toContain('PRIVATE KEY')
  expect((await readFile(join(shop, '.gitignore'), 'utf8')).split('\n')).toEqual(
    expect.arrayContaining(['secrets/', '.env']),
  )
})
