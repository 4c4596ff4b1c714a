import { z } from 'zod'

/** What HubSpot's developer projects may hold (platform version 2026.09), by the vendor's pages: docs of `connectors/hubspot/app`. */
const https = z
  .url({ protocol: /^https$/ })
  .refine((url) => new URL(url).hostname !== 'localhost', 'localhost')
const redirect = z.url().refine((url) => /^https:|^http:\/\/localhost(?::\d+)?\//.test(url), 'https')
const fieldName = z.string().regex(/^[a-z][a-z0-9_]*$/)
const objectType = z.enum(['CONTACT', 'COMPANY', 'DEAL', 'TICKET'])

const app = z.strictObject({
  name: z.string().min(1),
  description: z.string().min(1),
  distribution: z.enum(['private', 'marketplace']),
  auth: z.strictObject({
    type: z.enum(['oauth', 'static']),
    redirectUrls: z.array(redirect).min(1),
    requiredScopes: z.array(z.string()).min(1),
    optionalScopes: z.array(z.string()),
    conditionallyRequiredScopes: z.array(z.string()),
  }),
  permittedUrls: z.strictObject({ fetch: z.array(https), iframe: z.array(https), img: z.array(https) }),
  support: z.strictObject({
    supportEmail: z.email().optional(),
    documentationUrl: https.optional(),
    supportUrl: https.optional(),
    supportPhone: z.string().optional(),
  }),
})

const webhooks = z.strictObject({
  settings: z.strictObject({ targetUrl: https, maxConcurrentRequests: z.int().gt(5) }),
  subscriptions: z.strictObject({
    crmObjects: z.array(
      z
        .strictObject({
          subscriptionType: z.enum([
            'object.creation',
            'object.deletion',
            'object.merge',
            'object.restore',
            'object.propertyChange',
            'object.associationChange',
          ]),
          objectType: z.enum(['contact', 'company', 'deal']),
          // Counters of the system cannot be subscribed to.
          propertyName: fieldName
            .refine((name) => !['hs_lastmodifieddate', 'num_unique_conversion_events'].includes(name))
            .optional(),
          active: z.boolean(),
        })
        .refine(
          ({ subscriptionType, propertyName }) =>
            (subscriptionType === 'object.propertyChange') === (propertyName !== undefined),
          'a property for changes of properties alone',
        ),
    ),
    legacyCrmObjects: z.array(z.unknown()),
    hubEvents: z.array(
      z.strictObject({ subscriptionType: z.literal('contact.privacyDeletion'), active: z.boolean() }),
    ),
  }),
})

const entrypoint = z.string().regex(/^\/app\/(?:cards|settings)\/[A-Za-z]+\.tsx$/)

const card = z.strictObject({
  name: z.string().min(1),
  location: z.enum(['crm.record.tab', 'crm.record.sidebar', 'crm.preview', 'helpdesk.sidebar']),
  entrypoint,
  objectTypes: z.array(z.enum(['contacts', 'companies', 'deals', 'tickets'])).min(1),
})

const field = z.strictObject({
  typeDefinition: z.strictObject({
    name: fieldName,
    type: z.enum(['string', 'number', 'bool', 'enumeration', 'date', 'datetime']),
    fieldType: z.enum(['text', 'textarea', 'number', 'select', 'booleancheckbox', 'date']),
  }),
  supportedValueTypes: z
    .array(z.enum(['STATIC_VALUE', 'OBJECT_PROPERTY']))
    .min(1)
    .optional(),
  isRequired: z.boolean().optional(),
})

const label = z.strictObject({
  actionName: z.string().min(1),
  actionDescription: z.string().min(1),
  actionCardContent: z.string().min(1),
  inputFieldLabels: z.record(fieldName, z.string().min(1)),
  inputFieldDescriptions: z.record(fieldName, z.string().min(1)),
  outputFieldLabels: z.record(fieldName, z.string().min(1)),
})

const workflowAction = z.strictObject({
  actionUrl: https,
  isPublished: z.boolean(),
  supportedClients: z.array(z.strictObject({ client: z.enum(['WORKFLOWS', 'AGENTS']) })).min(1),
  inputFields: z.array(field),
  outputFields: z.array(field),
  labels: z.strictObject({ en: label, fr: label }),
  objectTypes: z.array(objectType).min(1),
})

/** Schema of `config` by the type of a component. */
export const componentConfigs = {
  app,
  webhooks,
  settings: z.strictObject({ entrypoint }),
  card,
  'workflow-action': workflowAction,
} as const

/** The folder that a component of a type must lie in; in any other HubSpot refuses it. */
export const componentFolders: Readonly<Record<keyof typeof componentConfigs, string>> = {
  app: 'app',
  webhooks: 'app/webhooks',
  settings: 'app/settings',
  card: 'app/cards',
  'workflow-action': 'app/workflow-actions',
}

/** A `*-hsmeta.json` file. `permissions` came with 2026.09; what it may hold is not published. */
export const component = z.strictObject({
  uid: z.string().regex(/^[A-Za-z0-9_.-]{1,64}$/),
  type: z.enum(['app', 'webhooks', 'settings', 'card', 'workflow-action']),
  config: z.unknown(),
  permissions: z.unknown().optional(),
})
