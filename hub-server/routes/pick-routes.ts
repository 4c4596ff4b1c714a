import { pickPerson } from '../api/contract/pick.ts'
import { defineRoute, type Route } from '../api/define-route.ts'
import { notePick } from '../pick/note-pick.ts'
import type { HubDesk } from './hub-desk.ts'

/** The route by which people are picked into segments by hand. */
export function createPickRoutes({ open }: HubDesk): readonly Route[] {
  return [
    defineRoute(pickPerson, async ({ params: { segment }, body: { person, action }, actor }) => {
      const act = `affluent segments ${action === 'picked' ? 'pick' : 'drop'}`
      return notePick(await open(act), { segment, person, action, actor, act })
    }),
  ]
}
