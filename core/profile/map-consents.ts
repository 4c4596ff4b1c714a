import type { MappingManifest } from '../manifest/manifest.ts'
import type { JsonObject } from '../port/json.ts'
import type { ReportInvalid } from './invalid-value.ts'
import { createFieldReader, isEmpty, type ReadField } from './read-field.ts'
import { Refusal } from './refusal.ts'
import { toTraitValue } from './trait-value.ts'

/** A decision of a person, as one source record tells it. Unknown is the absence of a consent. */
export interface Consent {
  readonly purpose: string
  readonly channel: string
  readonly status: 'granted' | 'denied'
  /** Epoch milliseconds; null when the source does not tell. */
  readonly decidedAt: number | null
  readonly legalBasis: string | null
}

type ConsentMapping = MappingManifest['consents'][number]
type MapConsent = (fields: JsonObject, report: ReportInvalid) => Consent | undefined

/**
 * Binds the consent mappings. A value that is in neither list means unknown; in both it means denied. Where several fields tell of one
 * purpose and channel, one of them that denies is enough.
 */
export function createConsentMapper(
  mappings: readonly ConsentMapping[],
): (fields: JsonObject, report: ReportInvalid) => readonly Consent[] {
  const mappers = mappings.map(bindConsent)
  return (fields, report) => {
    const told: Consent[] = []
    for (const map of mappers) {
      const consent = map(fields, report)
      if (consent) addConsent(told, consent)
    }
    return told
  }
}

function addConsent(told: Consent[], consent: Consent): void {
  const same = told.findIndex(
    ({ purpose, channel }) => purpose === consent.purpose && channel === consent.channel,
  )
  if (same === -1) told.push(consent)
  else if (told[same]?.status === 'granted' && consent.status === 'denied') told[same] = consent
}

const comparable = (value: string | number | boolean): string => String(value).trim().toLowerCase()

function bindConsent(mapping: ConsentMapping): MapConsent {
  const read = createFieldReader(mapping.from)
  const denied = new Set(mapping.denied.map(comparable))
  const granted = new Set(mapping.granted.map(comparable))
  const decidedAt = bindDecidedAt(mapping.at)
  return (fields, report) => {
    const value = read(fields)
    if (isEmpty(value) || typeof value === 'object' || value === undefined) return undefined
    const word = comparable(value)
    if (!denied.has(word) && !granted.has(word)) return undefined
    return {
      purpose: mapping.purpose,
      channel: mapping.channel,
      status: denied.has(word) ? 'denied' : 'granted',
      decidedAt: decidedAt(fields, report),
      legalBasis: mapping.legal_basis ?? null,
    }
  }
}

function bindDecidedAt(
  field: string | undefined,
): (fields: JsonObject, report: ReportInvalid) => number | null {
  if (field === undefined) return () => null
  const read: ReadField = createFieldReader(field)
  return (fields, report) => {
    const instant = toTraitValue(read(fields), 'datetime')
    if (instant instanceof Refusal) report(field, instant)
    return typeof instant === 'number' ? instant : null
  }
}
