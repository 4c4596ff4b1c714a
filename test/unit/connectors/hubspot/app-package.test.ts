import { cp, readdir, readFile } from 'node:fs/promises'
import { dirname, join, relative } from 'node:path'
import { fileURLToPath } from 'node:url'
import {
  getProjectMetadata,
  isKnownPlatformVersion,
  isLegacyProject,
  meetsMinimumPlatformVersion,
  parseProjectConfig,
} from '@hubspot/project-parsing-lib/projects'
import { translate } from '@hubspot/project-parsing-lib/translate'
import { validateUid } from '@hubspot/project-parsing-lib/uid'
import { transformWithOxc } from 'vite'
import { beforeAll, describe, expect, it } from 'vitest'
import { optionalScopes, requiredScopes } from '../../../../connectors/hubspot/auth/scopes.ts'
import { addToSegment, removeFromSegment } from '../../../../connectors/hubspot/signals/segment-actions.ts'
import { webhookEvents } from '../../../../connectors/hubspot/signals/webhook-events.ts'
import { hubspotGuide } from '../../../../hub-server/connect/hubspot-guide.ts'
import { writeApp } from '../../../../hub-server/connect/write-app.ts'
import { createWorkspaceFolder } from '../../../support/workspace-folder.ts'
import { component, componentConfigs, componentFolders } from './app-files.ts'

const folder = fileURLToPath(new URL('../../../../connectors/hubspot/app/', import.meta.url))
const source = join(folder, 'src')

interface Component {
  readonly file: string
  readonly uid: string
  readonly type: keyof typeof componentConfigs
  readonly config: unknown
}
let components: readonly Component[]
const of = (type: Component['type']) => components.filter((one) => one.type === type)

beforeAll(async () => {
  const files = (await readdir(source, { recursive: true })).filter((file) => file.endsWith('-hsmeta.json'))
  components = await Promise.all(
    files.map(async (file) => ({
      file,
      ...component.parse(JSON.parse(await readFile(join(source, file), 'utf8'))),
    })),
  )
})

describe("HubSpot's own parser", () => {
  it('takes the project, of a platform version that it knows and that is no legacy one', () => {
    const project = parseProjectConfig(folder)
    expect(project).toEqual({ name: 'affluent', srcDir: 'src', platformVersion: '2026.09' })
    expect(isKnownPlatformVersion('2026.09')).toBe(true)
    expect(isLegacyProject('2026.09')).toBe(false)
    expect(meetsMinimumPlatformVersion('2026.09', '2025.2')).toBe(true)
  })

  it('finds every component, each with the app that it belongs to, and no uid that it refuses', async () => {
    const { intermediateRepresentation } = await translate(
      { projectSourceDir: source, platformVersion: '2026.09', accountId: 1 },
      { skipValidation: true },
    )
    const nodes = Object.values(intermediateRepresentation.intermediateNodesIndexedByUid)
    expect(nodes.map(({ uid }) => uid).sort()).toEqual(components.map(({ uid }) => uid).sort())
    for (const { uid } of nodes) expect([uid, validateUid(uid)]).toEqual([uid, undefined])
    const others = nodes.filter(({ componentType }) => componentType !== 'APPLICATION')
    for (const { componentDeps } of others) expect(componentDeps).toMatchObject({ app: 'affluent_app' })
  })

  it('counts no component more often than it may be there', async () => {
    const { components: counts } = await getProjectMetadata(source)
    for (const [name, { count, maxCount }] of Object.entries(counts))
      expect([name, count <= maxCount]).toEqual([name, true])
  })
})

describe('the components', () => {
  it('are the app, webhooks, a settings page, a card and two workflow actions', () => {
    expect(components.map(({ type }) => type).sort()).toEqual([
      'app',
      'card',
      'settings',
      'webhooks',
      'workflow-action',
      'workflow-action',
    ])
    expect(new Set(components.map(({ uid }) => uid)).size).toBe(components.length)
  })

  it('keep the uids that workflows and pages of installed apps rest on', () => {
    expect(components.map(({ uid }) => uid).sort()).toEqual([
      'affluent_add_to_segment',
      'affluent_app',
      'affluent_person_card',
      'affluent_remove_from_segment',
      'affluent_settings',
      'affluent_webhooks',
    ])
  })

  it('have settings that HubSpot knows, and lie where their type says', () => {
    for (const { file, type, config } of components) {
      expect([file, componentConfigs[type].safeParse(config).error?.message]).toEqual([file, undefined])
      expect([file, dirname(file)]).toEqual([file, componentFolders[type]])
    }
  })

  it('ask for the scopes that the connector asks for, no more and no fewer', () => {
    const [app] = of('app')
    const { auth } = componentConfigs.app.parse(app?.config)
    expect([...auth.requiredScopes].sort()).toEqual([...requiredScopes].sort())
    expect([...auth.optionalScopes].sort()).toEqual([...optionalScopes].sort())
    expect(auth.type).toBe('oauth')
  })

  it('call addresses that the hub answers, and the card none that is not permitted', async () => {
    const names = [webhookEvents, addToSegment, removeFromSegment].map(({ name }) => name)
    const { settings } = componentConfigs.webhooks.parse(of('webhooks')[0]?.config)
    const actions = of('workflow-action').map(({ config }) =>
      componentConfigs['workflow-action'].parse(config),
    )
    for (const url of [settings.targetUrl, ...actions.map(({ actionUrl }) => actionUrl)]) {
      const [, kind, connection, name = ''] = new URL(url).pathname.split('/')
      expect([url, kind, connection, names.includes(name)]).toEqual([url, 'webhooks', 'my-hubspot', true])
    }
    const { permittedUrls } = componentConfigs.app.parse(of('app')[0]?.config)
    const code = await readFile(join(source, 'app/cards/hub-address.ts'), 'utf8')
    const called = /'(https:[^']+)'/.exec(code)?.[1] ?? ''
    expect(called).toBe('https://hub.example.com/cards/hubspot/my-hubspot/person')
    expect(permittedUrls.fetch.filter((allowed) => called.startsWith(`${allowed}/`))).toHaveLength(1)
  })

  it('label every field of a workflow action in both languages, and name it in its sentence', () => {
    for (const { config } of of('workflow-action')) {
      const { inputFields, outputFields, labels } = componentConfigs['workflow-action'].parse(config)
      const names = inputFields.map(({ typeDefinition }) => typeDefinition.name)
      for (const words of Object.values(labels)) {
        expect(Object.keys(words.inputFieldLabels)).toEqual(names)
        expect(Object.keys(words.inputFieldDescriptions)).toEqual(names)
        expect(Object.keys(words.outputFieldLabels)).toEqual(
          outputFields.map(({ typeDefinition }) => typeDefinition.name),
        )
        for (const name of names) expect(words.actionCardContent).toContain(`{{${name}}}`)
      }
    }
  })

  it('have pages whose code is there, can be compiled, and imports only what HubSpot or the folder has', async () => {
    const pages = [...of('card'), ...of('settings')].map(({ config }) =>
      Reflect.get(Object(config), 'entrypoint'),
    )
    for (const page of pages) {
      const path = join(source, String(page))
      const text = await readFile(path, 'utf8')
      const { code } = await transformWithOxc(text, path, { jsx: { runtime: 'automatic' } })
      expect(code).toContain('hubspot.extend')
      const manifest = JSON.parse(await readFile(join(dirname(path), 'package.json'), 'utf8'))
      const names = [...text.matchAll(/from '([^']+)'/g)].map(([, name = '']) => name)
      const own = names.filter((name) => name.startsWith('./'))
      await Promise.all(own.map((name) => readFile(join(dirname(path), name), 'utf8')))
      const foreign = names.filter((name) => !name.startsWith('./'))
      expect([page, foreign.filter((name) => !(name in manifest.dependencies))]).toEqual([page, []])
    }
  })
})

describe('the copy for a hub', () => {
  it('names that hub and that connection everywhere, and is still a project of HubSpot', async () => {
    const { app } = hubspotGuide
    if (!app) throw new TypeError('the guide has an app')
    await using target = await createWorkspaceFolder({})
    const out = join(target.path, 'app')
    await writeApp(app, out, {
      hubUrl: 'https://hub.shop.example/base',
      connection: 'crm-eu',
      overwrite: false,
    })
    const files = (await readdir(out, { recursive: true, withFileTypes: true })).filter((file) =>
      file.isFile(),
    )
    const texts = await Promise.all(
      files.map(({ parentPath, name }) => readFile(join(parentPath, name), 'utf8')),
    )
    expect(texts.filter((text) => /hub\.example\.com|my-hubspot/.test(text))).toEqual([])
    expect(texts.join('\n')).toContain('https://hub.shop.example/base/webhooks/crm-eu/add_to_segment')
    expect(files.map(({ parentPath, name }) => relative(out, join(parentPath, name))).sort()).toEqual(
      (await readdir(folder, { recursive: true, withFileTypes: true }))
        .filter((file) => file.isFile())
        .map(({ parentPath, name }) => relative(folder, join(parentPath, name)))
        .sort(),
    )
    const { intermediateRepresentation } = await translate(
      { projectSourceDir: join(out, 'src'), platformVersion: '2026.09', accountId: 1 },
      { skipValidation: true },
    )
    expect(Object.keys(intermediateRepresentation.intermediateNodesIndexedByUid)).toHaveLength(
      components.length,
    )
  })

  it('is not written over something else', async () => {
    const { app } = hubspotGuide
    if (!app) throw new TypeError('the guide has an app')
    await using target = await createWorkspaceFolder({})
    await cp(join(folder, 'hsproject.json'), join(target.path, 'note.txt'))
    const filled = { hubUrl: 'https://hub.shop.example', connection: 'crm', overwrite: false }
    await expect(writeApp(app, target.path, filled)).rejects.toMatchObject({ code: 'usage.folder_not_empty' })
  })
})
