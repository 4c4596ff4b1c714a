import { loadAllConnectors } from '../../connectors/registry.ts'
import { AffluentError } from '../../core/errors/affluent-error.ts'
import { maskSample } from '../../core/masking/mask-people.ts'
import { deriveSegments } from '../../core/membership/derive-segments.ts'
import { hygieneLimits, judgeHygiene } from '../../core/membership/hygiene.ts'
import { judgeManifests } from '../../core/membership/judge-manifests.ts'
import type { ControlStore } from '../../core/port/control-store.ts'
import type { HistoryPeriod } from '../../core/port/segment-insight.ts'
import { checkName } from '../../core/segment/check-name.ts'
import { describeRule } from '../../core/segment/describe-rule.ts'
import { printRule } from '../../core/segment/text/print-rule.ts'
import { showHistory, showHygiene, showOverlap } from '../api/contract/segment-history.ts'
import {
  checkRule,
  countSegment,
  listMembers,
  listSegments,
  listStandings,
  previewSegment,
  showSegment,
} from '../api/contract/segment.ts'
import { defineRoute, type Route } from '../api/define-route.ts'
import { readHygieneFacts } from '../warehouse/segment/hygiene.ts'
import { overlapSegments } from '../warehouse/segment/overlap.ts'
import { bySlug } from '../workspace-files.ts'
import type { HubDesk } from './hub-desk.ts'
import { createReadApplied } from './read-applied.ts'
import { readDraft, requireSegment, rulesOf } from './read-draft.ts'

/** What the list of segments reads. */
export interface SegmentListPorts {
  readonly control: Pick<ControlStore, 'appliedManifests'>
  /** Current members by segment name; segments that were never evaluated are absent. */
  readonly segmentSizes: () => Promise<ReadonlyMap<string, number>>
}

/** GET /v1/segments. */
export function createSegmentListRoutes({ control, segmentSizes }: SegmentListPorts): readonly Route[] {
  const inForce = createReadApplied(control, (manifests) => [
    ...manifests.filter((manifest) => manifest.kind === 'segment'),
    ...deriveSegments(manifests),
  ])
  return [
    defineRoute(listSegments, async () => {
      const [segments, sizes] = await Promise.all([inForce(), segmentSizes()])
      return {
        segments: segments.map(({ name, title, description }) => ({
          name,
          title: title ?? null,
          description: description ?? null,
          members: sizes.get(name) ?? null,
        })),
      }
    }),
  ]
}

/** The routes under /v1/segments and /v1/segment-…. */
export function createSegmentRoutes(desk: HubDesk): readonly Route[] {
  return [
    ...createSegmentListRoutes({
      control: desk.hub.control,
      segmentSizes: async () => (await desk.open('affluent segments list')).segments.sizes(),
    }),
    defineRoute(listStandings, async () => {
      const { workspace, segments } = await desk.open('affluent segments list')
      const states = await segments.states(rulesOf(workspace))
      return { segments: [...states].map(([segment, state]) => ({ segment, state })) }
    }),
    defineRoute(showSegment, async ({ params, translator }) => {
      const act = 'affluent segments show'
      const { workspace } = await desk.open(act)
      const name = requireSegment(workspace, params.segment, act)
      const segment = workspace.segments.get(name)
      if (!segment) throw new AffluentError('api.object_unknown')
      const { rule, title } = segment
      const sentence = describeRule(rule, translator.language)
      return { name, title: title ?? null, sentence, text: printRule(rule), rule }
    }),
    defineRoute(checkRule, async ({ body, translator }) => {
      const act = 'affluent segments check'
      const { workspace } = await desk.open(act)
      const { segment, segments } = readDraft(workspace, body, act)
      const rule = segments.get(segment)
      if (!rule) throw new AffluentError('api.object_unknown')
      return { sentence: describeRule(rule, translator.language), text: printRule(rule), rule }
    }),
    createMemberRoute(desk),
    ...createQuestionRoutes(desk),
    ...createComparisonRoutes(desk),
  ]
}

const usualMembers = 50

function createMemberRoute({ open, cursors }: HubDesk): Route {
  const act = 'affluent segments members'
  return defineRoute(listMembers, async ({ params, query: { limit = usualMembers, cursor } }) => {
    const { workspace, insight } = await open(act)
    const segment = requireSegment(workspace, params.segment, act)
    const list = `members/${segment}`
    const found = await insight.members(segment, { after: cursors.read(list, cursor), limit: limit + 1 })
    const { entries, nextCursor } = cursors.page(list, found, {
      limit,
      positionOf: ({ profileId }) => profileId,
    })
    return { segment, members: entries, masked: false, nextCursor }
  })
}

/** Previews and counts. */
function createQuestionRoutes({ open, clock }: HubDesk): readonly Route[] {
  return [
    defineRoute(previewSegment, async ({ body: { asOf = clock.now(), ...asked }, signal }) => {
      const act = 'affluent segments preview'
      const { workspace, insight } = await open(act)
      const draft = readDraft(workspace, asked, act)
      const question = { ...draft, asOf, signal }
      const preview = await insight.preview(question)
      return {
        ...preview,
        segment: draft.title,
        asOf,
        people: preview.people.map(maskSample),
      }
    }),
    defineRoute(countSegment, async ({ body: { asOf = clock.now(), ...asked }, principal, signal }) => {
      const act = 'affluent segments preview'
      const { workspace, insight } = await open(act)
      const question = { ...readDraft(workspace, asked, act), asOf, signal }
      const editor = principal.kind === 'user' ? `user/${principal.id}` : undefined
      for await (const counted of insight.count(question, editor)) return counted
      throw new AffluentError('run.aborted')
    }),
  ]
}

const dayMs = 86_400_000

/** How far back a history goes that names no beginning, in days. */
const usualDays: Readonly<Record<HistoryPeriod, number>> = { day: 30, week: 182, month: 730 }

/** Most periods that are shown: more than four years of days say nothing to the eye. */
const mostPeriods = 1500

const defaultCombinations = 20

function createComparisonRoutes({ hub, open, clock }: HubDesk): readonly Route[] {
  return [
    defineRoute(showHistory, async ({ params, query: { every = 'day', since } }) => {
      const act = 'affluent segments history'
      const { workspace, insight } = await open(act)
      const segment = requireSegment(workspace, params.segment, act)
      const to = clock.now()
      const asked = since ?? to - usualDays[every] * dayMs
      const first = await insight.firstEntry(segment)
      const from = Math.max(asked, first ?? to, to - mostPeriods * dayMs)
      if (first === undefined || from > to) return { segment, every, from: to, to, steps: [], whole: null }
      return { segment, every, from, to, ...(await insight.history(segment, { every, from, to })) }
    }),
    defineRoute(showOverlap, async ({ query: { segments: listed = '', limit = defaultCombinations } }) => {
      const { workspace, segments } = await open('affluent segments overlap')
      const rules = rulesOf(workspace)
      const named = listed.split(',').filter((name) => name !== '')
      const [fault] = named.flatMap((name) => checkName('segment', name, new Set(rules.keys()), []))
      if (fault) throw new AffluentError(fault.code, fault.params)
      const written = [...rules.keys()].filter((name) => !name.includes('.'))
      const overlap = await overlapSegments(hub.duckdb, named.length > 0 ? named : written, {
        combinations: limit,
      })
      const states = await segments.states(rules)
      return { ...overlap, standings: [...states].map(([segment, state]) => ({ segment, state })) }
    }),
    defineRoute(showHygiene, async () => {
      const { workspace, segments } = await open('affluent segments hygiene')
      const connectors = bySlug(await loadAllConnectors())
      const facts = await readHygieneFacts({
        duckdb: hub.duckdb,
        segments,
        workspace,
        connectors,
        now: clock.now(),
      })
      return {
        segments: facts.segments.filter(({ isDerived }) => !isDerived).length,
        limits: hygieneLimits,
        warnings: [...judgeHygiene(facts), ...judgeManifests(workspace)],
      }
    }),
  ]
}
