import type { RecordKind } from './record-store.ts'

const typeIds: Readonly<Record<RecordKind['type'], string>> = {
  contacts: '0-1',
  companies: '0-2',
  deals: '0-3',
}

/** Object paths of both dated versions that are live (chapter 1.0), with the type's name or id, as a pattern. */
export const recordPath = (type: RecordKind['type']): string =>
  String.raw`/crm/objects/(?:2026-03|2026-09)/(?:${type}|${typeIds[type]})`
