import { AffluentError } from '../../core/errors/affluent-error.ts'
import type { IdentityChange, ReviewPlace } from '../../core/port/identity-store.ts'
import {
  decidePair,
  explainPair,
  listLookalikes,
  listReview,
  matchProfiles,
  mergeProfiles,
  previewMerge,
  previewUnmerge,
  unmergeProfile,
  type ChangeDocument,
} from '../api/contract/identity.ts'
import { findProfile, showProfile } from '../api/contract/profile.ts'
import { defineRoute, type Route } from '../api/define-route.ts'
import type { OpenWorkspace } from '../hub.ts'
import { audienceMoves } from './audience-moves.ts'
import type { HubDesk } from './hub-desk.ts'
import { rulesOf } from './read-draft.ts'
import { refuseSearch } from './refuse-search.ts'

const defaultRows = 20

/** The routes under /v1/profiles and /v1/profile-…. */
export function createProfileRoutes(desk: HubDesk): readonly Route[] {
  return [...createReadingRoutes(desk), ...createReviewRoutes(desk), ...createChangingRoutes(desk)]
}

function createReadingRoutes({ open }: HubDesk): readonly Route[] {
  return [
    defineRoute(findProfile, async ({ body: { person }, principal }) => {
      const act = 'affluent profiles show'
      refuseSearch(principal, person)
      const shown = await (await open(act)).identities.show(person)
      if (!shown) throw new AffluentError('run.profile_unknown', { act })
      return shown
    }),
    defineRoute(showProfile, async ({ params }) => {
      const act = 'affluent profiles show'
      const profile = await (await open(act)).profiles.findProfile(params.profile)
      if (!profile) throw new AffluentError('run.profile_unknown', { act })
      return profile
    }),
    defineRoute(listLookalikes, async ({ query: { limit = defaultRows } }) => ({
      lookalikes: await (await open('affluent profiles lookalikes')).identities.lookalikes(limit),
    })),
  ]
}

function toReviewPlace(position: string | undefined): ReviewPlace | undefined {
  if (position === undefined) return undefined
  const [weight = '', pair = ''] = position.split(' ')
  return { weight: Number(weight), pair }
}

function createReviewRoutes({ hub, open, clock, cursors }: HubDesk): readonly Route[] {
  const act = 'affluent profiles review'
  return [
    defineRoute(listReview, async ({ query: { limit = defaultRows, cursor } }) => {
      const after = toReviewPlace(cursors.read('review', cursor))
      const found = await (await open(act)).identities.review({ limit: limit + 1, after })
      const { entries, nextCursor } = cursors.page('review', found, {
        limit,
        positionOf: ({ weight, pair }) => `${weight} ${pair}`,
      })
      return { pairs: entries, nextCursor }
    }),
    defineRoute(explainPair, async ({ params: { pair } }) => (await open(act)).identities.explainPair(pair)),
    defineRoute(decidePair, async ({ params: { pair }, body: { verdict }, actor }) => {
      await (await open(act)).identities.decide(pair, verdict)
      await hub.control.appendAudit({
        at: clock.now(),
        actor,
        action: verdict === 'merge' ? 'pair_accepted' : 'pair_refused',
        object: `pair/${pair}`,
        details: {},
      })
      return { pair, verdict }
    }),
    defineRoute(matchProfiles, async ({ body: { preview = false, relearn = false }, actor }) => {
      const { identities, workspace } = await open('affluent profiles match')
      const match = (): ReturnType<typeof identities.match> => identities.match({ force: true, relearn })
      const done = preview ? await hub.duckdb.dryRun(match) : await match()
      if (!done) throw new AffluentError('identity.no_matching', { act: 'affluent profiles match' })
      if (preview) return done
      const { links, review, learned, profilesRemoved } = done
      await hub.control.appendAudit({
        at: clock.now(),
        actor,
        action: 'people_matched',
        object: `identity/${workspace.identity?.name ?? ''}`,
        details: { links, review, learned, profiles_removed: profilesRemoved },
      })
      return done
    }),
  ]
}

type Change = (open: OpenWorkspace, settle: () => Promise<void>) => Promise<IdentityChange>

function createChangingRoutes(desk: HubDesk): readonly Route[] {
  const { hub } = desk
  const preview = async (act: string, change: Change): Promise<ChangeDocument> => {
    const open = await desk.open(act)
    const shown = await hub.duckdb.dryRun(() => change(open, settler(open, desk)))
    return { ...shown, audiences: audienceMoves(shown, open.workspace) }
  }
  const carryOut = async (
    { act, action, actor }: { readonly act: string; readonly action: string; readonly actor: string },
    change: Change,
  ): Promise<ChangeDocument> => {
    const open = await desk.open(act)
    const done = await change(open, settler(open, desk))
    const { before, after } = done
    await hub.control.appendAudit({
      at: desk.clock.now(),
      actor,
      action,
      object: `profile/${after[0]?.profile.profileId ?? ''}`,
      details: { before: listIds(before), after: listIds(after) },
    })
    return { ...done, audiences: audienceMoves(done, open.workspace) }
  }
  const [merge, unmerge] = ['affluent profiles merge', 'affluent profiles unmerge']
  return [
    defineRoute(previewMerge, ({ body: { person, other } }) =>
      preview(merge, ({ identities }, settle) => identities.merge(person, other, settle)),
    ),
    defineRoute(mergeProfiles, ({ body: { person, other }, actor }) =>
      carryOut({ act: merge, action: 'profiles_merged', actor }, ({ identities }, settle) =>
        identities.merge(person, other, settle),
      ),
    ),
    defineRoute(previewUnmerge, ({ body: { person, records } }) =>
      preview(unmerge, ({ identities }, settle) => identities.unmerge(person, records, settle)),
    ),
    defineRoute(unmergeProfile, ({ body: { person, records }, actor }) =>
      carryOut({ act: unmerge, action: 'profile_unmerged', actor }, ({ identities }, settle) =>
        identities.unmerge(person, records, settle),
      ),
    ),
  ]
}

/** Brings segments up to date with who is who. */
const settler =
  ({ segments, workspace }: OpenWorkspace, { clock }: HubDesk) =>
  async (): Promise<void> =>
    void (await segments.evaluateTouched(rulesOf(workspace), clock.now()))

const listIds = (people: IdentityChange['after']): string =>
  people.map(({ profile }) => profile.profileId).join(', ')
