import type { Clock } from '../../../core/port/clock.ts'
import type { OrgChange } from './org.ts'
import { objectNames } from './org.ts'
import type { ObjectName } from './record-id.ts'

/** Who changes something: an API client by its tag, or a person in the browser. */
export interface Actor {
  readonly origin: string
  readonly user: string
}

/** One event on the bus. */
export interface StoredEvent {
  readonly replayId: number
  readonly at: number
  readonly entity: ObjectName
  readonly data: Readonly<Record<string, unknown>>
}

export interface ChangeStreamOptions {
  readonly clock: Clock
  /** Objects that are selected in Setup. Default: none, as in a new org. */
  readonly selected?: readonly ObjectName[]
}

/** Somebody in the browser. */
const person: Actor = { origin: '', user: '0055g00000PERSNAA4' }
/** Events are kept for 72 hours (2.6). */
const retentionMs = 72 * 3_600_000
/** The last part of Salesforce's own example of a transaction key; ours are numbered. */
const transaction = (count: number): string => `0002-343d-${String(count).padStart(8, '0')}`

/** The change events of the org: published for the selected objects, kept for 72 hours, replayed by id. */
export class ChangeStream {
  readonly #clock: Clock
  readonly #selected: Set<ObjectName>
  readonly #events: StoredEvent[] = []
  #count = 5000
  /** Who makes the changes that come now. */
  actor: Actor = person

  constructor({ clock, selected = [] }: ChangeStreamOptions) {
    this.#clock = clock
    this.#selected = new Set(selected)
  }

  /** Whose changes an app makes, by the tag of its request; without one a person's. */
  actAs(tag: string | undefined, user: string): void {
    this.actor = tag === undefined ? person : { origin: `com/salesforce/api/rest/67.0;client=${tag}`, user }
  }

  isSelected(entity: string): boolean {
    return objectNames.some((object) => object === entity && this.#selected.has(object))
  }

  note({ object, type, id, fields }: OrgChange): void {
    this.publish(object, type, [id], fields)
  }

  /** Publishes an event of any type: gap events and overflows are what an org does under load. */
  publish(
    entity: ObjectName,
    changeType: string,
    recordIds: readonly string[],
    fields: Readonly<Record<string, unknown>> = {},
  ): void {
    if (!this.#selected.has(entity)) return
    this.#count += 1
    const at = this.#clock.now()
    const changedFields = changeType === 'UPDATE' ? [...Object.keys(fields), 'LastModifiedDate'] : []
    const header = {
      commitNumber: 65_824_731_379 + this.#count,
      commitUser: this.actor.user,
      sequenceNumber: 1,
      entityName: entity,
      changeType,
      changedFields,
      changeOrigin: this.actor.origin,
      transactionKey: transaction(this.#count),
      commitTimestamp: at,
      recordIds,
    }
    this.#events.push({
      replayId: this.#count,
      at,
      entity,
      data: {
        schema: 'TvDYRsCWqWmFHDw6yD5xcg',
        payload: { LastModifiedDate: new Date(at).toISOString(), ...fields, ChangeEventHeader: header },
        event: { replayId: this.#count },
      },
    })
  }

  /**
   * The position that a replay id stands for: -1 is behind the newest event, -2 before the oldest that is kept. Undefined when no
   * event of this id is kept.
   */
  open(replayId: number): number | undefined {
    if (replayId === -1) return this.#count
    const kept = this.#events.filter(({ at }) => this.#clock.now() - at < retentionMs)
    if (replayId === -2) return kept[0] ? kept[0].replayId - 1 : this.#count
    return kept.some((event) => event.replayId === replayId) ? replayId : undefined
  }

  /** Events behind a position that a client holds, whatever their age. */
  since(replayId: number): readonly StoredEvent[] {
    return this.#events.filter((event) => event.replayId > replayId)
  }
}
