/** How an entry came into the ledger. `platform`: it pushed an opt-out; `person`: somebody at the hub noted it. */
type ConsentOrigin = 'record' | 'platform' | 'person'

/** One line of the ledger of consents: what was said about one person, purpose and channel. */
export interface ConsentEntry {
  readonly purpose: string
  readonly channel: string
  readonly status: 'granted' | 'denied'
  readonly origin: ConsentOrigin
  /** "connection/stream" of a source record or a platform; else who noted it. */
  readonly source: string
  /** When the person decided, epoch milliseconds; null: nobody told. */
  readonly decidedAt: number | null
  /** When the hub learned it, epoch milliseconds. */
  readonly notedAt: number
  readonly legalBasis: string | null
  readonly wording: string | null
  readonly note: string | null
  /**
   * `current`: said now. `former`: a source record said it before; a denial still counts, a grant went with it. `corrected`: our
   * mapping had read the record wrongly; counts for nothing.
   */
  readonly standing: 'current' | 'former' | 'corrected'
}

/** What a person's ledger says of one purpose and channel, and the entry that decides. */
export interface ConsentState {
  readonly status: 'granted' | 'denied' | 'unknown'
  readonly because: ConsentEntry | null
}

/**
 * The law of consent, over the entries of one person, purpose and channel in any order: a denial wins, until a grant that tells when
 * the person gave it, later than every denial. A denial without a time counts from when it was noted; a grant without one outranks no
 * denial; at the same instant the denial wins. A time in the future of its own noting counts as the time of noting.
 */
export function decideConsent(entries: readonly ConsentEntry[]): ConsentState {
  const denial = latest(
    entries.filter(({ status, standing }) => status === 'denied' && standing !== 'corrected'),
  )
  const grants = entries.filter(({ status, standing }) => status === 'granted' && standing === 'current')
  const dated = latest(grants.filter(({ decidedAt }) => decidedAt !== null))
  if (!denial) {
    const because = dated ?? latest(grants)
    return because ? { status: 'granted', because } : { status: 'unknown', because: null }
  }
  return dated && instantOf(dated) > instantOf(denial)
    ? { status: 'granted', because: dated }
    : { status: 'denied', because: denial }
}

const instantOf = ({ decidedAt, notedAt }: ConsentEntry): number => Math.min(decidedAt ?? notedAt, notedAt)

/** The latest entry; of several at one instant always the same one, whatever their order. */
function latest(entries: readonly ConsentEntry[]): ConsentEntry | undefined {
  return [...entries].sort(
    (a, b) => instantOf(b) - instantOf(a) || (JSON.stringify(a) < JSON.stringify(b) ? -1 : 1),
  )[0]
}
