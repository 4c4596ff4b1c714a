import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { objectNeeds } from '../../../../../connectors/salesforce/check-connection.ts'
import { salesforceConfig } from '../../../../../connectors/salesforce/config.ts'
import { salesforceConnector } from '../../../../../connectors/salesforce/connector.ts'
import { personFields } from '../../../../../connectors/salesforce/destinations/campaign.ts'
import { externalIdField } from '../../../../../connectors/salesforce/external-id-field.ts'
import {
  globalOauthPath,
  globalOauthSettings,
} from '../../../../../connectors/salesforce/global-oauth-settings.ts'
import {
  consentFields,
  individualOptOuts,
  optOutFields,
  streams,
} from '../../../../../connectors/salesforce/sources/stream.ts'
import { readXml, type XmlElement } from '../../../../../connectors/salesforce/xml/read-xml.ts'
import { checkSource, valueOf, valuesOf, type Component } from './check-source.ts'
import { appFolder, packageDirectories, readSource } from './read-source.ts'

const sources = packageDirectories.map((folder) => checkSource(readSource(folder)))
const components = sources.flatMap((source) => source.components)
const config = salesforceConfig.parse({ client_id: 'x', refresh_token: 'y' })

function only(type: string): Component {
  const [found, ...others] = components.filter((component) => component.type.name === type)
  if (!found || others.length > 0) throw new Error(`${others.length} others of ${type}`)
  return found
}
const named = (type: string): readonly string[] =>
  components.filter((component) => component.type.name === type).map(({ name }) => name)
const permissionSet = (name: string): XmlElement => {
  const found = components.find((component) => component.path.endsWith(`/${name}.permissionset-meta.xml`))
  if (!found) throw new Error(name)
  return found.content
}

describe('the Salesforce app, as Salesforce would read it', () => {
  it('has only components that its types allow, well-formed and in order', () => {
    expect(sources.flatMap(({ faults }) => faults)).toEqual([])
    expect(components.length).toBeGreaterThan(12)
  })

  it('names its package directories and the version of the API that the connector speaks', () => {
    const project: unknown = JSON.parse(readFileSync(join(appFolder, 'sfdx-project.json'), 'utf8'))
    expect(project).toMatchObject({
      packageDirectories: [
        { path: 'force-app', default: true },
        { path: 'individuals' },
        { path: 'change-events' },
      ],
      sourceApiVersion: salesforceConnector.apiVersion,
    })
    expect(salesforceConnector.apiVersion).toBe(config.api_version)
    expect(valueOf(only('AuraDefinitionBundle').content, 'apiVersion')).toBe(config.api_version)
  })

  it('keeps nothing in its folder that is not part of the project', () => {
    expect(readdirSync(appFolder).sort()).toEqual([
      ...[
        '.forceignore',
        'change-events',
        'force-app',
        'individuals',
        'manifest',
        'sfdx-project.json',
      ].sort(),
    ])
  })

  it('lists in manifest/package.xml exactly the components of force-app', () => {
    const root = readXml(readFileSync(join(appFolder, 'manifest/package.xml')), {
      bytes: 65_536,
      elements: 500,
      depth: 4,
    })
    const listed = root?.children
      .filter(({ name }) => name === 'types')
      .flatMap((type) => valuesOf(type, 'members').map((member) => `${valueOf(type, 'name')} ${member}`))
    const present = sources[0]?.components.map(({ type, name }) => `${type.name} ${name}`)
    expect(listed?.toSorted()).toEqual(present?.toSorted())
    expect(root && valueOf(root, 'version')).toBe(config.api_version)
  })

  it('refers only to components that are there', () => {
    const app = only('ExternalClientApplication').name
    for (const { path, content } of components)
      for (const name of valuesOf(content, 'externalClientApplication'))
        expect({ path, name }).toEqual({ path, name: app })
    const policies = only('ExtlClntAppOauthConfigurablePolicies').content
    for (const set of valueOf(policies, 'commaSeparatedPermissionSet').split(','))
      expect(named('PermissionSet')).toContain(set)
    for (const { content } of components.filter(({ type }) => type.name === 'PlatformEventChannelMember'))
      expect(named('PlatformEventChannel')).toContain(valueOf(content, 'eventChannel'))
    for (const set of named('PermissionSet'))
      expect(named('CustomField')).toEqual(
        expect.arrayContaining(
          [...fieldsOf(permissionSet(set)).keys()].filter((field) => field.endsWith('__c')),
        ),
      )
    const card =
      readSource('force-app').get('force-app/main/default/aura/affluentPerson/affluentPerson.cmp') ?? ''
    expect(readXml(new TextEncoder().encode(card), { bytes: 10_000, elements: 20, depth: 5 })).toBeDefined()
    expect(card).toContain(`developerName="${app}"`)
  })

  it('holds no key, secret or certificate', () => {
    for (const folder of packageDirectories)
      for (const [path, text] of readSource(folder)) {
        expect(path).not.toContain('ecaGlblOauth')
        expect(text).not.toMatch(/consumerKey|consumerSecret|certificate|BEGIN/)
      }
  })
})

/** What a permission set gives on fields: name → whether they may be edited. */
const fieldsOf = ({ children }: XmlElement): ReadonlyMap<string, boolean> =>
  new Map(
    children
      .filter(({ name }) => name === 'fieldPermissions')
      .map((child) => {
        expect(valueOf(child, 'readable')).toBe('true')
        return [valueOf(child, 'field'), valueOf(child, 'editable') === 'true'] as const
      }),
  )

const objectsOf = ({ children }: XmlElement): ReadonlyMap<string, XmlElement> =>
  new Map(
    children
      .filter(({ name }) => name === 'objectPermissions')
      .map((child) => [valueOf(child, 'object'), child] as const),
  )

const right = {
  queryable: 'allowRead',
  createable: 'allowCreate',
  updateable: 'allowEdit',
  deletable: 'allowDelete',
}

/** Salesforce gives rights on these through others: members through their campaign, tasks through their people. */
const impliedBy: Readonly<Record<string, string>> = { CampaignMember: 'Campaign', Task: 'Contact' }

/** Fields that every user sees, whom no permission set can give: required ones, and parts of the name. */
const alwaysSeen = new Set(['FirstName', 'LastName', 'Company'])

describe('the Salesforce app, as the connector needs it', () => {
  it('asks for the scopes of the connector, in the words of metadata', () => {
    const { auth } = salesforceConnector
    const scopes = auth.kind === 'oauth2' ? auth.scopes : []
    const tokens: Readonly<Record<string, string>> = { api: 'Api', refresh_token: 'RefreshToken' }
    expect(
      valueOf(only('ExtlClntAppOauthSettings').content, 'commaSeparatedOauthScopes').split(', '),
    ).toEqual(scopes.map((scope) => tokens[scope]))
  })

  it('makes the external id field on contacts and leads as the connector would', () => {
    const fields = components.filter(({ type }) => type.name === 'CustomField')
    expect(fields.map(({ name }) => name).sort()).toEqual(
      ['Contact', 'Lead'].map((object) => `${object}.${config.external_id_field}`),
    )
    for (const { content } of fields) {
      const made = Object.fromEntries(content.children.map(({ name, text }) => [name, text]))
      expect(made).toMatchObject(
        Object.fromEntries(Object.entries(externalIdField).map(([name, value]) => [name, String(value)])),
      )
      expect(made['fullName']).toBe(config.external_id_field)
    }
  })

  it('gives the integration user the rights on objects that the connection test looks for', () => {
    const objects = objectsOf(permissionSet('Affluent_Integration'))
    for (const [object, needed] of Object.entries(objectNeeds)) {
      const given = objects.get(impliedBy[object] ?? object)
      const wanted = impliedBy[object] === undefined ? needed : (['queryable'] as const)
      for (const need of wanted)
        expect({ object, need, given: given && valueOf(given, right[need]) }).toEqual({
          object,
          need,
          given: 'true',
        })
    }
  })

  it('gives no right that the connector has no use for', () => {
    const given = named('PermissionSet').flatMap((set) => [...objectsOf(permissionSet(set))])
    const having = (name: string): string[] =>
      given.flatMap(([object, rights]) => (valueOf(rights, name) === 'true' ? object : []))
    expect(having('allowDelete')).toEqual([])
    expect(having('modifyAllRecords')).toEqual([])
    expect(having('viewAllFields')).toEqual([])
    expect(having('allowCreate').sort()).toEqual(['Campaign', 'Contact', 'Lead'])
    expect(having('allowEdit').sort()).toEqual(['Campaign', 'Contact', 'Individual', 'Lead'])
    expect(objectsOf(permissionSet('Affluent_Person_Card')).size).toBe(0)
    const users = permissionSet('Affluent_Integration').children.filter(
      ({ name }) => name === 'userPermissions',
    )
    expect(users.map((user) => valueOf(user, 'name'))).toEqual(['ApiEnabled'])
  })

  it('gives field-level security on every field of people that the connector itself reads or writes', () => {
    const fields = fieldsOf(permissionSet('Affluent_Integration'))
    for (const object of ['Contact', 'Lead']) {
      const written = Object.keys(personFields).filter((name) => !alwaysSeen.has(name))
      for (const name of [...written, config.external_id_field, 'HasOptedOutOfEmail', 'DoNotCall'])
        expect({ object, name, edit: fields.get(`${object}.${name}`) }).toEqual({ object, name, edit: true })
      for (const name of optOutFields) expect([...fields.keys()]).toContain(`${object}.${name}`)
    }
    for (const name of ['Type', 'IsActive']) expect(fields.get(`Campaign.${name}`)).toBe(true)
  })

  it('gives what preferences and consents need in a part of its own, as few orgs have them', () => {
    const set = permissionSet('Affluent_Individuals')
    const fields = fieldsOf(set)
    expect([...objectsOf(set).keys()].sort()).toEqual(['ContactPointTypeConsent', 'Individual'])
    for (const name of individualOptOuts) expect([...fields.keys()]).toContain(`Individual.${name}`)
    for (const name of ['HasOptedOutSolicit', 'ShouldForget'])
      expect(fields.get(`Individual.${name}`)).toBe(true)
    for (const name of consentFields.filter((one) => one.startsWith('Effective')))
      expect(fields.get(`ContactPointTypeConsent.${name}`)).toBe(false)
    expect(fields.get('Contact.IndividualId')).toBe(false)
  })

  it('captures changes of objects that the connector reads, under a channel that its setting takes', () => {
    const channel = only('PlatformEventChannel')
    expect(valueOf(channel.content, 'channelType')).toBe('data')
    expect(
      salesforceConfig.safeParse({
        client_id: 'x',
        refresh_token: 'y',
        change_channel: `/data/${channel.name}`,
      }).success,
    ).toBe(true)
    const members = components.filter(({ type }) => type.name === 'PlatformEventChannelMember')
    const captured = members.map(({ content }) =>
      valueOf(content, 'selectedEntity').replace(/ChangeEvent$/, ''),
    )
    expect(captured.sort()).toEqual(['CampaignMember', 'Contact', 'Lead'])
    for (const object of captured) expect(streams.map((stream) => stream.object)).toContain(object)
  })

  it('lets only people in whom an admin allowed, and asks for the canvas page by POST, which is signed', () => {
    const policies = only('ExtlClntAppOauthConfigurablePolicies').content
    expect(valueOf(policies, 'permittedUsersPolicyType')).toBe('AdminApprovedPreAuthorized')
    // The hub uses its token every 14 days; Salesforce's partner rules allow 30 idle ones (2.0).
    expect(valueOf(policies, 'refreshTokenPolicyType')).toBe('SpecificInactivity')
    expect(valueOf(policies, 'refreshTokenValidityPeriod')).toBe('30')
    const canvas = only('ExtlClntAppCanvasSettings').content
    expect(valueOf(canvas, 'accessMethod')).toBe('Post')
    expect(valueOf(canvas, 'canvasUrl')).toBe('https://hub.example.com/canvas/your-connection')
    expect(valuesOf(canvas, 'canvasLocationOptions')).toEqual(['Aura', 'PageLayout'])
    expect(valueOf(only('ExtlClntAppConfigurablePolicies').content, 'isCanvasPluginEnabled')).toBe('true')
  })
})

describe('the settings that stand in the admin’s copy alone', () => {
  const callback = 'https://hub.acme.test/oauth/salesforce/callback'
  const { components: made, faults } = checkSource(
    new Map([[globalOauthPath, globalOauthSettings(`${callback}?a=1&b=2`)]]),
  )

  it('are well-formed, belong to the app, and hold no secret', () => {
    expect(faults).toEqual([])
    const [settings] = made
    expect(settings?.content.children.map(({ name }) => name)).not.toContain('consumerSecret')
    expect(settings && valueOf(settings.content, 'externalClientApplication')).toBe(
      only('ExternalClientApplication').name,
    )
    expect(settings && valueOf(settings.content, 'callbackUrl')).toBe(`${callback}?a=1&b=2`)
  })

  it('keep PKCE, rotation and the secret on, as partners must (2.0)', () => {
    const values = Object.fromEntries(
      made.flatMap(({ content }) => content.children).map(({ name, text }) => [name, text]),
    )
    expect(values).toMatchObject({
      isPkceRequired: 'true',
      isRefreshTokenRotationEnabled: 'true',
      isSecretRequiredForRefreshToken: 'true',
      isConsumerSecretOptional: 'false',
      isDeviceFlowEnabled: 'false',
    })
  })
})

describe('checkSource finds', () => {
  const path = 'force-app/main/default/externalClientApps/Affluent.eca-meta.xml'
  const good = readSource('force-app').get(path) ?? ''
  const faultsOf = (text: string, at = path): readonly string[] => checkSource(new Map([[at, text]])).faults

  it.each([
    ['a file in a wrong folder', good, path.replace('externalClientApps', 'externalClientApplications')],
    ['a file of a wrong ending', good, path.replace('.eca-', '.ecaa-')],
    ['a stray file', 'x', 'force-app/main/default/permissionsets/notes.txt'],
    ['XML that is not well-formed', good.replace('</label>', ''), path],
    ['an unknown element', good.replaceAll('label>', 'title>'), path],
    ['a missing element', good.replace(/ *<contactEmail>.*\n/, ''), path],
    ['an element twice', good.replace(/( *<label>.*\n)/, '$1$1'), path],
    ['another order', good.replace(/( *<contactEmail>.*\n)( *<description>.*\n)/, '$2$1'), path],
    ['a value that is none of the list', good.replace('>Local<', '>Global<'), path],
    ['another root', good.replaceAll('ExternalClientApplication', 'ConnectedApp'), path],
    ['another namespace', good.replace('2006/04', '2006/05'), path],
  ])('%s', (_what, text, at) => {
    expect(faultsOf(good)).toEqual([])
    expect(faultsOf(text, at)).not.toEqual([])
  })
})
