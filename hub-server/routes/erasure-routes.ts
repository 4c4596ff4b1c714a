import { AffluentError, toAffluentError } from '../../core/errors/affluent-error.ts'
import type { Erasure } from '../../core/person-request/erasure.ts'
import type { ErasureScope } from '../../core/port/person-rights.ts'
import type { Principal } from '../access/principal.ts'
import { requireSecondPerson } from '../access/second-person.ts'
import {
  erasePerson,
  liftErasure,
  listErasures,
  listWanted,
  previewErasure,
  showErasure,
  takeUpWanted,
  type ErasureDocument,
} from '../api/contract/erasure.ts'
import { defineRoute, type Caller, type Route } from '../api/define-route.ts'
import type { OpenWorkspace } from '../hub.ts'
import { sha256 } from '../store/sha256.ts'
import { compactStores } from '../worker/compact-stores.ts'
import { carryOnErasure } from '../worker/erase-at-platforms.ts'
import { openErasure, previewErasure as readScope, type ErasureDesk } from '../worker/erase-person.ts'
import { takeUp } from '../worker/erase-wanted.ts'
import { findPerson } from './find-person.ts'
import type { HubDesk } from './hub-desk.ts'
import { positionOfRequest, toRequestPlace } from './request-place.ts'

const act = 'affluent erase'

/** Most signals that one look lists or takes up. */
const wantedAtOnce = 1_000
const defaultLimit = 50

/** The routes of erasures. */
export function createErasureRoutes(desk: HubDesk): readonly Route[] {
  const { open } = desk
  return [
    defineRoute(previewErasure, async ({ body: { person } }) => {
      const opened = await open(act)
      const { sentTo, ...scope } = await scopeOf(opened, person)
      return {
        ...scope,
        // What was sent is the person's own data: an export tells it.
        sentTo: sentTo.map(({ connection, audiences, lastAt }) => ({ connection, audiences, lastAt })),
      }
    }),
    defineRoute(erasePerson, async ({ body: { person }, actor, signal }) => {
      const opened = await open(act)
      const work = toDesk(opened, { actor, signal })
      await bringInWaiting(desk, opened, signal)
      const scope = await scopeOf(opened, person)
      const erasure = await carryOnErasure(work, await openErasure(work, scope))
      await compactStores(opened)
      return toDocument(erasure)
    }),
    defineRoute(takeUpWanted, async ({ principal, actor, signal }) => {
      const opened = await open(act)
      const work = toDesk(opened, { actor, signal })
      const wanted = await opened.control.wantedErasures(wantedAtOnce)
      await guardMany(desk, principal, wanted)
      for (const one of wanted) await takeUp(work, one)
      const numbers = new Set(wanted.map(({ number }) => number))
      const taken = (await opened.control.erasures()).filter(
        (erasure) => erasure.signal !== null && numbers.has(erasure.signal),
      )
      const erasures: ErasureDocument[] = []
      for (const erasure of taken) erasures.push(toDocument(await carryOnErasure(work, erasure)))
      await compactStores(opened)
      return { erasures }
    }),
    ...createErasureLists(desk),
  ]
}

/** Erasing several people at once cannot be taken back: another person looks at exactly these first. */
async function guardMany(
  { hub: { control }, clock }: HubDesk,
  principal: Principal,
  wanted: readonly { readonly number: number }[],
): Promise<void> {
  if (wanted.length < 2) return
  const digest = sha256(wanted.map(({ number }) => number).join(','))
  const object = `erasures_wanted/${wanted.length}`
  await requireSecondPerson({ control, clock }, { principal, kind: 'mass_erase', object, digest })
}

function createErasureLists({ open, clock, cursors }: HubDesk): readonly Route[] {
  return [
    defineRoute(liftErasure, async ({ body: { person }, actor }) => {
      const { rights, control } = await open(act)
      const names = await rights.liftErasure(person)
      const fact = { actor, action: 'erasure_lifted', object: 'erasure', details: { names } }
      if (names > 0) await control.appendAudit({ at: clock.now(), ...fact })
      return { names }
    }),
    defineRoute(listErasures, async ({ query: { limit = defaultLimit, cursor } }) => {
      const after = toRequestPlace(cursors.read('erasures', cursor))
      const { control } = await open(act)
      const found = await control.erasures({ limit: limit + 1, after })
      const { entries, nextCursor } = cursors.page('erasures', found, {
        limit,
        positionOf: positionOfRequest,
      })
      return { erasures: entries.map(toDocument), nextCursor }
    }),
    defineRoute(showErasure, async ({ params: { erasure: wanted } }) => {
      const { control } = await open(act)
      const exact = await control.erasure(wanted)
      if (exact) return toDocument(exact)
      const known = await control.erasures()
      const [found, other] = known.filter(({ id }) => id.startsWith(wanted))
      if (found && !other) return toDocument(found)
      const expected = known
        .slice(0, 5)
        .map(({ id }) => id)
        .join(', ')
      throw new AffluentError('usage.wrong', { act, value: wanted.slice(0, 64), expected })
    }),
    defineRoute(listWanted, async () => {
      const wanted = await (await open(act)).control.wantedErasures(wantedAtOnce)
      return {
        wanted: wanted.map(({ number, connection, signal: told }) => ({
          number,
          connection,
          stream: told.stream ?? '',
          externalId: told.externalId ?? '',
          occurredAt: told.occurredAt,
        })),
      }
    }),
  ]
}

const toDesk = (opened: OpenWorkspace, caller: Pick<Caller, 'actor' | 'signal'>): ErasureDesk => ({
  ...opened,
  actor: caller.actor,
  signal: caller.signal,
})

async function scopeOf(opened: OpenWorkspace, person: string): Promise<ErasureScope> {
  const scope = await readScope(opened, await findPerson(opened, person, act))
  if (!scope) throw new AffluentError('run.profile_unknown', { act })
  return scope
}

/**
 * What clients sent and sources told, but nobody looked at yet, may be the person's: it is theirs only once it is normalised. Where that
 * fails, the erasure goes on; the next run drops what remains of them.
 */
async function bringInWaiting(
  { logger }: HubDesk,
  { eventDrain, profiles, workspace }: OpenWorkspace,
  signal: AbortSignal,
): Promise<void> {
  try {
    await eventDrain.drain(signal)
    await profiles.refresh([...workspace.mappings.values()], { signal })
  } catch (thrown) {
    if (signal.aborted) throw thrown
    logger.warn('waiting_records_left', { code: toAffluentError(thrown, act).code })
  }
}

/** Without what is sealed. */
const toDocument = ({ targets, ...erasure }: Erasure): ErasureDocument => ({
  ...erasure,
  targets: targets.map(({ sealed: _sealed, ...target }) => target),
})
