import { z } from 'zod'
import type { ConsentEntry, ConsentState } from '../../../core/consent/decide-consent.ts'
import { describeRoute } from './describe-route.ts'
import { personBody } from './profile.ts'
import { instant, personText, wire } from './wire.ts'

const entryContract = wire<ConsentEntry>({
  purpose: z.string(),
  channel: z.string(),
  status: z.enum(['granted', 'denied']),
  origin: z.custom<ConsentEntry['origin']>((value) => typeof value === 'string').meta({ type: 'string' }),
  source: z.string(),
  decidedAt: instant.nullable(),
  notedAt: instant,
  legalBasis: z.string().nullable(),
  wording: z.string().nullable(),
  note: z.string().nullable(),
  standing: z.enum(['current', 'former', 'corrected']),
})

/** What a person says to one purpose and channel, why that holds, and every line it follows from. */
export interface NamedConsent extends ConsentState {
  readonly purpose: string
  readonly channel: string
  readonly entries: readonly ConsentEntry[]
}

interface ConsentDocument {
  readonly profileId: string
  readonly suppressed: boolean
  readonly states: readonly NamedConsent[]
}

export const findConsents = describeRoute({
  name: 'consents.find',
  method: 'POST',
  path: '/v1/consents/find',
  permission: 'consents:read',
  effect: 'reads',
  summary: 'What a person allows, why that holds, and every line of the ledger it follows from.',
  body: personBody,
  answer: wire<ConsentDocument>({
    profileId: z.string(),
    suppressed: z.boolean(),
    states: z.array(
      wire<NamedConsent>({
        purpose: z.string(),
        channel: z.string(),
        status: z.enum(['granted', 'denied', 'unknown']),
        because: entryContract.nullable(),
        entries: z.array(entryContract),
      }),
    ),
  }),
  errors: ['run.profile_unknown', 'run.not_applied'],
  example: {
    body: { person: 'ada@example.com' },
    answer: { profile_id: 'p_12', suppressed: false, states: [] },
  },
})

interface NewConsent {
  readonly person: string
  readonly purpose: string
  readonly channel: string
  readonly status: 'granted' | 'denied'
  readonly decidedAt?: number
  readonly legalBasis?: string
  readonly wording?: string
  readonly note?: string
}
const shortText = z.string().max(1000)

export const noteConsent = describeRoute({
  name: 'consents.note',
  method: 'POST',
  path: '/v1/consents',
  permission: 'consents:write',
  status: 201,
  summary: 'Notes what a person decided, as somebody at the hub was told it.',
  body: wire<NewConsent>({
    person: personText,
    purpose: z.string().min(1).max(64),
    channel: z.string().min(1).max(64),
    status: z.enum(['granted', 'denied']),
    decidedAt: instant.exactOptional(),
    legalBasis: shortText.exactOptional(),
    wording: shortText.exactOptional(),
    note: shortText.exactOptional(),
  }),
  answer: wire<{ readonly status: 'granted' | 'denied'; readonly profilesChanged: number }>({
    status: z.enum(['granted', 'denied']),
    profilesChanged: z.int(),
  }),
  errors: ['run.profile_unknown', 'usage.wrong', 'run.not_applied'],
  example: {
    body: { person: 'ada@example.com', purpose: 'newsletter', channel: 'email', status: 'denied' },
    answer: { status: 'denied', profiles_changed: 1 },
  },
})

export const consentContracts = [findConsents, noteConsent]
