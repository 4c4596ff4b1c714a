import { z } from 'zod'
import type { ManifestKind } from '../../../core/manifest/manifest.ts'
import { manifestKinds } from '../../../core/manifest/parse-manifest.ts'
import type { HygieneWarning } from '../../../core/membership/hygiene.ts'
import type { AppliedManifest, ManifestChange } from '../../../core/port/control-store.ts'
import type { JsonObject } from '../../../core/port/json.ts'
import { describeRoute } from './describe-route.ts'
import { asIs, nameText, wire } from './wire.ts'

const kindText = z
  .custom<ManifestKind>((value) => manifestKinds.some((kind) => kind === value))
  .meta({ type: 'string', description: 'A kind of manifest: "segment", "sync" …' })
const documentContract = asIs<JsonObject>('A manifest, as in its file')

const manifestContract = wire<AppliedManifest>({
  kind: kindText,
  name: z.string(),
  revision: z.int(),
  digest: z.string(),
  document: documentContract,
})
const exampleDigest = '5feceb66ffc86f38d952786c6d696c79c2dbc239dd4e91b46729d73a27fb57e9'
const exampleManifest = {
  kind: 'segment',
  name: 'french',
  revision: 1,
  digest: 'd1',
  document: {
    kind: 'segment',
    version: 1,
    name: 'french',
    rule: { trait: 'country', op: 'equals', value: 'FR' },
  },
}

export const listManifests = describeRoute({
  name: 'manifests.list',
  method: 'GET',
  path: '/v1/manifests',
  permission: 'manifests:read',
  summary:
    'The manifests in force, without resolved secrets; the ETag, their digest, is what a change of them names.',
  answer: wire<{ readonly digest: string; readonly manifests: readonly AppliedManifest[] }>({
    digest: z.string(),
    manifests: z.array(manifestContract),
  }),
  example: { answer: { digest: exampleDigest, manifests: [exampleManifest] } },
})

export const showManifest = describeRoute({
  name: 'manifests.show',
  method: 'GET',
  path: '/v1/manifests/{kind}/{name}',
  permission: 'manifests:read',
  summary: 'One manifest in force; its ETag is its digest.',
  params: wire<{ readonly kind: string; readonly name: string }>({ kind: nameText, name: nameText }),
  answer: manifestContract,
  errors: ['api.object_unknown'],
  example: { params: { kind: 'segment', name: 'french' }, answer: exampleManifest },
})

/** A manifest file as its author wrote it. */
export interface ManifestText {
  /** How faults call it: "manifests/segments/french.json". */
  readonly file: string
  readonly text: string
}
/** Most files of one request; all of them together have the room of one body. */
const mostFiles = 10_000
const fileText = z.string().regex(/^[^\p{Cc}]{1,255}$/u)
export const filesContract: z.ZodType<readonly ManifestText[]> = z
  .array(wire<ManifestText>({ file: fileText, text: z.string() }))
  .min(1)
  .max(mostFiles)

/** People of a split who would change arms; `percent` of all people of its segment. */
export interface SplitMoveDocument {
  readonly split: string
  readonly from: string
  readonly to: string
  readonly percent: number
}
export const splitMoveContract = wire<SplitMoveDocument>({
  split: z.string(),
  from: z.string(),
  to: z.string(),
  percent: z.number(),
})

const operationText = z.enum(['create', 'update', 'delete'])
export const changeContract = wire<ManifestChange>({
  operation: operationText,
  kind: kindText,
  name: z.string(),
  digest: z.string(),
  document: documentContract.nullable(),
})

/** What manifests mean beside those in force. */
export interface ManifestCheck {
  /** Of the manifests in force. */
  readonly digest: string
  readonly changes: readonly ManifestChange[]
  readonly changesDigest: string
  readonly splitMoves: readonly SplitMoveDocument[]
  /** Syncs that would send people where none were sent before: they may need a second person. */
  readonly newDestinations: readonly string[]
  readonly warnings: readonly HygieneWarning[]
}

export const checkManifests = describeRoute({
  name: 'manifests.check',
  method: 'POST',
  path: '/v1/manifests/check',
  permission: 'manifests:read',
  effect: 'reads',
  cost: 'heavy',
  summary:
    'Checks manifests, those of the folder or the given ones, and tells how they differ from those in force; every fault at once.',
  body: wire<{ readonly files?: readonly ManifestText[] }>({ files: filesContract.exactOptional() }),
  answer: wire<ManifestCheck>({
    digest: z.string(),
    changes: z.array(changeContract),
    changesDigest: z.string(),
    splitMoves: z.array(splitMoveContract),
    newDestinations: z.array(z.string()),
    warnings: z.array(asIs<HygieneWarning>('What is doubtful in a segment, with its figures')),
  }),
  errors: ['manifest.invalid', 'manifest.none_found', 'segment.split_reshuffled'],
  example: {
    body: {},
    answer: {
      digest: exampleDigest,
      changes: [],
      changes_digest: exampleDigest,
      split_moves: [],
      new_destinations: [],
      warnings: [],
    },
  },
})

/** All manifests that are to be in force: those that it does not name come to an end. */
export interface ApplyOrder {
  /** Undefined: those of the folder. */
  readonly files?: readonly ManifestText[]
  /** The changes that were looked at; others are refused. */
  readonly changesDigest?: string
}
/** What came into force, and the digest of all that is. */
export interface ApplyOutcome {
  readonly digest: string
  readonly applied: readonly Omit<ManifestChange, 'document'>[]
}

export const applyManifests = describeRoute({
  name: 'manifests.apply',
  method: 'POST',
  path: '/v1/manifests/apply',
  permission: 'manifests:write',
  mode: 'operation',
  ifMatch: true,
  cost: 'heavy',
  summary:
    'Puts manifests in force, those of the folder or the given ones, after the cycle that is under way and without a restart.',
  body: wire<ApplyOrder>({
    files: filesContract.exactOptional(),
    changesDigest: z
      .string()
      .regex(/^[0-9a-f]{64}$/)
      .exactOptional(),
  }),
  answer: wire<ApplyOutcome>({
    digest: z.string(),
    applied: z.array(
      wire<Omit<ManifestChange, 'document'>>({
        operation: operationText,
        kind: kindText,
        name: z.string(),
        digest: z.string(),
      }),
    ),
  }),
  errors: [
    'manifest.invalid',
    'manifest.none_found',
    'segment.split_reshuffled',
    'run.plan_changed',
    'access.second_person_needed',
  ],
  example: { body: {}, answer: { digest: exampleDigest, applied: [] } },
})

export const manifestContracts = [listManifests, showManifest, checkManifests, applyManifests]
