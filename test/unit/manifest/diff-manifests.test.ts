import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { ManifestKind } from '../../../core/manifest/manifest.ts'
import type { AppliedManifest } from '../../../core/port/control-store.ts'
import { diffManifests } from '../../../hub-server/manifest/diff-manifests.ts'
import { digestDocument, toDocument } from '../../../hub-server/manifest/manifest-document.ts'

const document = (kind: ManifestKind, name: string, more: Record<string, string> = {}) =>
  toDocument({ kind, version: 1, name, ...more }, { kind, name, file: 'manifests/x.json' })

const applied = ({
  kind,
  name,
  digest,
  document: content,
}: ReturnType<typeof document>): AppliedManifest => ({
  kind,
  name,
  digest,
  document: content,
  revision: 1,
})

const brief = (changes: ReturnType<typeof diffManifests>) =>
  changes.map(({ operation, kind, name }) => `${operation} ${kind}/${name}`)

describe('diffManifests', () => {
  it('creates what is referred to first and deletes it last', () => {
    const desired = [
      document('sync', 'b'),
      document('segment', 'a'),
      document('connection', 'c'),
      document('profile_schema', 'm'),
    ]
    expect(brief(diffManifests(desired, []))).toEqual([
      'create connection/c',
      'create profile_schema/m',
      'create segment/a',
      'create sync/b',
    ])
    expect(brief(diffManifests([], desired.map(applied)))).toEqual([
      'delete sync/b',
      'delete segment/a',
      'delete profile_schema/m',
      'delete connection/c',
    ])
  })

  it('tells an update by its meaning, not by spacing, order of keys or $schema', () => {
    const before = document('segment', 'a', { title: 'A', description: 'B' })
    const same = document('segment', 'a', { description: 'B', title: 'A', $schema: '../x.json' })
    expect(diffManifests([same], [applied(before)])).toEqual([])
    const other = document('segment', 'a', { title: 'Z' })
    expect(diffManifests([other], [applied(before)])).toMatchObject([
      { operation: 'update', name: 'a', digest: other.digest, document: { title: 'Z' } },
    ])
  })

  it('keeps references as they are written', () => {
    const connection = toDocument(
      { kind: 'connection', version: 1, name: 'c', config: { token: '${env:TOKEN}' } },
      { kind: 'connection', name: 'c', file: 'manifests/x.json' },
    )
    expect(diffManifests([connection], [])[0]?.document).toMatchObject({ config: { token: '${env:TOKEN}' } })
  })

  it('gives nothing after its changes were applied, and does not depend on order', () => {
    const kinds = fc.constantFrom<ManifestKind>('connection', 'mapping', 'segment', 'sync')
    const one = fc.tuple(kinds, fc.constantFrom('a', 'b', 'c'), fc.constantFrom('x', 'y'))
    const some = fc
      .uniqueArray(one, { selector: ([kind, name]) => `${kind}/${name}` })
      .map((list) => list.map(([kind, name, title]) => document(kind, name, { title })))
    fc.assert(
      fc.property(some, some, (desired, present) => {
        const changes = diffManifests(desired, present.map(applied))
        expect(diffManifests(desired.toReversed(), present.toReversed().map(applied))).toEqual(changes)
        const state = new Map(
          present.map((manifest) => [`${manifest.kind}/${manifest.name}`, manifest.digest]),
        )
        for (const { operation, kind, name, digest } of changes) {
          if (operation === 'delete') state.delete(`${kind}/${name}`)
          else state.set(`${kind}/${name}`, digest)
        }
        expect(state).toEqual(
          new Map(desired.map((manifest) => [`${manifest.kind}/${manifest.name}`, manifest.digest])),
        )
      }),
    )
  })

  it('digests by SHA-256 of the canonical text', () => {
    expect(digestDocument({ b: 1, a: [true, null] })).toBe(digestDocument({ a: [true, null], b: 1 }))
    expect(digestDocument({})).toBe('44136fa355b3678a1146ad16f7e8649e94fb4fc21fe77e8310c060f61caaff8a')
  })
})
