import { z } from 'zod'
import type { SandboxReply, SandboxRoute } from '../../sandbox-kit/sandbox-server.ts'
import { externalIdField, type FieldDefinition } from './object-definitions.ts'
import { toObjectName, type Org } from './org.ts'
import { dataPath } from './query-routes.ts'
import type { ObjectName } from './record-id.ts'
import { salesforceError } from './salesforce-error.ts'

const fieldBody = z.object({
  FullName: z.string().regex(/^\w+\.\w+__c$/),
  Metadata: z.object({
    label: z.string(),
    type: z.string(),
    length: z.number().optional(),
    externalId: z.boolean().default(false),
    unique: z.boolean().default(false),
  }),
})

const refuseCustomizing = (): SandboxReply =>
  salesforceError(400, 'INVALID_TYPE', "sObject type 'CustomField' is not supported.")

/**
 * `/tooling`: custom fields of the org, those without field-level security too. A field that is created is seen by nobody until that
 * is granted (2.4).
 */
export class CustomFields {
  readonly #org: Org
  readonly #hidden = new Map<string, { readonly object: ObjectName; readonly field: FieldDefinition }>()
  /** Whether the user may customise the org. */
  mayCustomize = true

  constructor(org: Org) {
    this.#org = org
  }

  get routes(): readonly SandboxRoute[] {
    const route = (method: string, path: string, answer: SandboxRoute['answer']): SandboxRoute => ({
      method,
      pattern: new RegExp(`^${dataPath}/tooling/${path}/?$`),
      answer: (request) => (this.mayCustomize ? answer(request) : refuseCustomizing()),
    })
    return [
      route('GET', 'query', ({ query }) => this.#find(query.get('q') ?? '')),
      route('POST', 'sobjects/CustomField', ({ body }) => this.#create(body)),
    ]
  }

  /** An admin grants read and edit access to a field ("Contact.X__c"). */
  grant(name: string): void {
    const made = this.#hidden.get(name)
    if (made) this.#org.fieldsOf(made.object).set(made.field.name.toLowerCase(), made.field)
    this.#hidden.delete(name)
  }

  #isThere(object: ObjectName, name: string): boolean {
    return this.#org.fieldsOf(object).has(name.toLowerCase()) || this.#hidden.has(`${object}.${name}`)
  }

  #find(soql: string): SandboxReply {
    const asked = /TableEnumOrId = '(\w+)' AND DeveloperName = '(\w+)'/.exec(soql)
    const object = toObjectName(asked?.[1] ?? '')
    const found = object && this.#isThere(object, `${asked?.[2] ?? ''}__c`)
    const records = found ? [{ Id: fieldId }] : []
    return { status: 200, body: { totalSize: records.length, done: true, records } }
  }

  #create(body: unknown): SandboxReply {
    const wanted = fieldBody.safeParse(body).data
    const [table = '', name = ''] = wanted?.FullName.split('.') ?? []
    const object = toObjectName(table)
    if (!wanted || !object) return salesforceError(400, 'INVALID_TYPE', 'Unknown entity')
    if (this.#isThere(object, name))
      return salesforceError(400, 'DUPLICATE_DEVELOPER_NAME', `There is already a field named ${name}.`)
    const { externalId, unique, length = 255 } = wanted.Metadata
    const field = { ...externalIdField(name), externalId, unique, length }
    this.#hidden.set(`${object}.${name}`, { object, field })
    return { status: 201, body: { id: fieldId, success: true, errors: [] } }
  }
}

const fieldId = '00N5g00000FIELDAA4'
