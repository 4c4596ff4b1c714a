import type { Clock } from '../../../core/port/clock.ts'
import type { LedgerEntry } from '../../sandbox-kit/sandbox-server.ts'

/** A kind of e-mail that a person may leave by itself. */
interface SubscriptionType {
  readonly id: string
  readonly name: string
  readonly isActive: boolean
}

type SubscriptionStatus = 'SUBSCRIBED' | 'UNSUBSCRIBED' | 'NOT_SPECIFIED'

/** Subscription statuses by e-mail address (chapter 1.7). */
export interface ConsentStore {
  readonly types: readonly SubscriptionType[]
  /** Addresses that left everything. */
  readonly unsubscribedFromAll: Set<string>
  status(email: string, subscriptionId: string): SubscriptionStatus
  set(email: string, subscriptionId: string, status: SubscriptionStatus): 'changed' | 'unchanged' | 'refused'
  unsubscribeAll(email: string): 'changed' | 'unchanged'
}

const standardTypes: readonly SubscriptionType[] = [
  { id: '501', name: 'Newsletter', isActive: true },
  { id: '502', name: 'Product news', isActive: true },
  { id: '503', name: 'Old letter', isActive: false },
]

export function createConsentStore(clock: Clock, ledger: LedgerEntry[]): ConsentStore {
  const statuses = new Map<string, SubscriptionStatus>()
  const unsubscribedFromAll = new Set<string>()
  const status = (email: string, id: string): SubscriptionStatus =>
    unsubscribedFromAll.has(email.toLowerCase())
      ? 'UNSUBSCRIBED'
      : (statuses.get(keyOf(email, id)) ?? 'NOT_SPECIFIED')
  const note = (operation: string, target: string, email: string): void =>
    void ledger.push({ at: clock.now(), operation, target, members: [email] })
  return {
    types: standardTypes,
    unsubscribedFromAll,
    status,
    set(email, id, wanted) {
      const before = status(email, id)
      // Who left by himself is not subscribed again without a word (chapter 1.7).
      if (before === 'UNSUBSCRIBED' && wanted === 'SUBSCRIBED') return 'refused'
      if (before === wanted) return 'unchanged'
      statuses.set(keyOf(email, id), wanted)
      note(`consent_${wanted.toLowerCase()}`, id, email)
      return 'changed'
    },
    unsubscribeAll(email) {
      if (unsubscribedFromAll.has(email.toLowerCase())) return 'unchanged'
      unsubscribedFromAll.add(email.toLowerCase())
      note('consent_unsubscribe_all', 'all', email)
      return 'changed'
    },
  }
}

const keyOf = (email: string, id: string): string => `${email.toLowerCase()} ${id}`
