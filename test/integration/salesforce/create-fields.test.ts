import { afterEach, describe, expect, it } from 'vitest'
import type { JsonObject } from '../../../core/port/json.ts'
import { failure, openOrg, type OpenSandbox } from './open-salesforce.ts'

let open: OpenSandbox
afterEach(() => open.sandbox.close())

const run = async (): Promise<JsonObject> => {
  const answer = await open.connection.action('create_fields')?.run({})
  if (!answer) throw new Error('no such action')
  return answer
}

const both = ['Contact.Hub_Person_Id__c', 'Lead.Hub_Person_Id__c']
const nothing = { created: [], unchanged: [], hidden: [], drifted: [], still_needed: [] }

describe('create_fields', () => {
  it('makes the field on contacts and leads in the one shape that upserts need, and asks for field-level security', async () => {
    open = await openOrg({ externalIds: [] })
    const answer = await run()
    expect(answer).toMatchObject({ ...nothing, created: both, still_needed: expect.any(Array) })
    expect(answer['still_needed']).toEqual(
      both.map((name) => expect.stringContaining(`grant read and edit access to ${name}`)),
    )
    for (const name of both) open.sandbox.customFields.grant(name)
    expect(open.sandbox.org.fieldsOf('Lead').get('hub_person_id__c')).toMatchObject({
      length: 64,
      externalId: true,
      unique: true,
    })
    expect((await open.connection.test()).every(({ ok }) => ok)).toBe(true)
  })

  it('run again it makes nothing: a field that nobody may see yet is hidden and not missing', async () => {
    open = await openOrg({ externalIds: [] })
    await run()
    expect(await run()).toMatchObject({ ...nothing, hidden: both, still_needed: expect.any(Array) })
    for (const name of both) open.sandbox.customFields.grant(name)
    expect(await run()).toEqual({ ...nothing, unchanged: both })
  })

  it('never touches a field of that name that is another', async () => {
    open = await openOrg()
    const fields = open.sandbox.org.fieldsOf('Contact')
    const field = fields.get('hub_person_id__c')
    if (field) fields.set('hub_person_id__c', { ...field, externalId: false })
    const answer = await run()
    expect(answer).toMatchObject({ drifted: [both[0]], unchanged: [both[1]] })
    expect(answer['still_needed']).toEqual([expect.stringContaining('External ID, Unique, case-insensitive')])
  })

  it('a user who may not customise the org is told so, and a name that is none of a custom field', async () => {
    open = await openOrg({ externalIds: [] })
    open.sandbox.customFields.mayCustomize = false
    const denied = await failure(run())
    expect(denied.code).toBe('platform.permission_missing')
    expect(denied.params['remedy']).toMatch(/"Customize Application"/)
    await open.sandbox.close()
    open = await openOrg({}, { external_id_field: 'HubPersonId' })
    const wrong = await failure(run())
    expect([wrong.code, wrong.params['said']]).toEqual([
      'platform.invalid_request',
      'HubPersonId is no name of a custom field',
    ])
  })

  it('a field that somebody made since we looked is there, and no error', async () => {
    open = await openOrg({ externalIds: [] })
    const taken = { errorCode: 'DUPLICATE_DEVELOPER_NAME', message: 'There is already a field named that.' }
    open.sandbox.faults.add({
      kind: 'reply',
      match: /POST .*CustomField/,
      reply: { status: 400, headers: { 'content-type': 'application/json' }, body: [taken] },
    })
    expect(await run()).toMatchObject({ hidden: [both[0]], created: [both[1]] })
  })
})
