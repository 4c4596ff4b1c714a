import { rm } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as wait } from 'node:timers/promises'
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import { startHubspotSandbox } from '../../../connectors/hubspot/sandbox/hubspot-sandbox.ts'
import { systemClock } from '../../../hub-server/net/system-clock.ts'
import { openDataKeys } from '../../../hub-server/secrets/data-keys.ts'
import { readWrappingKeys } from '../../../hub-server/secrets/wrapping-keys.ts'
import { openControlStore } from '../../../hub-server/store/open-control-store.ts'
import { freePort } from '../../support/free-port.ts'
import { reportFigure } from '../../support/report-figure.ts'
import { startMailServer } from '../../support/start-mail-server.ts'
import { clientSecret, startOidcProvider } from '../../support/start-oidc-provider.ts'
import { command, serve, tell, type CommandWorld, type Told } from './a-marked-hub.ts'
import { aMarkedWorkspace, environmentOf, planted } from './a-marked-workspace.ts'
import { allowedPeople, allowedSecrets, forbidden, unmet } from './allowed-places.ts'
import { failOverManifests } from './fail-over-manifests.ts'
import { failUncaught } from './fail-uncaught.ts'
import { createFinder, type Haystack, type Hit } from './find-marks.ts'
import { awkwardSecret, markedPerson, needlesOf, needlesOfPeople, secretStem, type Needle } from './marks.ts'
import { pastedSecrets, type Captured } from './planting.ts'
import { pushMarked } from './push-marked.ts'
import { filePlaces, sqlitePlaces, toldPlaces, warehousePlaces } from './read-places.ts'
import { signInMarked } from './sign-in-marked.ts'
import { startEchoingPlatform, type Echo, type EchoingPlatform } from './start-echoing-platform.ts'
import { breakStore, cycle, useApi } from './use-api.ts'
import { useCommands } from './use-commands.ts'

const people = Array.from({ length: 40 }, (_, at) => at + 1)

const told: Told = new Map()
const captured: Captured = new Map()
const places: Haystack[] = []
const dataKeys: Buffer[] = []
const closing: (() => Promise<unknown>)[] = []
let folder = ''
/** Of a hub that ended by a fault that nobody caught. */
let exit: number | null = null
let platforms: readonly EchoingPlatform[] = []

beforeAll(async () => {
  // Platforms that do not answer well are asked again after seconds: nobody waits for them here.
  vi.spyOn(systemClock, 'sleep').mockImplementation(async (ms, signal) => {
    await wait(ms / 20, undefined, signal ? { signal } : {})
  })
  const world = await aWorld()
  await failOverManifests(world)
  await command(world, ['apply', '--yes'])
  await command(world, ['run'], { place: 'first run' })
  const hub = await serve(world)
  captured.set(hub.localToken, 'local token')
  await signInMarked(hub, told, captured)
  await pushMarked(hub, captured, world)
  await useApi(hub, captured, folder)
  for (const echo of ['status', 'html'] as const) {
    answerAll(echo)
    await cycle(hub)
  }
  answerAll('other_json')
  await useCommands(world, 'beside')
  await breakStore(hub, folder)
  places.push(...(await filePlaces(join(folder, '.affluent'), 'serving')))
  await hub.stop()
  await useCommands(world, 'alone')
  exit = await failUncaught(world)
  await readPlaces()
}, 120_000)
afterAll(async () => {
  vi.restoreAllMocks()
  await Promise.all(closing.map((close) => close()))
  for (const each of [folder, `${folder}-broken`]) await rm(each, { recursive: true, force: true })
})

function answerAll(echo: Echo): void {
  for (const platform of platforms) platform.echo = echo
}

/** Platforms that repeat what they are asked, a sandbox behind one of them, and those who are told of alerts and spans. */
async function aWorld(): Promise<CommandWorld> {
  const contacts = people.slice(14, 22).map((number) => {
    const { email, firstName, lastName } = markedPerson(number)
    return { id: String(86 + number), properties: { email, firstname: firstName, lastname: lastName } }
  })
  const accessToken = planted.CRM_TOKEN
  const sandbox = await startHubspotSandbox({ clock: systemClock, limits: 'off', contacts, accessToken })
  const crm = await startEchoingPlatform(sandbox.url)
  const org = await startEchoingPlatform(undefined)
  const ads = await startEchoingPlatform(undefined)
  const hook = await startEchoingPlatform(undefined)
  platforms = [crm, org, ads, hook]
  const outside = await startEchoingPlatform(undefined, [200])
  const mail = await startMailServer()
  const provider = await startOidcProvider()
  provider.person = { sub: 'rosa-1', name: 'Rosa', email: 'rosa@example.com', email_verified: true }
  closing.push(...[sandbox, ...platforms, outside, mail, provider].map((one) => () => one.close()))
  const own = `http://127.0.0.1:${await freePort()}`
  const addresses = {
    crm: crm.url,
    org: org.url,
    ads: ads.url,
    hook: hook.url,
    outside: outside.url,
    mail: mail.url,
    issuer: provider.issuer,
    own,
  }
  folder = await aMarkedWorkspace(addresses)
  const env = { AFFLUENT_LANG: 'en', AFFLUENT_PRIVATE_NETWORKS: '127.0.0.1', ...environmentOf(addresses) }
  readOutside = () => {
    for (const text of outside.asked) {
      const [head = '', ...rest] = text.split('\n')
      // The address and the head are where the secret of the place belongs.
      tell(told, head.includes('/v1/traces') ? 'spans' : 'alert by webhook', rest.join('\n'))
    }
    tell(told, 'alert by mail', mail.received.join('\n'))
  }
  return { folder, told, env }
}
let readOutside: () => void = () => undefined

async function readPlaces(): Promise<void> {
  readOutside()
  for (const text of platforms[0]?.asked ?? []) captureTokens(text)
  const data = join(folder, '.affluent')
  const control = await openControlStore(join(data, 'control.sqlite'), systemClock)
  const settings = {
    key: planted.AFFLUENT_SECRET_KEY,
    file: undefined,
    command: undefined,
    previous: undefined,
  }
  const keys = await openDataKeys(control, readWrappingKeys(settings, ''), systemClock)
  dataKeys.push(...(['digest', 'audit'] as const).map((purpose) => Buffer.from(keys.bytes(purpose))))
  await control.close()
  places.push(
    ...toldPlaces(told),
    ...(await filePlaces(data, 'data')),
    ...sqlitePlaces(join(data, 'control.sqlite'), 'control'),
    ...sqlitePlaces(join(data, 'events.sqlite'), 'spool'),
    ...(await warehousePlaces(join(data, 'warehouse.duckdb'), 'warehouse')),
  )
  for (const name of ['beside-backup', 'alone-backup', 'beside-export', 'alone-export', 'served-backup'])
    places.push(...(await filePlaces(join(folder, name), name)))
  const written = await filePlaces(folder, 'folder')
  places.push(...written.filter(({ place }) => /^folder\/(?:beside|alone)-[^/]*$/.test(place)))
}

/** The tokens and codes that the platform gave and was shown. */
function captureTokens(text: string): void {
  for (const [, token = ''] of text.matchAll(/"authorization":"Bearer ([^"]+)"/g))
    if (!token.includes(secretStem)) captured.set(token, 'access token')
  for (const [, name = '', token = ''] of text.matchAll(/(refresh_token|code_verifier|code)=([^&\n]+)/g))
    captured.set(token, name)
}

const sizeOf = (place: RegExp): number =>
  places.filter((one) => place.test(one.place)).reduce((sum, { bytes }) => sum + bytes.length, 0)

const search = (needles: readonly Needle[]): Hit[] => places.flatMap(createFinder(needles))

const show = (hits: readonly Hit[]): string[] =>
  hits.map(({ place, mark, form, around }) => `${place}: ${mark} (${form}): ${around}`)

describe('what leaves the hub, and what lies beside its stores', () => {
  it('X36: no secret is found in log, spans, metrics, answers, pages, alerts, output, exports, backups and files', (context) => {
    const needles = [
      ...needlesOf('a planted secret', secretStem),
      ...needlesOf('client secret of single sign-on', clientSecret),
      ...[...captured].flatMap(([value, mark]) => needlesOf(mark, value)),
      ...dataKeys.flatMap((key) => needlesOf('a data key', key)),
    ]
    const hits = search(needles)
    const found = forbidden(hits, allowedSecrets)
    const marked = Object.keys(planted).length + pastedSecrets.length + captured.size + dataKeys.length + 1
    reportFigure(context, {
      check: 'X36',
      claim: `marked secrets found outside their stores, ${places.length} places searched`,
      value: found.length,
      of: marked,
      target: '0',
    })
    expect(show(found)).toEqual([])
    expect(unmet(hits, allowedSecrets)).toEqual([])
    expect(marked).toBeGreaterThanOrEqual(40)
  })

  it('X37: no person is found but in the stores and answers that are meant for people', (context) => {
    const hits = search(needlesOfPeople(people))
    const found = forbidden(hits, allowedPeople)
    reportFigure(context, {
      check: 'X37',
      claim: `marked people found outside their stores, ${places.length} places searched`,
      value: found.length,
      of: people.length,
      target: '0',
    })
    expect(show(found)).toEqual([])
    expect(unmet(hits, allowedPeople)).toEqual([])
  })

  it('X36: a fault that nobody caught ends the hub with its kind and place, and without its text', () => {
    const said = told.get('errors of a hub that fails')?.join('').trimEnd().split('\n').at(-1) ?? ''
    expect(JSON.parse(said)).toEqual({
      level: 'error',
      time: expect.any(String) as string,
      event: 'process_failed',
      code: 'internal.unexpected',
      kind: 'TypeError',
      place: 'hub-server/worker/run-cycle.ts:12',
    })
    expect(exit).toBe(1)
    expect(sizeOf(/alone-report\.json$/)).toBeGreaterThan(1_000)
  })

  it('is a search of what really happened: the platforms were asked with secrets and people, and all was told of', () => {
    const sizes = [
      /^log of serve$/,
      /^spans$/,
      /^answer to GET \/metrics$/,
      /^alert by/,
      /^control\.audit_entry$/,
    ]
    expect(sizes.filter((place) => sizeOf(place) < 5_000)).toEqual([])
    expect(
      [/^control\.kept_request$/, /\(fault\)/, /^output of serve$/].filter((place) => sizeOf(place) < 900),
    ).toEqual([])
    const find = createFinder([...needlesOf('secret', secretStem), ...needlesOfPeople(people)])
    const asked = platforms.map(({ asked: texts }) =>
      find({ place: 'platform', bytes: Buffer.from(texts.join('\n')) }).map(({ mark }) => mark),
    )
    for (const marks of asked) expect(marks).toContain('secret')
    expect(asked.flat()).toContain('a person’s text')
  })
})

describe('the search', () => {
  const secret = awkwardSecret(7)
  const find = createFinder(needlesOf('it', secretStem))
  const findWhole = createFinder(needlesOf('it', secret))
  const writings: Readonly<Record<string, string | Buffer>> = {
    plain: `x${secret}y`,
    'lower case': secret.toLowerCase(),
    'upper case': secret.toUpperCase(),
    base64: Buffer.from(secret).toString('base64'),
    'base64 inside of another': Buffer.from(`a:${secret}:b`).toString('base64'),
    base64url: Buffer.from(`id ${secret}`).toString('base64url'),
    hexadecimal: Buffer.from(secret).toString('hex'),
    'hexadecimal in upper case': Buffer.from(secret).toString('hex').toUpperCase(),
    address: encodeURIComponent(secret),
    form: new URLSearchParams({ secret }).toString(),
    JSON: JSON.stringify({ secret }),
    'JSON in JSON': JSON.stringify(JSON.stringify({ secret })),
    'UTF-16': Buffer.from(secret, 'utf16le'),
    bytes: Buffer.concat([Buffer.from([0, 255, 3]), Buffer.from(secret), Buffer.from([0])]),
  }

  it.each(Object.entries(writings))('finds a secret written as %s', (_, written) => {
    expect(find({ place: 'here', bytes: Buffer.from(written) })).not.toEqual([])
  })

  it('finds a whole secret as it is, in base64, in an address, in JSON and in hexadecimal', () => {
    const names = ['plain', 'base64', 'base64 inside of another', 'address', 'JSON', 'hexadecimal']
    const missed = names.filter(
      (name) => findWhole({ place: 'here', bytes: Buffer.from(writings[name] ?? '') }).length === 0,
    )
    expect(missed).toEqual([])
  })

  it('finds a person by name, address, phone and hash, and nobody where nobody is', () => {
    const findPeople = createFinder(needlesOfPeople(people))
    const { email, firstName, lastName, phone } = markedPerson(7)
    const written = [email, firstName.toUpperCase(), lastName, phone, '0698765437', '06 98 76 54 37']
    const missed = written.filter(
      (text) => findPeople({ place: 'here', bytes: Buffer.from(text) }).length === 0,
    )
    expect(missed).toEqual([])
    expect(findPeople({ place: 'here', bytes: Buffer.from('somebody else, +33123456789') })).toEqual([])
    expect(find({ place: 'here', bytes: Buffer.from('no secret at all') })).toEqual([])
  })
})
