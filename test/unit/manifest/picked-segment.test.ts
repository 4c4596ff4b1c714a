import { describe, expect, it } from 'vitest'
import { brief, faultsOf, good, profileSchema, readFiles } from '../../support/small-workspace.ts'

const dinner = { kind: 'segment', version: 1, name: 'dinner', members: 'picked' }
const withDinner = { ...good, 'manifests/dinner.json': dinner }

describe('a hand-picked segment', () => {
  it('is a segment whose rule follows from what was picked', async () => {
    const { workspace } = await readFiles(withDinner)
    expect(workspace.segments.get('dinner')?.rule).toMatchObject({ all: [{ event: 'segment_picked' }, {}] })
    expect(Object.keys(workspace.profileSchema.events)).toEqual([
      'purchase',
      'segment_picked',
      'segment_dropped',
    ])
    expect(workspace.mappings.get('@picks')).toMatchObject({ connection: 'events', stream: 'picks' })
  })

  it('leaves a workspace without one as it is', async () => {
    const { workspace } = await readFiles(good)
    expect(Object.keys(workspace.profileSchema.events)).toEqual(['purchase'])
    expect([...workspace.mappings.keys()]).toEqual(['crm-contacts'])
  })

  it.each([
    ['a rule beside it', { ...dinner, rule: { all: [] } }],
    ['other members', { ...dinner, members: 'everybody' }],
    ['neither rule nor members', { kind: 'segment', version: 1, name: 'dinner' }],
  ])('is refused with %s', async (_what, segment) => {
    const faults = await faultsOf({ ...good, 'manifests/dinner.json': segment })
    expect(faults.map(({ file }) => file)).toEqual(['manifests/dinner.json'])
  })

  it('keeps the names of its events and their property to itself', async () => {
    const events = {
      ...profileSchema.events,
      segment_picked: { properties: {} },
      visit: { properties: { picked_segment: 'number' } },
    }
    const taken = { ...withDinner, 'manifests/schema.json': { ...profileSchema, events } }
    expect(brief(await faultsOf(taken)).map((line) => line.split(' ').slice(1))).toEqual([
      ['events.segment_picked', 'manifest.invalid_value'],
      ['events.visit.properties.picked_segment', 'manifest.invalid_value'],
    ])
    const unused = { ...good, 'manifests/schema.json': { ...profileSchema, events } }
    expect((await readFiles(unused)).workspace.segments.has('dinner')).toBe(false)
  })
})
