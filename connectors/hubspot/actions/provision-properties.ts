import { z } from 'zod'
import { defineAction, type Action } from '../../../core/connector/action.ts'
import { PlatformError } from '../../../core/errors/affluent-error.ts'
import { callHubspot } from '../account.ts'
import { contactPropertiesPath } from '../client.ts'
import type { HubspotConfig, HubspotContext } from '../config.ts'

const group = { name: 'cdp_hub', label: 'Affluent' }

const definitionShape = z.object({
  type: z.string(),
  fieldType: z.string(),
  hasUniqueValue: z.boolean().default(false),
})
type Definition = z.output<typeof definitionShape>

interface Wanted extends Definition {
  readonly name: string
  readonly label: string
}

/** The hub's own contact properties. The unique one is named by the configuration. */
const wantedProperties = (uniqueProperty: string): readonly Wanted[] => [
  {
    name: uniqueProperty,
    label: 'Affluent person ID',
    type: 'string',
    fieldType: 'text',
    hasUniqueValue: true,
  },
  {
    name: 'hub_last_synced_at',
    label: 'Affluent last sync',
    type: 'datetime',
    fieldType: 'date',
    hasUniqueValue: false,
  },
  {
    name: 'hub_segments',
    label: 'Affluent segments',
    type: 'string',
    fieldType: 'text',
    hasUniqueValue: false,
  },
]

/**
 * Makes the hub's own properties where they are missing. Run again it changes nothing. A property that is there in another shape is
 * never touched: it is reported as drift, since uniqueness can only be set at creation and values would be lost.
 */
export const provisionProperties: Action<HubspotConfig> = defineAction({
  name: 'provision_properties',
  description:
    'Creates the contact properties of the hub (unique person id, last sync, segments) in the group "cdp_hub". Needs the scopes crm.schemas.contacts.read and .write.',
  effect: 'changes',
  input: z.strictObject({}),
  async run(context: HubspotContext) {
    const created: string[] = []
    const unchanged: string[] = []
    const drifted: { property: string; expected: string; found: string }[] = []
    for (const wanted of wantedProperties(context.config.unique_property)) {
      const found = await readDefinition(context, wanted.name)
      if (!found) {
        if (created.length === 0) await createGroup(context)
        await createProperty(context, wanted)
        created.push(wanted.name)
      } else if (describe(found) === describe(wanted)) unchanged.push(wanted.name)
      else drifted.push({ property: wanted.name, expected: describe(wanted), found: describe(found) })
    }
    return { created, unchanged, drifted }
  },
})

const describe = ({ type, fieldType, hasUniqueValue }: Definition): string =>
  `${type}/${fieldType}${hasUniqueValue ? ', unique' : ''}`

async function readDefinition(context: HubspotContext, name: string): Promise<Definition | undefined> {
  try {
    return await callHubspot(context, {
      act: 'reading a property definition',
      method: 'GET',
      path: `${contactPropertiesPath}/${name}`,
      answer: definitionShape,
      repeatable: true,
    })
  } catch (error) {
    if (error instanceof PlatformError && error.code === 'platform.not_found') return undefined
    throw error
  }
}

const createGroup = (context: HubspotContext): Promise<void> =>
  create(context, {
    act: 'creating the property group',
    path: `${contactPropertiesPath}/groups`,
    body: group,
  })

const createProperty = (context: HubspotContext, wanted: Wanted): Promise<void> =>
  create(context, {
    act: 'creating a property',
    path: contactPropertiesPath,
    body: { ...wanted, groupName: group.name },
  })

/** A 409 means that it is there already, made by somebody since we looked: what was wanted. So a repeat does no harm either. */
async function create(
  context: HubspotContext,
  request: { readonly act: string; readonly path: string; readonly body: unknown },
): Promise<void> {
  try {
    await callHubspot(context, {
      ...request,
      method: 'POST',
      answer: z.looseObject({}),
      repeatable: true,
      codes: { 409: 'platform.batch_refused' },
    })
  } catch (error) {
    if (!(error instanceof PlatformError) || error.params['category'] !== 'OBJECT_ALREADY_EXISTS') throw error
  }
}
